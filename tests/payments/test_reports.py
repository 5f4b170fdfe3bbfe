"""Every report says what a plain reading of all postings says, on any day of any ledger, and they agree on the sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from foundation.dates import add_months, month_end
from payments import proof
from payments.actions.registering import register_payment
from payments.models import Account, Allocation, Payment, Posting, Receivable, Refund
from payments.reports import ageing, control, ledger_card, open_items, posted, received, sales_days, vat
from payments.reports.asked import Asked, this_year, vat_term_of, vat_terms
from payments.terms import Part
from tenants.models import Organization
from tests import builders
from tests.architecture.test_statements import capture
from tests.payments.claims import ClaimTerms, money, open_claim
from tests.payments.report_world import ACTOR, NOW, Books, grow

ZERO = Decimal("0.00")
LEDGERS = builders.scaled(25, 2)
STEPS = builders.scaled(160, 70)


@dataclass(frozen=True, slots=True)
class Line:
    """A posting with all that a reader needs to know of it."""

    day: date
    kind: str
    account: Account
    amount: Decimal
    currency_amount: Decimal
    vat_code: str
    receivable: Receivable | None
    customer_id: UUID | None  # of the claim, or of the payment that is not applied


def read_everything(organization: Organization) -> list[Line]:
    """All postings, one by one, with no sum made by the database."""
    receivables = {row.pk: row for row in Receivable.objects.of(organization)}
    accounts = {row.pk: row for row in Account.objects.of(organization)}
    payers = {row.pk: row.customer_id for row in Payment.objects.of(organization)}
    sources = dict(payers)
    sources |= {row.pk: payers[row.payment_id] for row in Refund.objects.of(organization)}
    sources |= {row.pk: payers[row.payment_id] for row in Allocation.objects.of(organization) if row.payment_id}
    lines = []
    for row in Posting.objects.of(organization).select_related("voucher", "voucher__reverses"):
        claim = receivables.get(row.receivable_id) if row.receivable_id else None
        voucher = row.voucher
        account = accounts[row.account_id]
        payer = sources[voucher.source_id] if account.purpose == "unapplied_payments" else None
        lines.append(
            Line(
                day=voucher.day,
                kind=voucher.reverses.kind if voucher.reverses else voucher.kind,
                account=account,
                amount=row.amount,
                currency_amount=row.currency_amount,
                vat_code=row.vat_code,
                receivable=claim,
                customer_id=claim.customer_id if claim else payer,
            )
        )
    return lines


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim as it stands on a day, by the plain reading."""

    claim: Receivable
    currency_amount: Decimal
    amount: Decimal
    age: str


