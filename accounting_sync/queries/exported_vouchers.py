"""The vouchers that a file holds, as the ledger has them: how many, what they come to, and each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from accounting_sync.files.asked import Asked
from accounting_sync.files.vouchers import ControlTotals, ExportCustomer, ExportLine, ExportVoucher
from accounting_sync.models import ExportScope
from foundation import rows
from foundation.transactions import read_only
from payments import chart
from payments.models import VoucherKind, VoucherSeries
from payments.reports.reading import fetch
from payments.reports.vat_codes import percent_of
from payments.saft.reading import PAYER
from tenants import queries as tenants
from tenants.models import Organization
from tenants.queries import DatedRate

CHUNK = 500  # vouchers
FIRST_DAY = date(1900, 1, 1)
DEPARTMENT_NAMES = ("department", "avdeling")
Marks = Mapping[int, int]  # the last number of each year

# Numbers are given one after the other and never taken back: what is at or under a mark is the same for ever.
CHOSEN = """
    FROM payments_voucher v
    JOIN unnest(%(years)s::int[], %(lasts)s::int[]) AS mark (year, last) ON v.year = mark.year AND v.number <= mark.last
    WHERE v.organization_id = %(organization)s AND v.day BETWEEN %(first)s AND %(last)s
      AND (%(with_opening)s::bool OR v.kind <> 'opening')
      AND (%(again)s::bool OR NOT EXISTS (
        SELECT 1 FROM accounting_sync_exportedvoucher e
        WHERE e.organization_id = %(organization)s AND e.voucher_id = v.id AND e.is_first
          AND e.format = %(format)s::text))
"""
_COUNT = f"SELECT count(*), min(v.day), max(v.day) {CHOSEN}"
_TOTALS = f"""
    SELECT a.number, a.name, a.purpose, p.vat_code, count(*), coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
    FROM (SELECT v.id {CHOSEN}) v
    JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    GROUP BY a.number, a.name, a.purpose, p.vat_code ORDER BY a.number, p.vat_code
"""  # noqa: S608 - our own words
_VOUCHERS = f"""
    SELECT v.id, v.year, v.number, v.day, v.kind, v.text, v.currency, p.position, a.number, a.name, a.purpose, p.amount,
           p.currency_amount, p.vat_code, p.dimensions, r.document_number, r.kid, r.due_date, r.issue_date,
           c.number, c.name, c.organization_number, c.street, c.postal_code, c.city
    FROM (SELECT v.* {CHOSEN} AND (v.year, v.number) > (%(year)s, %(number)s)
          ORDER BY v.year, v.number LIMIT %(most)s) v
    JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    LEFT JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
    {PAYER}
    LEFT JOIN customers_customer c
      ON c.organization_id = %(organization)s AND c.id = coalesce(r.customer_id, payment.customer_id)
    ORDER BY v.year, v.number, p.position
"""  # noqa: S608 - our own words
_IDS = f"""
    SELECT v.id, NOT EXISTS (
      SELECT 1 FROM accounting_sync_exportedvoucher e
      WHERE e.organization_id = %(organization)s AND e.voucher_id = v.id AND e.format = %(format)s::text AND e.is_first)
    {CHOSEN}
"""  # noqa: S608 - our own words
_DOCUMENTS = """
    SELECT i.voucher_id, i.number, f.sha256
    FROM invoicing_invoice i
    LEFT JOIN invoicing_documentfile f
      ON f.organization_id = i.organization_id AND f.subject_id = i.id AND f.kind = 'pdf'
    WHERE i.organization_id = %s AND i.voucher_id = ANY(%s) AND i.status = 'finalized'
"""


@dataclass(frozen=True, slots=True)
class Count:
    """How many vouchers a file would hold, and of which days."""

    vouchers: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class DocumentPdf:
    """The PDF of a voucher's document; no hash: it is not made yet."""

    number: int
    sha256: str | None

    @property
    def name(self) -> str:
        """What it is called beside the journal."""
        return f"documents/{self.number}.pdf"


def voucher_marks(organization: Organization) -> dict[int, int]:
    """The last voucher number of each year as it stands now."""
    return dict(VoucherSeries.objects.of(organization).values_list("year", "last_number"))


def count_chosen(organization: Organization, asked: Asked, marks: Marks) -> Count:
    """How many vouchers are meant."""
    [row] = fetch(_COUNT, _values_of(organization, asked, marks))
    return Count(*row)


def chosen_ids(organization: Organization, asked: Asked, marks: Marks) -> list[tuple[UUID, bool]]:
    """The vouchers that are meant, each with whether no file of the format holds it yet."""
    return [(key, is_new) for key, is_new in fetch(_IDS, _values_of(organization, asked, marks))]


