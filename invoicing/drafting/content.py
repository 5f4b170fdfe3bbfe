"""What a draft says, as plain texts that can be kept and compared: its head, its lines and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from invoicing.layouts import Layout
from invoicing.models import Invoice, InvoiceLine

HEADER_FIELDS = frozenset(
    {
        "issue_date", "due_date", "has_own_due_date", "accounting_date", "payment_terms_days", "delivery_date",
        "period_from", "period_to", "delivery_name", "delivery_street", "delivery_postal_code", "delivery_city",
        "delivery_country", "currency", "fixed_exchange_rate", "language", "prices_include_vat", "discount_percent",
        "discount_amount", "discount_reason", "buyer_reference", "order_reference", "our_reference",
        "contract_reference", "project_reference", "note", "internal_note", "credit_reason", "layout",
    }
)  # fmt: skip

LINE_FIELDS = frozenset(
    {
        "product_id", "product_number", "gtin", "description", "detail", "internal_text", "quantity", "unit_code",
        "unit_price", "discount_percent", "discount_amount", "charge_kind", "vat_treatment", "vat_reason",
        "delivery_date", "period_from", "period_to", "revenue_account", "dimensions", "section",
    }
)  # fmt: skip

CHANGED_FIELDS_NAMED_MAX = 40  # of lines; beyond this the trail says how many more

HEADER_NAMES = tuple(sorted(HEADER_FIELDS | {"net_amount", "vat_amount", "payable_amount"}))
LINE_NAMES = tuple(sorted(LINE_FIELDS | {"vat_rate_percent", "net_amount"}))
# What follows from the other fields, or names the same thing twice, is not told of a line in the trail.
UNTOLD = frozenset({"product_id", "gtin", "net_amount", "vat_rate_percent"})

_header_values = attrgetter(*HEADER_NAMES)
_line_values = attrgetter(*LINE_NAMES)


def content_of(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """The whole draft as JSON values: fields that say nothing are left out."""
    return {
        "header": _told(HEADER_NAMES, _header_values(invoice)),
        "lines": [{"id": str(line.pk), **_told(LINE_NAMES, _line_values(line))} for line in lines],
    }


def _told(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in zip(names, values, strict=True) if value not in (None, "", {}, [])}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | dict | list):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")  # 0, 0.00 and 0.0000 are the same to whoever reads it
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every field that says something else, as the trail keeps it; a field of a line is called "lines.3.quantity"."""
    old, new = before.get("header", {}), after["header"]
    changes = {name: [_text(old.get(name)), _text(new.get(name))] for name in HEADER_NAMES}
    changes["layout"] = [Layout.from_json(each.get("layout")).codes() for each in (old, new)]
    told = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    of_lines = list(_line_changes(before.get("lines", []), after["lines"]))
    told |= dict(of_lines[:CHANGED_FIELDS_NAMED_MAX])
    if len(of_lines) > CHANGED_FIELDS_NAMED_MAX:
        told["lines_more"] = ["", str(len(of_lines) - CHANGED_FIELDS_NAMED_MAX)]
    return told


def _line_changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, list[str]]]:
    if len(before) != len(after):
        yield "lines", [str(len(before)), str(len(after))]
    stored = {line["id"]: line for line in before}
    for position, line in enumerate(after, start=1):
        old = stored.pop(line["id"], None)
        if old is None:
            yield f"lines.{position}", ["", _text(line.get("description"))]
            continue
        for name in LINE_NAMES:
            if name not in UNTOLD and old.get(name) != line.get(name):
                yield f"lines.{position}.{name}", [_text(old.get(name)), _text(line.get(name))]
    for position, line in enumerate(before, start=1):
        if line["id"] in stored:
            yield f"lines.{position}.removed", [_text(line.get("description")), ""]
    order = [line["id"] for line in before if line["id"] not in stored]
    kept = set(order)
    if order != [line["id"] for line in after if line["id"] in kept]:
        yield "lines_order", ["", ""]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in sorted(value.items()))
    return "" if value is None else str(value)
