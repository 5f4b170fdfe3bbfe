"""The documents of a day that are printed and brought along to customers: whose they are and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_backlog.automation import Posting
from billing_backlog.models import BringAlongPrint
from billing_backlog.queries.automation import automation_of
from billing_backlog.queries.by_itself import documents_for_day
from foundation.alphabet import sort_key
from invoicing.models import Invoice, InvoiceStatus
from tenants.models import Organization

DOCUMENTS_MAX = 500  # of one file, as letters


@dataclass(frozen=True, slots=True)
class Brought:
    """One document of a day: who takes it along, whether it is sent as well, and how it was last printed."""

    invoice: Invoice
    worker: str
    is_sent: bool
    is_taken_back: bool
    printed: BringAlongPrint | None

    @property
    def is_printed(self) -> bool:
        """Whether a print of the document as it is now is there: a draft is printed again once it is an invoice."""
        return self.printed is not None and self.printed.was_draft == self.invoice.is_draft

    @property
    def is_wanted(self) -> bool:
        """Whether somebody is to print it: it is not sent, stands, and is not printed yet."""
        return not (self.is_sent or self.is_taken_back or self.is_printed)


def brought_on(organization: Organization, day: date) -> list[Brought]:
    """What is brought along on a day, by worker and customer; drafts that only collect are left out."""
    pairs = documents_for_day(organization, day)
    first: dict[UUID, tuple[Invoice, str]] = {}
    for invoice, item in pairs:
        first.setdefault(invoice.pk, (invoice, item.performed_by))
    ways = automation_of(organization, {invoice.customer_id for invoice, _worker in first.values()})
    printed = last_prints(organization, first)
    credited = _taken_back(organization, first)
    found = [
        Brought(
            invoice=invoice,
            worker=worker,
            is_sent=ways[invoice.customer_id].sends,
            is_taken_back=invoice.pk in credited,
            printed=printed.get(invoice.pk),
        )
        for invoice, worker in first.values()
        if not invoice.is_draft or ways[invoice.customer_id].posting == Posting.FINALIZE
    ]
    language = organization.language
    return sorted(
        found, key=lambda each: (sort_key(each.worker, language), sort_key(each.invoice.customer.name, language))
    )


def last_prints(organization: Organization, invoice_ids: Collection[UUID]) -> dict[UUID, BringAlongPrint]:
    """How each of the documents was last printed."""
    found = BringAlongPrint.objects.of(organization).filter(invoice_id__in=list(invoice_ids))
    return {row.invoice_id: row for row in found.order_by("printed_at", "id")}


def _taken_back(organization: Organization, invoice_ids: Collection[UUID]) -> set[UUID]:
    """Those of the invoices of which a credit note has left nothing."""
    found = (
        Invoice.objects.of(organization)
        .filter(credits_id__in=list(invoice_ids), status=InvoiceStatus.FINALIZED)
        .select_related("credits")
    )
    whole = [note for note in found.defer("snapshot", "credits__snapshot") if _is_whole(note)]
    return {note.credits_id for note in whole if note.credits_id is not None}


def _is_whole(note: Invoice) -> bool:
    return note.credits is not None and note.payable_amount == note.credits.payable_amount
