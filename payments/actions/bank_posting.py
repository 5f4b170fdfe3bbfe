"""What a bank told becomes payments: a batch at a time, each in its own transaction, once however often it is tried."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from foundation import rows
from foundation.ids import uuid7
from payments.actions import registering
from payments.bank import claims as bank_claims
from payments.bank import queries as bank_queries
from payments.bank.matching import Decision, Movement, References, decide
from payments.bank.queries import AccountBooks
from payments.bank_files.lines import LineKind
from payments.models import BankFile, BankFileState, BankLine, LineOutcome, Payment, PaymentMethod, PaymentSource
from payments.reference import ReferenceKind
from payments.terms import Part, PaymentTerms
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import Organization

POST_TASK = "payments.post_bank_file"
BATCH_SIZE = 40  # the series of vouchers is locked for one batch
DIRECT_DEBIT_CODES = frozenset({"15", "232"})  # AvtaleGiro in OCR giro and in camt
MOVED = ("outcome", "reason", "reason_values", "payment", "settled_by", "settled_at")


@dataclass(frozen=True, slots=True)
class Matched:
    """A movement and what was decided of it."""

    line: BankLine
    decision: Decision


def post_next_lines(
    organization: Organization,
    file_id: UUID,
    *,
    actor: Actor,
    today: date,
    now: datetime,
    after: int = 0,
    most: int = BATCH_SIZE,
) -> list[BankLine]:
    """Match the next movements of a file and post those that are certain; returns those that were looked at.

    All of the batch or none of it. A movement that was posted before is only linked to its payment. `after` is the
    position up to which the caller knows that nothing is left.
    """
    with transaction.atomic():
        lines = bank_queries.next_unread_lines(organization, file_id, most, after=after)
        if not lines:
            return []
        books = bank_queries.books_by_account(organization, lines, today)
        matched = _match(organization, lines, books)
        certain = [each for each in matched if each.decision.posts]
        terms = [_terms_of(each, books[each.line.bank_account_id]) for each in certain]
        registered = registering.register_payments(organization, terms, actor=actor, now=now)
        payments = {each.line.pk: one.payment for each, one in zip(certain, registered, strict=True)}
        for each in matched:
            _say(each, payments.get(each.line.pk), actor=actor, now=now)
        rows.update(organization.pk, lines, MOVED)
        learn_payers(organization.pk, [payments[each.line.pk] for each in certain])
    return lines


def movement_of(line: BankLine) -> Movement:
    """A stored movement as matching asks for it."""
    return Movement(
        day=line.day,
        amount=line.amount,
        currency=line.currency,
        kind=line.kind,
        is_out=line.is_out,
        is_lump_sum=line.is_lump_sum,
        reference=line.reference,
        reference_kind=line.reference_kind,
        is_reference_valid=line.is_reference_valid,
        other_references=tuple(line.other_references),
        documents=tuple(number for _kind, number in line.documents),
        text=line.text,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        payer_number=line.payer_number,
    )


def terms_of_line(
    line: BankLine, account_id: UUID, *, parts: Sequence[Part], customer_id: UUID | None, day: date
) -> PaymentTerms:
    """The payment that a movement is; told of twice it is the same."""
    return PaymentTerms(
        key=line.payment_key,
        day=day,
        currency=line.currency,
        amount=line.amount,
        method=_method_of(line),
        source=PaymentSource.BANK_FILE,
        account_id=account_id,
        customer_id=customer_id,
        reference=line.reference,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        note=line.text,
        parts=parts,
        closes_small_difference=bool(parts),
    )


def learn_payers(organization_id: UUID, payments: Iterable[Payment]) -> None:
    """Remember from which accounts these customers are paid for: how often, and when last."""
    told: dict[tuple[str, UUID], tuple[int, date]] = {}
    for payment in payments:
        if payment.payer_account and payment.customer_id is not None:
            key = (payment.payer_account, payment.customer_id)
            count, last_day = told.get(key, (0, payment.day))
            told[key] = (count + 1, max(last_day, payment.day))
    if not told:
        return
    fresh = [
        {"id": uuid7(), "account": account, "customer": customer, "count": count, "day": day}
        for (account, customer), (count, day) in sorted(told.items())  # one order, so that nobody waits in a ring
    ]
    rows.execute(
        """INSERT INTO payments_knownpayer (id, organization_id, payer_account, customer_id, count, last_day)
           SELECT id, %s::uuid, account, customer, count, day
           FROM jsonb_to_recordset(%s::jsonb) AS fresh (id uuid, account text, customer uuid, count int, day date)
           ON CONFLICT (organization_id, payer_account, customer_id) DO UPDATE
           SET count = payments_knownpayer.count + excluded.count,
               last_day = greatest(payments_knownpayer.last_day, excluded.last_day)""",
        [organization_id, rows.to_json(fresh)],
    )


def finish_bank_file(organization: Organization, file_id: UUID, *, actor: Actor, now: datetime) -> BankFile:
    """Say that nothing of a file is left to match; a second time changes nothing."""
    with transaction.atomic():
        file = bank_queries.lock_bank_file(organization, file_id)
        if file.state == BankFileState.POSTING and not bank_queries.next_unread_lines(organization, file_id, 1):
            file.state, file.finished_at = BankFileState.DONE, now
            file.save(update_fields=["state", "finished_at"])
            outcomes = bank_queries.outcomes_of_files(organization, [file.pk]).get(file.pk, {})
            audit.record(
                actor,
                "bank_file.matched",
                file,
                count=file.line_count,
                posted=outcomes.get(LineOutcome.POSTED, 0),
                waiting=outcomes.get(LineOutcome.WAITING, 0),
            )
    return file


def post_bank_file(work: Work, file: BankFile) -> None:
    """Post what is left of a file in the job's slice of time; the next slice goes on where this one ended."""
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    done, after = file.line_count - _count_unread(organization, file), 0
    while lines := post_next_lines(
        organization, file.pk, actor=actor, today=local_today(organization), now=timezone.now(), after=after
    ):
        done, after = done + len(lines), lines[-1].position
        if not work.has_time:
            if jobs.tell_progress(work, done=done, total=file.line_count):
                jobs.hand_back(work)
            else:
                jobs.complete(work)  # somebody stopped it; what is posted stays
            return
        if done % (BATCH_SIZE * 10) < len(lines) and not jobs.tell_progress(work, done=done, total=file.line_count):
            jobs.complete(work)
            return
    finish_bank_file(organization, file.pk, actor=actor, now=timezone.now())
    jobs.tell_progress(work, done=file.line_count, total=file.line_count)
    jobs.complete(work)


