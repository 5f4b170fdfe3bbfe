"""Correcting what was told of billable work, as long as no document names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.items import TOLD_MAX
from billing_backlog.errors import ItemIsUnclear, StandsOnDocument
from billing_backlog.intake.composing import compose_items
from billing_backlog.intake.plain import NewItem, Outcome, Taken
from billing_backlog.models import BacklogItem, Contract
from billing_backlog.queries.intake import known_items, surroundings_of
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.limits import limit_book
from billing_backlog.queries.standing import Standing, standing_of
from foundation import rows
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

# Everything that is worked out of what is told; a kind, a source and a share stay what they are.
CORRECTED = (
    "customer", "project", "contract", "line", "facility", "product", "day", "period_from", "text", "internal_text",
    "performed_by", "quantity", "unit_code", "unit_price", "price_includes_vat", "amount", "currency", "charge_kind",
    "rule_price", "price_rule", "price_reason", "vat_treatment", "revenue_account", "dimensions", "approved_by",
)  # fmt: skip
CHANGED = (*CORRECTED, "is_over_limit", "ready_at", "ready_by", "version")


@transaction.atomic
def correct_items(organization: Organization, told: Sequence[NewItem], *, actor: Actor, now: datetime) -> list[Taken]:
    """Say anew what was told before under the same sources, and answer each: corrected, known or refused.

    What is ready must be marked again. What stands on a document, was written off or cancelled is refused.
    """
    if len(told) > TOLD_MAX:
        raise ValueError(f"At most {TOLD_MAX} pieces of work at once, not {len(told)}.")
    around = surroundings_of(organization, told)
    named = [(place, item.source) for place, item in enumerate(told) if item.source is not None]
    known = known_items(organization, named)
    locked = {item.pk: item for item in lock_items(organization, {item.pk for each in known.values() for item in each})}
    standing = standing_of(organization, list(locked.values()))
    answers: list[Taken] = []
    changed: list[tuple[BacklogItem, dict[str, list[str]]]] = []
    for place, item in enumerate(told):
        before = [locked[each.pk] for each in known.get(place, [])]
        try:
            _refuse_uncorrectable(before, standing)
            after = compose_items(item, around, now=now, is_released=True)
            _refuse_another(before, after)
        except DomainError as refusal:
            answers.append(Taken(Outcome.REFUSED, tuple(each.pk for each in before), str(refusal), refusal.field))
            continue
        differences = [_differences(one, other) for one, other in zip(before, after, strict=True)]
        for one, other, difference in zip(before, after, differences, strict=True):
            if difference:
                _take_over(one, other)
                changed.append((one, difference))
        outcome = Outcome.CORRECTED if any(differences) else Outcome.KNOWN
        answers.append(Taken(outcome, tuple(each.pk for each in before)))
    items = list({item.pk: item for item, _difference in changed}.values())
    _check_limits(organization, items)
    rows.update(organization.pk, items, CHANGED)
    audit.record_each(actor, "backlog.corrected", [(item, {"changes": each}) for item, each in changed], now=now)
    return answers


def _refuse_uncorrectable(before: Sequence[BacklogItem], standing: Mapping[UUID, Standing]) -> None:
    if not before:
        raise ItemIsUnclear(_("Nothing was told under this source. Send it as new work."), field="source")
    for item in before:
        stands = standing[item.pk]
        if item.is_cancelled:
            raise ItemIsUnclear(_("It is cancelled. Send the work under another line."), field="source")
        if stands.on_draft or stands.billed or stands.written_off:
            raise StandsOnDocument(
                _("%(item)s stands on a document or is written off. Take it off the draft or credit it first.")
                % {"item": item},
                field="source",
            )


def _refuse_another(before: Sequence[BacklogItem], after: Sequence[BacklogItem]) -> None:
    """The same work is of the same kind and has as many payers."""
    if [item.kind for item in before] != [item.kind for item in after]:
        raise ItemIsUnclear(
            _("Its kind or the number of its payers is another. Cancel it, and send the work under another line."),
            field="kind",
        )


def _differences(before: BacklogItem, after: BacklogItem) -> dict[str, list[str]]:
    names = [name for name in CORRECTED if getattr(before, name) != getattr(after, name)]
    return audit.changes(
        {name: getattr(before, name) for name in names},
        {name: getattr(after, name) for name in names},
    )


def _take_over(before: BacklogItem, after: BacklogItem) -> None:
    for name in CORRECTED:
        setattr(before, name, getattr(after, name))
    before.ready_at, before.ready_by = None, ""
    before.version += 1


def _check_limits(organization: Organization, items: Sequence[BacklogItem]) -> None:
    """Say on the items whether they keep their limits as they are now; the contracts are locked meanwhile."""
    contracts = sorted({item.contract_id for item in items if item.contract_id is not None})
    list(Contract.objects.of(organization).filter(pk__in=contracts).order_by("id").select_for_update(no_key=True))
    book = limit_book(organization, contracts, without=[item.pk for item in items])
    for item in items:
        item.is_over_limit = not book.enter(item)
