"""e-conomic: the exact voucher that is sent, what is refused by name, and what its errors mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, LinePart, Remote, Target
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.e_conomic import EConomic
from tests.ledgers.entries import Booked as Voucher
from tests.ledgers.entries import Made, Sold, business, credit_of, document, payment, plain_line, settled, voucher
from tests.ledgers.systems.e_conomic import Ledger

TARGETS = Ledger.targets
PARTY = business(TARGETS, remote_id="10001")
ADAPTER = EConomic({**Ledger.options}, Mode.JOURNAL)


def sale(number: str = "20017", **made: Any) -> Entry:
    """A sale to a customer that is linked."""
    return document(TARGETS, Made(number=number, party=PARTY, **made), [Sold(net=Decimal("1000.00"))])


def entries_of(entry: Entry) -> Any:
    """What is sent as the lines of its voucher."""
    call = ADAPTER.build("create", entry, {})
    assert call.path == "/journals/3/vouchers"
    assert call.headers == {"Idempotency-Key": entry.key}
    return call.body["entries"]


def test_m_033_a_sale_is_a_claim_against_lines_that_bear_their_own_vat() -> None:
    claim = {
        "date": "2026-03-16",
        "amount": Decimal("1250.00"),
        "currency": {"code": "DKK"},
        "text": "[20017] Faktura 20017",
        "customer": {"customerNumber": 10001},
        "customerInvoice": 20017,
        "dueDate": "2026-03-30",
    }
    line = {
        "date": "2026-03-16",
        "amount": Decimal("-1250.00"),
        "currency": {"code": "DKK"},
        "text": "[20017] Rådgivning, mars",
        "account": {"accountNumber": 3000},
        "vatAccount": {"vatCode": "U25"},
        "vatAmount": Decimal("-250.00"),
    }
    assert entries_of(sale()) == {"manualCustomerInvoices": [claim], "financeVouchers": [line]}

    credit = entries_of(credit_of(TARGETS, sale(), None, "20018"))
    assert [row["amount"] for rows in credit.values() for row in rows] == [Decimal("-1250.00"), Decimal("1250.00")]
    assert credit["financeVouchers"][0]["vatAmount"] == Decimal("250.00")
    foreign = entries_of(sale(currency="EUR", rate=Decimal("7.46")))["financeVouchers"][0]
    assert (foreign["exchangeRate"], foreign["amountBaseCurrency"]) == (746, Decimal("-9325.00"))
    assert (foreign["vatAmount"], foreign["vatAmountBaseCurrency"]) == (Decimal("-250.00"), Decimal("-1865.00"))


def test_a_payment_names_the_invoice_that_it_pays() -> None:
    paid = entries_of(payment(TARGETS, "2026-00031", [settled(sale(), None, Decimal(400))]))

    assert set(paid) == {"customerPayments", "financeVouchers"}
    (claim,) = paid["customerPayments"]
    assert (claim["amount"], claim["customerInvoice"], claim["customer"]) == (-400, 20017, {"customerNumber": 10001})
    assert (paid["financeVouchers"][0]["amount"], paid["financeVouchers"][0]["account"]) == (
        400,
        {"accountNumber": 1920},
    )


@pytest.mark.parametrize("number", ["F-2026-17", "1234567890", "00017", ""])
def test_m_033_numbers_that_are_no_short_digits_are_refused(number: str) -> None:
    with pytest.raises(CannotBeTaken, match="digits"):
        ADAPTER.refuse(sale(number))


def test_vat_of_a_loss_is_told_with_its_line_or_refused() -> None:
    code = Target("U25", "U25")
    loss = replace(plain_line(TARGETS, "7830", Decimal(80)), vat=code)
    vat = replace(plain_line(TARGETS, "2700", Decimal(20)), part=LinePart.VAT, vat=code)
    money = plain_line(TARGETS, "1920", Decimal(-100))
    booked = Voucher(label="2026-00040", kind=EntryKind.JOURNAL, voucher_kind="write_off", text="Tap")

    (lost, _) = entries_of(voucher(TARGETS, booked, [loss, vat, money]))["financeVouchers"]
    assert (lost["amount"], lost["vatAmount"], lost["vatAccount"]) == (100, 20, {"vatCode": "U25"})
    with pytest.raises(CannotBeTaken, match="VAT on account 2700"):
        ADAPTER.refuse(voucher(TARGETS, booked, [loss, loss, vat, money]))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"errorCode": "JournalEntryDateAccountingYearPeriodBarred"}, ProblemKind.PERIOD_CLOSED),
        (400, {"errors": [{"errorCode": "JournalEntryDoesNotExist"}]}, ProblemKind.DUPLICATE),
        (400, {"errors": {"x": {"errors": [{"errorMessage": "Accounting year closed."}]}}}, ProblemKind.PERIOD_CLOSED),
        (400, {"message": "Account not found."}, ProblemKind.INVALID),
        (404, {"message": "Not found."}, ProblemKind.MISSING),
        (401, {"message": "Unauthorized."}, ProblemKind.ACCESS_EXPIRED),
        (503, None, ProblemKind.UNKNOWN),
    ],
)
def test_m_131_its_errors_have_names(status: int, body: object, kind: ProblemKind) -> None:
    problem = ADAPTER.problem(Call(method="POST", path="/journals/3/vouchers"), Answer(status, {}, body))

    assert problem is not None
    assert problem.kind == kind


def test_accounting_years_that_are_no_calendar_years_are_named_as_e_conomic_does() -> None:
    broken = EConomic({**Ledger.options, "first_month": "7"}, Mode.JOURNAL)
    for day, year in ((date(2026, 6, 30), "2025/2026"), (date(2026, 7, 1), "2026/2027")):
        assert broken.build("create", replace(sale(), day=day), {}).body["accountingYear"] == {"year": year}


def test_a_voucher_that_a_full_page_cuts_is_read_whole_on_the_next_one() -> None:
    rows = [
        {
            "entryNumber": number,
            "accountNumber": 3000,
            "voucherNumber": number // 3,
            "date": "2026-03-16",
            "text": "[7]",
        }
        for number in range(1000)
    ]
    (call,) = ADAPTER.list_pushed(date(2026, 3, 1), date(2026, 3, 31))
    answer = Answer(200, {}, {"items": rows, "cursor": "next"})

    following = ADAPTER.next_page(call, answer)

    assert len(ADAPTER.pushed(call, answer)) == 333
    assert following is not None
    assert dict(following.query)["filter"] == "date$gte:2026-03-01$and:date$lte:2026-03-31$and:entryNumber$gte:999"
    assert ADAPTER.read_back(sale(), Answer(200, {}, {"items": []})) == Remote(id="", total=Decimal(0), is_booked=False)
