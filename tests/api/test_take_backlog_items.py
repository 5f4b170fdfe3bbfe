"""Planning and time systems send work in: each piece answered for itself, the same thing twice is one thing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from billing_backlog.actions.ready import mark_ready
from billing_backlog.models import BacklogItem
from foundation.ids import uuid7
from tenants.models import AuditEntry
from tests import builders
from tests.api.programs import program_of
from tests.architecture.test_statements import capture


def work(line: str, **changes: Any) -> dict[str, Any]:
    said = {"kind": "time", "day": "2026-11-20", "quantity": "2", "text": "Rådgivning", "unit_price": "1250"}
    return {**said, "source": {"system": "tid", "order": "W47", "line": line}, **changes}


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["outcome"] for item in answer.json()["items"]]


def test_m_120_work_is_taken_corrected_and_cancelled(organization: Any, other_organization: Any) -> None:
    program = program_of(organization)
    customer, product = builders.make_customer(organization), builders.make_product(organization)
    theirs = builders.make_customer(other_organization)
    sent = [
        work("1", customer_number=customer.number),
        work("2", customer_id=str(customer.pk), product_number=product.number, unit_price=None),
        work("3", customer_number=999),
        work("4", customer_id=str(theirs.pk)),
        work("5", customer_number=customer.number, unit_code="QQ0"),
        work("6", customer_number=customer.number, source={"system": "Work", "order": "1", "line": "1"}),
        work("1", customer_number=customer.number),
    ]
    first = program.post("/backlog/items", {"items": sent})
    assert outcomes(first) == ["new", "new", "refused", "refused", "refused", "refused", "known"]
    fields = [item["field"] for item in first.json()["items"]]
    assert fields == ["", "", "customer_number", "customer", "unit_code", "source.system", ""]
    assert outcomes(program.post("/backlog/items", {"items": sent[:2]})) == ["known", "known"]
    later = work("1", customer_number=customer.number, quantity="3")
    assert outcomes(program.post("/backlog/items", {"items": [later]})) == ["differs"]

    [item_id] = first.json()["items"][0]["item_ids"]
    with builders.in_organization(organization):
        marked = mark_ready(organization, [UUID(item_id)], actor=builders.actor_of(organization), now=datetime.now(UTC))
        assert not marked.refused
    assert outcomes(program.post("/backlog/items/correct", {"items": [later, work("9")]})) == ["corrected", "refused"]
    assert outcomes(program.post("/backlog/items/correct", {"items": [later]})) == ["known"]
    item = program.get(f"/backlog/items/{item_id}").json()
    assert (item["quantity"], item["amount"], item["is_ready"]) == ("3", "3750.00", False)

    gone = {"ids": [item_id], "reason": "Registrert to ganger"}
    assert program.post("/backlog/items/cancel", {"ids": [item_id, str(uuid7())], "reason": "x"}).status_code == 404
    for _time in range(2):
        assert program.post("/backlog/items/cancel", gone).json() == {"ids": [item_id]}
    assert outcomes(program.post("/backlog/items/correct", {"items": [later]})) == ["refused"]
    assert [row["is_cancelled"] for row in program.get("/backlog/items?limit=1").json()["items"]] in ([True], [False])
    page = program.get("/backlog/items?state=open&source_system=tid").json()
    assert [row["source_line"] for row in page["items"]] == ["2"]
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="backlog.corrected").count() == 1


def test_what_stands_on_a_document_is_not_corrected(organization: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    sent = work("1", customer_number=customer.number)
    [item_id] = program.post("/backlog/items", {"items": [sent]}).json()["items"][0]["item_ids"]
    with builders.in_organization(organization):
        now = datetime.now(UTC)
        mark_ready(organization, [UUID(item_id)], actor=builders.actor_of(organization), now=now)
        item = BacklogItem.objects.get(pk=item_id)
    [proforma] = builders.make_proformas_of(organization, [item])

    refused = program.post("/backlog/items/correct", {"items": [{**sent, "quantity": "1"}]})
    assert outcomes(refused) == ["refused"]
    assert program.post("/backlog/items/cancel", {"ids": [item_id], "reason": "x"}).status_code == 422
    told = program.get(f"/backlog/items/{item_id}").json()
    assert (told["quantity_on_draft"], told["quantity_unbilled"]) == ("2", "0")
    assert program.get(f"/drafts/{proforma.invoice_id}").json()["lines"][0]["quantity"] == "2"


def test_many_cost_as_many_statements_as_one(organization: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    counts = []
    for start, count in ((0, 1), (1, 120)):
        items = [work(str(start + place), customer_number=customer.number) for place in range(count)]
        with capture() as captured:
            assert set(outcomes(program.post("/backlog/items", {"items": items}))) == {"new"}
        counts.append(len(captured.statements))
    assert counts[1] <= counts[0], counts
    assert program.post("/backlog/items", {"items": [work(str(n)) for n in range(501)]}).status_code == 422
