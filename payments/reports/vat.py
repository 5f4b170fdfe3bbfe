"""Sales and output VAT of a period by standard tax code, tied to the accounts that the VAT stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments import chart
from payments.models import VoucherKind
from payments.reports.ageing import ZERO
from payments.reports.asked import Asked
from payments.reports.reading import fetch
from payments.reports.vat_codes import STANDARD_CODES, label_of, percent_of
from tenants import queries as tenants
from tenants.models import Organization

# What of a voucher is a sale, its VAT, or VAT that a lost claim brings back (VAT act § 4-7).
SIDES = ("base", "vat", "loss")
SIDE_OF = """CASE WHEN NOT starts_with(a.purpose, %(vat)s) THEN 'base'
                  WHEN coalesce(undone.kind, v.kind) = %(write_off)s THEN 'loss' ELSE 'vat' END"""
POSTINGS = """
    FROM payments_voucher v
    JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    LEFT JOIN payments_voucher undone ON undone.organization_id = v.organization_id AND undone.id = v.reverses_id
    WHERE v.organization_id = %(organization)s AND v.day BETWEEN %(first)s AND %(last)s
"""
# Income without a code is shown too: it must be seen that it is in no line of the return.
IS_SALES = "(p.vat_code <> '' OR starts_with(a.purpose, %(vat)s) OR starts_with(a.number, '3'))"
_CODES = f"""SELECT p.vat_code, {SIDE_OF}, -sum(p.amount), count(*) {POSTINGS} AND {IS_SALES} GROUP BY 1, 2"""
_ACCOUNTS = f"""
    SELECT a.id, a.number, a.name, -sum(p.amount) {POSTINGS} AND starts_with(a.purpose, %(vat)s)
    GROUP BY a.id, a.number, a.name ORDER BY a.number
"""


@dataclass(slots=True)
class CodeSums:
    """One standard tax code: sales, their VAT, and the VAT that lost claims bring back (negative)."""

    code: str
    label: str
    percent: Decimal | None
    base: Decimal = ZERO
    vat: Decimal = ZERO
    loss: Decimal = ZERO
    postings: int = 0

    @property
    def due(self) -> Decimal:
        """What is to be paid of VAT under the code."""
        return self.vat + self.loss


@dataclass(frozen=True, slots=True)
class VatAccount:
    """What was posted on an account of output VAT; positive is owed."""

    account_id: UUID
    number: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class VatReport:
    """Every code of a period, and the accounts that must say the same."""

    first: date
    last: date
    codes: tuple[CodeSums, ...]
    accounts: tuple[VatAccount, ...]

    @property
    def base(self) -> Decimal:
        """All sales."""
        return sum((each.base for each in self.codes), ZERO)

    @property
    def vat(self) -> Decimal:
        """The VAT of all sales."""
        return sum((each.vat for each in self.codes), ZERO)

    @property
    def loss(self) -> Decimal:
        """VAT that lost claims bring back."""
        return sum((each.loss for each in self.codes), ZERO)

    @property
    def due(self) -> Decimal:
        """All output VAT of the period."""
        return self.vat + self.loss

    @property
    def on_accounts(self) -> Decimal:
        """What stands on the accounts of output VAT for the period."""
        return sum((each.amount for each in self.accounts), ZERO)

    @property
    def difference(self) -> Decimal:
        """Between the codes and the accounts: 0.00, or something is wrong."""
        return self.due - self.on_accounts


def vat_report(organization: Organization, asked: Asked) -> VatReport:
    """What the ledger says of sales and output VAT from the first day through the last."""
    values = vat_values(organization, asked)
    rates = tenants.vat_rates(organization.country)
    codes: dict[str, CodeSums] = {}
    for code, side, amount, count in fetch(_CODES, values):
        if code not in codes:
            codes[code] = CodeSums(code, label_of(code), percent_of(code, asked.last, rates))
        setattr(codes[code], side, amount)
        codes[code].postings += count
    order = {code: place for place, code in enumerate(STANDARD_CODES)}
    ordered = sorted(codes.values(), key=lambda each: (order.get(each.code, len(order)), each.code))
    accounts = tuple(VatAccount(*row) for row in fetch(_ACCOUNTS, values))
    return VatReport(asked.first, asked.last, tuple(ordered), accounts)


def vat_values(organization: Organization, asked: Asked) -> dict[str, Any]:
    """What the statements of this module are asked with."""
    return {
        "organization": organization.pk,
        "first": asked.first,
        "last": asked.last,
        "vat": chart.vat_purpose(""),
        "write_off": VoucherKind.WRITE_OFF.value,
    }
