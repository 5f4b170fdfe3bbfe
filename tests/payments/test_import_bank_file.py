"""Bank files come in: certain movements are posted, the rest waits with its reason, nothing is counted twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client

from invoicing.models import Invoice
from payments.actions import bank_files, bank_posting
from payments.actions.periods import close_period
from payments.models import (
    BankAgreement,
    BankFile,
    BankLine,
    DirectDebitMandate,
    KnownPayer,
    Payment,
    ReceivableBalance,
)
from payments.queries import balances
from payments.reference import KidAgreement, make_kid
from payments.tasks.bank import sweep_bank_folders
from tenants.context import organization_context
from tenants.models import AuditEntry, Job, JobState, Organization
from tests import bank_file_builders as banks
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments.bank_rows import NOW, camt, take
from tests.payments.claims import ClaimTerms, open_claim


def lines_of(organization: Organization) -> list[BankLine]:
    """Every movement in the order of its file."""
    with builders.in_organization(organization):
        return list(BankLine.objects.of(organization).order_by("file_id", "position"))


def owed(organization: Organization, invoice: Invoice) -> Decimal:
    """What is open on an invoice."""
    with builders.in_organization(organization):
        balances = ReceivableBalance.objects.of(organization)
        return balances.get(receivable_id=str(invoice.receivable_id)).currency_amount


def test_each_movement_is_posted_or_waits_with_its_reason(organization: Organization) -> None:
    customer = builders.make_customer(organization)
    whole, part, over = (builders.make_finalized_invoice(organization, customer) for _turn in range(3))
    amount = whole.payable_amount
    payments = [
        Paid(whole.kid, amount, payer_account="97104444001"),
        Paid(part.kid, "100.00", payer_account="97104444001"),
        Paid(over.kid, amount + 50),
        Paid(whole.kid, "75.00", payer_account="12345678911"),
        Paid("", "900.00", text="faktura 77"),
        Paid(whole.kid, amount, day=builders.TODAY + timedelta(days=1)),
    ]

    file = take(organization, camt(payments)).file

    lines = lines_of(organization)
    assert [(line.outcome, line.reason) for line in lines] == [
        ("posted", "exact"),
        ("posted", "part"),
        ("waiting", "over"),
        ("waiting", "already_paid"),
        ("waiting", "no_reference"),
        ("waiting", "future_day"),
    ]
    assert (file.state, file.line_count, file.repeated_count) == ("done", 6, 0)
    assert [owed(organization, each) for each in (whole, part, over)] == [0, amount - 100, 0]
    with builders.in_organization(organization):
        kept = {payment.key: payment for payment in Payment.objects.of(organization)}
        known = KnownPayer.objects.of(organization).get(payer_account="97104444001")
        agreement = BankAgreement.objects.of(organization).get()
    assert {line.payment_key for line in lines if line.payment_id} == set(kept)
    assert kept[lines[2].payment_key].unapplied == 50
    assert (known.customer_id, known.count) == (customer.pk, 3)
    assert agreement.source_format == "camt.054"


def test_the_same_file_a_copy_and_an_overlap_count_nothing_twice(organization: Organization) -> None:
    customer = builders.make_customer(organization)
    first, second = (builders.make_finalized_invoice(organization, customer) for _turn in range(2))
    paid = [Paid(first.kid, first.payable_amount, archive_reference="A1")]
    later = [*paid, Paid(second.kid, second.payable_amount, archive_reference="A2")]

    original = take(organization, camt(paid))
    again = take(organization, camt(paid), "again.xml")
    overlap = take(organization, camt(later, message_id="M-2"))
    head, tail = camt(later, message_id="M-3").rsplit(b"</CreDtTm>", 1)
    copy = take(organization, head + b"</CreDtTm><CpyDplctInd>COPY</CpyDplctInd>" + tail)

    assert (original.is_new, again.is_new, again.file.pk) == (True, False, original.file.pk)
    assert (overlap.file.line_count, overlap.file.repeated_count) == (1, 1)
    assert (copy.file.line_count, copy.file.repeated_count, copy.file.is_copy) == (0, 2, True)
    with builders.in_organization(organization):
        assert Payment.objects.of(organization).count() == 2
    assert owed(organization, first) == owed(organization, second) == 0


def test_an_account_has_one_source_of_payments(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    paid = [Paid(invoice.kid, invoice.payable_amount)]
    take(organization, camt(paid))

    refused = take(organization, banks.ocr_giro_file(paid, account=builders.ACCOUNT_NUMBER)).file

    assert (refused.state, refused.faults[0]["code"]) == ("refused", "other_source")
    assert len(lines_of(organization)) == 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_file_for_an_account_of_somebody_else_is_refused_whole(organization: Organization, place: int) -> None:
    invoice = builders.make_finalized_invoice(organization)
    accounts = [builders.ACCOUNT_NUMBER, banks.ACCOUNT]
    paid = [Paid(invoice.kid, invoice.payable_amount)]
    data = banks.ocr_giro_transmission(
        [(account, "004411223", paid) for account in (accounts[place], accounts[1 - place])]
    )

    file = take(organization, data).file

    assert (file.state, [fault["code"] for fault in file.faults]) == ("refused", ["account_is_not_ours"])
    assert lines_of(organization) == []
    assert owed(organization, invoice) == invoice.payable_amount


def test_a_truncated_file_takes_nothing_and_may_be_sent_again(organization: Organization) -> None:
    data = camt([Paid(builders.make_finalized_invoice(organization).kid, "100.00")])

    refused = take(organization, data[:-60]).file
    again = take(organization, data[:-60])

    assert refused.state == again.file.state == "refused"
    assert (again.file.pk, again.is_new) == (refused.pk, False)
    assert lines_of(organization) == []


def test_money_of_a_closed_period_waits(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with organization_context(organization.pk):
        close_period(
            organization,
            banks.DAY,
            reason="Avsluttet",
            actor=builders.actor_of(organization),
            today=builders.TODAY,
            now=NOW,
        )

    take(organization, camt([Paid(invoice.kid, invoice.payable_amount)]))

    [line] = lines_of(organization)
    assert (line.outcome, line.reason, line.reason_values) == ("waiting", "closed_period", {"through": "2026-11-18"})


def test_a_large_file_is_posted_by_a_job_that_goes_on_where_it_was(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = make_kid("7", KidAgreement(10))
    terms = ClaimTerms(amount=Decimal("1000.00"), day=banks.DAY, kid=kid)
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        claim = open_claim(organization, customer.pk, terms)
    monkeypatch.setattr(bank_files, "POSTED_AT_ONCE", 3)
    monkeypatch.setattr(bank_posting, "BATCH_SIZE", 2)
    monkeypatch.setattr(bank_posting.post_next_lines, "__kwdefaults__", {"after": 0, "most": 2})
    file = take(organization, camt([Paid(kid, "10.00") for _turn in range(7)])).file
    assert file.state == "posting"
    with organization_context(organization.pk):  # a worker that died after its first batch
        bank_posting.post_next_lines(
            organization, file.pk, actor=builders.actor_of(organization), today=builders.TODAY, now=NOW
        )

    builders.run_background()
    builders.run_background()

    with builders.in_organization(organization):
        stored = BankFile.objects.of(organization).get()
        job = Job.objects.of(organization).get(pk=str(stored.job_id))
        assert Payment.objects.of(organization).count() == 7
        assert AuditEntry.objects.of(organization).filter(verb="bank_file.matched").count() == 1
        assert (stored.state, job.state, job.done, job.total) == ("done", JobState.COMPLETE, 7, 7)
        assert balances(organization.pk, [claim])[claim].currency_amount == 930


def test_a_file_in_the_drop_folder_is_taken_in_and_put_away(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    folder = Path(settings.DATA_DIR) / "bank-files" / organization.slug
    folder.mkdir(parents=True)
    for name, data in {"ok.xml": camt([Paid(invoice.kid, "5.00")]), "bad.xml": b"<x/>", "grows.part": b"x"}.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (time.time() - 60,) * 2)

    assert (sweep_bank_folders(), sweep_bank_folders()) == (2, 0)

    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == ["done/ok.xml", "grows.part", "refused/bad.xml"]
    assert [line.outcome for line in lines_of(organization)] == ["posted"]


def test_mandates_of_direct_debit_are_kept_with_their_customer(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    take(organization, banks.mandate_file([("1", invoice.kid, True)], account=builders.ACCOUNT_NUMBER))
    take(organization, banks.mandate_file([("2", invoice.kid, False)], account=builders.ACCOUNT_NUMBER))

    with builders.in_organization(organization):
        mandate = DirectDebitMandate.objects.of(organization).get()
    assert (mandate.customer_id, mandate.is_active, mandate.wants_notice) == (invoice.customer_id, False, False)


def test_a_csv_file_is_read_once_its_columns_are_known(
    organization: Organization, accountant: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    data = banks.csv_statement([Paid(invoice.kid, invoice.payable_amount)])
    client = client_of(accountant)
    upload = f"/{organization.slug}/payments/bank/files/import/"

    asked = client.post(upload, {"file": SimpleUploadedFile("bank.csv", data)})
    page = client.get(asked["Location"])
    form = page.context["form"]
    chosen = {name: form[name].initial or "" for name in form.fields}
    with builders.in_organization(organization):
        chosen["account"] = form.fields["account"].choices[0][0]
    saved = client.post(asked["Location"], chosen)

    assert (asked.status_code, page.status_code, saved.status_code) == (302, 200, 302)
    assert [(line.outcome, line.reason) for line in lines_of(organization)] == [("posted", "exact")]
    assert client.get(saved["Location"]).status_code == 200
    again = client.post(upload, {"file": SimpleUploadedFile("more.csv", data + b"18.11.2026;Mer;12,00;;1\r\n")})
    assert "columns" not in again["Location"]
    assert len(lines_of(organization)) == 2


def test_uploading_downloading_and_who_may(
    organization: Organization, accountant: Any, auditor: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    data = camt([Paid(invoice.kid, invoice.payable_amount)])
    client = client_of(accountant)
    upload = f"/{organization.slug}/payments/bank/files/import/"

    answer = client.post(upload, {"file": SimpleUploadedFile("..\\bank.xml", data)})
    files = client.get(f"/{organization.slug}/payments/bank/files/")
    with builders.in_organization(organization):
        file = BankFile.objects.of(organization).get()
    page = f"/{organization.slug}/payments/bank/files/{file.pk}/"
    kept = client.get(f"{page}download/")

    assert answer.status_code == 302
    assert b"bank.xml" in files.content
    assert b"".join(kept.streaming_content) == data  # type: ignore[attr-defined]
    assert (kept["X-Content-Type-Options"], kept["Content-Disposition"][:10]) == ("nosniff", "attachment")
    assert client.get(page).status_code == 200
    assert client_of(auditor).post(upload, {"file": SimpleUploadedFile("b", data)}).status_code == 403
    assert client_of(stranger).get(page).status_code == 404
    assert client.post(upload, {"file": SimpleUploadedFile("empty", b"")}).status_code == 302
    with builders.in_organization(organization):
        assert BankFile.objects.of(organization).filter(state="refused").count() == 1


def test_the_database_keeps_what_the_bank_told(organization: Organization) -> None:
    take(organization, camt([Paid("", "12.00", text="a")]))
    with builders.in_organization(organization):
        lines, files = BankLine.objects.of(organization), BankFile.objects.of(organization)
        attempts: list[Callable[[], Any]] = [
            lambda: lines.update(amount=Decimal("13.00")),
            lambda: lines.update(day=builders.TODAY),
            lambda: lines.update(fingerprint="x", outcome="ignored", settled_at=NOW),
            lines.delete,
            lambda: files.update(sha256="x"),
            lambda: files.update(state="kept"),
            files.delete,
        ]
        for attempt in attempts:
            with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
                attempt()
        assert (lines.get().amount, files.get().state) == (Decimal("12.00"), "done")
