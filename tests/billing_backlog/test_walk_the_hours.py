"""Every hour around midnight, clock changes, month ends, the leap day and the year's end, in three zones.

What depends on the day depends on the organization's own day, once, whatever the hour in which it is asked.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from billing_backlog.actions.schedules import dates_of
from billing_backlog.billing_methods import cut_off, run_dates
from billing_backlog.intake.plain import NewItem
from billing_backlog.models import (
    BacklogSettings,
    BillingRun,
    Contract,
    ContractLine,
    Facility,
    Proforma,
    RunFacility,
    ScheduleRun,
)
from billing_backlog.tasks.backlog import tell_of_cut_off
from billing_backlog.tasks.bookings import tell_of_windows
from billing_backlog.tasks.drafts import run_schedules
from billing_backlog.views.run_page import first_values
from invoicing.dating import lawful_dates
from invoicing.models import Invoice
from payments.models import Voucher
from tenants.clock import local_today
from tenants.models import Notice, Organization, User
from tests import builders
from tests.architecture.sources import FLOORS, modules
from tests.builders import in_organization, make_contract_line, make_project, scaled, take_work, work

HOUR = timedelta(hours=1)
ZONES = ("Europe/Oslo", "America/New_York", "Pacific/Auckland")
# Local days at whose seams something may go wrong: ends of months of 28 to 31 days, the leap day, the end of the year.
SEAMS = (
    date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30), date(2028, 2, 28), date(2028, 2, 29), date(2026, 12, 31),
)  # fmt: skip
# Days of 23 and of 25 hours, by zone.
CHANGES = {
    "Europe/Oslo": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Pacific/Auckland": (date(2026, 9, 27), date(2026, 4, 5)),
}
DAY_OF_A_CLOCK = re.compile(r"now(\(\))?\.date\(\)|localdate\(")
SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the doors read another clock; the database keeps its own."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


def hours_around(day: date, zone: str, *, before: int = 30, after: int = 54) -> Iterator[datetime]:
    """Every full hour in UTC around the beginning of a local day."""
    begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    yield from (begins + number * HOUR for number in range(-before, after))


# --- the day itself ---


@pytest.mark.parametrize("zone", ZONES)
def test_a_local_day_begins_once_and_has_as_many_hours_as_its_clock(zone: str, set_clock: SetClock) -> None:
    organization = Organization(time_zone=zone)
    shorter, longer = CHANGES[zone]
    for seam in (*SEAMS, shorter, longer):
        told = []
        for moment in hours_around(seam, zone):
            set_clock(moment)
            told.append(local_today(organization))
        assert told == sorted(told), seam  # never back
        hours = Counter(told)
        assert hours[seam] == {shorter: 23, longer: 25}.get(seam, 24), (zone, seam)
        days = sorted(hours)
        assert days == [days[0] + timedelta(days=number) for number in range(len(days))]  # none is left out


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_proposed_at_each_hour_is_of_the_local_month(zone: str, set_clock: SetClock) -> None:
    organization = Organization(time_zone=zone)
    for seam in (*SEAMS, *CHANGES[zone]):
        for moment in hours_around(seam, zone, before=3, after=28):
            set_clock(moment)
            today = local_today(organization)
            proposed = first_values(today)  # the run of the month that ended last, and its window
            assert proposed["until"] + timedelta(days=1) == today.replace(day=1) == proposed["opens_on"]
            assert proposed["period_from"] == proposed["until"].replace(day=1)
            assert (proposed["closes_on"].day, proposed["closes_on"].month) == (9, today.month)
            first, *others = lawful_dates(today, [], "NO")
            assert first.day == today
            assert {other.day for other in others} <= {proposed["until"]}


# Where the day of UTC will do, by file, and why.
ANY_ZONE_WILL_DO = {
    "tenants/tasks.py": "the heads of all organizations lie in one file a day",
    "invoicing/actions/links.py": "a new link is mailed once in about a day",
    "invoicing/actions/responses.py": "a hold after a rejection has no last day",
    "invoicing/management/commands/validate_ehf.py": "the rules in force where the command is typed",
    "invoicing/management/commands/install_ehf_rules.py": "the rules in force where the command is typed",
    "billing_backlog/actions/visits.py": "more than ten years ahead",
    "config/retention.py": "years after which something is removed",
}


def test_nothing_reads_the_day_of_another_zone_than_the_organizations() -> None:
    found = set()
    for module in modules(packages=FLOORS):
        if module.is_migration or module.name.startswith("config/demo/"):
            continue
        for node in ast.walk(module.tree) if DAY_OF_A_CLOCK.search(module.text) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                whose, asked = ast.unparse(node.func.value), node.func.attr
                in_zone = node.args[1:] or node.keywords
                if (asked == "date" and whose in {"now", "timezone.now()"}) or (asked == "localdate" and not in_zone):
                    found.add(module.name)
    assert found == set(ANY_ZONE_WILL_DO)


# --- schedules ---


def test_m_035_a_monthly_run_comes_once_a_month_and_bills_each_day_once() -> None:
    starts, until = date(2026, 1, 1), date(2029, 1, 31)
    for day, runs in product(range(1, 32), (1, 2, 4)):
        dates = list(run_dates("monthly", day, starts_on=starts, until=until, runs_per_month=runs))
        assert dates == sorted(set(dates))
        by_month = Counter((each.year, each.month) for each in dates)
        assert set(by_month.values()) <= set(range(1, runs + 1))
        assert len(by_month) == 37
        last_of_month = {(each.year, each.month): each for each in dates}
        for (year, month), last in last_of_month.items():
            length = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
            assert last.day == min(day, length)
        covered = [
            before + timedelta(days=number)
            for before, after in pairwise(dates)
            for number in range((cut_off(after) - cut_off(before)).days)
        ]
        assert covered == [dates[0] + timedelta(days=number) for number in range((dates[-1] - dates[0]).days)]


@pytest.mark.parametrize(("frequency", "step"), [("weekly", 7), ("biweekly", 14)])
def test_m_035_a_weekly_run_keeps_its_weekday_over_every_change_of_the_clock(frequency: str, step: int) -> None:
    for weekday in range(1, 8):
        dates = list(run_dates(frequency, weekday, starts_on=date(2026, 1, 1), until=date(2029, 1, 31)))
        assert {each.isoweekday() for each in dates} == {weekday}
        assert {(after - before).days for before, after in pairwise(dates)} == {step}
        assert date(2026, 1, 1) <= dates[0] < date(2026, 1, 1) + timedelta(days=7)


def test_m_035_the_last_run_after_the_end_of_a_contract_is_one_at_every_month_end() -> None:
    contract = Contract(starts_on=date(2026, 1, 1))
    line = ContractLine(contract=contract, frequency="monthly", schedule_day=31, runs_per_month=1)
    ends = [date(2028, 2, 1) + timedelta(days=number) for number in range(60)]
    for ended in ends:
        line.ended_on = ended
        dates = dates_of(line, since=date(2028, 2, 1), until=date(2028, 12, 31))
        assert len([each for each in dates if each > ended]) == 1  # a run on the last day bills through the day before


# --- through the database, hour by hour ---

NIGHTS = [
    ("Europe/Oslo", date(2028, 2, 29)),  # a leap day that is a month's end
    ("Pacific/Auckland", date(2026, 12, 31)),  # the end of the year, half a day before UTC
    ("America/New_York", date(2026, 10, 31)),  # the first of the next month has 25 hours
    ("Europe/Oslo", date(2026, 3, 28)),  # a day of 23 hours
    ("Europe/Oslo", date(2026, 10, 24)),
    ("Europe/Oslo", date(2026, 12, 31)),
    ("America/New_York", date(2026, 2, 28)),
    ("America/New_York", date(2026, 3, 7)),
    ("Pacific/Auckland", date(2026, 4, 4)),
    ("Pacific/Auckland", date(2026, 4, 30)),
    ("Pacific/Auckland", date(2026, 9, 26)),
]


@pytest.mark.django_db
@pytest.mark.parametrize("night", NIGHTS[: scaled(len(NIGHTS), 3)], ids=str)
def test_m_030_m_035_m_039_m_066_asked_every_hour_each_thing_is_done_once_on_its_own_local_day(
    organization: Organization, case_worker: User, project_manager: User, set_clock: SetClock, night: tuple[str, date]
) -> None:
    """The night from one day to the next: notices, the schedule, its drafts and their invoices."""
    zone, last = night
    first = last + timedelta(days=1)
    with in_organization(organization):
        Organization.objects.filter(pk=organization.pk).update(time_zone=zone)
        organization.time_zone = zone
        BacklogSettings.objects.create(organization=organization, notice_days=1, confirms_proformas=False)
    late = scheduled(organization, project_manager, last)
    window(organization, case_worker, closes_on=first)
    took_late = False
    told: dict[str, date] = {}
    for moment in hours_around(first, zone, before=26, after=26):
        set_clock(moment)
        local = moment.astimezone(ZoneInfo(zone))
        run_schedules()
        tell_of_cut_off()
        tell_of_windows()
        if local.date() == last and local.hour == 23 and not took_late:
            # Late selection: what is made ready in the last hour is billed by the run that comes after it.
            take_work(organization, late, ready=True)
            took_late = True
        for name in done(organization):
            told.setdefault(name, local.date())

    assert took_late
    assert told == {"run": first, "draft": first, "cut_off": last, "window": last}
    assert done(organization) == {"run": 1, "draft": 1, "cut_off": 1, "window": 2}  # a window on its last day, too
    the_draft_is_of_its_day(organization, set_clock, last, zone)


def scheduled(organization: Organization, manager: User, last: date) -> NewItem:
    """A contract billed on the day after a day, with work of both; and the work that is still to come."""
    project = make_project(organization, manager=manager)
    line = make_contract_line(organization, project, frequency="monthly", schedule_day=(last + timedelta(days=1)).day)
    with in_organization(organization):
        created = datetime(last.year, last.month, 3, tzinfo=UTC)
        Contract.objects.filter(pk=line.contract_id).update(created_at=created)
        unscheduled = ContractLine.objects.create(
            organization=organization, contract=line.contract, position=2, name="Uten plan", unit_price=Decimal(900),
            billing_method="time_and_material",
        )  # fmt: skip
    take_work(organization, work(unscheduled, day=last, text="Uten plan"), ready=True)
    take_work(organization, work(line, day=last), work(line, day=last + timedelta(days=1), text="Nye"), ready=True)
    take_work(organization, work(line, day=last, text="Ikke vurdert"))
    return work(line, day=last, text="Sist")


def window(organization: Organization, person: User, *, closes_on: date) -> None:
    """A run whose window closes on a day, with a facility that nobody has finished."""
    with in_organization(organization):
        hall = Facility.objects.create(organization=organization, number="1", name="Solhallen", case_worker=person)
        run = BillingRun.objects.create(
            organization=organization, name="Haller", scope="facilities", until=closes_on - timedelta(days=1),
            period_from=closes_on - timedelta(days=28), opens_on=closes_on - timedelta(days=8), closes_on=closes_on,
            prepared_by=person,
        )  # fmt: skip
        RunFacility.objects.create(organization=organization, run=run, facility=hall)


def done(organization: Organization) -> dict[str, int]:
    """How often each thing has been done by now."""
    with in_organization(organization):
        counts = {
            "run": ScheduleRun.objects.of(organization).filter(state="successful").count(),
            "draft": Proforma.objects.of(organization).count(),
            "cut_off": Notice.objects.of(organization).filter(kind="backlog.cut_off").count(),
            "window": Notice.objects.of(organization).filter(kind="run.closing").count(),
        }
    return {name: count for name, count in counts.items() if count}


def the_draft_is_of_its_day(organization: Organization, set_clock: SetClock, last: date, zone: str) -> None:
    """The draft bills through the day before; an invoice of the last second and one of the next have their own days."""
    first = last + timedelta(days=1)
    with in_organization(organization):
        proforma = Proforma.objects.of(organization).select_related("invoice").get()
        [run] = ScheduleRun.objects.of(organization)
    assert (run.run_date, run.cut_off, proforma.cut_off, proforma.invoice.delivery_date) == (first, last, last, last)
    assert {each.description for each in builders.lines_of(organization, proforma.invoice)} == {"Rådgivning", "Sist"}

    other = builders.make_draft(organization, today=last)
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    numbered = []
    for draft_id, moment, day in (
        (other.pk, midnight - timedelta(seconds=1), last),
        (proforma.invoice_id, midnight, first),
    ):
        set_clock(moment)
        [invoice] = builders.finalize_drafts(organization, [draft_id], today=local_today(organization))
        with in_organization(organization):
            stored = Invoice.objects.get(pk=invoice.pk)
            voucher = Voucher.objects.get(source_id=invoice.pk, kind="sale")
        assert stored.issue_date == stored.accounting_date == voucher.day == day
        assert stored.due_date == day + timedelta(days=stored.payment_terms_days)
        numbered.append((voucher.year, voucher.number, stored.number))
    # Numbers of documents go on over the year's end; those of vouchers begin anew.
    years = [(last.year, 1), (first.year, 1 if first.year > last.year else 2)]
    assert [(year, number) for year, number, _document in numbered] == years
    assert numbered[1][2] == (numbered[0][2] or 0) + 1
