"""The list of the backlog: what is found, what it comes to, who sees it, and what is done to what is chosen."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing_backlog.actions.cut_off_news import tell_managers
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.settling import settle_items
from billing_backlog.actions.write_offs import write_off_items
from billing_backlog.listing.asked import BacklogRequest, Group, Tab, parameters_of, request_of
from billing_backlog.listing.finding import Reader, matching, unswept
from billing_backlog.listing.page import list_page
from billing_backlog.listing.states import BacklogRow, State
from billing_backlog.listing.sums import sums_of
from billing_backlog.models import BacklogItem
from billing_backlog.queries.standing import standing_of
from tenants.context import organization_context
from tenants.models import AuditEntry, Notice, Organization, User
from tests import builders
from tests.builders import in_organization, make_contract_line, make_project, take_work, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SEED = 2026


@pytest.fixture(autouse=True)
def owner_reads_english(owner: User) -> None:
    owner.language = "en"
    owner.save(update_fields=["language"])


def reader(organization: Organization, user: User, *, sees_all: bool = True) -> Reader:
    return Reader(organization, user, sees_all, timezone.now(), builders.TODAY)


def address(organization: Organization, name: str = "list_backlog", *arguments: Any) -> str:
    return reverse(f"billing_backlog:{name}", args=[organization.slug, *arguments])


def found(organization: Organization, user: User, wanted: BacklogRequest) -> list[BacklogItem]:
    with in_organization(organization):
        who = reader(organization, user)
        return list(matching(who, wanted, unswept(organization, who.now)).order_by("-day", "-id"))


def fill(organization: Organization, owner: User) -> None:
    """Random work of three projects: ready, limited, free, without a number, written off, drafted, billed, credited."""
    chance = random.Random(SEED)
    customers = [
        builders.make_customer(organization, name="Nordhavn Marine AS"),
        builders.make_customer(organization, name="Uten nummer AS", organization_number=""),
        builders.make_customer(organization, name="Privat Person", kind="consumer", organization_number=""),
    ]
    items: list[BacklogItem] = []
    for place, customer in enumerate(customers):
        project = make_project(organization, customer, number=f"22{place:02}", manager=owner if place == 0 else None)
        line = make_contract_line(organization, project, limit_amount=Decimal(60_000) if place == 2 else None)
        new = [
            work(
                line,
                day=builders.TODAY - timedelta(days=chance.randint(0, 60)),
                quantity=Decimal(chance.randint(1, 1600)) / 100,
                kind=chance.choice(["time", "material", "visit"]),
                performed_by=chance.choice(["Eva Hansen", "Tor Lie", ""]),
                text=f"{chance.choice(['Tilsyn', 'Statikk', 'Befaring'])} {number}",
                charge_kind=chance.choice(["chargeable"] * 5 + ["non_chargeable"]),
            )
            for number in range(builders.scaled(60, quick=15))
        ]
        items += take_work(organization, *new)
    actor = builders.actor_of(organization)
    billable = [item for item in items if item.customer_id != customers[1].pk and not item.is_over_limit]
    picked = chance.sample(billable, len(billable) // 2)
    client_act(organization, picked, actor)
    drafted, billed = picked[::4], picked[1::4]
    builders.make_proformas_of(organization, drafted)
    proformas = builders.make_proformas_of(organization, billed)
    invoices = builders.finalize_drafts(organization, [each.invoice_id for each in proformas])
    [line_of, *_others] = builders.lines_of(organization, invoices[0])
    note = builders.make_credit_note_draft(organization, invoices[0], {line_of.pk: line_of.quantity / 2})
    builders.finalize_drafts(organization, [note.pk])
    rest = [item for item in billable if item not in picked][:3]
    with organization_context(organization.pk):
        quantities: dict[Any, Any] = {rest[0].pk: None, rest[1].pk: rest[1].quantity / 2}
        write_off_items(organization, quantities, reason="Kulanse", actor=actor, now=NOW)


def client_act(organization: Organization, items: list[BacklogItem], actor: Any) -> None:
    with organization_context(organization.pk):
        assert not mark_ready(organization, [item.pk for item in items], actor=actor, now=NOW).refused


def expected(organization: Organization, wanted: BacklogRequest, owner: User) -> list[BacklogRow]:
    """The same question answered in plain Python over every item."""
    rows = []
    with in_organization(organization):
        items = list(BacklogItem.objects.of(organization).select_related("customer", "project", "contract"))
        standing = standing_of(organization, items)
    for item in items:
        row = BacklogRow(item, standing[item.pk])
        is_open = row.state not in (State.INVOICED, State.WRITTEN_OFF, State.CANCELLED)
        stopped = item.is_over_limit or item.customer.name == "Uten nummer AS"
        keeps = [
            is_open or wanted.shows_invoiced,
            not wanted.until or item.day <= wanted.until,
            not wanted.kind or item.kind == wanted.kind,
            not wanted.customer or item.customer_id == wanted.customer,
            wanted.least is None or item.amount >= wanted.least,
            wanted.most is None or item.amount <= wanted.most,
            wanted.tab != Tab.VISITS or item.kind == "visit",
            wanted.tab != Tab.MINE or (item.project is not None and item.project.manager_id == owner.pk),
            wanted.tab != Tab.STOPPED or stopped,
            all(
                word in f"{item.text} {item.performed_by} {item.customer.name}".casefold()
                for word in wanted.words.casefold().split()
            ),
            not wanted.state or _is_in(row, wanted.state.value, stopped=stopped),
        ]
        if all(keeps):
            rows.append(row)
    return rows


def _is_in(row: BacklogRow, state: str, *, stopped: bool) -> bool:
    if row.state == State.DRAFTED:
        return state == "drafted"
    if stopped:
        return state == "stopped"
    return state == ("ready" if row.item.is_ready else "not_ready")


def test_m_026_filters_and_sums_are_those_of_the_plain_answer(organization: Organization, owner: User) -> None:
    fill(organization, owner)
    with in_organization(organization):
        customer = BacklogItem.objects.of(organization).first()
        assert customer is not None
    questions = [
        {},
        {"invoiced": "1"},
        {"until": (builders.TODAY - timedelta(days=30)).isoformat()},
        {"kind": "time", "least": "5 000,00"},
        {"most": "2000"},
        {"tab": "visits"},
        {"tab": "mine"},
        {"tab": "stopped"},
        {"q": "tilsyn eva"},
        {"customer": str(customer.customer_id), "state": "ready"},
        {"state": "not_ready"},
        {"state": "drafted"},
        {"state": "stopped"},
    ]
    for is_swept in (False, True):
        for question in questions:
            wanted = request_of(question)
            answer = expected(organization, wanted, owner)
            assert {item.pk for item in found(organization, owner, wanted)} == {row.item.pk for row in answer}, question
            amounts: Counter[str] = Counter()
            for row in answer:
                amounts[row.state if row.state != State.WRITTEN_OFF else State.INVOICED] += row.amount  # type: ignore[assignment]
            with in_organization(organization):
                who = reader(organization, owner)
                sums = sums_of(organization, matching(who, wanted, unswept(organization, who.now)))
                by_state = {each.state.value: each.amount for each in sums.whole}
            assert by_state == {str(state): amount for state, amount in amounts.items()}, (question, is_swept)
        settle_items_of(organization)
    with in_organization(organization):
        settled = set(
            BacklogItem.objects.of(organization).filter(settled_at__isnull=False).values_list("pk", flat=True)
        )
    done = {State.INVOICED, State.WRITTEN_OFF}
    everything = expected(organization, BacklogRequest(shows_invoiced=True), owner)
    assert settled == {row.item.pk for row in everything if row.state in done}


def settle_items_of(organization: Organization) -> int:
    with organization_context(organization.pk):
        return settle_items(organization, now=timezone.now())


def test_every_group_and_page_holds_each_item_once(organization: Organization, owner: User) -> None:
    fill(organization, owner)
    for group in Group:
        for sort in ("-day", "day", "-amount", "text", "person"):
            wanted = BacklogRequest(group=group, sort=sort)
            seen: list[Any] = []
            after = ""
            with in_organization(organization):
                who = reader(organization, owner)
                for _page in range(20):
                    page = list_page(who, wanted, QueryDict(f"after={after}" if after else ""))
                    seen += [row.item.pk for each in page.groups for row in each.rows]
                    after = QueryDict(page.pagination["next_url"].removeprefix("?")).get("after", "")
                    if not after:
                        break
            whole = {row.item.pk for row in expected(organization, wanted, owner)}
            assert len(seen) == len(set(seen)), (group, sort)
            assert set(seen) == whole, (group, sort)
    assert request_of(parameters_of(BacklogRequest(tab=Tab.STOPPED, group=Group.WEEK, words="å & b"))).words == "å & b"


def test_m_040_m_041_work_is_marked_drafted_billed_and_leaves_the_list_until_it_is_credited(
    organization: Organization, client_of: Any, owner: User
) -> None:
    contract_line = make_contract_line(organization)
    items = take_work(organization, *(work(contract_line, text=text) for text in ["Kai", "Mast"]))
    client: Client = client_of(owner)
    sent = {"id": [str(item.pk) for item in items], "query": "group=none"}
    answer = client.post(address(organization, "mark_ready"), sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "2 lines are ready" in answer.content.decode()
    client.post(address(organization, "mark_not_ready"), {"id": str(items[1].pk)})
    assert "Not judged" in client.get(address(organization)).content.decode()

    [proforma] = builders.make_proformas_of(organization, [items[0]])
    assert [item.pk for item in found(organization, owner, request_of({"state": "drafted"}))] == [items[0].pk]
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    assert [item.pk for item in found(organization, owner, BacklogRequest())] == [items[1].pk]
    assert settle_items_of(organization) == 1
    assert settle_items_of(organization) == 0
    assert len(found(organization, owner, BacklogRequest(shows_invoiced=True))) == 2

    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    assert len(found(organization, owner, BacklogRequest())) == 2
    assert settle_items_of(organization) == 1
    page = client.get(address(organization, "show_item", items[0].pk)).content.decode()
    assert str(invoice.number) in page
    assert "Petra Prosjekt" in page
    with in_organization(organization):
        [line] = builders.lines_of(organization, invoice)
    panel = client.get(address(organization, "panel_line_source", line.pk)).content.decode()
    assert "K-2204, Rådgivning" in panel
    assert client.get(address(organization, "panel_line_source", items[0].pk)).status_code == 404


def test_m_155_price_and_charge_are_changed_with_a_reason_and_limits_are_checked_again(
    organization: Organization, client_of: Any, owner: User
) -> None:
    line = make_contract_line(organization, limit_amount=Decimal(5_000))
    fee = work(text="Gebyr", unit_price=Decimal(10), customer_id=line.contract.project.customer_id)
    night = work(line, text="Nattarbeid", quantity=Decimal(1))
    first, second, billed = take_work(organization, work(line), night, fee, ready=True)
    builders.make_proformas_of(organization, [billed])
    client: Client = client_of(owner)
    sent = {"id": [str(first.pk), str(billed.pk)], "act": "price"}
    form = client.post(address(organization, "change_items"), sent)
    assert form.status_code == 200
    assert "New price" in form.content.decode()
    told = {**sent, "confirmed": "1", "unit_price": "2300"}
    assert client.post(address(organization, "change_items"), told).status_code == 422

    answer = client.post(address(organization, "change_items"), {**told, "reason": "Nattillegg"}, follow=True)
    assert "stands on a draft or an invoice" in answer.content.decode()
    changed = reload(organization, first)
    assert (changed.unit_price, changed.rule_price, changed.amount) == (Decimal(2300), Decimal(1250), Decimal(4600))
    assert (changed.price_reason, changed.is_over_limit, changed.is_ready) == ("Nattillegg", True, False)
    assert reload(organization, billed).unit_price == 10
    with in_organization(organization):
        [entry] = AuditEntry.objects.of(organization).filter(verb="backlog.changed")
        assert entry.facts["changes"]["unit_price"]
        assert entry.facts["reason"] == "Nattillegg"

    free = {"id": str(first.pk), "act": "charge", "confirmed": "1", "charge_kind": "non_chargeable", "reason": "Møte"}
    client.post(address(organization, "change_items"), free)
    assert (reload(organization, first).charge_kind, reload(organization, first).is_over_limit) == (
        "non_chargeable",
        False,
    )
    assert not reload(organization, second).is_over_limit


def test_m_158_work_is_moved_written_off_and_cancelled_and_each_refusal_is_named(
    organization: Organization, client_of: Any, owner: User
) -> None:
    project = make_project(organization)
    line = make_contract_line(organization, project)
    other = make_contract_line(organization, project, contract={"number": "K-2"}, unit_price=Decimal(1500))
    foreign = make_contract_line(
        organization,
        make_project(organization, builders.make_customer(organization, name="Annen AS"), number="9"),
        contract={"number": "K-9"},
    )
    one, two = take_work(organization, work(line), work(line, text="Mast"))
    client: Client = client_of(owner)

    def act(verb: str, *items: BacklogItem, **more: str) -> str:
        sent = {"id": [str(item.pk) for item in items], "act": verb, "confirmed": "1", "reason": "Feil sted", **more}
        return client.post(address(organization, "change_items"), sent, follow=True).content.decode()

    assert "is no customer of contract K-9" in act("move", one, line=str(foreign.pk))
    assert "1 line is moved" in act("move", one, line=str(other.pk))
    moved = reload(organization, one)
    assert (moved.line_id, moved.unit_price, moved.rule_price) == (other.pk, Decimal(1250), Decimal(1500))
    assert "1 line is written off" in act("write_off", one)
    assert "Nothing is left to bill" in act("write_off", one)
    assert "1 line is cancelled" in act("cancel", two)
    assert found(organization, owner, BacklogRequest()) == []
    with in_organization(organization):
        [given_up] = reload(organization, one).write_offs.all()
    client.post(address(organization, "take_back_write_off", one.pk, given_up.pk))
    assert len(found(organization, owner, BacklogRequest())) == 1


def test_m_022_managers_see_and_touch_their_own_projects_only(
    organization: Organization, other_organization: Organization, client_of: Any, project_manager: User, owner: User
) -> None:
    own = take_work(
        organization, work(make_contract_line(organization, make_project(organization, manager=project_manager)))
    )
    line = make_contract_line(organization, make_project(organization, number="1"), contract={"number": "K-1"})
    others = take_work(organization, work(line, text="Andres arbeid"))
    [elsewhere] = take_work(other_organization, work(make_contract_line(other_organization)))
    client: Client = client_of(project_manager)

    page = client.get(address(organization)).content.decode()
    assert "Rådgivning" in page
    assert "Andres arbeid" not in page
    assert client.get(address(organization, "show_item", others[0].pk)).status_code == 404
    assert client.get(address(organization, "show_item", elsewhere.pk)).status_code == 404
    client.post(address(organization, "mark_ready"), {"id": [str(item.pk) for item in [*own, *others, elsewhere]]})
    assert reload(organization, own[0]).is_ready
    assert not reload(organization, others[0]).is_ready
    assert client_of(owner).get(address(organization)).content.decode().count("Andres arbeid") >= 1


def test_m_057_more_than_a_thousand_are_marked_by_a_job_that_names_each_refusal(
    organization: Organization, client_of: Any, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing_backlog.views.acting.AT_ONCE_MAX", 2)
    line = make_contract_line(organization, limit_amount=Decimal(5_000))
    items = take_work(organization, *(work(line, text=f"Del {number}") for number in range(3)))
    answer = client_of(owner).post(address(organization, "mark_ready"), {"all": "1", "query": "", "key": "k1"})
    builders.run_background()
    page = client_of(owner).get(answer["Location"]).content.decode()
    assert "would exceed what was agreed" in page
    assert [reload(organization, item).is_ready for item in items].count(True) == 2


def test_managers_are_told_once_before_the_cut_off(organization: Organization, project_manager: User) -> None:
    project = make_project(organization, manager=project_manager)
    line = make_contract_line(organization, project, frequency="monthly", schedule_day=builders.TODAY.day)
    take_work(organization, work(line, day=builders.TODAY - timedelta(days=5)))
    run = builders.TODAY
    for today, told in [(run - timedelta(days=5), 0), (run - timedelta(days=2), 1), (run - timedelta(days=1), 1)]:
        with organization_context(organization.pk):
            assert tell_managers(organization, today=today) == told
    with in_organization(organization):
        [notice] = Notice.objects.of(organization).filter(kind="backlog.cut_off")
        assert (notice.user_id, notice.facts["count"]) == (project_manager.pk, 1)


def test_the_list_takes_as_many_statements_for_fifty_items_as_for_one(
    organization: Organization, client_of: Any, owner: User
) -> None:
    line = make_contract_line(organization)
    take_work(organization, work(line))
    client: Client = client_of(owner)
    counts = []
    client.get(address(organization))  # what is asked once in a process
    for more in (0, 60):
        if more:
            take_work(organization, *(work(line, text=f"Del {number}") for number in range(more)))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address(organization))
        counts.append(len(captured))
    assert counts[0] == counts[1] < 30
    assert len(page.content) < 100_000


def test_the_export_holds_what_the_list_finds(organization: Organization, client_of: Any, owner: User) -> None:
    take_work(organization, work(make_contract_line(organization), text="=1+1"))
    client: Client = client_of(owner)
    answer = client.post(address(organization, "export_backlog"), {"all": "1", "query": "", "file_format": "csv"})
    builders.run_background()
    job = client.get(answer["Location"]).content.decode()
    assert "csv" in job
    file = client.get(answer["Location"] + "file/")
    content = b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "'=1+1" in content
    assert "2500" in content


def reload(organization: Organization, item: BacklogItem) -> BacklogItem:
    with in_organization(organization):
        return BacklogItem.objects.of(organization).get(pk=item.pk)
