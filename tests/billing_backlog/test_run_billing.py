"""A billing run from preparation to drafts: rehearsed without a trace, frozen, approved by name, generated once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from billing_backlog.actions import run_generating, runs
from billing_backlog.errors import ControlDiffers, RunHasMoved, RunIsNotReady, RunIsOver, WrongName, YourOwnRun
from billing_backlog.models import BacklogItem, BillingRun, Facility, Proforma, RunRow
from billing_backlog.proof import basis_problems, run_problems
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.runs.basis import Sum
from billing_backlog.runs.manifest import verify_manifest
from customers.models import Customer
from foundation import files
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.builders import in_organization, make_customer, take_work, work
from tests.committed_world import fingerprint

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)
TODAY = NOW.date()
UNTIL = date(2026, 11, 30)


def make_facility(organization: Organization, number: str = "1", name: str = "Solhallen", **more: Any) -> Facility:
    with in_organization(organization):
        return Facility.objects.create(organization=organization, number=number, name=name, **more)


def bookings(
    organization: Organization, facility: Facility, customer: Customer, count: int = 2, **changes: Any
) -> list[BacklogItem]:
    """Trainings in the hall, each two hours at 300.00."""
    told = [
        work(
            kind="booking",
            customer_id=customer.pk,
            facility_id=facility.pk,
            text=f"Trening {place}",
            day=date(2026, 11, 3 + place),
            unit_price=Decimal(300),
            **changes,
        )
        for place in range(count)
    ]
    return take_work(organization, *told, ready=True)


def new_run(organization: Organization, person: User | None = None, **changes: Any) -> BillingRun:
    fields = {"name": "November 2026", "scope": "facilities", "period_from": date(2026, 11, 1), "until": UNTIL}
    actor = Actor.person(person) if person else builders.actor_of(organization)
    with organization_context(organization.pk):
        return runs.open_run(organization, BillingRun(**fields | changes), actor=actor, now=NOW)


def prepare(organization: Organization, run: BillingRun, person: User, controls: Sequence[Sum]) -> None:
    """Every facility taken and finished with the booking list's figures, every difference accepted."""
    actor = Actor.person(person)
    with organization_context(organization.pk):
        with transaction.atomic():
            places = queries.facilities_of(organization, run)
        for place, control in zip(places, controls, strict=True):
            runs.take_facility(organization, run.pk, place.facility_id, actor=actor, now=NOW)
            runs.finish_facility(organization, run.pk, place.facility_id, control=control, actor=actor, now=NOW)
        with transaction.atomic():
            keys = [each.key for each in rehearse_run(organization, run).unanswered]
        runs.answer_differences(organization, run.pk, keys, explanation="Ny sesong", actor=actor)


def freeze_and_approve(organization: Organization, run: BillingRun) -> None:
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        runs.freeze_run(organization, run.pk, actor=actor, now=NOW)
        runs.approve_run(organization, run.pk, typed_name=run.name, actor=actor, now=NOW)


def generate(organization: Organization, run: BillingRun) -> list[Proforma]:
    with organization_context(organization.pk):
        return run_generating.generate_batch(
            organization, run.pk, actor=builders.actor_of(organization), today=TODAY, now=NOW
        )


def test_m_142_a_customer_gets_one_draft_that_specifies_each_rental(
    organization: Organization, case_worker: User
) -> None:
    first, second = make_facility(organization), make_facility(organization, "2", "Kaihallen")
    club, choir = make_customer(organization), make_customer(organization, name="Fjellklang Kor")
    bookings(organization, first, club)
    agreed = builders.make_contract_line(organization, builders.make_project(organization, club))
    bookings(organization, second, club, 1, line_id=agreed.pk, price_reason="Avtalt leie")
    bookings(organization, second, choir)
    run = new_run(organization, case_worker)
    prepare(organization, run, case_worker, [Sum(2, Decimal(1200)), Sum(3, Decimal(1800))])
    freeze_and_approve(organization, run)

    made = generate(organization, run)

    lines = {proforma.invoice.customer.name: builders.lines_of(organization, proforma.invoice) for proforma in made}
    assert {name: [line.description for line in own] for name, own in lines.items()} == {
        club.name: ["Trening 0", "Trening 0", "Trening 1"],
        "Fjellklang Kor": ["Trening 0", "Trening 1"],
    }
    assert generate(organization, run) == []
    with in_organization(organization):
        stored = BillingRun.objects.get()
    manifest = files.load(str(organization.pk), stored.manifest_sha256)
    assert verify_manifest(manifest) == []
    assert stored.control["total"] == {"count": 5, "amount": "3000.00"}


