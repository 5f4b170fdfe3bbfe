"""What is PowerOffice Go's own: claims on customers' accounts, references that it takes once, a rate on each line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounting_sync.mapping.entries import Remote
from accounting_sync.providers.base import Answer, CannotBeTaken, ListKind, Mode, ProblemKind
from accounting_sync.providers.poweroffice import PowerOffice
from tests.accounting_sync.linked_samples import WRITING, linked, refused, sample
from tests.ledgers.entries import credit_of, payment, settled
from tests.ledgers.systems.poweroffice import Ledger, account_id

ADAPTER = PowerOffice({"no_vat": "10"}, Mode.JOURNAL)
TARGETS = Ledger.targets
KNOWN = {"account": "7000055"}


def test_a_sale_is_a_manual_voucher_with_its_claim_on_the_customers_account() -> None:
    entry = sample(TARGETS, "sale", "55", KNOWN)

    call = ADAPTER.build("create", entry, {})

    day = {"PostingDate": "2026-03-16"}
    assert (call.method, call.path) == ("POST", "/Vouchers/ManualJournals")
    assert call.body == {
        "CurrencyCode": "NOK",
        "VoucherDate": "2026-03-16",
        "Description": f"{entry.number} {entry.text}",
        "ExternalImportReference": f"sale:{entry.number}",
        "ImportedVoucherNo": 202600001,
        "VoucherLines": [
            day
            | {
                "AccountId": 7000055,
                "VatId": 10,
                "CurrencyAmount": Decimal("1250.00"),
                "Description": entry.text,
                "CustomMatchingReference": entry.number,
            },
            day
            | {
                "AccountId": account_id("3000"),
                "VatId": 13,
                "CurrencyAmount": Decimal("-1250.00"),
                "Description": "Rådgivning, mars",
            },
        ],
    }


def test_credit_notes_and_payments_bear_references_of_their_own_and_are_matched_by_number() -> None:
    sale = sample(TARGETS, "sale", "55", KNOWN)
    credit = linked(credit_of(TARGETS, sale, Remote(id="9"), sale.number), "55", KNOWN)
    paid = linked(payment(TARGETS, "2026-00201", [settled(sale, Remote(id="9"))]), "55", KNOWN)

    credited, money = (ADAPTER.build("create", entry, {}).body for entry in (credit, paid))

    assert credited["ExternalImportReference"] == f"credit:{sale.number}"
    assert [line["CurrencyAmount"] for line in credited["VoucherLines"]] == [Decimal("-1250.00"), Decimal("1250.00")]
    assert money["ExternalImportReference"] == "payment:2026-00201"
    assert [line.get("CustomMatchingReference") for line in money["VoucherLines"]] == [None, sale.number]


def test_each_line_in_another_currency_bears_the_rate_that_makes_it_ours() -> None:
    entry = sample(TARGETS, "foreign", "55", KNOWN)
    odd = replace(entry.lines[0], amount=entry.lines[0].amount + Decimal("3.00"))

    usual = ADAPTER.build("create", entry, {}).body["VoucherLines"][0]
    moved = ADAPTER.build("create", replace(entry, lines=[odd, *entry.lines[1:]]), {}).body["VoucherLines"][0]

    assert (usual["CurrencyAmount"], usual["CurrencyCode"]) == (Decimal("812.40"), "EUR")
    assert usual["CurrencyExchangeRate"] == Decimal("11.6315")
    assert round(moved["CurrencyAmount"] * moved["CurrencyExchangeRate"], 2) == odd.amount


def test_a_customer_without_an_account_there_is_refused_once_it_is_linked() -> None:
    entry = sample(TARGETS, "sale", "55")
    with pytest.raises(CannotBeTaken):
        ADAPTER.refuse(entry)

    ADAPTER.refuse(linked(entry, ""))  # a preview: it is linked before the push
    ADAPTER.refuse(linked(entry, "55", KNOWN))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(400, {"Title": "T", "Detail": "AccountId 5 was not found."}), ProblemKind.INVALID),
        (refused(400, {"Detail": "A voucher with ExternalImportReference 'x' already exists."}), ProblemKind.DUPLICATE),
        (refused(400, {"Detail": "PostingDate is on or before the lock date."}), ProblemKind.PERIOD_CLOSED),
        (refused(401), ProblemKind.ACCESS_EXPIRED),
        (refused(403), ProblemKind.ACCESS_ENDED),
        (refused(429), ProblemKind.RATE_LIMITED),
        (refused(500), ProblemKind.UNKNOWN),
    ],
)
def test_errors_have_names(answer: Answer, kind: ProblemKind) -> None:
    problem = ADAPTER.problem(WRITING, answer)

    assert problem is not None
    assert problem.kind == kind


def test_rates_are_told_in_percent_and_lists_may_be_empty() -> None:
    rows = [{"Id": 1, "Code": "3", "Name": "Utgående", "Rate": Decimal("0.25")}, {"Id": 2, "Rate": 0}]

    assert [each.facts["rate"] for each in ADAPTER.listed(ListKind.VAT_CODES, Answer(200, {}, rows))] == ["25", "0"]
    assert ADAPTER.listed(ListKind.ACCOUNTS, Answer(204)) == []
    assert ADAPTER.pushed(ADAPTER.fetch(ListKind.ACCOUNTS), Answer(204)) == []
