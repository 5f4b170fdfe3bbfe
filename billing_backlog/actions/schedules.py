"""Billing contracts by their schedules: each run date once, however many schedulers there are (M-035, M-036, M-038)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.actions.choosing import Plan, draft_items
from billing_backlog.actions.proformas import group_items
from billing_backlog.actions.recurring import charge_recurring_lines
from billing_backlog.billing_methods import cut_off, run_dates
from billing_backlog.errors import ScheduleWasRun
from billing_backlog.models import BacklogItem, Contract, ContractLine, MadeBy, ScheduleRun, ScheduleState
from billing_backlog.queries.proformas import ready_items
from billing_backlog.queries.schedules import contracts_with_schedule, runs_since
from foundation.errors import DomainError
from foundation.transactions import read_only
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

logger = logging.getLogger(__name__)

LATE_MAX = timedelta(days=31)  # a run date that nobody ran for longer is past; its work goes with the next
REASON_LENGTH_MAX = 300


def run_due_schedules(organization: Organization, *, today: date, now: datetime) -> int:
    """Run what is due in one organization, each contract's date in a transaction of its own; how many were run.

    A contract that cannot be billed is told as failed with its reason and keeps no other back.
    """
    with read_only():
        due = due_runs(organization, today=today)
    done = 0
    for contract_id, day in due:
        done += run_schedule(organization, contract_id, day, today=today, now=now)
    return done


def due_runs(organization: Organization, *, today: date) -> list[tuple[UUID, date]]:
    """The contracts and run dates through today that were not run yet, earliest first."""
    earliest = today - LATE_MAX
    lines = contracts_with_schedule(organization)
    ran = runs_since(organization, earliest)
    due = {
        (day, line.contract_id)
        for line in lines
        for day in dates_of(line, since=earliest, until=today)
        if day >= line.contract.created_at.date() and ran.get((line.contract_id, day)) in {None, ScheduleState.NOT_RUN}
    }
    return [(contract_id, day) for day, contract_id in sorted(due)]


def dates_of(line: ContractLine, *, since: date, until: date) -> list[date]:
    """The run dates of a line between two days, both included; none where it has no schedule."""
    if not line.frequency or line.schedule_day is None:
        return []
    days = run_dates(
        line.frequency,
        line.schedule_day,
        starts_on=line.contract.starts_on,
        until=until,
        runs_per_month=line.runs_per_month,
    )
    found = list(days)
    # What was done before the end is billed on the first date after it.
    last = min((day for day in (line.ended_on, line.contract.ends_on) if day), default=until)
    found = [day for day in found if day <= last] + [day for day in found if day > last][:1]
    return [day for day in found if day >= since]


def run_schedule(organization: Organization, contract_id: UUID, day: date, *, today: date, now: datetime) -> bool:
    """Bill one contract for one of its run dates, unless it was run already or somebody runs it; whether it was run."""
    try:
        with transaction.atomic():
            run = _begin(organization, contract_id, day)
            if run is None:
                return False
            run.drafts = _draft(organization, run, today=today, now=now)
            _end(run, ScheduleState.SUCCESSFUL, "", now)
    except (DomainError, Http404) as refusal:
        _fail(organization, contract_id, day, str(refusal), now)
    except Exception:
        logger.exception("The schedule of contract %s stumbled on %s", contract_id, day)
        _fail(organization, contract_id, day, _("Something went wrong on our side. Try it again."), now)
    return True


def retry_schedule(
    organization: Organization, run_id: UUID, *, actor: Actor, today: date, now: datetime
) -> ScheduleRun:
    """Run a failed run date again; it tells anew whether it succeeded."""
    with transaction.atomic():
        run = ScheduleRun.objects.of(organization).filter(pk=run_id).select_for_update(no_key=True).first()
        if run is None:
            raise Http404
        if run.state == ScheduleState.SUCCESSFUL:
            raise ScheduleWasRun(_("This run date was billed already."))
        run.state, run.reason = ScheduleState.NOT_RUN, ""
        run.save(update_fields=["state", "reason"])
        audit.record(actor, "schedule.retried", run, day=run.run_date.isoformat())
    run_schedule(organization, run.contract_id, run.run_date, today=today, now=now)
    return ScheduleRun.objects.of(organization).get(pk=run_id)


def _begin(organization: Organization, contract_id: UUID, day: date) -> ScheduleRun | None:
    """The run date's row, locked by this scheduler; None when another has it or it was run."""
    ScheduleRun.objects.bulk_create(
        [ScheduleRun(organization=organization, contract_id=contract_id, run_date=day, cut_off=cut_off(day))],
        ignore_conflicts=True,
    )
    runs = ScheduleRun.objects.of(organization).select_related("contract").filter(contract_id=contract_id, run_date=day)
    found: ScheduleRun | None = (
        runs.filter(state=ScheduleState.NOT_RUN).select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    )
    return found


def _draft(organization: Organization, run: ScheduleRun, *, today: date, now: datetime) -> int:
    """A draft for each customer of what is ready on the lines that run on this day; none where nothing is (M-036)."""
    charge_recurring_lines(organization, today=run.run_date, now=now, contract_id=run.contract_id)
    lines = [
        line
        for line in contracts_with_schedule(organization, contract_id=run.contract_id)
        if run.run_date in dates_of(line, since=run.run_date, until=run.run_date)
    ]
    about = Q(line_id__in=[line.pk for line in lines], settled_at=None)
    items = [each.item for each in ready_items(organization, None, about=about, until=run.cut_off)]
    actor = Actor.system()
    for plan in _plans(organization, run, items):
        draft_items(organization, plan, actor=actor, today=today, now=now, made_by=MadeBy.SCHEDULE, cut_off=run.cut_off)
    return len(_plans(organization, run, items))


def _plans(organization: Organization, run: ScheduleRun, items: Sequence[BacklogItem]) -> list[Plan]:
    return [
        Plan(uuid5(organization.pk, f"schedule:{run.pk}:{key}"), [item.pk for item in group])
        for key, group in group_items(items).items()
    ]


def _end(run: ScheduleRun, state: ScheduleState, reason: str, now: datetime) -> None:
    run.state, run.reason, run.ran_at = state, reason[:REASON_LENGTH_MAX], now
    run.save(update_fields=["state", "reason", "ran_at", "drafts"])
    audit.record(
        Actor.system(),
        "schedule.ran",
        run.contract,
        day=run.run_date.isoformat(),
        drafts=run.drafts,
        **({"reason": run.reason} if run.reason else {}),
    )


@transaction.atomic
def _fail(organization: Organization, contract_id: UUID, day: date, reason: str, now: datetime) -> None:
    if not Contract.objects.of(organization).filter(pk=contract_id).exists():
        return
    run = _begin(organization, contract_id, day)
    if run is not None:
        _end(run, ScheduleState.FAILED, reason, now)
