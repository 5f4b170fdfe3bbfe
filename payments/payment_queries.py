"""Questions about money that has come in: lists, one payment, and where every krone of it is."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import Http404

from customers import queries as customers
from customers.models import Contact, Customer
from foundation.alphabet import name_key
from payments.models import Account, Allocation, Payment, PaymentSettings, PeriodLock, Refund, RefundState, Voucher
from tenants.models import Organization

ALLOCATIONS_SHOWN_MAX = 200
VOUCHERS_SHOWN_MAX = 200
LOCKS_SHOWN_MAX = 50
CUSTOMERS_FOUND_MAX = 20
MONEY_ACCOUNTS = "19"  # cash, banks and what providers owe us
# What a payment can be asked for by: where its krone are.
STATES: dict[str, Q] = {
    "unapplied": Q(unapplied__gt=0),
    "applied": Q(unapplied=0, applied__gt=0),
    "refunded": Q(refunded__gt=0),
    "reversed": Q(reversed__gt=0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSearch:
    """Which payments are wanted; what is empty narrows nothing."""

    words: str = ""
    amount: Decimal | None = None  # the words read as an amount
    state: str = ""
    method: str = ""
    source: str = ""
    first: date | None = None
    last: date | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentSum:
    """What payments of one currency come to."""

    currency: str
    count: int
    amount: Decimal
    unapplied: Decimal


@dataclass(frozen=True, slots=True)
class UseOfPayment:
    """A part of a payment on a claim, and whether it was taken off again."""

    allocation: Allocation
    undone: Allocation | None


def list_payments(organization: Organization, search: PaymentSearch) -> QuerySet[Payment]:
    """The payments that fit, with their customers and vouchers."""
    rows = Payment.objects.of(organization).select_related("customer", "voucher")
    if search.state in STATES:
        rows = rows.filter(STATES[search.state])
    exact = {"method": search.method, "source": search.source, "customer_id": search.customer_id}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    bounds = {"day__gte": search.first, "day__lte": search.last}
    rows = rows.filter(**{name: value for name, value in bounds.items() if value})
    return rows.filter(_named(organization, search)) if search.words else rows


def sum_payments(payments: QuerySet[Payment]) -> list[PaymentSum]:
    """What they come to, currency by currency."""
    sums = payments.order_by().values("currency").annotate(n=Count("id"), a=Sum("amount"), u=Sum("unapplied"))
    return [PaymentSum(row["currency"], row["n"], row["a"], row["u"]) for row in sums.order_by("currency")]


def _named(organization: Organization, search: PaymentSearch) -> Q:
    """What the words may be: payer, reference, note, customer, e-mail, document, voucher, account, id or amount."""
    words = search.words
    compact = words.replace(" ", "")
    paying = Allocation.objects.of(organization).filter(payment_id=OuterRef("pk"))
    found = (
        Q(payer_name__icontains=words)
        | Q(reference__icontains=compact)
        | Q(note__icontains=words)
        | Q(customer_id__in=customers_named(organization, words))
        | Q(payer_account=compact)
        | Q(
            Exists(
                paying.filter(
                    Q(receivable__document_number=compact) | (Q(receivable__kid=compact) & ~Q(receivable__kid=""))
                )
            )
        )
    )
    if search.amount is not None:
        found |= Q(amount=search.amount) | Q(unapplied=search.amount)
    year, _dash, number = compact.partition("-")
    if year.isdecimal() and number.isdecimal() and len(year) == 4 and len(number) <= 9:
        found |= Q(voucher__year=int(year), voucher__number=int(number))
    with suppress(ValueError):
        found |= Q(pk=UUID(compact))
    return found


def customers_named(organization: Organization, words: str) -> QuerySet[Customer, UUID]:
    """The ids of customers by name, number, organization number, or an e-mail address of theirs or of a contact."""
    if "@" not in words:
        return customers.list_customers_named(organization, words).values_list("pk", flat=True)
    contacts = Contact.objects.of(organization).filter(email__iexact=words).values("customer_id")
    found = Customer.objects.of(organization).filter(Q(email__iexact=words) | Q(pk__in=contacts))
    return found.values_list("pk", flat=True)


def found_customers(organization: Organization, words: str) -> list[Customer]:
    """The first customers in use that the words name, by name."""
    found = customers.list_customers(organization, words=words)
    return list(found.order_by(name_key("name", organization.language), "id")[:CUSTOMERS_FOUND_MAX])


def get_payment(organization: Organization, payment_id: UUID) -> Payment:
    """One payment with its customer, account and voucher, or 404."""
    rows = Payment.objects.of(organization).select_related("customer", "account", "voucher")
    payment = rows.filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    return payment


def uses_of(organization: Organization, payment_id: UUID) -> list[UseOfPayment]:
    """What a payment pays and has paid, in the order it was used."""
    rows = Allocation.objects.of(organization).filter(payment_id=payment_id).select_related("receivable", "voucher")
    return _with_their_end(rows.order_by("allocated_at", "id")[: ALLOCATIONS_SHOWN_MAX * 2])


def _with_their_end(rows: Iterable[Allocation]) -> list[UseOfPayment]:
    found = list(rows)
    ends = {row.reverses_id: row for row in found if row.reverses_id}
    return [UseOfPayment(row, ends.get(row.pk)) for row in found if row.reverses_id is None]


def get_standing_use(organization: Organization, allocation_id: UUID) -> Allocation:
    """A part of a payment, or a loss, on a claim, that nobody has undone, with both sides; else 404."""
    rows = Allocation.objects.of(organization).select_related("receivable__customer", "payment__customer", "voucher")
    row = rows.filter(pk=allocation_id, reverses=None).exclude(kind="credit").first()
    if row is None:
        raise Http404
    return row


def vouchers_of_payment(organization: Organization, payment: Payment) -> list[Voucher]:
    """Every voucher that a payment, its use and its refunds have posted, oldest first."""
    uses = Allocation.objects.of(organization).filter(payment_id=payment.pk).values("voucher_id")
    refunds = Refund.objects.of(organization).filter(payment_id=payment.pk, voucher__isnull=False).values("voucher_id")
    rows = Voucher.objects.of(organization).filter(
        Q(source_id=payment.pk) | Q(pk=payment.voucher_id) | Q(pk__in=uses) | Q(pk__in=refunds)
    )
    return list(rows.order_by("posted_at", "number")[:VOUCHERS_SHOWN_MAX])


def refunds_of(organization: Organization, payment_id: UUID) -> list[Refund]:
    """What was paid back of a payment, or is to be, oldest first."""
    rows = Refund.objects.of(organization).filter(payment_id=payment_id).select_related("voucher")
    return list(rows.order_by("requested_at", "id"))


def list_refunds(organization: Organization, *, is_waiting: bool) -> QuerySet[Refund]:
    """Refunds that are on their way, or those that have ended, with their payments and customers."""
    waiting = [RefundState.REQUESTED, RefundState.HANDED_OVER]
    rows = Refund.objects.of(organization).select_related("payment__customer", "voucher")
    return rows.filter(state__in=waiting) if is_waiting else rows.exclude(state__in=waiting)


def get_refund(organization: Organization, refund_id: UUID) -> Refund:
    """One refund with its payment, or 404."""
    refund = Refund.objects.of(organization).select_related("payment__customer", "voucher").filter(pk=refund_id).first()
    if refund is None:
        raise Http404
    return refund


def money_accounts(organization: Organization) -> list[Account]:
    """The accounts in use on which money stands: cash, banks, providers."""
    rows = Account.objects.of(organization).filter(number__startswith=MONEY_ACCOUNTS, is_active=True)
    return list(rows.order_by("number"))


def payments_on(organization: Organization, receivable_id: UUID) -> QuerySet[Allocation, UUID]:
    """The ids of the payments that have ever paid a claim."""
    rows = Allocation.objects.of(organization).filter(receivable_id=receivable_id, payment__isnull=False)
    return rows.values_list("payment_id", flat=True).distinct()[:ALLOCATIONS_SHOWN_MAX]


def payment_settings(organization: Organization) -> PaymentSettings:
    """How the organization takes in money; as it begins where nobody has said anything."""
    return PaymentSettings.objects.of(organization).first() or PaymentSettings(organization=organization)


def list_period_locks(organization: Organization) -> list[PeriodLock]:
    """When the books were closed and opened, the newest first."""
    return list(PeriodLock.objects.of(organization).order_by("-id")[:LOCKS_SHOWN_MAX])
