"""Ten thousand reminders written and queued, beside the same writes with nothing read or checked; and their PDF."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.template import Context, Engine

from bench import measure, world
from customers.models import Customer
from foundation import rows
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.documents import fonts, pdf
from invoicing.models import CustomerPaper
from invoicing.papers.letter import said_by
from invoicing.papers.pdf import PAPER_TEMPLATES, printed, render_paper
from payments import queries as ledger
from payments.actions.receivables import ReceivableTerms, open_receivables
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import ReceivableKind, VoucherKind
from payments.voucher_words import BookText
from reminders.actions.run import open_run
from reminders.actions.sending import CHUNK, send_chunk
from reminders.models import ReminderLevel, ReminderPlan, ReminderSettings
from reminders.queries.reminders import next_to_send
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization

FULL, QUICK = 10_000, 600
SEND_BAR = 4.0
PLAIN_TIMES_MAX = 1.3
WARM_UPS = 2  # chunks that fill caches and plans
ISSUED = date(2026, 3, 2)
DAY = ISSUED + timedelta(days=35)  # three weeks late: a fee and interest, where the friendly step is left out
NOW = datetime(2026, 4, 6, 7, tzinfo=UTC)
ROBOT = Actor.system()
OPENED_AT_ONCE = 500
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
RENDERS, RENDERS_QUICK = 40, 12

# What each voucher says about the moment that it took its number, as the series says it.
NUMBERED = ("posted_at", "transaction_id")
_NUMBERED = """SELECT moved_at, moved_transaction FROM payments_voucherseries
              WHERE organization_id = %s AND year = %s"""
_INSERTS_VOUCHERS = 'INSERT INTO "payments_voucher" '

Statement = tuple[str, Any]


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Every second chunk is sent by us; of the others the writes alone are done, as they were noted beforehand."""
    count = QUICK if quick else FULL
    with world.fresh_database():
        organization = world.make_organization(1)
        _plan_reminders(organization, count)
        world.refresh_statistics()
        ours, floor, letters = _sent(organization)
        with organization_context(organization.pk), read_only():
            papers = list(CustomerPaper.objects.of(organization).order_by("id")[:5])
    each = 1_000 / CHUNK
    return [
        measure.row(f"dunning: {letters} letters written", ours * each, floor * each, "ms CPU each", bar=SEND_BAR),
        _drawn(papers, rounds=RENDERS_QUICK if quick else RENDERS),
    ]


def _plan_reminders(organization: Organization, count: int) -> None:
    """Claims of as many consumers that are three weeks late, and the morning's decision about them."""
    with organization_context(organization.pk):
        for start in range(0, count, OPENED_AT_ONCE):
            with transaction.atomic():
                _open_claims(organization, start, min(OPENED_AT_ONCE, count - start))
        with transaction.atomic():
            ReminderSettings.objects.create(organization=organization, is_on=True)
        _leave_the_friendly_step_out(organization)
        made = open_run(organization, actor=ROBOT, today=DAY, now=NOW)
        assert made is not None
        assert made.planned == count, made.planned


def _leave_the_friendly_step_out(organization: Organization) -> None:
    with transaction.atomic():
        plan = ReminderPlan.objects.create(organization=organization, name="Bench", country="NO", debtor="consumer")
        ReminderLevel.objects.create(
            organization=organization,
            plan=plan,
            position=1,
            step="reminder",
            days=14,
            wants_fee=True,
            wants_interest=True,
            deadline_days=14,
        )


def _open_claims(organization: Organization, start: int, count: int) -> None:
    customers = Customer.objects.bulk_create(
        Customer(
            organization=organization,
            number=1_000 + start + place,
            kind="consumer",
            name=f"Kunde {start + place}",
            street="Gata 1",
            postal_code="0001",
            city="By",
            email=f"k{start + place}@kunde.example",
        )
        for place in range(count)
    )
    accounts = ledger.accounts_by_purpose(organization.pk)
    revenue = ledger.list_accounts(organization).get(number="3000").pk
    open_receivables(
        organization.pk,
        [
            _terms(customer, start + place, accounts["receivables"].pk, revenue)
            for place, customer in enumerate(customers)
        ],
    )


def _terms(customer: Customer, number: int, receivables: UUID, revenue: UUID) -> ReceivableTerms:
    claim, amount = uuid7(), Decimal(1_000 + number % 900)
    postings = [
        PostingDraft(account_id=receivables, amount=amount, currency_amount=amount, receivable_id=claim),
        PostingDraft(account_id=revenue, amount=-amount, currency_amount=-amount),
    ]
    voucher = VoucherDraft(
        day=ISSUED,
        kind=VoucherKind.SALE,
        text=BookText(str(number)),
        source_kind="invoice",
        source_id=claim,
        currency="NOK",
        postings=postings,
    )
    return ReceivableTerms(
        id=claim,
        customer_id=customer.pk,
        kind=ReceivableKind.INVOICE,
        document_number=str(10_000 + number),
        kid="",
        currency="NOK",
        issue_date=ISSUED,
        due_date=ISSUED + timedelta(days=14),
        voucher=voucher,
    )


