"""What becomes of a movement: a table of every reason, sums of several claims, and what speaks for a suggestion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest

from payments.bank.matching import Books, Claim, Movement, Reason, References, decide
from payments.bank.suggesting import Known, Why, suggest, sum_of_several
from payments.reference import KidAgreement, KidAlgorithm, make_fik, make_kid, make_ocr, make_rf
from tests.builders import SEED

SPACE = UUID("01900000-0000-7000-8000-000000000000")
TODAY = date(2026, 11, 21)
AGREEMENTS = (KidAgreement(10), KidAgreement(7, KidAlgorithm.MOD11))
BOOKS = Books(today=TODAY, base_currency="NOK", agreements=AGREEMENTS)
KID = make_kid("10463", AGREEMENTS[0])


def claim(number: str = "10463", owed: str = "1000.00", **changes: Any) -> Claim:
    fields: dict[str, Any] = {
        "id": uuid5(SPACE, number),
        "customer_id": uuid5(SPACE, "customer"),
        "number": number,
        "kid": make_kid(number, AGREEMENTS[0]),
        "currency": "NOK",
        "owed": Decimal(owed),
        "due": TODAY,
        "customer_name": "Solvik Eiendom AS",
    }
    return Claim(**{**fields, **changes})


def movement(amount: str = "1000.00", **changes: Any) -> Movement:
    fields: dict[str, Any] = {"reference": KID, "reference_kind": "kid", **changes}
    return Movement(
        day=fields.pop("day", TODAY), amount=Decimal(amount), currency=fields.pop("currency", "NOK"), **fields
    )


REASONS: dict[str, tuple[Movement, Claim, Books, Reason, bool, bool]] = {
    "exact": (movement(), claim(), BOOKS, Reason.EXACT, True, False),
    "part": (movement("400.00"), claim(), BOOKS, Reason.PART, True, False),
    "over": (movement("1000.50"), claim(), BOOKS, Reason.OVER, True, True),
    "by card": (movement(kind="card"), claim(), BOOKS, Reason.EXACT, True, False),
    "blanks in the KID": (movement(reference=f"{KID[:4]} {KID[4:]}"), claim(), BOOKS, Reason.EXACT, True, False),
    "a KID of a former length": (
        movement(reference=make_kid("10463", KidAgreement(14))),
        claim(kid=make_kid("10463", KidAgreement(14))),
        BOOKS,
        Reason.EXACT,
        True,
        False,
    ),
    "already paid": (movement(), claim(owed="0.00"), BOOKS, Reason.ALREADY_PAID, False, True),
    "credited": (movement(), claim(owed="0.00", is_credited=True), BOOKS, Reason.CREDITED, False, True),
    "unknown KID": (
        movement(reference=make_kid("99999", AGREEMENTS[0])),
        claim(),
        BOOKS,
        Reason.UNKNOWN_REFERENCE,
        False,
        True,
    ),
    "unknown KID of the second agreement": (
        movement(reference=make_kid("999", AGREEMENTS[1])),
        claim(),
        BOOKS,
        Reason.UNKNOWN_REFERENCE,
        False,
        True,
    ),
    "wrong check digit": (
        movement(reference=KID[:-1] + str((int(KID[-1]) + 1) % 10)),
        claim(),
        BOOKS,
        Reason.WRONG_CHECK_DIGIT,
        False,
        True,
    ),
    "a length that was not agreed": (
        movement(reference=make_kid("9", KidAgreement(12))),
        claim(),
        BOOKS,
        Reason.WRONG_CHECK_DIGIT,
        False,
        True,
    ),
    "text only": (
        movement(reference="", reference_kind="", text="faktura 10463"),
        claim(),
        BOOKS,
        Reason.NO_REFERENCE,
        False,
        True,
    ),
    "money out": (movement(kind="debit", is_out=True), claim(), BOOKS, Reason.MONEY_OUT, False, True),
    "a credit note that the bank netted": (movement(is_out=True), claim(), BOOKS, Reason.MONEY_OUT, False, True),
    "reversal": (movement(kind="reversal", is_out=True), claim(), BOOKS, Reason.REVERSAL, False, True),
    "lump sum": (movement(is_lump_sum=True, reference=""), claim(), BOOKS, Reason.LUMP_SUM, False, True),
    "no amount": (movement("0.00"), claim(), BOOKS, Reason.ZERO, False, True),
    "another currency than the claim's": (movement(), claim(currency="EUR"), BOOKS, Reason.OTHER_CURRENCY, False, True),
    "a currency without a rate": (movement(currency="EUR"), claim(), BOOKS, Reason.NO_RATE, False, True),
    "a currency with a rate": (
        movement(currency="EUR"),
        claim(currency="EUR"),
        replace(BOOKS, currencies_with_rate=frozenset({"EUR"})),
        Reason.EXACT,
        True,
        False,
    ),
    "a day that is still to come": (movement(day=date(2026, 11, 22)), claim(), BOOKS, Reason.FUTURE_DAY, False, True),
    "closed period": (movement(), claim(), replace(BOOKS, locked_through=TODAY), Reason.CLOSED_PERIOD, False, True),
    "an account without agreement": (
        movement(),
        claim(),
        replace(BOOKS, agreements=()),
        Reason.NO_AGREEMENT,
        False,
        True,
    ),
    "RF": (movement(reference=make_rf("10463"), reference_kind="rf"), claim(kid=""), BOOKS, Reason.EXACT, True, False),
    "Swedish OCR": (
        movement(reference=make_ocr("10463"), reference_kind="ocr"),
        claim(kid=""),
        BOOKS,
        Reason.EXACT,
        True,
        False,
    ),
    "Danish FIK": (
        movement(reference=make_fik("10463", creditor_number="81234567"), reference_kind="fik"),
        claim(kid=""),
        BOOKS,
        Reason.EXACT,
        True,
        False,
    ),
    "RF with a wrong check digit": (
        movement(reference="RF0010463", reference_kind="rf", is_reference_valid=False),
        claim(kid=""),
        BOOKS,
        Reason.WRONG_CHECK_DIGIT,
        False,
        True,
    ),
}


@pytest.mark.parametrize("case", REASONS.values(), ids=REASONS)
def test_every_movement_has_its_reason(case: tuple[Movement, Claim, Books, Reason, bool, bool]) -> None:
    told, owed, books, reason, posts, waits = case

    decision = decide(told, References([owed]), {}, books)

    assert (decision.reason, decision.posts, decision.waits) == (reason, posts, waits)
    assert decision.claim == (owed if posts else decision.claim)


def test_every_reason_that_is_decided_stands_in_the_table() -> None:
    assert {case[3] for case in REASONS.values()} == set(Reason) - {Reason.UNDONE}


def test_two_movements_of_a_batch_do_not_pay_the_same_krone() -> None:
    owed = claim()
    open_now: dict[UUID, Decimal] = {}
    references = References([owed])

    decisions = [decide(movement("600.00"), references, open_now, BOOKS) for _turn in range(3)]

    assert [each.reason for each in decisions] == [Reason.PART, Reason.OVER, Reason.ALREADY_PAID]
    assert decisions[1].values["rest"] == "200.00"


def test_every_printed_kid_is_matched() -> None:
    random = Random(SEED)
    numbers = random.sample(range(1, 99_999), 500)
    for agreement in (KidAgreement(8), KidAgreement(10, KidAlgorithm.MOD11), KidAgreement(25)):
        claims = [claim(str(number), kid=make_kid(str(number), agreement)) for number in numbers]
        references, books = References(claims), replace(BOOKS, agreements=(agreement,))
        for each in claims:
            decision = decide(movement(reference=each.kid), references, {}, books)
            assert (decision.reason, decision.claim) == (Reason.EXACT, each)


def whys(told: Movement, known: Known) -> list[tuple[list[str], set[Why], Decimal]]:
    return [
        ([share.claim.number for share in each.shares], {why for why, _value in each.whys}, each.rest)
        for each in suggest(told, known)
    ]


def test_suggestions_say_why() -> None:
    first, second, third = claim("10463", "31250.00"), claim("10464", "31250.00"), claim("10496", "900.00")
    customer = first.customer_id
    known = Known(
        named=[first, second],
        of_amount=[],
        of_customers={customer: [first, second, third]},
        customers=[(customer, "Solvik Eiendom AS", "123456785")],
        payers={"97104444001": {customer: 6}},
    )
    told = movement(
        "62500.00",
        reference="",
        text="faktura 10463 og 10464",
        payer_name="SOLVIK EIENDOM AS",
        payer_account="97104444001",
        payer_number="123456785",
    )

    best = whys(told, known)[0]

    every = {Why.NUMBERS, Why.SUM, Why.NAME, Why.ORGANIZATION_NUMBER, Why.KNOWN_PAYER}
    assert best == (["10463", "10464"], every, Decimal(0))
    # One number and less money: part of it. Nothing but the amount: whoever owes just that, and soon.
    told = replace(told, amount=Decimal("30000.00"), text="10464", payer_name="", payer_number="", payer_account="")
    assert whys(told, Known(named=[second]))[0] == (["10464"], {Why.NUMBER}, Decimal(0))
    told = replace(told, amount=Decimal("900.00"), text="takk")
    assert whys(told, Known(of_amount=[third]))[0] == (["10496"], {Why.AMOUNT, Why.DUE_NEAR}, Decimal(0))
    assert whys(told, Known()) == []


def test_sums_of_several_claims_are_found_in_bounded_time() -> None:
    claims = [claim(str(number), f"{100 + number * 7}.00") for number in range(1, 31)]
    wanted = [claims[place] for place in (2, 7, 11)]

    found = sum_of_several(claims, sum((each.owed for each in wanted), Decimal(0)))

    assert sum((each.owed for each in found), Decimal(0)) == sum((each.owed for each in wanted), Decimal(0))
    assert sum_of_several([claim(str(number), "1000.01") for number in range(1, 31)], Decimal("5000.00")) == []
