"""Somebody registers a payment by hand: what it pays in its own currency, and what it settles in others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from payments.actions.applying import apply_payment
from payments.actions.registering import Registered, register_payment
from payments.terms import Part, PaymentTerms
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def take_payment(
    organization: Organization,
    terms: PaymentTerms,
    *,
    across: Sequence[Part] = (),
    actor: Actor,
    today: date,
    now: datetime,
) -> Registered:
    """Register a payment and let it settle claims in other currencies too: all of it or nothing.

    Telling of the same payment twice registers it once.
    """
    registered = register_payment(organization, terms, actor=actor, today=today, now=now)
    if not across or not registered.is_new:
        return registered
    applied = apply_payment(organization, registered.payment.pk, across, actor=actor, day=terms.day, now=now)
    registered.payment.refresh_from_db()
    return replace(registered, allocations=[*registered.allocations, *applied])
