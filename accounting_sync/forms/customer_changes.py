"""What the accounting system says of a customer, by the rules of the form that people fill in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from accounting_sync.models import CustomerChange
from customers.forms.channels import places_of
from customers.forms.customers import OWN_ADDRESS_SCHEMES, CustomerForm
from customers.models import Customer
from foundation.errors import DomainError, Refusals
from tenants.models import Organization

# What else is wrong once a field is: identities are those of a country, electronic addresses follow from both.
FOLLOWS = {
    "organization_number": ("endpoint",),
    "country": ("organization_number", "vat_number", "endpoint"),
}


class ValueDoesNotFit(DomainError):
    """What the accounting system says cannot be taken over; names the field and says why."""


def values_to_take(organization: Organization, change: CustomerChange, names: Collection[str]) -> Mapping[str, Any]:
    """The chosen fields as the customer's form cleans them; raises ValueDoesNotFit for every one that it refuses."""
    customer = change.customer
    data = _as_typed(customer) | {name: theirs for name, (_ours, theirs) in change.fields.items() if name in names}
    form = CustomerForm(data, instance=_copy(customer), organization=organization)
    form.is_valid()
    looked_at = dict.fromkeys([*names, *(each for name in names for each in FOLLOWS.get(name, ()))])
    wrong = [name for name in looked_at if name in form.errors]
    if wrong:
        raise Refusals(
            ValueDoesNotFit(f"{form[name].label}: {' '.join(map(str, form.errors[name]))}", field=name)
            for name in wrong
        )
    values = {name: form.cleaned_data[name] for name in names}
    if "endpoint" in looked_at and form.cleaned_data["endpoint"]:
        scheme, _colon, identifier = form.cleaned_data["endpoint"].partition(":")
        values |= {"endpoint_scheme": scheme, "endpoint_id": identifier}
    return values


def _as_typed(customer: Customer) -> dict[str, Any]:
    """The customer as its form holds it; an electronic address that is only its organization number follows that."""
    held = {name: getattr(customer, name) for name in CustomerForm.Meta.fields}
    own = (OWN_ADDRESS_SCHEMES.get(customer.country, ""), customer.organization_number)
    is_own = (customer.endpoint_scheme, customer.endpoint_id) == own
    endpoint = f"{customer.endpoint_scheme}:{customer.endpoint_id}" if customer.endpoint_id and not is_own else ""
    return {**held, "endpoint": endpoint, **places_of(customer.channels)}


def _copy(customer: Customer) -> Customer:
    """A form writes into the record that it is given."""
    return Customer(**{column.attname: getattr(customer, column.attname) for column in Customer._meta.concrete_fields})
