"""What no official rule catches is caught by ours, and each finding names a field and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from foundation.xml import parse_xml
from invoicing.documents.ehf import core_xml
from invoicing.documents.ehf_checks import Finding, check_document, check_ehf
from invoicing.documents.ehf_own_rules import own_broken_rules
from invoicing.documents.ehf_sentences import EXPLANATIONS, FAMILIES, explain
from invoicing.documents.facts import Address, Buyer, Delivery, Document, PaymentAccount, References
from tests.invoicing.document_builders import (
    BUSINESS,
    DANISH_BUSINESS,
    DANISH_SELLER,
    FOREIGN_BUSINESS,
    SELLER,
    sample_credit_note,
    sample_document,
    sample_line,
    sample_lines,
    with_body,
)
from tests.invoicing.ehf_material import TODAY


@pytest.fixture(autouse=True)
def packaged_rules_in_english(settings: Settings) -> Iterator[None]:
    settings.EHF_RULES_DIR = ""
    with translation.override("en"):
        yield


def with_totals(document: Document, **changes: Any) -> Document:
    return with_body(document, totals=replace(document.body.totals, **changes))


def with_vat(document: Document, **changes: Any) -> Document:
    [row] = document.body.vat
    return with_body(document, vat=(replace(row, **changes),))


def buyer_with_vat_number(number: str) -> Buyer:
    return replace(FOREIGN_BUSINESS, vat_number=number)


def own_rules(document: Document) -> set[str]:
    return {broken.rule for broken in own_broken_rules(parse_xml(core_xml(document)))}


PLAIN = sample_document()
FOREIGN = {"buyer": FOREIGN_BUSINESS, "payment": PaymentAccount(iban="NO4912345678911", bic="DNBANOKK")}
SWEDISH = replace(BUSINESS, address=Address(street="Gatan 1", city="Malmö", country="SE"), endpoint_scheme="0007")
DANISH = {"seller": DANISH_SELLER, "buyer": DANISH_BUSINESS, "currency": "DKK", "kid": ""}

BROKEN: dict[str, tuple[Document, str]] = {
    "KID with a wrong check digit": (sample_document(kid="00104910"), "BILAG-KID"),
    "KID that is no number": (sample_document(kid="ABC"), "BILAG-KID"),
    "account with a wrong check digit": (
        sample_document(payment=PaymentAccount(account_number="12345678910")),
        "BILAG-ACCOUNT",
    ),
    "account that is too short": (sample_document(payment=PaymentAccount(account_number="1234")), "BILAG-ACCOUNT"),
    "no account": (sample_document(payment=PaymentAccount()), "BILAG-ACCOUNT-MISSING"),
    "IBAN with a wrong check digit": (
        sample_document(**FOREIGN | {"payment": PaymentAccount(iban="NO5012345678911", bic="DNBANOKK")}),
        "BILAG-IBAN",
    ),
    "BIC that is too short": (
        sample_document(**FOREIGN | {"payment": PaymentAccount(iban="NO4912345678911", bic="DNBANO")}),
        "BILAG-BIC",
    ),
    "VAT one øre too high": (
        with_totals(with_vat(PLAIN, vat_amount=Decimal("3000.01")), vat=Decimal("3000.01")),
        "BILAG-VAT-AMOUNT",
    ),
    "base one øre too low": (with_vat(PLAIN, base_amount=Decimal("11999.99")), "BILAG-VAT-BASE"),
    "VAT from a seller who is not registered": (
        sample_document(seller=replace(SELLER, vat_number="")),
        "BILAG-VAT-REGISTRATION",
    ),
    "VAT in euro only": (sample_document(**FOREIGN, currency="EUR"), "BILAG-VAT-CURRENCY"),
    "German VAT number with a letter": (
        sample_document(**FOREIGN | {"buyer": buyer_with_vat_number("DE12345678X")}),
        "BILAG-BUYER-VAT",
    ),
    "German VAT number with a wrong check digit": (
        sample_document(**FOREIGN | {"buyer": buyer_with_vat_number("DE123456789")}),
        "BILAG-BUYER-VAT-CHECK",
    ),
    "Norwegian VAT number without MVA": (
        sample_document(buyer=replace(BUSINESS, vat_number="NO987654325")),
        "BILAG-BUYER-VAT",
    ),
    "VAT number of no country": (
        sample_document(**FOREIGN | {"buyer": buyer_with_vat_number("12-34")}),
        "BILAG-BUYER-VAT",
    ),
    "Swedish number with a wrong check digit": (
        sample_document(buyer=replace(SWEDISH, endpoint_id="1234567890", organization_number="1234567890")),
        "BILAG-ENDPOINT",
    ),
    "Danish account that is too long": (
        sample_document(**DANISH | {"payment": PaymentAccount(account_number="004004401162434")}),
        "BILAG-DANISH-ACCOUNT",
    ),
    "Danish registration number that is no number": (
        sample_document(**DANISH | {"payment": PaymentAccount(account_number="0o400440116243")}),
        "BILAG-DANISH-ACCOUNT",
    ),
    "GTIN with a wrong check digit": (sample_document(lines=(sample_line(gtin="12345671"),)), "BILAG-GTIN"),
    "GTIN of a wrong length": (sample_document(lines=(sample_line(gtin="123456"),)), "BILAG-GTIN"),
    "two lines of the same number": (
        sample_document(lines=(sample_line(position=1), sample_line(position=1))),
        "BILAG-LINE-NUMBER",
    ),
    "due before it is issued": (sample_document(due_date=date(2026, 11, 16)), "BILAG-DUE-DATE"),
    "rounding of a whole krone": (sample_document(rounding=Decimal("1.00")), "BILAG-ROUNDING"),
    "negative invoice": (sample_document(lines=(sample_line(quantity=Decimal(-10)),)), "BILAG-SIGN-INVOICE"),
    "negative credit note": (sample_credit_note(lines=(sample_line(quantity=Decimal(-10)),)), "BILAG-SIGN"),
    "credit note that corrects nothing": (sample_credit_note(credits=None), "BILAG-CREDIT-REFERENCE"),
    "character that cannot be sent": (sample_document(note="a\x00b"), "BILAG-TEXT"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_of_our_rules_catches_what_it_is_for(name: str) -> None:
    document, rule = BROKEN[name]
    assert own_rules(document) == {rule}
    result = check_document(document, today=TODAY)
    assert rule in {finding.rule for finding in (*result.fatal, *result.warnings)}


def test_every_own_rule_is_tried_and_has_a_sentence() -> None:
    tried = {rule for _document, rule in BROKEN.values()} | {"BILAG-BUYER-REFERENCE", "BILAG-ATTACHMENTS"}
    assert tried == {rule for rule in EXPLANATIONS if rule.startswith("BILAG-")}


@pytest.mark.parametrize("kid", ["00104919", "0010491-", "123456782", "123456785"])
def test_a_kid_by_either_algorithm_is_accepted(kid: str) -> None:
    expected = set() if kid != "0010491-" else {"BILAG-KID"}
    assert own_rules(sample_document(kid=kid)) == expected


@pytest.mark.parametrize("number", ["DE123456788", "EL094259216", "NO987654325MVA", "GB123456789", "CHE123456788MWST"])
def test_well_formed_vat_numbers_are_accepted(number: str) -> None:
    assert "BILAG-BUYER-VAT" not in own_rules(sample_document(**FOREIGN | {"buyer": buyer_with_vat_number(number)}))


def test_norwegian_rules_are_not_asked_of_foreign_sellers() -> None:
    seller = replace(SELLER, address=replace(SELLER.address, country="DK"), vat_number="DK12345674")
    document = sample_document(seller=seller, kid="anything", payment=PaymentAccount(account_number="1234"))
    assert own_rules(document) == set()


def test_a_credit_note_asks_for_no_account_and_no_kid() -> None:
    assert own_rules(sample_credit_note(payment=PaymentAccount(), kid="123")) == set()


def test_a_sound_document_is_accepted_and_tells_by_which_rules() -> None:
    result = check_document(PLAIN, today=TODAY)
    assert result.is_accepted
    assert (result.fatal, result.warnings) == ((), ())
    assert result.rules.startswith("EN 16931 1.3.16, Peppol BIS ")


def test_a_payment_request_has_nothing_to_be_checked() -> None:
    result = check_document(sample_document(kind="payment_request", payment=PaymentAccount()), today=TODAY)
    assert (result.is_accepted, result.rules) == (True, "")


def test_a_public_buyer_without_a_reference_is_warned_of() -> None:
    public = replace(BUSINESS, kind="public_body")
    result = check_document(sample_document(buyer=public, references=References(our="Kari")), today=TODAY)
    assert result.is_accepted
    assert [(finding.rule, finding.field) for finding in result.warnings] == [
        ("BILAG-BUYER-REFERENCE", "buyer_reference")
    ]
    with_order = sample_document(buyer=public, references=References(order="4500012345"))
    assert check_document(with_order, today=TODAY).warnings == ()


def only_finding(document: Document) -> Finding:
    result = check_document(document, today=TODAY)
    [finding] = result.fatal
    return finding


@pytest.mark.parametrize(
    ("document", "rule", "field", "words"),
    [
        (
            sample_document(lines=sample_lines({}, {"unit_code": "PCE"})),
            "BR-CL-23",
            "lines.2.unit_code",
            "Line 2: Choose",
        ),
        (
            sample_document(lines=sample_lines({"description": " "})),
            "BR-25",
            "lines.1.description",
            "Line 1: Write what",
        ),
        (
            sample_document(delivery=Delivery(place=Address(city="Oslo"))),
            "BR-57",
            "delivery_country",
            "country of the delivery",
        ),
        (
            sample_document(buyer=replace(BUSINESS, address=replace(BUSINESS.address, country=""))),
            "BR-11",
            "customer.country",
            "customer's country",
        ),
        (
            sample_document(seller=replace(SELLER, vat_number="NO123456785")),
            "NO-R-001",
            "organization.organization_number",
            "nine digits and MVA",
        ),
        (
            sample_document(buyer=replace(BUSINESS, endpoint_id="987654321")),
            "PEPPOL-COMMON-R041",
            "customer.endpoint_id",
            "electronic address is wrong",
        ),
        (
            sample_document(delivery=Delivery(period_from=date(2026, 11, 2), period_to=date(2026, 11, 1))),
            "BR-29",
            "period_to",
            "ends before it begins",
        ),
    ],
)
def test_a_broken_rule_names_the_field_and_the_fix(document: Document, rule: str, field: str, words: str) -> None:
    finding = only_finding(document)
    assert (finding.rule, finding.field) == (rule, field)
    assert words in str(finding.sentence)


def test_outside_the_vat_area_beside_vat_is_refused_on_its_line() -> None:
    document = sample_document(lines=sample_lines({}, {"vat_category": "O"}))
    result = check_document(document, today=TODAY)
    assert {"BR-O-02", "BR-O-11", "BR-O-12"} <= {finding.rule for finding in result.fatal}
    assert "Use “exempt” with a reason." in str(result.fatal[0].sentence)


def test_a_rule_without_a_sentence_is_named_and_quoted() -> None:
    field, sentence = explain("XX-R-001", "/Invoice[1]/cac:PaymentMeans[1]", "[XX-R-001]-Something is so.")
    assert field == "bank_account"
    assert str(sentence) == "The rule XX-R-001 is not kept: Something is so."


def test_a_rule_of_ours_is_placed_by_party() -> None:
    seller = "/Invoice/cac:AccountingSupplierParty/cac:Party/cbc:EndpointID"
    assert explain("PEPPOL-COMMON-R041", seller, "").field == "organization.organization_number"
    assert explain("BR-CL-14", "/Invoice/cac:AccountingCustomerParty/cac:Party", "").field == "customer.country"
    assert explain("BR-CL-14", "/Invoice/cac:Delivery/cac:DeliveryLocation", "").field == "delivery_country"


def test_sentences_are_translated_when_they_are_shown() -> None:
    sentence = explain("BR-25", "/Invoice/cac:InvoiceLine[3]", "").sentence
    with translation.override("en"):
        assert str(sentence) == "Line 3: Write what was delivered."


def test_every_family_of_rules_matches_the_ids_that_it_is_for() -> None:
    known = ["BR-O-02", "BR-AE-02", "BR-S-02", "BR-S-05", "BR-S-08", "BR-E-10", "BR-Z-10", "PEPPOL-EN16931-P0104"]
    known += ["PEPPOL-COMMON-R043", "PEPPOL-EN16931-R053", "PEPPOL-EN16931-R130", "BR-CL-24", "SE-R-001", "SE-R-003"]
    for rule, (pattern, explanation) in zip([*known, "BR-DEC-12", "BR-CL-17"], FAMILIES, strict=True):
        assert pattern.fullmatch(rule), rule
        assert explain(rule, "", "").sentence == explanation.sentence


def test_bytes_that_are_no_invoice_are_refused_with_a_sentence() -> None:
    result = check_ehf(b"<!DOCTYPE a><a/>", today=TODAY)
    assert not result.is_accepted
    assert [finding.rule for finding in result.fatal] == ["XML"]
