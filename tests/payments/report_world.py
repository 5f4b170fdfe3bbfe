"""Some months of a small ledger, chosen at random: sales, credits, payments, refunds, losses, in two currencies.

Every command goes through the real actions on a day of its own, never earlier than the one before it, but for the
payments that a bank tells of late.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from foundation.errors import DomainError
from foundation.ids import uuid7
from payments import queries
from payments.actions import applying, refunds, registering, write_offs
from payments.actions.receivables import ReceivableTerms, Settlement, open_receivables, settle_by_credit
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import Allocation, AllocationKind, ExchangeRate, Payment, ReceivableKind, VoucherKind
from payments.terms import Part
from payments.voucher_words import BookText
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders
from tests.payments.claims import ClaimTerms, money, open_claim

FIRST = date(2026, 3, 2)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACTOR = Actor.system("Kari")
# Account and standard code of a sale, the account of its VAT and the rate; some income has no code.
SALES = (
    ("3001", "31", "vat_food", Decimal("0.15")),
    ("3002", "33", "vat_low", Decimal("0.12")),
    ("3100", "52", "", Decimal(0)),
    ("3900", "", "", Decimal(0)),
)


@dataclass(slots=True)
class Books:
    """An organization whose ledger grows day by day."""

    organization: Organization
    customer_ids: list[UUID]
    chance: random.Random
    day: date = FIRST
    claims: list[UUID] = field(default_factory=list)
    credits: list[UUID] = field(default_factory=list)
    payments: list[UUID] = field(default_factory=list)

    def amount(self) -> Decimal:
        """Something between a krone and some thousands."""
        return Decimal(self.chance.randint(100, 400_000)) / 100

    def days(self) -> list[date]:
        """Days worth asking about: before, among and after everything that happened."""
        span = (self.day - FIRST).days
        return [FIRST + timedelta(days=self.chance.randint(-5, span + 120)) for _ in range(3)]


def grow(organization: Organization, seed: int, steps: int) -> Books:
    """Make a ledger of so many commands; the same seed makes the same one."""
    chance = random.Random(seed)
    customers = [
        builders.make_customer(organization, name=name, organization_number="", **more).pk
        for name, more in (("Havgløtt AS", {}), ("Zürich & Søn", {"country": "CH"}), ("Kari <Privat>", {}))
    ]
    books = Books(organization, customers, chance)
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=FIRST, rate=Decimal("11.4210"), source="Norges Bank"
        )
    for _step in range(steps):
        books.day += timedelta(days=chance.choice([0, 0, 1, 1, 2, 5]))
        command = chance.choice(COMMANDS)
        try:
            with builders.in_organization(organization):
                command(books)
        except DomainError:
            continue
    return books


def _open(books: Books) -> None:
    chance = books.chance
    currency, rate = chance.choice([("NOK", Decimal(1)), ("NOK", Decimal(1)), ("EUR", Decimal("11.4210"))])
    is_credit = chance.random() < 0.25
    terms = ClaimTerms(
        amount=-books.amount() if is_credit else books.amount(),
        currency=currency,
        rate=rate,
        day=books.day,
        due=books.day + timedelta(days=chance.choice([0, 10, 14, 30])),
    )
    opened = open_claim(books.organization, chance.choice(books.customer_ids), terms)
    (books.credits if is_credit else books.claims).append(opened)


def _open_mixed(books: Books) -> None:
    """A sale under several codes, as a document with lines of many kinds posts it."""
    organization, chance = books.organization, books.chance
    accounts = queries.accounts_by_purpose(organization.pk)
    numbers = {account.number: account.pk for account in queries.list_accounts(organization)}
    postings, total = [], Decimal(0)
    for number, code, vat, rate in chance.sample(SALES, 2):
        net = books.amount()
        tax = (net * rate).quantize(Decimal("0.01"))
        postings.append(PostingDraft(account_id=numbers[number], amount=-net, currency_amount=-net, vat_code=code))
        if tax:
            account = accounts[vat].pk
            postings.append(PostingDraft(account_id=account, amount=-tax, currency_amount=-tax, vat_code=code))
        total += net + tax
    claim = uuid7()
    owed = PostingDraft(account_id=accounts["receivables"].pk, amount=total, currency_amount=total, receivable_id=claim)
    voucher = VoucherDraft(
        day=books.day,
        kind=VoucherKind.SALE,
        text=BookText("Blandet"),
        source_kind="invoice",
        source_id=claim,
        currency="NOK",
        postings=[owed, *postings],
    )
    terms = ReceivableTerms(
        id=claim,
        customer_id=chance.choice(books.customer_ids),
        kind=ReceivableKind.INVOICE,
        document_number=f"M{len(books.claims)}",
        kid="",
        currency="NOK",
        issue_date=books.day,
        due_date=books.day + timedelta(days=14),
        voucher=voucher,
    )
    open_receivables(organization.pk, [terms])
    books.claims.append(claim)


def _parts(books: Books) -> list[Part]:
    chosen = books.chance.sample(books.claims, min(len(books.claims), books.chance.randint(0, 3)))
    return [Part(receivable_id=each, amount=books.amount() if books.chance.random() < 0.4 else None) for each in chosen]


def _register(books: Books) -> None:
    chance = books.chance
    currency = chance.choice(["NOK", "NOK", "EUR"])
    terms = money(
        books.organization,
        str(books.amount()),
        key=f"books:{len(books.payments)}",
        day=books.day - timedelta(days=chance.choice([0, 0, 3])),
        currency=currency,
        method=chance.choice(["bank", "card"]),
        source=chance.choice(["manual", "online"]),
        fee=chance.choice([Decimal(0), Decimal("0.75")]),
        parts=_parts(books),
        customer_id=chance.choice([*books.customer_ids, None]),
        payer_name=chance.choice(["Kari", ""]),
    )
    kept = registering.register_payment(books.organization, terms, actor=ACTOR, today=builders.TODAY, now=NOW)
    books.payments.append(kept.payment.pk)


def _apply(books: Books) -> None:
    if not books.payments or not books.claims:
        return
    parts = [
        Part(receivable_id=part.receivable_id, amount=part.amount, payment_amount=books.amount())
        for part in _parts(books)
    ]
    if parts:
        payment = books.chance.choice(books.payments)
        applying.apply_payment(books.organization, payment, parts, actor=ACTOR, day=books.day, now=NOW)


def _some(books: Books, kind: str) -> Allocation | None:
    found = list(Allocation.objects.of(books.organization).filter(kind=kind, reverses=None).order_by("id"))
    return books.chance.choice(found) if found else None


def _detach(books: Books) -> None:
    row = _some(books, AllocationKind.PAYMENT)
    if row is not None:
        applying.detach_allocation(books.organization, row.pk, reason="Feil", actor=ACTOR, day=books.day, now=NOW)


def _reverse(books: Books) -> None:
    if books.payments:
        payment = books.chance.choice(books.payments)
        applying.reverse_payment(books.organization, payment, reason="Avvist", actor=ACTOR, day=books.day, now=NOW)


def _refund(books: Books) -> None:
    rests = list(Payment.objects.of(books.organization).filter(unapplied__gt=1).order_by("id"))
    if not rests:
        return
    payment = books.chance.choice(rests)
    terms = refunds.RefundTerms(
        key=f"back:{books.chance.random()}",
        amount=(payment.unapplied / 2).quantize(Decimal("0.01")),
        channel=books.chance.choice(["by_hand", "by_hand", "bank_file"]),
        reason="For mye",
    )
    refunds.request_refund(books.organization, payment.pk, terms, actor=ACTOR, day=books.day, now=NOW)


def _lose(books: Books) -> None:
    if not books.claims:
        return
    terms = write_offs.LossTerms(
        ground=write_offs.LossGround.INSOLVENCY,
        reason="Konkurs",
        takes_vat_back=books.chance.random() < 0.7,
        amount=books.amount() if books.chance.random() < 0.5 else None,
    )
    claim = books.chance.choice(books.claims)
    write_offs.write_off_receivable(books.organization, claim, terms, actor=ACTOR, day=books.day, now=NOW)


def _regain(books: Books) -> None:
    row = _some(books, AllocationKind.WRITE_OFF)
    if row is not None:
        write_offs.reverse_write_off(books.organization, row.pk, reason="Betalte", actor=ACTOR, day=books.day, now=NOW)


def _use_credit(books: Books) -> None:
    if not books.credits or not books.claims:
        return
    credit, claim = books.chance.choice(books.credits), books.chance.choice(books.claims)
    sides = queries.lock_receivables(books.organization.pk, [credit, claim])
    if sides[credit].currency == sides[claim].currency:
        settlement = Settlement(credit, claim, books.day, BookText("Tilgode brukt"), credit, source_kind="receivable")
        settle_by_credit(books.organization.pk, [settlement])


COMMANDS = (
    *(_open, _open, _open_mixed, _register, _register, _apply, _detach, _reverse),
    *(_refund, _refund, _lose, _lose, _regain, _use_credit),
)
