"""Products for programs to read; they are written where the chart of accounts is in reach."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from customers import queries
from customers.api.schemas import ProductPage, ProductsAsked, ProductTold, told_product
from foundation.api.pages import page_after
from foundation.keyset import Key
from foundation.text import search_words
from tenants.api.door import ApiRequest
from tenants.api.operations import Says, operation
from tenants.permissions import Permission

router = Router(tags=["Products"])
NUMBER_ORDER = (Key("number", str), Key("id", UUID))
SENT = {"number": "1001", "name": "Konsulent, time", "unit_code": "HUR", "unit_price": "1450.00"}
TOLD = {
    **SENT,
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a12",
    "description": "",
    "price_includes_vat": False,
    "currency": "NOK",
    "vat_treatment": "standard",
    "revenue_account": "3000",
    "gtin": "",
    "is_archived": False,
    "version": 1,
}


@operation(
    router,
    "GET",
    "/products",
    Permission.VIEW_PRODUCTS,
    Says(answer=ProductPage, told={"items": [TOLD], "next": ""}),
)
def list_products(request: ApiRequest, asked: Query[ProductsAsked]) -> ProductPage:
    """List products by number, in use or out of use."""
    rows = queries.list_products(request.organization, words=search_words(asked.q), is_archived=asked.is_archived)
    page = page_after(rows, NUMBER_ORDER, asked)
    return ProductPage(items=[told_product(row) for row in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/products/{uuid:product_id}",
    Permission.VIEW_PRODUCTS,
    Says(answer=ProductTold, told=TOLD, refuses=(404,)),
)
def get_product(request: ApiRequest, product_id: UUID) -> ProductTold:
    """Fetch one product."""
    return told_product(queries.get_product(request.organization, product_id))
