"""Files of vouchers: read again by readers of their own, they are the ledger to the øre, each voucher once."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models import ProtectedError
from django.utils import translation

from accounting_sync.actions.export_writing import write_export
from accounting_sync.actions.exports import NothingToExport, start_export, update_export_settings
from accounting_sync.export_words import faults_in_words
from accounting_sync.files.asked import Asked
from accounting_sync.files.gbat10 import Fault, Gbat10File, Terms
from accounting_sync.files.vouchers import ExportCustomer, ExportLine, ExportVoucher
from accounting_sync.models import ExportedVoucher, ExportRun
from accounting_sync.queries import exports as queries
from foundation import files
from foundation.ids import uuid7
from invoicing.models import DocumentFile, FileKind, Invoice
from payments.models import Posting, Voucher
from tenants.jobs import Work
from tenants.models import Job, Organization, OutboxRow, OutboxState
from tests import builders
from tests.accounting_sync.export_readers import GBAT10, JOURNAL, read_gbat10, read_journal, schema_of
from tests.accounting_sync.export_rows import keep_export
from tests.architecture.test_statements import capture
from tests.payments.report_world import FIRST, grow

ZERO = Decimal("0.00")
STEPS = builders.scaled(250, 40)


def ask(file_format: str, scope: str = "new", last: date = builders.TODAY, **more: Any) -> Asked:
    return Asked(format=file_format, scope=scope, first=more.pop("first", None), last=last, **more)


def work_off(organization: Organization) -> None:
    """Let the jobs run; documents are drawn elsewhere."""
    with builders.in_organization(organization):
        OutboxRow.objects.of(organization).filter(kind__startswith="invoicing.").update(state=OutboxState.CANCELLED)
    builders.run_background()


def keep_pdf(organization: Organization, invoice: Invoice) -> None:
    content = b"%PDF-1.7 of " + str(invoice.number).encode()
    with builders.in_organization(organization):
        row = DocumentFile(
            organization=organization, subject_kind="invoice", subject_id=invoice.pk, kind=FileKind.PDF,
            sha256=files.store(str(organization.pk), content), size_bytes=len(content),
        )  # fmt: skip
        row.row_hash = row.content_hash()
        row.save(force_insert=True)


def export(organization: Organization, asked: Asked) -> ExportRun:
    with builders.in_organization(organization):
        job = start_export(organization, asked, actor=builders.actor_of(organization), key=uuid7().hex)
    with capture() as captured:
        work_off(organization)
    assert captured.complaints() == []
    with builders.in_organization(organization):
        stored = Job.objects.of(organization).get(pk=job.pk)
        assert stored.problem == ""
        return ExportRun.objects.of(organization).get(job_id=job.pk)


def content_of(organization: Organization, run: ExportRun) -> bytes:
    content = files.load(str(organization.pk), run.sha256)
    assert hashlib.sha256(content).hexdigest() == run.sha256
    assert len(content) == run.size_bytes
    return content


def postings_of(organization: Organization, *, first: date = date.min, last: date = date.max) -> dict[Any, Posting]:
    """By voucher label and position."""
    found = Posting.objects.of(organization).filter(voucher__day__range=(first, last))
    found = found.exclude(voucher__kind="opening").select_related("voucher", "account", "receivable")
    return {(posting.voucher.label, posting.position): posting for posting in found}


def check_totals(run: ExportRun, postings: dict[Any, Posting]) -> None:
    assert run.lines == len(postings)
    assert run.vouchers == len({label for label, _position in postings})
    assert run.debit == run.credit == sum((max(each.amount, ZERO) for each in postings.values()), ZERO)
    accounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for posting in postings.values():
        accounts[posting.account.number] += posting.amount
    told = {each["number"]: Decimal(each["debit"]) - Decimal(each["credit"]) for each in run.totals["accounts"]}
    assert told == accounts


def check_journal(rows: list[dict[str, Any]], postings: dict[Any, Posting]) -> None:
    assert len(rows) == len(postings)
    vat: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        posting = postings[row["voucher_key"], int(row["line"])]
        assert (row["account"], row["net_amount"]) == (posting.account.number, posting.amount)
        assert (row["currency"], row["currency_amount"]) == (posting.voucher.currency, posting.currency_amount)
        assert (row["vat_code"], row["posting_date"]) == (posting.vat_code, posting.voucher.day)
        if posting.receivable is not None:
            claim = posting.receivable
            assert (row["document_number"], row["due_date"]) == (claim.document_number, claim.due_date)
            assert row["kid"] == claim.kid
        is_vat = posting.account.purpose.startswith("vat_")
        # What stands beside the sales of a code is what stands on its VAT account.
        vat[row["voucher_key"], row["vat_code"]] += posting.amount if is_vat else -(row["vat_amount"] or ZERO)
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        sums[row["voucher_key"]] += row["net_amount"]
    assert set(sums.values()) == {ZERO}
    sold = {(row["voucher_key"], row["vat_code"]) for row in rows if row["vat_amount"] is not None}
    assert {vat[key] for key in sold} <= {ZERO}


def check_gbat10(lines: list[Any], postings: dict[Any, Posting]) -> None:
    by_voucher: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        by_voucher[line.voucher].append(line)
    expected: dict[int, list[Posting]] = defaultdict(list)
    for posting in postings.values():
        expected[posting.voucher.number].append(posting)
    assert set(by_voucher) == set(expected)
    for number, found in by_voucher.items():
        own = sorted(expected[number], key=lambda posting: posting.position)
        assert [(line.account, line.net) for line in found] == [(each.account.number, each.amount) for each in own]
        assert sum((line.net for line in found), ZERO) == sum((line.gross for line in found), ZERO) == 0
        # Whoever takes the gross lines and parts VAT from them gets what the ledger has on its VAT accounts.
        parted = sum((line.gross - line.net for line in found if line.is_taken), ZERO)
        assert parted == sum((line.net for line in found if not line.is_taken), ZERO)
        for line, posting in zip(found, own, strict=True):
            claim = posting.receivable
            assert (line.document, line.kid) == ((claim.document_number, claim.kid) if claim else ("", ""))
            assert bool(line.customer) == (posting.account.purpose == "receivables")


def test_files_hold_what_the_ledger_holds_and_each_voucher_once(organization: Organization, shared: Path) -> None:
    """M-025, M-033: a journal with VAT codes, customers and documents, and what comes later comes in the next file."""
    print(f"seed {builders.SEED + 8}")
    books = grow(organization, builders.SEED + 8, STEPS)
    last = books.day
    journal, gbat10 = schema_of(shared, JOURNAL), schema_of(shared, GBAT10)
    with builders.in_organization(organization):
        everything = postings_of(organization)

    first_run = export(organization, ask("journal_csv", last=last))
    assert (first_run.number, first_run.difference) == (1, ZERO)
    check_totals(first_run, everything)
    content = content_of(organization, first_run)
    check_journal(read_journal(content, journal), everything)

    # A worker that died after the file was put down and begins again makes no second one.
    with builders.in_organization(organization):
        work = Work(
            Job.objects.of(organization).get(pk=first_run.job_id),
            OutboxRow.objects.of(organization).get(subject_id=first_run.job_id),
        )
        write_export(work, today=builders.TODAY, now=first_run.made_at)
        assert ExportRun.objects.of(organization).count() == 1

    run = export(organization, ask("gbat10", last=last))
    assert run.number == 2
    check_totals(run, everything)
    check_gbat10(read_gbat10(content_of(organization, run), gbat10), everything)

    with builders.in_organization(organization), pytest.raises(NothingToExport):
        start_export(organization, ask("gbat10", last=last), actor=builders.actor_of(organization), key="again")

    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        voucher = Voucher.objects.of(organization).get(invoices=invoice)
        later = {key: each for key, each in postings_of(organization).items() if key[0] == voucher.label}
    fresh = export(organization, ask("journal_csv"))
    check_totals(fresh, later)
    check_journal(read_journal(content_of(organization, fresh), journal), later)

    # A whole period is had again, byte for byte the same, and leaves what is new as it is.
    whole = export(organization, ask("journal_csv", "period", first=FIRST, last=last))
    assert (whole.number, whole.sha256 == first_run.sha256) == (4, True)
    with builders.in_organization(organization):
        assert not ExportedVoucher.objects.of(organization).filter(run=whole, is_first=True).exists()
        [standing, of_gbat10] = queries.standings(organization, builders.TODAY)
        assert (standing.fresh.vouchers, of_gbat10.fresh.vouchers) == (0, 1)


def refused(organization: Organization, asked: Asked) -> str:
    """The sentence with which the job ended; nothing is put down."""
    with builders.in_organization(organization):
        before = ExportRun.objects.of(organization).count()
        job = start_export(organization, asked, actor=builders.actor_of(organization), key=uuid7().hex)
    work_off(organization)
    with builders.in_organization(organization):
        assert ExportRun.objects.of(organization).count() == before
        return Job.objects.of(organization).get(pk=job.pk).problem


def settle(organization: Organization, **values: Any) -> None:
    with builders.in_organization(organization):
        version = queries.get_export_settings(organization).version
        update_export_settings(organization, values, version=version, actor=builders.actor_of(organization))


def test_documents_go_along_and_what_a_receiver_calls_things_is_written(
    organization: Organization, shared: Path
) -> None:
    """M-025, M-033: project, department and VAT code stand on the lines; hostile names change no column."""
    customer = builders.make_customer(organization, name='=cmd; "Łódź" AS\tX', organization_number="")
    lines = [
        builders.line(unit_price=Decimal("333.33"), dimensions={"project": "P-17", "department": "40"}),
        builders.line(unit_price=Decimal("0.07"), quantity=Decimal(3), dimensions={"project": "P-17"}),
    ]
    invoice = builders.make_finalized_invoice(organization, customer, lines=lines)
    journal, gbat10 = schema_of(shared, JOURNAL), schema_of(shared, GBAT10)

    assert str(invoice.number) in refused(organization, ask("journal_csv", with_documents=True))
    keep_pdf(organization, invoice)
    zipped = export(organization, ask("journal_csv", with_documents=True))
    with zipfile.ZipFile(io.BytesIO(content_of(organization, zipped))) as pack:
        rows = read_journal(pack.read("journal.csv"), journal)
        assert zipped.documents == 1
        assert {row["attachment"] for row in rows} == {f"documents/{invoice.number}.pdf"}
        assert pack.read(rows[0]["attachment"]).startswith(b"%PDF")
    assert {(row["project"], row["department"], row["vat_code"]) for row in rows if row["vat_amount"] is not None} == {
        ("P-17", "40", "3"),
        ("P-17", "", "3"),
    }
    assert rows[0]["customer_name"] == customer.name

    assert "Ł" in refused(organization, ask("gbat10"))
    settle(organization, encoding="utf-8", vat_codes={"3": "301"}, no_vat_code="7", number_offset=500, sales_type=11)
    run = export(organization, ask("gbat10"))
    taken = read_gbat10(content_of(organization, run), gbat10, "utf-8")
    assert {(line.type, line.voucher - 500) for line in taken} == {(11, int(rows[0]["voucher_key"][5:]))}
    assert {line.code for line in taken} == {"301", "7"}
    claim = taken[0]
    assert claim.name == "=cmd, 'Łódź' AS X"[:30]
    assert (claim.document, claim.kid, claim.gross) == (str(invoice.number), invoice.kid, invoice.payable_amount)
    assert {line.project for line in taken} == {"", "P-17"}
    assert run.settings["vat_codes"] == {"3": "301"}
    assert run.totals["codes"][0]["vat"] == f"{invoice.vat_amount:.2f}"

    long = [builders.line(dimensions={"project": "PROJECT-2026"})]
    builders.make_finalized_invoice(organization, customer, lines=long)
    assert "PROJECT-2026" in refused(organization, ask("gbat10"))
    settle(organization, with_dimensions=False)
    assert export(organization, ask("gbat10")).vouchers == 1


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"account": "30001"}, Fault.ACCOUNT),
        ({"account": "30A0"}, Fault.ACCOUNT),
        ({"project": "1234567"}, Fault.PROJECT),
        ({"department": "12345"}, Fault.DEPARTMENT),
        ({"amount": Decimal("-9999999999999.99")}, Fault.AMOUNT),
        ({"is_receivable": True, "customer": ExportCustomer(number="1234567890", name="A")}, Fault.CUSTOMER_NUMBER),
        ({"is_receivable": True, "customer": ExportCustomer(number="1", name="Đorđe")}, Fault.CHARACTER),
    ],
)
def test_what_has_no_place_in_gbat10_is_named(tmp_path: Path, changes: dict[str, Any], fault: Fault) -> None:
    usual: dict[str, Any] = {
        "position": 1,
        "account": "3000",
        "account_name": "",
        "amount": ZERO,
        "currency_amount": ZERO,
    }
    voucher = ExportVoucher(
        label="2026-00017", number=17, day=builders.TODAY, kind="sale", text="", currency="NOK",
        lines=[ExportLine(**(usual | changes))],
    )  # fmt: skip
    file = Gbat10File(tmp_path / "vouchers", Terms())
    file.write(voucher)
    file.close()
    [found] = file.faults.values()
    assert (found.fault, found.voucher) == (fault, "2026-00017")
    assert "2026-00017" in faults_in_words([found])


def test_the_pages_tell_what_is_new_and_keep_every_file(
    organization: Any, owner: Any, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    builders.make_finalized_invoice(organization)
    browser, address = client_of(owner), f"/{organization.slug}/accounting/exports/"
    with translation.override("nb"):
        words = translation.gettext("no file yet")
    assert words in browser.get(address).content.decode()
    said = {"format": "journal_csv", "scope": "new", "last": "2026-11-30", "key": "once"}
    for wrong in ({"scope": "period"}, {"last": ""}, {"format": "gbat10", "with_documents": "on"}, {"format": "saft"}):
        assert browser.post(f"{address}start/", said | wrong).status_code == 422
    [first, again] = [browser.post(f"{address}start/", said) for _time in range(2)]
    assert first.url == again.url
    saft = {"format": "saft", "scope": "new", "first": "2026-11-01", "key": "saft"}
    browser.post(f"{address}start/", said | saft)
    work_off(organization)
    assert "No voucher" not in browser.get(first.url).content.decode()
    assert browser.post(f"{address}start/", said | {"key": "later"}).status_code == 422

    with builders.in_organization(organization):
        run, of_saft = ExportRun.objects.of(organization).order_by("format")
        assert (of_saft.scope, of_saft.vouchers, of_saft.debit) == ("period", run.vouchers, run.debit)
    with django_assert_max_num_queries(29), capture() as captured:
        listed = browser.get(address).content.decode()
    with translation.override("nb"):
        assert str(run.get_format_display()) in listed
    assert captured.complaints() == []
    page = browser.get(f"{address}{run.pk}/").content.decode()
    assert run.sha256 in page
    download = browser.get(f"{address}{run.pk}/download/")
    assert b"".join(download.streaming_content) == content_of(organization, run)
    assert download["X-Content-Type-Options"] == "nosniff"

    stored = queries.get_export_settings
    form = {
        "sales_type": 1,
        "payments_type": 2,
        "other_type": 3,
        "number_offset": 0,
        "encoding": "cp1252",
        "version": 1,
    }
    codes = {f"code_{code}": code for code in ("3", "31", "32", "33", "5", "51", "52", "6", "7")}
    typed = form | codes | {"code_3": "3A", "no_vat_code": "0"}
    assert browser.post(f"{address}gbat10/", typed | {"code_31": "3;1"}).status_code == 422
    assert browser.post(f"{address}gbat10/", typed).status_code == 302
    with builders.in_organization(organization):
        assert (stored(organization).vat_codes, stored(organization).sales_type) == ({"3": "3A"}, 1)
    assert browser.post(f"{address}gbat10/", typed).status_code == 422  # somebody else was there first

    # An auditor's copy leaves what is new as it is; who may not see the ledger gets no file of it.
    builders.make_finalized_invoice(organization)
    auditor = client_of(builders.make_member(organization, "auditor"))
    assert auditor.post(f"{address}start/", said | {"key": "copy"}).status_code == 422
    auditor.post(f"{address}start/", said | {"key": "copy", "scope": "period", "first": "2026-11-01"})
    case_worker = client_of(builders.make_member(organization, "case_worker"))
    assert case_worker.post(f"{address}start/", said).status_code == 403
    work_off(organization)
    with builders.in_organization(organization):
        assert ExportRun.objects.of(organization).count() == 3
        assert queries.standings(organization, builders.TODAY)[0].fresh.vouchers == 1


def test_the_database_keeps_files_as_they_are(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        run = keep_export(organization)
        for number in (1, 3):
            with pytest.raises(IntegrityError, match="not the next one"), transaction.atomic():
                keep_export(organization, number)
        for change in (
            lambda: ExportRun.objects.of(organization).update(sha256="0" * 64),
            lambda: ExportRun.objects.of(organization).filter(pk=run.pk).delete(),
            lambda: ExportedVoucher.objects.of(organization).update(is_first=False),
        ):
            with pytest.raises((ProgrammingError, IntegrityError, ProtectedError)), transaction.atomic():
                change()
