"""Reports as tables for files: the same rows as on the screens, all of them, in the words of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from foundation.spreadsheets import Cell
from payments.reports.ageing import AGE_NAMES, ageing_as_of
from payments.reports.asked import Asked
from payments.reports.ledger_card import every_entry
from payments.reports.open_items import every_open_item
from payments.reports.posted import every_posting
from payments.reports.received import every_received_payment
from payments.reports.sales_days import sales_days
from payments.reports.unused_money import every_unused_payment
from payments.reports.vat import vat_report
from payments.reports.words import AGE_LABELS
from tenants.models import Organization

CUSTOMERS_MAX = 1_000_000
Rows = Iterator[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """A report as it is written into a file."""

    title: Any
    header: Callable[[Organization], Sequence[str]]
    rows: Callable[[Organization, Any], Rows]  # by what the report is asked for


def _ageing_header(organization: Organization) -> Sequence[str]:
    ages = [str(AGE_LABELS[name]) for name in AGE_NAMES]
    return [_("Customer number"), _("Customer"), _("Claims"), *ages, _("Past due"), _total(organization)]


def _ageing_rows(organization: Organization, asked: Asked) -> Rows:
    for row in ageing_as_of(organization, asked.day, size=CUSTOMERS_MAX).customers:
        yield [str(row.number), row.name, row.claims, *row.books.amounts, row.books.late, row.books.total]


def _open_header(organization: Organization) -> Sequence[str]:
    return [
        _("Customer number"),
        _("Customer"),
        _("Kind"),
        _("Number"),
        _("KID"),
        _("Issued"),
        _("Due date"),
        _("Days past due"),
        _("Currency"),
        pgettext("amount", "Open"),
        _total(organization),
    ]


def _open_rows(organization: Organization, asked: Asked) -> Rows:
    for item in every_open_item(organization, asked):
        yield [
            str(item.customer_number),
            item.customer_name,
            item.kind_label,
            item.document_number,
            item.kid,
            item.issue_date,
            item.due_date,
            item.days_late(asked.day),
            item.currency,
            item.currency_amount,
            item.amount,
        ]


def _moving_rows(organization: Organization, asked: Asked) -> Rows:
    """The claims, and after them the money that nothing has used, below zero: together what customers owe in all."""
    yield from _open_rows(organization, asked)
    for row in every_unused_payment(organization, asked.day):
        yield [
            "" if row.customer_number is None else str(row.customer_number),
            row.customer_name,
            _("Unused payment"),
            f"{row.year}-{row.number:05d}",
            "",
            row.day,
            None,
            0,
            row.currency,
            -row.currency_amount,
            -row.amount,
        ]


def _card_header(organization: Organization) -> Sequence[str]:
    return [
        _("Accounting date"),
        _("Voucher"),
        _("Kind"),
        _("Text"),
        _("Number"),
        _("Due date"),
        _("Currency"),
        _("Amount in currency"),
        _("Debit"),
        _("Credit"),
        f"{_('Balance')}, {organization.base_currency}",
    ]


def _card_rows(organization: Organization, asked: Asked) -> Rows:
    assert asked.customer_id is not None
    for entry in every_entry(organization, asked.customer_id, asked):
        yield [
            entry.day,
            entry.voucher_label,
            entry.kind_label,
            entry.text,
            entry.document_number,
            entry.due_date,
            entry.currency,
            entry.currency_amount,
            entry.debit,
            entry.credit,
            entry.balance,
        ]


def _received_header(organization: Organization) -> Sequence[str]:
    return [
        _("Received on"),
        _("Voucher"),
        _("Payer"),
        _("Customer number"),
        _("Customer"),
        _("Reference"),
        _("Method"),
        _("Told by"),
        _("Account"),
        _("Currency"),
        _("Amount"),
        _("Bank fee"),
        _total(organization),
        _("Pays claims"),
        _("Paid back"),
        _("Taken back"),
        _("Not applied"),
    ]


def _received_rows(organization: Organization, asked: Asked) -> Rows:
    for payment in every_received_payment(organization, asked):
        yield [
            payment.day,
            payment.voucher_label,
            payment.payer_name,
            "" if payment.customer_number is None else str(payment.customer_number),
            payment.customer_name or "",
            payment.reference,
            payment.method_label,
            payment.source_label,
            f"{payment.account_number} {payment.account_name}",
            payment.currency,
            payment.amount,
            payment.fee,
            payment.base_amount,
            payment.applied,
            payment.refunded,
            payment.reversed,
            payment.unapplied,
        ]


def _vat_header(_organization: Organization) -> Sequence[str]:
    return [
        _("VAT code"),
        _("Name"),
        _("Rate, %"),
        _("Sales without VAT"),
        _("VAT of sales"),
        _("VAT of lost claims"),
        _("VAT to pay"),
    ]


def _vat_rows(organization: Organization, asked: Asked) -> Rows:
    for row in vat_report(organization, asked).codes:
        yield [row.code, row.label, row.percent, row.base, row.vat, row.loss, row.due]


def _postings_header(organization: Organization) -> Sequence[str]:
    return [
        _("Accounting date"),
        _("Voucher"),
        _("Kind"),
        _("Text"),
        _("Account"),
        _("VAT code"),
        _("Currency"),
        _("Amount in currency"),
        _("Debit"),
        _("Credit"),
        f"{_('Amount')}, {organization.base_currency}",
    ]


def _postings_rows(organization: Organization, asked: Asked) -> Rows:
    for row in every_posting(organization, asked):
        yield [
            row.day,
            row.voucher_label,
            row.kind_label,
            row.text,
            f"{row.account_number} {row.account_name}",
            row.vat_code,
            row.currency,
            row.currency_amount,
            row.debit,
            row.credit,
            row.amount,
        ]


def _days_header(organization: Organization) -> Sequence[str]:
    owed, sold = _("Owed at the end of the month"), _("Sold in three months, with VAT")
    currency = organization.base_currency
    return [_("Month"), f"{owed}, {currency}", f"{sold}, {currency}", _("Days"), _("Days sales outstanding")]


def _days_rows(organization: Organization, asked: Asked) -> Rows:
    for month in sales_days(organization, asked.day):
        yield [month.first.isoformat()[:7], month.owed, month.sold, month.period_days, month.days]


def _total(organization: Organization) -> str:
    return f"{_('In the books')}, {organization.base_currency}"


TABLES: Mapping[str, Table] = {
    "ageing": Table(gettext_lazy("Ageing"), _ageing_header, _ageing_rows),
    "open_items": Table(gettext_lazy("Open items"), _open_header, _open_rows),
    "moving_out": Table(gettext_lazy("Open items and unused money"), _open_header, _moving_rows),
    "ledger_card": Table(gettext_lazy("Ledger card"), _card_header, _card_rows),
    "received_payments": Table(gettext_lazy("Received payments"), _received_header, _received_rows),
    "vat": Table(gettext_lazy("VAT report"), _vat_header, _vat_rows),
    "postings": Table(gettext_lazy("Postings"), _postings_header, _postings_rows),
    "sales_days": Table(gettext_lazy("Days sales outstanding"), _days_header, _days_rows),
}
