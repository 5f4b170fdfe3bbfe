"""The EHF says what the document says, in the order and form of UBL, and nothing else."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pytest_django.fixtures import Settings

from foundation.xml import parse_xml
from invoicing.documents.ehf import PaymentRequestHasNoEhf, core_xml, ehf_xml
from invoicing.documents.ehf_checks import check_document, check_ehf
from invoicing.documents.ehf_own_rules import Ubl
from invoicing.documents.ehf_rules.rule_sets import packaged_set
from invoicing.documents.facts import (
    Address,
    Delivery,
    Document,
    ExchangeRate,
    PaymentAccount,
    References,
)
from tests.invoicing.document_builders import (
    BUSINESS,
    CONSUMER,
    DANISH_SELLER,
    FOREIGN_BUSINESS,
    SELLER,
    SWEDISH_SELLER,
    eight_lines,
    sample_credit_note,
    sample_discount,
    sample_document,
    sample_line,
    sample_lines,
    with_body,
)
from tests.invoicing.ehf_material import RULES, TODAY, needs_rules
from tests.invoicing.random_documents import random_documents

PUBLIC_BODY = replace(BUSINESS, kind="public_body", name="Eksempel kommune")
INTERNAL = replace(
    BUSINESS, kind="internal", name="Kulturetaten", resource_number="401200", organization_number="", endpoint_id=""
)
NORWEGIAN_IBAN = PaymentAccount(account_number="12345678911", iban="NO4912345678911", bic="DNBANOKK")
NOT_REGISTERED = replace(SELLER, vat_number="")
EURO = ExchangeRate(
    rate=Decimal("11.7455"),
    day=date(2026, 11, 16),
    source="Norges Bank",
    base_currency="NOK",
    vat=Decimal("35236.50"),
    payable=Decimal("176182.50"),
)
MIXED_DISCOUNT = sample_discount(("S", "15", "50.00", "500.00"), ("S", "25", "100.00", "1000.00"), percent="10")
UNCHARGED: tuple[dict[str, Any], ...] = (
    {},
    {"charge_kind": "complimentary"},
    {"charge_kind": "non_chargeable", "vat_rate_percent": Decimal(15)},
)

VARIANTS: dict[str, Document] = {
    "plain": sample_document(),
    "eight lines with a return and a discount": sample_document(lines=eight_lines()),
    "without KID": sample_document(kid=""),
    "public body": sample_document(buyer=PUBLIC_BODY, references=References(order="4500012345")),
    "consumer": sample_document(buyer=CONSUMER),
    "consumer without e-mail": sample_document(buyer=replace(CONSUMER, email="", endpoint_scheme="", endpoint_id="")),
    "internal customer": sample_document(buyer=INTERNAL),
    "no references at all": sample_document(references=References()),
    "all references": sample_document(
        references=References(buyer="4711", order="PO-7", our="Kari", contract="R-12", project="P-100")
    ),
    "seller outside the VAT register": sample_document(
        seller=NOT_REGISTERED, lines=sample_lines({"vat_category": "O"}, {"vat_category": "O"})
    ),
    "discount outside the VAT register": sample_document(
        seller=NOT_REGISTERED,
        lines=sample_lines({"vat_category": "O"}),
        document_discount=sample_discount(("O", "0", "1200.00", "12000.00"), percent="10"),
    ),
    "reverse charge": sample_document(lines=sample_lines({"vat_category": "AE"})),
    "export in euro": sample_document(
        buyer=FOREIGN_BUSINESS,
        currency="EUR",
        payment=NORWEGIAN_IBAN,
        lines=sample_lines({"vat_category": "G"}),
        exchange=replace(EURO, vat=Decimal("0.00")),
    ),
    "VAT in euro": sample_document(currency="EUR", payment=NORWEGIAN_IBAN, exchange=EURO),
    "exempt beside taxed": sample_document(lines=sample_lines({}, {"vat_category": "E"})),
    "zero-rated": sample_document(lines=sample_lines({"vat_category": "Z"})),
    "raw fish and food": sample_document(
        lines=sample_lines({"vat_rate_percent": Decimal("11.11")}, {"vat_rate_percent": Decimal(15)})
    ),
    "price that had VAT in it": sample_document(
        prices_include_vat=True,
        lines=sample_lines(
            {"quantity": Decimal("2.75"), "unit_price": Decimal("99.90"), "net_unit_price": Decimal("79.9199999999")}
        ),
    ),
    "discount over two rates": sample_document(
        lines=sample_lines(
            {"quantity": Decimal(1), "unit_price": Decimal(1000)},
            {"quantity": Decimal(1), "unit_price": Decimal(500), "vat_rate_percent": Decimal(15)},
        ),
        document_discount=MIXED_DISCOUNT,
    ),
    "discount that raises what is returned": sample_document(
        lines=sample_lines({}, {"quantity": Decimal(-1), "unit_price": Decimal(100), "vat_rate_percent": Decimal(15)}),
        document_discount=sample_discount(("S", "15", "-10.00", "-100.00"), ("S", "25", "1200.00", "12000.00")),
    ),
    "discount on a returned line": sample_document(
        lines=sample_lines(
            {},
            {
                "quantity": Decimal(-2),
                "unit_price": Decimal(120),
                "discount_percent": Decimal(10),
                "discount_amount": Decimal("-24.00"),
            },
        )
    ),
    "lines that are not charged": sample_document(lines=sample_lines(*UNCHARGED)),
    "returned line that is not charged": sample_document(
        lines=sample_lines({}, {"charge_kind": "complimentary", "quantity": Decimal(-1)})
    ),
    "rounded": sample_document(lines=sample_lines({"unit_price": Decimal("1200.03")}), rounding=Decimal("-0.38")),
    "prepaid": sample_document(prepaid=Decimal("15000.00")),
    "delivered over a period elsewhere": sample_document(
        delivery=Delivery(
            period_from=date(2026, 10, 1),
            period_to=date(2026, 10, 31),
            place=Address(name="Brakke 3", street="Anleggsveien 1", postal_code="9008", city="Tromsø", country="NO"),
        ),
        lines=sample_lines({"delivery_day": date(2026, 9, 30)}, {"period_from": date(2026, 11, 2)}),
    ),
    "Swedish seller": sample_document(
        seller=SWEDISH_SELLER, payment=PaymentAccount(account_number="5050-1055"), kid=""
    ),
    "Danish seller": sample_document(seller=DANISH_SELLER, payment=PaymentAccount(iban="DK5000400440116243"), kid=""),
    "credit note": sample_credit_note(lines=eight_lines()),
    "credit note in euro with project": sample_credit_note(
        currency="EUR", exchange=EURO, references=References(project="P-100"), payment=NORWEGIAN_IBAN
    ),
    "every text field odd": sample_document(
        note="  <b>&amp; 'quoted' \"double\" ]]> \U0001f600 æøå \u202e  ",
        lines=sample_lines({"description": "=1+1", "detail": "<script>alert(1)</script>", "product_number": "A&B"}),
    ),
}


@pytest.fixture(autouse=True)
def own_data_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def ubl_of(document: Document) -> Ubl:
    return Ubl(parse_xml(core_xml(document)))


def attribute(ubl: Ubl, path: str, name: str) -> str:
    [element] = ubl.all(path)
    return element.get(name, "")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_kind_of_document_passes_the_packaged_rules(name: str, settings: Settings) -> None:
    settings.EHF_RULES_DIR = ""
    result = check_document(VARIANTS[name], today=TODAY)
    assert [(finding.rule, finding.text) for finding in result.fatal] == []
    # A rule that a newer release took back still warns; nothing else may.
    assert {finding.rule for finding in result.warnings} <= set(packaged_set().superseded)


@needs_rules
@pytest.mark.parametrize("name", VARIANTS)
def test_every_kind_of_document_passes_the_rules_in_force(name: str, settings: Settings) -> None:
    settings.EHF_RULES_DIR = str(RULES)
    for data in (core_xml(VARIANTS[name]), ehf_xml(VARIANTS[name], pdf=b"%PDF-1.7\n%%EOF\n")):
        result = check_ehf(data, today=TODAY)
        assert [(finding.rule, finding.text) for finding in (*result.fatal, *result.warnings)] == []


def test_random_documents_pass_the_packaged_rules(settings: Settings) -> None:
    settings.EHF_RULES_DIR = ""
    for document in random_documents(20261121, 60):
        if document.body.kind == "payment_request":
            continue
        result = check_document(document, today=TODAY)
        assert result.fatal == (), (document.number, result.fatal)
        assert {finding.rule for finding in result.warnings} <= {"NO-R-002", "BILAG-BUYER-REFERENCE"}


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_empty_is_written_and_the_bytes_are_the_same_twice(name: str) -> None:
    data = core_xml(VARIANTS[name])
    assert data == core_xml(VARIANTS[name])
    for element in parse_xml(data).iter():
        assert len(element) or (element.text and element.text == element.text.strip()), element.tag
        assert all(value.strip() for value in element.attrib.values()), element.tag


def test_a_payment_request_has_no_ehf() -> None:
    with pytest.raises(PaymentRequestHasNoEhf):
        core_xml(sample_document(kind="payment_request"))


def test_the_pdf_is_attached_whole_and_nothing_else_changes() -> None:
    document = sample_document(number="2026/10491")
    pdf = bytes(range(256)) * 40
    ubl = Ubl(parse_xml(ehf_xml(document, pdf=pdf)))
    path = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
    assert base64.b64decode(ubl.text(path)) == pdf
    assert attribute(ubl, path, "mimeCode") == "application/pdf"
    assert attribute(ubl, path, "filename") == "2026-10491.pdf"
    [reference] = ubl.all("cac:AdditionalDocumentReference")
    ubl.root.remove(reference)
    assert etree.tostring(ubl.root) == etree.tostring(parse_xml(core_xml(document)))


def test_the_head_of_an_invoice() -> None:
    ubl = ubl_of(VARIANTS["all references"])
    assert etree.QName(ubl.root).localname == "Invoice"
    assert ubl.text("cbc:ID") == "10491"
    assert ubl.text("cbc:IssueDate") == "2026-11-17"
    assert ubl.text("cbc:DueDate") == "2026-12-01"
    assert ubl.text("cbc:InvoiceTypeCode") == "380"
    assert ubl.text("cbc:BuyerReference") == "4711"
    assert ubl.text("cac:OrderReference/cbc:ID") == "PO-7"
    assert ubl.text("cac:ContractDocumentReference/cbc:ID") == "R-12"
    assert ubl.text("cac:ProjectReference/cbc:ID") == "P-100"
    assert ubl.text("cac:AccountingSupplierParty/cac:Party/cac:Contact/cbc:Name") == "Kari"
    assert ubl.text("cac:PaymentTerms/cbc:Note") == "Netto 14 dager"


def test_the_head_of_a_credit_note() -> None:
    ubl = ubl_of(sample_credit_note(note="Beklager.", references=References(project="P-100")))
    assert etree.QName(ubl.root).localname == "CreditNote"
    assert ubl.text("cbc:CreditNoteTypeCode") == "381"
    assert ubl.text("cbc:DueDate") == ""
    assert ubl.text("cbc:Note") == "Beklager.\nFeil antall timer"
    assert ubl.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == "10491"
    assert ubl.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate") == "2026-11-17"
    assert ubl.text("cac:AdditionalDocumentReference/cbc:DocumentTypeCode") == "50"
    assert ubl.all("cac:PaymentMeans") == []
    assert [ubl.text("cbc:CreditedQuantity", line) for line in ubl.lines] == ["10"]


@pytest.mark.parametrize(
    ("references", "buyer_reference"),
    [
        (References(buyer=" Ola ", order="PO-7"), "Ola"),
        (References(order="PO-7"), ""),
        (References(), "10023"),
        (References(buyer="  "), "10023"),
    ],
)
def test_the_customer_number_stands_in_for_a_missing_reference(references: References, buyer_reference: str) -> None:
    assert ubl_of(sample_document(references=references)).text("cbc:BuyerReference") == buyer_reference


@pytest.mark.parametrize(
    ("buyer", "scheme", "identifier"),
    [
        (BUSINESS, "0192", "987654325"),
        (replace(BUSINESS, endpoint_id=""), "0192", "987654325"),
        (replace(BUSINESS, endpoint_scheme="0088", endpoint_id="7300010000001"), "0088", "7300010000001"),
        (FOREIGN_BUSINESS, "9930", "DE123456788"),
        (replace(FOREIGN_BUSINESS, vat_number="JP1234567890"), "0192", "123456785"),
        (CONSUMER, "0192", "123456785"),
    ],
)
def test_the_buyers_electronic_address(buyer: Any, scheme: str, identifier: str) -> None:
    ubl = ubl_of(sample_document(buyer=buyer))
    path = "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"
    assert (attribute(ubl, path, "schemeID"), ubl.text(path)) == (scheme, identifier)


def test_the_seller_says_vat_and_foretaksregisteret_only_when_registered() -> None:
    path = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
    registered = ubl_of(sample_document())
    assert [element.text for element in registered.all(path)] == ["NO123456785MVA", "Foretaksregisteret"]
    seller = replace(SELLER, vat_number="", is_in_company_register=False)
    assert ubl_of(sample_document(seller=seller)).all(path) == []


@pytest.mark.parametrize(
    ("changes", "account", "bic"),
    [
        ({}, "12345678911", ""),
        ({"buyer": FOREIGN_BUSINESS}, "NO4912345678911", "DNBANOKK"),
        ({"currency": "EUR"}, "NO4912345678911", "DNBANOKK"),
        ({"payment": PaymentAccount(iban="NO4912345678911")}, "NO4912345678911", ""),
        ({"payment": PaymentAccount(account_number="12345678911"), "currency": "EUR"}, "12345678911", ""),
    ],
)
def test_the_account_is_domestic_inside_norway_and_iban_elsewhere(
    changes: dict[str, Any], account: str, bic: str
) -> None:
    ubl = ubl_of(sample_document(**({"payment": NORWEGIAN_IBAN} | changes)))
    path = "cac:PaymentMeans/cac:PayeeFinancialAccount"
    assert ubl.text("cac:PaymentMeans/cbc:PaymentMeansCode") == "30"
    assert ubl.text("cac:PaymentMeans/cbc:PaymentID") == "00104919"
    assert ubl.text(f"{path}/cbc:ID") == account
    assert ubl.text(f"{path}/cac:FinancialInstitutionBranch/cbc:ID") == bic


def test_without_an_account_there_are_no_payment_means() -> None:
    assert ubl_of(sample_document(payment=PaymentAccount())).all("cac:PaymentMeans") == []


def test_outside_the_vat_register_no_percentage_is_written() -> None:
    ubl = ubl_of(VARIANTS["discount outside the VAT register"])
    assert [element for element in ubl.root.iter() if str(element.tag).endswith("}Percent")] == []
    assert ubl.text("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReason")


def test_vat_is_stated_in_kroner_beside_a_foreign_currency() -> None:
    ubl = ubl_of(VARIANTS["VAT in euro"])
    assert ubl.text("cbc:DocumentCurrencyCode") == "EUR"
    assert ubl.text("cbc:TaxCurrencyCode") == "NOK"
    totals = ubl.all("cac:TaxTotal/cbc:TaxAmount")
    assert [(total.text, total.get("currencyID")) for total in totals] == [("3000.00", "EUR"), ("35236.50", "NOK")]


def test_an_exchange_into_the_documents_own_currency_is_not_told() -> None:
    ubl = ubl_of(sample_document(exchange=EURO))
    assert ubl.text("cbc:TaxCurrencyCode") == ""
    assert len(ubl.all("cac:TaxTotal")) == 1


def test_a_document_discount_is_split_over_categories_and_rates() -> None:
    ubl = ubl_of(VARIANTS["discount over two rates"])
    parts = ubl.all("cac:AllowanceCharge")
    assert [ubl.text("cbc:Amount", part) for part in parts] == ["50.00", "100.00"]
    assert [ubl.text("cbc:MultiplierFactorNumeric", part) for part in parts] == ["10", "10"]
    assert [ubl.text("cac:TaxCategory/cbc:Percent", part) for part in parts] == ["15", "25"]
    assert ubl.text("cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount") == "150.00"
    assert ubl.text("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount") == "1350.00"


def test_a_discount_that_raises_the_sum_is_a_charge() -> None:
    ubl = ubl_of(VARIANTS["discount that raises what is returned"])
    indicators = [ubl.text("cbc:ChargeIndicator", part) for part in ubl.all("cac:AllowanceCharge")]
    assert indicators == ["true", "false"]
    assert ubl.text("cac:LegalMonetaryTotal/cbc:ChargeTotalAmount") == "10.00"
    assert ubl.text("cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount") == "1200.00"


def test_a_percentage_that_does_not_give_the_amount_is_left_out() -> None:
    discount = sample_discount(("S", "25", "100.00", "12000.00"), percent="10")
    [part] = ubl_of(sample_document(document_discount=discount)).all("cac:AllowanceCharge")
    assert Ubl(part).text("cbc:Amount") == "100.00"
    assert Ubl(part).text("cbc:MultiplierFactorNumeric") == ""
    assert Ubl(part).text("cbc:BaseAmount") == ""


def test_a_line_that_is_not_charged_shows_its_price_and_a_discount_of_all_of_it() -> None:
    line = ubl_of(VARIANTS["lines that are not charged"]).lines[1]
    ubl = Ubl(line)
    assert ubl.text("cbc:LineExtensionAmount") == "0.00"
    assert ubl.text("cac:Price/cbc:PriceAmount") == "1200"
    assert ubl.text("cbc:Note") == "Vederlagsfritt"
    assert ubl.text("cac:AllowanceCharge/cbc:Amount") == "12000.00"
    assert ubl.text("cac:AllowanceCharge/cbc:MultiplierFactorNumeric") == "100"
    assert ubl.text("cac:AllowanceCharge/cbc:AllowanceChargeReason") == "Vederlagsfritt"


def test_a_returned_line_that_is_not_charged_has_no_price() -> None:
    ubl = Ubl(ubl_of(VARIANTS["returned line that is not charged"]).lines[1])
    assert ubl.text("cbc:InvoicedQuantity") == "-1"
    assert ubl.text("cac:Price/cbc:PriceAmount") == "0"
    assert ubl.all("cac:AllowanceCharge") == []


def test_words_follow_the_documents_language() -> None:
    changes = {"charge_kind": "complimentary"}
    for language, word in {"nb": "Vederlagsfritt", "da": "Vederlagsfrit", "en": "Complimentary"}.items():
        ubl = ubl_of(sample_document(language=language, lines=sample_lines({}, changes)))
        assert ubl.text("cbc:Note", ubl.lines[1]) == word


def test_the_documents_period_is_widened_to_hold_every_line() -> None:
    ubl = ubl_of(VARIANTS["delivered over a period elsewhere"])
    period = [ubl.text("cac:InvoicePeriod/cbc:StartDate"), ubl.text("cac:InvoicePeriod/cbc:EndDate")]
    assert period == ["2026-09-30", "2026-11-02"]
    days = [ubl.text("cac:InvoicePeriod/cbc:StartDate", line) for line in ubl.lines]
    assert days == ["2026-09-30", "2026-11-02"]
    assert ubl.text("cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name") == "Brakke 3"


def test_lines_alone_make_no_period_of_the_document() -> None:
    ubl = ubl_of(sample_document(lines=sample_lines({"delivery_day": date(2026, 11, 2)})))
    assert ubl.all("cac:InvoicePeriod") == []
    assert ubl.text("cac:Delivery/cbc:ActualDeliveryDate") == "2026-11-16"


def test_numbers_have_the_decimals_that_they_have() -> None:
    line = sample_line(
        quantity=Decimal("1E+3"), unit_price=Decimal("0.1234567891"), vat_rate_percent=Decimal("25.00"), gtin="12345670"
    )
    ubl = ubl_of(sample_document(lines=(line,)))
    assert ubl.text("cac:InvoiceLine/cbc:InvoicedQuantity") == "1000"
    assert ubl.text("cac:InvoiceLine/cac:Price/cbc:PriceAmount") == "0.1234567891"
    assert ubl.text("cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory/cbc:Percent") == "25"
    assert ubl.text("cac:InvoiceLine/cac:Item/cac:StandardItemIdentification/cbc:ID") == "12345670"
    assert ubl.text("cac:LegalMonetaryTotal/cbc:LineExtensionAmount") == "123.46"


def test_zero_has_no_sign() -> None:
    document = sample_document()
    document = with_body(document, totals=replace(document.body.totals, payable=Decimal("-0.00")))
    assert ubl_of(document).text("cac:LegalMonetaryTotal/cbc:PayableAmount") == "0.00"


def test_text_is_escaped_trimmed_and_whole() -> None:
    ubl = ubl_of(VARIANTS["every text field odd"])
    assert ubl.text("cbc:Note") == "<b>&amp; 'quoted' \"double\" ]]> \U0001f600 æøå \u202e"
    assert ubl.text("cac:InvoiceLine/cac:Item/cbc:Description") == "<script>alert(1)</script>"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_forbids_are_replaced_and_told(character: str) -> None:
    document = sample_document(note=f"før{character}etter", number=f"A{character}1")
    assert ubl_of(document).text("cbc:Note") == "før\ufffdetter"
    rules = [finding.rule for finding in check_document(document, today=TODAY).warnings]
    assert rules == ["BILAG-TEXT", "BILAG-TEXT"]
