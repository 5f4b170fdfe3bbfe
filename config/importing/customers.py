"""Customers in files: found again by number, organization number or name and address, and read by the form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from config.importing.columns import CUSTOMER_COLUMNS, OWN, Column, own_columns
from config.importing.planning import refusals_of, told_by_the_batch
from customers.actions.erasure import erased_refusal
from customers.actions.importing import Incoming
from customers.channels import Channel
from customers.forms.channels import places_of
from customers.forms.custom_properties import field_name
from customers.forms.customers import ContactForm, CustomerForm
from customers.models import Contact, Customer, CustomerKind, PropertySubject
from customers.own_values import named_changes
from customers.queries import list_properties
from foundation.countries import country_choices
from tenants import audit
from tenants.models import Organization

NUMBER_MAX = 2_147_483_647
LIKENESS = ("name", "kind", "email", "street", "postal_code")


class ImportedCustomerForm(CustomerForm):
    """The customer's form without its questions to the database: rows are compared with what is stored by the batch."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.instance.validate_constraints = told_by_the_batch

    def validate_unique(self) -> None:
        """Told by the batch."""


class CustomerImport:
    """The kind of import that makes customers."""

    name = "customers"
    required = ("name",)

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.definitions = list_properties(organization, PropertySubject.CUSTOMER)
        self.columns: tuple[Column, ...] = (*CUSTOMER_COLUMNS, *own_columns(self.definitions))
        self._countries = {str(name).casefold(): code for code, name in country_choices()}
        self._people: dict[Any, list[Contact]] = {}

    def stored(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The customer of each row; a sentence where several fit."""
        numbers = {int(row["number"]) for row in rows if _is_number(row.get("number", ""))}
        identities = {_identity(row) for row in rows} - {""}
        names = {str(row.get("name", "")) for row in rows}
        found = list(
            Customer.objects.of(self.organization).filter(
                Q(number__in=numbers) | Q(organization_number__in=identities) | Q(name__in=names)
            )
        )
        by_number = {customer.number: customer for customer in found}
        by_identity: dict[str, list[Customer]] = defaultdict(list)
        by_likeness: dict[tuple[str, ...], list[Customer]] = defaultdict(list)
        for customer in found:
            by_identity[customer.organization_number].append(customer)
            by_likeness[_likeness({name: getattr(customer, name) for name in LIKENESS})].append(customer)
        self._people = defaultdict(list)
        for contact in Contact.objects.of(self.organization).filter(customer_id__in=[one.pk for one in found]):
            self._people[contact.customer_id].append(contact)
        return [self._found(row, by_number, by_identity, by_likeness) for row in rows]

    def _found(
        self,
        row: Mapping[str, Any],
        by_number: Mapping[int, Customer],
        by_identity: Mapping[str, list[Customer]],
        by_likeness: Mapping[tuple[str, ...], list[Customer]],
    ) -> Any:
        if row.get("number", ""):
            # A file that numbers its rows means those numbers, and no likeness.
            return by_number.get(int(row["number"])) if _is_number(row["number"]) else None
        same = by_identity.get(_identity(row), []) if _identity(row) else by_likeness.get(_likeness(row), [])
        if len(same) > 1:
            return _("%(count)s customers fit this row. Write the customer number.") % {"count": len(same)}
        return same[0] if same else None

    def key(self, typed: Mapping[str, Any]) -> str:
        """The number, else the organization number, else everything by which a person is told apart."""
        if typed.get("number", ""):
            return f"number {typed['number']}"
        return f"identity {_identity(typed)}" if _identity(typed) else "|".join(_likeness(typed))

    def label(self, typed: Mapping[str, Any]) -> str:
        """The name."""
        return str(typed.get("name", ""))

    def incoming(self, typed: Mapping[str, Any], record: Any) -> tuple[Incoming | None, list[str]]:
        """The customer as the form reads it, and the people who are not registered there yet."""
        problems = self._problems(typed)
        if record is not None and record.is_erased:
            problems.append(str(erased_refusal(record)))
        form = ImportedCustomerForm(
            self._form_data(typed, record),
            instance=_copy(record) if record else None,
            organization=self.organization,
            definitions=self.definitions,
        )
        if not form.is_valid():
            problems += refusals_of(form)
        people, refused = self._people_to_add(typed, record)
        problems += refused
        if problems:
            return None, problems
        values = form.values()
        if record is None:
            number = typed.get("number", "")
            return Incoming(
                values=values | ({"number": int(number)} if number else {}),
                contacts=people,
                in_use=typed.get("in_use", True),
            ), []
        return self._change(values, typed, record, people)

    def _change(
        self, values: dict[str, Any], typed: Mapping[str, Any], record: Customer, people: list[dict[str, str]]
    ) -> tuple[Incoming | None, list[str]]:
        if record.has_national_id and values["kind"] != CustomerKind.CONSUMER:
            return None, [_("Only consumers have national ids. Erase the national id before you change the kind.")]
        own = values.pop("custom_properties", record.custom_properties)
        changes = audit.changes({name: getattr(record, name) for name in values}, values)
        changes |= named_changes(self.definitions, record.custom_properties, own)
        in_use = typed.get("in_use", not record.is_archived)
        if in_use == record.is_archived:
            changes["in_use"] = [str(not record.is_archived), str(in_use)]
        return Incoming(
            values=values | {"custom_properties": own},
            record_id=record.pk,
            version=record.version,
            changes=changes,
            contacts=people,
            in_use=in_use,
        ), []

    def _problems(self, typed: Mapping[str, Any]) -> list[str]:
        problems = []
        number = str(typed.get("number", ""))
        if number and not _is_number(number):
            problems.append(_("Customer number: write digits, or leave the cell empty for the next number."))
        if len(typed.get("channels", [])) > len(Channel.values):
            problems.append(_("Order of channels: write each channel once."))
        for name in ("wants_ehf", "in_use"):
            if isinstance(typed.get(name), str):
                label = next(column.label for column in self.columns if column.name == name)
                problems.append(_("%(field)s: write yes or no.") % {"field": label})
        return problems

    def _form_data(self, typed: Mapping[str, Any], record: Customer | None) -> dict[str, Any]:
        organization = self.organization
        if record is None:
            data: dict[str, Any] = {
                "kind": CustomerKind.BUSINESS,
                "country": organization.country,
                "language": organization.language,
                "currency": organization.base_currency,
            }
        else:
            data = {name: getattr(record, name) for name in CustomerForm.Meta.fields}
            data |= places_of(record.channels)
            data["endpoint"] = f"{record.endpoint_scheme}:{record.endpoint_id}" if record.endpoint_id else ""
            blank = CustomerForm(instance=_copy(record), organization=organization, definitions=self.definitions)
            data |= {field_name(row): blank.fields[field_name(row)].initial or "" for row in self.definitions}
        for name, value in typed.items():
            if name.startswith(OWN):
                data[f"own-{name.removeprefix(OWN)}"] = value
            elif name in {"kind", "country", "language", "currency"}:
                data[name] = self._code(name, str(value)) or data[name]
            elif name == "wants_ehf":
                data[name] = value is True
            elif name == "channels":
                data |= places_of(value)
            elif name in CustomerForm.base_fields:
                data[name] = value
        return data

    def _code(self, name: str, typed: str) -> str:
        if name == "country":
            return self._countries.get(typed.casefold(), typed.upper())
        return typed.upper() if name == "currency" else typed.casefold() if name == "language" else typed

    def _people_to_add(
        self, typed: Mapping[str, Any], record: Customer | None
    ) -> tuple[list[dict[str, str]], list[str]]:
        here = {(one.name, one.email, one.phone) for one in self._people.get(record.pk, [])} if record else set()
        fresh, problems = [], []
        for person in typed.get("contacts", []):
            form = ContactForm(person)
            if not form.is_valid():
                problems += refusals_of(form)
                continue
            values = {name: form.cleaned_data[name] for name in ("name", "email", "phone")}
            if (values["name"], values["email"], values["phone"]) not in here:
                fresh.append(values)
        return fresh, problems


def _copy(record: Customer) -> Customer:
    """A form writes into the record that it is given."""
    return Customer(**{column.attname: getattr(record, column.attname) for column in Customer._meta.concrete_fields})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 10 and 0 < int(text) <= NUMBER_MAX


def _identity(row: Mapping[str, Any]) -> str:
    """The organization number as it is stored: without what people put between its digits."""
    return "".join(character for character in str(row.get("organization_number", "")) if character.isalnum())


def _likeness(row: Mapping[str, Any]) -> tuple[str, ...]:
    told = {"kind": CustomerKind.BUSINESS.value} | {name: value for name, value in row.items() if value}
    return tuple(str(told.get(name, "")).casefold() for name in LIKENESS)
