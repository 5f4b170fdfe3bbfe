"""Work is billed by itself as was decided for its customer: not at all, collected, or finalized and sent (M-122)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_backlog.automation import (
    DEFAULT,
    Automation,
    OwnAutomation,
    Period,
    Posting,
    Timing,
    end_of_period,
    settle,
)
from billing_backlog.automation_words import sentence_of
from billing_backlog.models import BacklogItem, BillingAutomation, Proforma
from billing_backlog.queries.standing import standing_of
from invoicing.actions import draft_lines
from payments import queries as ledger
from tenants.models import AuditEntry, Notice, Organization, OutboxRow
from tests import builders
from tests.billing_backlog.automation_rows import TODAY, bill, decide, documents, done_work, withdraw
from tests.builders import in_organization, make_customer

CHOICES: tuple[list[Any], ...] = ([None, *Posting], [None, *Timing], [None, True, False], [None, *Period])


HOMELESS = {"organization_number": "", "street": "", "postal_code": "", "city": ""}


@pytest.mark.parametrize("company", [None, Automation(Posting.FINALIZE, Timing.NIGHT_BEFORE, False, Period.WEEK)])
def test_m_123_m_124_each_decision_of_a_customer_wins_by_itself_over_the_companys(company: Automation | None) -> None:
    """Each of the four falls back alone, in every combination (M-123, M-124); without any row nothing is made."""
    under = company or DEFAULT
    assert settle(None, company) == under
    for posting, timing, sends, period in product(*CHOICES):
        own = OwnAutomation(posting, timing, sends, period)
        expected = Automation(
            under.posting if posting is None else posting,
            under.timing if timing is None else timing,
            under.sends if sends is None else sends,
            under.period if period is None else period,
        )
        assert settle(own, company) == expected
    # M-128: what nobody has decided waits for the work to be done; M-125: and makes nothing.
    assert (DEFAULT.posting, DEFAULT.timing, DEFAULT.sends) == (Posting.NONE, Timing.DONE, True)


def test_m_126_a_period_ends_with_its_week_or_its_month_in_every_year() -> None:
    day = date(2023, 12, 1)
    while day < date(2025, 2, 1):
        week, month = end_of_period(day, Period.WEEK), end_of_period(day, Period.MONTH)
        assert week.weekday() == 6
        assert timedelta(0) <= week - day <= timedelta(days=6)
        assert (month.year, month.month) == (day.year, day.month)
        assert (month + timedelta(days=1)).day == 1
        day += timedelta(days=1)


@pytest.mark.django_db
def test_m_122_work_is_done_with_as_its_customer_has_decided(organization: Organization) -> None:
    """None, collected, finalized and sent, or not, with no hand in it (M-005, M-122, M-125, M-126, M-127, M-130)."""
    decide(organization)
    names = ("Ingen AS", "Samle AS", "Bokført AS", "Print AS")
    none, collecting, sent, printed = (make_customer(organization, name=name) for name in names)
    decide(organization, none, posting="none")
    decide(organization, collecting, posting="collect", sends=True)
    decide(organization, printed, sends=False)
    items = [done_work(organization, customer) for customer in (none, collecting, sent, printed)]

    bill(organization, *items)
    bill(organization, *items)  # twice is as good as once

    found = {document.customer.name: document for document in documents(organization)}
    assert set(found) == {"Samle AS", "Bokført AS", "Print AS"}  # M-125
    assert found["Samle AS"].is_draft  # M-126: booked by hand later
    assert [found[name].issue_date for name in ("Bokført AS", "Print AS")] == [TODAY, TODAY]  # M-127
    with in_organization(organization):
        dispatched = OutboxRow.objects.filter(kind="invoicing.dispatch_first").values_list("subject_id", flat=True)
        assert list(dispatched) == [found["Bokført AS"].pk]  # M-130
        assert set(Proforma.objects.values_list("made_by", flat=True)) == {"work_done"}
        assert BacklogItem.objects.get(pk=items[0].pk).ready_at is None
        assert not Notice.objects.exists()


@pytest.mark.django_db
def test_m_126_a_draft_collects_the_period_until_somebody_closes_it(organization: Organization) -> None:
    decide(organization, posting="collect")
    customer = make_customer(organization)
    first, second = done_work(organization, customer), done_work(organization, customer, day=TODAY - timedelta(days=9))
    bill(organization, first)
    bill(organization, second)
    bill(organization, first, second)
    [draft] = documents(organization)
    assert (draft.net_amount, draft.period_from, draft.period_to) == (Decimal(1600), second.day, TODAY)

    bill(organization, done_work(organization, customer, day=date(2026, 12, 1)), today=date(2026, 12, 1))
    november, december = documents(organization)
    assert (november.net_amount, december.net_amount) == (Decimal(1600), Decimal(800))
    decide(organization, customer, period="week")
    bill(organization, done_work(organization, customer, day=date(2026, 12, 2)), today=date(2026, 12, 2))
    assert [document.net_amount for document in documents(organization)] == [Decimal(1600), Decimal(800), Decimal(800)]

    builders.finalize_drafts(organization, [november.pk], today=TODAY)  # by hand: the next work begins another
    bill(organization, done_work(organization, customer, day=TODAY + timedelta(days=1)))
    assert len([document for document in documents(organization) if document.is_draft]) == 3


@pytest.mark.django_db
def test_a_customer_who_cannot_be_billed_keeps_the_draft_and_no_other_back(
    organization: Organization, owner: object, accountant: object
) -> None:
    decide(organization)
    nowhere = make_customer(organization, name="Uten Adresse", kind="consumer", **HOMELESS)
    unnamed = make_customer(organization, name="Uten Nummer AS", organization_number="", vat_number="")
    sound = make_customer(organization)
    items = [done_work(organization, customer) for customer in (nowhere, unnamed, sound)]
    bill(organization, *items)
    bill(organization, *items)

    found = {document.customer.name: document for document in documents(organization)}
    assert not found[sound.name].is_draft
    assert found[nowhere.name].is_draft
    assert unnamed.name not in found
    with in_organization(organization):
        notices = list(Notice.objects.filter(kind="billing.stuck").select_related("user"))
        assert {notice.user.email for notice in notices} == {
            "owner@nordlys.example",
            "accountant@nordlys.example",
        }
        told = {notice.facts["customer"]: notice.facts["reason"] for notice in notices}
    assert len(notices) == 4
    assert set(told) == {nowhere.name, unnamed.name}
    assert all(told.values())


@pytest.mark.django_db
def test_a_refusal_that_nobody_foresaw_keeps_no_other_customer_back(
    organization: Organization, owner: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft that is full refuses one customer's work; the others are collected all the same."""
    monkeypatch.setattr(draft_lines, "LINES_MAX", 1)
    decide(organization, posting="collect")
    full, sound = make_customer(organization, name="Full AS"), make_customer(organization)
    bill(organization, done_work(organization, full))
    bill(organization, done_work(organization, full), done_work(organization, sound))
    assert sorted(document.net_amount for document in documents(organization)) == [Decimal(800), Decimal(800)]
    with in_organization(organization):
        assert [notice.facts["customer"] for notice in Notice.objects.all()] == ["Full AS"]


