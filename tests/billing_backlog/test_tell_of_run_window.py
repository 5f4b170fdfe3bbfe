"""Before the window of a run closes, who is not finished is told, and the leader who is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing_backlog.actions import runs
from billing_backlog.actions.window_news import tell_of_windows
from billing_backlog.errors import RunIsNotReady
from billing_backlog.models import BacklogSettings
from billing_backlog.runs.basis import Sum
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Notice, Organization, User
from tests.billing_backlog.booking_rows import make_hall
from tests.billing_backlog.test_run_billing import make_facility, new_run
from tests.builders import actor_of, in_organization, make_member

pytestmark = pytest.mark.django_db
CLOSES = date(2026, 12, 9)


def notices(organization: Organization, person: User) -> list[tuple[str, str]]:
    with in_organization(organization):
        found = Notice.objects.filter(user=person).order_by("created_at", "id")
        return [(notice.kind, notice.facts["text"]) for notice in found]


def test_m_136_and_m_146_each_is_told_before_the_window_closes_and_on_its_last_day(
    organization: Organization, case_worker: User, accountant: User
) -> None:
    hall = make_hall(organization, case_worker=case_worker)
    hall.book()
    nobodys = make_facility(organization, "40", "Kaihallen")
    with in_organization(organization):
        BacklogSettings.objects.create(organization=organization, notice_days=2)
    run = new_run(organization, accountant, opens_on=date(2026, 12, 1), closes_on=CLOSES)

    def tell_at(day: date, hour: int) -> None:
        # Solvik keeps Oslo's time: an hour ahead of UTC in winter.
        with organization_context(organization.pk):
            for _every_hour_anew in range(2):
                tell_of_windows(organization, now=datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC))

    early = CLOSES - timedelta(days=2)
    for day, hour in ((early - timedelta(days=1), 9), (early, 5), (early + timedelta(days=1), 9)):
        tell_at(day, hour)
        assert notices(organization, case_worker) == []
    for hour in (6, 12, 22):
        tell_at(early, hour)
    mine = ("run.closing", "31 Solhallen")
    missing = ("run.missing", f"31 Solhallen ({case_worker}), 40 Kaihallen (–)")
    assert (notices(organization, case_worker), notices(organization, accountant)) == ([mine], [missing])

    with organization_context(organization.pk):
        runs.take_facility(
            organization, run.pk, nobodys.pk, actor=Actor.person(accountant), now=datetime(2026, 12, 8, tzinfo=UTC)
        )
    tell_at(CLOSES, 6)
    assert notices(organization, case_worker) == [mine, mine]
    assert [kind for kind, _text in notices(organization, accountant)] == ["run.missing", "run.closing", "run.missing"]


def test_m_157_a_case_is_taken_before_it_is_finished_and_approved(
    organization: Organization, case_worker: User, accountant: User
) -> None:
    hall = make_hall(organization, case_worker=case_worker)
    hall.book()
    run = new_run(organization, accountant)
    colleague = Actor.person(make_member(organization, "project_manager"))
    mine, now, control = Actor.person(case_worker), datetime(2026, 12, 2, tzinfo=UTC), Sum(1, Decimal(600))

    def finish(actor: Actor) -> None:
        runs.finish_facility(organization, run.pk, hall.facility.pk, control=control, actor=actor, now=now)

    with organization_context(organization.pk):
        with pytest.raises(RunIsNotReady, match="Take 31 Solhallen before you finish it"):
            finish(mine)  # the usual case worker, too
        runs.take_facility(organization, run.pk, hall.facility.pk, actor=mine, now=now)
        runs.take_facility(organization, run.pk, hall.facility.pk, actor=colleague, now=now)  # for an absent colleague
        with pytest.raises(RunIsNotReady, match="Take"):
            finish(mine)
        with pytest.raises(RunIsNotReady, match="Not finished yet: 31 Solhallen"):
            runs.freeze_run(organization, run.pk, actor=mine, now=now)
        with pytest.raises(RunIsNotReady, match="Freeze the basis before you approve it"):
            runs.approve_run(organization, run.pk, typed_name=run.name, actor=actor_of(organization), now=now)
        finish(colleague)
