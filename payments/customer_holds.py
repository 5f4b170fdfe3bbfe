"""Holds of a whole customer: nothing is asked of it, for any claim, while they stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from payments.holds import REASON_LENGTH, HoldHasEnded, HoldHasNoReason
from payments.models import CustomerHold, CustomerHoldKind
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


def standing_customer_holds(
    organization: Organization, customer_ids: Iterable[UUID], *, today: date
) -> list[CustomerHold]:
    """What holds all claims of these customers back on a day, the newest first."""
    holds = CustomerHold.objects.of(organization).filter(customer_id__in=list(customer_ids), released_at=None)
    return list(holds.filter(Q(until=None) | Q(until__gte=today)).order_by("-made_at", "-id"))


def get_customer_hold(organization: Organization, hold_id: UUID) -> CustomerHold:
    """One hold with its customer, or 404."""
    hold = CustomerHold.objects.of(organization).select_related("customer").filter(pk=hold_id).first()
    if hold is None:
        raise Http404
    return hold


@transaction.atomic
def hold_customer(
    organization: Organization,
    customer_id: UUID,
    *,
    kind: str,
    reason: str,
    until: date | None,
    actor: Actor,
    now: datetime,
) -> CustomerHold:
    """Hold every claim of a customer back, those still to come too; the same said twice is one hold."""
    customers = Customer.objects.of(organization).select_for_update(no_key=True, of=("self",))
    customer = customers.filter(pk=customer_id).first()
    if customer is None:
        raise Http404
    if not reason.strip():
        raise HoldHasNoReason(_("Say why nothing is asked for."), field="reason")
    today = timezone.localdate(now, ZoneInfo(organization.time_zone))
    if until is not None and until < today:
        raise HoldHasEnded(_("Choose a day that is still to come."), field="until")
    said = {"kind": CustomerHoldKind(kind), "reason": reason.strip()[:REASON_LENGTH], "until": until}
    earlier = CustomerHold.objects.of(organization).filter(customer=customer, released_at=None, **said).first()
    if earlier is not None:
        return earlier
    hold = CustomerHold.objects.create(
        organization=organization, customer=customer, made_by=actor.name, made_at=now, **said
    )
    told = {"until": until.isoformat()} if until else {}
    audit.record(actor, "customer.held", customer, about=hold.kind, reason=hold.reason, **told)
    return hold


@transaction.atomic
def release_customer(
    organization: Organization, hold_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> CustomerHold:
    """Let a customer's claims be asked for again, with the reason; releasing a second time changes nothing."""
    rows = CustomerHold.objects.of(organization).select_related("customer")
    hold = rows.select_for_update(no_key=True, of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise Http404
    if hold.released_at is not None:
        return hold
    if not reason.strip():
        raise HoldHasNoReason(_("Say why the claims are asked for again."), field="reason")
    hold.released_at, hold.released_by = now, actor.name
    hold.release_reason = reason.strip()[:REASON_LENGTH]
    hold.save(update_fields=["released_at", "released_by", "release_reason"])
    audit.record(actor, "customer.released", hold.customer, about=hold.kind, reason=hold.release_reason)
    return hold
