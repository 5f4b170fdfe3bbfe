"""What is Visma eAccounting's and Visma.net's own: vouchers row by row, numbers of digits, wrapped values, releases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import Answer, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.visma_eaccounting import VismaEAccounting
from accounting_sync.providers.visma_eaccounting_rows import invoice_number, percent_of
from accounting_sync.providers.visma_net import VismaNet
from tests.accounting_sync.linked_samples import WRITING, linked, refused, sample
from tests.ledgers.entries import credit_of, payment, settled
from tests.ledgers.systems import visma_eaccounting, visma_net

EACCOUNTING = VismaEAccounting({"payment_terms": visma_eaccounting.TERMS}, Mode.JOURNAL)
NET = VismaNet({"branch": "1"}, Mode.JOURNAL)
CUSTOMER = "00000000-0000-4000-8000-000000000055"


def test_a_sale_in_eaccounting_is_an_item_with_every_row_of_its_voucher() -> None:
    targets = visma_eaccounting.Ledger.targets
    entry = sample(targets, "sale", CUSTOMER)

    call = EACCOUNTING.build("create", entry, {})

    code = {"VatCodeId": visma_eaccounting.vat_id("standard")}
    assert dict(call.query) == {"useAutomaticVatCalculation": "false", "useDefaultVatCodes": "false"}
    assert call.body == {
        "CustomerId": CUSTOMER,
        "InvoiceNumber": 202600001,
        "InvoiceDate": "2026-03-16",
        "DueDate": "2026-03-30",
        "IsCreditInvoice": False,
        "CurrencyCode": "NOK",
        "TotalAmountInvoiceCurrency": Decimal("1250.00"),
        "VATAmountInvoiceCurrency": Decimal("250.00"),
        "RemainingAmountInvoiceCurrency": Decimal("1250.00"),
        "RoundingsAmountInvoiceCurrency": Decimal(0),
        "PaymentReferenceNumber": entry.kid,
        "Voucher": {
            "VoucherDate": "2026-03-16",
            "VoucherText": f"[{entry.number}] {entry.text}",
            "Rows": [
                {"AccountNumber": 1500, "DebitAmount": Decimal("1250.00"), "TransactionText": entry.number},
                {"AccountNumber": 2700, "CreditAmount": Decimal("250.00"), "TransactionText": entry.text} | code,
                {"AccountNumber": 3000, "CreditAmount": Decimal("1000.00"), "TransactionText": "Rådgivning, mars"}
                | code,
            ],
        },
    }


def test_eaccounting_takes_credit_notes_as_negative_items_and_payments_as_vouchers() -> None:
    targets = visma_eaccounting.Ledger.targets
    sale = sample(targets, "sale", CUSTOMER)
    credit = linked(credit_of(targets, sale, Remote(id="9"), "F-2026-00007"), CUSTOMER)
    paid = linked(payment(targets, "2026-00201", [settled(sale, Remote(id="9"))]), CUSTOMER)

    credited, money = (EACCOUNTING.build("create", entry, {}) for entry in (credit, paid))

    assert credited.body["IsCreditInvoice"] is True
    assert credited.body["TotalAmountInvoiceCurrency"] == Decimal("-1250.00")
    assert money.path == "/v2/vouchers"
    assert [row["AccountNumber"] for row in money.body["Rows"]] == [1920, 1500]


def test_eaccounting_keeps_whole_numbers_and_refuses_what_is_none() -> None:
    entry = sample(visma_eaccounting.Ledger.targets, "sale", CUSTOMER)

    assert [invoice_number(number) for number in ("10001", "F-2026-00001", "2147483648", "ABC")] == [
        10001, 202600001, None, None,
    ]  # fmt: skip
    assert [percent_of(rate) for rate in (Decimal("0.25"), Decimal(25), 0, None)] == ["25", "25", "0", "0"]
    for wrong in (replace(entry, number="F-2026-00000000001"), replace(entry, party=None)):
        with pytest.raises(CannotBeTaken):
            EACCOUNTING.refuse(wrong)


def test_a_sale_in_visma_net_is_a_journal_transaction_that_is_released_afterwards() -> None:
    entry = sample(visma_net.Ledger.targets, "sale", "")

    body = NET.build("create", entry, {}).body
    released = NET.build("release", entry, {"create": Remote(id="GL000123")})

    claim, vat, revenue = body["journalTransactionLines"]
    assert body["description"] == {"value": f"[{entry.number}] {entry.text}"}
    assert body["financialPeriod"] == {"value": "202603"}
    assert (body["branch"], body["skipVatAmountValidation"]) == ({"value": "1"}, {"value": True})
    assert (claim["debitAmountInCurrency"], claim["referenceNumber"]) == (
        {"value": Decimal("1250.00")},
        {"value": entry.number},
    )
    assert (vat["creditAmountInCurrency"], vat["vatId"]) == ({"value": Decimal("250.00")}, {"value": "3"})
    assert (revenue["creditAmountInCurrency"], revenue["vatCodeId"]) == ({"value": Decimal("1000.00")}, {"value": "3"})
    assert released.path.endswith("/GL000123/action/release")


def test_visma_net_must_convert_as_we_did_and_tells_a_split_transaction_once() -> None:
    foreign = sample(visma_net.Ledger.targets, "foreign", "")
    moved = replace(foreign.lines[0], amount=foreign.lines[0].amount + Decimal("0.01"))
    NET.refuse(foreign)
    with pytest.raises(CannotBeTaken):
        NET.refuse(replace(foreign, lines=[moved, *foreign.lines[1:]]))

    row = {"batchNumber": "GL1", "description": "[F-1] x", "transactionDate": "2026-03-16T00:00:00Z"}
    begins, goes_on = (
        row | {"journalTransactionLines": [{"lineNumber": number, "accountNumber": "1500", "debitAmount": 5}]}
        for number in (1, 2)
    )
    call = NET.list_pushed(date(2025, 12, 30), date(2026, 1, 2))
    told = [NET.pushed(call[0], Answer(200, {}, [each])) for each in (begins, goes_on)]
    assert [dict(each.query)["periodId"] for each in call] == ["202512", "202601"]
    assert [[each.id for each in remotes] for remotes in told] == [["GL1"], []]
    assert told[0][0].accounts == {}


@pytest.mark.parametrize(
    ("adapter", "answer", "kind"),
    [
        (EACCOUNTING, refused(409, {"ErrorCode": 4000, "DeveloperErrorMessage": "Exists"}), ProblemKind.DUPLICATE),
        (EACCOUNTING, refused(400, {"ErrorCode": 4002, "DeveloperErrorMessage": "Locked"}), ProblemKind.PERIOD_CLOSED),
        (EACCOUNTING, refused(400, {"ErrorCode": 2000, "DeveloperErrorMessage": "Wrong"}), ProblemKind.INVALID),
        (EACCOUNTING, refused(403, {"ErrorCode": 4005}), ProblemKind.ACCESS_ENDED),
        (NET, refused(400, {"message": "The 03-2026 financial period is closed."}), ProblemKind.PERIOD_CLOSED),
        (NET, refused(400, {"message": "Account '9' cannot be found."}), ProblemKind.INVALID),
        (NET, refused(200, {"actionResult": "Failed", "errorInfo": "Out of balance"}), ProblemKind.INVALID),
        (NET, refused(504), ProblemKind.UNKNOWN),
    ],
)
def test_errors_have_names(adapter: VismaEAccounting | VismaNet, answer: Answer, kind: ProblemKind) -> None:
    problem = adapter.problem(WRITING, answer)

    assert problem is not None
    assert problem.kind == kind
