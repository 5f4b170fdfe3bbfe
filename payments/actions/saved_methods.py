"""Saved methods: taken back by the customer or by us, and charged for many claims at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from payments import errors
from payments.models import SavedMethod
from payments.online import queries
from tenants import audit, jobs, outbox
from tenants.audit import Actor
from tenants.models import Job, Organization

FORGET = "payments.forget_method"
CHARGE_MANY = "payments.charge_many"


@transaction.atomic
def revoke_method(organization: Organization, method_id: UUID, *, actor: Actor, now: datetime) -> SavedMethod:
    """Charge a saved method never again, and have the provider forget it; a second time changes nothing."""
    method = queries.lock_method(organization, method_id)
    if method.revoked_at is None:
        method.revoked_at, method.revoked_by = now, actor.name
        method.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(actor, "method.revoked", method)
        effect = outbox.Effect(FORGET, method.pk, f"{FORGET}:{method.pk}", {}, leaves_house=True)
        outbox.put_each(organization.pk, [effect])
    return method


def revoke_methods(organization: Organization, customer_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take back all that a customer has saved, in the caller's transaction."""
    for method in queries.methods_of(organization, customer_id):
        revoke_method(organization, method.pk, actor=actor, now=now)


@transaction.atomic
def charge_many(
    organization: Organization, receivable_ids: Sequence[UUID], *, actor: Actor, key: str, today: date
) -> Job:
    """Charge the saved methods of these claims' customers in a job, which tells what became of each.

    What is not due yet or held back is left out.
    """
    wanted = set(receivable_ids)
    found = [item for item in queries.chargeable_claims(organization, today=today) if item.receivable.pk in wanted]
    if not found:
        raise errors.NothingIsOwed(_("Choose at least one invoice that is due and whose customer has a saved card."))
    items = [(item.receivable.pk, f"{item.receivable} {item.receivable.customer}") for item in found]
    methods = {str(item.receivable.pk): str(item.method.pk) for item in found}
    return jobs.start(organization, CHARGE_MANY, actor=actor, parameters={"methods": methods}, items=items, key=key)
