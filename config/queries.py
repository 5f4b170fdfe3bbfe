"""What the start page and the palette show, asked of all rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from customers.models import Customer
from customers.queries import list_customers_named
from invoicing.models import Invoice, InvoiceKind, InvoiceStatus
from payments.models import ReceivableBalance
from tenants.models import Organization, OutboxRow, OutboxState

COUNT_MAX = 99
RECENT_DOCUMENTS = 8
FOUND_MAX = 8
RENDER_TASK = "invoicing.render_documents"


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """What customers owe in one currency: all of it, and the part past its due date."""

    currency: str
    open_amount: Decimal
    open_count: int
    overdue_amount: Decimal
    overdue_count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody; counts stop at COUNT_MAX + 1."""

    drafts: int
    documents_under_way: int
    documents_failed: int
    mails_failed: int


def count_drafts(organization: Organization) -> int:
    """How many drafts there are, counted no further than the frame shows."""
    drafts = Invoice.objects.of(organization).filter(status=InvoiceStatus.DRAFT)
    return len(drafts.values_list("pk")[: COUNT_MAX + 1])


def waiting(organization: Organization) -> Waiting:
    """Drafts and outside effects that are not done."""
    rows = OutboxRow.objects.of(organization).filter(
        state__in=[OutboxState.NEW, OutboxState.SENDING, OutboxState.FAILED, OutboxState.UNKNOWN]
    )
    unfinished = rows.aggregate(
        under_way=Count("pk", Q(kind=RENDER_TASK, state__in=[OutboxState.NEW, OutboxState.SENDING])),
        failed=Count("pk", Q(kind=RENDER_TASK, state__in=[OutboxState.FAILED, OutboxState.UNKNOWN])),
        mails=Count("pk", Q(kind__startswith="tenants.", state__in=[OutboxState.FAILED, OutboxState.UNKNOWN])),
    )
    return Waiting(count_drafts(organization), unfinished["under_way"], unfinished["failed"], unfinished["mails"])


def open_money(organization: Organization, today: date) -> list[OpenMoney]:
    """Open and overdue sums per currency, the books' own currency first; credits reduce what is open."""
    is_overdue = Q(due_date__lt=today, currency_amount__gt=0)
    sums = (
        ReceivableBalance.objects.of(organization)
        .exclude(currency_amount=0)
        .values(currency=F("receivable__currency"))
        .annotate(
            open_amount=Sum("currency_amount"),
            open_count=Count("pk", Q(currency_amount__gt=0)),
            overdue_amount=Sum("currency_amount", filter=is_overdue, default=Decimal("0.00")),
            overdue_count=Count("pk", is_overdue),
        )
        .order_by("currency")
    )
    money = [OpenMoney(**row) for row in sums]
    own = organization.base_currency
    if not any(item.currency == own for item in money):
        money.append(OpenMoney(own, Decimal("0.00"), 0, Decimal("0.00"), 0))
    return sorted(money, key=lambda item: (item.currency != own, item.currency))


def recent_documents(organization: Organization) -> list[Invoice]:
    """The documents that were finalized last."""
    rows = (
        Invoice.objects.of(organization)
        .filter(status=InvoiceStatus.FINALIZED, number__isnull=False)
        .select_related("customer")
        .defer("snapshot")
        .order_by("-number")
    )
    return list(rows[:RECENT_DOCUMENTS])


def find_customers(organization: Organization, words: str) -> list[Customer]:
    """Customers whose name holds the words, or whose number they are."""
    return list(list_customers_named(organization, words)[:FOUND_MAX])


def find_documents(organization: Organization, words: str) -> list[Invoice]:
    """The document of that number, and the latest documents of customers with that name."""
    documents: QuerySet[Invoice] = Invoice.objects.of(organization).select_related("customer").defer("snapshot")
    if words.isascii() and words.isdigit():
        return list(documents.filter(number=int(words))[:FOUND_MAX]) if len(words) < 19 else []
    ids = [customer.pk for customer in find_customers(organization, words)]
    kinds = [InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE]
    return list(documents.filter(customer_id__in=ids, kind__in=kinds).order_by("-issue_date", "-id")[:FOUND_MAX])
