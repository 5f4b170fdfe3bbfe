"""Whatever is typed is shown as text on screen, on paper and in the EHF, or refused at the field that holds it."""

from __future__ import annotations

import importlib
import inspect
import io
import pkgutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django import forms
from django.db import models
from django.test import Client
from lxml import html

import config
import customers
import invoicing
import payments
import tenants
from config.importing.customers import CustomerImport
from config.moving_in.asked import KINDS
from config.moving_in.columns import columns_by_kind, required_by_kind
from customers.models import Customer
from foundation.spreadsheet_reading import TableRead
from foundation.text import PlainTextForm
from foundation.xml import parse_xml
from invoicing.actions.documents import bytes_of, document_of
from invoicing.drafting.content import HEADER_FIELDS, LINE_FIELDS
from invoicing.listing.properties.registry import book_of
from invoicing.models import DeliverySettings, Enquiry, FileKind, Invoice, InvoiceLine
from payments.actions.write_offs import LossGround
from payments.claim_queries import OpenClaim
from payments.forms.bank_agreement import BankAgreementForm, RefundFileForm
from payments.forms.csv_mapping import CsvMappingForm
from payments.forms.payments import PaymentForm
from payments.forms.refunds import SettleRefundForm
from payments.models import Account, Payment, ProviderKind, Receivable
from tenants.models import BankAccount
from tests import builders
from tests.every_page import every_address
from tests.invoicing.pdf_checker import failures
from tests.reliability.filled_world import fill

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
SHOWN = [
    '=HYPERLINK("http://evil.example","x")',
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></title><svg onload=alert(1)>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "A & B <C> ]]> &lt;D&gt; '\"",
    "@SUM(1+1)*cmd|' /C calc'!A0",
]
SHOWN_IN_ANY_SCRIPT = ["😀👩‍👩‍👧 Kiruna", "עברית שלום", "株式会社テスト", "Ḝ̴ž̧"]
PAPER = [*SHOWN, *SHOWN_IN_ANY_SCRIPT]
REFUSED = {"NUL": "a\x00b", "right-to-left override": "a\u202eb", "ten thousand characters": "x" * 10_240}
ROOMS = (config, tenants, customers, payments, invoicing)
# Never on a document: addresses and codes that are checked by their own rules are typed in forms alone.
OWN_RULES = {
    "delivery_country",
    "currency",
    "language",
    "unit_code",
    "vat_treatment",
    "charge_kind",
    "revenue_account",
    "gtin",
}
# Names that mean other things in other forms.
OWN_ARGUMENTS: dict[type[forms.BaseForm], dict[str, Any]] = {
    BankAgreementForm: {"accounts": [Account(number="1920", name="Bank")]},
    CsvMappingForm: {"accounts": [BankAccount(name="Drift")]},
    PaymentForm: {"accounts": [Account(number="1920", name="Bank")]},
    RefundFileForm: {"accounts": [BankAccount(name="Drift")]},
    SettleRefundForm: {"accounts": [Account(number="1920", name="Bank")], "standing": Account().pk},
}
NOT_ON_PAPER = {"internal_note", "internal_text", "credit_reason"}


