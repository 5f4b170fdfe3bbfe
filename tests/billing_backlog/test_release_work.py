"""The accountant's journal: approved work is reviewed, changed in bulk and released before anybody can bill it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing_backlog.actions.ready import mark_ready
from billing_backlog.models import BacklogItem, BacklogSettings
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.billing_backlog.test_approve_work import led_by
from tests.builders import in_organization, take_work, work

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def journal(organization: Organization) -> Organization:
    """The organization's accountant releases what is approved, and sorts it by department."""
    with in_organization(organization):
        BacklogSettings.objects.create(organization=organization, uses_journal=True, dimension_names=["Avdeling"])
    return organization


def ready(organization: Organization, *items: BacklogItem) -> list[Any]:
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        return mark_ready(organization, [item.pk for item in items], actor=actor, now=timezone.now()).done


def stored(organization: Organization) -> list[BacklogItem]:
    with in_organization(organization):
        return list(BacklogItem.objects.order_by("id"))


def test_m_025_and_m_061_work_is_reviewed_and_released_in_bulk(
    journal: Organization, accountant: User, project_manager: User, client_of: SignIn
) -> None:
    line = led_by(journal, project_manager)
    items = take_work(journal, work(line), work(line, text="Rapport"), work(line, text="Møte", quantity=Decimal(1)))
    ids = [str(item.pk) for item in items]
    assert ready(journal, *items) == []  # nobody has released it
    assert client_of(project_manager).get("/nordlys/journal/").status_code == 403
    browser = client_of(accountant)
    page = browser.get("/nordlys/journal/", {"q": "Rapport"}).content.decode()
    assert (ids[1] in page, ids[0] in page) == (True, False)

    review = {"id": ids[:2], "vat_treatment": "exempt", "revenue_account": "3100", "dimension_0": "20"}
    assert browser.post("/nordlys/journal/review/", {"id": ids[0], "revenue_account": "tre"}).status_code == 422
    assert browser.post("/nordlys/journal/review/", {"id": ids[0]}).status_code == 422  # nothing is decided
    assert browser.post("/nordlys/journal/review/", review).status_code == 302
    first, second, third = stored(journal)
    assert {(item.vat_treatment, item.revenue_account, item.dimensions["Avdeling"]) for item in (first, second)} == {
        ("exempt", "3100", "20")
    }
    assert (third.revenue_account, third.dimensions) == ("3000", {"project": "2204"})
    browser.post("/nordlys/journal/review/", {"id": ids[0], "accounting_date": "2026-10-31", "dimension_0": "-"})
    for _twice in range(2):
        assert browser.post("/nordlys/journal/release/", {"id": ids[:2]}).status_code == 302

    first, second, third = stored(journal)
    assert [item.released_at is not None for item in (first, second, third)] == [True, True, False]
    assert (first.accounting_date, second.accounting_date) == (date(2026, 10, 31), local_today(journal))
    assert "Avdeling" not in first.dimensions
    assert ready(journal, first, second) == [first, second]
    builders.make_proformas_of(journal, [first, second])
    refused = browser.post("/nordlys/journal/review/", {"id": ids, "revenue_account": "3200"})
    assert refused.status_code == 422  # two stand on a draft: nothing is changed
    assert {item.revenue_account for item in stored(journal)} == {"3100", "3000"}
    browser.post("/nordlys/journal/release/", {"all": "1", "asked_q": "Møte"})
    assert stored(journal)[2].released_at is not None
    assert [str(key) in browser.get("/nordlys/journal/?show=released").content.decode() for key in ids] == [
        False, False, True,
    ]  # fmt: skip


def test_the_journal_is_ones_own_and_asks_as_much_for_one_as_for_many(
    journal: Organization, other_organization: Organization, owner: User, stranger: User, client_of: SignIn
) -> None:
    line = led_by(journal, owner)
    [item] = take_work(journal, work(line))
    [theirs] = take_work(other_organization, work(led_by(other_organization, stranger)))
    browser = client_of(owner)
    assert browser.post("/nordlys/journal/release/", {"id": theirs.pk}).status_code == 404
    assert browser.post("/fremmed/journal/release/", {"id": item.pk}).status_code == 404

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert browser.get("/nordlys/journal/").status_code == 200
        return len(questions)

    asked()
    alone = asked()
    take_work(journal, *[work(line, text=f"Befaring {number}") for number in range(8)])
    assert asked() == alone < 30
