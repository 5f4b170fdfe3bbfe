"""Every adapter against its accounting system: exactly one document there, or a refusal with a name (M-033)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from accounting_sync.mapping.entries import EntryKind, Settled
from accounting_sync.providers.base import Mode, ProblemKind
from accounting_sync.providers.registry import adapters
from tests import builders
from tests.accounting_sync.adapter_suite import (
    REFUSALS,
    ZERO,
    Company,
    another,
    cases,
    company,
    ledger_of,
    refusal_of,
)
from tests.ledgers.contracts import MISSING, is_here
from tests.ledgers.driving import Differs, Ended
from tests.ledgers.entries import (
    DAY,
    Made,
    Sold,
    credit_of,
    document,
    documents,
    key_of,
    payment,
    payout,
    person,
    settled,
    settlement,
    write_off,
)
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)
RANDOM_DOCUMENTS = builders.scaled(8, 2)
BEFORE_THE_WORK = (Fault.DROP_BEFORE, Fault.CONFLICT, Fault.BROKEN)
AFTER_THE_WORK = (Fault.DROP_ANSWER, Fault.HALF, Fault.BROKEN_AFTER)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LedgerServer]]:
    """One server for each accounting system, started when it is first asked for."""
    with ExitStack() as stack:

        class Started(dict[str, LedgerServer]):
            def __missing__(self, slug: str) -> LedgerServer:
                self[slug] = stack.enter_context(LedgerServer(ledger_of(slug)()))
                return self[slug]

        yield Started()


def test_m_131_every_system_is_driven_through_the_same_suite() -> None:
    """The systems that were asked for, today's and tomorrow's (M-132); Debitoor is no more and takes files alone."""
    driven = {case.values[0][0] for case in cases()}

    assert driven == set(adapters())
    assert {"dinero", "billy", "e-conomic"} <= driven
    assert {"zipbooks", "hiveage", "wave", "akaunting", "fiken"} <= driven


@pytest.fixture(params=cases())
def there(request: Any, servers: dict[str, LedgerServer]) -> Iterator[Company]:
    """A company with empty books; whatever a test does, no contract may be broken."""
    slug, mode = request.param
    with company(servers[slug], slug, mode) as entered:
        yield entered
    servers[slug].assert_obeyed()


def test_m_033_every_document_stands_there_once_to_the_oere(there: Company) -> None:
    adapter = there.driver.adapter
    for name, entry in there.entries.items():
        pushed = there.taken(entry)
        assert pushed is not None or name != "sale", f"{there.slug} takes no sale"
        if pushed is not None:
            held = there.one_stands(pushed.entry)
            assert not entry.pdf_name or not adapter.attaches or len(held.files) == 1
            step = next(iter(adapter.steps(pushed.entry)))
            assert adapter.build(step, pushed.entry, {}) == adapter.build(step, pushed.entry, {}), "it must be pure"

    sent = [call for call in there.server.calls if "mail" in call.path.lower()]
    assert sent == [], "an accounting system never sends the invoice"


def test_what_follows_a_sale_stands_there_too(there: Company) -> None:
    first, second = (there.taken(another(there.entries["sale"], number)) for number in numbers_of(there, 41, 42))
    assert first is not None
    assert second is not None

    part, rest = (settled(first.entry, first.first, Decimal(amount)) for amount in (250, 1000))
    paid = there.taken(payment(there.targets, "2026-00201", [part]))
    also = there.taken(payment(there.targets, "2026-00202", [rest]))
    assert (paid is not None) == (also is not None) == there.takes(EntryKind.PAYMENT)
    assert paid is None or there.one_stands(first.entry).open_amount in (None, ZERO)
    credit = there.taken(credit_of(there.targets, second.entry, second.first, numbers_of(there, 43)[0]))
    assert (credit is not None) == there.takes(EntryKind.CREDIT)
    if credit is None:
        return
    there.one_stands(credit.entry)
    given, taken = settled(credit.entry, credit.first, Decimal(400)), settled(second.entry, second.first, Decimal(400))
    settlement_pushed = there.taken(settlement(there.targets, "2026-00203", given, taken))
    assert (settlement_pushed is not None) == there.takes(EntryKind.SETTLEMENT)
    refund = settled(credit.entry, credit.first, Decimal(100))
    there.taken(payment(there.targets, "2026-00204", [refund], is_payout=True))


def test_payments_of_several_losses_and_payouts_stand_there_or_are_refused_by_name(there: Company) -> None:
    sales = [there.taken(another(there.entries["sale"], number)) for number in numbers_of(there, 51, 52, 53)]
    claims = [settled(one.entry, one.first) for one in sales if one is not None]
    foreign = there.taken(there.entries["foreign"])

    there.taken(payment(there.targets, "2026-00301", claims[:2]))
    there.taken(write_off(there.targets, "2026-00302", claims[2]))
    there.taken(payout(there.targets, "2026-00303"))
    if foreign is not None:
        there.taken(foreign_payment(there, settled(foreign.entry, foreign.first)))


@pytest.mark.parametrize("there", cases(lambda adapter, _system: adapter.has_customers), indirect=True)
def test_m_121_a_customer_is_found_or_made_exactly_once(there: Company) -> None:
    adapter = there.driver.adapter
    party = there.entries["sale"].party
    assert party is not None
    private = person(there.targets)

    there.server.faults.next(Fault.DROP_ANSWER)  # the first call that writes makes the customer
    linked = there.driver.link(party)
    again = there.driver.link(replace(party, name="Fjordbygg Entreprenør AS"))
    other = there.driver.link(private)

    assert linked.remote_id == again.remote_id != other.remote_id
    assert sorted(str(row["name"]) for row in there.system.customers()) == sorted([party.name, private.name])
    if adapter.updates_customers:
        remote = there.driver.customer(party)
        assert remote is not None
        there.driver.call(adapter.update_customer(replace(party, name="Fjordbygg Vest AS"), remote))
        assert "Fjordbygg Vest AS" in [row["name"] for row in there.system.customers()]
    if adapter.tells_customers:
        there.system.rename_customer(linked.remote_id, "Fjordbygg Entreprenør AS")
        listed = [
            row.name
            for _, answer in there.driver.pages(adapter.list_customers(None))
            for row in adapter.found_customers(answer)
        ]
        assert "Fjordbygg Entreprenør AS" in listed


def test_a_lost_answer_makes_no_second_document_at_any_step(there: Company) -> None:
    sale = replace(there.entries["sale"], pdf_name="faktura.pdf")
    first, *others = there.driver.adapter.steps(there.driver.linked(sale))
    meetings = [(first, fault) for fault in AFTER_THE_WORK] + [(step, Fault.DROP_ANSWER) for step in others]
    if builders.IS_FULL:
        meetings = [(step, fault) for step in (first, *others) for fault in AFTER_THE_WORK]

    for position, (step, fault) in enumerate(meetings):
        entry = another(sale, numbers_of(there, 60 + position)[0])
        with there.fault_at(step, fault):
            pushed = there.push(entry)
        assert pushed.differences == [], (step, fault)
        held = there.one_stands(pushed.entry)
        assert len(held.files) <= 1, (step, fault)
    if there.takes(EntryKind.PAYMENT):
        paid = payment(there.targets, "2026-00401", [settled(pushed.entry, pushed.first)])
        before = money_in(there)
        with there.fault_at(next(iter(there.driver.adapter.steps(paid))), Fault.DROP_ANSWER):
            there.push(paid)
        assert money_in(there) - before in (paid.total, ZERO)


def test_a_call_that_never_arrived_or_arrived_twice_makes_one_document(there: Company) -> None:
    first, second = (another(there.entries["sale"], number) for number in numbers_of(there, 71, 72))
    step = next(iter(there.driver.adapter.steps(there.driver.linked(first))))

    for position, fault in enumerate(BEFORE_THE_WORK if builders.IS_FULL else BEFORE_THE_WORK[:2]):
        entry = another(first, numbers_of(there, 73 + position)[0])
        with there.fault_at(step, fault):
            there.push(entry)
        there.one_stands(entry)
    with there.fault_at(step, Fault.DUPLICATED):
        refusal = refusal_of(lambda: there.push(second))

    stand = there.stand(second)
    assert len(stand) == 1 or len(there.listed_as(second)) == len(stand) == 2, "a doubled document must be seen"
    assert refusal is None or isinstance(refusal, REFUSALS)


def test_a_number_that_something_else_has_is_never_taken_for_ours(there: Company) -> None:
    ours = there.entries["sale"]
    theirs = document(there.targets, Made(number=ours.number), [Sold(net=Decimal(77))])
    there.push(replace(theirs, key=key_of("somebody else")))

    refusal = refusal_of(lambda: there.push(ours))

    if there.lacks("unique_numbers"):
        assert len(there.listed_as(ours)) == len(there.stand(ours))
    else:
        assert isinstance(refusal, Ended | Differs), refusal
        assert [held.total for held in there.stand(ours)] == [theirs.total]


def test_limits_and_ended_tokens_hold_a_push_up_and_lose_nothing(there: Company) -> None:
    first, second, third = (another(there.entries["sale"], number) for number in numbers_of(there, 81, 82, 83))
    step = next(iter(there.driver.adapter.steps(there.driver.linked(first))))

    with there.fault_at(step, Fault.TOO_MANY, seconds=7):
        there.push(first)
    with there.fault_at(step, Fault.TOO_MANY):
        there.push(second)
    renewed = there.driver.renewed
    if not there.lacks("token_expiry"):
        there.system.expire()
        there.push(third)
        assert there.driver.renewed == renewed + 1

    assert there.driver.waits == [7.0, None]
    for entry in (first, second):
        there.one_stands(entry)
    there.system.revoke()
    with pytest.raises(Ended) as ended:
        there.push(another(first, numbers_of(there, 84)[0]))
    assert ended.value.problem.kind in (ProblemKind.ACCESS_EXPIRED, ProblemKind.ACCESS_ENDED)


@pytest.mark.parametrize("there", cases(lambda _adapter, system: "closed_periods" not in system.lacks), indirect=True)
def test_a_closed_period_is_named(there: Company) -> None:
    entry = there.driver.linked(there.entries["sale"])
    there.system.close_through(DAY)

    with pytest.raises(Ended) as ended:
        there.driver.push(entry)

    assert ended.value.problem.kind == ProblemKind.PERIOD_CLOSED, ended.value
    assert there.stand(entry) == []
    told = [closed_through(there)]
    there.system.closed_day = None
    there.system.lock_year(DAY.year)
    with pytest.raises(Ended) as ended:
        there.driver.push(replace(entry, key=key_of("again")))
    assert ended.value.problem.kind == ProblemKind.PERIOD_CLOSED
    told.append(closed_through(there))
    if there.driver.adapter.tells_closed_periods:
        assert max(day for day in told if day is not None) >= DAY, "it must see what is closed before it pushes"


@pytest.mark.parametrize("there", cases(lambda _adapter, system: "vat_codes" not in system.lacks), indirect=True)
def test_a_vat_code_that_was_deleted_there_is_refused_with_a_reason(there: Company) -> None:
    entry = there.driver.linked(there.entries["sale"])
    there.system.remove_vat_code(there.targets.vat["standard", Decimal(25)].id)

    with pytest.raises(Ended) as ended:
        there.driver.push(entry)

    assert ended.value.problem.kind in (ProblemKind.INVALID, ProblemKind.MISSING)
    assert ended.value.problem.text
    assert there.stand(entry) == []


def test_what_was_altered_deleted_or_doubled_there_is_found(there: Company) -> None:
    numbers = numbers_of(there, 91, 92, 93, 94)
    same, altered, deleted, doubled = (there.push(another(there.entries["sale"], number)) for number in numbers)
    there.system.alter(altered.entry.number, Decimal(10))
    there.system.delete(deleted.entry.number)
    there.system.double(doubled.entry.number)

    standing = there.listed()
    listed = {
        one.entry.number: [each for each in standing if each.number in (one.entry.number, one.entry.voucher_label)]
        for one in (same, altered, deleted, doubled)
    }

    assert [len(listed[number]) for number in numbers] == [1, 1, 0, 2]
    if not there.lacks("totals"):
        assert [one.total for one in listed[same.entry.number]] == [same.entry.total]
        assert [one.total for one in listed[altered.entry.number]] == [altered.entry.total + 10]
        assert there.read(altered).total == altered.entry.total + 10


@pytest.mark.parametrize("there", cases(lambda adapter, _system: adapter.tells_payments), indirect=True)
def test_m_006_money_that_was_booked_there_comes_back(there: Company) -> None:
    adapter = there.driver.adapter
    sale = there.push(there.entries["sale"])
    day = DAY + timedelta(days=5)

    there.system.pay(sale.entry.number, Decimal("480.50"), day)
    pages = there.driver.pages(adapter.list_payments(DAY - timedelta(days=1)))
    paid = [one for _, answer in pages for one in adapter.paid(answer)]

    assert [(one.amount, one.day, one.currency) for one in paid] == [(Decimal("480.50"), day, sale.entry.currency)]
    assert paid[0].document_number == sale.entry.number or paid[0].document_id == sale.first.id
    assert paid[0].our_mark == ""


@pytest.mark.parametrize("case", cases())
def test_any_document_is_taken_to_the_oere_or_refused_by_name(
    case: tuple[str, Mode], servers: dict[str, LedgerServer]
) -> None:
    slug, mode = case
    with company(servers[slug], slug, mode) as there:
        party = there.driver.linked(there.entries["sale"]).party

        @settings(max_examples=RANDOM_DOCUMENTS, deadline=None, derandomize=True, database=None)
        @given(entry=documents(there.targets))
        def taken(entry: Any) -> None:
            if there.stand(entry):
                return
            lines = [replace(line, party=party) if line.party else line for line in entry.lines]
            entry = replace(entry, party=party, lines=lines)
            if there.taken(entry, is_linked=True) is not None:
                there.one_stands(entry)

        taken()
    servers[slug].assert_obeyed()


def numbers_of(there: Company, *counts: int) -> list[str]:
    """Numbers of documents in the shape that the system takes."""
    return [there.targets.number_format.format(count) for count in counts]


def closed_through(there: Company) -> date | None:
    """Up to which day the adapter knows that the books are closed."""
    adapter = there.driver.adapter
    if not adapter.tells_closed_periods:
        return None
    return adapter.closed_through(there.driver.call(adapter.fetch_closed_through()))


def money_in(there: Company) -> Decimal:
    """What all payments sum to that stand there."""
    return sum((held.total for held in there.system.documents() if held.kind == "payment"), ZERO)


def foreign_payment(there: Company, paid: Settled) -> Any:
    """A payment in another currency, at the rate of its claim."""
    entry = there.entries["foreign"]
    return payment(
        there.targets, "2026-00304", [paid], currency=there.targets.foreign_currency, rate=entry.exchange_rate
    )
