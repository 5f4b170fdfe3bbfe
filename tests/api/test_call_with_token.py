"""Whose token opens what, how often, and that a call under one key is carried out once, also when it races."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

from django.db import connections

from config.api.mounted import API, description_of
from customers.models import Customer
from foundation.ids import uuid7
from tenants import calls, tokens
from tenants.audit import Actor
from tenants.models import ApiCall, ApiToken
from tenants.scopes import PERMISSIONS, WORDS, Scope, granted
from tests import builders
from tests.api.programs import ADDRESS, Program, make_token, program_of
from tests.billing_backlog.visit_rows import visit_things

NEW = {"name": "Kari Nordmann", "kind": "consumer"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description_of(API)["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, told


def example_of(told: dict[str, Any]) -> Any:
    return told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")


def test_every_scope_has_words_and_a_permission_and_every_operation_an_example() -> None:
    assert set(PERMISSIONS) == set(WORDS) == set(Scope)
    assert granted(["customers:read", "gone:away"]) == PERMISSIONS[Scope.READ_CUSTOMERS]
    for method, path, told in operations():
        assert told["security"] == [{"TokenAuth": []}], path
        assert told["description"], path
        if "requestBody" in told:
            assert example_of(told) is not None, path
        success = next(response for status, response in told["responses"].items() if int(status) < 300)
        files = {"application/pdf", "application/xml"} & success.get("content", {}).keys()
        assert files or method == "DELETE" or success["content"]["application/json"]["example"], path


def test_a_token_opens_its_own_organization_and_what_its_scopes_say(organization: Any, other_organization: Any) -> None:
    mine = builders.make_customer(organization)
    program, stranger = program_of(organization, ["customers:read"]), program_of(other_organization)

    assert program.get(f"/customers/{mine.pk}").status_code == 200
    assert stranger.get(f"/customers/{mine.pk}").status_code == 404
    assert stranger.get("/customers").json()["items"] == []
    refused = program.post("/customers", NEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_is_missing")
    assert "customers:write" in refused.json()["detail"]
    for secret in ("", "bilag_made-up", "x" * 5_000, "bilag_æøå"):
        assert Program(secret).get("/customers").status_code == 401


def test_a_token_ends_when_it_is_taken_back_or_runs_out(organization: Any) -> None:
    now = datetime.now(UTC)
    token, secret = make_token(organization)
    program = Program(secret)
    expired = program_of(organization, expires_at=now - timedelta(seconds=1))

    assert program.get("/customers").status_code == 200
    assert expired.get("/customers").status_code == 401
    with builders.in_organization(organization):
        actor = Actor.system()
        kept = tokens.revoke_token(organization, token.pk, actor=actor, now=now)
        assert tokens.revoke_token(organization, token.pk, actor=actor, now=now).revoked_at == kept.revoked_at
        stored = ApiToken.objects.get(pk=token.pk)
        assert stored.last_used_at is not None
        assert secret not in str(vars(stored))
    assert program.get("/customers").status_code == 401


def test_a_token_calls_so_often_a_minute_and_no_more(organization: Any) -> None:
    program = program_of(organization, calls_per_minute=2)
    other = program_of(organization)

    answers = [program.get("/products") for _call in range(5)]  # a minute may end between two of them
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert other.get("/products").status_code == 200


def test_a_call_under_one_key_is_carried_out_once(organization: Any) -> None:
    program = program_of(organization)
    refused = program.post("/customers", {**NEW, "name": ""}, key="order-1")
    first = program.post("/customers", NEW, key="order-1")
    second = program.client.generic(
        "POST",
        f"{ADDRESS}/customers",
        b'{ "kind":"consumer",  "name":"Kari Nordmann" }',
        content_type="application/json",
        headers={**program.headers, "Idempotency-Key": "order-1"},
    )

    assert refused.status_code == 422
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    other = program.post("/customers", {**NEW, "name": "Ola"}, key="order-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_is_used")
    assert program.post("/products", {"number": "1", "name": "x", "unit_price": "1"}, key="order-1").status_code == 422
    assert program.post("/customers", NEW, key="two words").json()["code"] == "bad_idempotency_key"

    draft = program.post("/drafts", {"customer_id": first.json()["id"]}, key="order-2").json()
    gone = [program.call("DELETE", f"/drafts/{draft['id']}", key="order-3") for _time in range(2)]
    assert [answer.status_code for answer in gone] == [204, 204]
    assert program.call("DELETE", f"/drafts/{draft['id']}").status_code == 404
    with builders.in_organization(organization):
        assert Customer.objects.count() == 1
        later = datetime.now(UTC) + timedelta(days=7)
        assert calls.forget_calls(organization, later, most=2) == 2
        assert ApiCall.objects.count() == 1


def test_two_at_once_under_one_key_do_it_once(transactional_db: None) -> None:
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")
    program, together = program_of(organization), Barrier(4)

    def call(_number: int) -> Any:
        together.wait()
        try:
            return program.post("/customers", NEW, key="same")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    with builders.in_organization(organization):
        assert Customer.objects.count() == 1


def test_no_operation_finds_anything_of_another_organization(organization: Any, other_organization: Any) -> None:
    theirs = {
        "customer_id": builders.make_customer(other_organization).pk,
        "product_id": builders.make_product(other_organization).pk,
        "draft_id": builders.make_draft(other_organization).pk,
        "document_id": builders.make_finalized_invoice(other_organization).pk,
        "payment_id": uuid7(),
        "item_id": (
            item := builders.take_work(
                other_organization, builders.work(builders.make_contract_line(other_organization))
            )[0]
        ).pk,
        "project_id": item.project_id,
        "visit_id": visit_things(other_organization)["visit"],
    }
    program, wrong = program_of(organization), []
    for method, path, told in operations():
        address = path.format(**theirs)
        if address != path:
            answer = program.call(method, address, example_of(told))
            if answer.status_code != 404 or answer.headers["Content-Type"] != "application/problem+json":
                wrong.append(f"{method} {path}: {answer.status_code} {answer.content!r}")
    ids = [str(theirs["draft_id"])]
    assert program.post("/backlog/items/cancel", {"ids": [str(theirs["item_id"])], "reason": "x"}).status_code == 404
    claim = {"claim_id": str(uuid7()), "amount": "1"}
    assert program.post("/drafts/finalize", {"ids": ids}).status_code == 404
    assert program.post("/drafts", {"customer_id": str(theirs["customer_id"])}).status_code == 404
    assert program.post("/payments", {"day": "2026-11-20", "amount": "1", "pays": [claim]}).status_code == 404
    named = {"day": "2026-11-20", "amount": "1", "customer_id": str(theirs["customer_id"])}
    assert program.post("/payments", named).status_code == 404
    assert wrong == [], "\n".join(wrong)
