"""Statements of account: what stands open, as a file, by mail, and on a page from which all of it can be paid."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from foundation.errors import DomainError
from invoicing.actions import links
from invoicing.actions import papers as actions
from invoicing.models import CustomerPaper, Invoice, PublicLink
from invoicing.papers.facts import NOTHING, Statement, age_of
from invoicing.papers.letter import said_by
from payments import queries as ledger
from payments.models import PaymentAttempt
from tenants.models import Job, JobItem, Organization
from tests import builders
from tests.invoicing import papers_world as world
from tests.invoicing.pdf_checker import failures
from tests.invoicing.public_pages import path_of, visitor
from tests.payments import online_world as online
from tests.payments.by_hand import pay


@pytest.mark.parametrize(
    ("days", "place"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)]
)
def test_an_age_begins_the_day_after_the_one_before_ends(days: int, place: int) -> None:
    assert age_of(days) == place


def _account(organization: Organization) -> tuple[Invoice, Invoice]:
    """A customer with a late invoice, one that is not due, paid in part, and money that pays nothing."""
    customer = builders.make_customer(organization)
    long_ago = builders.TODAY - timedelta(days=80)
    late = builders.make_finalized_invoice(organization, customer, today=long_ago)
    new = builders.make_finalized_invoice(organization, customer)
    pay(organization, "250.00", new.receivable_id)
    pay(organization, "75.00", customer_id=customer.pk, reference="Forskudd")
    return late, new


def _entered(organization: Organization, paper: CustomerPaper) -> tuple[Client, str]:
    with builders.in_organization(organization):
        address = links.make_statement_link(
            organization, paper.pk, actor=builders.actor_of(organization), now=world.NOW.now(tz=world.NOW.tzinfo)
        )
    browser = visitor()
    answer = browser.get(path_of(address))
    assert answer.status_code == 302
    return browser, answer.headers["Location"]


def test_the_file_says_what_the_ledger_says(organization: Organization) -> None:
    late, new = _account(organization)
    first = builders.TODAY - timedelta(days=100)

    paper = world.statement_of(organization, late.customer_id, first)
    [delivery] = world.sent(organization, paper)

    said = said_by(paper)
    assert isinstance(said, Statement)
    [balance] = said.balances
    with builders.in_organization(organization):
        ids = [one.receivable_id for one in (late, new) if one.receivable_id]
        owed = sum((one.currency_amount for one in ledger.balances(organization.pk, ids).values()), NOTHING)
    assert (balance.owed, balance.unused) == (owed, Decimal("75.00"))
    assert balance.balance == owed - 75
    assert sum((aged.amount for aged in balance.ages), NOTHING) == owed
    assert balance.ages[0].amount == new.payable_amount - 250
    assert said.period is not None
    assert said.period.closing == owed - 75  # the same account in the books, for one in their currency
    text = world.text_of(world.pdf_of(organization, paper))
    assert failures(world.pdf_of(organization, paper)) == []
    for amount in (owed, owed - 75, Decimal("75.00"), late.payable_amount):
        assert f"{amount:,.2f}".replace(",", " ").replace(".", ",") in text, text
    assert str(late.number) in text
    assert (delivery.state, delivery.subject_kind) == ("sent", "statement")
    [mail] = world.mails(organization)
    assert mail.subject.startswith("Kontoutskrift fra Nordlys Rådgivning AS per ")
    assert "/i/" in mail.text  # a link of its own


def test_an_earlier_day_is_told_as_it_was(organization: Organization) -> None:
    late, _new = _account(organization)
    before = builders.TODAY - timedelta(days=1)
    with builders.in_organization(organization):
        paper = actions.make_statement(
            organization, late.customer_id, (None, before), actor=builders.actor_of(organization), now=world.NOW
        )
        said = said_by(paper)
        assert isinstance(said, Statement)
        assert [entry.document_number for entry in said.entries] == [str(late.number)]
        assert said.unused == ()
        for first, last in ((None, builders.TODAY + timedelta(days=1)), (builders.TODAY, before)):
            with pytest.raises(DomainError):
                actions.check_days(first, last, today=builders.TODAY)


def test_the_page_shows_what_is_open_and_opens_each_invoice(organization: Organization) -> None:
    late, new = _account(organization)
    browser, page = _entered(organization, world.statement_of(organization, late.customer_id))

    shown = browser.get(page)

    body = shown.content.decode()
    assert page.endswith("/account/")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert str(late.number) in body
    assert str(new.number) in body
    opened = browser.post(reverse("public:open_invoice", args=[page.split("/")[3], late.pk]))
    assert opened.status_code == 302
    inside = browser.get(path_of(opened.headers["Location"]), follow=True)
    assert inside.status_code == 200
    assert str(late.number) in inside.content.decode()
    # What is paid later is not asked for any more.
    pay(organization, str(late.payable_amount), late.receivable_id)
    assert f" {late.number}</button>" not in browser.get(page).content.decode()


def test_nobody_else_s_invoice_opens_from_it(organization: Organization, other_organization: Organization) -> None:
    late, _new = _account(organization)
    stranger_s = builders.make_finalized_invoice(organization)
    foreign = builders.make_finalized_invoice(other_organization)
    browser, page = _entered(organization, world.statement_of(organization, late.customer_id))
    link_id = page.split("/")[3]

    for invoice in (stranger_s, foreign):
        assert browser.post(reverse("public:open_invoice", args=[link_id, invoice.pk])).status_code == 404
    assert visitor().get(page).status_code == 404
    # The pages of a document are not those of an account.
    assert browser.get(reverse("public:show", args=[link_id])).status_code == 404
    with builders.in_organization(organization):
        assert PublicLink.objects.of(organization).filter(subject_kind="invoice").count() == 0


def test_a_link_that_was_taken_back_opens_nothing(organization: Organization) -> None:
    late, _new = _account(organization)
    browser, page = _entered(organization, world.statement_of(organization, late.customer_id))
    with builders.in_organization(organization):
        link = PublicLink.objects.of(organization).get()
        links.revoke_link(organization, link.pk, actor=builders.actor_of(organization), now=world.NOW)

    assert browser.get(page).status_code == 404


def test_all_that_is_open_is_paid_at_once(organization: Organization) -> None:
    late, new = _account(organization)
    account = online.demo_account(organization)
    browser, page = _entered(organization, world.statement_of(organization, late.customer_id))
    form = {"account": account.pk, "currency": "NOK"}

    begun = browser.post(page + "pay/", form)

    assert begun.status_code == 302, begun.content.decode()[:2000]
    with builders.in_organization(organization):
        attempt = PaymentAttempt.objects.of(organization).get()
        assert attempt.amount == late.payable_amount + new.payable_amount - 250
        assert {part.receivable_id for part in attempt.parts.all()} == {late.receivable_id, new.receivable_id}
    waiting = browser.get(begun.headers["Location"])
    assert waiting.status_code in {200, 302}
    assert browser.post(page + "pay/", {**form, "currency": "EUR"}).status_code == 422


def test_everybody_with_something_open_gets_one(organization: Organization, owner: object, client_of: object) -> None:
    late, _new = _account(organization)
    unreached = builders.make_customer(organization, email="", name="Uten Adresse AS")
    builders.make_finalized_invoice(organization, unreached)
    builders.make_customer(organization, name="Skylder Intet AS")
    browser = client_of(owner)  # type: ignore[operator]
    address = reverse("invoicing:send_statements", args=[organization.slug])
    page = browser.get(address)
    assert "Uten Adresse AS" in page.content.decode()
    found = re.search(r'name="key" value="([0-9a-f]+)"', page.content.decode())
    assert found is not None

    for _twice in range(2):
        assert browser.post(address, {"key": found.group(1)}).status_code == 302
    builders.run_background()

    with builders.in_organization(organization):
        job = Job.objects.of(organization).get()
        [item] = JobItem.objects.of(organization).filter(job=job)
        assert (item.subject_id, item.state) == (late.customer_id, "complete")
    assert [mail.to for mail in world.mails(organization)] == [late.customer.email]


def test_the_staff_sends_one_and_copies_a_link(organization: Organization, owner: object, client_of: object) -> None:
    late, _new = _account(organization)
    browser = client_of(owner)  # type: ignore[operator]
    here = [organization.slug, late.customer_id]
    page = browser.get(reverse("invoicing:show_statement", args=here)).content.decode()
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found is not None
    form = {"key": found.group(1), "to": "kunde@havglott.example", "subject": "Hei", "body": "Se her."}

    refused = browser.post(reverse("invoicing:send_statement", args=here), {**form, "to": "ingen"})
    sent = browser.post(reverse("invoicing:send_statement", args=here), form)
    copied = browser.post(reverse("invoicing:copy_statement_link", args=here))
    builders.run_background()

    assert (refused.status_code, sent.status_code, copied.status_code) == (422, 302, 200)
    assert "/i/" in copied.content.decode()
    [mail] = world.mails(organization)
    assert (mail.to, mail.subject) == ("kunde@havglott.example", "Hei")
    with builders.in_organization(organization):
        assert CustomerPaper.objects.of(organization).count() == 1  # the same words
        assert PublicLink.objects.of(organization).filter(subject_kind="statement").count() == 2


def test_a_link_that_has_ended_is_renewed_by_the_statement_of_today(organization: Organization) -> None:
    late, _new = _account(organization)
    paper = world.statement_of(organization, late.customer_id)
    with builders.in_organization(organization):
        address = links.make_statement_link(
            organization, paper.pk, actor=builders.actor_of(organization), now=world.NOW - timedelta(days=900)
        )
    browser = visitor()

    assert browser.get(path_of(address)).status_code == 404
    assert browser.post(path_of(address)).status_code == 200
    builders.run_background()

    [mail] = world.mails(organization)
    assert mail.to == late.customer.email
    found = re.search(r"https?://\S+/i/[\w-]+/", mail.text)
    assert found is not None
    assert visitor().get(path_of(found.group(0)), follow=True).status_code == 200
