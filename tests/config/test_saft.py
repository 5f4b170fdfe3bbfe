"""`manage.py saft`: the ledger of a period in a file, its figures as text and as JSON, and what it refuses."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from payments.models import ExchangeRate
from payments.proof import ledger_problems
from payments.reports.asked import Asked
from payments.reports.vat import vat_report
from tenants.models import BankAccount
from tests import builders

OF = {"s": "urn:StandardAuditFile-Taxation-Financial:NO"}
SCHEMA = "nordic/saft/Norwegian_SAF-T_Financial_Schema_v_1.30.xsd"
pytestmark = pytest.mark.django_db(databases=["default", "backup"], transaction=True)


def run(*arguments: str) -> str:
    told = StringIO()
    call_command("saft", *arguments, stdout=told)
    return told.getvalue()


def test_the_file_and_its_figures_say_the_same(organization: Any, tmp_path: Path) -> None:
    invoices = [builders.make_finalized_invoice(organization) for _each in range(3)]
    path = tmp_path / "saft.xml"
    days = ("--organization", "nordlys", "--from", "2026-11-01", "--to", "2026-11-30", "--out", str(path))
    told = json.loads(run(*days, "--json"))
    root: Any = etree.parse(str(path)).getroot()
    assert told["transactions"] == len(invoices) == int(root.findtext(".//s:NumberOfEntries", namespaces=OF))
    assert told["total_debit"] == told["total_credit"] == root.findtext(".//s:TotalDebit", namespaces=OF)
    assert told["total_debit"] == str(sum(invoice.payable_amount for invoice in invoices))
    assert "nordlys: 3 vouchers" in run(*days)

    for wrong, code in ((("--organization", "nobody"), 2), (("--to", "2026-10-31"), 2), (("--out", str(tmp_path)), 1)):
        with pytest.raises(CommandError) as refused:
            run(*days, *wrong)
        assert refused.value.returncode == code


def test_documents_of_several_kinds_come_out_as_the_ledger_and_the_vat_report_have_them(
    organization: Any, tmp_path: Path, shared: Path
) -> None:
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=date(2026, 11, 1), rate=Decimal("11.4210"), source="NB"
        )
        BankAccount.objects.create(organization=organization, iban="NO9386011117947", currency="EUR")
    lines = [
        builders.line(unit_price=Decimal("333.33")),
        builders.line("Mat", vat_treatment="food", unit_price=Decimal("99.95"), revenue_account="3001"),
        builders.line("Bok", vat_treatment="zero", unit_price=Decimal(199), revenue_account="3100"),
        builders.line("Rabatt", discount_percent=Decimal("7.5"), unit_price=Decimal("10.01")),
    ]
    invoice = builders.make_finalized_invoice(organization, lines=lines, discount_percent=Decimal("3.3"))
    credited = {builders.lines_of(organization, invoice)[1].pk: Decimal(1)}
    note = builders.make_credit_note_draft(organization, invoice, credited)
    builders.finalize_drafts(organization, [note.pk])
    builders.make_finalized_invoice(organization, lines=lines, currency="EUR")

    path = tmp_path / "saft.xml"
    run("--organization", "nordlys", "--from", "2026-11-01", "--to", "2026-12-31", "--out", str(path))
    root: Any = etree.parse(str(path)).getroot()
    etree.XMLSchema(etree.parse(str(shared / SCHEMA))).assertValid(root.getroottree())
    with builders.in_organization(organization):
        asked = Asked(day=builders.TODAY, first=date(2026, 11, 1), last=date(2026, 12, 31))
        report = vat_report(organization, asked)
        assert list(ledger_problems(organization)) == []
    assert {code.code for code in report.codes} == {"3", "31", "5"}
    assert report.difference == 0
    for code in report.codes:
        tax = f".//s:TaxInformation[s:TaxCode='{code.code}']/s:%sTaxAmount/s:Amount"
        base = f".//s:Line[s:TaxInformation/s:TaxCode='{code.code}']/s:%sAmount/s:Amount"
        assert _sum(root, tax % "Credit") - _sum(root, tax % "Debit") == code.due
        assert _sum(root, base % "Credit") - _sum(root, base % "Debit") == code.base


def _sum(root: Any, expression: str) -> Decimal:
    return sum((Decimal(found.text) for found in root.xpath(expression, namespaces=OF)), Decimal("0.00"))
