"""What a customer's page needs to know about paying online: the ways there are, and how an attempt stands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing.models import CustomerPaper, Invoice
from payments.models import AttemptState, PaymentAttempt, ProviderKind
from payments.online import queries as online
from payments.online import states
from tenants.models import Organization

CONFIRMING_TICKS = 5  # a second each
TICKS_MAX = 40
SLOW_SECONDS = 5
PREPARING, LEAVING, CONFIRMING, WAITING, ON_ITS_WAY, PAID, NOT_PAID = (
    "preparing",
    "leaving",
    "confirming",
    "waiting",
    "on_its_way",
    "paid",
    "not_paid",
)


class NothingToPay(DomainError):
    """Everything that could be paid is paid."""


class TooOften(DomainError):
    """Somebody presses the button again and again."""


@dataclass(frozen=True, slots=True)
class PayWay:
    """One way to pay online."""

    account_id: UUID
    label: str
    saves_methods: bool


@dataclass(frozen=True, slots=True)
class OnlinePayment:
    """What the payment card of the page offers: the ways, or that money is under way already."""

    ways: list[PayWay]
    under_way: PaymentAttempt | None
    mandate_text: str

    @property
    def may_save(self) -> bool:
        """Whether any of the ways can keep a card."""
        return any(way.saves_methods for way in self.ways)


def online_payment(organization: Organization, invoice: Invoice, owed: Decimal) -> OnlinePayment | None:
    """How the rest of an invoice can be paid online; None where it cannot, and is paid in the bank."""
    if owed <= 0 or invoice.receivable_id is None:
        return None
    ways = ways_to_pay(organization, invoice.currency)
    if not ways:
        return None
    open_attempt = online.open_attempt_of(organization, invoice.receivable_id)
    under_way = open_attempt if open_attempt is not None and open_attempt.state in states.PROMISED else None
    return OnlinePayment(ways, under_way, mandate_text(organization))


def ways_to_pay(organization: Organization, currency: str) -> list[PayWay]:
    """The ways in which claims in a currency can be paid online; none where they are paid in the bank."""
    return [
        PayWay(account.pk, _label(account.provider, currency), account.saves_methods)
        for account in online.accounts_for(organization, currency)
    ]


def _label(provider: str, currency: str) -> str:
    if provider == ProviderKind.VIPPS:
        return _("Pay with Vipps") if currency == "NOK" else _("Pay with MobilePay")
    return _("Pay by card") if provider == ProviderKind.STRIPE else _("Pay now")


def mandate_text(organization: Organization) -> str:
    """What a customer agrees to who saves a card, word by word as it is kept."""
    return _(
        "I let %(seller)s charge this card for later invoices to me, each with the amount and not before the due date "
        "that stand on it. I can take this back at any time by writing to %(seller)s."
    ) % {"seller": organization.name}


def too_often() -> str:
    """What somebody is told who tries too often."""
    return _("That was a lot at once. Try again in an hour, or pay in your bank.")


def nothing_to_pay() -> str:
    """What somebody is told who pays what is paid."""
    return _("There is nothing to pay here any more.")


def account_id_of(text: str) -> UUID:
    """The chosen way, or 404 for anything else."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def claims_of(invoice: Invoice) -> list[UUID]:
    """The claims that the page is about."""
    if invoice.receivable_id is None:
        raise Http404
    return [invoice.receivable_id]


def attempt_of(organization: Organization, subject: Invoice | CustomerPaper, attempt_id: UUID) -> PaymentAttempt | None:
    """An attempt to pay this very invoice, or something of this very account; None for any other."""
    attempt = online.attempt_under_key(organization, str(attempt_id))
    if attempt is None:
        return None
    if isinstance(subject, CustomerPaper):
        return attempt if attempt.customer_id == subject.customer_id else None
    return attempt if subject.receivable_id in {part.receivable_id for part in attempt.parts.all()} else None


def may_leave(attempt: PaymentAttempt) -> bool:
    """Whether the provider's page is there and still open."""
    return attempt.state == AttemptState.PENDING and bool(attempt.address) and attempt.cancel_asked_at is None


def tick_of(text: str) -> int:
    """How often the page has asked."""
    return min(int(text), TICKS_MAX) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def standing_of(attempt: PaymentAttempt, *, is_leaving: bool, tick: int) -> str:
    """What the page says: confirming for some seconds, then that it may take longer."""
    if attempt.state == AttemptState.CAPTURED:
        return PAID
    if attempt.state in states.ENDED or attempt.cancel_asked_at is not None:
        return NOT_PAID
    if attempt.state == AttemptState.CREATED:
        return PREPARING
    if attempt.state == AttemptState.PENDING:
        if is_leaving:
            return LEAVING
        return CONFIRMING if tick < CONFIRMING_TICKS else WAITING
    return CONFIRMING if tick < CONFIRMING_TICKS else ON_ITS_WAY


def pause_after(tick: int) -> int:
    """Seconds until the page asks again; 0 for never."""
    if tick >= TICKS_MAX:
        return 0
    return 1 if tick < CONFIRMING_TICKS else SLOW_SECONDS
