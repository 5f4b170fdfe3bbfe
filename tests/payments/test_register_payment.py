"""Money that comes in is kept in full, pays what it is meant for, and can be taken off again by another voucher."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments import errors, proof, queries
from payments.actions import applying, periods, refunds, registering, write_offs
from payments.ledger import PeriodIsClosed
from payments.models import ExchangeRate, Payment, PaymentSettings, Posting, Refund, RefundState, Voucher
from payments.terms import Part
from tenants.audit import Actor
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.payments import claims
from tests.payments.claims import ClaimTerms, money, owed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
SYSTEM = Actor.system()


@pytest.fixture
def customer(organization: Any) -> Any:
    return builders.make_customer(organization)


def _open(organization: Organization, customer: Any, amount: str = "1000.00", **more: Any) -> UUID:
    with builders.in_organization(organization):
        return claims.open_claim(organization, customer.pk, ClaimTerms(amount=Decimal(amount), **more))


def _register(organization: Organization, amount: str, *parts: UUID | Part, **more: Any) -> registering.Registered:
    told = [part if isinstance(part, Part) else Part(receivable_id=part) for part in parts]
    with builders.in_organization(organization):
        terms = money(organization, amount, parts=told, **more)
        return registering.register_payment(organization, terms, actor=SYSTEM, today=TODAY, now=NOW)


def _apply(organization: Organization, payment: Payment, *parts: Part) -> Any:
    with builders.in_organization(organization):
        return applying.apply_payment(organization, payment.pk, parts, actor=SYSTEM, day=TODAY, now=NOW)


def _detach(organization: Organization, allocation: Any) -> Any:
    with builders.in_organization(organization):
        return applying.detach_allocation(
            organization, allocation.pk, reason="Feil faktura", actor=SYSTEM, day=TODAY, now=NOW
        )


def _owed(organization: Organization, *receivables: UUID) -> list[str]:
    with builders.in_organization(organization):
        return [str(owed(organization, receivable)) for receivable in receivables]


def _stored(organization: Organization, payment: Payment) -> Payment:
    with builders.in_organization(organization):
        return Payment.objects.of(organization).get(pk=payment.pk)


def _accounts(organization: Organization, voucher_id: UUID) -> dict[str, str]:
    with builders.in_organization(organization):
        rows = Posting.objects.of(organization).filter(voucher_id=voucher_id).select_related("account")
        return {f"{row.account.number}": str(row.amount) for row in rows}


def _assert_whole(organization: Organization) -> None:
    with builders.in_organization(organization):
        assert list(proof.ledger_problems(organization)) == []


def test_m_012_an_exact_payment_settles_the_claim_in_one_voucher(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer)
    registered = _register(organization, "1000.00", claim, fee=Decimal("5.00"))
    assert _owed(organization, claim) == ["0.00"]
    assert _accounts(organization, registered.payment.voucher_id) == {
        "1920": "995.00",
        "7770": "5.00",
        "1500": "-1000.00",
    }
    assert registered.payment.customer_id == customer.pk
    assert not registered.payment.unapplied
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="payment.registered").count() == 1
    _assert_whole(organization)


def test_one_payment_pays_several_and_the_rest_belongs_to_the_payer(organization: Any, customer: Any) -> None:
    first, second = _open(organization, customer, "300.00"), _open(organization, customer, "200.00")
    registered = _register(organization, "620.00", Part(receivable_id=first, amount=Decimal(250)), second)
    assert _owed(organization, first, second) == ["50.00", "0.00"]
    assert _accounts(organization, registered.payment.voucher_id)["2905"] == "-170.00"

    _apply(organization, registered.payment, Part(receivable_id=first))
    assert _owed(organization, first) == ["0.00"]
    assert _stored(organization, registered.payment).unapplied == Decimal("120.00")
    with pytest.raises(errors.NothingIsOwed):
        _apply(organization, registered.payment, Part(receivable_id=first))
    _assert_whole(organization)


def test_the_same_money_told_twice_is_kept_once(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer)
    first = _register(organization, "400.00", claim, key="bank:1")
    second = _register(organization, "400.00", claim, key="bank:1")
    assert (second.payment.pk, second.is_new) == (first.payment.pk, False)
    assert _owed(organization, claim) == ["600.00"]
    with builders.in_organization(organization):
        terms = money(organization, "1.00", key="bank:2")
        kept = registering.register_payments(organization, [terms, terms], actor=SYSTEM, now=NOW)
    assert len({one.payment.pk for one in kept}) == 1
    _assert_whole(organization)


def test_a_small_difference_is_closed_and_opens_again_with_the_payment(organization: Any, customer: Any) -> None:
    with builders.in_organization(organization):
        PaymentSettings.objects.create(organization=organization, small_difference_max=Decimal("1.00"))
    claim = _open(organization, customer)
    registered = _register(organization, "999.40", claim, closes_small_difference=True)
    assert _owed(organization, claim) == ["0.00"]
    assert _accounts(organization, registered.payment.voucher_id)["7740"] == "0.60"
    _detach(organization, registered.allocations[0])
    assert _owed(organization, claim) == ["1000.00"]
    assert _stored(organization, registered.payment).unapplied == Decimal("999.40")
    with pytest.raises(errors.IsUndoneAlready):
        _detach(organization, registered.allocations[0])
    _assert_whole(organization)


def test_currency_is_won_or_lost_on_its_own_account_and_goes_back(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer, "100.00", currency="EUR", rate=Decimal("11.50"))
    with pytest.raises(errors.RateIsMissing):
        _register(organization, "100.00", claim, currency="EUR")
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=TODAY, rate=Decimal("11.80"), source="Norges Bank"
        )
    registered = _register(organization, "100.00", claim, currency="EUR")
    assert _accounts(organization, registered.payment.voucher_id) == {
        "1920": "1180.00",
        "1500": "-1150.00",
        "8060": "-30.00",
    }
    undone = _detach(organization, registered.allocations[0])
    assert _accounts(organization, undone.voucher_id) == {"1500": "1150.00", "2905": "-1180.00", "8060": "30.00"}
    _assert_whole(organization)


def test_money_in_another_currency_needs_both_amounts(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer, "100.00", currency="EUR", rate=Decimal("11.50"))
    registered = _register(organization, "1200.00", claim)
    assert _owed(organization, claim) == ["100.00"]  # never by itself
    with pytest.raises(errors.CurrencyDiffers):
        _apply(organization, registered.payment, Part(receivable_id=claim))
    settled = Part(receivable_id=claim, amount=Decimal(100), payment_amount=Decimal(1140))
    [allocation] = _apply(organization, registered.payment, settled)
    assert _accounts(organization, allocation.voucher_id) == {"2905": "1140.00", "1500": "-1150.00", "8160": "10.00"}
    assert _stored(organization, registered.payment).unapplied == Decimal("60.00")
    _assert_whole(organization)


def test_a_payment_that_never_came_leaves_everything_open_again(organization: Any, customer: Any) -> None:
    first, second = _open(organization, customer, "300.00"), _open(organization, customer, "200.00")
    payment = _register(organization, "600.00", first, second).payment
    with builders.in_organization(organization):
        for _time in range(2):
            applying.reverse_payment(organization, payment.pk, reason="Avvist", actor=SYSTEM, day=TODAY, now=NOW)
    assert _owed(organization, first, second) == ["300.00", "200.00"]
    stored = _stored(organization, payment)
    assert (stored.applied, stored.unapplied, stored.reversed) == (Decimal(0), Decimal(0), Decimal(600))
    with builders.in_organization(organization):
        assert Voucher.objects.of(organization).filter(reverses_id=payment.voucher_id).count() == 1
    _assert_whole(organization)


def test_no_more_is_paid_back_than_is_left(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer, "300.00")
    payment = _register(organization, "500.00", claim).payment

    def ask(amount: str, key: str, channel: str = "by_hand") -> Refund:
        terms = refunds.RefundTerms(key=key, amount=Decimal(amount), channel=channel, reason="For mye betalt")
        with builders.in_organization(organization):
            return refunds.request_refund(organization, payment.pk, terms, actor=SYSTEM, day=TODAY, now=NOW)

    with pytest.raises(errors.RefundIsTooLarge):
        ask("200.01", "one")
    done = ask("150.00", "one")
    assert (done.state, ask("150.00", "one").pk) == (RefundState.DONE, done.pk)
    waiting = ask("50.00", "two", "bank_file")
    with pytest.raises(errors.RefundIsTooLarge):
        ask("0.01", "three")
    _assert_whole(organization)
    with builders.in_organization(organization):
        refunds.end_refund(
            organization, waiting.pk, is_cancelled=False, problem="Kontoen er stengt", actor=SYSTEM, now=NOW
        )
        with pytest.raises(errors.RefundHasEnded):
            refunds.settle_refund(organization, waiting.pk, actor=SYSTEM, day=TODAY, now=NOW)
        with pytest.raises(errors.PaymentIsInUse):
            applying.reverse_payment(organization, payment.pk, reason="Avvist", actor=SYSTEM, day=TODAY, now=NOW)
    assert _stored(organization, payment).unapplied == Decimal("50.00")
    _assert_whole(organization)


def test_a_loss_takes_vat_back_only_where_the_law_lets_it(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer, "1000.00", day=date(2026, 3, 1), due=date(2026, 3, 15))
    young = _open(organization, customer, "1000.00")

    def give_up(receivable: UUID, ground: str, *, vat: bool, amount: str | None = None) -> Any:
        lost = None if amount is None else Decimal(amount)
        terms = write_offs.LossTerms(ground=ground, reason="Konkurs", takes_vat_back=vat, amount=lost)
        with builders.in_organization(organization):
            return write_offs.write_off_receivable(organization, receivable, terms, actor=SYSTEM, day=TODAY, now=NOW)

    with pytest.raises(errors.VatStays, match=r"05\.06\.2027"):
        give_up(young, "overdue", vat=True)
    with pytest.raises(errors.VatStays):
        give_up(claim, "other", vat=True)
    part = give_up(claim, "overdue", vat=True, amount="500.00")
    assert _accounts(organization, part.voucher_id) == {"7830": "400.00", "2700": "100.00", "1500": "-500.00"}
    rest = give_up(claim, "other", vat=False)
    assert _accounts(organization, rest.voucher_id) == {"7830": "500.00", "1500": "-500.00"}
    with builders.in_organization(organization):
        write_offs.reverse_write_off(organization, part.pk, reason="Betalte", actor=SYSTEM, day=TODAY, now=NOW)
    assert _owed(organization, claim) == ["500.00"]
    _assert_whole(organization)


def test_nothing_is_posted_where_the_books_are_closed(organization: Any, customer: Any) -> None:
    claim = _open(organization, customer)
    yesterday = TODAY - timedelta(days=1)
    with builders.in_organization(organization):
        periods.close_period(organization, yesterday, reason="", actor=SYSTEM, today=TODAY, now=NOW)
    with pytest.raises(PeriodIsClosed) as refusal:
        _register(organization, "10.00", claim, day=yesterday)
    assert refusal.value.next_open == TODAY
    assert _owed(organization, claim) == ["1000.00"]
    _register(organization, "10.00", claim)
    with builders.in_organization(organization):
        with pytest.raises(errors.ReasonIsMissing):
            periods.close_period(organization, None, reason=" ", actor=SYSTEM, today=TODAY, now=NOW)
        with pytest.raises(errors.NotYet):
            periods.close_period(organization, TODAY, reason="", actor=SYSTEM, today=TODAY, now=NOW)
        periods.close_period(organization, None, reason="Sent bilag", actor=SYSTEM, today=TODAY, now=NOW)
    _register(organization, "10.00", claim, day=yesterday)
    _assert_whole(organization)


COPY = """INSERT INTO payments_payment
          SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'key', 'copied'))).*
          FROM payments_payment p"""


def _spoil(organization: Organization, change: str) -> None:
    with builders.in_organization(organization), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE payments_payment SET amount = amount + 1, unapplied = unapplied + 1", DatabaseError),
        ("UPDATE payments_payment SET unapplied = unapplied - 1", IntegrityError),
        ("UPDATE payments_payment SET unapplied = unapplied - 1, applied = applied + 1", IntegrityError),
        ("UPDATE payments_payment SET unapplied = unapplied - 1, refunded = refunded + 1", IntegrityError),
        (COPY, IntegrityError),  # a new one that says it was applied, and no allocation is there
        ("DELETE FROM payments_payment", DatabaseError),
    ],
)
def test_the_database_knows_where_every_krone_is(organization: Any, customer: Any, change: str, refusal: Any) -> None:
    payment = _register(organization, "500.00", _open(organization, customer, "300.00")).payment
    with pytest.raises(refusal):
        _spoil(organization, change)
    assert _stored(organization, payment).unapplied == Decimal("200.00")


def test_the_database_adds_up_what_a_new_payment_is_used_for(
    organization: Any, customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = _open(organization, customer, "300.00")
    whole = registering.new_allocation

    def lose_a_krone(*values: Any, **named: Any) -> Any:
        allocation: Any = whole(*values, **named)
        allocation.payment_amount -= 1
        return allocation

    monkeypatch.setattr(registering, "new_allocation", lose_a_krone)
    refusal = pytest.raises(IntegrityError, match=r"says 300\.00 applied and .*, but 299\.00")
    with refusal, builders.in_organization(organization), transaction.atomic():
        _register(organization, "500.00", claim)
        _spoil(organization, "SELECT 1")  # nothing more: what waits for COMMIT is looked at
    assert _owed(organization, claim) == ["300.00"]


def test_another_organization_sees_none_of_it(organization: Any, other_organization: Any, customer: Any) -> None:
    claim = _open(organization, customer)
    payment = _register(organization, "10.00", claim).payment
    with builders.in_organization(other_organization):
        assert Payment.objects.of(other_organization).count() == 0
        assert queries.payments_by_key(other_organization, [payment.key]) == {}
