"""A program does what a person would: registers, writes, finalizes, is paid; by the same rules."""

from __future__ import annotations

from typing import Any

from foundation import files
from foundation.ids import uuid7
from invoicing.models import DocumentFile, FileKind
from tenants.models import AuditEntry
from tests import builders
from tests.api.programs import Program, program_of

CUSTOMER = {
    "name": "Havgløtt Verksted AS",
    "organization_number": "810 000 007",
    "street": "Kaiveien 12",
    "postal_code": "5003",
    "city": "Bergen",
    "email": "post@havglott.example",
}


def errors_of(answer: Any) -> dict[str, str]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def put_files(organization: Any, invoice_id: str, contents: dict[FileKind, bytes]) -> None:
    """Files as a worker would have made them."""
    with builders.in_organization(organization):
        for kind, content in contents.items():
            DocumentFile.objects.create(
                organization=organization,
                subject_kind="invoice",
                subject_id=invoice_id,
                kind=kind,
                sha256=files.store(str(organization.pk), content),
                size_bytes=len(content),
            )


def test_m_001_from_customer_to_payment(organization: Any) -> None:
    program = program_of(organization)

    customer = program.post("/customers", CUSTOMER)
    assert customer.status_code == 201, customer.content
    told = customer.json()
    assert (told["number"], told["organization_number"], told["country"]) == (1, "810000007", "NO")
    found = program.get("/customers?q=havgl").json()
    assert [each["id"] for each in found["items"]] == [told["id"]]
    assert found["next"] == ""

    moved = program.patch(f"/customers/{told['id']}", {"version": 1, "city": "Oslo"}).json()
    assert (moved["city"], moved["street"], moved["version"]) == ("Oslo", "Kaiveien 12", 2)
    stale = program.patch(f"/customers/{told['id']}", {"version": 1, "city": "Bodø"})
    assert (stale.status_code, stale.json()["code"]) == (409, "customer_changed_meanwhile")

    product = program.post("/products", {"number": "1001", "name": "Time", "unit_code": "HUR", "unit_price": "1450"})
    assert (product.status_code, product.json()["unit_price"]) == (201, "1450.00"), product.content
    again = program.post("/products", {"number": "1001", "name": "Time", "unit_price": "1"})
    assert (again.status_code, set(errors_of(again))) == (409, {"number"})

    lines = [
        {"product_number": "1001", "quantity": "7.5"},
        {"product_number": "1001", "quantity": "2", "unit_price": "900.50"},
        {"description": "Reise", "unit_price": "100", "quantity": "1", "section": "Utlegg", "project": "P1"},
    ]
    draft = program.post("/drafts", {"customer_id": told["id"], "delivery_date": "2026-11-20", "lines": lines})
    assert draft.status_code == 201, draft.content
    written = draft.json()
    assert [line["net_amount"] for line in written["lines"]] == ["10875.00", "1801.00", "100.00"]
    assert [line["description"] for line in written["lines"]] == ["Time", "Time", "Reise"]
    assert (written["lines"][2]["section"], written["lines"][2]["project"]) == ("Utlegg", "P1")
    assert written["payable_amount"] == "15970.00"

    kept = [{"id": line["id"], "section": line["section"]} for line in written["lines"][:2]]
    kept[0]["quantity"] = "8"
    address = f"/drafts/{written['id']}"
    changed = program.patch(address, {"version": 1, "order_reference": "PO-7", "lines": kept}).json()
    assert [line["net_amount"] for line in changed["lines"]] == ["11600.00", "1801.00"]
    assert [line["id"] for line in changed["lines"]] == [line["id"] for line in written["lines"][:2]]
    assert (changed["delivery_date"], changed["order_reference"]) == ("2026-11-20", "PO-7")

    invoice = finalized_and_frozen(program, address)
    files_are_fetched(organization, program, invoice)
    payment_is_registered(program, invoice, told["id"])
    with builders.in_organization(organization):
        actors = set(AuditEntry.objects.filter(actor_kind="api").values_list("actor_name", flat=True))
        assert len(actors) == 1
        assert actors.pop().startswith("Timesystem (API bilag_")


def finalized_and_frozen(program: Program, address: str) -> Any:
    issued = program.post(f"{address}/finalize")
    assert issued.status_code == 200, issued.content
    invoice = issued.json()
    assert invoice["payable_amount"] == "16751.25"
    assert program.get(address).status_code == 409
    assert program.patch(address, {"version": 3, "note": "x"}).json()["code"] == "invoice_already_finalized"
    assert program.call("DELETE", address).status_code == 409
    return invoice


