"""Rows that name a product: filled with what the product says, and tied to it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoicing.drafting.choices import DraftChoices, price_on, products_by_number
from invoicing.forms.drafts import DraftForm, TypedDraft
from invoicing.forms.lines import LineEntry, clean_entry, typed_line
from invoicing.models import InvoiceLine
from tenants.models import Organization


def take_products(
    organization: Organization, typed: TypedDraft, choices: DraftChoices, lines: Sequence[InvoiceLine]
) -> None:
    """Fill rows that name a product and nothing else with what the product says; keep which product each row names."""
    products = products_by_number(organization, (entry.cleaned.get("product_number", "") for entry in typed.told))
    stored = {line.pk: line for line in lines}
    for entry in typed.told:
        number = entry.cleaned.get("product_number", "")
        line = stored.get(entry.line_id) if entry.line_id else None
        if line is not None and line.product_number == number:
            continue
        product = products.get(number)
        if product is not None and not entry.typed.get("description", "").strip():
            fill_row(entry, product, choices, data=typed.form)
        entry.cleaned["product_id"] = product.pk if product else None
        entry.cleaned["gtin"] = product.gtin if product else ""


def fill_row(entry: LineEntry, product: Any, choices: DraftChoices, *, data: DraftForm) -> None:
    """Type into the row what the product says, in the document's currency and terms."""
    include_vat = bool(data["prices_include_vat"].value())
    currency = str(data["currency"].value() or choices.around.organization.base_currency)
    price = price_on(product, choices.around, currency=currency, prices_include_vat=include_vat)
    like_line = InvoiceLine(
        quantity=Decimal(1),
        unit_price=price or Decimal(0),
        description=product.name,
        detail=product.description,
        unit_code=product.unit_code,
        vat_treatment=product.vat_treatment,
        revenue_account=product.revenue_account,
        product_number=product.number,
    )
    filled = typed_line(like_line)
    for name in (
        "product_number",
        "description",
        "detail",
        "unit_code",
        "unit_price",
        "vat_treatment",
        "revenue_account",
    ):
        entry.typed[name] = filled[name]
    if price is None:
        entry.typed["unit_price"] = ""
    entry.typed["quantity"] = entry.typed.get("quantity") or "1"
    clean_entry(entry, choices)
