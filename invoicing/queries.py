"""Questions about drafts, invoices, credit notes, their numbers and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet, Sum
from django.http import Http404

from customers.models import Customer
from foundation import rows
from invoicing.calculation import Left
from invoicing.drafting.composition import Credited
from invoicing.models import (
    Attachment,
    DocumentFile,
    DraftCheck,
    DraftVersion,
    EditingSpell,
    Invoice,
    InvoiceFollowUp,
    InvoiceLine,
    InvoiceStatus,
    NumberSeries,
    SeriesCheck,
)
from invoicing.models.documents import files_made_of
from invoicing.prepaid_queries import prepaid_left
from invoicing.prepaying import sum_of
from tenants.models import Organization, OutboxRow

ONE = "WHERE organization_id = %s AND id = %s"
_M = TypeVar("_M", bound=Model)


def _first_or_404(found: Iterable[_M]) -> _M:
    """The one row that was asked for by its key."""
    for row in found:
        return row
    raise Http404


def get_invoice(organization: Organization, invoice_id: UUID) -> Invoice:
    """One document with its customer, or 404."""
    neighbours = ("customer", "credits", "series", "receivable", "voucher")
    return _first_or_404(Invoice.objects.of(organization).select_related(*neighbours).filter(pk=invoice_id))


def get_document(organization: Organization, invoice_id: UUID) -> Invoice:
    """One document with what it says and without its neighbours, or 404."""
    return _first_or_404(rows.load(Invoice, ONE, [organization.pk, invoice_id]))


def document_of_claim(organization: Organization, receivable_id: UUID) -> Invoice:
    """The document that a claim in the ledger came from, or 404."""
    found = Invoice.objects.of(organization).filter(receivable_id=receivable_id)
    return _first_or_404(found.only("id", "organization_id"))


def get_invoice_alone(organization: Organization, invoice_id: UUID) -> Invoice:
    """One document without what it says and without its neighbours, which cost most of reading it; or 404."""
    return _first_or_404(rows.load(Invoice, ONE, [organization.pk, invoice_id], without=("snapshot",)))


def is_stored(organization: Organization, invoice_id: UUID) -> bool:
    """Whether a document with that id is there."""
    return Invoice.objects.of(organization).filter(pk=invoice_id).exists()


def list_lines(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of a document in their order."""
    return rows.load(
        InvoiceLine,
        "WHERE organization_id = %s AND invoice_id = %s ORDER BY position, id",
        [invoice.organization_id, invoice.pk],
    )


def lock_drafts(organization: Organization, invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """The documents in the given order, locked in the order of their ids; 404 when one is not there."""
    wanted = list(invoice_ids)
    locked = rows.load(
        Invoice,
        "WHERE organization_id = %s AND id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE",
        [organization.pk, wanted],
    )
    found = {row.pk: row for row in locked}
    if len(found) != len(set(wanted)):
        raise Http404
    customers = {
        customer.pk: customer
        for customer in rows.load(
            Customer,
            "WHERE organization_id = %s AND id = ANY(%s::uuid[])",
            [organization.pk, sorted({row.customer_id for row in locked})],
        )
    }
    for row in locked:
        row.customer = customers[row.customer_id]
    return [found[invoice_id] for invoice_id in wanted]


def lock_invoice(organization: Organization, invoice_id: UUID) -> Invoice:
    """One document, locked, or 404."""
    return lock_drafts(organization, [invoice_id])[0]


def lines_by_invoice(organization: Organization, invoice_ids: Iterable[UUID]) -> dict[UUID, list[InvoiceLine]]:
    """The lines of many documents in their order, in one question."""
    wanted = list(invoice_ids)
    lines: dict[UUID, list[InvoiceLine]] = {invoice_id: [] for invoice_id in wanted}
    found = rows.load(
        InvoiceLine,
        "WHERE organization_id = %s AND invoice_id = ANY(%s::uuid[]) ORDER BY invoice_id, position, id",
        [organization.pk, wanted],
    )
    for line in found:
        lines[line.invoice_id].append(line)
    return lines


def lock_credited(organization: Organization, invoices: Iterable[Invoice]) -> dict[UUID, Invoice]:
    """The documents that these credit notes correct, locked, so that two credits are not counted apart."""
    wanted = {invoice.credits_id for invoice in invoices if invoice.credits_id}
    if not wanted:
        return {}
    rows = Invoice.objects.of(organization).filter(pk__in=wanted).select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in rows}


