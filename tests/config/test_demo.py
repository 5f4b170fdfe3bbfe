"""The demo organizations: made through the actions, found again after a restart, lawful and plainly invented."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from lxml import etree
from pypdf import PdfReader
from stdnum import ean, iban
from stdnum.no import kontonr, orgnr

from config import verification
from config.demo import maker, numbers
from config.demo.bank import take_in_bank_file
from config.demo.companies import demo_companies
from config.demo.deliveries import MAIL_STORIES, send_documents
from config.demo.papers import send_papers
from config.demo.payments import receive_payments
from config.demo.people import NAMES, demo_people
from config.demo.plan import CREDIT_NOTES, INVOICES, OPEN_DRAFTS, plan_of
from config.demo.records import DemoCompany, PlannedCredit, PlannedInvoice
from customers.channels import Channel
from foundation.files import only_one
from invoicing.actions.documents import bytes_of, document_of
from invoicing.dispatching.stuck import stuck_papers
from invoicing.documents.ehf_checks import check_document
from invoicing.documents.ehf_rules.rule_sets import PACKAGED_SUPERSEDED
from invoicing.models import (
    CustomerPaper,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Dispatch,
    Enquiry,
    EnquiryKind,
    Invoice,
    InvoiceFollowUp,
    InvoiceKind,
    InvoiceStatus,
)
from payments.models import (
    Allocation,
    AllocationKind,
    BankFile,
    BankLine,
    Hold,
    HoldKind,
    LineOutcome,
    Payment,
    PaymentMethod,
    Refund,
    RefundState,
)
from tenants import sealing
from tenants.models import Membership, Organization, Role
from tests import builders

SIZE = 12
COMPANIES = [pytest.param(company, id=company.slug) for company in demo_companies()]
on_committed_rows = pytest.mark.django_db(transaction=True, databases=["default", "backup"])


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def nothing(_done: int, _count: int) -> None:
    """Progress that nobody reads."""


def make(company: DemoCompany, folder: Path) -> Organization:
    people, _password = demo_people(folder)
    organization = maker.open_demo_company(company, people)
    assert maker.make_documents(company, organization, people, progress=nothing, size=SIZE) == []
    return organization


def finalized(organization: Organization) -> list[Invoice]:
    with builders.in_organization(organization):
        return list(Invoice.objects.filter(status=InvoiceStatus.FINALIZED).order_by("number"))


@on_committed_rows
@pytest.mark.parametrize("company", COMPANIES)
def test_makes_documents_that_receivers_accept_without_a_warning(company: DemoCompany, tmp_path: Path) -> None:
    organization = make(company, tmp_path)
    documents = finalized(organization)
    assert len(documents) == SIZE + 1
    assert sum(document.kind == InvoiceKind.CREDIT_NOTE for document in documents) == 1
    days = [document.issue_date for document in documents if document.issue_date]
    assert days == sorted(days)
    for document in documents:
        result = check_document(document_of(document), today=builders.TODAY)
        warnings = [finding for finding in result.warnings if finding.rule not in PACKAGED_SUPERSEDED]
        assert [*result.fatal, *warnings] == []
    sealing.seal(organization.pk)
    assert verification.verify_organization(organization.pk, now=timezone.now()).problems == ()
    with builders.in_organization(organization):
        assert Invoice.objects.filter(status=InvoiceStatus.DRAFT).count() == 1
        assert {row.role for row in Membership.objects.all()} == set(Role)


@on_committed_rows
def test_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    company = demo_companies()[0]
    people, _password = demo_people(tmp_path)
    organization = maker.open_demo_company(company, people)

    def pull_the_plug(done: int, _count: int) -> None:
        if done >= SIZE // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maker.make_documents(company, organization, people, progress=pull_the_plug, size=SIZE)
    half = len(finalized(organization))
    assert 0 < half < SIZE
    again = make(company, tmp_path)
    assert again.pk == organization.pk
    assert len(finalized(again)) == SIZE + 1


@on_committed_rows
def test_twice_is_as_good_as_once(tmp_path: Path) -> None:
    company = demo_companies()[1]
    before = [document.hash for document in finalized(make(company, tmp_path))]
    after = [document.hash for document in finalized(make(company, tmp_path))]
    assert before == after
    assert len(before) == SIZE + 1


@on_committed_rows
def test_sends_what_it_has_made_with_every_end_and_once(tmp_path: Path) -> None:
    company = demo_companies()[1]  # most of whose customers get e-mail
    people, _password = demo_people(tmp_path)
    organization = maker.open_demo_company(company, people)
    maker.make_documents(company, organization, people, progress=nothing, size=2 * len(MAIL_STORIES))
    for _time in range(2):
        send_documents(company, organization, people)
        receive_payments(company, organization, people)
    with builders.in_organization(organization):
        documents = Invoice.objects.filter(status=InvoiceStatus.FINALIZED)
        assert Dispatch.objects.count() == documents.count()
        ends = set(Delivery.objects.values_list("channel", "state"))
        assert {state for _channel, state in ends} == set(DeliveryState) - {DeliveryState.SENDING}
        assert {channel for channel, _state in ends} == {Channel.EHF, Channel.EMAIL, Channel.PAPER}
        assert set(Enquiry.objects.values_list("kind", flat=True)) == set(EnquiryKind)
        assert set(Hold.objects.values_list("kind", flat=True)) == {HoldKind.DISPUTE, HoldKind.REJECTED}
        assert Delivery.objects.filter(follows__state=DeliveryState.BOUNCED, channel=Channel.PAPER).exists()
        assert not DeliveryEvent.objects.filter(happened_at__gt=timezone.now()).exists()
        payments = Payment.objects.all()
        assert {payment.method for payment in payments} == {PaymentMethod.BANK, PaymentMethod.CASH}
        assert payments.filter(reversed__gt=0).exists()
        assert payments.filter(unapplied__gt=0, applied__gt=0).exists()
        assert set(Refund.objects.values_list("state", flat=True)) == {RefundState.DONE, RefundState.REQUESTED}
        # Of advances, which the demo asks for later, and of fees, which nobody gives up there.
        elsewhere = {AllocationKind.GIVEN_BACK, AllocationKind.WAIVED}
        assert set(AllocationKind) - elsewhere == set(Allocation.objects.values_list("kind", flat=True))
        unsent = InvoiceFollowUp.objects.filter(invoice__in=documents, delivery_summary="")
        assert not unsent.exists()
    for _time in range(2):
        take_in_bank_file(company, organization, people)
        send_papers(organization, people)
    with builders.in_organization(organization):
        [file] = BankFile.objects.all()
        lines = BankLine.objects.filter(file=file)
        assert (file.state, file.line_count) == ("done", lines.count())
        assert set(lines.values_list("outcome", flat=True)) == set(LineOutcome) - {LineOutcome.UNREAD}
        assert set(lines.values_list("reason", flat=True)) == {
            "exact", "part", "over", "already_paid", "credited", "unknown_reference", "wrong_check_digit",
            "no_reference", "money_out", "reversal",
        }  # fmt: skip
        papers = CustomerPaper.objects.order_by("made_at", "id").values_list("kind", flat=True)
        assert list(papers) == ["receipt", "statement", "statement"]
        assert {row.paper.kind for row in stuck_papers(organization, timezone.now())} == {"statement"}
    sealing.seal(organization.pk)
    assert verification.verify_organization(organization.pk, now=timezone.now()).problems == ()


def amounts_in(text: str) -> set[Decimal]:
    """Every amount with two decimals in printed text, however its thousands are set apart."""
    whole = re.sub("(?<=\\d)[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}](?=\\d)", "", text)
    found = re.findall(r"\d[\d.,]*[.,]\d{2}(?!\d)", whole)
    return {Decimal(re.sub(r"[.,]", "", amount[:-3]) + "." + amount[-2:]) for amount in found}


def amounts_of(xml: bytes) -> set[Decimal]:
    """What is payable, its net and VAT, and each row of the VAT summary, by the EHF."""
    tree = etree.fromstring(xml)
    names = ("PayableAmount", "TaxExclusiveAmount", "TaxableAmount", "TaxAmount")
    elements: Sequence[Any] = [found for name in names for found in tree.iterfind(f".//{{*}}{name}")]
    return {abs(Decimal(element.text)) for element in elements}


@on_committed_rows
@pytest.mark.parametrize("company", COMPANIES)
def test_the_pdf_says_what_the_ehf_says(company: DemoCompany, tmp_path: Path) -> None:
    documents = finalized(make(company, tmp_path))
    credit_note = next(document for document in documents if document.is_credit_note)
    others = [document for document in documents if document != credit_note]
    for row in [credit_note, *others[: builders.scaled(full=SIZE, quick=2)]]:
        made = bytes_of(document_of(row), logo=None)
        text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(made["pdf"])).pages)
        assert amounts_of(made["core_xml"]) <= amounts_in(text)
    again = bytes_of(document_of(credit_note), logo=None)
    assert again == bytes_of(document_of(credit_note), logo=None)


@pytest.mark.django_db
def test_the_password_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    people, password = demo_people(tmp_path)
    assert stat.S_IMODE((tmp_path / "demo-password").stat().st_mode) == 0o600
    assert len(password) >= 12
    again, same = demo_people(tmp_path)
    assert same == password
    assert again.users == people.users
    assert set(people.users) == set(Role)
    assert all(user.check_password(password) for user in people.users.values())
    (tmp_path / "demo-password").unlink()
    renewed, other = demo_people(tmp_path)
    assert other != password
    assert renewed.users[Role.OWNER].check_password(other)


@pytest.mark.django_db
def test_is_not_made_in_production_nor_twice_at_once(settings: Any) -> None:
    with only_one(settings.DATA_DIR / "demo.lock"), pytest.raises(CommandError, match="already") as refusal:
        call_command("make_demo_organizations", stdout=StringIO())
    assert refusal.value.returncode == 1
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("make_demo_organizations", stdout=StringIO())


@pytest.mark.parametrize("company", COMPANIES)
def test_the_plan_is_the_same_each_time_and_in_the_order_of_its_days(company: DemoCompany) -> None:
    plan = plan_of(company, today=builders.TODAY)
    assert plan == plan_of(company, today=builders.TODAY)
    days = [item.day for item in plan.documents]
    assert days == sorted(days)
    assert days[0] < date(2026, 6, 15)
    assert days[-1] <= builders.TODAY
    invoices = {item.key: item for item in plan.documents if isinstance(item, PlannedInvoice)}
    credit_notes = [item for item in plan.documents if isinstance(item, PlannedCredit)]
    assert (len(invoices), len(credit_notes), len(plan.open_drafts)) == (INVOICES, CREDIT_NOTES, OPEN_DRAFTS)
    assert {credit.is_full for credit in credit_notes} == {True, False}
    assert all(invoices[credit.credits].day < credit.day for credit in credit_notes)
    lines = [line for item in invoices.values() for line in item.lines]
    assert {"complimentary", "non_chargeable"} <= {line.changes.get("charge_kind") for line in lines}
    assert any("period_from" in item.header for item in invoices.values())
    assert any("discount_percent" in item.header for item in invoices.values())


def test_the_companies_are_three_with_forty_customers_and_numbers_that_hold() -> None:
    companies = demo_companies()
    assert len(companies) == 3
    assert companies == demo_companies()
    for company in companies:
        assert len(company.customers) == 40
        assert orgnr.is_valid(company.details["organization_number"])
        assert company.details["organization_number"].startswith("31")
        for account in company.accounts:
            assert kontonr.is_valid(account.get("account_number") or account["iban"][4:])
            assert "iban" not in account or iban.is_valid(account["iban"])
        for customer in company.customers:
            assert customer["email"].endswith(".example")
            if customer.get("country", "NO") == "NO" and customer.get("organization_number"):
                assert orgnr.is_valid(customer["organization_number"])
        assert all(ean.is_valid(product["gtin"]) for product in company.products if product.get("gtin"))
    assert {customer.get("language", "nb") for company in companies for customer in company.customers} == {
        "nb",
        "da",
        "sv",
        "en",
    }
    assert {email.split("@")[1] for email, _name in NAMES.values()} == {"demo.example"}


def test_invented_numbers_lie_in_ranges_kept_for_examples() -> None:
    chance = Random(builders.SEED)
    for _case in range(50):
        assert orgnr.is_valid(numbers.organization_number(chance))
        assert iban.is_valid(numbers.iban_of(numbers.account_number(chance)))
        assert numbers.gtin(chance).startswith("952")
