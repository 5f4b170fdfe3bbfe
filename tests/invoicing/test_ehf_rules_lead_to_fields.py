"""Each rule leads to the field that mends it, in the reader's language, and mending that field is enough.

The first table breaks real drafts by one stored value each; the second holds what no draft can bring about because our
own reading of it forbids that, and breaks the document between reading and writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from customers.models import Customer
from invoicing.documents.ehf_checks import CheckResult, check_document
from invoicing.documents.ehf_rules.engine import validator_for
from invoicing.documents.ehf_rules.rule_sets import packaged_set
from invoicing.documents.ehf_sentences import explain
from invoicing.documents.facts import CreditedDocument, Delivery, Document, PaymentAccount
from invoicing.drafting.checking import DraftLook, look_at, read_draft
from invoicing.models import Invoice, InvoiceLine
from tenants.models import BankAccount, Organization
from tests import builders
from tests.invoicing.document_builders import (
    BUSINESS,
    SELLER,
    sample_credit_note,
    sample_document,
    sample_line,
    with_body,
)
from tests.invoicing.ehf_material import TODAY

LANGUAGES = ("nb", "da", "sv", "en")
THINGS = {
    "organization": Organization,
    "customer": Customer,
    "account": BankAccount,
    "invoice": Invoice,
    "line": InvoiceLine,
}
GERMAN = {"customer.country": "DE", "customer.endpoint_scheme": "EM", "customer.endpoint_id": "post@kunde.example"}
TO_IBAN = {**GERMAN, "account.iban": "NO9386011117947", "account.bic": "DNBANOKK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A draft in which one stored value breaks one rule; the same value mends it."""

    rule: str
    column: str  # thing.column
    broken: Any
    sound: Any
    field: str
    given: dict[str, Any] = dataclass_field(default_factory=dict)
    is_fatal: bool = True


