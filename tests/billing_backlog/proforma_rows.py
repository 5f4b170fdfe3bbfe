"""A draft made from backlog and a run date that failed, for the tests that try every address."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from billing_backlog.models import ScheduleRun
from tenants.models import Organization
from tests import builders


def proforma_things(organization: Organization) -> dict[str, UUID]:
    """The ids of a proforma, of its draft, and of a schedule's failed run."""
    project = builders.make_project(organization, number="7001")
    line = builders.make_contract_line(organization, project, contract={"number": "K-7001"})
    [item] = builders.take_work(organization, builders.work(line, text="Til utkast"), ready=True)
    builders.take_work(organization, builders.work(line, text="Kom sent"), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item], waits_for=None)
    with builders.in_organization(organization):
        run = ScheduleRun.objects.create(
            organization=organization,
            contract_id=line.contract_id,
            run_date=builders.TODAY,
            cut_off=builders.TODAY - timedelta(days=1),
            state="failed",
            reason="Kunden mangler nummer.",
        )
    return {"proforma": proforma.pk, "proforma_draft": proforma.invoice_id, "schedule_run": run.pk}