def test_m_141_m_146_m_157_a_facility_is_finished_only_with_the_control_total_of_its_list(
    organization: Organization, case_worker: User, project_manager: User
) -> None:
    facility = make_facility(organization)
    bookings(organization, facility, make_customer(organization))
    run = new_run(organization, case_worker)
    mine, theirs = Actor.person(case_worker), Actor.person(project_manager)
    right = Sum(2, Decimal(1200))
    with organization_context(organization.pk):
        runs.take_facility(organization, run.pk, facility.pk, actor=mine, now=NOW)
        with pytest.raises(ControlDiffers, match="the basis has 2 lines"):
            runs.finish_facility(
                organization, run.pk, facility.pk, control=Sum(2, Decimal("1200.01")), actor=mine, now=NOW
            )
        with pytest.raises(RunIsNotReady, match="Take"):
            runs.finish_facility(organization, run.pk, facility.pk, control=right, actor=theirs, now=NOW)
        with pytest.raises(RunIsNotReady, match="1 Solhallen"):  # who is missing is shown
            runs.freeze_run(organization, run.pk, actor=mine, now=NOW)
        runs.finish_facility(organization, run.pk, facility.pk, control=right, actor=mine, now=NOW)
        with pytest.raises(RunIsNotReady, match="neither accepted nor explained"):
            runs.freeze_run(organization, run.pk, actor=mine, now=NOW)


def test_m_143_the_run_is_approved_by_its_name_and_by_a_second_person(
    organization: Organization, case_worker: User, accountant: User
) -> None:
    facility = make_facility(organization)
    bookings(organization, facility, make_customer(organization))
    run = new_run(organization, case_worker, needs_second_person=True)
    prepare(organization, run, case_worker, [Sum(2, Decimal(1200))])
    with organization_context(organization.pk):
        runs.freeze_run(organization, run.pk, actor=Actor.person(case_worker), now=NOW)
        for person, name, refusal in (
            (accountant, "November", WrongName),
            (case_worker, "November 2026", YourOwnRun),
        ):
            with pytest.raises(refusal):
                runs.approve_run(organization, run.pk, typed_name=name, actor=Actor.person(person), now=NOW)
        with pytest.raises(RunIsNotReady):
            run_generating.generate_batch(organization, run.pk, actor=Actor.person(accountant), today=TODAY, now=NOW)
        approved = runs.approve_run(
            organization, run.pk, typed_name="November 2026", actor=Actor.person(accountant), now=NOW
        )
    assert approved.approved_by == str(accountant)


def test_a_customer_who_is_held_back_waits_without_stopping_the_run(
    organization: Organization, case_worker: User
) -> None:
    facility = make_facility(organization)
    club, choir = make_customer(organization), make_customer(organization, name="Fjellklang Kor")
    bookings(organization, facility, club)
    bookings(organization, facility, choir)
    run = new_run(organization, case_worker)
    with organization_context(organization.pk):
        runs.hold_customer(organization, run.pk, choir, reason="Uenig", actor=Actor.person(case_worker))
    prepare(organization, run, case_worker, [Sum(4, Decimal(2400))])
    freeze_and_approve(organization, run)

    assert [proforma.invoice.customer_id for proforma in generate(organization, run)] == [club.pk]


def test_m_139_a_row_without_a_customer_number_is_found_before_anything_is_made(
    organization: Organization, case_worker: User
) -> None:
    facility = make_facility(organization)
    nobody = make_customer(organization, kind="consumer", organization_number="", name="Privat 4417")
    bookings(organization, facility, nobody)
    run = new_run(organization, case_worker)
    with in_organization(organization):
        rehearsal = rehearse_run(organization, run)

    assert [each.obstacle for each in rehearsal.obstacles] == ["no_identifier", "no_identifier"]
    assert rehearsal.rows == []


