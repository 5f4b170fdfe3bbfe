"""The description holds: whatever it allows, and what it does not, is answered as it says, and never by a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from tests import builders
from tests.api.programs import make_token
from tests.billing_backlog.visit_rows import visit_things

EXAMPLES = builders.scaled(60, 2)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def things_of(organization: Any) -> dict[str, Any]:
    """One of each thing that an address can name."""
    invoice = builders.make_finalized_invoice(organization)
    item = builders.take_work(organization, builders.work(builders.make_contract_line(organization)))[0]
    return {
        "customer_id": invoice.customer_id,
        "product_id": builders.make_product(organization).pk,
        "draft_id": builders.make_draft(organization).pk,
        "document_id": invoice.pk,
        "item_id": item.pk,
        "project_id": item.project_id,
        "visit_id": visit_things(organization)["visit"],
    }


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Requests leave the test's transaction open, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


@pytest.mark.usefixtures("_one_connection")
def test_every_operation_keeps_to_the_description(organization: Any) -> None:
    """Random calls in both senses: as the description allows, and not; some of them of things that are there."""
    print(f"seed: {builders.SEED}, examples of each operation: {EXAMPLES}")
    _token, secret = make_token(organization, calls_per_minute=100_000)
    things = {name: str(key) for name, key in things_of(organization).items()}
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    tried: list[str] = []

    for operation in operations():

        @seed(builders.SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            if len(tried) % 2:  # every other call is about something that is there
                case.path_parameters = {name: things.get(name, value) for name, value in case.path_parameters.items()}
            tried.append(case.operation.label)
            case.call_and_validate(headers=headers, checks=CHECKS)

        call()
    assert len(set(tried)) > 25, sorted(set(tried))
