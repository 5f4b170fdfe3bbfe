"""What is Tripletex's own: gross postings whose VAT comes out as ours, and errors by its codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounting_sync.mapping.entries import LinePart, Remote
from accounting_sync.mapping.storing import remote_of_json, remote_to_json
from accounting_sync.providers.base import Answer, CannotBeTaken, ListKind, Mode, ProblemKind
from accounting_sync.providers.computing import vat_within
from accounting_sync.providers.entering import SessionToken
from accounting_sync.providers.gross import item_parts
from accounting_sync.providers.tripletex import Tripletex
from tenants.models import Organization
from tests.accounting_sync.connected import connect, served, talk
from tests.accounting_sync.linked_samples import WRITING, linked, refused, sample
from tests.ledgers.entries import Made, Sold, credit_of, document, payment, settled
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.tripletex import Ledger, account_id

ADAPTER = Tripletex({"voucher_type": "12"}, Mode.JOURNAL)
TARGETS = Ledger.targets


def test_a_sale_is_a_voucher_with_its_number_on_the_claim_and_gross_revenue() -> None:
    entry = sample(TARGETS, "sale", "55")

    call = ADAPTER.build("create", entry, {})

    assert (call.method, call.path, list(call.query)) == ("POST", "/ledger/voucher", [("sendToLedger", "true")])
    assert call.body == {
        "date": "2026-03-16",
        "description": f"{entry.number} {entry.text}",
        "externalVoucherNumber": entry.number,
        "voucherType": {"id": 12},
        "postings": [
            {
                "row": 1,
                "date": "2026-03-16",
                "description": entry.text,
                "account": {"id": account_id("1500")},
                "amountGross": Decimal("1250.00"),
                "amountGrossCurrency": Decimal("1250.00"),
                "vatType": {"id": 0},
                "customer": {"id": 55},
                "invoiceNumber": entry.number,
                "termOfPayment": "2026-03-30",
            },
            {
                "row": 2,
                "date": "2026-03-16",
                "description": "Rådgivning, mars",
                "account": {"id": account_id("3000")},
                "amountGross": Decimal("-1250.00"),
                "amountGrossCurrency": Decimal("-1250.00"),
                "vatType": {"id": 3},
            },
        ],
    }


def test_a_credit_note_turns_every_sign_and_a_payment_names_the_claim_that_it_pays() -> None:
    sale = sample(TARGETS, "sale", "55")
    credit = linked(credit_of(TARGETS, sale, Remote(id="9"), "F-2026-00007"), "55")
    paid = linked(payment(TARGETS, "2026-00201", [settled(sale, Remote(id="9"))]), "55")

    turned = ADAPTER.build("create", credit, {}).body["postings"]
    money, claim = ADAPTER.build("create", paid, {}).body["postings"]

    assert [(each["amountGross"], each.get("invoiceNumber")) for each in turned] == [
        (Decimal("-1250.00"), "F-2026-00007"),
        (Decimal("1250.00"), None),
    ]
    assert (money["amountGross"], money["account"]) == (Decimal("1250.00"), {"id": account_id("1920")})
    assert (claim["amountGross"], claim["invoiceNumber"], claim["customer"]) == (
        Decimal("-1250.00"),
        sale.number,
        {"id": 55},
    )


def test_vat_that_was_shared_out_over_lines_stays_ours_to_the_oere() -> None:
    sold = [Sold(net=Decimal(net)) for net in ("10.01", "10.01", "10.01", "0.02")]
    entry = document(TARGETS, Made(number="F-2026-00009"), sold)
    euro = document(TARGETS, Made(number="F-2026-00010", currency="EUR", rate=Decimal("11.6315")), [sold[0]])

    for item in (*entry.items, *euro.items):
        parts = item_parts(euro if item in euro.items else entry, item)
        assert parts is not None
        vat = sum((vat_within(part.base, Decimal(25)) for part in parts if part.vat), Decimal(0))
        assert vat == item.base_vat_amount
        assert sum((part.base for part in parts), Decimal(0)) == item.base_gross
        assert sum((part.amount for part in parts), Decimal(0)) == item.gross


def test_what_tripletex_would_reckon_otherwise_is_refused_by_name() -> None:
    sale = sample(TARGETS, "sale", "55")
    wrong = replace(sale.items[0], net=Decimal("990.00"), base_net=Decimal("990.00"))
    lines = [replace(sale.lines[0], part=LinePart.VAT)]
    paid = payment(TARGETS, "2026-00201", [settled(sale, None)])
    for entry in (replace(sale, items=[wrong]), replace(sale, number="F" * 71), replace(paid, lines=lines)):
        with pytest.raises(CannotBeTaken):
            ADAPTER.refuse(entry)
    ADAPTER.refuse(sale)


@pytest.mark.parametrize(
    ("answer", "kind", "after"),
    [
        (refused(422, {"code": 18000, "message": "Validering feilet."}), ProblemKind.INVALID, None),
        (refused(422, {"code": 18000, "message": "Perioden er avsluttet."}), ProblemKind.PERIOD_CLOSED, None),
        (refused(409, {"code": 14000, "message": "Duplicate entry"}), ProblemKind.DUPLICATE, None),
        (refused(409, {"code": 8000, "message": "Revision"}), ProblemKind.CONFLICT, None),
        (refused(429, None, x_rate_limit_reset="12"), ProblemKind.RATE_LIMITED, 12.0),
        (refused(429), ProblemKind.RATE_LIMITED, None),
        (refused(401, {"code": 3000, "message": "Unauthorized"}), ProblemKind.ACCESS_EXPIRED, None),
        (refused(502), ProblemKind.UNKNOWN, None),
    ],
)
def test_errors_have_names(answer: Answer, kind: ProblemKind, after: float | None) -> None:
    problem = ADAPTER.problem(WRITING, answer)

    assert problem is not None
    assert (problem.kind, problem.retry_after) == (kind, after)


def test_a_currency_is_asked_for_first_and_is_not_taken_for_the_voucher() -> None:
    entry = sample(TARGETS, "foreign", "55")
    answer = Answer(200, {}, {"values": [{"id": 5, "code": "EUR"}]})

    known = remote_of_json(remote_to_json(ADAPTER.parse("currency", entry, answer)))
    postings = ADAPTER.build("create", entry, {"currency": known}).body["postings"]

    assert ADAPTER.steps(entry) == ("currency", "create")
    assert ADAPTER.build("currency", entry, {}).is_reading
    assert known.id == ""
    assert [(each["currency"], each["amountGrossCurrency"]) for each in postings] == [
        ({"id": 5}, Decimal("812.40")),
        ({"id": 5}, Decimal("-812.40")),
    ]
    with pytest.raises(CannotBeTaken, match="EUR"):
        ADAPTER.parse("currency", entry, Answer(200, {}, {"values": []}))


def test_a_session_is_asked_for_until_a_day_that_is_still_to_come() -> None:
    entering = Tripletex.entering
    assert isinstance(entering, SessionToken)
    secrets = {"consumer_token": "c", "employee_token": "e", "today": "2026-03-16"}

    method, path, query, body = entering.ask(secrets)

    assert (method, path, body) == ("PUT", "/token/session/:create", None)
    assert date.fromisoformat(dict(query)["expirationDate"]) > date(2026, 3, 16) + timedelta(days=1)
    assert entering.parse({"value": {"token": "t"}}) == ("t", 86_400)


def test_a_session_is_asked_for_by_the_day_of_the_organization(
    organization: Organization, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LedgerServer(Ledger()) as server, served(server, settings):
        connection = connect(organization, server)
        server.system.expire()
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 16, 23, 30, tzinfo=UTC))  # 00:30 in Oslo
        with talk(organization, connection) as opened:
            opened.ask(opened.adapter.fetch(ListKind.ACCOUNTS))
        asked = [call.request.query for call in server.calls if call.path.endswith("/token/session/:create")]
        server.assert_obeyed()

    assert [query["expirationDate"] for query in asked] == [["2026-03-19"]]
