"""Bank files are told by their content and read whole, in every format to the same kind of lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from payments.bank_files.csv_file import CsvField, CsvMapping, SignRule, parse_amount, read_csv
from payments.bank_files.csv_guess import guess_mapping
from payments.bank_files.detect import detect_format, read_bank_file
from payments.bank_files.faults import BankFileRefused, FaultCode
from payments.bank_files.lines import BankFileContent, BankFileFormat, LineKind, fingerprints, read_bounded
from payments.bank_files.report import report
from payments.reference import KidAgreement, KidAlgorithm, ReferenceKind, make_kid, make_ocr
from tests.bank_file_builders import (
    ACCOUNT,
    DAY,
    Paid,
    bgmax_file,
    camt053_file,
    camt054_file,
    csv_statement,
    mandate_file,
    ocr_giro_file,
    ocr_giro_transmission,
)

OTHER_ACCOUNT = "92042222307"
SAMPLES = [
    ("ocr/avtalegiro_payment_request.txt", BankFileFormat.AVTALEGIRO),
    ("ocr/constructed_ocr_mod10.txt", BankFileFormat.OCR_GIRO),
    ("ocr/ocr_giro_transactions.txt", BankFileFormat.OCR_GIRO),
    ("bgmax/bgmax_ocr_checkdigit_length.txt", BankFileFormat.BGMAX),
    ("camt/constructed_no_camt053_02.xml", BankFileFormat.CAMT053),
    ("camt/constructed_no_camt054_02_kid.xml", BankFileFormat.CAMT054),
    ("camt/general_camt053_02_minimal.xml", BankFileFormat.CAMT053),
    ("camt/general_camt053_02_two_statements.xml", BankFileFormat.CAMT053),
    ("camt/general_camt054_02.xml", BankFileFormat.CAMT054),
]
ABOUT_THE_SAMPLE = {"note", "right_import"}


@pytest.mark.parametrize(("name", "form"), SAMPLES)
def test_a_sample_of_a_bank_is_read_as_its_expected_result_says(name: str, form: BankFileFormat, shared: Path) -> None:
    sample = shared / "nordic" / "bank" / name
    data = sample.read_bytes()
    expected = json.loads(Path(f"{sample}.expected.json").read_text(encoding="utf-8"))

    content = read_bank_file(data)

    assert content.format == detect_format(data) == form
    assert report(content) == {key: value for key, value in expected.items() if key not in ABOUT_THE_SAMPLE}
    assert content.warnings == ()


def test_every_sample_is_in_the_table(shared: Path) -> None:
    folder = shared / "nordic" / "bank"
    assert {name for name, _form in SAMPLES} == {
        path.relative_to(folder).as_posix().removesuffix(".expected.json") for path in folder.rglob("*.expected.json")
    }


def test_a_norwegian_notification_gives_a_line_per_payment_and_marks_what_must_wait(shared: Path) -> None:
    data = (shared / "nordic/bank/camt/constructed_no_camt054_02_kid.xml").read_bytes()

    lines = read_bank_file(data).lines

    assert [(line.reference, line.amount, line.kind) for line in lines] == [
        ("0010017", Decimal("1250.00"), LineKind.CREDIT),
        ("0010058", Decimal("1300.25"), LineKind.CREDIT),
        ("0010066", Decimal("250.00"), LineKind.CREDIT),
        ("", Decimal("500.00"), LineKind.CREDIT),
        ("", Decimal("900.00"), LineKind.CREDIT),
        ("", Decimal("75.00"), LineKind.REVERSAL),
    ]
    assert lines[3].text == "Betaling faktura 1007 leie av hall uke 46"
    assert lines[4].documents == (("CINV", "1008"), ("CREN", "5001"))
    assert (lines[5].is_out, lines[5].may_settle, lines[5].signed_amount) == (True, False, Decimal("-75.00"))
    assert {line.reference_kind for line in lines[:3]} == {ReferenceKind.KID}
    assert lines[0].payer_account == "97104444001"


def test_a_statement_and_a_notification_of_the_same_day_tell_the_same_payments(shared: Path) -> None:
    folder = shared / "nordic/bank/camt"
    notified = read_bank_file((folder / "constructed_no_camt054_02_kid.xml").read_bytes())
    stated = read_bank_file((folder / "constructed_no_camt053_02.xml").read_bytes())

    shared_lines = set(fingerprints(notified.lines)) & set(fingerprints(stated.lines))

    # The one payment with words and the reversal are in both; the lump sums say by their reference what they hold.
    assert len(shared_lines) == 2
    lumps = [line for line in stated.lines if line.is_lump_sum]
    assert [line.may_settle for line in lumps] == [False] * 3
    assert {line.entry_reference for line in stated.lines} == {line.entry_reference for line in notified.lines}
    [statement] = stated.statements
    assert (statement.opening, statement.closing, statement.total) == (
        Decimal("10000.00"),
        Decimal("14125.25"),
        Decimal("4125.25"),
    )


@pytest.mark.parametrize("kind", [f"{number}" for number in range(10, 22)])
def test_every_kind_of_ocr_transaction_is_read(kind: str) -> None:
    paid = Paid("0010017", "100.50", kind=kind, text="Takk" if kind in {"20", "21"} else "")

    [line] = read_bank_file(ocr_giro_file([paid])).lines

    expected = {"18": LineKind.REVERSAL, "20": LineKind.REVERSAL, "19": LineKind.CARD, "21": LineKind.CARD}
    assert line.kind == expected.get(kind, LineKind.CREDIT)
    assert line.is_out == (kind in {"18", "20"})
    assert (line.amount, line.text, line.bank_code) == (Decimal("100.50"), paid.text, kind)


def test_a_credit_note_in_an_ocr_file_is_negative_and_netted() -> None:
    data = ocr_giro_file([Paid("0010017", "500.00"), Paid("0010025", "120.00", is_negative=True)])

    content = read_bank_file(data)

    assert [line.signed_amount for line in content.lines] == [Decimal("500.00"), Decimal("-120.00")]
    assert content.lines[1].kind == LineKind.DEBIT
    assert content.statements[0].total == Decimal("380.00")


def test_several_transmissions_and_accounts_in_one_file_are_all_read() -> None:
    both = [(ACCOUNT, "004411223", [Paid("0010017", "1.00")]), (OTHER_ACCOUNT, "004411224", [Paid("0010025", "2.00")])]
    data = ocr_giro_transmission(both) + ocr_giro_transmission(both, transmission="0000322")

    content = read_bank_file(data)

    assert content.accounts == (ACCOUNT, OTHER_ACCOUNT)
    assert content.message_id == "0000321+0000322"
    assert [line.position for line in content.lines] == [1, 2, 3, 4]
    assert [head["number"] for head in report(content)["transmissions"]] == ["0000321", "0000322"]


def test_mandates_are_read() -> None:
    content = read_bank_file(mandate_file([("1", "0010017", True), ("2", "0010025", False)]))

    assert content.format == BankFileFormat.AVTALEGIRO
    assert [
        (mandate.kid, mandate.is_new, mandate.is_deleted, mandate.wants_notice) for mandate in content.mandates
    ] == [
        ("0010017", True, False, True),
        ("0010025", False, True, False),
    ]
    assert content.lines == ()


@pytest.mark.parametrize("make", [camt053_file, camt054_file])
@pytest.mark.parametrize("version", ["02", "08"])
def test_both_versions_say_the_same_and_the_builders_keep_to_the_published_schema(
    make: Callable[..., bytes], version: str, shared: Path
) -> None:
    paid = [Paid("0010017", "1250.00"), Paid("0010058", "1300.25"), Paid("", "500.00", text="faktura 1007 & æøå")]
    data = make(paid, version=version, per_entry=2)

    content = read_bank_file(data)

    message = "053" if make is camt053_file else "054"
    published = etree.XMLSchema(etree.parse(shared / f"nordic/bank/xsd/camt.{message}.001.{version}.xsd"))
    assert published.validate(etree.fromstring(data))
    assert [(line.reference, line.amount, line.text, line.payer_name) for line in content.lines] == [
        ("0010017", Decimal("1250.00"), "", "Eksempel Idrettslag"),
        ("0010058", Decimal("1300.25"), "", "Eksempel Idrettslag"),
        ("", Decimal("500.00"), "faktura 1007 & æøå", "Eksempel Idrettslag"),
    ]


def test_one_payment_of_several_claims_becomes_a_line_for_each_where_the_payer_says_how_much() -> None:
    def block(kid: str, amount: str) -> str:
        told = f"<RfrdDocAmt><RmtdAmt Ccy='NOK'>{amount}</RmtdAmt></RfrdDocAmt>"
        kind = "<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
        return f"<Strd>{told}<CdtrRefInf>{kind}<Ref>{kid}</Ref></CdtrRefInf></Strd>"

    def file(*amounts: str) -> bytes:
        blocks = "".join(block(kid, amount) for kid, amount in zip(("0010017", "0010025"), amounts, strict=True))
        data = camt054_file([Paid("", "300.00", text="@")])
        return data.replace(b"<Ustrd>@</Ustrd>", blocks.encode())

    exact = read_bank_file(file("100.00", "200.00")).lines
    vague = read_bank_file(file("100.00", "150.00")).lines

    assert [(line.reference, line.amount) for line in exact] == [
        ("0010017", Decimal("100.00")),
        ("0010025", Decimal("200.00")),
    ]
    assert len(set(fingerprints(exact))) == 2
    assert [(line.reference, line.other_references, line.amount) for line in vague] == [
        ("0010017", ("0010025",), Decimal("300.00"))
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<TxAmt><Amt Ccy="NOK">100.00', '<TxAmt><Amt Ccy="EUR">8.70'),
        ("<RltdPties>", '<Chrgs><Amt Ccy="NOK">3.00</Amt></Chrgs><RltdPties>'),
    ],
)
def test_a_payment_from_abroad_is_what_reached_the_account(old: str, new: str) -> None:
    alone, two = (camt054_file([Paid("0010017", "100.00")] * count, per_entry=count) for count in (1, 2))

    def lines(data: bytes) -> list[tuple[str, Decimal, bool]]:
        content = read_bank_file(data.replace(old.encode(), new.encode()))
        return [(line.reference, line.amount, line.is_lump_sum) for line in content.lines]

    assert lines(alone) == [("0010017", Decimal("100.00"), False)]
    # Nobody can tell how much of the entry each of several payments is.
    assert lines(two) == [("", Decimal("200.00"), True)]


def test_what_is_not_booked_settles_nothing() -> None:
    data = camt054_file([Paid("0010017", "100.00")])

    [pending] = read_bank_file(data.replace(b"<Sts>BOOK</Sts>", b"<Sts>PDNG</Sts>")).lines

    assert (pending.kind, pending.may_settle) == (LineKind.NOT_BOOKED, False)
    days = (f"<BookgDt><Dt>{DAY}</Dt></BookgDt><ValDt><Dt>{DAY}</Dt></ValDt>").encode()
    undated = data.replace(b"<Sts>BOOK</Sts>", b"<Sts>PDNG</Sts>").replace(days, b"")
    assert read_bank_file(undated).lines == ()


def test_a_swedish_file_is_read_with_its_deductions_and_wrong_references_wait() -> None:
    right = make_ocr("12345")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    content = read_bank_file(
        bgmax_file([Paid(right, "1000.00"), Paid(wrong, "70.00"), Paid("", "50.00", is_negative=True, text="Avdrag")])
    )

    assert [(line.signed_amount, line.reference_kind, line.is_reference_valid) for line in content.lines] == [
        (Decimal("1000.00"), ReferenceKind.OCR, True),
        (Decimal("70.00"), ReferenceKind.OCR, False),
        (Decimal("-50.00"), None, True),
    ]
    assert content.statements[0].total == Decimal("1020.00")
    assert [warning.line for warning in content.warnings] == [5]


def test_a_wrong_check_digit_makes_the_line_wait_and_not_the_file() -> None:
    content = read_bank_file(ocr_giro_file([Paid("0010018", "10.00"), Paid("0010025", "20.00")]))

    assert [line.is_reference_valid for line in content.lines] == [False, True]
    assert report(content)["accept_file"]
    assert report(content)["problems"] == ["line 3: 0010018 is no KID with a right check digit"]


def test_a_future_day_is_kept_for_the_caller_to_judge() -> None:
    far = date(2069, 12, 31)

    assert read_bank_file(ocr_giro_file([Paid("0010017", "1.00", day=far)])).lines[0].day == far
    assert read_bank_file(camt054_file([Paid("0010017", "1.00", day=far)])).lines[0].day == far


def test_a_norwegian_iban_and_the_account_number_in_it_are_one_account() -> None:
    iban = read_bank_file(camt054_file([Paid("0010017", "1.00")], account=f"NO93{ACCOUNT}"))

    assert iban.accounts == (ACCOUNT,)
    assert fingerprints(iban.lines) == fingerprints(read_bank_file(camt054_file([Paid("0010017", "1.00")])).lines)


def test_equal_payments_of_one_file_are_told_apart_and_a_copy_is_known() -> None:
    twice = [Paid("0010017", "75.00", archive_reference="000000000")] * 2
    first, copy = read_bank_file(ocr_giro_file(twice)), read_bank_file(ocr_giro_file(twice, transmission="0000999"))

    assert len(set(fingerprints(first.lines))) == 2
    assert fingerprints(first.lines) == fingerprints(copy.lines)


def test_a_csv_file_is_read_by_the_mapping_that_is_guessed_from_it() -> None:
    paid = [Paid("0010017", "1250.00"), Paid("", "99.50", text="Faktura 1007", is_negative=True)]
    for delimiter, mark in ((";", ","), ("\t", ".")):
        data = csv_statement(paid, delimiter=delimiter, decimal_mark=mark)
        mapping = guess_mapping(data, account=ACCOUNT)
        assert mapping is not None
        assert (mapping.delimiter, mapping.decimal_mark, mapping.date_format) == (delimiter, mark, "%d.%m.%Y")

        content = read_bank_file(data, csv_mapping=mapping)

        assert [(line.signed_amount, line.day, line.reference, line.account) for line in content.lines] == [
            (Decimal("1250.00"), DAY, "0010017", ACCOUNT),
            (Decimal("-99.50"), DAY, "", ACCOUNT),
        ]
        assert content.lines[0].payer_account == "97104444001"


def test_a_csv_file_with_columns_for_in_and_out_in_old_letters_is_guessed_too() -> None:
    text = (
        "Kontoutskrift for 9204 11 11218\r\n\r\n"
        "Dato;Forklaring;Rentedato;Ut fra konto;Inn på konto\r\n"
        '2026-11-18;"Kjell Ås; hall";2026-11-19;;1.250,00\r\n'
        "2026-11-19;Gebyr;2026-11-19;35,00;\r\n"
        "2026-11-19;Saldo;2026-11-19;;\r\n"
    )
    data = text.encode("windows-1252")
    mapping = guess_mapping(data)
    assert mapping is not None
    assert (mapping.encoding, mapping.header_line, mapping.sign_rule) == ("windows-1252", 3, SignRule.IN_AND_OUT)

    lines = read_csv(data, mapping).lines

    assert [(line.signed_amount, line.text, line.line) for line in lines] == [
        (Decimal("1250.00"), "Kjell Ås; hall", 4),
        (Decimal("-35.00"), "Gebyr", 5),
    ]
    assert lines[0].value_day == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("1.250,50", ",", "1250.50"),
        ("1 250,50", ",", "1250.50"),
        ("1\u00a0250,50", ",", "1250.50"),
        ("1'250.50", ".", "1250.50"),
        ("1,250.50", ".", "1250.50"),
        ("-12", ",", "-12"),
        ("\u221212,5", ",", "-12.5"),
        ("12,50-", ",", "-12.50"),
        ("+12,50", ",", "12.50"),
        ("-12,50-", ",", None),
        ("1.25,50", ",", None),
        ("12.50", ",", None),
        ("12,50 kr", ",", None),
        ("=1+1", ",", None),
        ("1e5", ",", None),
        ("NaN", ",", None),
    ],
)
def test_an_amount_in_a_cell_is_read_or_not_at_all(text: str, mark: str, amount: str | None) -> None:
    assert parse_amount(text, mark) == (None if amount is None else Decimal(amount))


def test_a_mapping_without_a_day_or_an_amount_is_none() -> None:
    assert guess_mapping(b"a;b;c\r\n1;2;3\r\n") is None
    with pytest.raises(ValueError, match="amount_in"):
        CsvMapping(columns={CsvField.DAY: "Dato", CsvField.AMOUNT_OUT: "Ut"}, sign_rule=SignRule.IN_AND_OUT)


payments = st.lists(
    st.builds(
        Paid,
        kid=st.builds(
            lambda number, algorithm: make_kid(str(number), KidAgreement(12, algorithm)),
            st.integers(1, 10**9),
            st.sampled_from(KidAlgorithm),
        ),
        amount=st.integers(1, 10**9).map(lambda minor: Decimal(minor).scaleb(-2)),
        day=st.dates(date(1970, 1, 1), date(2069, 12, 31)),
        payer_account=st.sampled_from(["", "97104444001"]),
        kind=st.sampled_from(["10", "11", "13", "15", "16"]),
        is_negative=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(payments)
def test_what_is_written_into_an_ocr_file_is_what_is_read_from_it(paid: list[Paid]) -> None:
    content = read_bank_file(ocr_giro_file(paid))

    assert _told(content) == [_meant(payment) for payment in paid]
    assert content.statements[0].total == sum(
        (-Decimal(payment.amount) if payment.is_negative else Decimal(payment.amount) for payment in paid), Decimal(0)
    )
    assert content.warnings == ()


@given(payments)
def test_a_notification_and_an_ocr_file_of_the_same_payments_say_the_same(paid: list[Paid]) -> None:
    assert _told(read_bank_file(camt054_file(paid))) == [_meant(payment) for payment in paid]


def _told(content: BankFileContent) -> list[tuple[object, ...]]:
    return [(line.signed_amount, line.reference, line.day, line.payer_account) for line in content.lines]


def _meant(paid: Paid) -> tuple[object, ...]:
    amount = Decimal(paid.amount)
    return -amount if paid.is_negative else amount, paid.kid, paid.day, paid.payer_account


def test_a_stream_is_not_read_past_its_bound() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0, "never all of it"
            self.taken += size
            return b"N" * size

    stream = Endless()

    with pytest.raises(BankFileRefused) as refused:
        read_bounded(stream, bytes_max=3 * 1024 * 1024)  # type: ignore[arg-type]

    assert refused.value.faults[0].code == FaultCode.TOO_LARGE
    assert stream.taken <= 3 * 1024 * 1024 + 1
    assert read_bounded(io.BytesIO(b"NY"), bytes_max=2) == b"NY"