def credited_quantities(organization: Organization, invoice_id: UUID) -> dict[UUID, Decimal]:
    """How much of each line finalized credit notes have taken back."""
    rows = (
        InvoiceLine.objects.of(organization)
        .filter(
            credits_line__invoice_id=invoice_id,
            invoice__status=InvoiceStatus.FINALIZED,
        )
        .values("credits_line_id")
        .annotate(total=Sum("quantity"))
        .values_list("credits_line_id", "total")
    )
    return dict(rows)


def credited_amount(organization: Organization, invoice_id: UUID) -> Decimal:
    """What finalized credit notes have taken back of a document, VAT included."""
    total = (
        Invoice.objects.of(organization)
        .filter(credits_id=invoice_id, status=InvoiceStatus.FINALIZED)
        .aggregate(total=Sum("payable_amount"))["total"]
    )
    return total or Decimal(0)


def credited_of(
    organization: Organization, note: Invoice, lines: Iterable[InvoiceLine], document: Invoice | None = None
) -> Credited | None:
    """What a credit note with these lines corrects and what is left of it; None for what is no credit note."""
    if note.credits_id is None:
        return None
    document = document or Invoice.objects.of(organization).get(pk=note.credits_id)
    taken = credited_quantities(organization, document.pk)
    taking = {line.credits_line_id: line.quantity for line in lines}
    is_all = all(
        line.quantity - taken.get(line.pk, Decimal(0)) == taking.get(line.pk, Decimal(0))
        for line in list_lines(document)
    )
    left = document.payable_amount - credited_amount(organization, document.pk)
    prepaid = prepaid_left(organization, document)
    return Credited(document, Left(payable=left, is_all=is_all, prepaid=sum_of(prepaid)), prepaid)


def list_credit_notes(organization: Organization, invoice_id: UUID) -> QuerySet[Invoice]:
    """Credit notes of a document, drafts among them."""
    return Invoice.objects.of(organization).filter(credits_id=invoice_id).order_by("created_at", "id")


def default_series(organization: Organization) -> NumberSeries:
    """The series that invoices and credit notes take their numbers from."""
    [series] = rows.load(NumberSeries, "WHERE organization_id = %s AND is_default", [organization.pk])
    return series


def list_series(organization: Organization) -> QuerySet[NumberSeries]:
    """Number series by their first number."""
    return NumberSeries.objects.of(organization).order_by("first_number")


def get_series(organization: Organization, series_id: UUID) -> NumberSeries:
    """One series or 404."""
    return _first_or_404(NumberSeries.objects.of(organization).filter(pk=series_id))


def numbers_of_series(organization: Organization, series: NumberSeries) -> QuerySet[Invoice]:
    """Every numbered document of a series, highest number first, without its snapshot."""
    return (
        Invoice.objects.of(organization)
        .filter(series=series)
        .select_related("customer")
        .defer("snapshot")
        .order_by("-number")
    )


def last_series_check(organization: Organization, series: NumberSeries) -> SeriesCheck | None:
    """What the newest check said of a series."""
    return SeriesCheck.objects.of(organization).filter(series=series).order_by("-checked_at", "-id").first()


def checks_of_drafts(organization: Organization, invoice_ids: Iterable[UUID]) -> dict[UUID, DraftCheck]:
    """The stored check of each draft that has one."""
    stored = rows.load(
        DraftCheck,
        "WHERE organization_id = %s AND invoice_id = ANY(%s::uuid[])",
        [organization.pk, list(invoice_ids)],
    )
    return {check.invoice_id: check for check in stored}


