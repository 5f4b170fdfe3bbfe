"""What stands of claims: open, held back, on its way, set off; asked of a few claims or of all it is the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from foundation.ids import uuid7
from payments import holds, standing
from payments.models import BankLine, LineOutcome, PaymentAttempt, Receivable
from payments.standing import Standing
from tenants.audit import Actor
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments import by_hand
from tests.payments.bank_rows import NOW, camt, take
from tests.payments.claims import ClaimTerms, open_claim
from tests.payments.online_rows import keep_online_rows

TODAY = builders.TODAY
ME = Actor.system("Kari")


@pytest.fixture
def customer(organization: Any) -> Any:
    return builders.make_customer(organization, name="Ola Nordmann")


def _open(organization: Any, customer: Any, amount: str, days: int = 0, **more: Any) -> UUID:
    with builders.in_organization(organization):
        terms = ClaimTerms(amount=Decimal(amount), due=TODAY + timedelta(days=days), **more)
        return open_claim(organization, customer.pk, terms)


def _standing(organization: Any, *claims: UUID, days: int = 0) -> list[Standing]:
    with builders.in_organization(organization):
        day = TODAY + timedelta(days=days)
        found = standing.standing_of(organization, claims, today=day)
        every = {one.receivable_id: one.standing for one in standing.stream_standing(organization, today=day)}
    assert {key: each for key, each in found.items() if each.open} == {
        key: every[key] for key in claims if key in every
    }
    return [found[claim] for claim in claims]


def test_credit_covers_the_oldest_claims_first_and_only_in_its_own_currency(organization: Any, customer: Any) -> None:
    new, old = _open(organization, customer, "300.00", 5), _open(organization, customer, "200.00", -40)
    other = _open(organization, customer, "100.00", -50, currency="EUR", rate=Decimal("11.37"))
    foreign = _open(organization, builders.make_customer(organization), "400.00", -60)
    by_hand.pay(organization, "150.00", customer_id=customer.pk)
    with builders.in_organization(organization):
        open_claim(organization, customer.pk, ClaimTerms(amount=Decimal("-90.00")))

    found = _standing(organization, new, old, other, foreign)

    assert [each.credit for each in found] == [Decimal("40.00"), Decimal("200.00"), 0, 0]
    assert [each.open for each in found] == [300, 200, 100, 400]
    assert [each.may_be_asked for each in found] == [260, 0, 100, 400]


def test_holds_count_while_they_stand(organization: Any, customer: Any) -> None:
    part, whole, promised, free = (_open(organization, customer, "100.00", -days) for days in (30, 29, 28, 27))

    def hold(claim: UUID, **terms: Any) -> Any:
        with builders.in_organization(organization):
            told: Any = {"kind": "dispute", "reason": "Feil pris", **terms}
            return holds.place_hold(organization, claim, actor=ME, now=NOW, **told)

    hold(part, amount=Decimal(30))
    hold(part, amount=Decimal(20), kind="rejected")
    ended = hold(whole)
    hold(promised, kind="promise", until=TODAY + timedelta(days=2))

    found = _standing(organization, part, whole, promised, free)
    assert [each.held for each in found] == [50, 100, 100, 0]
    assert [each.is_wholly_held for each in found] == [False, True, True, False]
    assert found[0].hold_kinds == ("dispute", "rejected")

    with builders.in_organization(organization):
        holds.release_hold(organization, ended.pk, reason="Prisen var riktig", actor=ME, now=NOW)
    assert [each.held for each in _standing(organization, whole, promised, days=2)] == [0, 100]
    assert [each.held for each in _standing(organization, promised, days=3)] == [0]


def test_money_that_may_be_on_its_way_is_told(organization: Any, customer: Any) -> None:
    invoice = builders.make_finalized_invoice(organization, customer)
    free = _open(organization, builders.make_customer(organization, name="Kari Hansen"), "100.00")
    assert invoice.receivable_id is not None
    claim = invoice.receivable_id
    assert not _standing(organization, claim)[0].has_pending

    with builders.in_organization(organization):
        rows = keep_online_rows(organization, claim)
        attempts = PaymentAttempt.objects.of(organization).filter(pk=rows["attempt"])
        for state, is_pending in {"pending": False, "processing": True, "authorized": True, "unknown": True}.items():
            attempts.update(state=state)
            assert _standing(organization, claim)[0].has_pending == is_pending, state
        attempts.update(state="failed")
        kid = Receivable.objects.of(organization).get(pk=claim).kid
    assert [each.has_pending for each in _standing(organization, claim, free)] == [False, False]

    # By its number in the words of the payer, by its KID, and by who paid.
    take(organization, camt([Paid("", "10.00", text="Hei")]))
    with builders.in_organization(organization):
        line = BankLine.objects.of(organization).get()
        for place, told in enumerate(
            ({"text": f"faktura {invoice.number}"}, {"reference": kid}, {"payer_name": "OLA NORDMANN"})
        ):
            line.pk, line.position, line.fingerprint = uuid7(), place + 2, str(place)
            unread: dict[str, Any] = {"text": "", "reference": "", "payer_name": "", "payer_account": "", **told}
            BankLine.objects.bulk_create([copied := _copy(line, outcome=LineOutcome.UNREAD, **unread)])
            assert [each.has_pending for each in _standing(organization, claim, free)] == [True, False], told
            done = {"outcome": "ignored", "settled_by": "Kari", "settled_at": NOW, "note": "prøve"}
            BankLine.objects.of(organization).filter(pk=copied.pk).update(**done)
            assert [each.has_pending for each in _standing(organization, claim, free)] == [False, False]


def _copy(line: BankLine, **changes: Any) -> BankLine:
    values = {field.attname: getattr(line, field.attname) for field in BankLine._meta.concrete_fields}
    return BankLine(**{**values, **changes})
