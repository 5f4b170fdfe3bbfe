"""The reports from work to invoice: what each says of a small world, as pages and as files, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_backlog.actions.write_offs import write_off_items
from billing_backlog.reports.answers import Answer
from billing_backlog.reports.asked import WorkAsked
from billing_backlog.reports.tables import WORK_REPORTS
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders
from tests.builders import TODAY, in_organization, make_contract_line, take_work, work

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


def answers(organization: Organization, user: User, report: str, *, sees_all: bool = True) -> list[Answer]:
    """All rows of a report as of the day of the tests."""
    asked = WorkAsked(
        today=TODAY, first=TODAY.replace(month=1, day=1), last=date(2099, 1, 1), user_id=user.pk, sees_all=sees_all
    )
    with in_organization(organization):
        return list(WORK_REPORTS[report].rows(organization, asked))


def test_m_004_m_060_each_report_says_what_became_of_the_work(
    organization: Organization, owner: User, project_manager: User
) -> None:
    customer = builders.make_customer(organization, name="Nord AS")
    project = builders.make_project(organization, customer, manager=owner)
    line = make_contract_line(
        organization, project, amount=Decimal(10000), frequency="weekly", schedule_day=1,
        contract={"limit_amount": Decimal(50000)},
    )  # fmt: skip
    days = [TODAY - timedelta(days=ago) for ago in (10, 40, 70, 100)]
    old = take_work(organization, *(work(line, day=day, text=f"Dag {day}") for day in days))
    [billed] = take_work(organization, work(line, day=TODAY - timedelta(days=12)), ready=True)
    [proforma] = builders.make_proformas_of(organization, [billed])
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    with organization_context(organization.pk):
        write_off_items(
            organization, {old[3].pk: Decimal("0.5")}, reason="Kulanse", actor=builders.actor_of(organization),
            now=datetime.now(UTC),
        )  # fmt: skip

    [unbilled] = answers(organization, owner, "unbilled")
    assert list(unbilled.cells[4:]) == [2500, 2500, 2500, Decimal("1875.00"), Decimal("9375.00"), 100]
    [lag] = answers(organization, owner, "days")
    waited = (invoice.issue_date - billed.day).days if invoice.issue_date else 0
    assert list(lag.cells[2:]) == ["NOK", 1, Decimal("2500.00"), waited, waited, waited]
    [contract] = answers(organization, owner, "contracts")
    assert list(contract.cells[4:]) == [10000, 50000, Decimal("2500.00"), 0, Decimal("9375.00"), Decimal("7500.00")]
    [given_up] = answers(organization, owner, "write_offs")
    assert given_up.cells[5:8] == [Decimal("0.500000"), Decimal("625.00"), "Kulanse"]
    runs = answers(organization, owner, "runs")
    assert [run.cells[0].isoweekday() for run in runs if isinstance(run.cells[0], date)] == [1] * len(runs)
    assert runs[0].cells[1] == runs[0].cells[0] - timedelta(days=1)  # type: ignore[operator]  # both are days

    # Somebody who leads none of it sees none of it.
    assert [answers(organization, project_manager, name, sees_all=False) for name in WORK_REPORTS] == [[]] * 5


def test_the_pages_show_them_and_a_job_writes_the_file_once(
    organization: Organization, owner: User, client_of: ClientOf
) -> None:
    client, slug = client_of(owner), organization.slug
    line = make_contract_line(organization, frequency="monthly", schedule_day=31)
    take_work(organization, work(line), ready=True)
    pages = ["unbilled", "days", "contracts", "write-offs", "runs"]
    for page in ["", *(f"{name}/" for name in pages)]:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/{slug}/reports/work/{page}")
        assert answer.status_code == 200
        assert len(asked) < 30
    assert client.get(f"/{slug}/reports/work/days/?first=2026-02-01&last=2026-01-01").status_code == 422

    form = {"report": "unbilled", "file_format": "csv", "key": "k1"}
    [first, again] = [client.post(f"/{slug}/reports/work/export/", form) for _twice in range(2)]
    assert first["Location"] == again["Location"]
    builders.run_background()
    written = client.get(first["Location"] + "file/")
    assert written["Content-Disposition"].startswith("attachment")
    lines = b"".join(written.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert (len(lines), "Kaiforsterkning" in lines[1]) == (2, True)