def open_spells(organization: Organization, invoice_ids: Iterable[UUID]) -> dict[UUID, EditingSpell]:
    """The open editing spell of each draft that somebody types on."""
    stored = rows.load(
        EditingSpell,
        "WHERE organization_id = %s AND invoice_id = ANY(%s::uuid[])",
        [organization.pk, list(invoice_ids)],
    )
    return {spell.invoice_id: spell for spell in stored}


def idle_spells(organization: Organization, *, saved_before: datetime, limit: int) -> list[UUID]:
    """The drafts on which nobody has typed since that moment, oldest first."""
    idle = EditingSpell.objects.of(organization).filter(saved_at__lt=saved_before).order_by("saved_at", "id")
    return list(idle.values_list("invoice_id", flat=True)[:limit])


def lock_idle_drafts(organization: Organization, invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """Those of the drafts that nobody else is working on at this moment, locked."""
    free = Invoice.objects.of(organization).filter(pk__in=invoice_ids).order_by("pk")
    return list(free.select_for_update(skip_locked=True))


def attachments_of(organization: Organization, invoice_id: UUID) -> list[Attachment]:
    """The files that go with a document, in their order."""
    return attachments_by_invoice(organization, [invoice_id])[invoice_id]


def attachments_by_invoice(organization: Organization, invoice_ids: Iterable[UUID]) -> dict[UUID, list[Attachment]]:
    """The files that go with many documents, in their order, in one question."""
    wanted = list(invoice_ids)
    attached: dict[UUID, list[Attachment]] = {invoice_id: [] for invoice_id in wanted}
    tail = "WHERE organization_id = %s AND invoice_id = ANY(%s::uuid[]) ORDER BY invoice_id, position, id"
    for row in rows.load(Attachment, tail, [organization.pk, wanted]):
        attached[row.invoice_id].append(row)
    return attached


def get_attachment(organization: Organization, invoice_id: UUID, attachment_id: UUID) -> Attachment:
    """One file of a document or 404."""
    return _first_or_404(Attachment.objects.of(organization).filter(invoice_id=invoice_id, pk=attachment_id))


def files_of(organization: Organization, subject_id: UUID) -> dict[str, DocumentFile]:
    """The files made of a subject, by kind."""
    tail = "WHERE organization_id = %s AND subject_id = %s"
    return {row.kind: row for row in rows.load(DocumentFile, tail, [organization.pk, subject_id])}


def has_all_files(organization: Organization, invoice_id: UUID) -> bool:
    """Whether everything that is made of a finalized document is made."""
    question = """SELECT i.kind, count(f.id) FROM invoicing_invoice i
                  LEFT JOIN invoicing_documentfile f ON f.organization_id = i.organization_id AND f.subject_id = i.id
                  WHERE i.organization_id = %s AND i.id = %s GROUP BY i.kind"""
    found = rows.fetch_all(question, [organization.pk, invoice_id])
    return any(count == len(files_made_of(kind)) for kind, count in found)


def get_file(organization: Organization, subject_id: UUID, kind: str) -> DocumentFile:
    """One file of a subject or 404."""
    return _first_or_404(DocumentFile.objects.of(organization).filter(subject_id=subject_id, kind=kind))


def invoices_without_files(organization: Organization, limit: int) -> list[UUID]:
    """Finalized documents that have fewer files than they should, oldest first."""
    rows = (
        Invoice.objects.of(organization)
        .filter(status=InvoiceStatus.FINALIZED)
        .extra(
            where=[
                """(SELECT count(*) FROM invoicing_documentfile f
                    WHERE f.organization_id = invoicing_invoice.organization_id
                      AND f.subject_id = invoicing_invoice.id)
                   < CASE WHEN invoicing_invoice.kind IN ('payment_request', 'withdrawal') THEN 1 ELSE 3 END"""
            ]
        )
        .order_by("finalized_at")
        .values_list("pk", flat=True)[:limit]
    )
    return list(rows)


def follow_up_of(organization: Organization, invoice_id: UUID) -> InvoiceFollowUp | None:
    """What stays changeable on a document."""
    return InvoiceFollowUp.objects.of(organization).select_related("owner").filter(invoice_id=invoice_id).first()


def document_before(organization: Organization, invoice: Invoice) -> UUID | None:
    """The document with the next lower number."""
    if invoice.number is None:
        return None
    rows = Invoice.objects.of(organization).filter(number__lt=invoice.number).order_by("-number")
    return rows.values_list("pk", flat=True).first()


def document_after(organization: Organization, invoice: Invoice) -> UUID | None:
    """The document with the next higher number."""
    if invoice.number is None:
        return None
    rows = Invoice.objects.of(organization).filter(number__gt=invoice.number).order_by("number")
    return rows.values_list("pk", flat=True).first()


def attempt_at_documents(organization: Organization, invoice_id: UUID) -> OutboxRow | None:
    """The newest attempt at making a document's files."""
    rows = OutboxRow.objects.of(organization).filter(subject_id=invoice_id, kind="invoicing.render_documents")
    return rows.order_by("-created_at", "-id").first()


def invoices_by_id(organization: Organization, invoice_ids: Sequence[UUID]) -> dict[UUID, Invoice]:
    """Those of the documents that are there, with their customers and without their snapshots."""
    found = Invoice.objects.of(organization).select_related("customer").defer("snapshot")
    return {invoice.pk: invoice for invoice in found.filter(pk__in=list(invoice_ids))}


def lock_existing(organization: Organization, invoice_ids: Sequence[UUID]) -> dict[UUID, Invoice]:
    """Those of the documents that are there, locked in the order of their ids, in the given order."""
    locked = (
        Invoice.objects.of(organization)
        .filter(pk__in=list(invoice_ids))
        .select_related("customer")
        .defer("snapshot")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    found = {invoice.pk: invoice for invoice in locked}
    return {pk: found[pk] for pk in invoice_ids if pk in found}


def find_invoice(organization: Organization, invoice_id: UUID) -> Invoice | None:
    """One document with its customer; None when it was deleted, or never was."""
    return Invoice.objects.of(organization).select_related("customer").filter(pk=invoice_id).first()


def draft_version_at(organization: Organization, invoice_id: UUID, moment: datetime) -> DraftVersion | None:
    """What a draft said at a moment; None where nothing is kept that far back."""
    kept = DraftVersion.objects.of(organization).filter(invoice_id=invoice_id, recorded_at__lte=moment)
    return kept.order_by("-version").first()


def first_draft_version(organization: Organization, invoice_id: UUID) -> DraftVersion | None:
    """The earliest that is kept of what a draft said."""
    return DraftVersion.objects.of(organization).filter(invoice_id=invoice_id).order_by("version").first()


def follow_ups_of(organization: Organization, invoice_ids: Sequence[UUID]) -> dict[UUID, InvoiceFollowUp]:
    """What stays changeable on each of the documents that has something."""
    found = InvoiceFollowUp.objects.of(organization).select_related("owner").filter(invoice_id__in=list(invoice_ids))
    return {row.invoice_id: row for row in found}


def incomplete_drafts(organization: Organization, invoice_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the last check found missing on each of the drafts; none for those found whole or never checked."""
    told = {}
    for pk, check in checks_of_drafts(organization, invoice_ids).items():
        fatal = [finding["sentence"] for finding in check.findings if finding["is_fatal"]]
        if fatal:
            told[pk] = str(fatal[0])
    return told


def sums_by_currency(documents: Iterable[Invoice]) -> list[tuple[str, Decimal]]:
    """What the documents come to, credit notes taken off, in each currency."""
    sums: dict[str, Decimal] = {}
    for document in documents:
        amount = -document.payable_amount if document.is_credit_note else document.payable_amount
        sums[document.currency] = sums.get(document.currency, Decimal(0)) + amount
    return sorted(sums.items())


def lock_follow_up(organization: Organization, invoice_id: UUID) -> InvoiceFollowUp | None:
    """What stays changeable on a document, locked; None where nothing was ever written."""
    tail = "WHERE organization_id = %s AND invoice_id = %s FOR NO KEY UPDATE"
    found = rows.load(InvoiceFollowUp, tail, [organization.pk, invoice_id])
    return found[0] if found else None
