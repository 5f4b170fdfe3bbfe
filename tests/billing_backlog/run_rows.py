"""Billing runs in their stages, for tests that open every address."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.actions import run_generating, run_transfers, runs
from billing_backlog.models import BillingRun, Facility
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.queries.run_files import posting_strings
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.billing_backlog.finance_world import FinanceWorld

NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)


def run_things(organization: Organization) -> dict[str, UUID]:
    """A run that is being prepared, with its facility, and one that was generated."""
    actor = builders.actor_of(organization)
    customer = builders.make_customer(organization, name="Fjellklang Kor")
    with builders.in_organization(organization):
        facility = Facility.objects.create(organization=organization, number="77", name="Kaihallen")
    told: list[dict[str, Any]] = [
        {"kind": "booking", "customer_id": customer.pk, "facility_id": facility.pk, "text": "Øving"},
        {"kind": "fee", "customer_id": customer.pk, "text": "Nøkkel", "day": date(2026, 9, 3)},
    ]
    works = [builders.work(unit_price=Decimal(300), **each) for each in told]
    builders.take_work(organization, *works, ready=True)
    with organization_context(organization.pk):
        opened = runs.open_run(organization, _run("facilities", date(2026, 11, 30)), actor=actor, now=NOW)
        made = runs.open_run(organization, _run("everything", date(2026, 9, 30)), actor=actor, now=NOW)
        with builders.in_organization(organization):
            keys = [each.key for each in rehearse_run(organization, made).unanswered]
        runs.answer_differences(organization, made.pk, keys, explanation="", actor=actor)
        runs.freeze_run(organization, made.pk, actor=actor, now=NOW)
        runs.approve_run(organization, made.pk, typed_name=made.name, actor=actor, now=NOW)
        run_generating.generate_batch(organization, made.pk, actor=actor, today=builders.TODAY, now=NOW)
    found = {"run": opened.pk, "generated_run": made.pk, "facility": facility.pk, "run_customer": customer.pk}
    return found | _file_things(organization)


def _file_things(organization: Organization) -> dict[str, UUID]:
    """A finance system with a posting string, and a file for it that was handed over by hand."""
    world = FinanceWorld(organization)
    world.bookings(world.club("Skyttarlaget Ørn"), 1, day=date(2026, 8, 3))
    august = world.open_run("everything", name="Tredje kvartal", period_from=date(2026, 8, 1), until=date(2026, 8, 31))
    [file] = world.generate(world.export(august))
    with organization_context(organization.pk):
        run_transfers.start_transfer(organization, file.pk, actor=world.actor, now=NOW)
    with builders.in_organization(organization):
        [string] = posting_strings(organization, world.target)
    return {"target": world.target.pk, "posting_string": string.pk, "run_file": file.pk}


def _run(scope: str, until: date) -> BillingRun:
    return BillingRun(name=f"{scope} {until:%m}", scope=scope, period_from=until.replace(day=1), until=until)