def _sent(organization: Organization) -> tuple[float, float, int]:
    """The processor time of one chunk, ours and the writes alone, and how many letters there were in all."""
    ours: list[float] = []
    floor: list[float] = []
    letters = turn = 0
    with organization_context(organization.pk):
        while ids := _next(organization):
            if turn % 2 == 0:
                with measure.spending(world.backend_pid()) as spent:
                    _send(organization, ids)
                ours.append(spent.processor)
            else:
                floor.append(_write_alone(organization, _noted_writes(organization, ids)))
            letters += len(ids)
            turn += 1
    return statistics.mean(ours[WARM_UPS:]), statistics.mean(floor[WARM_UPS:]), letters


def _next(organization: Organization) -> list[UUID]:
    with read_only():
        return next_to_send(organization, through=DAY, most=CHUNK)


def _send(organization: Organization, ids: Sequence[UUID]) -> None:
    assert send_chunk(organization, ids, actor=ROBOT, today=DAY, now=NOW).sent == len(ids)


@dataclass(slots=True)
class _Noted:
    """The writes of a chunk, and the moment and transaction that its vouchers were numbered in."""

    statements: list[Statement]
    numbered: tuple[Any, Any] = (None, None)


def _noted_writes(organization: Organization, ids: Sequence[UUID]) -> _Noted:
    """What sending writes, noted in a transaction that is then taken back."""
    noted = _Noted([])

    def note(execute: Callable[..., Any], sql: str, params: Any, *more: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES) and not _only_reads(sql):
            noted.statements.append((sql, params))
        return execute(sql, params, *more)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            _send(organization, ids)
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERED, [organization.pk, DAY.year])
            noted.numbered = cursor.fetchone()
        transaction.set_rollback(True)
    return noted


def _only_reads(sql: str) -> bool:
    words = sql.upper().replace("FOR UPDATE", "FOR KEEPS")
    return not any(f"{verb} " in words for verb in ("INSERT INTO", "UPDATE", "DELETE FROM"))


def _write_alone(organization: Organization, noted: _Noted) -> float:
    """The same rows in one transaction, under the same login, row security and triggers.

    Vouchers say in which transaction they took their numbers: that alone is another one now.
    """
    with measure.spending(world.backend_pid()) as spent, transaction.atomic(), connection.cursor() as cursor:
        numbered: tuple[Any, Any] | None = None
        for sql, params in noted.statements:
            if numbered and sql.startswith(_INSERTS_VOUCHERS):
                cursor.execute(sql, _numbered_anew(params, noted.numbered, numbered))
                continue
            cursor.execute(sql, params)
            if numbered is None and "payments_voucherseries" in sql:
                cursor.execute(_NUMBERED, [organization.pk, DAY.year])
                numbered = cursor.fetchone()
    return spent.processor


def _numbered_anew(params: Sequence[Any], before: tuple[Any, Any], now: tuple[Any, Any]) -> list[Any]:
    """The vouchers' rows, one text of JSON, with another moment: by whole members, for ids hold any digits."""
    organization_id, text = params
    for name, old, new in zip(NUMBERED, before, now, strict=True):
        member = _member(name, old)
        assert text.count(member) == text.count('{"id":'), (name, old)
        text = text.replace(member, _member(name, new))
    return [organization_id, text]


def _member(name: str, value: Any) -> str:
    return rows.to_json({name: value})[1:-1] + ","  # one of many: another follows


def _drawn(papers: Sequence[CustomerPaper], *, rounds: int) -> dict[str, Any]:
    """One letter as an archive PDF beside WeasyPrint's plain rendering of the same markup."""
    pdf.warm_up()
    paper = papers[0]
    said, style = said_by(paper), (PAPER_TEMPLATES / "paper.css").read_text()
    page = printed(said, paper.made_at)
    template = Engine(dirs=[str(pdf.TEMPLATE_FOLDER)]).get_template("invoicing/papers/paper.html")
    markup = fonts.printable(template.render(Context({"page": page, "logo": ""})))
    renderer = pdf.shared_renderer()
    styles = (renderer.style_of(style), renderer.style_of(pdf.accent_style(page)))
    works: tuple[Callable[[], object], ...] = (
        lambda: render_paper(said, moment=paper.made_at, logo=None),
        lambda: renderer.write_plain(markup, styles),
    )
    spent: tuple[list[float], list[float]] = ([], [])
    for _round in range(rounds):  # in turns, so that a change of the machine's pace hits both alike
        for work, times in zip(works, spent, strict=True):
            start = time.process_time()
            work()
            times.append((time.process_time() - start) * 1_000)
    ours, floor = (statistics.mean(times[2:]) for times in spent)
    return measure.row("dunning: archive PDF of a reminder", ours, floor, "ms CPU", bar=PLAIN_TIMES_MAX)
