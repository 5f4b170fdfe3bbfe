"""The SAF-T file of a period: valid against the schema, and its sums are those of the ledger and the VAT report."""

from __future__ import annotations

import csv
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from lxml import etree

from foundation.dates import Period
from payments import chart, proof
from payments.actions.registering import register_payment
from payments.models import Account, ExchangeRate, Posting, VoucherKind
from payments.reports import ageing, vat
from payments.reports.asked import Asked
from payments.saft import elements, journals, masters
from payments.saft.grouping import _STRETCHES, grouping_of
from payments.saft.writer import LedgerMoves, Summary, write_saft
from payments.terms import Part
from tenants.models import Organization
from tests import builders
from tests.architecture.test_statements import capture
from tests.payments.claims import ClaimTerms, money, open_claim
from tests.payments.report_world import ACTOR, FIRST, NOW, grow

ZERO = Decimal("0.00")
NS = {"s": elements.NAMESPACE}
SCHEMA = "nordic/saft/Norwegian_SAF-T_Financial_Schema_v_1.30.xsd"
LEDGERS = builders.scaled(8, 1)
STEPS = builders.scaled(250, 90)


def read(path: Path) -> Any:
    return etree.parse(str(path)).getroot()


def amounts(parent: Any, expression: str) -> Decimal:
    return sum((Decimal(found.text) for found in parent.xpath(expression, namespaces=NS)), ZERO)


def refuse_invalid(root: Any, shared: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(shared / SCHEMA)))
    schema.validate(root.getroottree())
    log: Any = schema.error_log
    assert [f"{error.line}: {error.message}" for error in log] == []


@pytest.mark.parametrize("ledger", range(LEDGERS))
def test_a_file_holds_what_the_ledger_holds(
    organization: Organization, tmp_path: Path, shared: Path, ledger: int
) -> None:
    seed = builders.SEED + 100 + ledger
    print(f"seed {seed}")
    books = grow(organization, seed, STEPS)
    middle = FIRST + (books.day - FIRST) / 2
    periods = [Period(FIRST, books.day), Period(FIRST.replace(day=1), date(2026, 4, 30)), Period(middle, books.day)]
    with builders.in_organization(organization):
        for number, period in enumerate(periods):
            path = tmp_path / f"{number}.xml"
            with capture() as captured:
                summary = write_saft(organization, period, path, made_on=builders.TODAY)
            assert captured.complaints() == []
            assert summary is not None
            root = read(path)
            refuse_invalid(root, shared)
            check_accounts(organization, root, period)
            check_customers(organization, root, period)
            check_vouchers(organization, root, period, summary)
            check_tax(organization, root, period)
        assert list(proof.ledger_problems(organization)) == []


def balance_of(parent: Any, name: str) -> Decimal:
    return amounts(parent, f"s:{name}DebitBalance") - amounts(parent, f"s:{name}CreditBalance")


def posted(organization: Organization, last: date, **conditions: Any) -> Decimal:
    rows = Posting.objects.of(organization).filter(voucher__day__lte=last, **conditions)
    return sum((row.amount for row in rows), ZERO)


def check_accounts(organization: Organization, root: Any, period: Period) -> None:
    found = {each.findtext("s:AccountID", namespaces=NS): each for each in root.iterfind(".//s:Account", NS)}
    before = period.first - timedelta(days=1)
    assert set(found) == set(Account.objects.of(organization).values_list("number", flat=True))
    for number, element in found.items():
        assert balance_of(element, "Opening") == posted(organization, before, account__number=number), number
        assert balance_of(element, "Closing") == posted(organization, period.last, account__number=number), number
        lines = f".//s:Line[s:AccountID='{number}']/s:{{}}Amount/s:Amount"
        moved = amounts(root, lines.format("Debit")) - amounts(root, lines.format("Credit"))
        assert balance_of(element, "Closing") == balance_of(element, "Opening") + moved
    assert sum((balance_of(each, "Closing") for each in found.values()), ZERO) == 0


