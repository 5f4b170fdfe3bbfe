"""Settings of reminders, another plan for one customer or claim, or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from reminders.models import PlanChoice, ReminderSettings
from tests import builders
from tests.builders import in_organization
from tests.reminders.dunning_rows import DUE, owing, steps, turn_on, walk
from tests.reminders.plan_rows import own_plan

pytestmark = pytest.mark.django_db(databases=["default", "backup"])


def test_settings_are_stored_on_the_first_save_and_not_over_somebody_else(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    client, page = client_of(owner), f"/{organization.slug}/reminders/settings/"
    assert client.get(page).status_code == 200
    form = {"is_on": "on", "hour": "9", "minimum": "100", "bank_days_max": "3", "version": "0"}
    assert client.post(page, form | {"hour": "24"}).status_code == 422
    assert client.post(page, form).status_code == 302
    with in_organization(organization):
        row = ReminderSettings.objects.get()
    assert (row.is_on, row.hour, row.minimum, row.bank_days_max) == (True, 9, Decimal(100), 3)
    assert client.post(page, form | {"hour": "5"}).status_code == 422  # it was opened before it was stored
    assert client.post(page, form | {"version": str(row.version), "bank_days_max": ""}).status_code == 302
    with in_organization(organization):
        assert ReminderSettings.objects.get().bank_days_max is None
    assert client_of(auditor).post(page, form).status_code == 403


def test_one_customer_and_one_claim_have_their_own_way(
    organization: Any, owner: Any, case_worker: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    turn_on(organization)
    for_business = own_plan(organization, debtor="business")
    with in_organization(organization):
        level = for_business.levels.get(position=3)
        level.wants_compensation = True
        level.save()
    first, second = owing(organization), owing(organization)
    with in_organization(organization):
        customer = first.customer
    client, base = client_of(owner), f"/{organization.slug}/reminders"
    of_customer = f"{base}/customers/{customer.pk}/choice/"
    of_claim = f"{base}/claims/{second.receivable_id}/choice/"

    # Compensation is not owed by a consumer: the plan does not fit, and the paragraph is told.
    unfit = client.post(of_customer, {"plan": str(for_business.pk)})
    assert (unfit.status_code, "§ 3 a" in unfit.content.decode()) == (422, True)
    assert client.post(of_customer, {"is_stopped": "on"}).status_code == 422  # why?
    assert client.post(of_customer, {"is_stopped": "on", "reason": "Avtalt"}).status_code == 302
    assert client.post(of_claim, {"is_stopped": "on", "reason": "Under avklaring"}).status_code == 302
    assert walk(organization, DUE + timedelta(days=1), DUE + timedelta(days=10)) == []
    assert client.post(of_customer, {"consolidates": "yes"}).status_code == 302
    assert client.post(of_claim, {}).status_code == 302
    with in_organization(organization):
        [choice] = PlanChoice.objects.of(organization)
        assert (choice.customer_id, choice.consolidates, choice.is_stopped) == (customer.pk, True, False)
    assert walk(organization, DUE + timedelta(days=11), DUE + timedelta(days=11)) != []
    assert {step.state for step in steps(organization, second.receivable_id)} == {"sent"}

    mild = own_plan(organization, debtor="consumer")
    assert client.post(of_claim, {"plan": str(mild.pk)}).status_code == 302
    kept = client.post(f"{base}/plans/{mild.pk}/archive/", follow=True)
    assert "1" in kept.content.decode()
    with in_organization(organization):
        mild.refresh_from_db()
        assert mild.archived_at is None
    assert client_of(case_worker).post(of_claim, {}).status_code == 403
    assert client_of(stranger).get(of_customer).status_code == 404
    foreign = builders.make_customer(organization)
    assert client.get(f"{base}/claims/{foreign.pk}/choice/").status_code == 404
