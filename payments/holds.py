"""Holds: facts about a claim, or a part of it, for which nothing is asked of the debtor while they stand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from payments import queries
from payments.models import Hold, HoldKind
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

REASON_LENGTH = 500


class ClaimIsSettled(DomainError):
    """Nothing is owed, so there is nothing to hold back."""


class HoldIsTooLarge(DomainError):
    """More would be held back than is owed, or nothing at all."""


class HoldHasNoReason(DomainError):
    """Whoever reads it later must be told why."""


class HoldHasEnded(DomainError):
    """The last day of the hold lies behind us."""


class HoldTerms(TypedDict):
    """What a hold says: why, of how much of the claim (all of it unless told), and until which day."""

    kind: str
    reason: str
    amount: NotRequired[Decimal | None]
    until: NotRequired[date | None]


@transaction.atomic
def place_hold(
    organization: Organization, receivable_id: UUID, *, actor: Actor, now: datetime, **terms: Unpack[HoldTerms]
) -> Hold:
    """Hold a claim, or a part of it: it is not pressed until the hold is released or its last day is over."""
    receivable = queries.lock_receivables(organization.pk, [receivable_id]).get(receivable_id)
    if receivable is None:
        raise Http404
    owed = abs(queries.balances(organization.pk, [receivable_id])[receivable_id].currency_amount)
    amount, until = terms.get("amount"), terms.get("until")
    reason = terms["reason"].strip()
    if not reason:
        raise HoldHasNoReason(_("Say why nothing is asked for."), field="reason")
    if not owed:
        raise ClaimIsSettled(_("%(number)s is settled. There is nothing to hold back.") % {"number": receivable})
    if amount is not None and amount <= 0:
        raise HoldIsTooLarge(_("Hold back more than nothing, or the whole claim."), field="amount")
    if until is not None and until < timezone.localdate(now, ZoneInfo(organization.time_zone)):
        raise HoldHasEnded(_("Choose a day that is still to come."), field="until")
    hold = Hold.objects.create(
        organization=organization,
        receivable=receivable,
        kind=HoldKind(terms["kind"]),
        # What is disputed may be more than what is left to pay; then all of the rest is.
        amount=None if amount is None or amount >= owed else amount,
        reason=reason[:REASON_LENGTH],
        until=until,
        made_by=actor.name,
        made_at=now,
    )
    facts = {"amount": str(hold.amount) if hold.amount else None, "until": until.isoformat() if until else None}
    told = {name: value for name, value in facts.items() if value}
    audit.record(actor, "hold.placed", receivable, about=hold.kind, reason=hold.reason, **told)
    return hold


@transaction.atomic
def release_hold(organization: Organization, hold_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Hold:
    """Let the claim be pressed again, with the reason; releasing it a second time changes nothing."""
    hold = queries.lock_hold(organization, hold_id)
    if hold.released_at is not None:
        return hold
    if not reason.strip():
        raise HoldHasNoReason(_("Say why the claim is asked for again."), field="reason")
    hold.released_at, hold.released_by = now, actor.name
    hold.release_reason = reason.strip()[:REASON_LENGTH]
    hold.save(update_fields=["released_at", "released_by", "release_reason"])
    audit.record(actor, "hold.released", hold.receivable, about=hold.kind, reason=hold.release_reason)
    return hold
