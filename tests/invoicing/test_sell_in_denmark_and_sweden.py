"""A seller in Denmark or Sweden finalizes what it sells at home, with the account it has entered and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from customers.models import Customer
from foundation.xml import parse_xml
from invoicing.actions.documents import document_of
from invoicing.documents.ehf import core_xml
from invoicing.documents.ehf_checks import check_document
from invoicing.documents.ehf_own_rules import Ubl
from invoicing.documents.ehf_rules.rule_sets import PACKAGED_SUPERSEDED
from invoicing.documents.ehf_sentences import explain
from invoicing.documents.facts import Document, ExchangeRate, PaymentAccount
from invoicing.drafting.checking import look_at, read_draft
from invoicing.models import Invoice, InvoiceStatus
from payments.models import ExchangeRate as EnteredRate
from tenants.models import BankAccount, Organization
from tests import builders
from tests.invoicing.document_builders import (
    BUSINESS,
    DANISH_BUSINESS,
    DANISH_SELLER,
    SWEDISH_BUSINESS,
    SWEDISH_SELLER,
    sample_credit_note,
    sample_discount,
    sample_document,
    sample_lines,
)
from tests.invoicing.ehf_material import RULES, TODAY, needs_rules

HOME: dict[str, dict[str, Any]] = {
    "DK": {"seller": DANISH_SELLER, "buyer": DANISH_BUSINESS, "currency": "DKK", "kid": ""},
    "SE": {"seller": SWEDISH_SELLER, "buyer": SWEDISH_BUSINESS, "currency": "SEK", "kid": ""},
}
NUMBERS = {"DK": ("12345674", "13585628"), "SE": ("5560360793", "2120000142")}
ABROAD = PaymentAccount(iban="NO9386011117947", bic="DNBANOKK")
ACCOUNTS = {
    "IBAN and BIC": PaymentAccount(iban="DK5000400440116243", bic="NDEADKKK"),
    "IBAN alone": PaymentAccount(iban="DK5000400440116243"),
    "account number": PaymentAccount(account_number="00400440116243"),
    "all three": PaymentAccount(account_number="00400440116243", iban="DK5000400440116243", bic="NDEADKKK"),
    "IBAN of another country": ABROAD,
}
EVERY_KIND: tuple[dict[str, Any], ...] = (
    {},
    {"vat_category": "Z"},
    {"vat_category": "AE"},
    {"vat_category": "E"},
    {"charge_kind": "complimentary"},
    {"discount_percent": Decimal(10), "discount_amount": Decimal("1200.00")},
)
IN_EURO = ExchangeRate(
    rate=Decimal("7.46"),
    day=date(2026, 11, 16),
    source="Nationalbanken",
    base_currency="DKK",
    vat=Decimal("22380.00"),
    payable=Decimal("111900.00"),
)
INTERNAL = replace(DANISH_BUSINESS, kind="internal", resource_number="401200")


def in_euro(country: str, **changes: Any) -> Document:
    rate = replace(IN_EURO, base_currency=HOME[country]["currency"])
    return sample_document(**HOME[country] | {"currency": "EUR", "exchange": rate, "payment": ABROAD} | changes)


DOCUMENTS: dict[str, Document] = {
    **{f"DK, {name}": sample_document(**HOME["DK"], payment=account) for name, account in ACCOUNTS.items()},
    **{f"DK, EUR, {name}": in_euro("DK", payment=account) for name, account in ACCOUNTS.items()},
    "DK, IBAN of another country alone, EUR": in_euro("DK", payment=PaymentAccount(iban="NO9386011117947")),
    "DK, payment reference": sample_document(**HOME["DK"] | {"kid": "00104919"}, payment=ABROAD),
    "DK, internal customer": sample_document(**HOME["DK"] | {"buyer": INTERNAL}, payment=ABROAD),
    "DK, to Norway in NOK": sample_document(seller=DANISH_SELLER, payment=ACCOUNTS["all three"], kid=""),
    "SE": sample_document(**HOME["SE"], payment=ABROAD),
    "SE, EUR": in_euro("SE"),
    "SE, account number": sample_document(**HOME["SE"], payment=PaymentAccount(account_number="50501055")),
    **{
        f"{country}, every kind of line": sample_document(**home, payment=ABROAD, lines=sample_lines(*EVERY_KIND))
        for country, home in HOME.items()
    },
    **{
        f"{country}, discount": sample_document(
            **home, payment=ABROAD, document_discount=sample_discount(("S", "25", "1200.00", "12000.00"), percent="10")
        )
        for country, home in HOME.items()
    },
    **{
        f"{country}, credit note": sample_credit_note(**home, payment=ABROAD, lines=sample_lines(*EVERY_KIND))
        for country, home in HOME.items()
    },
}


@pytest.fixture(autouse=True)
def packaged_rules_in_english(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    settings.EHF_RULES_DIR = ""
    with translation.override("en"):
        yield


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_sold_at_home_passes_the_packaged_rules(name: str) -> None:
    assert_nothing_is_found(DOCUMENTS[name])


@needs_rules
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_sold_at_home_passes_the_rules_in_force(name: str, settings: Settings) -> None:
    settings.EHF_RULES_DIR = str(RULES)
    assert_nothing_is_found(DOCUMENTS[name])


def assert_nothing_is_found(document: Document) -> None:
    """Nothing that refuses, and no warning but of a rule that a newer release took back."""
    result = check_document(document, today=TODAY)
    assert [(finding.rule, finding.text) for finding in result.fatal] == []
    assert {finding.rule for finding in result.warnings} <= set(PACKAGED_SUPERSEDED)


@pytest.mark.parametrize(
    ("name", "code", "account", "bank"),
    [
        ("DK, IBAN and BIC", "31", "DK5000400440116243", "NDEADKKK"),
        ("DK, IBAN alone", "42", "0440116243", "0040"),
        ("DK, account number", "42", "0440116243", "0040"),
        ("DK, all three", "42", "0440116243", "0040"),
        ("DK, IBAN of another country", "31", "NO9386011117947", "DNBANOKK"),
        ("DK, EUR, IBAN and BIC", "58", "DK5000400440116243", "NDEADKKK"),
        ("DK, EUR, IBAN alone", "58", "DK5000400440116243", ""),
        ("DK, EUR, account number", "42", "0440116243", "0040"),
        ("DK, EUR, all three", "58", "DK5000400440116243", "NDEADKKK"),
        ("DK, to Norway in NOK", "30", "DK5000400440116243", "NDEADKKK"),
        ("SE", "30", "NO9386011117947", "DNBANOKK"),
    ],
)
def test_the_kind_of_transfer_follows_what_was_entered(name: str, code: str, account: str, bank: str) -> None:
    ubl = Ubl(parse_xml(core_xml(DOCUMENTS[name])))
    path = "cac:PaymentMeans/cac:PayeeFinancialAccount"
    assert ubl.text("cac:PaymentMeans/cbc:PaymentMeansCode") == code
    assert ubl.text(f"{path}/cbc:ID") == account
    assert ubl.text(f"{path}/cac:FinancialInstitutionBranch/cbc:ID") == bank


def test_a_resource_number_is_not_told_between_danish_parties() -> None:
    path = "cac:AccountingCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID"
    assert Ubl(parse_xml(core_xml(DOCUMENTS["DK, internal customer"]))).text(path) == ""
    abroad = sample_document(buyer=replace(BUSINESS, kind="internal", resource_number="401200"), seller=DANISH_SELLER)
    assert Ubl(parse_xml(core_xml(abroad))).text(path) == "401200"


BROKEN: dict[str, tuple[Document, str, str, str]] = {
    "an IBAN of another country without its BIC": (
        sample_document(**HOME["DK"], payment=PaymentAccount(iban=ABROAD.iban)),
        "DK-R-006",
        "bank_account.bic",
        "Enter the BIC",
    ),
    "no CVR number": (
        sample_document(**HOME["DK"] | {"seller": replace(DANISH_SELLER, organization_number="")}, payment=ABROAD),
        "DK-R-002",
        "organization.organization_number",
        "CVR number",
    ),
    "a Danish account that is too long": (
        sample_document(**HOME["DK"], payment=PaymentAccount(account_number="0040044011624355")),
        "BILAG-DANISH-ACCOUNT",
        "bank_account.account_number",
        "at most ten",
    ),
    "a Swedish number that is too short": (
        sample_document(**HOME["SE"] | {"seller": replace(SWEDISH_SELLER, organization_number="556036079")}),
        "SE-R-004",
        "organization.organization_number",
        "ten digits",
    ),
    "a Swedish VAT number without its end": (
        sample_document(**HOME["SE"] | {"seller": replace(SWEDISH_SELLER, vat_number="SE5560360793")}),
        "SE-R-001",
        "organization.organization_number",
        "01",
    ),
    "a rate that Sweden does not have": (
        sample_document(**HOME["SE"], payment=ABROAD, lines=sample_lines({"vat_rate_percent": Decimal(15)})),
        "SE-R-006",
        "lines.1.vat_treatment",
        "25, 12 and 6 %",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_that_is_not_kept_names_the_field_and_the_way_out(name: str) -> None:
    document, rule, field, words = BROKEN[name]
    result = check_document(document, today=TODAY)
    found = [finding for finding in (*result.fatal, *result.warnings) if finding.rule == rule]
    assert field in {finding.field for finding in found}
    assert all(words in str(finding.sentence) for finding in found)


def test_a_credit_note_that_charges_leads_to_its_lines() -> None:
    place = "/CreditNote[1]"
    assert explain("DK-R-016", place, "").field == explain("BILAG-SIGN", place, "").field == "lines"


def seller_in(country: str, account: PaymentAccount = ABROAD) -> Organization:
    """A company with one account in the currency of its country, and a rate for the euro."""
    number, _customers = NUMBERS[country]
    currency = HOME[country]["currency"]
    organization = builders.make_organization(
        f"saelger-{country.lower()}",
        "Eksempel Handel",
        owner_email=f"owner@{country.lower()}.example",
        country=country,
        base_currency=currency,
        organization_number=number,
        is_in_company_register=False,
    )
    with builders.in_organization(organization):
        BankAccount.objects.of(organization).update(
            account_number=account.account_number,
            iban=account.iban,
            bic=account.bic,
            currency=currency,
            kid_algorithm="none",
            kid_length=0,
        )
        EnteredRate.objects.create(
            organization=organization, currency="EUR", day=builders.TODAY, rate=Decimal("7.46"), source="Eksempelkurs"
        )
    return organization


def customer_of(organization: Organization) -> Customer:
    """A business in the same country."""
    _number, customers = NUMBERS[organization.country]
    return builders.make_customer(
        organization,
        organization_number=customers,
        country=organization.country,
        currency=organization.base_currency,
    )


def assert_is_sound(organization: Organization, invoice: Invoice) -> None:
    with builders.in_organization(organization):
        assert invoice.status == InvoiceStatus.FINALIZED
        assert_nothing_is_found(document_of(invoice))


@pytest.mark.parametrize("country", HOME)
def test_an_invoice_one_in_euro_and_a_credit_note_are_finalized(country: str, db: None) -> None:
    organization = seller_in(country)
    customer = customer_of(organization)
    lines = [builders.line(vat_treatment=treatment) for treatment in ("standard", "zero", "reverse_charge", "exempt")]
    home = HOME[country]["currency"]
    invoice = builders.make_finalized_invoice(organization, customer, lines, currency=home)
    euro = builders.make_finalized_invoice(organization, customer, lines, currency="EUR")
    note = builders.make_credit_note_draft(organization, invoice)
    [credited] = builders.finalize_drafts(organization, [note.pk])
    assert (invoice.currency, euro.currency, credited.kind) == (home, "EUR", "credit_note")
    for document in (invoice, euro, credited):
        assert_is_sound(organization, document)


def test_what_is_missing_at_the_account_keeps_the_draft_a_draft(db: None) -> None:
    organization = seller_in("DK", PaymentAccount(iban=ABROAD.iban))
    draft = builders.make_draft(organization, customer_of(organization), currency="DKK")
    with builders.in_organization(organization):
        [finding] = [
            item
            for item in look_at(read_draft(organization, draft.pk, today=builders.TODAY)).findings
            if item["is_fatal"]
        ]
        assert (finding["rule"], finding["field"]) == ("DK-R-006", "bank_account.bic")
        BankAccount.objects.of(organization).update(bic=ABROAD.bic)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    assert_is_sound(organization, invoice)
