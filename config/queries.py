"""What the start page and the palette show, asked of all rooms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, Func, Q, QuerySet, Sum

from accounting_sync.queries.desk import stopped_items
from billing_backlog.queries.judging import not_judged
from billing_backlog.queries.kinds import bills_kinds
from billing_backlog.queries.work import Approver, waiting_for
from customers.models import Customer
from customers.queries import list_customers_named
from invoicing.dispatching.printing import waiting_ids
from invoicing.dispatching.stuck import stuck_ids
from invoicing.models import Invoice, InvoiceKind, InvoiceStatus
from invoicing.public.queries import list_enquiries
from payments.models import BankLine, LineOutcome, Receivable, ReceivableBalance
from tenants.context import current_organization_id
from tenants.models import Organization, OutboxRow, OutboxState, User

COUNT_MAX = 99
RECENT_DOCUMENTS = 8
FOUND_MAX = 8
KID_LENGTH_MAX = 25
NUMBER_LENGTH_MAX = 19
AMOUNT_TYPED = re.compile(r"\d{1,13}([.,]\d{1,2})?", re.ASCII)
RENDER_TASK = "invoicing.render_documents"
# Stand in a question for whose and when it is asked.
ORGANIZATION = UUID("00000000-0000-7000-8000-000000000001")
MOMENT = datetime(2001, 1, 1, tzinfo=UTC)
PERSON = UUID("00000000-0000-7000-8000-000000000002")
TODAY = date(2001, 1, 1)


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """What customers owe in one currency: all of it, and the part past its due date."""

    currency: str
    open_amount: Decimal
    open_count: int
    overdue_amount: Decimal
    overdue_count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody; counts stop at COUNT_MAX + 1."""

    drafts: int
    documents_under_way: int
    documents_failed: int
    mails_failed: int


def count_drafts(organization: Organization) -> int:
    """How many drafts there are, counted no further than the frame shows."""
    drafts = Invoice.objects.of(organization).filter(status=InvoiceStatus.DRAFT)
    return len(drafts.values_list("pk")[: COUNT_MAX + 1])


def frame_counts(organization: Organization, now: datetime, approver: Approver | None = None) -> dict[str, int]:
    """What waits, as the frame and the start page count it, in one question; no further than they show.

    Work waits for an approver; without one, none is counted. Beside it, which kinds of work the organization bills.
    """
    names, sql, values = _frame_question(sees_all=approver is not None and approver.may_see_all)
    since = now - MOMENT
    known: dict[Any, Any] = {ORGANIZATION: organization.pk}
    if approver is not None:
        known |= {PERSON: approver.user.pk, TODAY: approver.today}
    params = [value + since if isinstance(value, datetime) else known.get(value, value) for value in values]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        [found] = cursor.fetchall()
    return dict(zip(names, found, strict=True))


@cache
def _frame_question(*, sees_all: bool) -> tuple[tuple[str, ...], str, tuple[Any, ...]]:
    """What is counted, as Django writes it: every page asks, and writing it anew takes longer than its answer.

    Where an organization, a moment, a person and the day belong stand ORGANIZATION, a time as far from MOMENT, PERSON
    and TODAY.
    """
    organization = Organization(pk=ORGANIZATION)
    approver_of = Approver(User(pk=PERSON), sees_all, TODAY)
    work = waiting_for(organization, approver_of)
    drafts = Invoice.objects.of(organization).filter(status=InvoiceStatus.DRAFT)
    counted = {
        "drafts": drafts.order_by().values("pk")[: COUNT_MAX + 1],
        "undelivered": stuck_ids(organization, MOMENT)[: COUNT_MAX + 1],
        "letters": waiting_ids(organization)[: COUNT_MAX + 1],
        "bank_lines": BankLine.objects.of(organization)
        .filter(outcome=LineOutcome.WAITING)
        .order_by()
        .values("pk")[: COUNT_MAX + 1],
        "enquiries": list_enquiries(organization, is_open=True).order_by().values("pk")[: COUNT_MAX + 1],
        "backlog": not_judged(organization, approver_of).order_by().values("pk")[: COUNT_MAX + 1],
        "stopped": stopped_items(organization).order_by().values("pk")[: COUNT_MAX + 1],
        "work": work.order_by().select_related(None).values("pk")[: COUNT_MAX + 1],
    }
    counts: dict[str, Any] = {name: Func(ArraySubquery(rows), function="cardinality") for name, rows in counted.items()}
    counts |= bills_kinds(organization)
    question = Organization.objects.filter(pk=organization.pk).values_list(*counts.values())
    sql, values = question.query.sql_with_params()
    present = current_organization_id()  # managers name the open organization as well
    return tuple(counts), sql, tuple(ORGANIZATION if value == present else value for value in values)


