"""Telling case workers, and whoever leads a run, before its window closes (M-136, M-146)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from billing_backlog.models import BillingRun, RunFacility
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.windows import closing_runs, members_of, run_leaders, unfinished_places
from tenants.models import Organization
from tenants.notices import News, tell

FIRST_HOUR = 7  # where the organization is: read with the first coffee
NAMED_MAX = 10  # facilities in one notice


@transaction.atomic
def tell_of_windows(organization: Organization, *, now: datetime) -> int:
    """Tell everybody with an unfinished facility, as many days ahead as was chosen and on the last day.

    Whoever opened the run, or else whoever may approve it, is told who is missing. Each is told once for each of the
    two days, however often it is asked; returns how many are told or were told today.
    """
    local = now.astimezone(ZoneInfo(organization.time_zone))
    if local.hour < FIRST_HOUR:
        return 0
    today = local.date()
    early = today + timedelta(days=backlog_settings(organization).notice_days)
    runs = closing_runs(organization, {today, early})
    if not runs:
        return 0
    places = unfinished_places(organization, runs)
    members, leaders = members_of(organization), run_leaders(organization)
    news = []
    for run in runs:
        missing = places.get(run.pk, [])
        if missing:
            own = {person for person in members if person == run.prepared_by_id}
            news += _to_workers(run, missing, members, today)
            news += _to_leaders(run, missing, own or leaders, today)
    tell(organization.pk, news)
    return len(news)


def _to_workers(run: BillingRun, missing: Sequence[RunFacility], members: set[UUID], today: date) -> list[News]:
    """One notice for each person: whoever has taken a facility, else whoever usually sees to it."""
    owed: dict[UUID, list[RunFacility]] = {}
    for place in missing:
        person = place.taken_by_id or place.facility.case_worker_id
        if person in members:
            owed.setdefault(person, []).append(place)
    return [
        News(
            user_id,
            "run.closing",
            {"run": run.name, "day": _day(run), "text": _names(str(place.facility) for place in own)},
            f"runs/{run.pk}/",
            f"run-closing:{run.pk}:{_step(run, today)}",
        )
        for user_id, own in owed.items()
    ]


def _to_leaders(run: BillingRun, missing: Sequence[RunFacility], leaders: set[UUID], today: date) -> list[News]:
    """Who is missing, with their facilities."""
    named = [f"{place.facility} ({place.taken_by or place.facility.case_worker or '–'})" for place in missing]
    facts = {"run": run.name, "day": _day(run), "count": len(missing), "text": _names(named)}
    key = f"run-missing:{run.pk}:{_step(run, today)}"
    return [News(user_id, "run.missing", facts, f"runs/{run.pk}/", key) for user_id in sorted(leaders)]


def _step(run: BillingRun, today: date) -> str:
    return "last" if run.closes_on == today else "soon"


def _day(run: BillingRun) -> str:
    return run.closes_on.isoformat() if run.closes_on else ""


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:NAMED_MAX]) + (" …" if len(listed) > NAMED_MAX else "")
