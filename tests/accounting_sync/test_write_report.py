"""The report of a compared month: what the PDF says, that there is one, and when it is made by itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from pypdf import PdfReader

from accounting_sync.actions import reports as actions
from accounting_sync.actions.reports import WRITE, ReconciliationIsNotDone
from accounting_sync.models import (
    Connection,
    Reconciliation,
    ReconciliationReport,
    ReconciliationState,
    StrayDocument,
    SyncItem,
    SyncState,
)
from accounting_sync.report_paper import render_report
from accounting_sync.tasks.reconciling import reconcile_everywhere
from accounting_sync.tasks.reports import write_report
from config.stored_files import forget_unnamed
from foundation import files
from tenants.audit import Actor
from tenants.models import AuditEntry, Organization, OutboxRow, User
from tests import builders
from tests.accounting_sync.connected import connect, items, push, served
from tests.accounting_sync.connection_rows import keep_connection
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

ClientOf = Callable[[User], Client]
MONTH = date(2026, 10, 1)
READ_AT = datetime(2026, 11, 2, 2, 25, tzinfo=UTC)  # 03:25 in Oslo
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNTS = [
    {"code": "1500", "label": "Kundefordringer", "ours": "125000.50", "theirs": "124000.50"},
    {"code": "3000", "label": "Salgsinntekt, avgiftspliktig", "ours": "-100000.40", "theirs": "-99200.40"},
    {"code": "2701", "label": "Utgående mva, høy sats", "ours": "-25000.10", "theirs": "-24800.10"},
]


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


def _finding(code: str, amount: str, *differences: tuple[str, str, str], **changes: str) -> dict[str, Any]:
    told = {"item": str(UUID(int=1)), "number": "10001", "kind": "sale", "day": "2026-10-05"}
    return {**told, "code": code, "differences": [list(each) for each in differences], "amount": amount, **changes}


FINDINGS = [
    _finding("differs", "-1000.00", ("total", "2250.50", "1250.50"), ("account:3000", "-1800.40", "-1000.40")),
    _finding("gone", "-1250.00", number="10002"),
    _finding("doubled", "1250.00", ("id", "", "9077"), number="10003"),
    _finding("absent", "-500.00", number="10004", kind="payment"),
]


def keep_month(organization: Organization, **changes: Any) -> Reconciliation:
    """A month that was compared, written straight into the tables."""
    with builders.in_organization(organization):
        connection = Connection.objects.of(organization).filter(system="fiken").first()
        connection = connection or keep_connection(organization)
        figures = {
            "state": ReconciliationState.DONE, "ended_at": READ_AT, "asked_by": "Kari Nordmann", "vouchers": 120,
            "agree": 115, "differ": 3, "untold": 1, "absent": 1, "left_out": 2, "ours": Decimal("125000.50"),
            "theirs": Decimal("123500.50"), "accounts": ACCOUNTS, "findings": FINDINGS,
        }  # fmt: skip
        return Reconciliation.objects.create(
            organization=organization, connection=connection, month=MONTH, **figures | changes
        )


def write(organization: Organization, row: Reconciliation) -> ReconciliationReport:
    """The report of a comparison, as a worker makes it."""
    with builders.in_organization(organization):
        return actions.write_report(organization, row.pk, actor=Actor.system(), now=NOW)


def content_of(organization: Organization, report: ReconciliationReport) -> bytes:
    """The bytes of a report as they are kept."""
    return files.load(str(organization.pk), report.sha256)


def pages_of(organization: Organization, report: ReconciliationReport) -> list[str]:
    """The text of each page, with plain spaces."""
    reader = PdfReader(io.BytesIO(content_of(organization, report)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def reports_of(organization: Organization) -> list[ReconciliationReport]:
    """All reports but the one that stands in the world from the start."""
    with builders.in_organization(organization):
        found = ReconciliationReport.objects.of(organization).exclude(name="reconciliation.pdf")
        return list(found.select_related("reconciliation").order_by("id"))


def speak(organization: Organization, language: str) -> None:
    """Documents of the organization are in this language from now on."""
    with builders.in_organization(organization):
        Organization.objects.filter(pk=organization.pk).update(language=language)
        organization.refresh_from_db()


def _address(organization: Organization, name: str, row_id: UUID) -> str:
    return reverse(f"accounting_sync:{name}", args=[organization.slug, row_id])


# What it says.


@pytest.mark.parametrize(
    ("language", "amounts", "days"),
    [
        (
            "nb",
            ("125 000,50", "123 500,50", "−1 500,00", "−99 200,40", "−1 250,00"),
            ("05.10.2026", "02.11.2026 03:25"),
        ),
        (
            "en",
            ("125,000.50", "123,500.50", "−1,500.00", "−99,200.40", "−1,250.00"),
            ("5 Oct 2026", "2 Nov 2026 03:25"),
        ),
    ],
)
def test_the_report_says_the_figures_and_everything_that_was_found(
    organization: Organization, language: str, amounts: tuple[str, ...], days: tuple[str, ...]
) -> None:
    builders.make_finalized_invoice(organization)
    speak(organization, language)

    report = write(organization, keep_month(organization))

    text = " ".join(pages_of(organization, report))
    with translation.override(language):
        words = [_("Reconciliation"), _("Accounting system"), _("Asked for by"), _("What was compared")]
        month = {"nb": "Oktober 2026", "en": "October 2026"}[language]
    for said in (
        *words, month, *amounts, *days, "Nordlys Rådgivning AS", "Fiken", "Kari Nordmann", "115", "1500",
        "Kundefordringer", "Utgående mva, høy sats", "10001", "10002", "10003", "9077", "10004",
    ):  # fmt: skip
        assert said in text, said
    assert {"nb": "Side 1 av", "en": "Page 1 of"}[language] in text
    with pikepdf.open(io.BytesIO(content_of(organization, report))) as pdf:
        assert str(pdf.Root.Lang) == language


def test_a_month_without_findings_says_so_in_sentences(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    speak(organization, "en")
    same = {"agree": 120, "differ": 0, "untold": 0, "absent": 0, "ours": Decimal(0), "theirs": Decimal(0)}

    report = write(organization, keep_month(organization, **same, findings=[], accounts=[]))

    [text] = pages_of(organization, report)
    assert "All 120 vouchers of the month agree with Fiken." in text
    assert "Nothing was found that needs anybody." in text
    assert "Fiken tells no accounts of the month's vouchers." in text
    assert "The month was not over" not in text


def test_what_was_let_stand_is_named_with_who_did_so_and_why(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    speak(organization, "en")
    row = keep_month(organization)
    with builders.in_organization(organization):
        item = SyncItem.objects.of(organization).get(connection=row.connection)
        why = {"code": "differs", "differences": [["total", "100.00", "90.00"]], "accepted": "Øre", "by": "Ola Hansen"}
        SyncItem.objects.of(organization).filter(pk=item.pk).update(reason=why, pushed_day=date(2026, 10, 31))
        StrayDocument.objects.of(organization).filter(item=item).update(
            state="accepted", settled_at=NOW, settled_by="Per Berg", why="Belongs there"
        )
    accepted = _finding("accepted", "-10.00", ("total", "100.00", "90.00"), item=str(item.pk))

    later = keep_month(organization, findings=[*FINDINGS, accepted])
    text = " ".join(pages_of(organization, write(organization, later)))

    assert "Differences that were let stand" in text
    for said in ("the total is 100.00 here and 90.00 there", "Øre", "Ola Hansen", "Per Berg", "Belongs there", "90."):
        assert said in text, said
    assert "Somebody lets it stand" not in text  # it is said once, with its reason


def test_many_findings_go_on_over_pages_under_the_same_heads(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    speak(organization, "en")
    many = [_finding("gone", "-100.00", number=str(20_000 + place)) for place in range(500)]

    pages = pages_of(organization, write(organization, keep_month(organization, findings=many)))

    assert len(pages) > 2
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    with_findings = [page for page in pages if "was pushed and is not there any more" in page]
    assert all("What was found" in page for page in with_findings)
    assert all(str(20_000 + place) in " ".join(pages) for place in range(500))
    assert "There was more: the list holds the gravest 500." in " ".join(pages)


def test_the_file_is_an_archive_pdf_and_the_same_month_is_the_same_bytes(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    report = write(organization, keep_month(organization))
    other = write(organization, keep_month(organization, left_out=3))

    with pikepdf.open(io.BytesIO(content_of(organization, report))) as pdf:
        packet = pdf.Root.Metadata.read_bytes()
    assert b'pdfaid:part="3"' in packet
    assert b'pdfuaid:part="1"' in packet
    assert report.size_bytes == len(content_of(organization, report))
    assert {"weasyprint", "report"} <= set(report.versions)
    assert report.sha256 != other.sha256
    with builders.in_organization(organization):
        row = Reconciliation.objects.of(organization).select_related("connection").get(pk=report.reconciliation_id)
        again = render_report(actions.said_of(organization, row))
    assert again == content_of(organization, report)


# How many there are.


def test_however_often_it_is_asked_for_there_is_one_file(
    organization: Organization, owner: User, client_of: ClientOf
) -> None:
    builders.make_finalized_invoice(organization)
    row = keep_month(organization)
    browser = client_of(owner)

    for _time in range(3):
        answer = browser.post(_address(organization, "make_report", row.pk))
        assert answer["Location"] == _address(organization, "show_month", row.pk)
    with builders.in_organization(organization):
        waiting = OutboxRow.objects.of(organization).get(kind=WRITE)
    builders.run_background()
    with builders.in_organization(organization):
        waiting.refresh_from_db()
    assert waiting.state == "sent"
    browser.post(_address(organization, "make_report", row.pk))
    write(organization, row)

    [report] = reports_of(organization)
    assert report.reconciliation_id == row.pk
    with builders.in_organization(organization):
        assert OutboxRow.objects.of(organization).filter(kind=WRITE).count() == 1
        verbs = AuditEntry.objects.of(organization).filter(subject_id=row.pk).values_list("verb", flat=True)
        assert sorted(verbs) == ["reconciliation.report_asked", "reconciliation.reported"]


def test_a_worker_that_died_after_storing_the_bytes_is_followed_by_one_that_finishes(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.make_finalized_invoice(organization)
    row = keep_month(organization)
    with builders.in_organization(organization):
        assert actions.ask_for_report(organization, row.pk, actor=builders.actor_of(organization))

    class Killed(BaseException):
        """As when the process ends: nobody catches it."""

    def die(*_said: object, **_more: object) -> None:
        raise Killed

    def hand_out() -> None:
        """Have the row worked at, for the first time or once more, as the relay does."""
        with builders.in_organization(organization):
            waiting = OutboxRow.objects.of(organization).filter(kind=WRITE)
            waiting.exclude(state="sent").update(state="sending", attempts=F("attempts") + 1)
            row_id = waiting.get().pk
        write_report(str(organization.pk), str(row_id))

    with monkeypatch.context() as once:
        once.setattr(actions, "_keep", die)
        with pytest.raises(Killed):
            hand_out()
    assert reports_of(organization) == []
    hand_out()
    hand_out()  # a message that comes late finds nothing to do

    [report] = reports_of(organization)
    made = files.path_of(str(organization.pk), report.sha256)
    assert [each.name for each in made.parent.iterdir()] == [report.sha256]
    with builders.in_organization(organization):
        assert OutboxRow.objects.of(organization).get(kind=WRITE).state == "sent"


def test_a_comparison_with_the_same_figures_has_the_same_report_and_one_with_others_its_own(
    organization: Organization, owner: User, client_of: ClientOf
) -> None:
    builders.make_finalized_invoice(organization)
    first, same, other = (keep_month(organization, **more) for more in ({}, {}, {"left_out": 3}))
    report = write(organization, first)

    assert write(organization, same) == report
    assert write(organization, other) != report
    assert len(reports_of(organization)) == 2
    answer = client_of(owner).get(_address(organization, "download_report", same.pk))
    assert answer.getvalue() == content_of(organization, report)


def test_what_was_read_before_the_month_was_over_is_no_report_of_the_whole_month(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    speak(organization, "en")
    early = keep_month(organization, ended_at=datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    late = keep_month(organization, ended_at=datetime(2026, 10, 31, 23, 1, tzinfo=UTC))  # November in Oslo

    before, after = write(organization, early), write(organization, late)

    assert before != after
    assert "The month was not over when it was read" in " ".join(pages_of(organization, before))
    assert "The month was not over when it was read" not in " ".join(pages_of(organization, after))


# By itself.


def test_the_night_makes_the_report_of_last_month_and_none_of_this_month(
    organization: Organization, fiken: LedgerServer
) -> None:
    today = timezone.localdate()
    last = today.replace(day=1) - timedelta(days=1)
    for day in (last, today):
        builders.make_finalized_invoice(organization, today=day)
    connection = connect(organization, fiken, start_day=last.replace(day=1))
    push(organization, connection)

    for _night in range(2):
        assert reconcile_everywhere() == 2
        builders.run_background()

    [report] = reports_of(organization)
    assert report.reconciliation.month == last.replace(day=1)
    with builders.in_organization(organization):
        done = Reconciliation.objects.of(organization).filter(state=ReconciliationState.DONE)
        assert done.count() == 4
        assert OutboxRow.objects.of(organization).filter(kind=WRITE).count() == 1

    with builders.in_organization(organization):
        held = items(organization, connection)[0]
    fiken.system.alter(held.remote_number, Decimal("1.00"))
    reconcile_everywhere()
    builders.run_background()

    assert items(organization, connection)[0].state == SyncState.DIFFERS
    assert [each.reconciliation.differ for each in reports_of(organization)] == [0, 1]


# The door.


def test_the_page_offers_to_make_it_says_that_it_is_made_and_then_gives_it(
    organization: Organization, owner: User, auditor: User, client_of: ClientOf
) -> None:
    builders.make_finalized_invoice(organization)
    row = keep_month(organization)
    browser, panel = client_of(owner), _address(organization, "panel_report", row.pk)
    make, get = (_address(organization, name, row.pk) for name in ("make_report", "download_report"))

    assert browser.get(get).status_code == 404
    assert make in browser.get(_address(organization, "show_month", row.pk)).content.decode()
    assert make not in client_of(auditor).get(_address(organization, "show_month", row.pk)).content.decode()
    browser.post(make)
    assert f"{panel}?look=0" in browser.get(_address(organization, "show_month", row.pk)).content.decode()
    assert f"{panel}?look=8" in browser.get(panel, {"look": "7"}).content.decode()
    builders.run_background()

    shown = browser.get(panel, {"look": "8"}).content.decode()
    assert get in shown
    assert "hx-get" not in shown
    answer = browser.get(get)
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment; filename*=UTF-8''nordlys-radgivning-as-" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].endswith("-2026-10.pdf")
    assert answer.getvalue().startswith(b"%PDF-")


def test_a_stranger_finds_nothing_and_whoever_may_only_read_makes_none(
    organization: Organization,
    stranger: User,
    auditor: User,
    case_worker: User,
    client_of: ClientOf,
) -> None:
    builders.make_finalized_invoice(organization)
    row = keep_month(organization)
    write(organization, row)
    get, make, panel = (
        _address(organization, name, row.pk) for name in ("download_report", "make_report", "panel_report")
    )

    for address in (get, panel):
        assert client_of(stranger).get(address).status_code == 404
        assert client_of(auditor).get(address).status_code == 200
        assert client_of(case_worker).get(address).status_code == 403
    assert client_of(stranger).post(make).status_code == 404
    assert client_of(auditor).post(make).status_code == 403


def test_the_id_of_another_organizations_month_finds_nothing(
    organization: Organization, other_organization: Organization, owner: User, client_of: ClientOf
) -> None:
    builders.make_finalized_invoice(other_organization)
    row = keep_month(other_organization)
    write(other_organization, row)

    assert client_of(owner).get(_address(organization, "download_report", row.pk)).status_code == 404
    assert client_of(owner).post(_address(organization, "make_report", row.pk)).status_code == 404


def test_no_report_is_made_of_a_month_that_was_not_compared_to_the_end(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    failed = keep_month(organization, state=ReconciliationState.FAILED)

    with builders.in_organization(organization), pytest.raises(ReconciliationIsNotDone):
        actions.ask_for_report(organization, failed.pk, actor=builders.actor_of(organization))

    assert reports_of(organization) == []


def test_a_report_stands_as_it_was_made_and_its_bytes_are_kept(organization: Organization) -> None:
    builders.make_finalized_invoice(organization)
    report = write(organization, keep_month(organization))
    with builders.in_organization(organization):
        own = ReconciliationReport.objects.of(organization).filter(pk=report.pk)
        for change in (lambda: own.update(sha256="0" * 64), own.delete):
            with pytest.raises((InternalError, ProgrammingError, IntegrityError)), transaction.atomic():
                change()

    assert forget_unnamed(organization.pk, [report.sha256]) == 0
    assert content_of(organization, report)