def waiting(organization: Organization) -> Waiting:
    """Drafts and outside effects that are not done."""
    rows = OutboxRow.objects.of(organization).filter(
        state__in=[OutboxState.NEW, OutboxState.SENDING, OutboxState.FAILED, OutboxState.UNKNOWN]
    )
    unfinished = rows.aggregate(
        under_way=Count("pk", Q(kind=RENDER_TASK, state__in=[OutboxState.NEW, OutboxState.SENDING])),
        failed=Count("pk", Q(kind=RENDER_TASK, state__in=[OutboxState.FAILED, OutboxState.UNKNOWN])),
        mails=Count("pk", Q(kind__startswith="tenants.", state__in=[OutboxState.FAILED, OutboxState.UNKNOWN])),
    )
    return Waiting(count_drafts(organization), unfinished["under_way"], unfinished["failed"], unfinished["mails"])


def open_money(organization: Organization, today: date) -> list[OpenMoney]:
    """Open and overdue sums per currency, the books' own currency first; credits reduce what is open."""
    is_overdue = Q(due_date__lt=today, currency_amount__gt=0)
    sums = (
        ReceivableBalance.objects.of(organization)
        .exclude(currency_amount=0)
        .values("currency")
        .annotate(
            open_amount=Sum("currency_amount"),
            open_count=Count("receivable_id", Q(currency_amount__gt=0)),
            overdue_amount=Sum("currency_amount", filter=is_overdue, default=Decimal("0.00")),
            overdue_count=Count("receivable_id", is_overdue),
        )
        .order_by("currency")
    )
    money = [OpenMoney(**row) for row in sums]
    own = organization.base_currency
    if not any(item.currency == own for item in money):
        money.append(OpenMoney(own, Decimal("0.00"), 0, Decimal("0.00"), 0))
    return sorted(money, key=lambda item: (item.currency != own, item.currency))


def recent_documents(organization: Organization) -> list[Invoice]:
    """The documents that were finalized last."""
    rows = (
        Invoice.objects.of(organization)
        .filter(status=InvoiceStatus.FINALIZED, number__isnull=False)
        .select_related("customer")
        .defer("snapshot")
        .order_by("-number")
    )
    return list(rows[:RECENT_DOCUMENTS])


def find_customers(organization: Organization, words: str) -> list[Customer]:
    """Customers whose name holds the words, or whose number they are."""
    return list(list_customers_named(organization, words)[:FOUND_MAX])


def _documents_by_number(organization: Organization, documents: QuerySet[Invoice], words: str) -> list[Invoice]:
    """By document number, and by the payment reference on its claim."""
    if not (words.isascii() and words.isdigit()) or len(words) > KID_LENGTH_MAX:
        return []
    kid = Q(receivable__in=Receivable.objects.of(organization).filter(kid=words))
    number = Q(number=int(words)) if len(words) < NUMBER_LENGTH_MAX else Q()
    return list(documents.filter(number)[:1] if number else []) + list(documents.filter(kid)[:1])


def _amount_typed(words: str) -> Decimal | None:
    """The amount that was typed, grouped or not, with a comma or a point before the øre; None for anything else."""
    plain = AMOUNT_TYPED.fullmatch(words.replace("\u00a0", "").replace(" ", ""))
    return Decimal(plain[0].replace(",", ".")) if plain else None


def find_documents(organization: Organization, words: str) -> list[Invoice]:
    """The document of that number or KID, those of that amount, and the latest of customers with that name."""
    documents: QuerySet[Invoice] = Invoice.objects.of(organization).select_related("customer").defer("snapshot")
    found = _documents_by_number(organization, documents, words)
    amount = _amount_typed(words)
    if amount is not None and len(found) < FOUND_MAX:
        known = {document.pk for document in found}
        by_amount = documents.filter(payable_amount=amount).order_by("-issue_date", "-id")[:FOUND_MAX]
        found += [document for document in by_amount if document.pk not in known][: FOUND_MAX - len(found)]
    if found or amount is not None:
        return found
    ids = [customer.pk for customer in find_customers(organization, words)]
    kinds = [InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE]
    return list(documents.filter(customer_id__in=ids, kind__in=kinds).order_by("-issue_date", "-id")[:FOUND_MAX])
