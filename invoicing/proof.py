"""Proving that finalized documents are as they were finalized: numbers, chains, columns, lines and snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from foundation.canonical import digest
from invoicing.frozen import lines_digest
from invoicing.models import Invoice, InvoiceLine, InvoiceStatus, NumberSeries
from invoicing.numbering import document_hash
from payments.actions.receivables import receivable_kind_of
from payments.models import Receivable, Voucher
from payments.proof import NOTHING, posted_on
from tenants.models import Organization

CHUNK = 100  # documents, each with its snapshot and lines in memory
STRAYS_NAMED_MAX = 100
NUMBERS_NAMED_MAX = 100
LINES_NAMED_MAX = 200

# Columns of a line that the snapshot repeats under the same or another name: they tell which line was changed.
SNAPSHOT_NAMES = {
    "position": "position",
    "product_number": "product_number",
    "gtin": "gtin",
    "description": "description",
    "detail": "detail",
    "quantity": "quantity",
    "unit_code": "unit_code",
    "unit_price": "unit_price",
    "discount_percent": "discount_percent",
    "charge_kind": "charge_kind",
    "vat_treatment": "vat_treatment",
    "vat_rate_percent": "vat_rate_percent",
    "delivery_date": "delivery_day",
    "period_from": "period_from",
    "period_to": "period_to",
    "net_amount": "net_amount",
}


def series_problems(organization: Organization, series: NumberSeries) -> tuple[int, list[str]]:
    """How many documents a series holds, and a sentence for everything that is not as it should be."""
    problems: list[str] = []
    expected, head, last_moment = series.first_number, series.genesis_hash, None
    for invoice, lines in _documents(organization, series):
        problems += _missing_numbers(series, expected, (invoice.number or 0) - 1)
        if invoice.previous_hash != head:
            problems.append(f"Document {invoice.number}: does not continue the chain of its predecessor.")
        problems += [f"Document {invoice.number}: {problem}" for problem in document_problems(invoice, lines)]
        if last_moment is not None and invoice.finalized_at is not None and invoice.finalized_at < last_moment:
            problems.append(f"Document {invoice.number}: was finalized before its predecessor.")
        expected, head, last_moment = (invoice.number or 0) + 1, invoice.hash, invoice.finalized_at
    problems += _end_problems(series, expected - 1, head, last_moment)
    return expected - series.first_number, problems


def _end_problems(series: NumberSeries, last_number: int, head: str, last_moment: object) -> Iterator[str]:
    named = f"Series {series.code} ({series.pk})"
    yield from _missing_numbers(series, last_number + 1, series.last_number)
    if series.last_number != last_number:
        yield f"{named}: stands at {series.last_number}, but the last document is {last_number}."
    if series.head_hash != head:
        yield f"{named}: its head is not the hash of its last document."
    if series.moved_at != last_moment:
        yield f"{named}: moved at another time than its last document."
    if series.row_hash != series.content_hash():
        yield f"{named}: its row has been changed."


def _missing_numbers(series: NumberSeries, first: int, last: int) -> Iterator[str]:
    for number in range(first, min(last, first + NUMBERS_NAMED_MAX) + 1):
        yield f"Series {series.code}: number {number} is missing."


def document_problems(invoice: Invoice, lines: list[InvoiceLine]) -> list[str]:
    """What is not as it was finalized on one document."""
    problems = []
    if digest(invoice.snapshot) != invoice.body_hash:
        problems.append("its snapshot has been changed.")
    if document_hash(invoice, lines_digest(lines)) != invoice.hash:
        problems.append(_where(invoice, lines))
    return problems


def _where(invoice: Invoice, lines: list[InvoiceLine]) -> str:
    """Name the line that no longer says what the snapshot says, where that can be told."""
    stored = {line["id"]: line for line in (invoice.snapshot or {}).get("lines", [])}
    missing = set(stored) - {str(line.pk) for line in lines}
    if missing:
        return f"line {sorted(missing)[0]} is gone."
    for line in lines:
        said = stored.get(str(line.pk))
        if said is None:
            return f"line {line.pk} was added."
        if any(_differ(getattr(line, name), said.get(key)) for name, key in SNAPSHOT_NAMES.items()):
            return f"line {line.position} ({line.pk}) has been changed."
    ids = ", ".join(f"{line.position}: {line.pk}" for line in lines[:LINES_NAMED_MAX])
    return f"its row ({invoice.pk}) or one of its lines ({ids}) has been changed."


def _differ(now: Any, was: Any) -> bool:
    if isinstance(now, Decimal):
        return was is None or now != Decimal(was)
    if isinstance(now, date):
        return now.isoformat() != str(was)
    return bool(now != was)


def _documents(organization: Organization, series: NumberSeries) -> Iterator[tuple[Invoice, list[InvoiceLine]]]:
    """The numbered documents of a series in order, with their lines, a chunk at a time."""
    after = series.first_number - 1
    while True:
        chunk = list(
            Invoice.objects.of(organization).filter(series=series, number__gt=after).order_by("number")[:CHUNK]
        )
        if not chunk:
            return
        lines: dict[UUID, list[InvoiceLine]] = {invoice.pk: [] for invoice in chunk}
        for line in InvoiceLine.objects.of(organization).filter(invoice_id__in=list(lines)).order_by("position", "id"):
            lines[line.invoice_id].append(line)
        for invoice in chunk:
            yield invoice, lines[invoice.pk]
        after = chunk[-1].number or 0


def stray_problems(organization: Organization) -> Iterator[str]:
    """Finalized documents outside every series and lines outside every document, which no chain would show."""
    series = NumberSeries.objects.of(organization).filter(pk=OuterRef("series_id"))
    numbered = Q(status=InvoiceStatus.FINALIZED) | Q(number__isnull=False)
    strays = Invoice.objects.of(organization).filter(numbered & ~Exists(series)).defer("snapshot")
    for invoice in strays.order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Document {invoice.number} ({invoice.pk}): belongs to no series ({invoice.series_id})."
    documents = Invoice.objects.of(organization).filter(pk=OuterRef("invoice_id"))
    for line in InvoiceLine.objects.of(organization).filter(~Exists(documents)).order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Line {line.pk}: belongs to no document."


def receivable_problems(organization: Organization) -> Iterator[str]:
    """Each document has opened one receivable that says what it says, with its payable amount posted on it."""
    for documents in _finalized(organization):
        receivables = Receivable.objects.of(organization).in_bulk([row.receivable_id for row in documents])
        vouchers = Voucher.objects.of(organization).in_bulk([row.voucher_id for row in documents if row.voucher_id])
        posted = posted_on(organization, list(receivables), voucher_id__in=list(vouchers))
        for invoice in documents:
            named = f"Document {invoice.number} ({invoice.pk})"
            receivable = receivables.get(invoice.receivable_id) if invoice.receivable_id else None
            if receivable is None:
                yield f"{named}: its receivable is not there."
                continue
            if _receivable_facts(receivable) != _document_facts(invoice):
                yield f"{named}: its receivable ({receivable.pk}) says something else."
            sign = -1 if invoice.is_credit_note else 1
            if posted.get(receivable.pk, NOTHING)[0] != sign * invoice.payable_amount:
                yield f"{named}: its voucher does not post {invoice.payable_amount} on its receivable."
            voucher = vouchers.get(invoice.voucher_id) if invoice.voucher_id else None
            if voucher is not None and voucher.source_id != invoice.pk:
                yield f"{named}: its voucher {voucher.label} came from something else."


def _finalized(organization: Organization) -> Iterator[list[Invoice]]:
    """Finalized documents that are claims, without their snapshots, a chunk at a time."""
    after: UUID | None = None
    while True:
        rows = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED).defer("snapshot").order_by("pk")
        chunk = list((rows if after is None else rows.filter(pk__gt=after))[:CHUNK])
        if not chunk:
            return
        yield chunk
        after = chunk[-1].pk


def _receivable_facts(receivable: Receivable) -> tuple[object, ...]:
    return (
        receivable.customer_id,
        receivable.kind,
        receivable.document_number,
        receivable.kid,
        receivable.currency,
        receivable.issue_date,
        receivable.due_date,
    )


def _document_facts(invoice: Invoice) -> tuple[object, ...]:
    return (
        invoice.customer_id,
        receivable_kind_of(is_credit_note=invoice.is_credit_note, is_about_advance=invoice.is_about_advance),
        str(invoice.number),
        invoice.kid,
        invoice.currency,
        invoice.issue_date,
        invoice.due_date,
    )