LINE = "lines.1"
DRAFT_ROWS: dict[str, Row] = {
    "a country that is none": Row(
        rule="BR-CL-14", column="customer.country", broken="XX", sound="NO", field="customer.country"
    ),
    "no country": Row(rule="BR-11", column="customer.country", broken="", sound="NO", field="customer.country"),
    "a seller without a name": Row(
        rule="BR-06", column="organization.name", broken="", sound="Nordlys AS", field="organization.name"
    ),
    "a seller outside the company register": Row(
        rule="NO-R-002",
        column="organization.is_in_company_register",
        broken=False,
        sound=True,
        field="organization.is_in_company_register",
        is_fatal=False,
    ),
    "a seller with a wrong number": Row(
        rule="NO-R-001",
        column="organization.organization_number",
        broken="12345",
        sound="123456785",
        field="organization.organization_number",
    ),
    "a seller with a mistyped number": Row(
        rule="PEPPOL-COMMON-R041",
        column="organization.organization_number",
        broken="123456789",
        sound="123456785",
        field="organization.organization_number",
    ),
    "a seller without a number": Row(
        rule="§ 5-1-2",
        column="organization.organization_number",
        broken="",
        sound="123456785",
        field="organization.organization_number",
    ),
    "a seller without an address": Row(
        rule="§ 5-1-2", column="organization.city", broken="", sound="Solvik", field="organization.street"
    ),
    "VAT from a seller who is not registered": Row(
        rule="BR-S-02", column="line.vat_treatment", broken="standard", sound="outside", field="vat_treatment",
        given={"organization.is_vat_registered": False},
    ),
    "a registered seller outside VAT": Row(
        rule="BR-O-02", column="line.vat_treatment", broken="outside", sound="standard", field="vat_treatment"
    ),
    "no account to pay to": Row(
        rule="BR-61", column="account.is_active", broken=False, sound=True, field="organization.bank_account"
    ),
    "an account with a wrong check digit": Row(
        rule="BILAG-ACCOUNT",
        column="account.account_number",
        broken="86011117948",
        sound=builders.ACCOUNT_NUMBER,
        field="bank_account.account_number",
    ),
    "an IBAN with a wrong check digit": Row(
        rule="BILAG-IBAN",
        column="account.iban",
        broken="NO9486011117947",
        sound="NO9386011117947",
        field="bank_account.iban",
        given=TO_IBAN,
    ),
    "a BIC that is too short": Row(
        rule="BILAG-BIC", column="account.bic", broken="DNBANO", sound="DNBANOKK", field="bank_account.bic",
        given=TO_IBAN,
    ),
    "a VAT number without its country": Row(
        rule="BR-CO-09", column="customer.vat_number", broken="123456788", sound="DE123456788",
        field="customer.vat_number", given=TO_IBAN,
    ),
    "a VAT number of another form": Row(
        rule="BILAG-BUYER-VAT", column="customer.vat_number", broken="DE12345678X", sound="DE123456788",
        field="customer.vat_number", given=TO_IBAN,
    ),
    "a VAT number that is mistyped": Row(
        rule="BILAG-BUYER-VAT-CHECK", column="customer.vat_number", broken="DE123456789", sound="DE123456788",
        field="customer.vat_number", given=TO_IBAN, is_fatal=False,
    ),
    "an address of an unknown kind": Row(
        rule="BR-CL-25", column="customer.endpoint_scheme", broken="9999", sound="0192",
        field="customer.endpoint_scheme", given={"customer.endpoint_id": builders.CUSTOMER_ORGANIZATION_NUMBER},
    ),
    "an address of a kind outside Peppol": Row(
        rule="PEPPOL-EN16931-CL008", column="customer.endpoint_scheme", broken="9999", sound="0192",
        field="customer.endpoint_scheme", given={"customer.endpoint_id": builders.CUSTOMER_ORGANIZATION_NUMBER},
    ),
    "a mistyped organization number as address": Row(
        rule="PEPPOL-COMMON-R041", column="customer.endpoint_id", broken="987654321",
        sound=builders.CUSTOMER_ORGANIZATION_NUMBER, field="customer.endpoint_id",
        given={"customer.endpoint_scheme": "0192"},
    ),
    "a mistyped location number": Row(
        rule="PEPPOL-COMMON-R040", column="customer.endpoint_id", broken="7300010000002", sound="7300010000001",
        field="customer.endpoint_id", given={"customer.endpoint_scheme": "0088"},
    ),
    "a Danish number of another form": Row(
        rule="PEPPOL-COMMON-R042", column="customer.endpoint_id", broken="1", sound="DK13585628",
        field="customer.endpoint_id", given={"customer.endpoint_scheme": "0184"}, is_fatal=False,
    ),
    "a Swedish number with a wrong check digit": Row(
        rule="BILAG-ENDPOINT", column="customer.endpoint_id", broken="1234567890", sound="2120000142",
        field="customer.endpoint_id", given={"customer.endpoint_scheme": "0007"},
    ),
    "a customer without a name": Row(
        rule="§ 5-1-2", column="customer.name", broken="", sound="Havgløtt AS", field="customer"
    ),
    "a customer without address and number": Row(
        rule="§ 5-1-2", column="customer.organization_number", broken="",
        sound=builders.CUSTOMER_ORGANIZATION_NUMBER, field="customer.street", given={"customer.city": ""},
    ),
    "reverse charge without the buyer's number": Row(
        rule="§ 5-1-2", column="customer.organization_number", broken="",
        sound=builders.CUSTOMER_ORGANIZATION_NUMBER, field="customer.organization_number",
        given={"line.vat_treatment": "reverse_charge"},
    ),
    "a public buyer without a reference": Row(
        rule="BILAG-BUYER-REFERENCE", column="invoice.buyer_reference", broken="", sound="PO-1",
        field="buyer_reference", given={"customer.kind": "public_body"}, is_fatal=False,
    ),
    "no day of delivery": Row(
        rule="§ 5-1-1", column="invoice.delivery_date", broken=None, sound=builders.TODAY, field="delivery_date"
    ),
    "due before it is issued": Row(
        rule="§ 5-1-1", column="invoice.due_date", broken=date(2026, 11, 1), sound=date(2026, 12, 1),
        field="due_date", given={"invoice.has_own_due_date": True},
    ),
    "dated tomorrow": Row(
        rule="§ 5-1-3", column="invoice.issue_date", broken=date(2026, 11, 22), sound=builders.TODAY,
        field="issue_date",
    ),
    "dated long ago": Row(
        rule="§ 5-1-3", column="invoice.issue_date", broken=date(2026, 9, 1), sound=None, field="issue_date"
    ),
    "a place of delivery in no country": Row(
        rule="BR-CL-14", column="invoice.delivery_country", broken="XX", sound="NO", field="delivery_country",
        given={"invoice.delivery_street": "Kaien 1", "invoice.delivery_city": "Nordhavn"},
    ),
    "a character that cannot be sent": Row(
        rule="BILAG-TEXT", column="invoice.note", broken="a\x01b", sound="ab", field="note", is_fatal=False
    ),
    "a line without text": Row(
        rule="§ 5-1-1", column="line.description", broken="", sound="Rådgivning", field="lines.{line}.description"
    ),
    "a unit that is none": Row(
        rule="BR-CL-23", column="line.unit_code", broken="QQQ", sound="HUR", field=f"{LINE}.unit_code"
    ),
    "no unit": Row(rule="BR-23", column="line.unit_code", broken="", sound="HUR", field=f"{LINE}.unit_code"),
    "a negative total": Row(
        rule="§ 5-2-7", column="line.quantity", broken=Decimal(-1), sound=Decimal(1), field="lines"
    ),
    "a mistyped GTIN": Row(
        rule="BILAG-GTIN", column="line.gtin", broken="7038010000752", sound="7038010000751", field=f"{LINE}.gtin"
    ),
    "a line's period that ends before it begins": Row(
        rule="BR-30", column="line.period_to", broken=date(2026, 11, 1), sound=builders.TODAY,
        field=f"{LINE}.period_to", given={"line.period_from": date(2026, 11, 10)},
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def packaged_rules(settings: Settings) -> Iterator[None]:
    settings.EHF_RULES_DIR = ""
    with translation.override("en"):
        yield


@pytest.mark.parametrize("name", DRAFT_ROWS)
def test_a_broken_draft_leads_to_the_field_that_mends_it(name: str, organization: Organization) -> None:
    row = DRAFT_ROWS[name]
    draft = builders.make_draft(organization)
    with builders.in_organization(organization):
        put(organization, draft, {"organization.is_in_company_register": True, **row.given})
        put(organization, draft, {row.column: row.broken})
        told = {language: finding_of(look(organization, draft, language), row.rule) for language in LANGUAGES}
        line = InvoiceLine.objects.of(organization).get(invoice_id=draft.pk)
        put(organization, draft, {row.column: row.sound})
        mended = look(organization, draft, "en")

    finding = told["en"]
    assert finding["field"] == row.field.format(line=line.pk)
    assert finding["is_fatal"] is row.is_fatal
    assert_said_in_each_language({language: found["sentence"] for language, found in told.items()})
    assert [found for found in mended.findings if found["is_fatal"]] == []
    assert row.rule not in {found["rule"] for found in mended.findings}


def put(organization: Organization, draft: Invoice, values: dict[str, Any]) -> None:
    """Write values as the forms and the database would hold them, each on the thing that it names."""
    for place, value in values.items():
        thing, column = place.split(".")
        if thing == "organization":
            Organization.objects.filter(pk=organization.pk).update(**{column: value})
            setattr(organization, column, value)
            continue
        rows: Any = THINGS[thing].objects.of(organization)  # type: ignore[attr-defined]
        narrowed = {"customer": {"pk": draft.customer_id}, "invoice": {"pk": draft.pk}, "line": {"invoice": draft.pk}}
        rows.filter(**narrowed.get(thing, {})).update(**{column: value})


def look(organization: Organization, draft: Invoice, language: str) -> DraftLook:
    """What is found on the draft, in a language."""
    with translation.override(language):
        return look_at(read_draft(organization, draft.pk, today=builders.TODAY))


def finding_of(seen: DraftLook, rule: str) -> dict[str, Any]:
    """The one finding of the rule."""
    found = [finding for finding in seen.findings if finding["rule"] == rule]
    assert len(found) == 1, seen.findings
    return found[0]


def assert_said_in_each_language(sentences: dict[str, str]) -> None:
    """A sentence of its own for each language, and none of them the official rule's English."""
    assert all(sentences.values())
    assert "shall" not in sentences["en"]
    assert "MUST" not in sentences["en"]
    for language in ("nb", "da", "sv"):
        assert sentences[language] != sentences["en"], (language, sentences["en"])


# What our reading of a draft makes impossible: the body is broken between reading and writing, and then mended.
PLAIN = sample_document()
CREDIT = sample_credit_note()


def of_category(category: str, **seller: Any) -> Document:
    """A document of one line in a VAT category."""
    return sample_document(lines=(sample_line(vat_category=category),), seller=replace(SELLER, **seller))


def without_reason(category: str, **seller: Any) -> Document:
    """The same without a reason for no VAT."""
    document = of_category(category, **seller)
    return with_body(document, vat=tuple(replace(part, reason="", reason_code="") for part in document.body.vat))


def with_rate(category: str) -> Document:
    """A document with VAT in a category that has none."""
    return sample_document(lines=(sample_line(vat_category=category, vat_rate_percent=Decimal(25)),))


def with_totals(**changes: Any) -> Document:
    """The plain document with totals that do not add up."""
    return with_body(PLAIN, totals=replace(PLAIN.body.totals, **changes))


NOT_REGISTERED = {"vat_number": "", "is_in_company_register": False}
ONE = Decimal("1.00")
BODY_ROWS: dict[str, tuple[Document, str, Document]] = {
    "BR-02": (sample_document(number=""), "number", PLAIN),
    "BR-05": (sample_document(currency=""), "currency", PLAIN),
    "BR-CL-04": (sample_document(currency="XYZ"), "currency", PLAIN),
    "BR-07": (sample_document(buyer=replace(BUSINESS, name="")), "customer.name", PLAIN),
    "BR-16": (sample_document(lines=()), "lines", PLAIN),
    "BR-27": (
        sample_document(lines=(sample_line(unit_price=Decimal(-5), quantity=Decimal(-1)),)),
        f"{LINE}.unit_price",
        PLAIN,
    ),
    "BR-29": (
        sample_document(delivery=Delivery(period_from=date(2026, 11, 20), period_to=date(2026, 11, 1))),
        "period_to",
        PLAIN,
    ),
    "BR-55": (
        sample_credit_note(credits=CreditedDocument(number="", issue_date=TODAY)), "credits", CREDIT,
    ),
    "BILAG-CREDIT-REFERENCE": (sample_credit_note(credits=None), "credits", CREDIT),
    "BILAG-SIGN": (sample_credit_note(lines=(sample_line(quantity=Decimal(-1)),)), "lines", CREDIT),
    "BILAG-KID": (sample_document(kid="00104910"), "kid", PLAIN),
    "BILAG-ACCOUNT-MISSING": (sample_document(payment=PaymentAccount()), "bank_account", PLAIN),
    "BILAG-VAT-CURRENCY": (
        sample_document(currency="EUR", payment=PaymentAccount(iban="NO9386011117947")), "currency", PLAIN,
    ),
    "BR-E-10": (without_reason("E"), "vat_reason", of_category("E")),
    "BR-AE-10": (without_reason("AE"), "vat_reason", of_category("AE")),
    "BR-G-10": (without_reason("G"), "vat_reason", of_category("G")),
    "BR-O-10": (without_reason("O", vat_number=""), "vat_reason", of_category("O", vat_number="")),
    "BR-E-02": (of_category("E", **NOT_REGISTERED), "vat_treatment", of_category("E")),
    "BR-Z-02": (of_category("Z", **NOT_REGISTERED), "vat_treatment", of_category("Z")),
    "BR-G-02": (of_category("G", **NOT_REGISTERED), "vat_treatment", of_category("G")),
    "BR-S-05": (
        sample_document(lines=(sample_line(vat_rate_percent=Decimal(0)),)), f"{LINE}.vat_treatment", PLAIN,
    ),
    "BR-E-05": (with_rate("E"), f"{LINE}.vat_treatment", of_category("E")),
    "BR-AE-05": (with_rate("AE"), f"{LINE}.vat_treatment", of_category("AE")),
    "BR-G-05": (with_rate("G"), f"{LINE}.vat_treatment", of_category("G")),
    "BR-Z-05": (with_rate("Z"), f"{LINE}.vat_treatment", of_category("Z")),
    "PEPPOL-EN16931-R120": (
        sample_document(lines=(sample_line(net_amount=ONE),)), f"{LINE}.unit_price", PLAIN,
    ),
    "BR-CO-10": (with_totals(lines_net=ONE), "", PLAIN),
    "BR-CO-13": (with_totals(net=ONE), "", PLAIN),
    "BR-CO-14": (with_totals(vat=ONE), "", PLAIN),
    "BR-CO-15": (with_totals(gross=ONE), "", PLAIN),
    "BR-CO-16": (with_totals(payable=ONE), "", PLAIN),
    "BILAG-ROUNDING": (sample_document(rounding=Decimal(2)), "", PLAIN),
}  # fmt: skip


@pytest.mark.parametrize("rule", BODY_ROWS)
def test_a_document_broken_on_the_way_is_caught_before_it_leaves(rule: str) -> None:
    broken, field_name, mended = BODY_ROWS[rule]
    told = {}
    for language in LANGUAGES:
        with translation.override(language):
            [finding] = [found for found in check(broken).fatal if found.rule == rule]
            told[language] = str(finding.sentence)
    assert finding.field == field_name
    assert_said_in_each_language(told)
    assert check(mended).is_accepted


def check(document: Document) -> CheckResult:
    return check_document(document, today=TODAY)


def test_the_tables_try_at_least_fifty_rules_on_drafts_and_on_the_way() -> None:
    official = {row.rule for row in DRAFT_ROWS.values()} | set(BODY_ROWS)
    assert len(DRAFT_ROWS) + len(BODY_ROWS) >= 70
    assert len({rule for rule in official if not rule.startswith("§")}) >= 50


def test_no_rule_of_the_packages_is_told_in_its_own_english() -> None:
    """What can be broken by a Norwegian, Swedish or Danish seller has a sentence of ours, be it a general one."""
    foreign = ("GR-", "IS-", "IT-", "NL-")  # asked of sellers in these countries only
    wording = "The rule’s own words, in English"
    told: Callable[[str], str] = lambda rule: str(explain(rule, "", wording).sentence)  # noqa: E731
    rules = [rule for rule in validator_for(packaged_set()).rule_ids if not rule.startswith(foreign)]
    assert len(rules) > 1_000
    assert [rule for rule in rules if wording in told(rule)] == []
