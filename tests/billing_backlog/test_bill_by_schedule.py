"""Contracts are billed on the days of their schedules: each date once, what is ready, one draft for each customer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing_backlog.actions.confirming_many import start_confirming
from billing_backlog.actions.schedules import dates_of, retry_schedule, run_due_schedules
from billing_backlog.models import Contract, ContractLine, Proforma, ScheduleRun
from billing_backlog.queries.proformas import in_state, visible_proformas
from customers.models import Customer
from tenants.context import organization_context
from tenants.models import JobItem, Organization
from tests import builders
from tests.builders import in_organization, make_contract_line, take_work, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
FIRST = date(2026, 12, 1)


def scheduled(organization: Organization, **changes: Any) -> ContractLine:
    """A contract line billed on the first of each month, of a contract that was there in good time."""
    line = make_contract_line(organization, frequency="monthly", schedule_day=1, **changes)
    with in_organization(organization):
        Contract.objects.filter(pk=line.contract_id).update(created_at=NOW - timedelta(days=60))
    line.contract.created_at = NOW - timedelta(days=60)
    return line


def run(organization: Organization, day: date = FIRST) -> int:
    with organization_context(organization.pk):
        return run_due_schedules(organization, today=day, now=NOW)


def runs(organization: Organization) -> list[tuple[date, str, int]]:
    with in_organization(organization):
        return list(ScheduleRun.objects.order_by("run_date").values_list("run_date", "state", "drafts"))


def test_m_005_m_030_m_035_m_036_m_038_a_run_date_is_billed_once_through_the_day_before(
    organization: Organization,
) -> None:
    other = builders.make_customer(organization, name="Sørhavn AS")
    nord = builders.make_customer(organization)
    project = builders.make_project(organization, nord)
    line = scheduled(organization, project=project, shares={nord: "60", other: "40"})
    november, december = work(line, day=date(2026, 11, 30)), work(line, day=FIRST)
    take_work(organization, november, december, ready=True)
    take_work(organization, work(line, day=date(2026, 11, 12), text="Ikke vurdert"))

    assert run(organization) == 2  # the first of November, with nothing to bill, and the first of December
    assert run(organization) == 0

    assert runs(organization) == [(date(2026, 11, 1), "successful", 0), (FIRST, "successful", 2)]
    with in_organization(organization):
        made = list(visible_proformas(organization, None))
        waiting = in_state(visible_proformas(organization, None), "waiting").count()
    assert {proforma.invoice.customer_id for proforma in made} == {nord.pk, other.pk}
    assert {(proforma.made_by, proforma.cut_off) for proforma in made} == {("schedule", date(2026, 11, 30))}
    assert waiting == 2
    assert sum(proforma.invoice.net_amount for proforma in made) == Decimal(2500)


def test_m_035_a_run_that_fails_says_why_keeps_no_other_back_and_is_tried_again(organization: Organization) -> None:
    line = scheduled(organization)
    sound = scheduled(organization, project=builders.make_project(organization, number="2205"))
    [item, _other] = take_work(
        organization, work(line, day=date(2026, 11, 30)), work(sound, day=date(2026, 11, 30)), ready=True
    )
    with in_organization(organization):
        Customer.objects.filter(pk=item.customer_id).update(organization_number="", vat_number="")
    run(organization)

    with in_organization(organization):
        [failed] = ScheduleRun.objects.filter(state="failed")
        assert Proforma.objects.filter(contract_id=sound.contract_id).count() == 1
        assert item.customer.name in failed.reason
        Customer.objects.filter(pk=item.customer_id).update(organization_number="923609016")
    assert run(organization) == 0
    with organization_context(organization.pk):
        again = retry_schedule(organization, failed.pk, actor=builders.actor_of(organization), today=FIRST, now=NOW)
    assert (again.state, again.drafts, again.reason) == ("successful", 1, "")


def test_a_contract_is_billed_on_the_first_date_after_its_end_and_never_for_the_time_before_it_was_there(
    organization: Organization,
) -> None:
    line = scheduled(organization)
    line.ended_on = date(2026, 11, 20)
    dates = dates_of(line, since=date(2026, 10, 15), until=date(2027, 3, 1))
    assert dates == [date(2026, 11, 1), FIRST]
    fresh = make_contract_line(
        organization, builders.make_project(organization, number="2206"), frequency="weekly", schedule_day=1
    )
    assert fresh.contract.created_at.date() > date(2026, 1, 1)
    with in_organization(organization):
        Contract.objects.filter(pk=fresh.contract_id).update(created_at=NOW)
        Contract.objects.filter(pk=line.contract_id).update(ends_on=date(2026, 3, 1))
    assert run(organization, date(2026, 12, 8)) == 1
    assert [day for day, _state, _drafts in runs(organization)] == [date(2026, 12, 7)]


def test_m_056_many_drafts_are_confirmed_in_a_job_with_a_result_for_each(organization: Organization) -> None:
    line = scheduled(organization)
    others = [scheduled(organization, project=builders.make_project(organization, number=f"23{n}")) for n in range(3)]
    take_work(organization, *[work(each, day=date(2026, 11, 30)) for each in (line, *others)], ready=True)
    run(organization)
    with in_organization(organization):
        chosen = list(visible_proformas(organization, None))
    with organization_context(organization.pk):
        job = start_confirming(organization, chosen, actor=builders.actor_of(organization), key="k")
        assert start_confirming(organization, chosen, actor=builders.actor_of(organization), key="k").pk == job.pk
    with in_organization(organization):
        chosen[0].invoice.delete()

    builders.run_background()

    with in_organization(organization):
        states = JobItem.objects.filter(job_id=job.pk).order_by("position").values_list("state", flat=True)
        assert sorted(states) == ["complete", "complete", "complete", "failed"]
        assert in_state(visible_proformas(organization, None), "confirmed").count() == 3
