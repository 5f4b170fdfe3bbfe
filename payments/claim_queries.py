"""Questions about claims that somebody looks at: what is open, what has reduced them, what could pay them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from customers.models import Contact, Customer
from payments import errors, queries
from payments.models import ADDITION_KINDS, Allocation, AllocationKind, Hold, Payment, Receivable, ReceivableBalance
from payments.payment_queries import PaymentSearch, customers_named, list_payments
from tenants.models import Organization

CLAIMS_SHOWN_MAX = 50
CANDIDATES_MAX = 20
READ_MAX = 200
CREDITS_MAX = 500


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim and what is open on it, in its own currency; negative where the customer has it to his credit."""

    claim: Receivable
    open: Decimal

    @property
    def credit(self) -> Decimal:
        """What of a credit note reduces nothing yet."""
        return max(-self.open, Decimal(0))


@dataclass(frozen=True, slots=True)
class Reduction:
    """What has reduced a claim, and whether it was undone."""

    allocation: Allocation
    undone: Allocation | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that could pay a claim, and why it is thought of."""

    payment: Payment
    reasons: tuple[str, ...]


@dataclass(slots=True)
class CustomerCredit:
    """What one customer has to his credit in one currency: unused money, and credit notes that reduce nothing yet."""

    customer: Customer
    currency: str
    payments: list[Payment]
    credits: list[OpenClaim]

    @property
    def total(self) -> Decimal:
        """All of it."""
        unused = sum((payment.unapplied for payment in self.payments), Decimal(0))
        return unused - sum((credit.open for credit in self.credits), Decimal(0))


def get_claim(organization: Organization, receivable_id: UUID) -> OpenClaim:
    """One claim with its customer and what is open on it, or 404."""
    claim = Receivable.objects.of(organization).select_related("customer").filter(pk=receivable_id).first()
    if claim is None:
        raise Http404
    balance = ReceivableBalance.objects.of(organization).filter(receivable_id=claim.pk).first()
    return OpenClaim(claim, balance.currency_amount if balance else Decimal(0))


def get_addition(organization: Organization, receivable_id: UUID) -> OpenClaim:
    """One fee, compensation or interest with the claim that it was added to, or 404."""
    rows = ReceivableBalance.objects.of(organization).filter(receivable_id=receivable_id)
    found = rows.filter(receivable__kind__in=ADDITION_KINDS)
    balance = found.select_related("receivable__customer", "receivable__principal").first()
    if balance is None:
        raise Http404
    return OpenClaim(balance.receivable, balance.currency_amount)


def open_claims(organization: Organization, *, customer_id: UUID | None = None, words: str = "") -> list[OpenClaim]:
    """What customers owe, the longest due first: of one customer, or found by number, KID or customer."""
    rows = ReceivableBalance.objects.of(organization).filter(currency_amount__gt=0)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if words:
        compact = words.replace(" ", "")
        rows = rows.filter(
            Q(receivable__document_number=compact)
            | (Q(receivable__kid=compact) & ~Q(receivable__kid=""))
            | Q(customer_id__in=customers_named(organization, words))
        )
    return _claims(rows.order_by("due_date", "receivable_id")[:CLAIMS_SHOWN_MAX])


def claims_by_id(organization: Organization, ids: Iterable[UUID]) -> list[OpenClaim]:
    """These claims with what is open on them, the longest due first."""
    rows = ReceivableBalance.objects.of(organization).filter(receivable_id__in=list(ids)[:CLAIMS_SHOWN_MAX])
    return _claims(rows.order_by("due_date", "receivable_id"))


def _claims(rows: QuerySet[ReceivableBalance]) -> list[OpenClaim]:
    return [OpenClaim(row.receivable, row.currency_amount) for row in rows.select_related("receivable__customer")]


def reductions_of(organization: Organization, receivable_id: UUID) -> list[Reduction]:
    """What has reduced a claim, or what a credit has reduced, in the order it happened."""
    rows = Allocation.objects.of(organization).select_related("payment", "voucher", "receivable", "credit_receivable")
    mine = rows.filter(Q(receivable_id=receivable_id) | Q(credit_receivable_id=receivable_id))
    found = list(mine.order_by("allocated_at", "id")[:READ_MAX])
    ends = {row.reverses_id: row for row in found if row.reverses_id}
    return [Reduction(row, ends.get(row.pk)) for row in found if row.reverses_id is None]


def find_payments_for(organization: Organization, wanted: OpenClaim, search: PaymentSearch) -> list[Candidate]:
    """Payments with an unused rest that could pay a claim: those with most reasons first.

    Without words only those are shown that something speaks for; with words whatever the words find.
    """
    claim = wanted.claim
    rows = list_payments(organization, search).filter(unapplied__gt=0)
    if not search.words:
        likely = Q(customer_id=claim.customer_id) | Q(unapplied=wanted.open) | Q(amount=wanted.open)
        likely |= Q(payer_name__iexact=claim.customer.name) | Q(reference__icontains=claim.document_number)
        if claim.kid:
            likely |= Q(reference=claim.kid)
        rows = rows.filter(likely)
    emails = set(Contact.objects.of(organization).filter(customer_id=claim.customer_id).values_list("email", flat=True))
    told = _reasons(wanted, search, {email.casefold() for email in (*emails, claim.customer.email) if email})
    found = [Candidate(payment, told(payment)) for payment in rows.order_by("-day", "-id")[:READ_MAX]]
    return sorted(found, key=lambda each: -len(each.reasons))[:CANDIDATES_MAX]


def _reasons(wanted: OpenClaim, search: PaymentSearch, emails: set[str]) -> Callable[[Payment], tuple[str, ...]]:
    claim, words = wanted.claim, search.words.casefold()

    def told(payment: Payment) -> tuple[str, ...]:
        of_customer = payment.customer_id == claim.customer_id
        named = claim.document_number in payment.reference.replace(",", " ").split()
        reasons: list[tuple[bool, str]] = [
            (bool(claim.kid) and payment.reference == claim.kid, _("KID of this invoice")),
            (named and payment.reference != claim.kid, _("names this invoice")),
            (of_customer, _("of this customer")),
            (
                not of_customer and payment.payer_name.casefold() == claim.customer.name.casefold(),
                _("name of the payer"),
            ),
            (payment.currency == claim.currency and payment.unapplied == wanted.open, _("the amount that is open")),
            (bool(words) and "@" in words and of_customer and words in emails, _("e-mail address of the customer")),
            (
                search.amount is not None and search.amount in {payment.amount, payment.unapplied},
                _("the amount you wrote"),
            ),
        ]
        return tuple(sentence for holds, sentence in reasons if holds)

    return told


def credits_of(organization: Organization, *, customer_id: UUID | None = None) -> list[CustomerCredit]:
    """Customers with money or credit notes that pay nothing yet, by name; bounded, and the bound is shown."""
    payments = Payment.objects.of(organization).filter(unapplied__gt=0, customer__isnull=False)
    balances = ReceivableBalance.objects.of(organization).filter(currency_amount__lt=0)
    if customer_id is not None:
        payments, balances = payments.filter(customer_id=customer_id), balances.filter(customer_id=customer_id)
    found: dict[tuple[UUID, str], CustomerCredit] = {}

    def place(customer: Customer, currency: str) -> CustomerCredit:
        return found.setdefault((customer.pk, currency), CustomerCredit(customer, currency, [], []))

    for payment in payments.select_related("customer").order_by("day", "id")[:CREDITS_MAX]:
        assert payment.customer is not None
        place(payment.customer, payment.currency).payments.append(payment)
    for credit in _claims(balances.order_by("receivable_id")[:CREDITS_MAX]):
        place(credit.claim.customer, credit.claim.currency).credits.append(credit)
    return sorted(found.values(), key=lambda each: (each.customer.name.casefold(), each.currency))


def credit_in(organization: Organization, customer_id: UUID, currency: str) -> CustomerCredit | None:
    """What a customer has to his credit in one currency; None where it is nothing."""
    found = credits_of(organization, customer_id=customer_id)
    return next((each for each in found if each.currency == currency), None)


def get_hold(organization: Organization, hold_id: UUID) -> Hold:
    """One hold with its claim, or 404."""
    hold = Hold.objects.of(organization).select_related("receivable").filter(pk=hold_id).first()
    if hold is None:
        raise Http404
    return hold


def payment_in_the_way(organization: Organization, credit_receivable_id: UUID) -> Allocation:
    """What a credit note's rest could take the place of: the customer's newest payment in its currency, or a refusal.

    One that is as large as the rest is taken before a smaller one.
    """
    wanted = get_claim(organization, credit_receivable_id)
    if wanted.open >= 0:
        raise errors.NothingIsLeft(_("All of credit note %(number)s is used already.") % {"number": wanted.claim})
    rows = Allocation.objects.of(organization).filter(
        kind=AllocationKind.PAYMENT,
        reverses=None,
        receivable__customer_id=wanted.claim.customer_id,
        receivable__currency=wanted.claim.currency,
        payment__currency=wanted.claim.currency,
    )
    newest = list(rows.select_related("receivable", "payment").order_by("-allocated_at", "-id")[:READ_MAX])
    undone = queries.reversed_among(organization, [row.pk for row in newest])
    standing = [row for row in newest if row.pk not in undone]
    if not standing:
        raise errors.NothingIsLeft(
            _("%(number)s was never paid, so there is no money to pay back. Use the credit on an open invoice.")
            % {"number": wanted.claim}
        )
    return next((row for row in standing if row.amount >= wanted.credit), standing[0])