def files_are_fetched(organization: Any, program: Program, invoice: Any) -> None:
    assert program.get(f"/documents/{invoice['id']}/pdf").json()["code"] == "not_made_yet"
    contents = {FileKind.PDF: b"%PDF-", FileKind.EHF: b"<?xml"}
    put_files(organization, invoice["id"], contents)
    for kind, beginning in contents.items():
        file = program.get(f"/documents/{invoice['id']}/{kind}")
        assert (file.status_code, file.content[: len(beginning)]) == (200, beginning)
        assert file.headers["Content-Disposition"].startswith("attachment;")
        same = program.get(f"/documents/{invoice['id']}/{kind}", **{"If-None-Match": file.headers["ETag"]})
        assert same.status_code == 304


def payment_is_registered(program: Program, invoice: Any, customer_id: str) -> None:
    part = {"claim_id": invoice["claim_id"], "amount": "16000"}
    payment = {"day": "2026-11-20", "amount": "16500", "customer_id": customer_id, "pays": [part]}
    paid = program.post("/payments", payment)
    assert (paid.status_code, paid.json()["unapplied"]) == (201, "500.00"), paid.content
    assert paid.json()["pays"] == [
        {"claim_id": invoice["claim_id"], "number": str(invoice["number"]), "amount": "16000.00"}
    ]
    document = program.get(f"/documents/{invoice['id']}").json()
    assert (document["open_amount"], document["standing"]) == ("751.25", "part")
    assert [row["number"] for row in program.get("/documents").json()["items"]] == [invoice["number"]]
    assert [row["id"] for row in program.get("/payments?state=unapplied").json()["items"]] == [paid.json()["id"]]


def test_what_does_not_fit_is_named_and_nothing_is_written(organization: Any) -> None:
    program = program_of(organization)
    customer = builders.make_customer(organization)
    refused = program.post("/customers", {**CUSTOMER, "organization_number": "123456789", "wants_ehf": True})
    assert (refused.status_code, "organization_number" in errors_of(refused)) == (422, True)
    assert "nmae" in errors_of(program.post("/customers", {"nmae": "x"}))
    assert "unit_price" in errors_of(program.post("/products", {"number": "1", "name": "x", "unit_price": 12.5}))
    bad_lines = [
        {"description": "Reise", "unit_price": "1"},
        {"quantity": "2"},
        {"description": "x", "unit_price": "-1"},
    ]
    bad = program.post("/drafts", {"customer_id": str(customer.pk), "due_date": "2026-02-30", "lines": bad_lines})
    assert errors_of(bad).keys() == {"due_date"}
    bad = program.post("/drafts", {"customer_id": str(customer.pk), "currency": "ZZZ", "lines": bad_lines})
    assert {"currency", "lines.1.description", "lines.2.unit_price"} <= errors_of(bad).keys()
    assert program.post("/drafts", {"customer_id": str(uuid7())}).status_code == 404
    draft = program.post("/drafts", {"customer_id": str(customer.pk)}).json()
    empty = program.post(f"/drafts/{draft['id']}/finalize")
    assert (empty.status_code, empty.json()["code"]) == (422, "draft_is_incomplete")
    assert errors_of(empty)
    bad = program.post("/payments", {"day": "2026-11-20", "amount": "-5"})
    assert errors_of(bad).keys() == {"amount"}
    assert program.get("/customers?afterr=x").status_code == 422
    assert program.get("/customers?after=made-up").json()["code"] == "bad_cursor"
    with builders.in_organization(organization):
        verbs = AuditEntry.objects.filter(actor_kind="api").values_list("verb", flat=True)
        assert list(verbs) == ["draft.created"]


def test_the_wall_speaks_as_the_api_does(organization: Any) -> None:
    program = program_of(organization)
    assert program.get("/nothing").json()["code"] == "not_found"
    assert program.call("PUT", "/customers").status_code == 405
    assert program.call("PUT", "/customers").json()["detail"] == "This address takes GET, POST."
    assert program.client.post("/api/v1/customers", {"name": "x"}, headers=program.headers).status_code == 415
    assert program.call("POST", "/customers", "x" * 4_200_000).json()["code"] == "too_large"
    broken = program.client.generic(
        "POST", "/api/v1/customers", b"{", content_type="application/json", headers=program.headers
    )
    assert (broken.status_code, broken.headers["Content-Type"]) == (400, "application/problem+json")
    assert Program("").get("/customers").headers["WWW-Authenticate"] == "Bearer"
    norwegian = Program("", language="nb").get("/nothing")
    assert norwegian.headers["Content-Language"] == "nb"
