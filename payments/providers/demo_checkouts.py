"""The far side of the demo provider: a page is opened, the customer chooses on it, money comes and goes back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from payments.models import DemoCheckout
from payments.online import queries
from tenants.models import Organization

PAID, DECLINED, CLOSED, TWICE = "paid", "declined", "closed", "twice"
CHOICES = (PAID, DECLINED, CLOSED, TWICE)


@transaction.atomic
def open_checkout(organization: Organization, key: str, *, now: datetime) -> DemoCheckout:
    """Keep a page for an attempt; opening it again changes nothing."""
    if settings.IS_PRODUCTION:
        raise PermissionDenied
    attempt = queries.attempt_under_key(organization, key)
    assert attempt is not None
    found, _is_new = DemoCheckout.objects.of(organization).get_or_create(
        organization=organization, attempt=attempt, defaults={"changed_at": now}
    )
    return found


@transaction.atomic
def decide(organization: Organization, key: str, choice: str, *, now: datetime) -> DemoCheckout:
    """What the customer does on the page; once paid or closed it stays so.

    Paying twice is what two browser windows can do to a shop: two payments for one thing.
    """
    found = queries.lock_demo_checkout(organization, key)
    if found.state in {PAID, CLOSED}:
        return found
    found.state, found.changed_at = PAID if choice == TWICE else choice, now
    if found.state == PAID:
        count = 2 if choice == TWICE else 1
        found.captures = [[f"{key}/{place}", str(found.attempt.amount)] for place in range(1, count + 1)]
    found.save(update_fields=["state", "captures", "changed_at"])
    return found


@transaction.atomic
def close_checkout(organization: Organization, key: str, *, now: datetime) -> None:
    """Nobody can pay on the page any more."""
    if queries.demo_checkout(organization, key) is not None:
        decide(organization, key, CLOSED, now=now)


@transaction.atomic
def refund_checkout(organization: Organization, reference: str, *, key: str, amount: Decimal, now: datetime) -> bool:
    """Give money back under a key, once; False where it is more than is left of what came."""
    found = queries.lock_demo_checkout(organization, reference.partition("/")[0])
    if key in found.refunds:
        return True
    came = sum((Decimal(captured) for _reference, captured in found.captures), Decimal(0))
    back = sum((Decimal(refunded) for refunded in found.refunds.values()), Decimal(0))
    if amount > came - back:
        return False
    found.refunds, found.changed_at = {**found.refunds, key: str(amount)}, now
    found.save(update_fields=["refunds", "changed_at"])
    return True