@pytest.mark.django_db
def test_c8_what_is_withdrawn_leaves_its_draft_or_is_credited_and_nobody_owes_anything(
    organization: Organization,
) -> None:
    decide(organization, posting="collect")
    customer = make_customer(organization)
    one, other = done_work(organization, customer), done_work(organization, customer, text="Gulvbehandling")
    bill(organization, one, other)
    withdraw(organization, one)
    withdraw(organization, one)
    [draft] = documents(organization)
    assert [line.description for line in builders.lines_of(organization, draft)] == ["Gulvbehandling"]
    withdraw(organization, other)
    assert documents(organization) == []

    decide(organization, posting="finalize")
    kept, gone = done_work(organization, customer, text="Taktvask"), done_work(organization, customer, text="Fasade")
    bill(organization, kept, gone)
    for _time in range(2):
        withdraw(organization, gone, reason="Kunden er syk")
    invoice, note = documents(organization)
    assert (note.credits_id, note.is_draft, note.net_amount) == (invoice.pk, False, Decimal(800))
    assert note.credit_reason == "Kunden er syk"
    withdraw(organization, kept)
    assert invoice.receivable_id is not None
    with in_organization(organization):
        owed = ledger.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id].currency_amount
        sent = OutboxRow.objects.filter(kind="invoicing.dispatch_first").count()
        items = list(BacklogItem.objects.filter(pk__in=[kept.pk, gone.pk]))
        assert {item.pk: item.cancelled_reason for item in items} == {kept.pk: "Avlyst", gone.pk: "Kunden er syk"}
        assert {stand.billed for stand in standing_of(organization, items).values()} == {Decimal(0)}
    assert (owed, sent) == (Decimal(0), 3)