def _count_unread(organization: Organization, file: BankFile) -> int:
    with transaction.atomic():
        outcomes = bank_queries.outcomes_of_files(organization, [file.pk]).get(file.pk, {})
    return outcomes.get(LineOutcome.UNREAD, 0)


def _match(organization: Organization, lines: Sequence[BankLine], books: dict[UUID, AccountBooks]) -> list[Matched]:
    """Decide of each movement in the file's order, under the locks of every claim that one of them names."""
    movements = [movement_of(line) for line in lines]
    named = bank_claims.claims_by_reference(organization.pk, movements)
    open_now = bank_claims.lock_what_payers_owe(organization.pk, [claim.id for claim in named])
    references = References(named)
    return [
        Matched(line, decide(movement, references, open_now, books[line.bank_account_id].books))
        for line, movement in zip(lines, movements, strict=True)
    ]


def _terms_of(each: Matched, books: AccountBooks) -> PaymentTerms:
    claim = each.decision.claim
    assert claim is not None
    return terms_of_line(
        each.line,
        books.agreement.account_id,
        parts=[Part(receivable_id=claim.id)],
        customer_id=claim.customer_id,
        day=each.line.day,
    )


def _say(each: Matched, payment: Payment | None, *, actor: Actor, now: datetime) -> None:
    line, decision = each.line, each.decision
    line.reason, line.reason_values = decision.reason, dict(decision.values)
    line.payment = payment
    if decision.waits:
        line.outcome = LineOutcome.WAITING
    else:
        line.outcome, line.settled_by, line.settled_at = LineOutcome.POSTED, actor.name, now


def _method_of(line: BankLine) -> str:
    if line.kind == LineKind.CARD:
        return PaymentMethod.CARD
    is_drawn = line.bank_code in DIRECT_DEBIT_CODES and line.reference_kind == ReferenceKind.KID
    return PaymentMethod.DIRECT_DEBIT if is_drawn else PaymentMethod.BANK
