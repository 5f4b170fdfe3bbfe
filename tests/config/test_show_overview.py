"""The way in and the start page: what waits first, then money, then the latest documents."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_backlog.models import BacklogSettings
from tenants.clock import local_today
from tenants.models import Membership
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments.bank_rows import camt, take


def test_it_shows_what_waits_and_what_is_owed(organization: Any, auditor: Any, client_of: Any) -> None:
    builders.make_draft(organization)
    invoice = builders.make_finalized_invoice(organization)
    page = client_of(auditor).get("/nordlys/")
    assert page.context["waiting"].drafts == 1
    assert page.context["waiting"].documents_under_way == 1
    money = page.context["money"]
    assert (money.currency, money.open_amount, money.open_count) == ("NOK", invoice.payable_amount, 1)
    assert [document.number for document in page.context["documents"]] == [invoice.number]
    builders.run_background()
    assert client_of(auditor).get("/nordlys/").context["waiting"].documents_under_way == 0


def test_a_credit_reduces_what_is_owed(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    money = client_of(owner).get("/nordlys/").context["money"]
    assert (money.open_amount, money.open_count) == (Decimal("0.00"), 0)


def test_other_organizations_are_not_summed(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    builders.make_finalized_invoice(other_organization)
    page = client_of(owner).get("/nordlys/")
    assert (page.context["money"].open_count, page.context["documents"]) == (0, [])
    assert client_of(stranger).get("/nordlys/").status_code == 404


def test_home_leads_to_the_organization_that_was_open_last(
    organization: Any, other_organization: Any, owner: Any, client_of: Any, client: Any
) -> None:
    with builders.in_organization(other_organization):
        Membership.objects.create(organization=other_organization, user=owner, role="auditor")
    signed_in = client_of(owner)
    assert signed_in.get("/")["Location"] == "/fremmed/"
    signed_in.get("/nordlys/")
    assert signed_in.get("/")["Location"] == "/nordlys/"
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_the_frame_names_places_by_role_and_marks_the_open_one(
    organization: Any, owner: Any, case_worker: Any, client_of: Any
) -> None:
    builders.make_draft(organization)

    def items(user: Any, path: str) -> dict[str, bool]:
        groups = client_of(user).get(path).context["navigation"]
        return {item["url"]: item["current"] for group in groups for item in group["items"]}

    found = items(owner, "/nordlys/customers/new/")
    assert [url for url, is_current in found.items() if is_current] == ["/nordlys/customers/"]
    assert "/nordlys/settings/" in found
    assert "/nordlys/settings/" not in items(case_worker, "/nordlys/customers/")
    groups = client_of(owner).get("/nordlys/").context["navigation"]
    counts = {item["url"]: item["count"] for group in groups for item in group["items"]}
    assert counts["/nordlys/invoices/"] == "1"


def test_bank_movements_that_wait_are_counted_and_led_to(
    organization: Any, owner: Any, case_worker: Any, client_of: Any
) -> None:
    take(organization, camt([Paid("", "812.00", text="Hei", day=builders.TODAY)]))
    page = client_of(owner).get("/nordlys/")
    counts = {item["url"]: item["count"] for group in page.context["navigation"] for item in group["items"]}
    assert counts["/nordlys/payments/"] == "1"
    assert 'href="/nordlys/payments/bank/"' in page.content.decode()
    assert 'href="/nordlys/payments/bank/"' not in client_of(case_worker).get("/nordlys/").content.decode()


def test_the_number_of_questions_does_not_grow(organization: Any, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    builders.make_finalized_invoice(organization)
    client.get("/nordlys/")
    with CaptureQueriesContext(connection) as few:
        client.get("/nordlys/")
    for _number in range(5):
        builders.make_finalized_invoice(organization)
        builders.make_draft(organization)
    with CaptureQueriesContext(connection) as many:
        client.get("/nordlys/")
    assert len(many) == len(few) < 30


def test_what_is_overdue_costs_no_question_too_many(organization: Any, owner: Any, client_of: Any) -> None:
    long_ago = local_today(organization) - timedelta(days=60)
    builders.make_finalized_invoice(organization, today=long_ago)
    client = client_of(owner)
    client.get("/nordlys/")
    with CaptureQueriesContext(connection) as questions:
        assert client.get("/nordlys/").context["money"].overdue_count == 1
    assert len(questions) < 30


def test_pages_before_sign_in_ask_the_database_nothing_about_the_frame(client: Any, db: None) -> None:
    client.get("/accounts/login/")
    with CaptureQueriesContext(connection) as questions:
        assert client.get("/accounts/login/").status_code == 200
    assert len(questions) == 0


def test_only_the_kinds_of_work_that_are_billed_stand_in_the_navigation(
    organization: Any, owner: Any, client_of: Any
) -> None:
    client = client_of(owner)

    def places() -> set[str]:
        groups = client.get("/nordlys/").context["navigation"]
        return {item["url"].removeprefix("/nordlys/") for group in groups for item in group["items"]}

    assert places() >= {"hours/", "projects/"}
    assert not places() & {"visits/", "bookings/", "subscriptions/"}
    with builders.in_organization(organization):
        BacklogSettings.objects.create(organization=organization, bills_projects=False, bills_visits=True)
    assert "visits/" in places()
    assert not places() & {"hours/", "projects/", "bookings/", "subscriptions/"}
    open_page = client.get("/nordlys/projects/").context["navigation"]
    assert [item["url"] for group in open_page for item in group["items"] if item["current"]] == ["/nordlys/projects/"]