def totals_of(organization: Organization, asked: Asked, marks: Marks) -> ControlTotals:
    """What the ledger says that the vouchers come to."""
    values = _values_of(organization, asked, marks)
    totals = ControlTotals(vouchers=fetch(_COUNT, values)[0][0])
    for number, name, purpose, code, lines, debit, credit in fetch(_TOTALS, values):
        totals.add((number, name), code, (debit, credit), is_vat=_is_vat(purpose), lines=lines)
    return totals


def chosen_vouchers(
    organization: Organization, asked: Asked, marks: Marks
) -> Iterator[tuple[list[ExportVoucher], list[DocumentPdf]]]:
    """The vouchers in the order of their numbers, some hundred at a time, each time in a transaction of its own.

    Beside them stand their documents, where those are asked for.
    """
    with read_only():
        rates = tenants.vat_rates(organization.country)
    values = _values_of(organization, asked, marks) | {"year": 0, "number": 0, "most": CHUNK}
    while True:
        with read_only():
            found = fetch(_VOUCHERS, values)
            documents = documents_of(organization, {row[0] for row in found}) if asked.with_documents else {}
        if not found:
            return
        read = [_voucher(list(lines), documents.get(key), rates) for key, lines in groupby(found, key=itemgetter(0))]
        yield read, list(documents.values())
        values |= {"year": found[-1][1], "number": found[-1][2]}


def documents_of(organization: Organization, voucher_ids: set[UUID]) -> dict[UUID, DocumentPdf]:
    """The PDFs of the documents behind these vouchers."""
    found = rows.fetch_all(_DOCUMENTS, [organization.pk, list(voucher_ids)])
    return {voucher_id: DocumentPdf(number, sha256) for voucher_id, number, sha256 in found}


def _values_of(organization: Organization, asked: Asked, marks: Marks) -> dict[str, Any]:
    """What the words of a statement about the chosen vouchers stand for."""
    return {
        "organization": organization.pk,
        "years": list(marks),
        "lasts": list(marks.values()),
        "first": asked.first or FIRST_DAY,
        "last": asked.last,
        "with_opening": asked.with_opening,
        "again": asked.scope == ExportScope.PERIOD,
        "format": asked.format,
        "unapplied": chart.UNAPPLIED_PAYMENTS,
    }


def _is_vat(purpose: str) -> bool:
    return purpose.startswith(chart.vat_purpose(""))


def _voucher(
    found: Sequence[tuple[Any, ...]], document: DocumentPdf | None, rates: Sequence[DatedRate]
) -> ExportVoucher:
    _id, year, number, day, kind, text, currency = found[0][:7]
    is_document = kind in {VoucherKind.SALE, VoucherKind.CREDIT, VoucherKind.ADVANCE}
    told = next(((row[15], row[18]) for row in found if row[15]), ("", None)) if is_document else ("", None)
    return ExportVoucher(
        label=f"{year}-{number:05d}",
        number=number,
        day=day,
        kind=kind,
        text=text,
        currency=currency,
        lines=[_line(row[3], row[7:], rates) for row in found],
        document_number=told[0],
        issue_date=told[1],
        attachment=document.name if document else "",
    )


def _line(day: date, cells: tuple[Any, ...], rates: Sequence[DatedRate]) -> ExportLine:
    position, account, name, purpose, amount, currency_amount, code, dimensions, document, kid, due = cells[:11]
    customer = cells[12:]
    told = {key.casefold(): str(value) for key, value in _read(dimensions).items()}
    return ExportLine(
        position=position,
        account=account,
        account_name=name,
        amount=amount,
        currency_amount=currency_amount,
        vat_code=code,
        vat_rate_percent=_percent(code, day, rates),
        is_vat=_is_vat(purpose),
        is_receivable=purpose == chart.RECEIVABLES,
        document_number=document or "",
        kid=kid or "",
        due_date=due,
        customer=ExportCustomer(**_party(customer)) if customer[0] is not None else None,
        project=told.get("project", ""),
        department=next((told[name] for name in DEPARTMENT_NAMES if told.get(name)), ""),
    )


def _party(cells: Sequence[Any]) -> dict[str, str]:
    names = ("number", "name", "organization_number", "street", "postal_code", "city")
    return {name: str(cell or "") for name, cell in zip(names, cells, strict=True)}


def _read(dimensions: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(dimensions) if isinstance(dimensions, str) else dimensions
    return read


def _percent(code: str, day: date, rates: Sequence[DatedRate]) -> Decimal | None:
    return percent_of(code, day, rates) if code else None
