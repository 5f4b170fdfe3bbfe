"""What is kept no longer than it says is removed at night; what the law keeps stays."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from config import retention
from config.erasure import erase_person
from config.keeping import kept_until, rule_of
from config.stored_files import forget_unnamed
from config.tasks import remove_old
from customers.actions import customers as customer_actions
from customers.models import Customer
from foundation import files
from invoicing.models import DraftVersion, Invoice, Participant
from payments.models import BankFile, BankLine, KnownPayer, Payment
from tenants import audit, jobs, notices
from tenants.models import AuditEntry, Invitation, Job, JobItem, JobState, Notice, Organization, RecordVersion
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments.bank_rows import camt, take

NOW = timezone.now()


def days_ago(days: int) -> Any:
    return NOW - timedelta(days=days)


def make_job(organization: Organization, owner: Any, *, finished: int, content: bytes = b"number;name\n") -> Job:
    """A job that ended so many days ago and left a file."""
    sha256 = files.store(str(organization.pk), content)
    with builders.in_organization(organization):
        job = jobs.start(
            organization,
            "config.export_records",
            actor=audit.Actor.person(owner),
            parameters={"kind": "customers"},
            items=[(None, "Kunder")],
        )
        Job.objects.filter(pk=job.pk).update(
            state=JobState.COMPLETE, finished_at=days_ago(finished), result={"sha256": sha256, "name": "kunder.csv"}
        )
    return job


def exists(organization: Organization, content: bytes = b"number;name\n") -> bool:
    sha256 = files.store("elsewhere", content)
    return files.path_of(str(organization.pk), sha256).exists()


def test_the_file_of_a_job_goes_after_a_month_and_the_job_after_three(organization: Any, owner: Any) -> None:
    young = make_job(organization, owner, finished=29, content=b"young")
    month = make_job(organization, owner, finished=31)
    old = make_job(organization, owner, finished=91, content=b"old")

    removed = retention.remove_old(organization.pk, now=NOW)

    assert (removed["job_files"], removed["jobs"]) == (2, 1)
    assert [exists(organization, b"young"), exists(organization), exists(organization, b"old")] == [True, False, False]
    with builders.in_organization(organization):
        assert set(Job.objects.values_list("pk", flat=True)) == {young.pk, month.pk}
        assert Job.objects.get(pk=month.pk).result == {}
        assert not JobItem.objects.filter(job_id=old.pk).exists()


def test_a_file_that_a_row_still_names_stays(organization: Any, owner: Any) -> None:
    content = b"Dato;Timer\r\n20.11;7,5\r\n"
    attachment = builders.make_attachment(organization, builders.make_draft(organization), content=content)
    with builders.in_organization(organization):
        job = jobs.start(
            organization, "config.export_records", actor=audit.Actor.person(owner), parameters={"file": "a" * 64}
        )
        Job.objects.filter(pk=job.pk).update(
            state=JobState.COMPLETE, finished_at=days_ago(40), result={"sha256": attachment.sha256}
        )
    retention.remove_old(organization.pk, now=NOW)
    assert files.path_of(str(organization.pk), attachment.sha256).exists()
    assert forget_unnamed(organization.pk, [attachment.sha256, "b" * 64]) == 0


def test_uploads_that_came_to_nothing_go_within_the_nights_of_one_round(organization: Any) -> None:
    fresh = files.store(str(organization.pk), b"uploaded today")
    stale = files.store(str(organization.pk), b"uploaded long ago")
    logo = files.store(str(organization.pk), b"the logo")
    for sha256 in (stale, logo):
        path = files.path_of(str(organization.pk), sha256)
        os.utime(path, (days_ago(60).timestamp(),) * 2)
    with builders.in_organization(organization):
        organization.logo_sha256 = logo
        organization.save(update_fields=["logo_sha256"])
    for night in range(retention.NIGHTS):
        retention.remove_old(organization.pk, now=NOW + timedelta(minutes=night, days=0) + timedelta(days=night))
    present = [files.path_of(str(organization.pk), sha256).exists() for sha256 in (fresh, stale, logo)]
    assert present == [True, False, True]


def test_notices_invitations_and_deleted_drafts_go_in_their_time(organization: Any, owner: Any) -> None:
    draft = builders.make_draft(organization)
    with builders.in_organization(organization):
        for number, days in enumerate((10, 181)):
            news = notices.News(owner.pk, "job.finished", {}, "", f"k{number}")
            notices.tell(organization.pk, [news])
            Notice.objects.filter(key=f"k{number}").update(created_at=days_ago(days))
            Invitation.objects.create(
                organization=organization, email=f"a{number}@b.example", role="auditor", invited_by=owner,
                token_sha256=str(number), expires_at=days_ago(days),
            )  # fmt: skip
        for invoice_id, days in ((draft.pk, 900), (uuid4(), 366), (uuid4(), 300)):
            DraftVersion.objects.create(
                organization=organization, invoice_id=invoice_id, version=90, actor_name="A", recorded_at=days_ago(days)
            )
    retention.remove_old(organization.pk, now=NOW)
    with builders.in_organization(organization):
        assert Notice.objects.count() == 1
        assert Invitation.objects.count() == 1
        assert DraftVersion.objects.filter(version=90).count() == 2  # that of the standing draft, and the young one


def test_answers_of_the_network_go_when_they_are_old(organization: Any) -> None:
    with builders.in_organization(organization):
        for identifier, days in (("1", 89), ("2", 91)):
            Participant.objects.create(
                organization=organization,
                scheme="0192",
                identifier=identifier,
                answer="yes",
                valid_until=NOW - timedelta(days=days),
            )

    assert retention.remove_old(organization.pk, now=NOW)["participants"] == 1

    with builders.in_organization(organization):
        assert Participant.objects.get().identifier == "1"


def test_old_versions_of_customers_go_but_never_what_was_said_last(organization: Any, owner: Any) -> None:
    customer = builders.make_customer(organization, name="En")
    actor = audit.Actor.person(owner)
    with builders.in_organization(organization):
        for version, name in ((1, "To"), (2, "Tre")):
            customer_actions.update_customer(
                organization, customer.pk, values={"name": name}, version=version, actor=actor
            )
        before = RecordVersion.objects.count()
    retention.remove_old(organization.pk, now=NOW + timedelta(days=5 * 365))
    with builders.in_organization(organization):
        assert RecordVersion.objects.count() == before
    retention.remove_old(organization.pk, now=NOW + timedelta(days=7 * 366))
    with builders.in_organization(organization):
        [left] = RecordVersion.objects.filter(subject_id=customer.pk)
        assert left.content["name"] == "Tre"
        assert RecordVersion.objects.filter(subject_kind="organization").exists()


def test_documents_and_history_stay_however_long(organization: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        lines = AuditEntry.objects.count()
    for _time in range(2):
        retention.remove_old(organization.pk, now=NOW + timedelta(days=9000))
    with builders.in_organization(organization):
        assert Invoice.objects.filter(pk=invoice.pk).exists()
        assert Customer.objects.exists()
        assert AuditEntry.objects.count() == lines


def test_large_heaps_go_in_batches_of_bounded_size(organization: Any, owner: Any) -> None:
    with builders.in_organization(organization):
        Notice.objects.bulk_create(
            [
                Notice(organization=organization, user=owner, kind="x", key=str(number), created_at=days_ago(200))
                for number in range(retention.BATCH_SIZE + 3)
            ]
        )
    assert remove_old() >= retention.BATCH_SIZE + 3
    with builders.in_organization(organization):
        assert not Notice.objects.exists()


def test_the_law_of_each_country_says_how_long() -> None:
    today = date(2026, 11, 21)
    until = {country: kept_until(rule_of(country, today), date(2026, 3, 1)).year for country in ("NO", "DK", "SE")}
    assert until == {"NO": 2031, "DK": 2031, "SE": 2033}


def test_the_page_tells_every_kind(organization: Any, auditor: Any, case_worker: Any, client_of: Any) -> None:
    page = client_of(auditor).get("/nordlys/settings/retention/").content.decode()
    assert "bokføringsloven § 13" in page
    assert page.count('scope="row"') == len(retention.KINDS)
    assert client_of(case_worker).get("/nordlys/settings/retention/").status_code == 403


def test_what_a_bank_said_of_an_erased_payer_stays_for_the_years_of_the_law_and_goes_then(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    person = builders.make_customer(organization, kind="consumer", organization_number="", name="Perpetua Plantefelt")
    invoice = builders.make_finalized_invoice(organization, person)
    paid = Paid(
        invoice.kid, invoice.payable_amount, payer_name=person.name, text="Hei fra Perpetua", day=builders.TODAY
    )
    taken, waits = take(organization, camt([paid])).file, take(organization, camt([Paid("", "5.00", text="Hva?")])).file
    with builders.in_organization(organization):
        Payment.objects.of(organization).filter(customer=person).update(note="Ringte Perpetua")
        KnownPayer.objects.get_or_create(
            organization=organization, payer_account="15031234567", customer=person, last_day=builders.TODAY
        )
        erase_person(organization, person.pk, None, typed=person.name, actor=builders.actor_of(organization), now=NOW)
        assert not KnownPayer.objects.of(organization).filter(customer=person).exists()
        [payment] = Payment.objects.of(organization).filter(customer=person)
        assert payment.note == ""
        [line] = BankLine.objects.of(organization).filter(file=taken)
        assert (line.payer_name, line.outcome) == (person.name, "posted")

    def came(year: int) -> None:
        with builders.in_organization(organization):
            BankFile.objects.of(organization).update(taken_at=datetime(year, 12, 31, 12, tzinfo=UTC))

    came(NOW.year - 5)  # the fifth year after the accounting year is not over
    assert retention.remove_old(organization.pk, now=NOW)["bank_files"] == 0
    with builders.in_organization(organization), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("SELECT forget_bank_file(%s)", [taken.pk])
    came(NOW.year - 6)
    assert retention.remove_old(organization.pk, now=NOW)["bank_files"] == 1
    assert retention.remove_old(organization.pk, now=NOW)["bank_files"] == 0

    with builders.in_organization(organization):
        [line] = BankLine.objects.of(organization).filter(file=taken)
        assert (line.payer_name, line.payer_account, line.text) == ("", "", "")
        assert (line.amount, line.reference, line.payment_id) == (invoice.payable_amount, invoice.kid, payment.pk)
        assert BankLine.objects.of(organization).get(file=waits).text == "Hva?"  # somebody still has to look at it
    assert not files.path_of(str(organization.pk), taken.sha256).exists()
    assert files.path_of(str(organization.pk), waits.sha256).exists()
    again = take(organization, camt([paid]))
    assert (again.file.pk, again.is_new) == (taken.pk, False)
    for name, status in (("show_bank_file", 200), ("download_bank_file", 404)):
        address = reverse(f"payments:{name}", args=[organization.slug, taken.pk])
        assert client_of(owner).get(address).status_code == status, name
