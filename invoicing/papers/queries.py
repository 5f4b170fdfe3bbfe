"""Questions about receipts, statements and demands that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from customers.models import Customer
from invoicing.models import DEMANDS, CustomerPaper, Dispatch, DocumentFile, Invoice, PaperKind
from payments import queries as ledger
from payments.models import AttemptState, PaymentAttempt
from payments.reports.ageing import ageing_as_of
from tenants.models import Organization

PAPERS_SHOWN_MAX = 20
INVOICES_MAX = 20
CLAIMS_MAX = 200
DEBTORS_MAX = 10_000
ONLINE_KEY = "online"
WITH_PAGE = frozenset({PaperKind.STATEMENT.value, *DEMANDS})


def get_paper(organization: Organization, paper_id: UUID) -> CustomerPaper:
    """One paper with its customer, or 404."""
    paper = find_paper(organization, paper_id)
    if paper is None:
        raise Http404
    return paper


def find_paper(organization: Organization, paper_id: UUID) -> CustomerPaper | None:
    """One paper with its customer; None where there is none."""
    return CustomerPaper.objects.of(organization).select_related("customer").filter(pk=paper_id).first()


def papers_by_id(organization: Organization, paper_ids: Sequence[UUID]) -> dict[UUID, CustomerPaper]:
    """These papers with their customers, without what they say."""
    rows = CustomerPaper.objects.of(organization).filter(pk__in=list(paper_ids))
    return {paper.pk: paper for paper in rows.select_related("customer").defer("snapshot")}


def whole_papers_by_id(organization: Organization, paper_ids: Sequence[UUID]) -> dict[UUID, CustomerPaper]:
    """These papers with their customers and all that they say."""
    rows = CustomerPaper.objects.of(organization).filter(pk__in=list(paper_ids))
    return {paper.pk: paper for paper in rows.select_related("customer")}


def get_statement(organization: Organization, paper_id: UUID) -> CustomerPaper:
    """One statement with its customer, or 404."""
    paper = get_paper(organization, paper_id)
    if paper.kind != PaperKind.STATEMENT:
        raise Http404
    return paper


def get_paper_with_page(organization: Organization, paper_id: UUID) -> CustomerPaper:
    """A paper from which the customer's account is opened: a statement or a demand; 404 for any other."""
    paper = get_paper(organization, paper_id)
    if paper.kind not in WITH_PAGE:
        raise Http404
    return paper


def invoice_demanded(organization: Organization, paper_id: UUID) -> UUID | None:
    """The invoice that a demand is about; None where it is about several, or about a claim that has no invoice here."""
    claims = get_paper(organization, paper_id).snapshot["claims"]
    if len(claims) != 1:
        return None
    rows = Invoice.objects.of(organization).filter(receivable_id=claims[0]["receivable_id"])
    return rows.values_list("pk", flat=True).first()


def paper_with_words(organization: Organization, kind: str, customer_id: UUID, sha256: str) -> CustomerPaper | None:
    """The paper that said just this already."""
    rows = CustomerPaper.objects.of(organization).select_related("customer")
    return rows.filter(kind=kind, customer_id=customer_id, snapshot_sha256=sha256).first()


def receipts_of(organization: Organization, payment_id: UUID) -> list[CustomerPaper]:
    """The receipts of a payment, the newest first."""
    rows = CustomerPaper.objects.of(organization).filter(payment_id=payment_id).defer("snapshot")
    return list(rows.order_by("-made_at", "-id")[:PAPERS_SHOWN_MAX])


def statements_of(organization: Organization, customer_id: UUID) -> list[CustomerPaper]:
    """The statements of a customer, the newest first."""
    rows = CustomerPaper.objects.of(organization).filter(customer_id=customer_id, kind=PaperKind.STATEMENT)
    return list(rows.defer("snapshot").order_by("-made_at", "-id")[:PAPERS_SHOWN_MAX])


def file_of(organization: Organization, paper_id: UUID) -> DocumentFile | None:
    """The PDF of a paper, once it is made."""
    return DocumentFile.objects.of(organization).filter(subject_id=paper_id).first()


def place_of(paper: CustomerPaper) -> str:
    """Where the staff finds a paper, below the organization's own address."""
    if paper.kind in DEMANDS:
        return f"customers/{paper.customer_id}/"
    if paper.payment_id is not None:
        return f"payments/{paper.payment_id}/receipt/"
    return f"customers/{paper.customer_id}/statement/"


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer with something open, and where a statement can be sent."""

    customer_id: UUID
    number: int
    name: str
    email: str
    owed: Decimal  # in the currency of the books
    late: Decimal


def customers_with_open_items(organization: Organization, day: date) -> list[Debtor]:
    """Every customer who owes something as of a day, the latest first."""
    found = ageing_as_of(organization, day, size=DEBTORS_MAX).customers
    owing = [(row, row.books.late + row.books.amounts[0]) for row in found]
    emails = dict(
        Customer.objects.of(organization)
        .filter(pk__in=[row.customer_id for row, owed in owing if owed > 0])
        .values_list("pk", "email")
    )
    return [
        Debtor(row.customer_id, row.number, row.name, emails.get(row.customer_id, ""), owed, row.books.late)
        for row, owed in owing
        if owed > 0
    ]


def invoices_paid_by(organization: Organization, payment_id: UUID) -> list[Invoice]:
    """The documents that a payment pays now, by number."""
    claims = [row.receivable_id for row in ledger.standing_allocations(organization, payment_id)]
    rows = Invoice.objects.of(organization).filter(receivable_id__in=claims[:CLAIMS_MAX])
    return list(rows.defer("snapshot").order_by("number", "id")[:INVOICES_MAX])


def attempts_without_receipt(organization: Organization, since: datetime, limit: int) -> list[PaymentAttempt]:
    """Payments of the customer's own that both sides are to get a receipt of, and that none was sent of yet."""
    sent = Dispatch.objects.of(organization).filter(
        subject_kind=PaperKind.RECEIPT,
        key=ONLINE_KEY,
        subject_id__in=CustomerPaper.objects.of(organization)
        .filter(payment_id=OuterRef(OuterRef("payment_id")))
        .values("pk"),
    )
    rows = PaymentAttempt.objects.of(organization).filter(
        Q(state=AttemptState.CAPTURED), receipt_wanted_at__gte=since, payment__isnull=False, payment__reversed=0
    )
    waiting = rows.exclude(Exists(sent)).select_related("payment", "customer")
    return list(waiting.order_by("receipt_wanted_at", "id")[:limit])