def standing_on(lines: list[Line], day: date) -> list[Standing]:
    sums: dict[UUID, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    claims = {}
    for line in lines:
        if line.receivable is not None and line.day <= day:
            claims[line.receivable.pk] = line.receivable
            sums[line.receivable.pk][0] += line.currency_amount
            sums[line.receivable.pk][1] += line.amount
    return [
        Standing(claims[key], own, books, age_of(claims[key], own, day)) for key, (own, books) in sums.items() if own
    ]


def age_of(claim: Receivable, owed: Decimal, day: date) -> str:
    if claim.due_date is None or owed < 0:
        return "credit"
    late = (day - claim.due_date).days
    return next(
        name for name, low, high in ageing.AGES if (low is None or low <= late) and (high is None or late <= high)
    )


@pytest.fixture(params=range(LEDGERS), ids=lambda number: f"ledger {number}")
def books(request: Any, organization: Organization) -> Books:
    seed = builders.SEED + request.param
    print(f"seed {seed}")
    return grow(organization, seed, STEPS)


def test_reports_say_what_all_postings_say(books: Books) -> None:
    organization = books.organization
    with builders.in_organization(organization):
        lines = read_everything(organization)
    with builders.in_organization(organization), capture() as captured:
        assert len({line.kind for line in lines}) >= 6, "too little happened"
        for day in books.days():
            check_ageing(organization, lines, day)
            check_open_items(books, lines, day)
            check_control(organization, lines, day)
            first, last = sorted([day, books.chance.choice(lines).day])
            asked = Asked(day=last, first=first, last=last)
            check_cards(books, lines, asked)
            check_vat(organization, lines, asked)
            check_received(organization, asked)
        for day in edges_of_ages(books, lines):
            check_ageing(organization, lines, day)
        check_days_of_sales(books, lines)
        assert captured.complaints() == []
        assert list(proof.ledger_problems(organization)) == []


def edges_of_ages(books: Books, lines: list[Line]) -> list[date]:
    """The days on which a claim that stands passes from one age to the next."""
    stand = [each.claim.due_date for each in standing_on(lines, books.day) if each.age != "credit"]
    due = books.chance.choice([each for each in stand if each is not None])
    return [due + timedelta(days=late) for late in (0, 1, 30, 31, 60, 61, 90, 91)]


def check_ageing(organization: Organization, lines: list[Line], day: date) -> None:
    stand = standing_on(lines, day)
    found = ageing.ageing_as_of(organization, day, size=1000)
    for place, age in enumerate(ageing.AGE_NAMES):
        assert found.books.amounts[place] == total(each.amount for each in stand if each.age == age), (day, age)
    assert found.claims == len(stand)
    for row in found.customers:
        theirs = [each for each in stand if each.claim.customer_id == row.customer_id]
        by_age = tuple(total(each.amount for each in theirs if each.age == age) for age in ageing.AGE_NAMES)
        assert row.books.amounts == by_age
    assert {row.customer_id for row in found.customers} == {each.claim.customer_id for each in stand}
    for currency in found.currencies:
        own = [each for each in stand if each.claim.currency == currency.currency]
        assert currency.own.total == total(each.currency_amount for each in own)
        assert currency.books.total == total(each.amount for each in own)
    late = [row.books.late for row in found.customers]
    assert late == sorted(late, reverse=True)
    pages = [ageing.ageing_as_of(organization, day, page=page, size=1) for page in (1, 2, 3)]
    assert [row for page in pages for row in page.customers] == list(found.customers[:3])
    assert [page.has_more for page in pages] == [len(found.customers) > page for page in (1, 2, 3)]


def check_open_items(books: Books, lines: list[Line], day: date) -> None:
    stand = standing_on(lines, day)
    asked = replace(this_year(day), day=day)
    found = open_items.open_items(books.organization, asked, size=1000)
    assert {(item.receivable_id, item.currency_amount, item.amount, item.age) for item in found.items} == {
        (each.claim.pk, each.currency_amount, each.amount, each.age) for each in stand
    }
    assert found.amount == total(each.amount for each in stand)
    assert list(open_items.every_open_item(books.organization, asked)) == list(found.items)
    assert all(item.voucher_id for item in found.items)
    customer, age = books.chance.choice(books.customer_ids), books.chance.choice(ageing.AGE_NAMES)
    some = open_items.open_items(books.organization, replace(asked, customer_id=customer, age=age, currency="NOK"))
    wanted = [
        each
        for each in stand
        if each.claim.customer_id == customer and each.age == age and each.claim.currency == "NOK"
    ]
    assert {item.receivable_id for item in some.items} == {each.claim.pk for each in wanted}
    assert some.amount == total(each.amount for each in wanted)
    euros = open_items.open_items(books.organization, replace(asked, currency="EUR"))
    assert euros.amount == total(each.amount for each in stand if each.claim.currency == "EUR")


def check_control(organization: Organization, lines: list[Line], day: date) -> None:
    found = control.control_as_of(organization, day)
    on = {
        purpose: total(line.amount for line in lines if line.account.purpose == purpose and line.day <= day)
        for purpose in ("receivables", "unapplied_payments")
    }
    assert found.receivables.posted == on["receivables"]
    assert found.unapplied.posted == on["unapplied_payments"]
    assert found.receivables.difference == found.unapplied.difference == 0
    assert found.vouchers is not None
    assert found.vouchers.missing == 0


def check_cards(books: Books, lines: list[Line], asked: Asked) -> None:
    for customer in books.customer_ids:
        card = ledger_card.ledger_card(books.organization, customer, asked, size=1000)
        theirs = [line for line in lines if line.customer_id == customer]
        assert card.opening == total(line.amount for line in theirs if line.day < asked.first)
        assert card.closing == total(line.amount for line in theirs if line.day <= asked.last)
        within = [line for line in theirs if asked.first <= line.day <= asked.last]
        assert card.count == len(card.entries) == len(within)
        balance = card.opening
        for entry in card.entries:
            balance += entry.amount
            assert entry.balance == balance
        assert balance == card.closing
        assert list(ledger_card.every_entry(books.organization, customer, asked)) == list(card.entries)
        halves = [ledger_card.ledger_card(books.organization, customer, asked, page=page, size=3) for page in (1, 2)]
        assert [entry for half in halves for entry in half.entries] == list(card.entries[:6])


def check_vat(organization: Organization, lines: list[Line], asked: Asked) -> None:
    report = vat.vat_report(organization, asked)
    within = [line for line in lines if asked.first <= line.day <= asked.last]
    sides: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for line in within:
        is_vat = line.account.purpose.startswith("vat_")
        if line.vat_code or is_vat or line.account.number.startswith("3"):
            side = ("loss" if line.kind == "write_off" else "vat") if is_vat else "base"
            sides[line.vat_code, side] -= line.amount
    for code in report.codes:
        assert (code.base, code.vat, code.loss) == tuple(sides[code.code, side] for side in vat.SIDES)
        for side in vat.SIDES:
            behind = posted.postings_of(organization, replace(asked, vat_code=code.code or posted.NO_CODE, side=side))
            assert -behind.balance == sides[code.code, side]
    assert {code for code, _side in sides} == {code.code for code in report.codes}
    assert report.difference == 0
    assert report.on_accounts == -total(line.amount for line in within if line.account.purpose.startswith("vat_"))
    for account in report.accounts:
        behind = posted.postings_of(organization, replace(asked, account_id=account.account_id))
        assert -behind.balance == account.amount
        assert len(list(posted.every_posting(organization, replace(asked, account_id=account.account_id)))) == (
            behind.count
        )


def check_received(organization: Organization, asked: Asked) -> None:
    found = received.received_payments(organization, asked, size=1000)
    wanted = [each for each in Payment.objects.of(organization) if asked.first <= each.day <= asked.last]
    assert {each.payment_id for each in found.payments} == {each.pk for each in wanted}
    assert found.base_amount == total(each.base_amount for each in wanted)
    for sums in (found.by_account, found.by_method, found.by_currency, found.by_day):
        assert total(each.base_amount for each in sums) == found.base_amount
        assert sum(each.count for each in sums) == found.count
    for each in found.by_currency:
        assert each.amount == total(payment.amount for payment in wanted if payment.currency == each.key)
    assert list(received.every_received_payment(organization, asked)) == list(found.payments)


def check_days_of_sales(books: Books, every_line: list[Line]) -> None:
    today = books.day + timedelta(days=3)
    lines = [line for line in every_line if line.receivable is not None]
    months = sales_days.sales_days(books.organization, today)
    assert len(months) == 12
    assert months[-1].first == today.replace(day=1)
    for month in months:
        last = min(month_end(month.first), today)
        begin = add_months(month.first, -2)
        assert month.owed == total(line.amount for line in lines if line.day <= last)
        sold = total(line.amount for line in lines if begin <= line.day <= last and line.kind in {"sale", "credit"})
        assert month.sold == sold
        assert month.period_days == (last - begin).days + 1
        assert (month.days is None) == (sold <= 0)


def test_m_009_an_invoice_is_late_from_the_day_after_it_is_due(organization: Organization) -> None:
    customer = builders.make_customer(organization).pk
    due = date(2026, 5, 31)
    with builders.in_organization(organization):
        open_claim(organization, customer, ClaimTerms(amount=Decimal(100), day=date(2026, 5, 1), due=due))
        late = {
            0: "not_due",
            1: "to_30",
            30: "to_30",
            31: "to_60",
            60: "to_60",
            61: "to_90",
            90: "to_90",
            91: "over_90",
        }
        for days, age in late.items():
            found = ageing.ageing_as_of(organization, due + timedelta(days=days))
            assert found.books.amounts[ageing.AGE_NAMES.index(age)] == 100, days
        assert ageing.ageing_as_of(organization, date(2026, 4, 30)).claims == 0


def test_money_that_came_before_its_claim_stands_to_the_credit_of_the_customer(organization: Organization) -> None:
    customer = builders.make_customer(organization).pk
    with builders.in_organization(organization):
        claim = open_claim(organization, customer, ClaimTerms(amount=Decimal(100), day=date(2026, 5, 10)))
        paid = money(organization, "60.00", day=date(2026, 5, 5), parts=[Part(receivable_id=claim)])
        register_payment(organization, paid, actor=ACTOR, today=builders.TODAY, now=NOW)
        before, after = (ageing.ageing_as_of(organization, date(2026, 5, day)) for day in (7, 10))
        [item] = open_items.open_items(organization, this_year(date(2026, 5, 7))).items
    assert before.books.amounts[-1] == before.books.total == Decimal(-60)
    assert after.books.amounts[0] == after.books.total == Decimal(40)
    assert (item.age, item.amount, item.days_late(date(2027, 1, 1))) == ("credit", Decimal(-60), 0)


def test_terms_of_vat_are_those_of_the_country() -> None:
    assert [(term.first, term.last) for term in vat_terms("NO", 2026)][:2] == [
        (date(2026, 1, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 4, 30)),
    ]
    assert len(vat_terms("NO", 2026)) == 6
    assert len(vat_terms("DK", 2026)) == len(vat_terms("SE", 2026)) == 4
    assert vat_term_of("NO", date(2028, 2, 29)).last == date(2028, 2, 29)


def test_a_question_survives_its_way_into_a_job() -> None:
    customer = UUID("01900003-0001-7000-8000-000000000001")
    asked = replace(this_year(date(2026, 11, 21)), customer_id=customer, age="to_30", vat_code="3", side="base")

    assert Asked.from_json(asked.to_json()) == asked
    assert Asked.from_json(this_year(date(2026, 11, 21)).to_json()) == this_year(date(2026, 11, 21))
