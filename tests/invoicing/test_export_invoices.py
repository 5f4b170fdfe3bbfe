"""The list in a file: the chosen documents and properties in the chosen words, made once, by a job."""

from __future__ import annotations

import csv
import gc
import io
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlrd
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers.models import Contact, Customer, CustomProperty
from foundation import files
from foundation.spreadsheets import FileFormat
from invoicing.actions import export
from invoicing.models import Invoice, InvoiceFollowUp
from tenants import jobs
from tenants.models import Job, JobState, Notice
from tests import builders
from tests.builders import in_organization, make_customer, make_draft, make_finalized_invoice, run_background

SignIn = Callable[[Any], Client]
NOT_DUE: dict[str, Any] = {"due_date": date(2099, 1, 1), "has_own_due_date": True}
PROPERTIES = ["number", "customer", "standing", "issued", "amount", "kid"]


def address(organization: Any) -> str:
    return reverse("invoicing:export_invoices", args=[organization.slug])


def form_of(**changes: Any) -> dict[str, Any]:
    return {
        "all": "1",
        "query": "sort=number",
        "key": "k1",
        "name": "Liste",
        "file_format": "csv",
        "language": "internal",
        "properties": PROPERTIES,
        "names": "some",
        **changes,
    }


def run_export(client: Client, organization: Any, **changes: Any) -> bytes:
    """Send the form, let the worker work, and download the file."""
    started = client.post(address(organization), form_of(**changes))
    assert started.status_code == 302, started.content.decode()
    run_background()
    answer = client.get(started.headers["Location"] + "file/")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def table_of(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def workbook_rows(content: bytes) -> list[Any]:
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content)).active
    return list(sheet.iter_rows())


