"""Two of the same at the same moment: schedulers, confirmations and hands that reach for the same work bill it once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from billing_backlog.actions.confirming import Decisions, confirm_proforma
from billing_backlog.actions.pulling import add_items_to_draft
from billing_backlog.actions.schedules import run_schedule
from billing_backlog.models import Contract, Proforma, ProformaStep, ScheduleRun
from invoicing.models import InvoiceLine
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import TODAY, in_organization, make_contract_line, take_work, work

DAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)


def at_once(organization: Organization, act: Callable[[], Any], times: int = 3) -> list[Any]:
    """What each of several hands gets that begin together, each on a connection of its own."""
    together = threading.Barrier(times)

    def one(_number: int) -> Any:
        try:
            with organization_context(organization.pk):
                together.wait(20)
                return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_m_038_whoever_comes_together_bills_the_same_work_once(organization: Organization) -> None:
    line = make_contract_line(organization, frequency="monthly", schedule_day=1)
    with in_organization(organization):
        Contract.objects.update(created_at=NOW - timedelta(days=60))
    take_work(organization, work(line, day=date(2026, 11, 30)), ready=True)

    ran = at_once(organization, lambda: run_schedule(organization, line.contract_id, DAY, today=DAY, now=NOW))
    assert sorted(ran) == [False, False, True]
    with in_organization(organization):
        proforma = Proforma.objects.get()
        assert ScheduleRun.objects.get().drafts == 1

    [late] = take_work(organization, work(line, day=date(2026, 11, 29), text="Sent"), ready=True)
    actor = builders.actor_of(organization)
    add: dict[str, Any] = {"actor": actor, "today": TODAY, "now": NOW}
    added = at_once(organization, lambda: len(add_items_to_draft(organization, proforma.invoice_id, [late.pk], **add)))
    assert sorted(added) == [0, 0, 1]

    steps = at_once(
        organization,
        lambda: confirm_proforma(organization, proforma.invoice_id, decisions=Decisions(), **add).pk,
    )
    assert len(set(steps)) == 1
    with in_organization(organization):
        assert ProformaStep.objects.count() == 1
        assert InvoiceLine.objects.filter(invoice_id=proforma.invoice_id).count() == 2
