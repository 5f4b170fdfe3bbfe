"""Writing products: what is sold meets the chart of accounts, so it stands where all rooms are in reach.

The addresses are those of the products themselves, and so is the router.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from customers import queries
from customers.actions import products as actions
from customers.api import products
from customers.api.products import SENT, TOLD
from customers.api.schemas import ProductChange, ProductFields, ProductTold, told_product
from customers.forms.products import ProductForm
from customers.models import Product
from customers.vat import VatTreatment
from foundation.api.fields import refuse_invalid
from foundation.transactions import read_only
from payments.queries import list_revenue_accounts
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.permissions import Permission

router = products.router


@operation(
    router,
    "POST",
    "/products",
    Permission.EDIT_PRODUCTS,
    Says(answer=ProductTold, status=201, sent=SENT, told=TOLD, refuses=(409,)),
)
def create_product(request: ApiRequest, product: ProductFields) -> Any:
    """Register a product under a number of its own."""
    organization = request.organization
    values = product.model_dump()
    usual = VatTreatment.STANDARD if organization.is_vat_registered else VatTreatment.OUTSIDE
    values["currency"] = values["currency"] or organization.base_currency
    values["vat_treatment"] = values["vat_treatment"] or usual
    form = _form(request, values, None)

    def act() -> ProductTold:
        return told_product(actions.create_product(organization, values=form.values(), actor=request.actor))

    return once(request, act, status=201, before=lambda: refuse_invalid(form))


@operation(
    router,
    "PATCH",
    "/products/{uuid:product_id}",
    Permission.EDIT_PRODUCTS,
    Says(answer=ProductTold, sent={"version": 1, "unit_price": "1500.00"}, told=TOLD, refuses=(404, 409)),
)
def update_product(request: ApiRequest, product_id: UUID, product: ProductChange) -> Any:
    """Change a product: what is sent, and nothing else; lines that are written keep what they have."""
    organization = request.organization
    with read_only():
        stored = queries.get_product(organization, product_id)
    said = product.model_dump(exclude={"version"}, exclude_none=True)
    typed = {name: getattr(stored, name) for name in ProductForm.Meta.fields}
    form = _form(request, {**typed, **said}, stored)

    def act() -> ProductTold:
        changed = actions.update_product(
            organization, product_id, values=form.values(), version=product.version, actor=request.actor
        )
        return told_product(changed)

    return once(request, act, before=lambda: refuse_invalid(form))


def _form(request: ApiRequest, data: dict[str, Any], stored: Product | None) -> ProductForm:
    with read_only():
        accounts = [(account.number, str(account)) for account in list_revenue_accounts(request.organization)]
    return ProductForm(data, instance=stored, organization=request.organization, accounts=accounts)