def test_m_095_the_chosen_properties_of_everything_in_the_lists_order(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    customer = make_customer(organization, name="Ærlig Øl AS")
    first, second = (make_finalized_invoice(organization, customer, **NOT_DUE) for _each in range(2))
    make_draft(organization, customer)
    rows = table_of(run_export(client_of(owner), organization))
    assert rows[0] == PROPERTIES
    assert [row[0] for row in rows[1:]] == [str(first.number), str(second.number), ""]
    assert rows[1] == ["10001", "Ærlig Øl AS", "final", "2026-11-21", "3125.00", first.kid]
    assert rows[3][2] == "draft"


def test_filter_and_order_of_the_address_are_kept(organization: Any, owner: Any, client_of: SignIn) -> None:
    customer = make_customer(organization)
    small = make_finalized_invoice(organization, customer, lines=[builders.line(quantity=Decimal(1))])
    large = make_finalized_invoice(organization, customer)
    make_draft(organization, customer)
    content = run_export(client_of(owner), organization, query="show=open&sort=-amount")
    assert [row[0] for row in table_of(content)[1:]] == [str(large.number), str(small.number)]
    content = run_export(client_of(owner), organization, query="f=1.amount.lt:2000&f=1.standing.not:draft", key="k2")
    assert [row[0] for row in table_of(content)[1:]] == [str(small.number)]


def test_ticked_rows_alone(organization: Any, owner: Any, other_organization: Any, client_of: SignIn) -> None:
    wanted, _other = make_finalized_invoice(organization), make_finalized_invoice(organization)
    theirs = make_finalized_invoice(other_organization)
    ids = [str(wanted.pk), str(theirs.pk)]
    rows = table_of(run_export(client_of(owner), organization, all="", id=ids))
    assert [row[0] for row in rows[1:]] == [str(wanted.number)]


@pytest.mark.parametrize(
    ("language", "header", "status"),
    [("nb", "Kunde", "Utkast"), ("da", "Kunde", "Kladde"), ("sv", "Kund", "Utkast"), ("en", "Customer", "Draft")],
)
def test_header_and_words_are_those_of_the_chosen_language_whoever_asks(
    organization: Any, owner: Any, *, client_of: SignIn, language: str, header: str, status: str
) -> None:
    make_draft(organization)
    delimiter = "," if language == "en" else ";"
    rows = table_of(run_export(client_of(owner), organization, language=language), delimiter)
    assert rows[0][1] == header
    assert rows[1][2] == status
    assert rows[1][4] == ("3125.00" if language == "en" else "3125,00")


def test_a_workbook_holds_figures_days_and_text(organization: Any, owner: Any, client_of: SignIn) -> None:
    invoice = make_finalized_invoice(organization, make_customer(organization, name="=cmd|'/C calc'!A0"), **NOT_DUE)
    content = run_export(client_of(owner), organization, file_format="xlsx")
    [_header, row] = workbook_rows(content)
    assert [cell.value for cell in row] == [
        invoice.number,
        "=cmd|'/C calc'!A0",
        "final",
        datetime.fromisoformat("2026-11-21"),
        3125,
        invoice.kid,
    ]
    assert [row[1].data_type, row[5].data_type] == ["s", "s"]
    content = run_export(client_of(owner), organization, file_format="xls", key="k2")
    sheet = xlrd.open_workbook(file_contents=content).sheet_by_index(0)
    assert sheet.row_values(1)[:2] == [invoice.number, "=cmd|'/C calc'!A0"]
    assert sheet.cell_type(1, 1) == xlrd.XL_CELL_TEXT
    rows = table_of(run_export(client_of(owner), organization, key="k3"))
    assert rows[1][1] == "'=cmd|'/C calc'!A0"


def test_own_properties_of_documents_and_customers(organization: Any, owner: Any, client_of: SignIn) -> None:
    with in_organization(organization):
        mine = CustomProperty.objects.create(organization=organization, subject="invoice", kind="date", name="Befaring")
        theirs = CustomProperty.objects.create(
            organization=organization, subject="customer", kind="number", name="Rang"
        )
    customer = make_customer(organization)
    draft = make_draft(organization, customer)
    with in_organization(organization):
        Customer.objects.filter(pk=customer.pk).update(custom_properties={str(theirs.pk): "7"})
        InvoiceFollowUp.objects.filter(invoice_id=draft.pk).update(custom_properties={str(mine.pk): "2026-12-24"})
    names = [f"c-{mine.pk}", f"c-{theirs.pk}"]
    content = run_export(client_of(owner), organization, properties=names, language="nb", file_format="xlsx")
    [header, row] = workbook_rows(content)
    assert [cell.value for cell in header] == ["Befaring", "Rang"]
    assert [cell.value for cell in row] == [datetime.fromisoformat("2026-12-24"), 7]


def test_names_of_associated_records(organization: Any, owner: Any, client_of: SignIn) -> None:
    customer = make_customer(organization)
    invoice = make_finalized_invoice(organization, customer)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    with in_organization(organization):
        for name in ("Berit", "Anne"):
            Contact.objects.create(organization=organization, customer=customer, name=name)
    form = {"properties": ["number"], "associated": ["credit_notes", "credited_invoice", "contacts"]}
    rows = table_of(run_export(client_of(owner), organization, **form))
    assert rows[0] == ["number", "credit_notes", "credited_invoice", "contacts"]
    assert rows[1:] == [["10001", "10002", "", "Anne; Berit"], ["10002", "", "10001", "Anne; Berit"]]


def test_a_thousand_names_in_a_cell_or_all(
    organization: Any, owner: Any, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoicing.forms.export.NAMED_MAX", 2)
    customer = make_customer(organization)
    make_draft(organization, customer)
    with in_organization(organization):
        for name in "ABC":
            Contact.objects.create(organization=organization, customer=customer, name=name)
    form = {"properties": ["number"], "associated": ["contacts"]}
    assert table_of(run_export(client_of(owner), organization, **form))[1] == ["", "A; B"]
    assert table_of(run_export(client_of(owner), organization, key="k2", names="all", **form))[1] == ["", "A; B; C"]


def test_xls_is_refused_above_its_rows_before_anything_begins(
    organization: Any, owner: Any, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FileFormat.XLS.rows_max == 65_535
    monkeypatch.setattr(FileFormat, "rows_max", property(lambda each: 1 if each == FileFormat.XLS else None))
    customer = make_customer(organization)
    for _each in range(2):
        make_draft(organization, customer)
    refused = client_of(owner).post(address(organization), form_of(file_format="xls"))
    assert refused.status_code == 422
    assert "CSV" in str(refused.context["form"].errors["file_format"])
    with in_organization(organization):
        assert not Job.objects.exists()
    assert len(table_of(run_export(client_of(owner), organization))) == 3


def test_the_form_sent_twice_begins_one_export(organization: Any, owner: Any, client_of: SignIn) -> None:
    make_draft(organization)
    client = client_of(owner)
    answers = {client.post(address(organization), form_of()).headers["Location"] for _time in range(2)}
    assert len(answers) == 1
    run_background()
    with in_organization(organization):
        job = Job.objects.get()
        assert (job.state, job.done, job.total, job.result["rows"]) == (JobState.COMPLETE, 1, 1, 1)
        assert Notice.objects.get().facts["file"] == "Liste.csv"


def test_a_stopped_export_leaves_no_file(
    organization: Any, owner: Any, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(export, "CHUNK", 1)
    customer = make_customer(organization)
    for _each in range(3):
        make_draft(organization, customer)
    tell: Callable[..., bool] = jobs.tell_progress

    def stop_after_one(work: Any, *, done: int, total: int) -> bool:
        if done == 1:
            jobs.cancel(organization, work.job.pk, actor=builders.actor_of(organization))
        return tell(work, done=done, total=total)

    monkeypatch.setattr(jobs, "tell_progress", stop_after_one)
    client_of(owner).post(address(organization), form_of())
    run_background()
    with in_organization(organization):
        job = Job.objects.get()
        assert (job.state, job.result) == (JobState.CANCELLED, {})
    assert not any(path.is_file() for path in settings.FILES_DIR.rglob("*")) if settings.FILES_DIR.exists() else True
    assert list((settings.DATA_DIR / "exports-under-way").iterdir()) == []


def test_progress_is_told_and_rows_that_are_gone_are_left_out(
    organization: Any, owner: Any, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CHUNK", 2)
    customer = make_customer(organization)
    drafts = [make_draft(organization, customer) for _each in range(5)]
    told: list[tuple[int, int]] = []
    tell: Callable[..., bool] = jobs.tell_progress

    def note(work: Any, *, done: int, total: int) -> bool:
        told.append((done, total))
        if done == 2:
            with in_organization(organization):
                Invoice.objects.filter(pk=drafts[-1].pk).delete()
        return tell(work, done=done, total=total)

    monkeypatch.setattr(jobs, "tell_progress", note)
    rows = table_of(run_export(client_of(owner), organization, query="sort=created", properties=["created"]))
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert len(rows) == 1 + 4


def test_a_property_that_no_longer_exists_is_refused_with_a_sentence(
    organization: Any, owner: Any, client_of: SignIn
) -> None:
    for properties in ([], ["number", "no-such"]):
        refused = client_of(owner).post(address(organization), form_of(properties=properties))
        assert refused.status_code == 422
        assert refused.context["form"].errors["properties"]


def test_the_page_offers_the_columns_of_the_view_first(organization: Any, owner: Any, client_of: SignIn) -> None:
    page = client_of(owner).get(address(organization), {"columns": "kid,owner", "show": "open"})
    assert [each.name for each in page.context["first"]] == ["kid", "owner"]
    assert page.context["chosen"] == {"kid", "owner"}
    text = page.content.decode()
    assert 'name="query" value="' in text
    assert "show=open" in text


def test_another_organization_and_the_wrong_role_get_nothing(
    organization: Any, owner: Any, *, stranger: Any, auditor: Any, client_of: SignIn
) -> None:
    make_draft(organization)
    assert client_of(stranger).get(address(organization)).status_code == 404
    assert client_of(auditor).get(address(organization)).status_code == 200
    content = run_export(client_of(auditor), organization)
    assert len(table_of(content)) == 2
    with in_organization(organization):
        job = Job.objects.get()
    assert (
        client_of(owner).get(reverse("tenants:download_job_file", args=[organization.slug, job.pk])).status_code == 404
    )
    assert files.path_of(str(organization.pk), job.result["sha256"]).exists()


def test_ten_times_the_rows_cost_hardly_more_memory(
    organization: Any, owner: Any, client_of: SignIn, settings: Any
) -> None:
    draft = make_draft(organization)
    client = client_of(owner)
    few, many = builders.scaled(1_000, 400), builders.scaled(100_000, 4_000)
    run_export(client, organization, key="warm")
    _copy_draft(organization, draft, few)
    peak_of_few = _peak_bytes(lambda: run_export(client, organization, key="few"))
    _copy_draft(organization, draft, many - few)
    peak_of_many = _peak_bytes(lambda: run_export(client, organization, key="many"))
    with in_organization(organization):
        assert Job.objects.order_by("-created_at")[0].result["rows"] == many + 1
    written = sum(path.stat().st_size for path in settings.FILES_DIR.rglob("*") if path.is_file())
    assert peak_of_many - peak_of_few < 400_000 + 2 * written, "the file itself is read by the test"


def _copy_draft(organization: Any, draft: Invoice, count: int) -> None:
    """Many more of the same draft, in one statement."""
    names = [str(field.column) for field in Invoice._meta.concrete_fields if field.column != "id"]
    columns = ", ".join(names)
    with in_organization(organization), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO invoicing_invoice (id, {columns}) SELECT gen_random_uuid(), {columns}"
            " FROM invoicing_invoice, generate_series(1, %s) WHERE organization_id = %s AND id = %s",
            [count, organization.pk, draft.pk],
        )


def _peak_bytes(work: Callable[[], Any]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before, _peak = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