def check_customers(organization: Organization, root: Any, period: Period) -> None:
    receivables = Account.objects.of(organization).get(purpose=chart.RECEIVABLES).number
    closing = ZERO
    for customer in root.iterfind(".//s:Customer", NS):
        for account in customer.iterfind("s:BalanceAccount", NS):
            number = account.findtext("s:AccountID", namespaces=NS)
            here = (
                f".//s:Line[s:AccountID='{number}'][s:CustomerID='{customer.findtext('s:CustomerID', namespaces=NS)}']"
            )
            moved = amounts(root, f"{here}/s:DebitAmount/s:Amount") - amounts(root, f"{here}/s:CreditAmount/s:Amount")
            assert balance_of(account, "Closing") == balance_of(account, "Opening") + moved
            closing += balance_of(account, "Closing") if number == receivables else ZERO
    assert closing == posted(organization, period.last, account__number=receivables)
    assert closing == ageing.ageing_as_of(organization, period.last).books.total


def check_vouchers(organization: Organization, root: Any, period: Period, summary: Summary) -> None:
    entries = root.find("s:GeneralLedgerEntries", NS)
    debit = amounts(entries, ".//s:DebitAmount/s:Amount")
    assert debit == amounts(entries, ".//s:CreditAmount/s:Amount") == summary.total_debit == summary.total_credit
    assert Decimal(entries.findtext("s:TotalDebit", namespaces=NS)) == debit
    numbers = entries.xpath("s:Journal/s:Transaction/s:TransactionID/text()", namespaces=NS)
    rows = Posting.objects.of(organization).filter(voucher__day__range=(period.first, period.last))
    vouchers = {row.voucher.label for row in rows.select_related("voucher")}
    assert set(numbers) == vouchers
    assert len(numbers) == len(vouchers) == summary.transactions
    assert entries.findtext("s:NumberOfEntries", namespaces=NS) == str(len(numbers))
    for each in entries.iterfind(".//s:Transaction", NS):
        assert amounts(each, ".//s:DebitAmount/s:Amount") == amounts(each, ".//s:CreditAmount/s:Amount")


def check_tax(organization: Organization, root: Any, period: Period) -> None:
    report = vat.vat_report(organization, Asked(day=period.last, first=period.first, last=period.last))
    assert amounts(root, ".//s:TaxInformation[not(s:TaxCode)]/s:TaxBase") == 0, "income without a code has no tax"
    for code in [each for each in report.codes if each.code]:
        here = f".//s:TaxInformation[s:TaxCode='{code.code}']"
        tax = amounts(root, f"{here}/s:CreditTaxAmount/s:Amount") - amounts(root, f"{here}/s:DebitTaxAmount/s:Amount")
        assert tax == code.due
        line = f".//s:Line[s:TaxInformation[s:TaxCode='{code.code}'][s:TaxBase]]"
        base = amounts(root, f"{line}/s:CreditAmount/s:Amount") - amounts(root, f"{line}/s:DebitAmount/s:Amount")
        assert base == code.base
    assert report.difference == 0


def test_a_line_tells_of_document_reference_due_date_and_currency(
    organization: Organization, tmp_path: Path, shared: Path
) -> None:
    customer = builders.make_customer(organization, name="A" * 150, vat_number="DE123", country="DE")
    rate = Decimal("11.4210")
    terms = ClaimTerms(amount=Decimal("1250.00"), currency="EUR", rate=rate, day=date(2026, 11, 5), kid="0010017")
    path = tmp_path / "saft.xml"
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=date(2026, 11, 1), rate=rate, source="Norges Bank"
        )
        claim = open_claim(organization, customer.pk, terms)
        paid = money(
            organization,
            "1250.00",
            currency="EUR",
            parts=[Part(receivable_id=claim)],
            payer_name="Müller \x01 <KG>" * 12,
        )
        register_payment(organization, paid, actor=ACTOR, today=builders.TODAY, now=NOW)
        write_saft(organization, Period(date(2026, 11, 1), date(2026, 11, 30)), path, made_on=builders.TODAY)
    root = read(path)
    refuse_invalid(root, shared)
    line = root.find(".//s:Line[s:DueDate]", NS)
    told = {name: line.findtext(f"s:{name}", namespaces=NS) for name in ("CID", "DueDate", "CustomerID", "AccountID")}
    assert told == {"CID": "0010017", "DueDate": "2026-11-19", "CustomerID": str(customer.number), "AccountID": "1500"}
    assert line.findtext("s:SourceDocumentID", namespaces=NS) == line.findtext("s:ReferenceNumber", namespaces=NS)
    assert [each.text for each in line.find("s:DebitAmount", NS)] == ["14276.25", "EUR", "1250.00", "11.42100000"]
    assert root.findtext(".//s:SelectionCriteria/s:PeriodStart", namespaces=NS) == "11"
    assert root.findtext(".//s:TaxInformation/s:TaxPercentage", namespaces=NS) == "25"


