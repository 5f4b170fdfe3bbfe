"""A bank file that is cut off, changed or dangerous is refused whole, and the refusal names the line."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from django.utils import translation

from payments import bank_files
from payments.bank.words import FIELDS, SENTENCES, sentence_of, sentence_with_line
from payments.bank_files.csv_file import CsvField, CsvMapping, read_csv
from payments.bank_files.detect import read_bank_file
from payments.bank_files.faults import FAULTS_MAX, BankFileRefused, Fault, FaultCode
from payments.bank_files.lines import BYTES_MAX
from payments.bank_files.report import report
from tests.bank_file_builders import (
    Paid,
    bgmax_file,
    camt053_file,
    camt054_file,
    csv_statement,
    mandate_file,
    ocr_giro_file,
)
from tests.builders import IS_FULL, SEED

STRANGE = [b"\n", b"-", b"9" * 20, b"\x00", b"<", b"&", b'"', b";", "\u0660".encode()]
ROUNDS = 20_000 if IS_FULL else 300
PAID = [Paid("0010017", "1250.00"), Paid("0010025", "499.50", text="Takk", kind="21")]
OCR, BGMAX, MANDATES = (
    ocr_giro_file(PAID),
    bgmax_file([Paid("12344", "10.00"), PAID[1]]),
    mandate_file([("1", "18", True)]),
)
CAMT054, CAMT053 = camt054_file(PAID), camt053_file(PAID, opening="100.00")
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>\n'
TOTALS = "<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries><Sum>{}</Sum></TtlNtries></TxsSummry><Ntry>"
CSV = csv_statement(PAID)
MAPPING = CsvMapping(columns={CsvField.DAY: "Bokføringsdato", CsvField.AMOUNT: "Beløp", CsvField.REFERENCE: "KID"})


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def refusal_of(data: bytes, mapping: CsvMapping | None = None) -> list[Fault]:
    with pytest.raises(BankFileRefused) as refused:
        read_bank_file(data, csv_mapping=mapping)
    faults = list(refused.value.faults)
    assert faults
    for fault in faults:
        assert "%(" not in sentence_of(fault)
    return faults


def changed(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data, "the table is out of date"
    return data.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize("data", [OCR, BGMAX, MANDATES], ids=["ocr", "bgmax", "mandates"])
def test_a_file_of_records_is_refused_wherever_it_is_cut(data: bytes) -> None:
    records = data.split(b"\r\n")[:-1]
    for missing in range(len(records)):
        without_one = records[:missing] + records[missing + 1 :]
        for kept in (records[:missing], without_one):
            # A text and a name may be missing; the counts of records or payments then tell, or nothing was lost.
            if kept and not (data is BGMAX and kept is without_one and records[missing][:2] in {b"25", b"26"}):
                refusal_of(b"\r\n".join(kept) + b"\r\n")
    half = refusal_of(data[: len(data) // 2])
    assert half[-1].line > 0


@pytest.mark.parametrize("data", [CAMT054, CAMT053], ids=["camt.054", "camt.053"])
def test_an_xml_file_is_refused_wherever_it_is_cut(data: bytes) -> None:
    for end in range(1, len(data) - 2, 97):
        refusal_of(data[:end])


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (changed(OCR, "00000000000125000  ", "00000000000125001  "), 8, FaultCode.SUM_DIFFERS),
        (changed(OCR, "0000000174950", "0000000174951"), 8, FaultCode.SUM_DIFFERS),
        (changed(OCR, "NY0900880000000200000007", "NY0900880000000300000007"), 8, FaultCode.COUNT_DIFFERS),
        (changed(OCR, "NY0900880000000200000007", "NY0900880000000200000008"), 8, FaultCode.COUNT_DIFFERS),
        (changed(OCR, "NY0000890000000200000009", "NY0000890000000100000009"), 9, FaultCode.COUNT_DIFFERS),
        (changed(OCR, "00000000000125000  ", "0000000000012500A  "), 3, FaultCode.FIELD),
        (changed(OCR, "100010000000000000125000", "100010-00000000000125000"), 8, FaultCode.SUM_DIFFERS),
        (changed(OCR, "100010000000000000125000", "100010X00000000000125000"), 3, FaultCode.SIGN),
        (changed(OCR, "0010017000000", "00100A7000000"), 3, FaultCode.FIELD),
        (changed(OCR, "0000001181126", "0000001311126"), 3, FaultCode.DATE),
        (changed(OCR, "92041111218", "9204111121 "), 2, FaultCode.ACCOUNT),
        (changed(OCR, "NY09103", "NY09223"), 3, FaultCode.RECORD_UNEXPECTED),
        (changed(OCR, "NY091031", "NY091032"), 4, FaultCode.RECORD_UNEXPECTED),
        (changed(OCR, "NY090020", "NY100020"), 2, FaultCode.RECORD_UNEXPECTED),
        (changed(OCR, "NY090020", "XX090020"), 2, FaultCode.RECORD_UNKNOWN),
        (OCR + b"NY", 10, FaultCode.RECORD_LENGTH),
        (OCR + OCR[:82], 10, FaultCode.ENDS_EARLY),
        (OCR.decode("iso-8859-1").replace("Takk", "Tåkk").encode(), 7, FaultCode.RECORD_LENGTH),
        (OCR.decode("iso-8859-1").encode("utf-16"), 1, FaultCode.ENCODING),
        (OCR.replace(b"Takk", b"T\x00kk"), 1, FaultCode.ENCODING),
        (changed(MANDATES, "J0000", "X0000"), 3, FaultCode.FIELD),
        (changed(BGMAX, "000000000000001000", "000000000000001001"), 8, FaultCode.SUM_DIFFERS),
        (changed(BGMAX, "SEK00000002", "SEK00000003"), 8, FaultCode.COUNT_DIFFERS),
        (changed(BGMAX, "SEK00000002", "EUR00000002"), 8, FaultCode.CURRENCY_DIFFERS),
        (changed(BGMAX, "050009912346          SEK", "050009912346          NOK"), 2, FaultCode.CURRENCY),
        (changed(BGMAX, "7000000002", "7000000003"), 9, FaultCode.COUNT_DIFFERS),
        (changed(BGMAX, "2026111800001", "2026131800001"), 8, FaultCode.DATE),
        (changed(BGMAX, "010331P", "010331T"), 1, FaultCode.TEST_FILE),
        (changed(BGMAX, "0120261118", "0220261118"), 1, FaultCode.UNKNOWN_MESSAGE),
        (changed(CAMT054, ">1250.00</Amt></TxAmt>", ">1250.01</Amt></TxAmt>"), 5, FaultCode.SUM_DIFFERS),
        (changed(CAMT054, "<NbOfTxs>1<", "<NbOfTxs>2<"), 6, FaultCode.COUNT_DIFFERS),
        (changed(CAMT054, ">1250.00<", ">1250.00123<"), 5, FaultCode.DECIMALS),
        (changed(CAMT054, ">1250.00<", ">1250.00000<"), 5, FaultCode.DECIMALS),
        (changed(CAMT054, ">1250.00<", ">-1250.00<"), 5, FaultCode.SIGN),
        (changed(CAMT054, ">1250.00<", ">1e3<"), 5, FaultCode.SCHEMA),
        (changed(CAMT054, "<Ntry>", TOTALS.format(3, "1749.50")), 5, FaultCode.COUNT_DIFFERS),
        (changed(CAMT054, "<Ntry>", TOTALS.format(2, "1749.51")), 5, FaultCode.SUM_DIFFERS),
        (changed(CAMT054, "<Sts>BOOK</Sts>", ""), 5, FaultCode.SCHEMA),
        (changed(CAMT054, "<Sts>BOOK</Sts>", "<Sts>MAYB</Sts>"), 5, FaultCode.SCHEMA),
        (changed(CAMT054, "<Dt>2026-11-18</Dt>", "<Dt>2026-11-31</Dt>"), 5, FaultCode.SCHEMA),
        (changed(CAMT054, "<Ccy>NOK</Ccy>", "<Ccy>SEK</Ccy>"), 5, FaultCode.CURRENCY_DIFFERS),
        (changed(CAMT054, "<Id>92041111218</Id>", "<Id>9204-111</Id>"), 3, FaultCode.ACCOUNT),
        (changed(CAMT054, "054.001.02", "054.001.04"), 1, FaultCode.UNKNOWN_MESSAGE),
        (changed(CAMT054, "054.001.02", "052.001.02"), 1, FaultCode.UNKNOWN_MESSAGE),
        (changed(CAMT054, "<Document", BOMB.decode() + "<Document"), 2, FaultCode.DOCUMENT_TYPE),
        (changed(CAMT054, "<Document", '<!DOCTYPE a SYSTEM "http://[::1]/a"><Document'), 2, FaultCode.DOCUMENT_TYPE),
        (changed(CAMT054, "Takk", "&takk;"), 1, FaultCode.MALFORMED_XML),
        (CAMT054.replace(b"Takk", "Tåkk".encode("iso-8859-1")), 9, FaultCode.MALFORMED_XML),
        (CAMT054.decode().encode("utf-16"), 1, FaultCode.ENCODING),
        (changed(CAMT054, 'encoding="UTF-8"', 'encoding="UTF-7"'), 1, FaultCode.ENCODING),
        (CAMT054.replace(b"Takk", b"<a>" * 300 + b"</a>" * 300), 9, FaultCode.MALFORMED_XML),
        (changed(CAMT053, ">1849.50<", ">1849.51<"), 3, FaultCode.BALANCE_DIFFERS),
        (changed(CAMT053, "CRDT</CdtDbtInd><Sts>", "DBIT</CdtDbtInd><Sts>"), 3, FaultCode.BALANCE_DIFFERS),
        (b"<html><body>Logg inn</body></html>", 1, FaultCode.UNKNOWN_MESSAGE),
        (b"", 0, FaultCode.EMPTY),
        (b" \r\n\r\n", 0, FaultCode.EMPTY),
        (b"%PDF-1.7\n1;2;3\n4;5;6\n", 1, FaultCode.UNKNOWN_FORMAT),
        (b"Kjaere kunde\n", 1, FaultCode.UNKNOWN_FORMAT),
        (b"PK\x03\x04aaaa", 1, FaultCode.UNKNOWN_FORMAT),
        (CSV, 1, FaultCode.MAPPING_MISSING),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_on_its_line(data: bytes, line: int, code: FaultCode) -> None:
    faults = refusal_of(data)

    assert (line, code) in {(fault.line, fault.code) for fault in faults}, faults


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (changed(CSV, "1250,00", "1250,00001"), 2, FaultCode.DECIMALS),
        (changed(CSV, "1250,00", "1250.00"), 2, FaultCode.FIELD),
        (changed(CSV, "1250,00", "=1250"), 2, FaultCode.FIELD),
        (changed(CSV, "18.11.2026", "11/18/2026"), 2, FaultCode.DATE),
        (changed(CSV, "KID", "Kidd"), 1, FaultCode.COLUMN_MISSING),
        (changed(CSV, "Takk", "Takk;for;alt;sammen"), 3, FaultCode.CELLS_DIFFER),
        (changed(CSV, "Takk;", '"Takk;'), 3, FaultCode.QUOTATION),
        (CSV.replace(b"Takk", b"T\xe5kk"), 3, FaultCode.ENCODING),
        (CSV.split(b"\r\n")[0] + b"\r\n;;;;\r\n", 0, FaultCode.NO_LINES),
    ],
)
def test_a_csv_file_that_does_not_fit_its_mapping_is_refused_on_its_line(
    data: bytes, line: int, code: FaultCode
) -> None:
    with pytest.raises(BankFileRefused) as refused:
        read_csv(data, MAPPING)

    assert (line, code) in {(fault.line, fault.code) for fault in refused.value.faults}, refused.value.faults


def test_whatever_becomes_of_the_bytes_a_file_is_read_or_refused_and_nothing_breaks() -> None:
    print(f"seed {SEED}")
    dice = Random(SEED)
    whole = [OCR, BGMAX, MANDATES, CAMT054, CAMT053, CSV]
    outcomes = set()
    for _round in range(ROUNDS):
        data = bytearray(dice.choice(whole))
        for _change in range(dice.choice([1, 1, 3])):
            place, other = dice.randrange(len(data)), dice.randrange(len(data))
            end, piece = dice.choice(
                [
                    (place + 1, bytes([dice.randrange(256)])),
                    (place + dice.randrange(1, 40), b""),
                    (place, bytes(data[other : other + dice.randrange(1, 90)])),
                    (
                        place + 1,
                        dice.choice([b"\n", b"-", b"9" * 20, b"\x00", b"<", b"&", b'"', b";", "\u0660".encode()]),
                    ),
                ]
            )
            data[place:end] = piece
        try:
            content = read_bank_file(bytes(data), csv_mapping=MAPPING)
        except BankFileRefused as refused:
            outcomes.add("refused")
            sentences = [sentence_with_line(fault) for fault in refused.faults]
            assert sentences
        else:
            outcomes.add("read")
            assert all(line.amount >= 0 for line in content.lines)
            json.dumps(report(content))
    assert outcomes == {"read", "refused"}


def test_every_fault_is_told_up_to_a_bound() -> None:
    two = changed(changed(OCR, "0010017000000", "00100A7000000"), "0000000174950", "0000000174951")
    assert {fault.line for fault in refusal_of(two)} == {3, 8}

    many = ocr_giro_file([Paid("1A1", "1.00")] * (FAULTS_MAX * 2))
    assert len(refusal_of(many)) == FAULTS_MAX


def test_a_file_past_the_bound_is_refused_before_it_is_looked_at() -> None:
    class Large(bytes):
        def __len__(self) -> int:
            return BYTES_MAX + 1

    [fault] = refusal_of(Large(b"NY"))

    assert fault.code == FaultCode.TOO_LARGE


def test_every_fault_has_a_sentence_that_names_the_line_and_the_way_out() -> None:
    assert set(SENTENCES) == set(FaultCode)
    fault = refusal_of(changed(OCR, "0000000174950", "0000000174951"))[0]

    assert sentence_with_line(fault) == (
        "Line 8: The file says that the sum is 1749.51, and its amounts come to 1749.50. Fetch it from the bank again."
    )
    assert sentence_with_line(refusal_of(b"")[0]) == "The file is empty. Fetch it from the bank again."


def test_every_field_that_a_reader_names_has_a_word() -> None:
    named = set()
    for path in Path(bank_files.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    value = keyword.value
                    if keyword.arg in {"field", "what", "expected"} and isinstance(value, ast.Constant):
                        named.add(value.value)
                if isinstance(node.func, ast.Attribute) and node.func.attr in {
                    "take_kind",
                    "unexpected",
                    "peek",
                    "take",
                }:
                    named |= {item.value for item in node.args[-1:] if isinstance(item, ast.Constant)}

    assert {name for name in named if isinstance(name, str)} - {"ISO 8859-1", "UTF-8"} <= set(FIELDS)
