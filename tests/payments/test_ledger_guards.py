"""The ledger guards itself against whoever holds the application's login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payments.models import Posting, ReceivableBalance
from tests.builders import in_organization
from tests.committed_world import World, app_session, committed_world, refusal_of

FROZEN = "23001"
IMPOSSIBLE = "23514"
FORBIDDEN = "42501"

TABLES = (
    "payments_voucher",
    "payments_posting",
    "payments_receivable",
    "payments_allocation",
    "payments_periodlock",
)
WHERE = "organization_id = %(organization)s"
MOVE_SERIES = f"UPDATE payments_voucherseries SET last_number = last_number + {{count}} WHERE {WHERE} AND year = 2026"
# A voucher like the first one, with the number, moment and transaction that the series has just given.
NEW_VOUCHER = """INSERT INTO payments_voucher
    SELECT (jsonb_populate_record(v, jsonb_build_object('id', %(fresh)s::uuid, 'number', s.last_number {shift},
            'posted_at', s.moved_at, 'transaction_id', s.moved_transaction {changes}))).*
    FROM payments_voucher v JOIN payments_voucherseries s ON s.organization_id = v.organization_id AND s.year = 2026
    WHERE v.organization_id = %(organization)s AND v.id = %(voucher)s"""
NEW_POSTINGS = """INSERT INTO payments_posting
    SELECT (jsonb_populate_record(NULL::payments_posting, to_jsonb(p) || jsonb_build_object(
            'id', ids.id, 'voucher_id', {voucher},
            'position', ids.position, 'amount', ids.amount, 'currency_amount', ids.amount, 'receivable_id', NULL))).*
    FROM (SELECT * FROM payments_posting WHERE organization_id = %(organization)s ORDER BY id LIMIT 1) p,
         (VALUES {rows}) AS ids (id, position, amount)"""
PAIR = "(%(fresh_2)s::uuid, 101, 5.00), (%(fresh_3)s::uuid, 102, -5.00)"
UNEVEN = "(%(fresh_2)s::uuid, 101, 5.00), (%(fresh_3)s::uuid, 102, -4.99)"
SINGLE = "(%(fresh_2)s::uuid, 101, 5.00)"
NOTHING = "(%(fresh_2)s::uuid, 101, 0.00)"


def move_series(count: int) -> str:
    return MOVE_SERIES.format(count=count)


def new_voucher(shift: str = "", changes: str = "") -> str:
    return NEW_VOUCHER.format(shift=shift, changes=changes)


def new_postings(rows: str, voucher: str = "%(fresh)s::uuid") -> str:
    return NEW_POSTINGS.format(rows=rows, voucher=voucher)


def new_allocation(changes: str) -> str:
    return f"""INSERT INTO payments_allocation
        SELECT (jsonb_populate_record(a, jsonb_build_object('id', %(fresh)s::uuid {changes}))).*
        FROM payments_allocation a WHERE a.organization_id = %(organization)s AND a.id = %(allocation)s"""


ATTEMPTS: dict[str, tuple[list[str], str]] = {
    "a balance that is not the sum of its postings": (
        [
            f"""UPDATE payments_receivablebalance
                SET currency_amount = currency_amount - 1, amount = amount - 1 WHERE {WHERE}"""
        ],
        IMPOSSIBLE,
    ),
    "a one-sided voucher": ([move_series(1), new_voucher(), new_postings(SINGLE)], IMPOSSIBLE),
    "a voucher of one posting of nothing": ([move_series(1), new_voucher(), new_postings(NOTHING)], IMPOSSIBLE),
    "a voucher that does not balance": ([move_series(1), new_voucher(), new_postings(UNEVEN)], IMPOSSIBLE),
    "a voucher without postings": ([move_series(1), new_voucher()], IMPOSSIBLE),
    "a late one-sided posting": ([new_postings(SINGLE, "%(voucher)s::uuid")], IMPOSSIBLE),
    "a balanced pair on an old voucher": ([new_postings(PAIR, "%(voucher)s::uuid")], IMPOSSIBLE),
    "a voucher that takes no number": ([new_voucher("+ 1"), new_postings(PAIR)], IMPOSSIBLE),
    "a voucher number past the series": ([move_series(1), new_voucher("+ 1"), new_postings(PAIR)], IMPOSSIBLE),
    "a skipped voucher number": ([move_series(2), new_voucher(), new_postings(PAIR)], IMPOSSIBLE),
    "a series that moves for nothing": ([move_series(1)], IMPOSSIBLE),
    "a voucher of another year than its day": (
        [move_series(1), new_voucher(changes=", 'day', '2025-12-31'"), new_postings(PAIR)],
        IMPOSSIBLE,
    ),
    "a voucher that claims an older moment": (
        [move_series(1), new_voucher(changes=", 'posted_at', '2020-01-01'"), new_postings(PAIR)],
        IMPOSSIBLE,
    ),
    "a voucher that claims another transaction": (
        [move_series(1), new_voucher(changes=", 'transaction_id', 1"), new_postings(PAIR)],
        IMPOSSIBLE,
    ),
    "a series backwards": ([move_series(-1)], FROZEN),
    "a series of another year": ([f"UPDATE payments_voucherseries SET year = 2027 WHERE {WHERE}"], FROZEN),
    "another head of the chain": ([f"UPDATE payments_voucherseries SET head_hash = 'x' WHERE {WHERE}"], FROZEN),
    "a new series that has already moved": (
        [
            """INSERT INTO payments_voucherseries (id, organization_id, year, last_number, head_hash)
               VALUES (%(fresh)s, %(organization)s, 2031, 4, '')"""
        ],
        FROZEN,
    ),
    "no series any more": ([f"DELETE FROM payments_voucherseries WHERE {WHERE}"], FORBIDDEN),
    "no balances any more": ([f"DELETE FROM payments_receivablebalance WHERE {WHERE}"], FORBIDDEN),
    "an allocation that no voucher carries": ([new_allocation(", 'amount', 1000000")], IMPOSSIBLE),
    "an allocation twice": ([new_allocation("")], IMPOSSIBLE),
    "an allocation on another receivable": ([new_allocation(", 'receivable_id', %(receivable)s::uuid")], IMPOSSIBLE),
    "a payment that is used less than it says": (
        [f"UPDATE payments_payment SET applied = applied - 1, unapplied = unapplied + 1 WHERE {WHERE} AND applied > 0"],
        IMPOSSIBLE,
    ),
    "a payment that says something else": (
        [f"UPDATE payments_payment SET payer_name = 'Noen andre' WHERE {WHERE}"],
        FROZEN,
    ),
    "a payment that is used and changes hands": (
        [f"UPDATE payments_payment SET customer_id = NULL WHERE {WHERE} AND applied > 0"],
        FROZEN,
    ),
    "a payment that was taken back and comes again": (
        [
            f"""UPDATE payments_payment SET reversed = 0, unapplied = amount, unapplied_base = base_amount
                WHERE {WHERE} AND reversed > 0"""
        ],
        FROZEN,
    ),
    "a refund of another amount": ([f"UPDATE payments_refund SET amount = amount - 1 WHERE {WHERE}"], FROZEN),
    "a refund that left and did not leave": (
        [f"UPDATE payments_refund SET state = 'failed', voucher_id = NULL WHERE {WHERE} AND state = 'done'"],
        FROZEN,
    ),
    "a refund that failed while its money stays away": (
        [f"UPDATE payments_refund SET state = 'failed' WHERE {WHERE} AND state = 'requested'"],
        IMPOSSIBLE,
    ),
    "a voucher in a closed period": (
        [
            """INSERT INTO payments_periodlock (id, organization_id, locked_through, reason, made_by, made_at)
               VALUES (%(fresh_3)s, %(organization)s, '2026-12-31', '', 'Kari', now())""",
            move_series(1),
            new_voucher(),
        ],
        IMPOSSIBLE,
    ),
    "no payments any more": ([f"DELETE FROM payments_payment WHERE {WHERE}"], FORBIDDEN),
    "no refunds any more": ([f"DELETE FROM payments_refund WHERE {WHERE}"], FORBIDDEN),
    **{f"update {table}": ([f"UPDATE {table} SET id = id WHERE {WHERE}"], FORBIDDEN) for table in TABLES},
    **{f"delete from {table}": ([f"DELETE FROM {table} WHERE {WHERE}"], FORBIDDEN) for table in TABLES},
    **{f"truncate {table}": ([f"TRUNCATE {table} CASCADE"], FORBIDDEN) for table in TABLES},
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


def test_a_voucher_by_the_rules_is_accepted_so_that_the_refusals_below_mean_something(world: World) -> None:
    with app_session() as session:
        session.execute(f"SET LOCAL app.organization_id = '{world.organization.pk}'")
        for statement in (move_series(1), new_voucher(), new_postings(PAIR)):
            session.execute(statement, world.ids)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.rollback()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_raw_sql_is_refused_and_nothing_changed(world: World, name: str) -> None:
    statements, expected = ATTEMPTS[name]
    error = refusal_of(statements, world.ids, organization_id=world.organization.pk)

    assert error is not None, f"accepted: {name}"
    assert error.sqlstate == expected, error
    assert world.changed_tables() == []


def test_savepoints_of_the_own_transaction_may_post(world: World) -> None:
    with app_session() as session:
        session.execute(f"SET LOCAL app.organization_id = '{world.organization.pk}'")
        session.execute(move_series(1), world.ids)
        session.execute("SAVEPOINT inner_one")
        session.execute(new_voucher(), world.ids)
        session.execute("SAVEPOINT inner_two")
        session.execute(new_postings(PAIR), world.ids)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.rollback()


def test_every_balance_is_the_sum_of_its_postings(world: World) -> None:
    with in_organization(world.organization):
        balances = list(ReceivableBalance.objects.values_list("receivable_id", "currency_amount", "amount"))
        postings = list(
            Posting.objects.exclude(receivable=None).values_list("receivable_id", "currency_amount", "amount")
        )

    assert len(balances) == 4
    for receivable_id, currency_amount, amount in balances:
        own = [posting for posting in postings if posting[0] == receivable_id]
        assert (currency_amount, amount) == (sum(row[1] for row in own), sum(row[2] for row in own))
