"""Files for the bank: refunds as pain.001, and AvtaleGiro claims and cancellations."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from payments.bank_files.avtalegiro import Claim, ClaimAssignment, write_claims
from payments.bank_files.detect import read_bank_file
from payments.bank_files.nets_files import NetsTransmission
from payments.bank_files.pain001 import PainVersion, PaymentOrder, PaymentParty, Refund, write_pain001
from tests.bank_file_builders import ACCOUNT, DAY

KID = "0010017"
RECEIVER = PaymentParty(name="Øvre Ås Velforening", account="97104444001")
REFUND = Refund(identifier="R-1", receiver=RECEIVER, amount=Decimal("100.50"), reference=KID)
ABROAD = Refund(
    identifier="R-2",
    receiver=PaymentParty(name="Kunde & Co", account="NL91ABNA0417164300", bic="ABNANL2A", country="NL"),
    amount=Decimal("5.00"),
    currency="EUR",
    text="Kreditnota 5001 <takk>",
)
ORDER = PaymentOrder(
    identifier="UT-1",
    made_at=datetime(2026, 11, 18, 12, 0, 0, 99),  # noqa: DTZ001 - the bank's layout has no zone
    execution_day=date(2026, 11, 19),
    payer=PaymentParty(name="Bilag Demo AS", account=ACCOUNT),
    refunds=(REFUND, ABROAD, dataclasses.replace(REFUND, identifier="R-3", reference="RF18539007547034")),
    customer_number="00099887",
)


@pytest.mark.parametrize("version", PainVersion)
def test_an_order_keeps_to_the_published_schema_and_is_the_same_twice(version: PainVersion, shared: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared / f"nordic/bank/xsd/pain.001.001.{version.value}.xsd"))

    data = write_pain001(ORDER, version=version)

    schema.assertValid(etree.fromstring(data))
    assert data == write_pain001(ORDER, version=version)


def test_an_order_tells_accounts_references_and_sums() -> None:
    root = etree.fromstring(write_pain001(ORDER))
    names = {"p": root.nsmap[None]}

    def texts(path: str) -> list[str]:
        return [element.text or "" for element in root.iterfind(path, names)]

    assert texts(".//p:GrpHdr/p:CtrlSum") == ["206.00"]
    assert texts(".//p:PmtInf/p:NbOfTxs") == ["2", "1"]
    assert texts(".//p:PmtInf/p:PmtTpInf/p:SvcLvl/p:Cd") == ["NURG", "SEPA"]
    assert texts(".//p:CdtrAcct/p:Id/p:Othr/p:Id") == ["97104444001"] * 2
    assert texts(".//p:CdtrAcct/p:Id/p:IBAN") == ["NL91ABNA0417164300"]
    assert texts(".//p:CdtrRefInf/p:Ref") == [KID, "RF18539007547034"]
    assert texts(".//p:CdtrRefInf/p:Tp/p:Issr") == ["ISO"]
    assert texts(".//p:RmtInf/p:Ustrd") == ["Kreditnota 5001 <takk>"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": Decimal("-1.00")}, "cannot be paid"),
        ({"amount": Decimal("0.00")}, "cannot be paid"),
        ({"amount": Decimal("NaN")}, "cannot be paid"),
        ({"amount": Decimal("1.001")}, "decimals"),
        ({"reference": "0010018"}, "neither a KID"),
        ({"identifier": "Ø1"}, "identifier"),
        ({"receiver": dataclasses.replace(RECEIVER, account="97104444002")}, "no account number"),
        ({"receiver": dataclasses.replace(RECEIVER, account="9710.44.44001")}, "blanks|no account number"),
        ({"receiver": dataclasses.replace(RECEIVER, name=" \x00 ")}, "no name"),
        ({"receiver": dataclasses.replace(RECEIVER, bic="DNB")}, "no BIC"),
    ],
)
def test_what_the_bank_would_refuse_is_not_written(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        write_pain001(dataclasses.replace(ORDER, refunds=[dataclasses.replace(REFUND, **wrong)]))  # type: ignore[arg-type]


def test_an_order_holds_something_and_no_payment_twice() -> None:
    for refunds, words in (([], "1 to"), ([REFUND, REFUND], "same identifier")):
        with pytest.raises(ValueError, match=words):
            write_pain001(dataclasses.replace(ORDER, refunds=refunds))


def test_claims_are_written_as_the_published_example_has_them(shared: Path) -> None:
    data = (shared / "nordic/bank/ocr/avtalegiro_payment_request.txt").read_bytes()
    [transmission] = transmissions_of(data)
    [assignment] = transmission.assignments

    written = write_claims(
        [ClaimAssignment(number=assignment.number, account=assignment.account, claims=tuple(assignment.claims))],
        sender=transmission.sender,
        transmission=transmission.number,
        recipient=transmission.recipient,
    )

    assert written.splitlines() == data.splitlines()
    assert assignment.claims[0].texts == (
        " Gjelder Faktura: 168837  Dato: 19/03/04                  ForfallsDato: 17/06/04",
    )


letters = st.text(st.characters(codec="iso-8859-1", exclude_categories=("Cc", "Zs", "Cf")), max_size=10)
claims = st.lists(
    st.builds(
        Claim,
        number=st.integers(1, 9_999_999),
        claim_type=st.sampled_from(["02", "21"]),
        due_day=st.dates(date(1970, 1, 1), date(2069, 12, 31)),
        minor=st.integers(1, 10**12),
        kid=st.sampled_from([KID, "008000011688373"]),
        short_name=letters,
        reference=letters,
        texts=st.lists(letters.filter(bool), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


@given(written=claims, is_cancellation=st.booleans())
def test_claims_and_cancellations_are_read_as_they_were_written(written: list[Claim], *, is_cancellation: bool) -> None:
    assignment = ClaimAssignment(number="1", account=ACCOUNT, claims=tuple(written), is_cancellation=is_cancellation)
    data = write_claims([assignment], sender="99887", transmission="1")

    assert {len(record) for record in data.splitlines()} == {80}
    [transmission] = transmissions_of(data)
    [read] = transmission.assignments
    assert read.assignment_type == ("36" if is_cancellation else "00")
    assert [dataclasses.replace(claim, line=0) for claim in read.claims] == [
        dataclasses.replace(claim, claim_type="93") if is_cancellation else claim for claim in written
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"minor": 0}, "more than nothing"),
        ({"kid": ""}, "KID"),
        ({"kid": "1" * 26}, "KID"),
        ({"claim_type": "10"}, "type of claim"),
        ({"texts": ("x",) * 43}, "42 lines"),
    ],
)
def test_a_claim_that_has_no_room_is_not_written(wrong: dict[str, object], words: str) -> None:
    claim = Claim(number=1, claim_type="21", due_day=DAY, minor=100, kid=KID)
    assignment = ClaimAssignment(number="1", account=ACCOUNT, claims=(dataclasses.replace(claim, **wrong),))  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=words):
        write_claims([assignment], sender="99887", transmission="1")


def test_a_line_break_in_a_name_begins_no_record_of_its_own() -> None:
    claim = Claim(number=1, claim_type="21", due_day=DAY, minor=100, kid=KID, short_name="A\r\nNY0000", texts=("日本",))
    data = write_claims([ClaimAssignment(number="1", account=ACCOUNT, claims=(claim,))], sender="1", transmission="1")

    assert {len(record) for record in data.split(b"\r\n")} == {80, 0}
    assert transmissions_of(data)[0].assignments[0].claims[0].texts == ("??",)


def transmissions_of(data: bytes) -> tuple[NetsTransmission, ...]:
    source = read_bank_file(data).source
    assert isinstance(source, tuple)
    return source
