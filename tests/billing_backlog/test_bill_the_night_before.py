"""Documents are formed the night before, wait for the day, and take themselves back when a visit is cancelled (C8)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_backlog.actions import billing_beforehand, visits_done
from billing_backlog.automation import days_to_bill_beforehand
from billing_backlog.models import BacklogItem, BringAlongPrint, Proforma, Visit
from billing_backlog.queries.automation import automation_of
from billing_backlog.queries.bringing_along import brought_on
from billing_backlog.queries.by_itself import planned_visits
from foundation import files
from invoicing.actions.conditions import DraftWaits
from invoicing.models import Invoice, InvoiceLine
from payments import queries as ledger
from tenants.context import organization_context
from tenants.models import Job, Notice, Organization, OutboxRow, User
from tests import builders
from tests.billing_backlog.automation_rows import decide, documents, night, plan_visit
from tests.builders import actor_of, in_organization, make_customer, scaled

TUESDAY = date(2026, 11, 24)
EVENING = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)  # five past six in Oslo
MIDNIGHT = datetime(2026, 11, 23, 23, 2, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def cancel(organization: Organization, visit: Visit, today: date, now: datetime) -> None:
    with organization_context(organization.pk):
        visits_done.cancel_visits(
            organization, [visit.pk], reason="Avlyst av kunden", actor=actor_of(organization), today=today, now=now
        )


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Atlantic/Reykjavik"])
def test_m_129_the_hours_of_a_year_bill_each_day_beforehand_and_none_too_early(zone: str) -> None:
    """Every hour around the change of clocks, month and year ends and the leap day, where the organization is."""
    here = ZoneInfo(zone)
    turns = [(2026, 3, 29), (2026, 10, 25), (2026, 12, 31), (2027, 1, 31), (2028, 2, 28), (2028, 2, 29), (2028, 4, 30)]
    for turn in turns:
        moment = datetime(*turn, tzinfo=UTC) - timedelta(days=1)
        last = moment + timedelta(days=3)
        formed: dict[date, list[datetime]] = {}
        while moment < last:
            local = moment.astimezone(here)
            for day in days_to_bill_beforehand(local):
                formed.setdefault(day, []).append(local)
            moment += timedelta(hours=1)
        day = date(*turn)
        assert min(formed[day]).date() == day - timedelta(days=1)
        assert min(formed[day]).hour == 18
        assert max(formed[day]).date() == day
        assert max(formed[day]).hour == 11
        late = [hour for hour in formed[day] if hour.date() == day]
        assert len(late) in {11, 12, 13}  # the morning catches up, whatever the clock does


@pytest.mark.django_db
def test_m_129_c8_tomorrows_visits_wait_as_drafts_and_are_issued_on_their_day(organization: Organization) -> None:
    """Dated on the day of the work, held until it begins, once, and never for who bills when it is done (M-129, C8)."""
    decide(organization, timing="night_before")
    brought, mailed = make_customer(organization), make_customer(organization, name="På E-post AS")
    collecting, later = make_customer(organization, name="Samler AS"), make_customer(organization, name="Etterpå AS")
    decide(organization, brought, sends=False)
    decide(organization, collecting, posting="collect")
    decide(organization, later, timing="done")
    for customer in (brought, brought, mailed, collecting, later):
        plan_visit(organization, customer, TUESDAY)
    plan_visit(organization, brought, TUESDAY + timedelta(days=1))

    assert night(organization, EVENING - timedelta(hours=1)) == 0
    assert night(organization, EVENING) == 4
    assert night(organization, EVENING + timedelta(hours=1)) == 0
    made = documents(organization)
    assert {(draft.is_draft, draft.waits_for, draft.issue_date) for draft in made} == {(True, "work_day", TUESDAY)}
    assert sorted(draft.net_amount for draft in made) == [Decimal(800), Decimal(800), Decimal(1600)]
    with pytest.raises(DraftWaits):
        builders.finalize_drafts(organization, [made[0].pk], today=TUESDAY)

    assert night(organization, MIDNIGHT) == 3
    assert night(organization, MIDNIGHT) == 0
    found = {document.customer.name: document for document in documents(organization)}
    assert [found[each.name].is_draft for each in (brought, mailed, collecting)] == [False, False, True]
    assert {found[each.name].issue_date for each in (brought, mailed)} == {TUESDAY}
    assert (found["Samler AS"].issue_date, found["Samler AS"].waits_for) == (None, "")
    assert "Etterpå AS" not in found
    with in_organization(organization):
        sent = OutboxRow.objects.filter(kind="invoicing.dispatch_first").values_list("subject_id", flat=True)
        assert list(sent) == [found["På E-post AS"].pk]
        assert set(Proforma.objects.values_list("made_by", flat=True)) == {"night_before"}

    plan_visit(organization, collecting, TUESDAY + timedelta(days=1))
    night(organization, EVENING + timedelta(days=1))
    night(organization, MIDNIGHT + timedelta(days=1))
    with in_organization(organization):
        [draft] = Invoice.objects.filter(customer=collecting)
        assert (draft.net_amount, draft.period_from, draft.period_to) == (
            Decimal(1600),
            TUESDAY,
            TUESDAY + timedelta(days=1),
        )


@pytest.mark.django_db
def test_c8_a_visit_that_is_cancelled_takes_its_document_back(organization: Organization) -> None:
    """Before midnight the draft goes; on the day a credit note makes the receivable zero (C8)."""
    decide(organization, timing="night_before", sends=False)
    customer = make_customer(organization)
    early, late = (plan_visit(organization, make_customer(organization, name=name), TUESDAY) for name in ("A", "B"))
    stays, goes = plan_visit(organization, customer, TUESDAY), plan_visit(organization, customer, TUESDAY)
    night(organization, EVENING)
    cancel(organization, early, EVENING.date(), EVENING)
    cancel(organization, goes, EVENING.date(), EVENING)
    assert sorted((draft.customer.name, draft.net_amount) for draft in documents(organization)) == [
        ("B", Decimal(800)),
        (customer.name, Decimal(800)),
    ]
    night(organization, MIDNIGHT)
    for _time in range(2):
        cancel(organization, late, TUESDAY, NOON)
    invoice = next(each for each in documents(organization) if each.customer.name == "B" and not each.credits_id)
    [note] = [each for each in documents(organization) if each.credits_id == invoice.pk]
    assert (note.is_draft, note.issue_date) == (False, TUESDAY)
    assert invoice.receivable_id is not None
    with in_organization(organization):
        owed = ledger.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id]
        cancelled = BacklogItem.objects.filter(cancelled_reason="Avlyst av kunden").count()
        assert InvoiceLine.objects.filter(source_id__isnull=False).count() == 3
    assert (owed.currency_amount, cancelled) == (Decimal(0), 3)
    assert night(organization, NOON + timedelta(hours=6)) == 0
    assert stays.planned_on == TUESDAY


@pytest.mark.django_db
def test_a_night_that_was_missed_is_caught_up_with_and_one_that_was_killed_goes_on(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(organization, timing="night_before")
    monkeypatch.setattr(billing_beforehand, "BATCH_SIZE", 2)  # many batches of few
    names = [f"Kunde {number}" for number in range(scaled(40, 5))]
    planned = [plan_visit(organization, make_customer(organization, name=name), TUESDAY) for name in names]
    with organization_context(organization.pk):  # killed after the first batch
        first = next(billing_beforehand._batches(*_planned(organization)))
        billing_beforehand._bill_visits(organization, first, TUESDAY, today=EVENING.date(), now=EVENING)
    assert len(documents(organization)) == 2
    assert night(organization, EVENING) == len(planned) - 2

    missed = plan_visit(organization, make_customer(organization, name="Glemt AS"), TUESDAY)
    morning = datetime(2026, 11, 24, 7, 2, tzinfo=UTC)
    assert night(organization, morning) == len(planned) + 1  # the day begins late, and what was missed is billed now
    found = documents(organization)
    assert len(found) == len(planned) + 1
    assert {(each.is_draft, each.issue_date) for each in found} == {(False, TUESDAY)}
    plan_visit(organization, make_customer(organization, name="Ettermiddag AS"), TUESDAY)
    assert night(organization, NOON) == 0
    with in_organization(organization):
        assert not Notice.objects.filter(kind="billing.stuck").exists()
        assert missed.is_planned

    plan_visit(organization, make_customer(organization), date(2026, 12, 31))
    night(organization, datetime(2026, 12, 30, 18, tzinfo=UTC))
    night(organization, datetime(2027, 1, 1, 6, tzinfo=UTC))  # a whole day without power
    assert documents(organization)[-1].issue_date == date(2027, 1, 1)


def _planned(organization: Organization) -> tuple[list, dict]:  # type: ignore[type-arg]
    with in_organization(organization):
        planned = planned_visits(organization, TUESDAY)
        return planned, automation_of(organization, {key for _visit, key in planned})


@pytest.mark.django_db(transaction=True)
def test_two_at_once_form_and_issue_each_document_once(organization: Organization) -> None:
    decide(organization, timing="night_before")
    for number in range(4):
        plan_visit(organization, make_customer(organization, name=f"Kunde {number}"), TUESDAY)
    for moment in (EVENING, MIDNIGHT):
        together = threading.Barrier(2)

        def one(_number: int, moment: datetime = moment, together: threading.Barrier = together) -> int:
            try:
                together.wait(20)
                return night(organization, moment)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(one, range(2))) == 4
    found = documents(organization)
    assert [each.is_draft for each in found] == [False] * 4
    assert len({each.number for each in found}) == 4


@pytest.mark.django_db
def test_m_129_what_is_brought_along_is_printed_in_one_file_and_says_whether_it_was_a_draft(
    organization: Organization, owner: User, auditor: User, client_of: Callable[[User], Client]
) -> None:
    """The page of a day by worker, one file of what is chosen, and the print of a draft that is an invoice since."""
    decide(organization, timing="night_before", sends=False)
    first, second = make_customer(organization, name="Anker AS"), make_customer(organization, name="Bølge AS")
    plan_visit(organization, first, TUESDAY, worker_name="Vera Vask")
    gone = plan_visit(organization, second, TUESDAY, worker_name="Even Ettersyn")
    night(organization, EVENING)
    page = f"/{organization.slug}/visits/bring-along/"
    client = client_of(owner)
    shown = client.get(page, {"day": TUESDAY.isoformat()}).text
    assert shown.index("Even Ettersyn") < shown.index("Vera Vask")
    assert client.get(page, {"day": "2026-13-99"}).status_code == 200
    ids = [str(document.pk) for document in documents(organization)]
    form = {"day": TUESDAY.isoformat(), "id": ids, "key": "k"}
    for _time in range(2):
        sent = client.post(page + "print/", form)
    builders.run_background()
    with in_organization(organization):
        [job] = Job.objects.filter(kind="billing_backlog.print_bring_along")
        assert sent.headers["Location"].endswith(f"{job.pk}/")
        assert (job.state, job.result["rows"]) == ("complete", 2), job.problem
        assert list(BringAlongPrint.objects.values_list("was_draft", flat=True)) == [True, True]
        content = files.load(str(organization.pk), job.result["sha256"])
    assert len(pikepdf.open(BytesIO(content)).pages) == 4  # each on a sheet of its own

    night(organization, MIDNIGHT)
    cancel(organization, gone, TUESDAY, NOON)
    with in_organization(organization):
        rows = {each.invoice.customer.name: each for each in brought_on(organization, TUESDAY)}
    assert {name: (each.is_printed, each.is_wanted, each.is_taken_back) for name, each in rows.items()} == {
        "Anker AS": (False, True, False),  # printed as a draft, and an invoice now
        "Bølge AS": (False, False, True),
    }
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page, {"day": TUESDAY.isoformat()}).status_code == 200
    assert len(queries) < 30
    client.post(page + "print/", {"day": "2026-11-20", "id": ids, "key": "other"})  # none of them is of that day
    with in_organization(organization):
        assert Job.objects.filter(kind="billing_backlog.print_bring_along").count() == 1
    assert client_of(auditor).get(page).status_code == 200
    assert client_of(auditor).post(page + "print/", form).status_code == 403
