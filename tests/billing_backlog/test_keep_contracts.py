"""Contracts from form to invoice: shares, lines, limits, milestones and progress, each told as one story."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from billing_backlog.actions.contracts import end_contract, update_contract
from billing_backlog.actions.limits import evaluate_limits, set_limits
from billing_backlog.actions.milestones import plan_milestones
from billing_backlog.actions.progress import NextPart, bill_progress
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.splits import resplit_work
from billing_backlog.billing_methods import MilestoneState
from billing_backlog.contract_terms import ContractTerms, LimitOn, LineTerms, MilestoneTerms, ShareTerms
from billing_backlog.errors import LimitNeedsApproval, StaleRecord
from billing_backlog.intake.plain import Source
from billing_backlog.models import BacklogItem, Contract, ContractLine, LimitRequest
from billing_backlog.queries.contracts import items_of_milestones, milestone_states, whole_contract
from billing_backlog.queries.summaries import summary_of
from customers.models import Customer
from foundation.errors import DomainError, Refusals
from tenants.context import organization_context
from tenants.models import Notice, Organization, User
from tests import builders
from tests.builders import in_organization, make_contract_line, take_work, work

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def typed(customers: list[Customer], **changes: str) -> dict[str, Any]:
    """A contract of two customers and two lines as it is written into the form."""
    percents = ["60", "40"]
    rows = {f"s{place}-customer": f"{customer.number}" for place, customer in enumerate(customers)}
    rows |= {f"s{place}-percent": percents[place] for place in range(len(customers))}
    return {
        "number": "K-1", "name": "Rammeavtale", "currency": "NOK", "starts_on": "2026-01-01",
        "fixed_exchange_rate": "11.5", "vat_treatment": "low", "group_by": "person", "shows": "summary",
        "share": ["s0", "s1", "s9"], **rows, "s9-customer": "", "line": ["l0", "l1", "l9"],
        "l0-name": "Rådgivning", "l0-billing_method": "time_and_material", "l0-unit_code": "HUR",
        "l0-unit_price": "1250", "l0-frequency": "monthly", "l0-month_day": "31", "l0-runs_per_month": "1",
        "l1-name": "Prosjektering", "l1-billing_method": "fixed_price", "l1-unit_code": "NAR", "l1-amount": "100001",
        "l9-name": "", "l9-billing_method": "time_and_material", "l9-unit_code": "HUR", **changes,
    }  # fmt: skip


def test_a_contract_is_written_on_one_form_and_refused_row_by_row(
    organization: Organization, owner: User, client_of: ClientOf
) -> None:
    customers = [builders.make_customer(organization, name=name) for name in ("Nord AS", "Sør AS")]
    project = builders.make_project(organization, customers[0])
    client, address = client_of(owner), f"/{organization.slug}/projects/{project.pk}/contracts/new/"

    assert client.get(address).status_code == 200
    row = client.get(f"/{organization.slug}/contracts/new-row/?kind=share")
    assert row.content.count(b'name="share"') == 1
    more = client.post(address, {**typed(customers), "add": "line"})
    assert (more.status_code, len(more.context["sheet"].lines)) == (200, 4)
    for changes, field in (
        ({"s1-percent": "39.5"}, ""),
        ({"s1-customer": "Nobody"}, "s1-customer"),
        ({"s1-customer": str(customers[0].number)}, "s0-customer"),
        ({"l1-amount": ""}, "l1-amount"),
        ({"l0-month_day": ""}, "l0-month_day"),
        ({"ends_on": "2025-12-31"}, "ends_on"),
    ):
        refused = client.post(address, typed(customers, **changes))
        sheet = refused.context["sheet"]
        assert refused.status_code == 422
        assert f"id_{field}" in {name for name, _label, _why in sheet.row_errors} if field else sheet.errors, changes

    made = client.post(address, typed(customers))
    with in_organization(organization):
        contract = Contract.objects.get()
        whole = whole_contract(organization, contract)
        summary = summary_of(organization, whole, today=date(2026, 11, 21))
    assert made["Location"] == f"/{organization.slug}/contracts/{contract.pk}/"
    assert {str(share.customer): int(share.share_percent) for share in whole.shares} == {"Nord AS": 60, "Sør AS": 40}
    assert [line.billing_method for line in whole.lines] == ["time_and_material", "fixed_price"]
    assert [run.day for run in summary.runs][:3] == [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31)]
    assert contract.layout == {"group_by": "person", "shows": "summary"}
    assert client.get(made["Location"] + "edit/").context["sheet"].head["group_by"].value() == "person"
    page = client.get(made["Location"])
    assert [missing for _line, missing in page.context["summary"].whole.milestone_faults] == [Decimal("100001.00")]


def stored(organization: Organization, line: ContractLine) -> tuple[ContractTerms, int]:
    """The contract's own terms, to be changed."""
    with in_organization(organization):
        whole = whole_contract(organization, Contract.objects.get(pk=line.contract_id))
    contract = whole.contract
    names = ("number", "name", "currency", "starts_on", "ends_on", "limit_amount")
    shares = tuple(
        ShareTerms(customer_id=share.customer_id, percent=share.share_percent, key=f"s{place}")
        for place, share in enumerate(whole.shares)
    )
    values = {"name": line.name, "billing_method": line.billing_method, "amount": line.amount}
    lines = (LineTerms(line_id=line.pk, values=values, key="l0"),)
    return ContractTerms(values={name: getattr(contract, name) for name in names}, shares=shares, lines=lines), 1