@pytest.mark.django_db
def test_m_123_m_124_the_settings_are_decided_on_their_page_and_told_on_the_customers(
    organization: Organization, other_organization: Organization, owner: Any, case_worker: Any, client_of: Any
) -> None:
    """Company and customer decide on the settings page; a lost race is told; the customer's page says what follows."""
    page = f"/{organization.slug}/settings/automation/"
    customer, foreign = make_customer(organization), make_customer(other_organization)
    owner.language = "en"
    owner.save()
    client = client_of(owner)
    told = {"posting": "finalize", "timing": "night_before", "sends": "no", "period": "month", "version": "0"}
    assert client.post(page, told).status_code == 302
    assert client.post(page, told | {"posting": "none"}).status_code == 422  # somebody has saved it meanwhile
    assert client.post(page, {"posting": "often", "version": "1"}).status_code == 422

    chosen = client.get(page + "choose/", {"customer": customer.name})
    own = f"{page}{customer.pk}/"
    assert chosen.headers["Location"] == own
    assert client.get(page + "choose/", {"customer": "Ingen Slik"}).status_code == 422
    follows = dict.fromkeys(("posting", "timing", "sends", "period"), "company")
    assert client.post(own, follows | {"posting": "collect", "version": "0"}).status_code == 302
    with in_organization(organization):
        rows = {row.customer_id: row.decided for row in BillingAutomation.objects.all()}
    assert rows == {
        None: OwnAutomation(Posting.FINALIZE, Timing.NIGHT_BEFORE, sends=False, period=Period.MONTH),
        customer.pk: OwnAutomation(posting=Posting.COLLECT),
    }
    panel = f"/{organization.slug}/customers/{customer.pk}/by-itself/"
    assert sentence_of(settle(rows[customer.pk], settle(rows[None], None))) in unescape(client.get(panel).text)
    assert customer.name in client.get(page).text

    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for number in range(8):
        decide(organization, make_customer(organization, name=f"Kunde {number}"), sends=True)
    with CaptureQueriesContext(connection) as many:
        client.get(page)
    assert len(many) == len(few) < 30

    assert client.post(own + "remove/").status_code == 302
    assert client.post(own + "remove/").status_code == 302
    assert client.post(own, follows | {"version": "0"}).status_code == 302  # nothing is decided: nothing is stored
    with in_organization(organization):
        assert not BillingAutomation.objects.filter(customer=customer).exists()
        verbs = AuditEntry.objects.filter(verb__startswith="automation.").values_list("verb", flat=True)
        assert sorted(verbs) == ["automation.changed", "automation.changed", "automation.removed"]
    assert client.get(f"{page}{foreign.pk}/").status_code == 404
    assert client_of(case_worker).get(page).status_code == 403
    assert client_of(case_worker).get(panel).status_code == 200
