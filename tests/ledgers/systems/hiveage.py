"""How Hiveage behaves: drafts that come to the sum of their lines, and a mark that they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from foundation.money import round_amount
from tests.ledgers.oauth import basic_of
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    OUR_VAT,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    Refused,
    System,
    Targets,
    answers,
    page_of,
)

HOST = "nordlys.hiveage.com"
KEY = "a key of the tests"
ZERO = Decimal(0)


class Ledger(System):
    """One account in Hiveage."""

    slug = "hiveage"
    hosts = (HOST,)
    contracts = (Contract(file="hiveage/openapi.yaml", host=HOST, prefix="/api"),)
    options = {"subdomain": "nordlys"}
    lacks = frozenset({"closed_periods", "vat_codes", "token_expiry"})
    targets = Targets(
        accounts=dict.fromkeys(OUR_ACCOUNTS, Target("invoice")),
        vat=dict.fromkeys(OUR_VAT, Target("line")),
    )

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The key that was pasted."""
        return {"api_key": KEY}

    def authorized(self, request: LedgerRequest) -> bool:
        """HTTP Basic with the key as the user."""
        return not self.is_revoked and basic_of(request)[0] == KEY

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """In the form of all its errors."""
        return LedgerAnswer(401, {"error": "HTTP Basic: Access denied."})

    def expire(self) -> None:
        """A key does not expire."""

    # Customers.

    @answers("GET /network")
    def _network(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, "network", [party["row"] for party in self.parties.values()])

    @answers("POST /network")
    def _create_connection(self, request: LedgerRequest) -> LedgerAnswer:
        number = self.next_id()
        row = {**request.body["network"], "id": int(number), "hash_key": f"n{number}"}
        name, _, ours = row["name"].rpartition(" (")
        party = {"id": row["hash_key"], "number": ours.rstrip(")"), "name": name, "organization_number": "", "row": row}
        self.parties[row["hash_key"]] = party
        return LedgerAnswer(201, {"network": row})

    # Invoices.

    @answers("POST /invs")
    def _create_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        told = request.body["invoice"]
        party = next((one for one in self.parties.values() if one["row"]["id"] == told["connection_id"]), None)
        if party is None:
            raise Refused(422, {"errors": {"connection": ["must exist"]}})
        if any(held.number == told["statement_no"] for held in self.held.values()):
            raise Refused(422, {"errors": {"statement_no": ["has already been taken"]}})
        amounts = [Decimal(line["price"]) * Decimal(line["quantity"]) for line in told["items_attributes"]]
        total = sum(map(round_amount, amounts), ZERO)
        number = self.next_id()
        held = self.hold(
            HeldDocument(
                id=f"i{number}",
                number=told["statement_no"],
                kind="sale",
                day=date.fromisoformat(told["date"]),
                currency=told["currency_iso_code"],
                total=total,
                party_id=party["id"],
                open_amount=total,
                facts={"id": int(number), "due": told["due_date"], "state": "draft"},
            )
        )
        return LedgerAnswer(201, {"invoice": self._row(held)})

    @answers("GET /invs")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        rows = [{"invoice": self._row(held)} for held in self.held.values()]
        return _page(request, "invoices", rows)

    @answers("GET /invs/{hash_key}")
    def _invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"invoice": self._row(self.one(request.path_args["hash_key"]))})

    @answers("POST /invs/{hash_key}/mark_as_sent")
    def _mark(self, request: LedgerRequest) -> LedgerAnswer:
        held = self.one(request.path_args["hash_key"])
        held.facts = {**held.facts, "state": "sent"}
        return LedgerAnswer(200, {"invoice": self._row(held)})

    @staticmethod
    def _row(held: HeldDocument) -> dict[str, Any]:
        return {
            "id": held.facts["id"],
            "hash_key": held.id,
            "state": held.facts["state"],
            "statement_no": held.number,
            "date": held.day.isoformat(),
            "due_date": held.facts["due"],
            "currency_iso_code": held.currency,
            "billed_total": f"{held.total:.2f}",
            "total_due": f"{held.open_amount or ZERO:.2f}",
        }


def _page(request: LedgerRequest, name: str, rows: Sequence[Any]) -> LedgerAnswer:
    number, size = int(request.asked("page", "1")), int(request.asked("per_page", "20"))
    return LedgerAnswer(200, {name: page_of(rows, number - 1, size)})
