"""What programs send and are told of customers and products."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from customers.channels import Channel
from customers.models import Customer, CustomerKind, Product
from customers.vat import VatTreatment
from foundation.api.pages import PageAsked
from foundation.api.values import Amount, Sent, Text, Told

VERSION = Field(ge=1, le=2_147_483_647, description="The version that you have read; a newer one is not overwritten.")


class CustomerFields(Sent):
    """What can be said of a customer; fields that do not fit the kind are emptied."""

    kind: CustomerKind = CustomerKind.BUSINESS
    name: Text = Field(max_length=160, min_length=1)
    organization_number: Text = Field(default="", max_length=20)
    vat_number: Text = Field(default="", max_length=20, description="Of a business abroad.")
    resource_number: Text = Field(default="", max_length=6, description="Of an internal customer: 5 or 6 digits.")
    contact_name: Text = Field(default="", max_length=120)
    email: Text = Field(default="", max_length=254)
    phone: Text = Field(default="", max_length=30)
    street: Text = Field(default="", max_length=120)
    street_2: Text = Field(default="", max_length=120)
    postal_code: Text = Field(default="", max_length=12)
    city: Text = Field(default="", max_length=80)
    country: Text | None = Field(default=None, max_length=2, description="ISO 3166; as the company's where not sent.")
    language: Text | None = Field(default=None, max_length=5, description="nb, da, sv or en.")
    currency: Text | None = Field(default=None, max_length=3, description="ISO 4217.")
    payment_terms_days: int | None = Field(default=None, ge=0, le=365)
    wants_ehf: bool = False
    endpoint: Text = Field(default="", max_length=60, description="Electronic address: 0192:123456785.")
    channels: list[Channel] = Field(default=[], max_length=4, description="Own order of channels; empty: as usual.")
    buyer_reference: Text = Field(default="", max_length=80)
    vat_treatment: VatTreatment | None = Field(default=None, description="Of all lines, where it is always the same.")
    notes: Text = Field(default="", max_length=2000)
    custom_properties: dict[Text, Text] = Field(default={}, max_length=100, description="By their names.")


class CustomerChange(Sent):
    """What shall be different; fields that are not sent stay as they are."""

    version: int = VERSION
    kind: CustomerKind | None = None
    name: Text | None = Field(default=None, max_length=160, min_length=1)
    organization_number: Text | None = Field(default=None, max_length=20)
    vat_number: Text | None = Field(default=None, max_length=20)
    resource_number: Text | None = Field(default=None, max_length=6)
    contact_name: Text | None = Field(default=None, max_length=120)
    email: Text | None = Field(default=None, max_length=254)
    phone: Text | None = Field(default=None, max_length=30)
    street: Text | None = Field(default=None, max_length=120)
    street_2: Text | None = Field(default=None, max_length=120)
    postal_code: Text | None = Field(default=None, max_length=12)
    city: Text | None = Field(default=None, max_length=80)
    country: Text | None = Field(default=None, max_length=2)
    language: Text | None = Field(default=None, max_length=5)
    currency: Text | None = Field(default=None, max_length=3)
    payment_terms_days: int | None = Field(default=None, ge=0, le=365, description="null: as the company's.")
    wants_ehf: bool | None = None
    endpoint: Text | None = Field(default=None, max_length=60)
    channels: list[Channel] | None = Field(default=None, max_length=4)
    buyer_reference: Text | None = Field(default=None, max_length=80)
    vat_treatment: VatTreatment | None = Field(default=None, description="null: as on each product or line.")
    notes: Text | None = Field(default=None, max_length=2000)
    custom_properties: dict[Text, Text] | None = Field(default=None, max_length=100)


class CustomerTold(Told):
    """A customer as it stands. A national id is never told."""

    id: UUID
    number: int
    kind: str
    name: str
    organization_number: str
    vat_number: str
    resource_number: str
    contact_name: str
    email: str
    phone: str
    street: str
    street_2: str
    postal_code: str
    city: str
    country: str
    language: str
    currency: str
    payment_terms_days: int | None
    wants_ehf: bool
    endpoint: str
    channels: list[str]
    buyer_reference: str
    vat_treatment: str
    notes: str
    custom_properties: dict[str, str]
    is_archived: bool
    version: int
    created_at: datetime


class CustomersAsked(PageAsked):
    """Which customers."""

    q: Text = Field(default="", max_length=100, description="A part of the name, or a number.")
    is_archived: bool = Field(default=False, description="Those out of use instead.")


class CustomerPage(Told):
    """A part of the list, by name."""

    items: list[CustomerTold]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")


class ProductFields(Sent):
    """What can be said of a product."""

    number: Text = Field(min_length=1, max_length=30)
    name: Text = Field(min_length=1, max_length=160)
    description: Text = Field(default="", max_length=500)
    unit_code: Text = Field(default="NAR", max_length=3, description="UN/ECE Recommendation 20: HUR, NAR, KGM …")
    unit_price: Amount
    price_includes_vat: bool = False
    currency: Text | None = Field(default=None, max_length=3)
    vat_treatment: VatTreatment | None = None
    revenue_account: Text = Field(default="3000", max_length=10)
    gtin: Text = Field(default="", max_length=14)


class ProductChange(Sent):
    """What shall be different; fields that are not sent stay as they are."""

    version: int = VERSION
    number: Text | None = Field(default=None, min_length=1, max_length=30)
    name: Text | None = Field(default=None, min_length=1, max_length=160)
    description: Text | None = Field(default=None, max_length=500)
    unit_code: Text | None = Field(default=None, max_length=3)
    unit_price: Amount | None = None
    price_includes_vat: bool | None = None
    currency: Text | None = Field(default=None, max_length=3)
    vat_treatment: VatTreatment | None = None
    revenue_account: Text | None = Field(default=None, max_length=10)
    gtin: Text | None = Field(default=None, max_length=14)


class ProductTold(Told):
    """A product as it stands."""

    id: UUID
    number: str
    name: str
    description: str
    unit_code: str
    unit_price: Amount
    price_includes_vat: bool
    currency: str
    vat_treatment: str
    revenue_account: str
    gtin: str
    is_archived: bool
    version: int


class ProductsAsked(PageAsked):
    """Which products."""

    q: Text = Field(default="", max_length=100, description="The beginning of a number, or a part of a name.")
    is_archived: bool = Field(default=False, description="Those out of use instead.")


class ProductPage(Told):
    """A part of the list, by number."""

    items: list[ProductTold]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")


_PLAIN_CUSTOMER = tuple(
    name
    for name in CustomerTold.model_fields
    if name not in {"endpoint", "channels", "custom_properties", "is_archived"}
)


def told_customer(customer: Customer, names: dict[str, str]) -> CustomerTold:
    """A stored customer; `names` are those of the organization's own properties by their ids."""
    endpoint = f"{customer.endpoint_scheme}:{customer.endpoint_id}" if customer.endpoint_id else ""
    own = {names[key]: str(value) for key, value in customer.custom_properties.items() if key in names}
    return CustomerTold(
        **{name: getattr(customer, name) for name in _PLAIN_CUSTOMER},
        endpoint=endpoint,
        channels=list(customer.channels),
        custom_properties=own,
        is_archived=customer.is_archived,
    )


def told_product(product: Product) -> ProductTold:
    """A stored product."""
    return ProductTold(**{name: getattr(product, name) for name in ProductTold.model_fields})
