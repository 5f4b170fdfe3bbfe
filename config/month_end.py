"""What is looked at before a month is closed: what must be equal, what is missing, and what belongs to later months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from config.queries import COUNT_MAX, count_drafts
from invoicing.dispatching.stuck import count_stuck
from payments import queries as ledger
from payments.reports.asked import Asked, vat_term_of
from payments.reports.control import Control, control_as_of
from payments.reports.reading import fetch
from payments.reports.vat import VatReport, vat_report
from tenants.models import Organization

DOCUMENTS_SHOWN = 25
LOOK_BACK = timedelta(days=3 * 366)  # nobody is billed for a period that ends later than that

_SERIES = """
    SELECT s.id, s.name, s.last_number - s.first_number + 1, count(i.id)
    FROM invoicing_numberseries s
    LEFT JOIN invoicing_invoice i ON i.organization_id = s.organization_id AND i.series_id = s.id
    WHERE s.organization_id = %(organization)s GROUP BY s.id, s.name, s.first_number, s.last_number
    ORDER BY s.first_number
"""
# Of each document's revenue the share of its lines' days that come after the day; a line without a period of its own
# has that of its document.
_DEFERRED = """
    WITH lined AS (
      SELECT i.id, i.number, i.kind, i.customer_id, i.voucher_id, l.net_amount,
             coalesce(l.period_from, i.period_from) AS first, coalesce(l.period_to, i.period_to) AS last
      FROM invoicing_invoice i
      JOIN invoicing_invoiceline l ON l.organization_id = i.organization_id AND l.invoice_id = i.id
      WHERE i.organization_id = %(organization)s AND i.status = 'finalized' AND i.kind IN ('invoice', 'credit_note')
        AND i.accounting_date BETWEEN %(earliest)s AND %(day)s AND l.charge_kind = 'chargeable'),
    shared AS (
      SELECT id, number, kind, customer_id, voucher_id, min(first) AS first, max(last) AS last,
             sum(net_amount * CASE WHEN last > %(day)s AND first <= last
                   THEN (last - greatest(first, %(day)s::date + 1) + 1)::numeric / (last - first + 1) ELSE 0 END)
             / nullif(sum(net_amount), 0) AS share
      FROM lined GROUP BY id, number, kind, customer_id, voucher_id
      HAVING max(last) > %(day)s),
    valued AS (
      SELECT shared.id, shared.number, shared.kind, c.name, shared.first, shared.last,
             round(shared.share * -sum(p.amount), 2) AS deferred
      FROM shared
      JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = shared.voucher_id
      JOIN payments_account a ON a.organization_id = %(organization)s AND a.id = p.account_id
      JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = shared.customer_id
      WHERE p.vat_code <> '' AND NOT starts_with(a.purpose, 'vat_') AND shared.share <> 0
      GROUP BY shared.id, shared.number, shared.kind, c.name, shared.first, shared.last, shared.share)
    SELECT *, sum(deferred) OVER (), count(*) OVER () FROM valued ORDER BY abs(deferred) DESC, number LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class SeriesNumbers:
    """A series of documents: how many numbers it gave, and how many documents there are."""

    series_id: UUID
    name: str
    given: int
    count: int

    @property
    def missing(self) -> int:
        """Numbers that no document has."""
        return self.given - self.count


@dataclass(frozen=True, slots=True)
class DeferredDocument:
    """A document whose lines reach past the month, and what of its revenue belongs to later days."""

    invoice_id: UUID
    number: int
    kind: str
    customer_name: str
    first: date
    last: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Deferred:
    """The revenue that belongs to later months, in the currency of the books."""

    documents: tuple[DeferredDocument, ...]
    amount: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """Everything to look at before a month is closed."""

    first: date
    last: date
    control: Control
    series: tuple[SeriesNumbers, ...]
    undelivered: int
    drafts: int
    vat: VatReport
    deferred: Deferred
    closed_through: date | None

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be posted in the month any more."""
        return self.closed_through is not None and self.closed_through >= self.last

    @property
    def problems(self) -> int:
        """How many things are not as they must be."""
        control = self.control
        ties = [control.receivables, control.unapplied, control.clearing]
        wrong = [*(tie.difference for tie in ties), self.vat.difference]
        missing = [each.missing for each in self.series]
        return sum(map(bool, [*wrong, *missing, control.vouchers.missing if control.vouchers else 0]))


def month_end(organization: Organization, period: tuple[date, date], *, now: datetime) -> MonthEnd:
    """What the rooms say of the month; undelivered documents and drafts are those of now."""
    first, last = period
    term = vat_term_of(organization.country, last)
    values = {"organization": organization.pk}
    return MonthEnd(
        first=first,
        last=last,
        control=control_as_of(organization, last),
        series=tuple(SeriesNumbers(*row) for row in fetch(_SERIES, values)),
        undelivered=count_stuck(organization, now, COUNT_MAX),
        drafts=count_drafts(organization),
        vat=vat_report(organization, Asked(day=last, first=term.first, last=term.last)),
        deferred=deferred_income(organization, last),
        closed_through=ledger.lock_of_period(organization),
    )


def deferred_income(organization: Organization, day: date) -> Deferred:
    """What was invoiced through the day for days after it, by the periods of the lines."""
    values: dict[str, Any] = {
        "organization": organization.pk,
        "day": day,
        "earliest": day - LOOK_BACK,
        "most": DOCUMENTS_SHOWN,
    }
    found = fetch(_DEFERRED, values)
    if not found:
        return Deferred((), Decimal("0.00"), 0)
    return Deferred(tuple(DeferredDocument(*row[:7]) for row in found), found[0][7], found[0][8])
