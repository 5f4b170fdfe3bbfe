"""The demo provider: its page runs inside the application, its money is paper, and it behaves as the others do.

Only organizations of the demo have an account here, and none is opened in production.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from foundation.money import round_amount
from foundation.transactions import read_only
from payments.models import DemoCheckout
from payments.online import queries
from payments.providers import base, demo_checkouts
from payments.providers.base import (
    Capabilities,
    Capture,
    ChargeOrder,
    Connection,
    Event,
    Message,
    Order,
    Page,
    Place,
    ProviderPayment,
    RefundOrder,
    RefundOutcome,
    SavedToken,
)
from tenants.models import Organization

CURRENCIES = frozenset({"NOK", "DKK", "SEK", "EUR"})
FEE_RATE = Decimal("0.012")
STATES = {
    "open": base.PENDING,
    "paid": base.CAPTURED,
    "declined": base.PENDING,  # the page stays open for another try
    "closed": base.CANCELLED,
}
SALT = "demo checkout"
HARD_DIGITS = "0002"  # a saved card with these last digits is refused


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo provider as one organization knows it."""

    organization: Organization

    @property
    def capabilities(self) -> Capabilities:
        """Everything that the hosted ones can do."""
        return Capabilities(currencies=CURRENCIES, amount_max=Decimal("9999999.99"), saves_methods=True)

    def connect(self, hook_address: str, key: str) -> Connection:
        """It knows us already."""
        return Connection("demo", is_live=False)

    def start(self, order: Order) -> Page:
        """A page of our own; the address holds all that is needed to find the attempt again."""
        demo_checkouts.open_checkout(self.organization, order.key, now=timezone.now())
        return Page(order.key, reverse("demo_checkout", args=[token_of(self.organization, order.key)]))

    def fetch(self, place: Place) -> ProviderPayment | None:
        """What was chosen on the page."""
        with read_only():
            found = queries.demo_checkout(self.organization, place.key)
        return self._told(found) if found is not None else None

    def capture(self, place: Place, amount: Decimal, currency: str) -> None:
        """Money is taken at once here; nothing is reserved."""

    def cancel(self, place: Place) -> None:
        """Close the page, unless it is paid."""
        demo_checkouts.close_checkout(self.organization, place.key, now=timezone.now())

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Give paper money back, never more than came."""
        is_done = demo_checkouts.refund_checkout(
            self.organization, order.payment_reference, key=order.key, amount=order.amount, now=timezone.now()
        )
        if not is_done:
            return RefundOutcome(base.REFUND_REFUSED, text="The refund is larger than what was captured.")
        return RefundOutcome(base.REFUND_DONE, f"demo-refund-{order.key}")

    def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """A refund that was made under our key."""
        with read_only():
            found = queries.demo_checkout(self.organization, order.payment_reference.partition("/")[0])
        if found is None or order.key not in found.refunds:
            return None
        return RefundOutcome(base.REFUND_DONE, f"demo-refund-{order.key}")

    def charge(self, order: ChargeOrder) -> ProviderPayment:
        """Charge a saved paper card."""
        token = json.loads(order.token)
        demo_checkouts.open_checkout(self.organization, order.key, now=timezone.now())
        choice = "declined" if token["digits"] == HARD_DIGITS else "paid"
        found = demo_checkouts.decide(self.organization, order.key, choice, now=timezone.now())
        if choice == "paid":
            return self._told(found)
        return ProviderPayment(
            state=base.FAILED,
            currency=order.currency,
            occurred_at=timezone.now(),
            code="card_declined",
            text="The card was declined.",
            decline=base.HARD,
        )

    def forget(self, token: str) -> None:
        """There is nothing to forget."""

    def verify(self, message: Message) -> Sequence[Event]:
        """Nothing comes in from outside."""
        raise base.Forged("The demo provider sends no messages.")

    def _told(self, found: DemoCheckout) -> ProviderPayment:
        attempt = found.attempt
        captures = [
            Capture(reference, Decimal(amount), round_amount(Decimal(amount) * FEE_RATE))
            for reference, amount in found.captures
        ]
        token = json.dumps({"card": str(attempt.pk), "digits": "4242"})
        is_saved = bool(captures) and attempt.saves_method
        is_declined = found.state == "declined"
        return ProviderPayment(
            state=STATES[found.state],
            currency=attempt.currency,
            occurred_at=found.changed_at,
            captures=captures,
            refunded=sum((Decimal(amount) for amount in found.refunds.values()), Decimal(0)),
            checkout_reference=str(attempt.pk),
            payment_reference=captures[0].reference if captures else "",
            code="card_declined" if is_declined else "",
            text="The card was declined." if is_declined else "",
            saved=SavedToken(token, "Demo", "4242", "2030-12") if is_saved else None,
        )


def token_of(organization: Organization, key: str) -> str:
    """What stands in the address of the demo provider's page."""
    return signing.dumps([str(organization.pk), key], salt=SALT, compress=True)
