"""The documents on which work stands: number, date, payment and dispute, shown back where the work is (M-067)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from billing_backlog.queries.figures import Subject
from foundation import rows
from invoicing.listing.properties.sources import credited_or_nothing, open_amount
from invoicing.models import Invoice
from invoicing.standing import DocumentAmounts, Standing
from invoicing.standing import standing_of as document_standing
from payments.models import Hold, HoldKind
from tenants.models import Organization

DOCUMENTS_MAX = 100

_NAMED = """SELECT l.invoice_id, sum(l.net_amount * CASE WHEN d.kind = 'credit_note' THEN -1 ELSE 1 END)
FROM billing_backlog_backlogitem i
JOIN invoicing_invoiceline l ON l.organization_id = i.organization_id AND l.source_id = i.id
JOIN invoicing_invoice d ON d.organization_id = l.organization_id AND d.id = l.invoice_id
WHERE i.organization_id = %s AND i.{subject} = %s
GROUP BY l.invoice_id ORDER BY l.invoice_id DESC LIMIT %s"""


@dataclass(frozen=True, slots=True)
class WorkDocument:
    """A document with what of it bills the work that was asked for, without VAT."""

    invoice: Invoice
    amount: Decimal
    standing: Standing
    open: Decimal | None
    is_disputed: bool

    @property
    def is_waiting(self) -> bool:
        """Whether a draft waits for its confirmation or its day."""
        return bool(self.invoice.waits_for)


def documents_of(organization: Organization, subject: Subject, key: UUID, *, today: date) -> list[WorkDocument]:
    """The newest documents that bill, or take back, work of a project, contract or customer; drafts first."""
    named = rows.fetch_all(_NAMED.format(subject=subject.value), [organization.pk, key, DOCUMENTS_MAX])
    return documents_with(organization, dict(named), today=today)


def documents_with(organization: Organization, amounts: dict[UUID, Decimal], *, today: date) -> list[WorkDocument]:
    """These documents with how they stand, and the amount that each is asked for; drafts first."""
    if not amounts:
        return []
    disputes = Hold.objects.of(organization).filter(
        Q(until=None) | Q(until__gte=today), receivable=OuterRef("receivable"), kind=HoldKind.DISPUTE, released_at=None
    )
    found = (
        Invoice.objects.of(organization)
        .filter(pk__in=list(amounts))
        .select_related("customer")
        .defer("snapshot")
        .annotate(
            open_amount=open_amount(organization),
            credited=credited_or_nothing(organization),
            is_disputed=Exists(disputes),
        )
        .order_by("status", "-number", "-id")
    )
    return [
        WorkDocument(
            invoice=invoice,
            amount=amounts[invoice.pk],
            standing=_standing(invoice, today),
            open=invoice.open_amount,
            is_disputed=invoice.is_disputed,
        )
        for invoice in found
    ]


def _standing(invoice: Invoice, today: date) -> Standing:
    amounts = DocumentAmounts(
        kind=invoice.kind,
        status=invoice.status,
        due_date=invoice.due_date,
        payable=invoice.payable_amount,
        open=invoice.open_amount,  # type: ignore[attr-defined]  # annotated above
        credited=invoice.credited,  # type: ignore[attr-defined]  # annotated above
    )
    return document_standing(amounts, today)
