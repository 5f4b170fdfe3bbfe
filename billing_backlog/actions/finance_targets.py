"""Registering and changing the finance systems that invoice for the organization, and how their lines are posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.errors import StaleRecord, TargetIsUnclear
from billing_backlog.handing import sealed_secret
from billing_backlog.models import FinanceTarget, PostingString
from billing_backlog.queries import run_files as queries
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

COLUMNS = (
    "name", "layout", "system_code", "header", "dimensions", "person_id", "uses_crlf", "order_from", "order_to",
    "posts_internal", "income_account", "cost_account", "handing", "host", "port", "username", "fingerprint", "folder",
    "receiver_email", "is_active",
)  # fmt: skip


@transaction.atomic
def create_target(organization: Organization, *, values: Mapping[str, Any], secret: str, actor: Actor) -> FinanceTarget:
    """Register a finance system under a name that no other has; its order numbers begin with the first."""
    _refuse_taken_name(organization, values["name"], None)
    target = FinanceTarget(organization=organization, **{name: values[name] for name in COLUMNS})
    target.order_next = target.order_from
    _refuse_unclear(target)
    if secret:
        target.secret_sealed = sealed_secret(target, secret)
    target.save(force_insert=True)
    audit.record(actor, "finance_target.created", target, layout=target.layout, system_code=target.system_code)
    return target


@transaction.atomic
def update_target(
    organization: Organization,
    target_id: UUID,
    *,
    values: Mapping[str, Any],
    secret: str,
    version: int,
    actor: Actor,
) -> FinanceTarget:
    """Change a finance system; an empty secret leaves the one that is kept. Files that are written stay as they are."""
    target = queries.lock_target(organization, target_id)
    if target.version != version:
        raise StaleRecord(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"name": target}
        )
    _refuse_taken_name(organization, values["name"], target)
    columns = {name: values[name] for name in COLUMNS}
    changes = audit.changes({name: getattr(target, name) for name in columns}, columns)
    if secret:
        target.secret_sealed = sealed_secret(target, secret)
        changes["secret"] = ["•", "•"]
    if not changes:
        return target
    has_new_series = (columns["order_from"], columns["order_to"]) != (target.order_from, target.order_to)
    for name, value in columns.items():
        setattr(target, name, value)
    if has_new_series:
        target.order_next = _next_in_series(target)
    _refuse_unclear(target)
    target.version += 1
    target.save(update_fields=[*columns, "order_next", "secret_sealed", "version"])
    audit.record(actor, "finance_target.changed", target, changes=changes)
    return target


def _next_in_series(target: FinanceTarget) -> int:
    """The number after the last that was given within the series; the first of a series that is new."""
    inside = target.order_from <= target.order_next <= target.order_to + 1
    return target.order_next if inside else target.order_from


def _refuse_unclear(target: FinanceTarget) -> None:
    if target.order_to < target.order_from:
        raise TargetIsUnclear(_("The series ends before it begins."), field="order_to")
    if target.posts_internal and not (target.income_account and target.cost_account):
        raise TargetIsUnclear(
            _("Say on which accounts internal customers are posted: income and costs."), field="income_account"
        )


def _refuse_taken_name(organization: Organization, name: str, own: FinanceTarget | None) -> None:
    found = queries.target_named(organization, name)
    if found is not None and found != own:
        raise TargetIsUnclear(_("Another finance system has that name. Choose another."), field="name")


@transaction.atomic
def set_posting_string(
    organization: Organization, target_id: UUID, *, values: Mapping[str, Any], actor: Actor
) -> PostingString:
    """Say how the use of a group of facilities is posted; another one for the same group takes its place (M-154).

    Every field is demanded but those whose dimension the target does not mark.
    """
    target = queries.lock_target(organization, target_id)
    given = list(values["values"])
    for place, dimension in enumerate(target.dimensions):
        if dimension["is_required"] and not (place < len(given) and given[place]):
            raise TargetIsUnclear(
                _("%(name)s must have a value.") % {"name": dimension["name"]}, field=f"value_{place}"
            )
    kept = {
        "article": values["article"],
        "values": given,
        "header_text": values["header_text"],
        "contact_department": values["contact_department"],
    }
    string, _is_new = PostingString.objects.of(organization).update_or_create(
        organization=organization, target=target, group=values["group"], defaults=kept
    )
    audit.record(actor, "finance_target.posting_set", target, group=string.group, article=string.article)
    return string


@transaction.atomic
def remove_posting_string(
    organization: Organization, target_id: UUID, string_id: UUID, *, actor: Actor
) -> FinanceTarget:
    """Take a posting string away; 404 when it is not there."""
    target = queries.lock_target(organization, target_id)
    found = PostingString.objects.of(organization).filter(target=target, pk=string_id).first()
    if found is None:
        raise Http404
    found.delete()
    audit.record(actor, "finance_target.posting_removed", target, group=found.group)
    return target