def test_a_price_that_moves_after_the_freeze_stops_the_run_and_is_named(
    organization: Organization, case_worker: User
) -> None:
    facility = make_facility(organization)
    [first, _second] = bookings(organization, facility, make_customer(organization))
    run = new_run(organization, case_worker)
    prepare(organization, run, case_worker, [Sum(2, Decimal(1200))])
    freeze_and_approve(organization, run)
    with in_organization(organization):
        BacklogItem.objects.filter(pk=first.pk).update(unit_price=Decimal(310), amount=Decimal(620))

    with pytest.raises(RunHasMoved, match=r"Trening 0 was 600\.00 and is 620\.00"):
        generate(organization, run)
    with in_organization(organization):
        assert not Invoice.objects.exists()


def test_m_140_an_altered_row_of_the_basis_stops_the_run(organization: Organization, case_worker: User) -> None:
    facility = make_facility(organization)
    bookings(organization, facility, make_customer(organization))
    run = new_run(organization, case_worker)
    prepare(organization, run, case_worker, [Sum(2, Decimal(1200))])
    freeze_and_approve(organization, run)
    with in_organization(organization):
        with pytest.raises(DatabaseError), transaction.atomic():
            RunRow.objects.filter(position=1).update(sha256="0" * 64)
        stored = queries.frozen_rows(organization, run)
        assert list(run_problems(organization)) == []
        frozen_run = BillingRun.objects.get()
        assert [problem[-10:] for problem in basis_problems(frozen_run, stored[:1])] == ["her order."]
        stored[0].content["amount"] = '"900"'
        with pytest.raises(RunHasMoved, match="rows 1"):
            runs.refuse_altered(run, stored)
        assert f"row 1 ({stored[0].pk}) is not what was frozen" in next(basis_problems(frozen_run, stored))


def test_a_run_is_undone_until_an_invoice_is_finalized(organization: Organization, case_worker: User) -> None:
    facility = make_facility(organization)
    bookings(organization, facility, make_customer(organization))
    run = new_run(organization, case_worker)
    prepare(organization, run, case_worker, [Sum(2, Decimal(1200))])
    freeze_and_approve(organization, run)
    generate(organization, run)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        for _twice in range(2):
            run_generating.undo_run(organization, run.pk, reason="Feil periode", actor=actor, now=NOW)
    again = new_run(organization, case_worker)
    assert again.pk != run.pk
    prepare(organization, again, case_worker, [Sum(2, Decimal(1200))])
    freeze_and_approve(organization, again)
    [proforma] = generate(organization, again)
    builders.finalize_drafts(organization, [proforma.invoice_id], TODAY)
    with organization_context(organization.pk), pytest.raises(RunIsOver, match="Credit them instead"):
        run_generating.undo_run(organization, again.pk, reason="For sent", actor=actor, now=NOW)


def call(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("billing_run", *arguments, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.mark.django_db(transaction=True, databases=["default", "backup"])
def test_the_command_rehearses_without_a_trace_and_makes_the_same_drafts_once(organization: Organization) -> None:
    line = builders.make_contract_line(organization)
    take_work(organization, work(line), work(line, text="Befaring"), ready=True)
    take_work(organization, work(line, text="Ikke vurdert"))
    asked = ("--organization", "nordlys", "--until", "2026-11-30")
    before = fingerprint()

    rehearsed = call(*asked, "--rehearse")
    assert fingerprint() == before
    assert rehearsed["control"]["total"] == {"count": 2, "amount": "5000.00"}
    assert [each["kind"] for each in rehearsed["differences"]] == ["new"]
    assert [each["why"] for each in rehearsed["left_out"]] == ["not_ready"]

    first, second = call(*asked), call(*asked)
    assert (first["made_now"], second["made_now"]) == (1, 0)
    assert first["drafts"] == second["drafts"]
    for wrong, code in ((("--organization", "ingen", "--until", "2026-11-30"), 2), ((*asked, "--rehearse"), 1)):
        with pytest.raises(CommandError) as refused:
            call(*wrong)
        assert refused.value.returncode == code
