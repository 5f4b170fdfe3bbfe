"""Work of the demo companies: the month before last billed, the last one taken from its files and partly judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from billing_backlog.actions.billing_told_visits import bill_told_visits
from billing_backlog.actions.confirming import Decisions, confirm_proforma
from billing_backlog.actions.proformas import Making, make_proformas
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.run_generating import generate_batch
from billing_backlog.actions.runs import answer_differences, approve_run, freeze_run, open_run, take_facility
from billing_backlog.actions.runs import finish_facility as finish
from billing_backlog.importing.running import import_at_once
from billing_backlog.models import BacklogItem, BillingRun, MadeBy, RunScope
from billing_backlog.queries import runs as run_queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.runs.basis import control_sheet
from config.demo.people import DemoPeople
from config.demo.work import CLEANERS, MUNICIPALITY, keep_files, plan_tomorrow, set_up_work, source_files_of
from foundation.dates import add_months, month_end
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

FINISHED_HALLS = 3
CHUNK = 500


def make_backlog(organization: Organization, people: DemoPeople, *, folder: Path, months: int = 2) -> None:
    """Two months of work out of the companies' files, or only the first; a company that has any stays as it is."""
    with organization_context(organization.pk):
        with read_only():
            is_there = BacklogItem.objects.of(organization).exists()
        if is_there:
            return
        today, now = local_today(organization), timezone.now()
        set_up_work(organization, people, today=today, now=now)
        last = add_months(today.replace(day=1), -1)
        first = last if organization.slug == CLEANERS else add_months(last, -1)  # who bills by itself bills at once
        for month in sorted({first, last})[:months]:
            ids = take_month(organization, people, month, folder=folder)
            if organization.slug == CLEANERS:
                bill_told_visits(organization, today=today, now=now)
            elif organization.slug == MUNICIPALITY:
                _let(organization, people, ids, month, today=today, now=now, is_last=month == last)
            elif month == last:
                _judge(organization, people, [key for place, key in enumerate(ids) if place % 3], now)
            else:
                _bill_projects(organization, people, ids, month, today=today, now=now)
        if organization.slug == CLEANERS:
            plan_tomorrow(organization, people, today=today, now=now)


def take_month(organization: Organization, people: DemoPeople, month: date, *, folder: Path) -> list[UUID]:
    """Take in what the company's systems tell of a month, and keep the files; the items in the order of their days."""
    told = source_files_of(organization, month)
    keep_files(folder / organization.slug, told)
    for file in told:
        import_at_once(organization, file.content, file.request, actor=people.case_worker, is_rehearsal=False)
    with read_only():
        items = BacklogItem.objects.of(organization).filter(day__range=(month, month_end(month)))
        return list(items.order_by("day", "id").values_list("pk", flat=True))


def _judge(organization: Organization, people: DemoPeople, ids: Sequence[UUID], now: datetime) -> list[UUID]:
    ready: list[UUID] = []
    for start in range(0, len(ids), CHUNK):
        marked = mark_ready(organization, ids[start : start + CHUNK], actor=people.project_manager, now=now)
        ready += [item.pk for item in marked.done]
    return ready


def _bill_projects(
    organization: Organization, people: DemoPeople, ids: Sequence[UUID], month: date, *, today: date, now: datetime
) -> None:
    """As the schedule does it; the project manager has confirmed all drafts but the last."""
    ready = _judge(organization, people, ids, now)
    making = Making(made_by=MadeBy.SCHEDULE, cut_off=month_end(month))
    made = make_proformas(organization, ready, making=making, actor=people.project_manager, today=today, now=now)
    for proforma in made[:-1]:
        confirm_proforma(
            organization,
            proforma.invoice_id,
            decisions=Decisions(),
            actor=people.project_manager,
            today=today,
            now=now,
        )


def _let(
    organization: Organization,
    people: DemoPeople,
    ids: Sequence[UUID],
    month: date,
    *,
    today: date,
    now: datetime,
    is_last: bool,
) -> None:
    """The month before last is billed by a run; the last one is being prepared."""
    _judge(organization, people, ids, now)
    run = BillingRun(
        name=f"Utleie {month:%m.%Y}",
        scope=RunScope.FACILITIES,
        period_from=month,
        until=month_end(month),
        opens_on=add_months(month, 1),
        closes_on=add_months(month, 1).replace(day=9),
        needs_second_person=True,
    )
    run = open_run(organization, run, actor=people.case_worker, now=now)
    _prepare(organization, people, run, now, is_last=is_last)
    if not is_last:
        _bill(organization, people, run, today, now)


def _prepare(organization: Organization, people: DemoPeople, run: BillingRun, now: datetime, *, is_last: bool) -> None:
    actor = people.case_worker
    with read_only():
        places = run_queries.facilities_of(organization, run)
        rows = [each.row for each in run_queries.candidates(organization, run) if each.obstacle in {"", "held"}]
    for place in places[:FINISHED_HALLS] if is_last else places:
        take_facility(organization, run.pk, place.facility_id, actor=actor, now=now)
        control = control_sheet(row for row in rows if row.source == str(place.facility)).total
        finish(organization, run.pk, place.facility_id, control=control, actor=actor, now=now)


def _bill(organization: Organization, people: DemoPeople, run: BillingRun, today: date, now: datetime) -> None:
    with read_only():
        keys = [each.key for each in rehearse_run(organization, run).unanswered]
    answer_differences(organization, run.pk, keys, explanation="Første kjøring", actor=people.case_worker)
    freeze_run(organization, run.pk, actor=people.case_worker, now=now)
    approve_run(organization, run.pk, typed_name=run.name, actor=people.accountant, now=now)
    while generate_batch(organization, run.pk, actor=people.accountant, today=today, now=now):
        pass
