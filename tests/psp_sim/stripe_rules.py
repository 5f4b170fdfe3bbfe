"""What Stripe takes: form encoding, the parameters of each operation, and objects in the shapes of its fixtures."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

CONTRACT = Path(__file__).parent / "contract"
FIXTURES: dict[str, Any] = json.loads((CONTRACT / "fixtures-trimmed.json").read_text())
OPERATIONS: dict[str, list[str]] = json.loads((CONTRACT / "operation-params.json").read_text())["operations"]
# Names in the list that belong to the client, not to the request.
CLIENT_ONLY = frozenset(
    {"api_key", "content_type", "headers", "hooks", "idempotency_key", "max_network_retries", "stripe_account",
     "stripe_context", "stripe_version"}
)  # fmt: skip
BESIDE: dict[str, tuple[str, ...]] = {
    "webhook_endpoints.create": (
        "url",
        "enabled_events",
        "api_version",
        "description",
        "metadata",
        "connect",
        "expand",
    ),
    "checkout.sessions.retrieve": ("expand",),
    "checkout.sessions.list": ("created", "limit", "expand", "starting_after", "payment_intent", "status"),
    "payment_intents.retrieve": ("expand",),
    "payment_intents.list": ("created", "limit", "expand", "starting_after", "customer"),
    "refunds.list": ("payment_intent", "charge", "limit", "expand", "starting_after"),
    "disputes.list": ("payment_intent", "charge", "limit", "expand", "starting_after"),
    "account": ("expand",),
}
NESTED: dict[str, tuple[str, ...]] = {
    "line_items": ("quantity", "price_data", "price", "adjustable_quantity", "tax_rates", "dynamic_tax_rates"),
    "price_data": ("currency", "unit_amount", "unit_amount_decimal", "product_data", "product", "tax_behavior"),
    "product_data": ("name", "description", "images", "metadata", "tax_code", "unit_label"),
    "payment_intent_data": (
        "application_fee_amount", "capture_method", "description", "metadata", "on_behalf_of", "receipt_email",
        "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
        "transfer_group",
    ),
    "custom_text": ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
    "submit": ("message",),
    "created": ("gt", "gte", "lt", "lte"),
}  # fmt: skip


class Unknown(Exception):
    """A parameter that the operation does not have."""


def decode(text: str) -> dict[str, Any]:
    """Nested values from a form: `line_items[0][price_data][currency]`."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        steps = re.findall(r"[^\[\]]+", name)
        place = result
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    return {name: _lists(value) for name, value in result.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def check(operation: str, params: dict[str, Any]) -> None:
    """Refuse every parameter that the operation does not have, also inside the ones that it has."""
    known = set(OPERATIONS.get(operation, BESIDE.get(operation, ()))) - CLIENT_ONLY
    for name, value in params.items():
        if name not in known:
            raise Unknown(name)
        _check_inner(name, value)


def _check_inner(name: str, value: Any) -> None:
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict) or name not in NESTED:
            continue
        for key, inner in one.items():
            if key not in NESTED[name]:
                raise Unknown(f"{name}[{key}]")
            _check_inner(key, inner)


def shape(kind: str, **values: Any) -> dict[str, Any]:
    """An object as the fixtures have it, with these values."""
    return {**copy.deepcopy(FIXTURES[kind]), **values}
