"""Reports on the screen and as files: figures lead to their rows, few questions are asked, and files say the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from payments.actions import reports
from payments.actions.registering import register_payment
from payments.reports.ageing import ageing_as_of
from payments.reports.tables import TABLES
from payments.terms import Part
from tenants import jobs
from tenants.models import Job, JobState
from tests import builders
from tests.architecture.test_statements import capture
from tests.payments.claims import ClaimTerms, money, open_claim
from tests.payments.report_world import ACTOR, NOW, grow

SignIn = Callable[[Any], Client]
PAGES = (
    "reports/",
    "reports/ageing/",
    "reports/open-items/",
    "reports/received-payments/",
    "reports/vat/",
    "reports/postings/",
    "reports/days-sales-outstanding/",
    "reports/saft/",
    "reports/month-end/",
)
QUERIES_MAX = 30
BYTES_MAX = 100_000


@pytest.fixture
def world(organization: Any) -> Any:
    """A ledger with a bit of everything."""
    return grow(organization, builders.SEED, 40)


def test_every_report_is_read_by_an_auditor_with_few_questions_however_much_is_posted(
    world: Any, auditor: Any, case_worker: Any, stranger: Any, client_of: SignIn
) -> None:
    reader, organization = client_of(auditor), world.organization
    card = f"customers/{world.customer_ids[0]}/ledger-card/"
    counts: dict[str, int] = {}
    for turn in range(2):
        for page in (*PAGES, card):
            with CaptureQueriesContext(connection) as asked:
                answer = reader.get(f"/nordlys/{page}")
            assert answer.status_code == 200, page
            assert len(asked) <= QUERIES_MAX, page
            assert len(answer.content) < BYTES_MAX, page
            assert counts.setdefault(page, len(asked)) >= len(asked) - 1, page
        if turn == 0:
            with builders.in_organization(organization):
                for _more in range(60):
                    open_claim(organization, world.customer_ids[0], ClaimTerms(amount=Decimal(100)))
    for page in (*PAGES, card):
        assert client_of(case_worker).get(f"/nordlys/{page}").status_code == 403
        assert client_of(stranger).get(f"/nordlys/{page}").status_code == 404
        assert client_of(stranger).get(f"/fremmed/{card}").status_code == 404


def test_each_figure_of_vat_leads_to_the_postings_that_it_is_the_sum_of(
    world: Any, accountant: Any, client_of: SignIn
) -> None:
    reader = client_of(accountant)
    page = reader.get("/nordlys/reports/vat/?first=2026-03-01&last=2026-12-31")
    report = page.context["vat"]
    assert report.difference == 0
    assert report.loss != 0 or report.vat != 0
    figures = {(row.code, side): getattr(row, side) for row in report.codes for side in ("base", "vat", "loss")}
    links = re.findall(r'href="(/nordlys/reports/postings/\?[^"]*side=[^"]*)"', page.content.decode())
    assert len(links) == len(figures)
    for link in links:
        behind = reader.get(unescape(link))
        asked, found = behind.context["asked"], behind.context["found"]
        assert -found.balance == figures[asked.vat_code, asked.side]


def test_ages_lead_to_the_open_items_that_they_are_the_sum_of(world: Any, owner: Any, client_of: SignIn) -> None:
    reader = client_of(owner)
    day = world.day + timedelta(days=20)
    page = reader.get(f"/nordlys/reports/ageing/?day={day}")
    ageing = page.context["ageing"]
    links = re.findall(r'href="(/nordlys/reports/open-items/\?[^"]*age=[^"]*)"', page.content.decode())
    assert len(links) > len(ageing.books.amounts)
    for link in links:
        asked = reader.get(unescape(link)).context
        place = [name for name, _label in page.context["ages"]].index(asked["asked"].age)
        of = {row.customer_id: row.books for row in ageing.customers}
        books = of[asked["asked"].customer_id] if asked["asked"].customer_id else ageing.books
        assert asked["found"].amount == books.amounts[place]


def test_a_question_that_cannot_be_is_told_so_and_answered_as_usual(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    reader = client_of(owner)
    wrong = ("day=31.02.2026", "day=1066-10-14", "first=2026-05-01&last=2026-04-01", "customer=x", "age=old")
    for page in ("ageing", "open-items", "received-payments", "vat", "postings"):
        for query in wrong:
            answer = reader.get(f"/nordlys/reports/{page}/?{query}")
            assert answer.status_code == 422, (page, query)
            assert answer.context["asked"].first <= answer.context["asked"].last
        assert reader.get(f"/nordlys/reports/{page}/?page=-1").status_code == 200
        assert reader.get(f"/nordlys/reports/{page}/?page=99999").status_code == 200


def download(client: Client, **form: str) -> bytes:
    """Ask for the file, let the worker work, and fetch it."""
    started = client.post("/nordlys/reports/export/", {"key": "k1", **form})
    assert started.status_code == 302, started.content.decode()
    with capture() as captured:
        builders.run_background()
    assert captured.complaints() == []
    answer = client.get(started.headers["Location"] + "file/")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_every_report_becomes_a_file_that_says_the_same(world: Any, accountant: Any, client_of: SignIn) -> None:
    reader = client_of(accountant)
    days = {"day": str(world.day), "first": "2026-03-01", "last": str(world.day)}
    for report in TABLES:
        content = download(
            reader, report=report, file_format="csv", key=report, customer=str(world.customer_ids[1]), **days
        )
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
        assert len({len(row) for row in rows}) == 1, report
        assert len(rows) > 1, report
        if report == "ageing":
            with builders.in_organization(world.organization):
                ageing = ageing_as_of(world.organization, world.day)
            totals = [Decimal(row[-1].replace(",", ".")) for row in rows[1:]]
            assert sum(totals) == ageing.books.total


def test_a_name_that_looks_like_a_formula_is_text_in_the_file(organization: Any, owner: Any, client_of: SignIn) -> None:
    customer = builders.make_customer(organization, name='=HYPERLINK("x")').pk
    with builders.in_organization(organization):
        open_claim(organization, customer, ClaimTerms(amount=Decimal("1250.50")))
    content = download(client_of(owner), report="open_items", file_format="xlsx", day="2027-01-01")
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content)).active
    _header, row = sheet.iter_rows(values_only=True)
    assert row[1] == '=HYPERLINK("x")'
    assert sheet.cell(2, 2).data_type == "s"
    assert row[-1] == 1250.5
    text = download(client_of(owner), report="open_items", file_format="csv", day="2027-01-01", key="k2").decode()
    assert "'=HYPERLINK" in text


def test_a_file_is_asked_for_once_and_by_those_who_may(
    world: Any, owner: Any, project_manager: Any, stranger: Any, client_of: SignIn
) -> None:
    form = {"report": "ageing", "file_format": "csv", "key": "k1"}
    for _twice in range(2):
        assert client_of(owner).post("/nordlys/reports/export/", form).status_code == 302
    with builders.in_organization(world.organization):
        assert Job.objects.of(world.organization).filter(kind="payments.export_report").count() == 1
    assert client_of(project_manager).post("/nordlys/reports/export/", form).status_code == 403
    assert client_of(stranger).post("/nordlys/reports/export/", form).status_code == 404
    for wrong in ({"report": "secrets"}, {"file_format": "exe"}, {"report": "ledger_card"}, {"last": "x"}):
        assert client_of(owner).post("/nordlys/reports/export/", {**form, **wrong}).status_code == 422
    foreign = builders.make_customer(builders.make_organization("tredje", "Tredje AS", owner_email="t@x.example")).pk
    card = {**form, "report": "ledger_card", "customer": str(foreign)}
    assert client_of(owner).post("/nordlys/reports/export/", card).status_code == 404


def test_a_long_report_tells_how_far_it_is_and_keeps_its_job_or_stops(
    world: Any, owner: Any, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "CHUNK", 2)
    told: list[tuple[int, int]] = []
    tell: Callable[..., bool] = jobs.tell_progress

    def listen(work: Any, *, done: int, total: int) -> bool:
        told.append((done, total))
        if stops and done:
            jobs.cancel(world.organization, work.job.pk, actor=builders.actor_of(world.organization))
        return tell(work, done=done, total=total)

    monkeypatch.setattr(jobs, "tell_progress", listen)
    for stops in (False, True):
        told.clear()
        form = {"report": "open_items", "file_format": "xlsx", "key": f"k{stops}", "day": str(world.day)}
        started = client_of(owner).post("/nordlys/reports/export/", form)
        builders.run_background()
        with builders.in_organization(world.organization):
            job = Job.objects.of(world.organization).get(pk=started["Location"].rstrip("/").rpartition("/")[2])
            if stops:
                assert (job.state, job.result, [done for done, _total in told]) == (JobState.CANCELLED, {}, [0, 2])
                continue
            rows = job.result["rows"]
            assert job.state == JobState.COMPLETE
            assert told == [(min(done, rows), rows) for done in range(0, rows + 2, 2)]
            assert (job.done, job.total) == (rows, rows)
            assert rows >= 4


def test_a_saft_file_is_made_by_a_job(organization: Any, accountant: Any, client_of: SignIn) -> None:
    customer = builders.make_customer(organization).pk
    with builders.in_organization(organization):
        claim = open_claim(organization, customer, ClaimTerms(amount=Decimal(1250), day=date(2026, 11, 2)))
        paid = money(organization, "1250.00", parts=[Part(receivable_id=claim)])
        register_payment(organization, paid, actor=ACTOR, today=builders.TODAY, now=NOW)
    reader = client_of(accountant)
    assert reader.get("/nordlys/reports/saft/").status_code == 200
    form = {"first": "2026-11-01", "last": "2026-11-30", "key": "k1"}
    assert reader.post("/nordlys/reports/saft/", {**form, "last": "2026-10-01"}).status_code == 422
    assert reader.post("/nordlys/reports/saft/", {**form, "first": ""}).status_code == 422
    started = reader.post("/nordlys/reports/saft/", form)
    assert started.status_code == 302
    assert reader.post("/nordlys/reports/saft/", form).headers["Location"] == started.headers["Location"]
    builders.run_background()
    answer = reader.get(started.headers["Location"] + "file/")
    root = etree.fromstring(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    namespaces = {"s": "urn:StandardAuditFile-Taxation-Financial:NO"}
    assert root.findtext(".//s:NumberOfEntries", namespaces=namespaces) == "2"
    with builders.in_organization(organization):
        job = Job.objects.of(organization).get(kind="payments.write_saft")
        assert job.state == JobState.COMPLETE
        assert job.result["name"].startswith("SAF-T Financial_123456785_")
