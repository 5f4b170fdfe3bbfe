"""The figures of the law: shown with their source, missed aloud, and entered by the operator alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from reminders.actions.figures import tell_missing_figures
from reminders.law import current_law
from reminders.missing import ending_rates, missing_rates
from tenants.models import Notice
from tests import databases
from tests.builders import in_organization
from tests.committed_world import database_name
from tests.reminders.dunning_rows import owing
from tests.reminders.product_law import PRODUCT_LAW

RATE = {"country": "DK", "kind": "late_interest_pct_pa", "unit": "percent p.a.", "by": "Drift"}


@pytest.fixture
def entered() -> Iterator[None]:
    """What is entered is committed by another login, and taken back after the test."""
    yield
    with databases.superuser(database_name()) as session:
        session.execute("DELETE FROM tenants_lawfigure WHERE entered_by <> ''")
        session.execute(
            "UPDATE tenants_lawfigure SET valid_to = NULL"
            " WHERE country = 'NO' AND kind = 'reminder_fee_max' AND valid_from = '2026-01-01'"
        )


def enter(**options: Any) -> dict[str, Any]:
    told = StringIO()
    call_command("enter_law_figure", json=True, stdout=told, **options)
    answer: dict[str, Any] = json.loads(told.getvalue())
    return answer


def test_a_rate_that_has_ended_is_missed_and_one_that_will_is_told_a_month_before() -> None:
    assert [
        (each.country, each.since, each.until) for each in missing_rates(PRODUCT_LAW, ["DK", "NO"], date(2026, 11, 22))
    ] == [("DK", date(2026, 7, 1), date(2027, 1, 1))]
    assert ending_rates(PRODUCT_LAW, date(2026, 11, 22)) == []
    assert {each.country for each in ending_rates(PRODUCT_LAW, date(2026, 12, 10))} == {"NO", "SE"}
    assert {each.country for each in missing_rates(PRODUCT_LAW, ["NO", "SE"], date(2027, 1, 1))} == {"NO", "SE"}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_operator_enters_what_is_missing_and_every_page_knows(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client], entered: None
) -> None:
    owing(organization, kind="business", country="DK", amount=900)
    today = date(2026, 11, 22)
    for _twice in range(2):
        with in_organization(organization):
            assert tell_missing_figures(organization, today=today) == 1
    with in_organization(organization):
        told = Notice.objects.of(organization).filter(kind="law_figure.missing")
        assert [(each.user_id, each.facts["country"]) for each in told] == [(owner.pk, "DK")]
    page = client_of(auditor).get(f"/{organization.slug}/reminders/law/").content.decode()
    assert "enter_law_figure --country DK" in page
    assert "LOV-2026-05-22-19" in page

    day, end = date(2026, 7, 1), date(2027, 1, 1)
    with pytest.raises(CommandError):
        enter(**RATE, valid_from=day, valid_to=end, value=Decimal("9.60"), source=" ")
    with pytest.raises(CommandError):
        enter(**RATE, valid_from=date(2026, 6, 1), valid_to=end, value=Decimal("9.60"), source="Nationalbanken")
    with pytest.raises(CommandError):
        enter(**RATE | {"kind": "luck"}, valid_from=day, value=Decimal(1), source="Nationalbanken")
    answer = enter(**RATE, valid_from=day, valid_to=end, value=Decimal("9.06"), source="Nationalbanken")
    assert (answer["closed"], answer["entered"]["debtor"]) == (None, "any")
    with pytest.raises(CommandError):  # once is enough, and a slip of the pen is replaced
        enter(**RATE, valid_from=day, valid_to=end, value=Decimal("9.60"), source="Nationalbanken")
    enter(**RATE, valid_from=day, valid_to=end, value=Decimal("9.60"), source="Nationalbanken", replace=True)
    assert current_law().value("DK", "late_interest_pct_pa", today) == Decimal("9.60")
    with in_organization(organization):
        assert tell_missing_figures(organization, today=today) == 0

    # An open figure ends where the next begins, and the act of 2026 has its day.
    fee = {"country": "NO", "kind": "reminder_fee_max", "by": "Drift", "source": "FOR-2026"}
    closed = enter(**fee, valid_from=end, value=Decimal(40))["closed"]
    assert (closed["value"], closed["to"]) == ("38.0000", "2027-01-01")
    assert current_law().value("NO", "reminder_fee_max", date(2026, 12, 31)) == 38
    act = {"country": "NO", "kind": "new_debt_collection_act", "by": "Drift", "source": "Kgl. res."}
    enter(**act, valid_from=end, value=Decimal(1))
    assert (current_law().is_new_act(date(2026, 12, 31)), current_law().is_new_act(end)) == (False, True)
    page = client_of(owner).get(f"/{organization.slug}/reminders/law/").content.decode()
    assert "enter_law_figure" not in page
    assert "Drift" in page
