"""Writing a SAF-T file piece by piece, with little memory, and counting again what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from lxml import etree

from foundation.dates import Period
from foundation.errors import DomainError
from foundation.transactions import read_only
from payments.saft import journals, masters, reading
from payments.saft.elements import LONG, NAMESPACE, Element, money, text
from payments.saft.journals import JOURNALS, Surroundings, Written
from payments.saft.reading import Totals
from tenants import queries as tenants
from tenants.models import BankAccount, Organization

VOUCHERS_PER_TELL = 500
TRIES = 3
Tell = Callable[[int, int], bool]  # how many of how many vouchers are written; False stops


class LedgerMoves(DomainError):
    """Vouchers were posted in the period while the file was written, again and again."""


class _Stopped(Exception):
    """Whoever asked for the file wants it no more."""


class _Outrun(Exception):
    """There are more vouchers than the head of the file says."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file holds."""

    transactions: int
    accounts: int
    customers: int
    total_debit: Decimal
    total_credit: Decimal

    def to_json(self) -> dict[str, Any]:
        """As plain values; amounts as text, with two decimals."""
        return {**asdict(self), "total_debit": money(self.total_debit), "total_credit": money(self.total_credit)}


def write_saft(
    organization: Organization, period: Period, path: Path, *, made_on: date, tell: Tell | None = None
) -> Summary | None:
    """Write the ledger of the period into the file; None when `tell` says stop.

    The file's head says what its vouchers come to. Where somebody posted in between, the file is written anew. `tell`
    is called outside of every transaction of ours.
    """
    for _try in range(TRIES):
        with read_only():
            totals = reading.totals_of(organization, period)
        writer = _Writer(organization, period, totals, tell)
        try:
            with path.open("wb") as file:
                summary = writer.write(file, made_on)
        except _Stopped:
            return None
        except _Outrun:
            continue
        if writer.is_as_announced:
            return summary
    raise LedgerMoves(
        _("The ledger of these days changed while the file was written. Close the period first, or try again.")
    )


class _Writer:
    """One file on its way."""

    def __init__(self, organization: Organization, period: Period, totals: Totals, tell: Tell | None) -> None:
        self.organization = organization
        self.period = period
        self.totals = totals
        self.tell = tell
        self.written = Written()
        self.rates = tenants.vat_rates(organization.country)

    @property
    def is_as_announced(self) -> bool:
        """Whether the vouchers came to what the head says."""
        written, totals = self.written, self.totals
        return (written.transactions, written.debit, written.credit) == (
            totals.transactions,
            totals.debit,
            totals.credit,
        )

    def write(self, file: Any, made_on: date) -> Summary:
        """All of it, from the head to the last voucher."""
        with etree.xmlfile(file, encoding="UTF-8") as xml:
            xml.write_declaration()
            # Elements below the root are written without a name space of their own: they stand in the root's.
            with xml.element(f"{{{NAMESPACE}}}AuditFile", nsmap={None: NAMESPACE}):
                with read_only():
                    accounts, customers = self._masters(xml, made_on)
                with xml.element("GeneralLedgerEntries"):
                    self._put(xml, "NumberOfEntries", str(self.totals.transactions))
                    self._put(xml, "TotalDebit", money(self.totals.debit))
                    self._put(xml, "TotalCredit", money(self.totals.credit))
                    for journal in JOURNALS:
                        self._journal(xml, journal)
        return Summary(self.totals.transactions, accounts, customers, self.totals.debit, self.totals.credit)

    def _masters(self, xml: Any, made_on: date) -> tuple[int, int]:
        organization, period = self.organization, self.period
        banks = list(BankAccount.objects.of(organization).filter(is_active=True).order_by("id"))
        xml.write(masters.header(organization, banks, period, made_on), pretty_print=True)
        accounts = reading.accounts_of(organization, period)
        with xml.element("MasterFiles"):
            with xml.element("GeneralLedgerAccounts"):
                for account in accounts:
                    xml.write(masters.account(account), pretty_print=True)
            customers = self._customers(xml)
            codes = reading.codes_of(organization, period)
            xml.write(masters.tax_table(codes, organization.country, period.last, self.rates), pretty_print=True)
        return len(accounts), customers

    def _customers(self, xml: Any) -> int:
        found = reading.customers_of(self.organization, self.period)
        first = next(found, None)
        if first is None:
            return 0
        with xml.element("Customers"):
            count = 1
            xml.write(masters.customer(first), pretty_print=True)
            for balances in found:
                xml.write(masters.customer(balances), pretty_print=True)
                count += 1
        return count

    def _journal(self, xml: Any, journal: journals.Journal) -> None:
        around = Surroundings(
            self.organization.country,
            self.organization.base_currency,
            ZoneInfo(self.organization.time_zone),
            self.rates,
        )
        with xml.element("Journal"):
            self._put(xml, "JournalID", journal.code)
            self._put(xml, "Description", text(journal.name, LONG))
            self._put(xml, "Type", journal.code)
            for lines in reading.vouchers_of(self.organization, self.period, [kind.value for kind in journal.kinds]):
                xml.write(journals.transaction(lines, around), pretty_print=True)
                self.written.count(lines)
                if self.written.transactions > self.totals.transactions:
                    raise _Outrun
                if self.tell is not None and self.written.transactions % VOUCHERS_PER_TELL == 0:
                    self._tell()

    def _tell(self) -> None:
        assert self.tell is not None
        if not self.tell(self.written.transactions, self.totals.transactions):
            raise _Stopped

    def _put(self, xml: Any, tag: str, written: str) -> None:
        element: Element = etree.Element(tag)
        element.text = written
        xml.write(element, pretty_print=True)