def test_an_empty_ledger_is_a_valid_file(organization: Organization, tmp_path: Path, shared: Path) -> None:
    with builders.in_organization(organization):
        period = Period(date(2026, 1, 7), date(2026, 1, 8))
        summary = write_saft(organization, period, tmp_path / "saft.xml", made_on=builders.TODAY)
    root = read(tmp_path / "saft.xml")
    refuse_invalid(root, shared)
    assert summary is not None
    assert (summary.transactions, summary.customers) == (0, 0)
    assert root.findtext(".//s:SelectionStartDate", namespaces=NS) == "2026-01-07"


def test_a_file_that_the_ledger_outran_is_written_anew_and_in_the_end_refused(
    organization: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.make_customer(organization).pk
    period = Period(date(2026, 11, 1), date(2026, 11, 30))
    monkeypatch.setattr("payments.saft.writer.VOUCHERS_PER_TELL", 1)
    with builders.in_organization(organization):
        open_claim(organization, customer, ClaimTerms(amount=Decimal(100)))
        more = [2, 0]

        def post_meanwhile(_done: int, _total: int) -> bool:
            # The head says one voucher less than the journals hold: those of the sales are read before this one.
            if more[0]:
                more[0] -= 1
                open_claim(organization, customer, ClaimTerms(amount=Decimal(-1)))
            return True

        summary = write_saft(organization, period, tmp_path / "a", made_on=builders.TODAY, tell=post_meanwhile)
        assert summary is not None
        written = read(tmp_path / "a").findall(".//s:Transaction", NS)
        assert summary.transactions == len(written)
        assert write_saft(organization, period, tmp_path / "b", made_on=builders.TODAY, tell=lambda *_: False) is None
        more[0] = 1000
        with pytest.raises(LedgerMoves):
            write_saft(organization, period, tmp_path / "c", made_on=builders.TODAY, tell=post_meanwhile)


def test_every_account_belongs_to_a_line_of_the_income_statement(shared: Path) -> None:
    with (shared / "nordic/saft/codes/naeringsspesifikasjon.csv").open(encoding="utf-8-sig") as file:
        known = {(row["GroupingCategory"], row["GroupingCode"]) for row in csv.DictReader(file, delimiter=";")}
    assert {(category, code) for _start, category, code in _STRETCHES} <= known
    assert [start for start, *_others in _STRETCHES] == sorted(start for start, *_others in _STRETCHES)
    found = {each.number: grouping_of(each.number) for each in chart.CHART}
    assert found["1500"].code == "1500"
    assert found["2701"].code == found["2704"].code == "2740"
    assert found["3001"].code == "3000"
    assert found["1945"].code == "1920"
    assert grouping_of("x").code == grouping_of("0100").code == grouping_of("").code == "7700"
    assert grouping_of("15").code == grouping_of("150099").code == "1500"


def test_the_file_names_the_release_that_wrote_it() -> None:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    assert project["project"]["version"] == masters.SOFTWARE_VERSION


def test_every_kind_of_voucher_has_a_journal_and_a_word() -> None:
    kinds = [kind for journal in journals.JOURNALS for kind in journal.kinds]
    assert sorted(kinds) == sorted(VoucherKind)
    assert set(journals.VOUCHER_TYPES) == set(VoucherKind)


@pytest.mark.parametrize(
    ("value", "most", "written"),
    [("a\x00b\x0bc", 9, "abc"), ("  to \n linjer ", 35, "to linjer"), ("x" * 300, 256, "x" * 256), (None, 9, "")],
)
def test_texts_are_what_the_schema_holds(value: str | None, most: int, written: str) -> None:
    assert elements.text(value, most) == written
