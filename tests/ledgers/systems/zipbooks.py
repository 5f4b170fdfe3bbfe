"""How ZipBooks behaves (API v2): invoices that come to the sum of their lines, found by nothing but leafing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.mapping.entries import Target
from foundation.money import round_amount
from tests.ledgers.oauth import bearer_of
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

TOKEN = "header.payload.signature-of-the-tests"
KIND = {"Content-Type": "application/vnd.api+json"}
ZERO = Decimal(0)


class Ledger(System):
    """One account in ZipBooks."""

    slug = "zipbooks"
    hosts = ("api.zipbooks.com",)
    contracts = (Contract(file="zipbooks/openapi.yaml", host="api.zipbooks.com", prefix="/v2"),)
    # Nothing says that it refuses a number that another invoice has already.
    lacks = frozenset({"closed_periods", "vat_codes", "token_expiry", "unique_numbers"})
    targets = Targets(
        accounts=dict.fromkeys(OUR_ACCOUNTS, Target("invoice")),
        vat=dict.fromkeys(OUR_VAT, Target("line")),
    )

    # Entering.

    def secrets(self) -> dict[str, str]:
        """The token that was pasted."""
        return {"access_token": TOKEN}

    def authorized(self, request: LedgerRequest) -> bool:
        """A bearer token."""
        return not self.is_revoked and bearer_of(request) == TOKEN

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """In the form of all its errors."""
        return LedgerAnswer(401, {"errors": [{"status": "401", "title": "Unauthorized"}]}, dict(KIND))

    def expire(self) -> None:
        """The token lives for half a year."""

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """In JSON:API's own kind of JSON."""
        answer = super().answer(request)
        answer.headers.update(KIND)
        return answer

    # Customers.

    @answers("GET /contacts")
    def _contacts(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [party["row"] for party in self.parties.values()])

    @answers("POST /contacts")
    def _create_contact(self, request: LedgerRequest) -> LedgerAnswer:
        number, told = self.next_id(), request.body["data"]["attributes"]
        row = {"type": "contact", "id": number, "attributes": told}
        self.parties[number] = {
            "id": number,
            "number": told.get("notes", "").partition("[")[2].partition("]")[0],
            "name": told["name"],
            "organization_number": "",
            "row": row,
        }
        return LedgerAnswer(201, {"data": row})

    # Invoices.

    @answers("POST /invoices")
    def _create_invoice(self, request: LedgerRequest) -> LedgerAnswer:
        data = request.body["data"]
        told, related = data["attributes"], data["relationships"]
        contact = related["contact"]["data"]["id"]
        if contact not in self.parties:
            raise Refused(422, {"errors": [{"status": "422", "detail": "The contact does not exist."}]})
        included = {one["id"]: one["attributes"] for one in request.body["included"]}
        lines = [included[one["id"]] for one in related["line-items"]["data"]]
        total = sum((round_amount(Decimal(line["quantity"]) * Decimal(line["rate"])) for line in lines), ZERO)
        held = self.hold(
            HeldDocument(
                id=self.next_id(),
                number=told["number"],
                kind="sale",
                day=date.fromisoformat(told["date"]),
                currency=told["currency-code"],
                total=total,
                party_id=contact,
                open_amount=total,
                facts={"told": told},
            )
        )
        return LedgerAnswer(201, {"data": self._row(held)})

    @answers("GET /invoices")
    def _invoices(self, request: LedgerRequest) -> LedgerAnswer:
        return _page(request, [self._row(held) for held in self.held.values()])

    @answers("GET /invoices/{id}")
    def _invoice(self, request: LedgerRequest) -> LedgerAnswer:
        return LedgerAnswer(200, {"data": self._row(self.one(request.path_args["id"]))})

    @staticmethod
    def _row(held: HeldDocument) -> dict[str, Any]:
        told = {name: held.facts["told"].get(name) for name in ("number", "due-date", "notes", "po-number")}
        paid = held.total - (held.open_amount or ZERO)
        return {
            "type": "invoice",
            "id": held.id,
            "attributes": told
            | {
                "date": held.day.isoformat(),
                "currency-code": held.currency,
                "total": f"{held.total:.2f}",
                "paid-total": f"{paid:.2f}",
                "status": "draft",
                "archived-at": None,
                "sent-date": None,
                "updated-at": "2026-11-20T08:00:00.000000Z",
            },
            "relationships": {"contact": {"data": {"type": "contact", "id": held.party_id}}},
        }


def _page(request: LedgerRequest, rows: Sequence[Mapping[str, Any]]) -> LedgerAnswer:
    number, size = int(request.asked("page[page]", "1")), int(request.asked("page[page-size]", "50"))
    return LedgerAnswer(200, {"data": page_of(rows, number - 1, size), "meta": {"total": len(rows)}})
