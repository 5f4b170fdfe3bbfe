"""Customers for programs: list, fetch, register, change; by the rules of the form that people fill in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from customers import queries
from customers.actions import customers as actions
from customers.api.schemas import (
    CustomerChange,
    CustomerFields,
    CustomerPage,
    CustomersAsked,
    CustomerTold,
    told_customer,
)
from customers.forms.channels import PLACES, places_of
from customers.forms.custom_properties import field_name
from customers.forms.customers import CustomerForm
from customers.models import Customer, CustomProperty, PropertyKind, PropertySubject
from foundation.api.fields import invalid, refuse_invalid
from foundation.api.pages import page_after
from foundation.api.values import NUMBER
from foundation.forms import read_number
from foundation.keyset import Key
from foundation.templatetags.formatting import format_for_input, language_of_page
from foundation.text import search_words
from foundation.transactions import read_only
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.models import Organization
from tenants.permissions import Permission

router = Router(tags=["Customers"])
NAME_ORDER = (Key("name_key", str), Key("id", UUID))
EMPTIED_BY_NULL = frozenset({"payment_terms_days", "vat_treatment"})
SENT = {"kind": "business", "name": "Fjordkraft Rør AS", "organization_number": "923609016", "country": "NO"}
TOLD: dict[str, Any] = {
    **dict.fromkeys(
        ("vat_number", "resource_number", "contact_name", "phone", "street_2", "vat_treatment", "notes"), ""
    ),
    **SENT,
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "number": 10042,
    "email": "faktura@fjordkraft.example",
    "street": "Storgata 1",
    "postal_code": "0155",
    "city": "Oslo",
    "language": "nb",
    "currency": "NOK",
    "payment_terms_days": None,
    "wants_ehf": True,
    "endpoint": "0192:923609016",
    "channels": [],
    "buyer_reference": "Innkjøp",
    "custom_properties": {},
    "is_archived": False,
    "version": 1,
    "created_at": "2027-01-04T08:15:00Z",
}


@operation(
    router,
    "GET",
    "/customers",
    Permission.VIEW_CUSTOMERS,
    Says(answer=CustomerPage, told={"items": [TOLD], "next": ""}),
)
def list_customers(request: ApiRequest, asked: Query[CustomersAsked]) -> CustomerPage:
    """List customers by name, in use or out of use."""
    rows = queries.list_customers(request.organization, words=search_words(asked.q), is_archived=asked.is_archived)
    page = page_after(rows, NAME_ORDER, asked)
    names = _names(request.organization)
    return CustomerPage(items=[told_customer(row, names) for row in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/customers/{uuid:customer_id}",
    Permission.VIEW_CUSTOMERS,
    Says(answer=CustomerTold, told=TOLD, refuses=(404,)),
)
def get_customer(request: ApiRequest, customer_id: UUID) -> CustomerTold:
    """Fetch one customer."""
    return told_customer(queries.get_customer(request.organization, customer_id), _names(request.organization))


@operation(
    router,
    "POST",
    "/customers",
    Permission.EDIT_CUSTOMERS,
    Says(answer=CustomerTold, status=201, sent=SENT, told=TOLD),
)
def create_customer(request: ApiRequest, customer: CustomerFields) -> Any:
    """Register a customer under the next customer number."""
    organization = request.organization
    values = customer.model_dump(exclude={"channels", "custom_properties"})
    values["country"] = values["country"] or organization.country
    values["language"] = values["language"] or organization.language
    values["currency"] = values["currency"] or organization.base_currency
    with read_only():
        definitions = queries.list_properties(organization, PropertySubject.CUSTOMER)
        names = _names(organization)
    data = {**values, **places_of(customer.channels), **_own(definitions, customer.custom_properties)}
    form = CustomerForm(data, organization=organization, definitions=definitions)
    refuse_invalid(form, _called(definitions))

    def act() -> CustomerTold:
        made = actions.create_customer(organization, values=form.values(), actor=request.actor)
        return told_customer(made, names)

    return once(request, act, status=201)


@operation(
    router,
    "PATCH",
    "/customers/{uuid:customer_id}",
    Permission.EDIT_CUSTOMERS,
    Says(answer=CustomerTold, sent={"version": 1, "city": "Bergen"}, told=TOLD, refuses=(404, 409)),
)
def update_customer(request: ApiRequest, customer_id: UUID, customer: CustomerChange) -> Any:
    """Change a customer: what is sent, and nothing else."""
    organization = request.organization
    with read_only():
        stored = queries.get_customer(organization, customer_id)
        definitions = queries.list_properties(organization, PropertySubject.CUSTOMER)
        names = _names(organization)
    sent = _changed(customer)
    data = {**_as_typed(stored, definitions), **sent}
    if customer.channels is not None:
        data |= places_of(customer.channels)
    if customer.custom_properties is not None:
        data |= _own(definitions, customer.custom_properties)
    form = CustomerForm(data, instance=stored, organization=organization, definitions=definitions)

    def act() -> CustomerTold:
        changed = actions.update_customer(
            organization, customer_id, values=form.values(), version=customer.version, actor=request.actor
        )
        return told_customer(changed, names)

    return once(request, act, before=lambda: refuse_invalid(form, _called(definitions)))


@operation(
    router,
    "POST",
    "/customers/{uuid:customer_id}/archive",
    Permission.EDIT_CUSTOMERS,
    Says(answer=CustomerTold, told={**TOLD, "is_archived": True}, refuses=(404,)),
)
def archive_customer(request: ApiRequest, customer_id: UUID) -> Any:
    """Take a customer out of use; documents and numbers remain."""
    with read_only():
        names = _names(request.organization)

    def act() -> CustomerTold:
        now = timezone.now()
        gone = actions.archive_customer(request.organization, customer_id, actor=request.actor, now=now)
        return told_customer(gone, names)

    return once(request, act)


def _names(organization: Organization) -> dict[str, str]:
    return queries.property_names(organization, PropertySubject.CUSTOMER)


def _changed(customer: CustomerChange) -> dict[str, Any]:
    said = customer.model_dump(include=customer.model_fields_set - {"version", "channels", "custom_properties"})
    return {name: value for name, value in said.items() if value is not None or name in EMPTIED_BY_NULL}


def _as_typed(stored: Customer, definitions: list[CustomProperty]) -> dict[str, Any]:
    """A stored customer as its form holds it."""
    form = {name: getattr(stored, name) for name in CustomerForm.Meta.fields}
    endpoint = f"{stored.endpoint_scheme}:{stored.endpoint_id}" if stored.endpoint_id else ""
    own = {row.name: str(stored.custom_properties.get(str(row.pk), "")) for row in definitions}
    return {**form, "endpoint": endpoint, **places_of(stored.channels), **_own(definitions, own)}


def _own(definitions: list[CustomProperty], values: dict[str, str]) -> dict[str, str]:
    """The organization's own properties by the names of their fields; a name that nobody has is refused."""
    by_name = {row.name: row for row in definitions}
    unknown = [name for name in values if name not in by_name]
    if unknown:
        sentence = _("There is no own property of that name in use.")
        raise invalid([(f"custom_properties.{name}", sentence) for name in unknown])
    return {field_name(by_name[name]): _typed(by_name[name], value) for name, value in values.items()}


def _typed(row: CustomProperty, value: str) -> str:
    """A number with its point as somebody would type it in the language of the call; anything else as it stands."""
    if row.kind != PropertyKind.NUMBER or not NUMBER.fullmatch(value):
        return value
    return format_for_input(read_number(value, "en"), language_of_page())


def _called(definitions: list[CustomProperty]) -> dict[str, str]:
    own = {field_name(row): f"custom_properties.{row.name}" for row in definitions}
    return {**dict.fromkeys(PLACES, "channels"), **own}
