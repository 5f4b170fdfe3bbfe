"""Subscriptions on their pages: started, shown, changed with a look at what comes, and told of to the customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_backlog.models import BillingAutomation, Subscription, SubscriptionPause, SubscriptionPrice
from invoicing.models import Invoice
from tenants.models import Organization, User
from tests import builders
from tests.billing_backlog.subscription_rows import now_of, subscribe
from tests.billing_backlog.test_charge_subscriptions import bills_by_itself, charge, invoices
from tests.builders import in_organization, make_customer

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _today_in_english(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now_of(TODAY))
    owner.language = "en"
    owner.save(update_fields=["language"])


def typed(**changes: str) -> dict[str, str]:
    """What somebody types for a subscription."""
    return {
        "customer": "Havgløtt", "name": "Drift", "text": "Drift og vakt", "quantity": "1", "unit_price": "499",
        "unit_code": "NAR", "currency": "NOK", "every": "1", "time_unit": "month", "timing": "advance",
        "starts_on": "2026-12-31", "periods_from": "", "product": "", "project": "", "vat_treatment": "",
        "revenue_account": "", **changes,
    }  # fmt: skip


def test_somebody_starts_changes_and_stops_a_subscription_and_sees_each_time_what_comes(
    organization: Organization, owner: User, client_of: SignIn, case_worker: User
) -> None:
    customer = make_customer(organization, name="Havgløtt AS")
    browser = client_of(owner)
    base = f"/{organization.slug}/subscriptions/"
    preview = browser.get(
        f"{base}new/", typed(preview="1", customer="", name="", text=""), headers={"HX-Request": "true"}
    )
    assert b"2027" in preview.content
    assert b"<html" not in preview.content
    answer = browser.post(f"{base}new/", typed(starts_on="2020-01-01"))
    assert answer.status_code == 422
    assert b"three years" in answer.content
    answer = browser.post(f"{base}new/", typed())
    with in_organization(organization):
        made = Subscription.objects.get()
    page = f"{base}{made.pk}/"
    assert (answer["Location"], made.due_on, made.customer_id) == (page, date(2026, 12, 31), customer.pk)
    assert b"Scheduled" in browser.get(page).content

    price = {"valid_from": "2027-01-16", "unit_price": "599", "quantity": "2", "reason": "Flere brukere"}
    told = browser.get(f"{page}price/", {**price, "preview": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert "of 31 days" in told
    assert browser.post(f"{page}price/", price)["Location"] == page
    pause = {"first_day": "2027-02-01", "last_day": "", "reason": "Ombygging"}
    browser.post(f"{page}pause/", pause)
    assert browser.post(f"{page}pause/", pause).status_code == 422
    browser.post(f"{page}resume/", {"from_day": "2027-03-01"})
    answer = browser.post(f"{page}stop/", {"when": "day", "last_day": "", "reason": "Flytter"})
    assert answer.status_code == 422
    browser.post(f"{page}stop/", {"when": "day", "last_day": "2027-06-30", "reason": "Flytter"})
    assert "Stops after" in browser.get(page).content.decode()
    browser.post(f"{page}keep/")
    with in_organization(organization):
        assert list(SubscriptionPrice.objects.order_by("valid_from").values_list("quantity", flat=True)) == [1, 2]
        assert SubscriptionPause.objects.get().last_day == date(2027, 2, 28)
        assert Subscription.objects.get().stops_on is None

    browser.post(f"{page}draft/")
    with in_organization(organization):
        draft = Invoice.objects.get()
    assert "Drift" in browser.get(f"/{organization.slug}/invoices/{draft.pk}/edit/", follow=True).content.decode()
    worker = client_of(case_worker)
    assert worker.get(page).status_code == 200
    assert worker.post(f"{page}stop/", {"when": "period", "reason": "x"}).status_code == 403


def test_the_list_tells_states_and_what_a_month_comes_to_in_as_many_statements_for_many(
    organization: Organization, owner: User, client_of: SignIn
) -> None:
    customer = make_customer(organization, name="Havgløtt AS")
    subscribe(organization, customer, name="Måned", starts_on=date(2026, 11, 1), unit_price=Decimal(300))
    browser, address = client_of(owner), f"/{organization.slug}/subscriptions/"
    browser.get(address)
    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    subscribe(
        organization, customer, name="Uke", starts_on=date(2026, 11, 2), unit_price=Decimal(120), time_unit="week"
    )
    subscribe(organization, customer, name="Euro", starts_on=date(2026, 11, 1), currency="EUR", every=12)
    subscribe(organization, customer, name="Senere", starts_on=date(2027, 1, 1))
    with CaptureQueriesContext(connection) as many:
        text = browser.get(address).content.decode()
    assert len(many) <= len(few) < 30
    # 300 a month and 120 a week, which is 520 a month; 499 euro a year.
    assert "820.00" in text
    assert "41.58" in text
    scheduled = browser.get(address, {"state": "scheduled"}).content.decode()
    assert "Senere" in scheduled
    assert "Måned" not in scheduled


def test_m_108_and_m_118_an_invoice_leads_to_its_subscription_and_its_customer_sees_what_comes(
    organization: Organization, owner: User, client_of: SignIn, other_organization: Organization
) -> None:
    bills_by_itself(organization)
    customer = make_customer(organization, name="Havgløtt AS")
    subscription = subscribe(organization, customer, starts_on=date(2026, 11, 22))
    assert charge(organization, "2026-11-22") == 1
    [invoice] = invoices(organization)
    browser = client_of(owner)
    page = browser.get(f"/{organization.slug}/subscriptions/{subscription.pk}/").content.decode()
    assert str(invoice.number) in page
    panel = browser.get(f"/{organization.slug}/invoices/{invoice.pk}/subscription/").content.decode()
    assert f"/subscriptions/{subscription.pk}/" in panel

    reader = Client()
    shown = reader.get(builders.make_link(organization, invoice), follow=True)
    link = shown.request["PATH_INFO"]
    assert f"{link}charges/" in shown.content.decode()
    told = reader.get(f"{link}charges/?lang=en", headers={"HX-Request": "true"}).content.decode()
    assert "On this invoice" in told
    assert told.count("499") == 6
    assert "2027" in told
    assert "<html" not in told
    assert "<html" in reader.get(f"{link}charges/").content.decode()
    assert Client().get(f"{link}charges/").status_code == 404
    with in_organization(organization):
        assert BillingAutomation.objects.count() == 1
