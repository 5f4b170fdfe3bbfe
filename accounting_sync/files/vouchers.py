"""A voucher as a file tells of it, and what all vouchers of a file come to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCustomer:
    """Whom a line on the receivables account is about."""

    number: str
    name: str
    organization_number: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLine:
    """One posting, debit positive."""

    position: int
    account: str
    account_name: str
    amount: Decimal  # of the base currency
    currency_amount: Decimal
    vat_code: str = ""
    vat_rate_percent: Decimal | None = None
    is_vat: bool = False
    is_receivable: bool = False
    document_number: str = ""
    kid: str = ""
    due_date: date | None = None
    customer: ExportCustomer | None = None
    project: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportVoucher:
    """A voucher with its lines."""

    label: str
    number: int  # of its year
    day: date
    kind: str
    text: str
    currency: str
    lines: Sequence[ExportLine]
    document_number: str = ""  # of sales, credit notes and payment requests
    issue_date: date | None = None
    attachment: str = ""  # the name of the document's file beside it


@dataclass(slots=True)
class AccountTotal:
    """What stands on one account."""

    name: str
    lines: int = 0
    debit: Decimal = NOTHING
    credit: Decimal = NOTHING


@dataclass(slots=True)
class CodeTotal:
    """What stands under one VAT code; sales are positive."""

    lines: int = 0
    base: Decimal = NOTHING
    vat: Decimal = NOTHING


@dataclass(slots=True)
class ControlTotals:
    """What the vouchers of a file come to: counted while it is written, and again by the ledger."""

    vouchers: int = 0
    lines: int = 0
    debit: Decimal = NOTHING
    credit: Decimal = NOTHING
    accounts: dict[str, AccountTotal] = field(default_factory=dict)
    codes: dict[str, CodeTotal] = field(default_factory=dict)

    def count(self, voucher: ExportVoucher) -> None:
        """One more voucher."""
        self.vouchers += 1
        for line in voucher.lines:
            debit, credit = max(line.amount, NOTHING), max(-line.amount, NOTHING)
            self.add((line.account, line.account_name), line.vat_code, (debit, credit), is_vat=line.is_vat)

    def add(
        self,
        account: tuple[str, str],
        vat_code: str,
        sides: tuple[Decimal, Decimal],
        *,
        is_vat: bool,
        lines: int = 1,
    ) -> None:
        """Lines of one account, by number and name, under one code; debit and credit."""
        debit, credit = sides
        self.lines += lines
        self.debit += debit
        self.credit += credit
        number, name = account
        on_account = self.accounts.setdefault(number, AccountTotal(name))
        on_account.lines += lines
        on_account.debit += debit
        on_account.credit += credit
        if vat_code:
            under_code = self.codes.setdefault(vat_code, CodeTotal())
            under_code.lines += lines
            if is_vat:
                under_code.vat += credit - debit
            else:
                under_code.base += credit - debit

    def to_json(self) -> dict[str, Any]:
        """Per account and per VAT code, in their order; amounts as text with two decimals."""
        return {
            "accounts": [
                {
                    "number": number,
                    "name": each.name,
                    "lines": each.lines,
                    "debit": f"{each.debit:.2f}",
                    "credit": f"{each.credit:.2f}",
                }
                for number, each in sorted(self.accounts.items())
            ],
            "codes": [
                {"code": code, "lines": each.lines, "base": f"{each.base:.2f}", "vat": f"{each.vat:.2f}"}
                for code, each in sorted(self.codes.items(), key=lambda item: (len(item[0]), item[0]))
            ],
        }
