"""What an item says on a draft: the line, what of it may be changed there, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation

from billing_backlog.intake.plain import is_own_system
from billing_backlog.models import BacklogItem, ItemKind
from invoicing.confirmation import CONFIRMED_BY, CONFIRMED_ON, HIDES_NAMES, WHOLE

# What a draft may not change, by the kind of work (M-044): what is left open are charge, quantity, price, VAT and texts
# of time and material; charge, VAT and texts of fixed prices; VAT of products.
_ALWAYS = ("unit_code", "delivery_date", "period_from", "period_to")
_FIXED = (*_ALWAYS, "quantity", "unit_price", "discount_percent", "discount_amount")
_PRODUCT = (*_FIXED, "charge_kind", "description")
LOCKED: dict[str, tuple[str, ...]] = {
    ItemKind.MILESTONE: _FIXED,
    ItemKind.PROGRESS: _FIXED,
    ItemKind.RECURRING: _FIXED,
    ItemKind.ADVANCE: (*_PRODUCT, "vat_treatment"),
}


def locked_fields(item: BacklogItem) -> list[str]:
    """The fields of the line that the item decides."""
    if item.kind == ItemKind.MATERIAL and item.product_id is not None:
        return list(_PRODUCT)
    return list(LOCKED.get(item.kind, _ALWAYS))


def line_content(item: BacklogItem, quantity: Decimal, *, hides_names: bool = False) -> dict[str, Any]:
    """The line that bills a quantity of the item, as `create_drafts` takes it."""
    period = item.period_from is not None
    return {
        "product_id": item.product_id,
        "description": item.text,
        "internal_text": item.internal_text,
        "quantity": quantity,
        "unit_code": item.unit_code,
        "unit_price": item.unit_price,
        "charge_kind": item.charge_kind,
        "vat_treatment": item.vat_treatment,
        "delivery_date": None if period else item.day,
        "period_from": item.period_from,
        "period_to": item.day if period else None,
        "revenue_account": item.revenue_account,
        "dimensions": dict(item.dimensions),
        "locked_fields": locked_fields(item),
        "source": source_of(item) | ({HIDES_NAMES: True} if hides_names else {}),
        "source_id": item.pk,
    }


def source_of(item: BacklogItem) -> dict[str, Any]:
    """The chain behind the line, frozen with the document: what was done, who approved it, which price and why."""
    is_ours = is_own_system(item.source_system)
    told = {
        "kind": "backlog",
        "id": str(item.pk),
        "label": label_of(item),
        "sort": item.kind,
        "work": _work_words(item),
        "project": str(item.project) if item.project is not None else "",
        "person": item.performed_by,
        "day": item.day.isoformat(),
        "approved_by": item.approved_by,
        "price_rule": item.price_rule,
        "reason": item.price_reason,
        "system": item.source_system,
        "order": "" if is_ours else item.source_order,
        "line": "" if is_ours else item.source_line,
        "ready_by": item.ready_by,
        "credit": WHOLE if item.kind == ItemKind.MILESTONE else "",
    }
    return {name: value for name, value in told.items() if value}


def _work_words(item: BacklogItem) -> str:
    """What kind of work it is, in words that the customer may read: the contract line's name, else the kind's."""
    if item.line is not None:
        return str(item.line.name)
    with translation.override(item.customer.language):
        return str(item.get_kind_display())


def confirmed_source(source: Mapping[str, Any], by: str, today: date) -> dict[str, Any]:
    """The same chain with who has confirmed the line, and when."""
    return {**source, CONFIRMED_BY: by, CONFIRMED_ON: today.isoformat()}


def unconfirmed_source(source: Mapping[str, Any]) -> dict[str, Any]:
    """The same chain without its confirmation."""
    return {name: value for name, value in source.items() if name not in {CONFIRMED_BY, CONFIRMED_ON}}


def label_of(item: BacklogItem) -> str:
    """What the line comes from, in a few words: the contract, project or facility, else the teller's order."""
    if item.contract is not None:
        return str(item.contract)
    if item.project is not None:
        return str(item.project)
    if item.facility is not None:
        return str(item.facility)
    if is_own_system(item.source_system):  # the ids of our own rows tell a reader nothing
        return item.price_rule or str(item.get_kind_display())
    return f"{item.source_system} {item.source_order}".strip() or str(item.get_kind_display())