def text_fields(model: type[models.Model], allowed: frozenset[str]) -> list[models.Field[Any, Any]]:
    """The free texts of a model among the allowed names."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and field.name in allowed - OWN_RULES
    ]


def texts(model: type[models.Model], allowed: frozenset[str], text: str) -> dict[str, str]:
    """The text in each free field of a model, cut to what the field holds."""
    return {field.name: text[: field.max_length] for field in text_fields(model, allowed)}


CUSTOMER_TEXTS = frozenset(
    {"name", "contact_name", "street", "street_2", "postal_code", "city", "buyer_reference", "notes"}
)
ORGANIZATION_TEXTS = {"street": 120, "street_2": 120, "city": 80, "phone": 30, "website": 120, "document_footer": 200}


def hostile_invoice(slug: str, text: str) -> tuple[Any, Invoice]:
    """A finalized invoice that says the text wherever something may be said."""
    organization = builders.make_organization(
        slug,
        text[:120],
        owner_email=f"owner@{slug}.example",
        **{name: text[:length] for name, length in ORGANIZATION_TEXTS.items()},
    )
    customer = builders.make_customer(organization, **texts(Customer, CUSTOMER_TEXTS, text))
    line = builders.line(**texts(InvoiceLine, LINE_FIELDS, text))
    header: dict[str, Any] = texts(Invoice, HEADER_FIELDS - {"credit_reason"}, text)
    return organization, builders.make_finalized_invoice(organization, customer, lines=[line], **header)


@pytest.mark.parametrize("text", SHOWN if builders.IS_FULL else SHOWN[1:3])
def test_text_is_text_on_every_page(db: None, client_of: Callable[[Any], Client], text: str) -> None:
    organization, invoice = hostile_invoice("fiendtlig", text)
    builders.make_draft(organization, lines=[builders.line(**texts(InvoiceLine, LINE_FIELDS, text))], note=text)
    places = fill(organization) | {"invoice_id": invoice.pk, "customer_id": invoice.customer_id}
    client = client_of(builders.user_of("owner@fiendtlig.example"))
    seen = 0
    for address in every_address(places):
        if not address.is_inside_organization:
            continue
        answer = client.get(address.path, {"q": text} if address.name.endswith("palette") else {})
        assert answer.status_code < 500, address
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.content.strip():
            page: Any = html.fromstring(answer.content)
            _assert_no_markup_of_ours(page, str(address))
            seen += text in page.text_content()
    assert seen > 5


def _assert_no_markup_of_ours(page: Any, place: str) -> None:
    assert [script for script in page.iter("script") if "alert" in (script.text or "")] == [], place
    assert [element for element in page.iter() if {"onerror", "onload"} & set(element.attrib)] == [], place
    assert [image for image in page.iter("img") if image.get("src") == "x"] == [], place


@pytest.mark.parametrize("text", PAPER if builders.IS_FULL else PAPER[::4])
def test_text_is_text_on_paper_and_in_the_ehf(db: None, text: str) -> None:
    organization, invoice = hostile_invoice("fiendtlig", text)
    made = bytes_of(document_of(builders.reload_invoice(organization, invoice)), logo=None)
    assert failures(made[FileKind.PDF]) == []
    root = parse_xml(made[FileKind.EHF])
    said = {
        str(element.text) for element in root.iter(f"{CBC}Name", f"{CBC}Note", f"{CBC}CityName", f"{CBC}StreetName")
    }
    assert text in said
    assert text[:80] in {element.text for element in root.iter(f"{CBC}BuyerReference")}
    if text in SHOWN:
        paper = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made[FileKind.PDF])).pages)
        assert _without_spaces(text) in _without_spaces(paper)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def form_classes() -> Iterator[type[forms.BaseForm]]:
    """Every form of ours, wherever it stands."""
    for room in ROOMS:
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if "forms" not in module.name.split(".")[1:]:
                continue
            for _name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(found, forms.BaseForm) and found.__module__ == module.name:
                    yield found


@pytest.mark.parametrize("form_class", list(form_classes()), ids=lambda form_class: form_class.__qualname__)
@pytest.mark.parametrize("kind", REFUSED)
def test_every_text_field_refuses_by_name_what_cannot_be_shown(
    organization: Any, form_class: type[forms.BaseForm], kind: str
) -> None:
    needed = arguments_of(form_class, organization)
    takes_text = [
        name
        for name, field in form_class(**needed).fields.items()
        if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.HiddenInput)
    ]
    if takes_text:
        assert issubclass(form_class, PlainTextForm)
    for name in takes_text:
        with builders.in_organization(organization):
            form = form_class({form_class(**needed).add_prefix(name): REFUSED[kind]}, **needed)
            assert name in form.errors, name


def arguments_of(form_class: type[forms.BaseForm], organization: Any) -> dict[str, Any]:
    """What the form is made with, as its page makes it."""
    known = {
        "organization": organization,
        "today": builders.TODAY,
        "accounts": [("3000", "Salg")],
        "members": [],
        "may_edit": True,
        "definitions": [],
        "values": {},
        "header": ["Navn"],
        "invoice": Invoice(),
        "enquiry": Enquiry(invoice=Invoice()),
        "stored": None,
        "senders": [],
        "company": "Nordlys <faktura@nordlys.example>",
        "rules": DeliverySettings(organization=organization),
    }
    with builders.in_organization(organization):
        known |= {"kind": CustomerImport(organization), "book": book_of(organization)}
        known |= {"columns": columns_by_kind(organization, KINDS), "required": required_by_kind(KINDS)}
    known |= _of_payments(organization) | OWN_ARGUMENTS.get(form_class, {})
    return {name: known[name] for name in inspect.signature(form_class.__init__).parameters if name in known}


def _of_payments(organization: Any) -> dict[str, Any]:
    claim = Receivable(organization=organization, currency="NOK")
    return {
        "tables": {kind: TableRead(("Navn",), (), ()) for kind in KINDS},
        "suggestions": {kind: {} for kind in KINDS},
        "bank_account": BankAccount(organization=organization),
        "agreement": None,
        "guessed": None,
        "provider": ProviderKind.VIPPS.value,
        "payment": Payment(organization=organization, unapplied=Decimal(100)),
        "wanted": OpenClaim(claim, Decimal(100)),
        "grounds": LossGround.choices,
        "small_difference_max": Decimal(1),
    }


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["description", "detail", "internal_text", "product_number", "vat_reason", "quantity"])
def test_every_text_of_a_line_is_refused_by_name(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], kind: str, name: str
) -> None:
    customer = builders.make_customer(organization)
    sent = {
        "currency": "NOK",
        "language": "nb",
        "payment_terms_days": "14",
        "line": "a1",
        "a1-description": "Rådgivning",
        "a1-quantity": "1",
        "a1-unit_price": "100",
        "a1-unit_code": "HUR",
        "a1-vat_treatment": "standard",
        "a1-charge_kind": "chargeable",
        "a1-revenue_account": "3000",
    }
    path = f"/{organization.slug}/invoices/new/?customer={customer.pk}"
    answer = client_of(owner).post(path, sent | {f"a1-{name}": REFUSED[kind]})
    assert answer.status_code == 422
    page: Any = html.fromstring(answer.content)
    [refused] = page.xpath(f"//*[@id='a1-{name}']")
    assert refused.get("aria-invalid") == "true"
    with builders.in_organization(organization):
        assert Invoice.objects.of(organization).count() == 0
    assert client_of(owner).post(path, sent).status_code == 302
