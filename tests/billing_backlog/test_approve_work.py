"""Hours are written down, handed in, approved and become backlog; what is not approved never does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing_backlog.actions import approving, corrections, deputies, work
from billing_backlog.actions.settings import FIELDS, update_billing
from billing_backlog.actions.waiting_news import tell_approvers
from billing_backlog.hours import monday_of, name_of_week
from billing_backlog.models import BacklogItem, BacklogSettings, ContractLine, Deputy, WorkEntry
from billing_backlog.queries.work import Approver, waiting_for
from billing_backlog.written import Written
from config.queries import frame_counts
from foundation.errors import DomainError
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import AuditEntry, Membership, Notice, Organization, User
from tests import builders
from tests.builders import in_organization, scaled

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SignIn = Callable[[User], Client]


def led_by(organization: Organization, manager: User | None, **terms: Any) -> ContractLine:
    """A line of time and material of a project that the person leads."""
    project = builders.make_project(organization, manager=manager, number=terms.pop("number", "2204"))
    return builders.make_contract_line(organization, project, **terms)


def grid(line: ContractLine, *hours: str, text: str = "Prosjektering", base: Any = (), **more: str) -> dict[str, str]:
    """A week with one row, as the page sends it."""
    cells = {f"r0-{place}": value for place, value in enumerate(hours)}
    bases = {f"r0-{place}-base": value for place, value in enumerate(base)}
    return {"r0-target": f"l:{line.pk}", "r0-text": text, **cells, **bases, **more}


def hours_of(organization: Organization) -> list[Decimal]:
    with in_organization(organization):
        return list(WorkEntry.objects.order_by("day", "id").values_list("quantity", flat=True))


def write(organization: Organization, worker: User, line: ContractLine, **said: Any) -> WorkEntry:
    """Two handed-in hours of today, or what is said."""
    day = said.pop("day", local_today(organization))
    written = Written(
        **{
            "kind": "time",
            "project": line.contract.project,
            "line": line,
            "day": day,
            "quantity": Decimal(2),
            "text": "Befaring",
            "submits": True,
            **said,
        }
    )
    with organization_context(organization.pk):
        actor = Actor.person(worker)
        return work.enter_work(organization, worker, written, actor=actor, today=day, now=NOW)


def approver(organization: Organization, user: User, *, may_see_all: bool = False) -> Approver:
    return Approver(user, may_see_all, local_today(organization))


def approve(organization: Organization, user: User, *entries: WorkEntry, sees_all: bool = False) -> approving.Approved:
    with organization_context(organization.pk):
        return approving.approve_work(
            organization,
            approver(organization, user, may_see_all=sees_all),
            [entry.pk for entry in entries],
            actor=Actor.person(user),
            now=NOW,
        )


def items_of(organization: Organization) -> list[BacklogItem]:
    with in_organization(organization):
        return list(BacklogItem.objects.select_related("entry").order_by("created_at", "id"))


def test_m_024_a_week_is_written_handed_in_approved_and_becomes_backlog(
    organization: Organization, owner: User, project_manager: User, client_of: SignIn
) -> None:
    line = led_by(organization, project_manager)
    monday = monday_of(local_today(organization)) - timedelta(days=7)
    worker, week = client_of(owner), {"week": name_of_week(monday)}
    address = "/nordlys/hours/"

    saved = worker.post(address, {**week, **grid(line, "7,5", "7:20", "", "x"), "do": "save"})
    assert (saved.status_code, hours_of(organization)) == (422, [])
    assert b"7:30" in saved.content
    assert b'value="7:20"' in saved.content  # what was typed stays
    saved = worker.post(address, {**week, **grid(line, "7,5", "7:20", "6", **{"r0-2-note": "Dykker"}), "do": "submit"})
    assert saved.status_code == 302
    assert hours_of(organization) == [Decimal("7.5"), Decimal("7.333333"), Decimal(6)]
    assert items_of(organization) == []  # handed in is not approved

    manager = client_of(project_manager)
    page = manager.get("/nordlys/work/waiting/").content.decode()
    with in_organization(organization):
        ids = [str(key) for key in WorkEntry.objects.values_list("pk", flat=True)]
        for_manager = frame_counts(organization, NOW, approver(organization, project_manager))["work"]
    assert all(key in page for key in ids)
    assert for_manager == 3
    for _twice in range(2):
        assert manager.post("/nordlys/work/waiting/approve/", {"id": ids}).status_code == 302

    items = items_of(organization)
    assert [item.quantity for item in items] == [Decimal("7.5"), Decimal("7.333333"), Decimal(6)]
    assert {(item.unit_price, item.performed_by, item.approved_by, item.source_system) for item in items} == {
        (Decimal(1250), str(owner), str(project_manager), "work")
    }
    assert items[2].internal_text == "Dykker"
    with in_organization(organization):
        verbs = list(AuditEntry.objects.filter(verb__startswith="work.").values_list("verb", flat=True))
    assert {verb: verbs.count(verb) for verb in set(verbs)} == {
        "work.entered": 3, "work.submitted": 3, "work.approved": 3,
    }  # fmt: skip


def test_the_week_of_two_windows_keeps_what_both_have_typed(
    organization: Organization, owner: User, client_of: SignIn
) -> None:
    line = led_by(organization, owner)
    monday = monday_of(local_today(organization)) - timedelta(days=7)
    week, browser = {"week": name_of_week(monday), "do": "save"}, client_of(owner)
    browser.post("/nordlys/hours/", {**week, **grid(line, "4")})

    stale = browser.post("/nordlys/hours/", {**week, **grid(line, "6", "2")})  # opened before the first was saved
    assert (stale.status_code, hours_of(organization)) == (422, [Decimal(4)])
    page = stale.content.decode()
    assert 'value="6"' in page
    assert "4" in page.split('class="sub">')[-1] or "Stored: 4" in page or "Lagret: 4" in page
    with in_organization(organization):
        entry = WorkEntry.objects.get()
    base = f"{entry.pk}:{entry.version}"
    assert f'value="{base}"' in page  # saving again is a decision
    browser.post("/nordlys/hours/", {**week, **grid(line, "6", "2", base=[base])})
    assert hours_of(organization) == [Decimal(6), Decimal(2)]
    with in_organization(organization):
        first, second = [f"{row.pk}:{row.version}" for row in WorkEntry.objects.order_by("day")]
    browser.post("/nordlys/hours/", {**week, **grid(line, "", "2", base=[first, second])})
    assert hours_of(organization) == [Decimal(2)]


def test_a_week_refuses_what_cannot_be_and_changes_nothing(
    organization: Organization, owner: User, client_of: SignIn
) -> None:
    today = local_today(organization)
    ended = led_by(organization, owner, contract={"ends_on": today - timedelta(days=21)})
    line = led_by(organization, owner, number="2205")
    browser = client_of(owner)
    last, later = monday_of(today) - timedelta(days=7), monday_of(today) + timedelta(days=21)
    tries = [
        (last, grid(ended, "4"), "K-2204"),
        (last, grid(line, "25"), "24"),
        (last, grid(line, "-2"), "r0-0-fault"),
        (
            last,
            {**grid(line, "14"), **{k.replace("r0", "r1"): v for k, v in grid(line, "12", text="Mer").items()}},
            "26",
        ),
        (later, grid(line, "2"), "r0-0-fault"),
        (monday_of(date(2025, 12, 1)), grid(line, "2"), "K-2205"),  # before the contract
    ]
    for monday, sent, told in tries:
        answer = browser.post("/nordlys/hours/", {**sent, "week": name_of_week(monday), "do": "submit"})
        assert (answer.status_code, told in answer.content.decode()) == (422, True), (sent, told)

    assert hours_of(organization) == []
    other = client_of(owner).post("/nordlys/hours/", {"new-target": f"l:{line.pk}", "do": "add"})
    assert b'name="r0-6"' in other.content  # a new row is offered, and nothing is stored
    assert hours_of(organization) == []


def test_m_043_work_is_returned_with_a_reason_and_handed_in_again(
    organization: Organization, owner: User, project_manager: User, accountant: User, client_of: SignIn
) -> None:
    line = led_by(organization, project_manager)
    entry = write(organization, accountant, line)
    manager = client_of(project_manager)

    assert manager.post("/nordlys/work/waiting/return/", {"id": entry.pk, "reason": " "}).status_code == 302
    with in_organization(organization):
        assert WorkEntry.objects.get().submitted_at is not None
    manager.post("/nordlys/work/waiting/return/", {"id": entry.pk, "reason": "Feil prosjekt"})
    with in_organization(organization):
        returned, notice = WorkEntry.objects.get(), Notice.objects.get(user=accountant)
    assert (returned.submitted_at, returned.returned_reason) == (None, "Feil prosjekt")
    assert (notice.kind, notice.facts["reason"]) == ("work.returned", "Feil prosjekt")
    maker = client_of(accountant)
    assert "Feil prosjekt" in maker.get(f"/nordlys/work/{entry.pk}/").content.decode()
    maker.post("/nordlys/work/submit/", {"id": entry.pk})
    maker.post(f"/nordlys/work/{entry.pk}/withdraw/")
    assert len(approve(organization, project_manager, entry).refused) == 1  # taken back meanwhile
    maker.post("/nordlys/work/submit/", {"id": entry.pk})
    assert len(approve(organization, project_manager, entry).done) == 1
    for verb in ("withdraw", "remove"):
        refused = maker.post(f"/nordlys/work/{entry.pk}/{verb}/", headers={"HX-Request": "true"})
        assert refused.status_code == 422
    with in_organization(organization):
        assert WorkEntry.objects.get().is_approved
    assert len(items_of(organization)) == 1


def test_nobody_approves_what_is_not_theirs_to_approve(
    organization: Organization,
    other_organization: Organization,
    project_manager: User,
    case_worker: User,
    client_of: SignIn,
) -> None:
    owner, stranger = builders.user_of("owner@nordlys.example"), builders.user_of("stranger@fremmed.example")
    own = write(organization, project_manager, led_by(organization, project_manager))
    elsewhere = write(organization, case_worker, led_by(organization, owner, number="2205"))
    theirs = write(other_organization, stranger, led_by(other_organization, stranger))
    manager, approving_page = client_of(project_manager), "/nordlys/work/waiting/approve/"

    assert manager.post(approving_page, {"id": elsewhere.pk}).status_code == 404  # somebody else's project
    assert manager.post(approving_page, {"id": theirs.pk}).status_code == 404
    assert client_of(stranger).post(approving_page, {"id": own.pk}).status_code == 404
    assert client_of(case_worker).post(approving_page, {"id": own.pk}).status_code == 403
    assert client_of(owner).get(f"/nordlys/work/{own.pk}/").status_code == 404  # each changes the own work
    manager.post(approving_page, {"id": own.pk})  # own work: owners only, unless the organization says else
    assert items_of(organization) == []
    client_of(owner).post(
        "/nordlys/settings/billing/",
        {**_settings(organization), "own_approval_by": "permitted"},
    )
    manager.post(approving_page, {"id": own.pk})
    assert len(items_of(organization)) == 1
    with in_organization(organization):
        assert BacklogSettings.objects.get().own_approval_by == "permitted"


def _settings(organization: Organization) -> dict[str, Any]:
    return {"own_approval_by": "owners", "reduced_rest": "return", "notice_days": "3", "version": "1"}


def test_a_deputy_approves_for_the_one_who_is_away_and_is_told(
    organization: Organization, owner: User, project_manager: User, accountant: User, client_of: SignIn
) -> None:
    other = User.objects.create_user("vikar@nordlys.example", None, "Vilde Vikar")
    with in_organization(organization):
        Membership.objects.create(organization=organization, user=other, role="project_manager")
    entry = write(organization, accountant, led_by(organization, project_manager))
    today, deputy = local_today(organization), client_of(other)
    assert deputy.post("/nordlys/work/waiting/approve/", {"id": entry.pk}).status_code == 404

    said = {"person": project_manager.pk, "deputy": other.pk, "first_day": today, "last_day": today + timedelta(days=5)}
    assert client_of(project_manager).post("/nordlys/work/deputies/", said).status_code == 302
    assert client_of(project_manager).post("/nordlys/work/deputies/", said).status_code == 422  # one at a time
    assert deputy.post("/nordlys/work/deputies/", said).status_code == 422  # for oneself only
    morning = timezone.now().replace(hour=11)
    with organization_context(organization.pk):
        assert tell_approvers(organization, now=morning) == 1
        tell_approvers(organization, now=morning + timedelta(hours=1))
        assert tell_approvers(organization, now=morning.replace(hour=3)) == 0
    with in_organization(organization):
        told = sorted(Notice.objects.values_list("user__email", "kind"))
    assert told == [("vikar@nordlys.example", "work.deputy"), ("vikar@nordlys.example", "work.waiting")]
    deputy.post("/nordlys/work/waiting/approve/", {"id": entry.pk})

    [item] = items_of(organization)
    assert item.entry is not None
    assert (item.entry.approved_by, item.entry.approved_for) == (other, project_manager)
    assert str(other) in item.approved_by
    assert str(project_manager) in item.approved_by
    later = write(organization, accountant, led_by(organization, project_manager, number="2206"))
    with in_organization(organization):
        made = Deputy.objects.get()
    assert deputy.post(f"/nordlys/work/deputies/{made.pk}/end/").status_code == 404
    assert client_of(project_manager).post(f"/nordlys/work/deputies/{made.pk}/end/").status_code == 302
    assert deputy.post("/nordlys/work/waiting/approve/", {"id": later.pk}).status_code == 404
    with organization_context(organization.pk), pytest.raises(DomainError):
        deputies.make_deputy(
            organization, owner, owner, first_day=today, last_day=today, actor=builders.actor_of(organization)
        )


def test_approved_work_is_corrected_by_another_entry_and_by_nothing_else(
    organization: Organization, owner: User, project_manager: User
) -> None:
    line = led_by(organization, project_manager)
    entry = write(organization, owner, line, quantity=Decimal(6))
    approve(organization, project_manager, entry)
    with in_organization(organization):
        ContractLine.objects.update(unit_price=Decimal(1400))

    def correct(right: str) -> WorkEntry:
        with organization_context(organization.pk):
            return corrections.correct_work(
                organization, owner, entry.pk, right=Decimal(right), reason="Feil dag",
                actor=Actor.person(owner), now=NOW,
            )  # fmt: skip

    correction = correct("4.5")
    assert (correction.quantity, correction.corrects_id) == (Decimal("-1.5"), entry.pk)
    with pytest.raises(DomainError):
        correct("4.5")  # that stands already
    approve(organization, project_manager, correction)
    assert [(item.quantity, item.unit_price) for item in items_of(organization)] == [
        (Decimal(6), Decimal(1250)),
        (Decimal("-1.5"), Decimal(1250)),
    ]


def test_m_024_the_database_refuses_unapproved_items_and_changes_of_approved_work(
    organization: Organization, owner: User, project_manager: User
) -> None:
    line = led_by(organization, project_manager)
    waiting, approved = write(organization, owner, line), write(organization, owner, line, text="Rapport")
    approve(organization, project_manager, approved)
    with in_organization(organization):
        item = BacklogItem.objects.get()
        twin = BacklogItem(
            **{
                name: getattr(item, name)
                for name in ("organization", "kind", "customer", "day", "text", "quantity", "unit_code", "unit_price")
            },
            amount=item.amount,
            currency="NOK",
            entry=waiting,
        )
        with pytest.raises(DatabaseError, match="is not approved"), transaction.atomic():
            twin.save(force_insert=True)
        for change in ({"quantity": Decimal(9)}, {"approved_at": None, "approved_by": None}, {"text": "Noe annet"}):
            with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
                WorkEntry.objects.filter(pk=approved.pk).update(**change)
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            WorkEntry.objects.filter(pk=approved.pk)._raw_delete("default")
        with pytest.raises(DatabaseError, match="only_a_correction_is_negative"), transaction.atomic():
            WorkEntry.objects.filter(pk=waiting.pk).update(quantity=Decimal(-1))


def test_approving_many_asks_as_much_as_approving_one_and_refuses_each_for_itself(
    organization: Organization, owner: User, project_manager: User
) -> None:
    line = led_by(organization, project_manager)
    bare = led_by(organization, project_manager, number="2207", unit_price=None)
    first = write(organization, owner, line, quantity=Decimal("0.1"))
    many = [write(organization, owner, line, quantity=Decimal("0.1")) for _ in range(scaled(100, 8))]
    priceless = write(organization, owner, bare)

    def count(*entries: WorkEntry) -> tuple[int, approving.Approved]:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = approve(organization, project_manager, *entries)
        return len(asked), answer

    alone, _answer = count(first)
    together, answer = count(*many, priceless)
    assert together <= alone + 1  # the audit line of those that are refused has no statement of its own
    assert (len(answer.done), [entry.pk for entry, _why in answer.refused]) == (len(many), [priceless.pk])
    assert "price" in str(answer.refused[0][1]).lower() or "pris" in str(answer.refused[0][1]).lower()
    with in_organization(organization):
        assert waiting_for(organization, approver(organization, project_manager)).get() == priceless


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_make_one_item(organization: Organization, owner: User, project_manager: User) -> None:
    entry = write(organization, owner, led_by(organization, project_manager))
    answers: list[int] = []
    start = threading.Barrier(2)

    def run(user: User) -> None:
        start.wait(10)
        try:
            answers.append(len(approve(organization, user, entry, sees_all=user == owner).done))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(user,)) for user in (owner, project_manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(answers) == [0, 1]
    assert len(items_of(organization)) == 1


def test_settings_of_billing_are_saved_over_what_was_seen(organization: Organization, owner: User) -> None:
    values = {name: value for name, value in _settings(organization).items() if name != "version"}
    values |= {"uses_journal": True, "confirms_proformas": True, "dimension_names": ["Avdeling"], "notice_days": 3}
    with in_organization(organization):
        settings = BacklogSettings(organization=organization)
        kept = {name: getattr(settings, name) for name in FIELDS}
    with organization_context(organization.pk):
        actor = Actor.person(owner)
        saved = update_billing(organization, version=1, actor=actor, **(kept | values))
        with pytest.raises(DomainError):
            update_billing(organization, version=1, actor=actor, **(kept | values | {"notice_days": 5}))
    assert (saved.version, saved.dimension_names, saved.uses_journal) == (2, ["Avdeling"], True)