def change(organization: Organization, line: ContractLine, *, may_raise: bool = True, **parts: Any) -> Contract:
    """Save the contract with other parts."""
    terms, version = stored(organization, line)
    wanted = {"values": terms.values | parts.get("values", {}), "shares": parts.get("shares", terms.shares)}
    with organization_context(organization.pk):
        return update_contract(
            organization, line.contract_id, ContractTerms(**wanted, lines=parts.get("lines", terms.lines)),
            version=version, may_raise_limits=may_raise, actor=builders.actor_of(organization), now=NOW,
        )  # fmt: skip


def fields_of(refusal: DomainError) -> list[str]:
    """The fields that a refusal names."""
    return [part.field for part in (refusal.refusals if isinstance(refusal, Refusals) else (refusal,))]


def test_m_023_what_is_worked_keeps_its_way_of_billing(organization: Organization) -> None:
    line = make_contract_line(organization, contract={"limit_amount": Decimal(9000)})
    take_work(organization, work(line))
    terms, _version = stored(organization, line)
    values = terms.lines[0].values

    for parts, field in (
        ({"lines": (LineTerms(line_id=line.pk, values=values | {"billing_method": "recurring"}, key="l0"),)},
         "l0-billing_method"),
        ({"lines": (LineTerms(line_id=line.pk, values=values, key="l0", is_removed=True),
                    LineTerms(values=values | {"name": "Ny"}, key="l1"))}, "l0-remove"),
        ({"values": {"currency": "EUR"}}, "currency"),
        ({"values": {"limit_amount": None}, "may_raise": False}, "limit_amount"),
        ({"shares": (ShareTerms(customer_id=terms.shares[0].customer_id, percent=Decimal("99.99"), key="s0"),)},
         "shares"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as refused:
            change(organization, line, **parts)
        assert fields_of(refused.value) == [field]
    with in_organization(organization):
        assert Contract.objects.get().version == 1

    changed = change(organization, line, values={"name": "Ny rammeavtale"})
    assert (changed.version, changed.name) == (2, "Ny rammeavtale")
    with pytest.raises(StaleRecord):
        change(organization, line)
    with organization_context(organization.pk):
        for _twice in range(2):
            end_contract(
                organization, line.contract_id, last_day=date(2026, 10, 31), actor=builders.actor_of(organization)
            )
    with pytest.raises(AssertionError):
        take_work(organization, work(line))


def test_m_037_unbilled_work_is_split_anew_and_billed_work_stays(organization: Organization) -> None:
    nord, sor = builders.make_customer(organization, name="Nord AS"), builders.make_customer(organization, name="Sør")
    line = make_contract_line(organization, builders.make_project(organization, nord), shares={nord: "100"})
    told = [work(line, source=Source("plan", "1", str(place)), quantity=Decimal("7.5")) for place in range(2)]
    billed, _left = take_work(organization, *told, ready=True)
    builders.make_proformas_of(organization, [billed])
    shares = (
        ShareTerms(customer_id=nord.pk, percent=Decimal("33.33"), key="s0"),
        ShareTerms(customer_id=sor.pk, percent=Decimal("66.67"), key="s1"),
    )
    change(organization, line, shares=shares)

    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        first = resplit_work(organization, line.contract_id, actor=actor, now=NOW)
        again = resplit_work(organization, line.contract_id, actor=actor, now=NOW)
    assert (first.split, again.split) == (1, 0)
    with in_organization(organization):
        items = {
            (item.source_line, item.customer.name): item.quantity
            for item in BacklogItem.objects.select_related("customer")
        }
    assert items[("0", "Nord AS")] == Decimal("7.5")
    assert items[("1", "Nord AS")] + items[("1", "Sør")] == Decimal("7.5")
    assert items[("1", "Nord AS")] == Decimal("2.49975")
    change_back = (ShareTerms(customer_id=nord.pk, percent=Decimal(100), key="s0"),)
    terms, _version = stored(organization, line)
    with organization_context(organization.pk):
        update_contract(
            organization, line.contract_id, ContractTerms(values=terms.values, shares=change_back, lines=terms.lines),
            version=2, may_raise_limits=True, actor=actor, now=NOW,
        )  # fmt: skip
        assert resplit_work(organization, line.contract_id, actor=actor, now=NOW).split == 1
    with in_organization(organization):
        live = list(BacklogItem.objects.filter(cancelled_at=None).values_list("source_line", "quantity"))
    assert sorted(live) == [("0", Decimal("7.5")), ("1", Decimal("7.5"))]


def plan(organization: Organization, line: ContractLine, version: int, *parts: MilestoneTerms) -> None:
    """Store the plan of a line."""
    with organization_context(organization.pk):
        plan_milestones(organization, line.pk, parts, version=version, actor=builders.actor_of(organization), now=NOW)


def states(organization: Organization, line: ContractLine) -> list[MilestoneState]:
    """How far each milestone has come."""
    with in_organization(organization):
        milestones = whole_contract(organization, Contract.objects.get()).milestones[line.pk]
        items = items_of_milestones(organization, [each.pk for each in milestones])
        found = milestone_states(organization, items)
        return [found[each.pk] for each in milestones]


def test_m_055_a_plan_that_does_not_add_up_stays_visible_until_it_is_mended(organization: Organization) -> None:
    nord, sor = builders.make_customer(organization, name="Nord AS"), builders.make_customer(organization, name="Sør")
    line = make_contract_line(
        organization, builders.make_project(organization, nord), shares={nord: "50", sor: "50"},
        billing_method="fixed_price", amount=Decimal("100.01"), unit_price=None,
    )  # fmt: skip
    day = date(2026, 12, 1)
    plan(organization, line, 1, MilestoneTerms(name="Skisse", amount=Decimal("40.01"), planned_on=day))
    with in_organization(organization):
        whole = whole_contract(organization, Contract.objects.get())
        [milestone] = whole.milestones[line.pk]
        items = list(BacklogItem.objects.order_by("share_number"))
    assert [missing for _line, missing in whole.milestone_faults] == [Decimal("60.00")]
    assert [item.amount for item in items] == [Decimal("20.01"), Decimal("20.00")]  # to the øre
    assert states(organization, line) == [MilestoneState.NOT_STARTED]

    kept = MilestoneTerms(milestone_id=milestone.pk, name="Skisse", amount=Decimal("50.01"), planned_on=day, key="m0")
    plan(organization, line, 2, kept, MilestoneTerms(name="Levert", amount=Decimal(50), planned_on=day))
    with in_organization(organization):
        whole = whole_contract(organization, Contract.objects.get())
    assert whole.milestone_faults == []

    # Each customer's share is readied separately; the milestone is done when all of them are billed.
    [first, second] = items
    with organization_context(organization.pk):
        assert not mark_ready(organization, [first.pk], actor=builders.actor_of(organization), now=NOW).refused
    assert states(organization, line)[0] == MilestoneState.IN_PROGRESS
    [proforma] = builders.make_proformas_of(organization, [first])
    assert builders.lines_of(organization, proforma.invoice)[0].unit_price == Decimal("25.01")
    with pytest.raises(Refusals) as refused:
        plan(
            organization, line, 3,
            MilestoneTerms(milestone_id=milestone.pk, name="Skisse", amount=Decimal(1), planned_on=day, key="m0"),
        )  # fmt: skip
    assert fields_of(refused.value) == ["m0-amount"]
    with organization_context(organization.pk):
        mark_ready(organization, [second.pk], actor=builders.actor_of(organization), now=NOW)
    [other] = builders.make_proformas_of(organization, [second])
    builders.finalize_drafts(organization, [proforma.invoice_id, other.invoice_id])
    assert states(organization, line) == [MilestoneState.COMPLETED, MilestoneState.NOT_STARTED]


def test_m_054_progress_is_billed_part_by_part_and_never_beyond_the_amount(organization: Organization) -> None:
    customers = [builders.make_customer(organization, name=name) for name in ("A", "B", "C")]
    shares = dict(zip(customers, ["33.3333", "33.3333", "33.3334"], strict=True))
    line = make_contract_line(
        organization, builders.make_project(organization, customers[0]), shares=shares,
        billing_method="progress", amount=Decimal("1000.00"), unit_price=None,
    )  # fmt: skip

    def bill(number: int, **part: Any) -> list[Decimal]:
        with organization_context(organization.pk):
            items = bill_progress(
                organization, line.pk, NextPart(number=number, day=date(2026, 11, 1), text="Del", **part),
                actor=builders.actor_of(organization), now=NOW,
            )  # fmt: skip
        return [item.amount for item in items]

    assert bill(1, done_percent=Decimal(10)) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert bill(1, done_percent=Decimal(10)) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]  # twice is once
    for part, field in (
        ({"amount": Decimal("900.01")}, "amount"),
        ({"done_percent": Decimal(10)}, "done_percent"),
        ({}, "amount"),
    ):
        with pytest.raises(DomainError) as refused:
            bill(2, **part)
        assert refused.value.field == field
    with pytest.raises(StaleRecord):
        bill(3, amount=Decimal(1))
    assert sum(bill(2, amount=Decimal("0.02"))) == Decimal("0.02")
    assert sum(bill(3, done_percent=Decimal(100))) == Decimal("899.98")
    with in_organization(organization):
        assert sum(item.amount for item in BacklogItem.objects.all()) == Decimal("1000.00")
        assert all(item.is_ready for item in BacklogItem.objects.all())


def test_m_042_a_raised_limit_frees_what_waits_and_leaves_what_is_on_documents(
    organization: Organization, owner: User, project_manager: User, client_of: ClientOf
) -> None:
    customer = builders.make_customer(organization)
    project = builders.make_project(organization, customer, manager=project_manager)
    line = make_contract_line(organization, project, contract={"limit_amount": Decimal(5000)}, limit_amount=9000)
    items = take_work(organization, *(work(line, text=f"Dag {day}") for day in range(4)))
    with organization_context(organization.pk):
        mark_ready(organization, [items[0].pk], actor=builders.actor_of(organization), now=NOW)
    builders.make_proformas_of(organization, [items[0]])
    slug, contract_id = organization.slug, line.contract_id
    manager, decider = client_of(project_manager), client_of(owner)

    def over() -> list[bool]:
        return [item.is_over_limit for item in read(organization)]

    assert over() == [False, False, True, True]
    asked = {"limit_on": "0", "amount": "7500", "reason": "Mer grunnarbeid"}
    for _twice in range(2):
        assert manager.post(f"/{slug}/contracts/{contract_id}/limits/ask/", asked).status_code == 302
    with in_organization(organization):
        request = LimitRequest.objects.get()
        assert Notice.objects.filter(user=owner, kind="limit.asked").exists()
    address = f"/{slug}/projects/limits/{request.pk}/answer/"
    assert manager.post(address, {"decision": "approved"}).status_code == 403
    assert decider.post(address, {"decision": "refused"}).status_code == 422  # without a reason
    assert b"7" in decider.get(f"/{slug}/projects/limits/").content
    for _twice in range(2):
        assert decider.post(address, {"decision": "approved"}).status_code == 302
    assert decider.post(address, {"decision": "refused", "answer": "Nei"}).status_code == 422

    assert over() == [False, False, False, True]
    with in_organization(organization):
        assert Contract.objects.get(pk=contract_id).limit_amount == Decimal(7500)
        assert Notice.objects.filter(user=project_manager, kind="limit.approved").exists()
        limits = {LimitOn(): Decimal(100), LimitOn(line_id=line.pk): None}
    with organization_context(organization.pk):
        with pytest.raises(LimitNeedsApproval):
            set_limits(
                organization, contract_id, {LimitOn(): None}, may_raise=False, actor=builders.actor_of(organization),
                now=NOW,
            )  # fmt: skip
        done = set_limits(
            organization, contract_id, limits, may_raise=True, actor=builders.actor_of(organization), now=NOW
        )
        assert done.stopped == 2
        assert evaluate_limits(organization, contract_id, actor=builders.actor_of(organization), now=NOW).stopped == 0
    # What stands on the draft exceeds the new limit and stays: it is not checked again.
    assert over() == [False, True, True, True]


def read(organization: Organization) -> list[BacklogItem]:
    """The items in the order in which they were told."""
    with in_organization(organization):
        return list(BacklogItem.objects.order_by("id"))
