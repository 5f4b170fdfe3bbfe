"""Products in files: found again by their number, and read by the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from config.importing.columns import PRODUCT_COLUMNS, Column
from config.importing.planning import refusals_of, told_by_the_batch
from customers.actions.importing import Incoming
from customers.forms.products import ProductForm
from customers.models import Product
from customers.units import UNITS, unit_name
from foundation.templatetags.formatting import format_for_input, language_of_page
from payments.queries import list_revenue_accounts
from tenants import audit
from tenants.models import Organization


class ImportedProductForm(ProductForm):
    """The product's form without its questions to the database: rows are compared with what is stored by the batch."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.instance.validate_constraints = told_by_the_batch

    def validate_unique(self) -> None:
        """Told by the batch."""


class ProductImport:
    """The kind of import that makes products."""

    name = "products"
    required = ("number", "name", "unit_price")
    columns: Sequence[Column] = PRODUCT_COLUMNS

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.accounts = [(account.number, str(account)) for account in list_revenue_accounts(organization)]
        language = language_of_page()
        self._units = {unit_name(code, language).casefold(): code for code in UNITS}

    def stored(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The product with the number of each row."""
        numbers = {str(row.get("number", "")) for row in rows}
        found = {row.number: row for row in Product.objects.of(self.organization).filter(number__in=numbers)}
        return [found.get(str(row.get("number", ""))) for row in rows]

    def key(self, typed: Mapping[str, Any]) -> str:
        """The number."""
        return str(typed.get("number", ""))

    def label(self, typed: Mapping[str, Any]) -> str:
        """Number and name."""
        return f"{typed.get('number', '')} {typed.get('name', '')}".strip()

    def incoming(self, typed: Mapping[str, Any], record: Any) -> tuple[Incoming | None, list[str]]:
        """The product as the form reads it."""
        problems = []
        for name in ("price_includes_vat", "in_use"):
            if isinstance(typed.get(name), str):
                label = next(column.label for column in self.columns if column.name == name)
                problems.append(_("%(field)s: write yes or no.") % {"field": label})
        form = ImportedProductForm(
            self._form_data(typed, record),
            instance=_copy(record) if record else None,
            organization=self.organization,
            accounts=self.accounts,
        )
        if not form.is_valid():
            problems += refusals_of(form)
        if problems:
            return None, problems
        values = form.values()
        if record is None:
            return Incoming(values=values, in_use=typed.get("in_use", True)), []
        changes = audit.changes({name: getattr(record, name) for name in values}, values)
        in_use = typed.get("in_use", not record.is_archived)
        if in_use == record.is_archived:
            changes["in_use"] = [str(not record.is_archived), str(in_use)]
        return Incoming(values=values, record_id=record.pk, version=record.version, changes=changes, in_use=in_use), []

    def _form_data(self, typed: Mapping[str, Any], record: Product | None) -> dict[str, Any]:
        organization = self.organization
        if record is None:
            data: dict[str, Any] = {
                "unit_code": "NAR",
                "currency": organization.base_currency,
                "vat_treatment": "standard" if organization.is_vat_registered else "outside",
                "revenue_account": "3000" if organization.is_vat_registered else "3200",
            }
        else:
            data = {name: getattr(record, name) for name in ProductForm.Meta.fields}
            data["unit_price"] = format_for_input(record.unit_price, language_of_page())
        for name, value in typed.items():
            if name == "price_includes_vat":
                data[name] = value is True
            elif name == "unit_code":
                data[name] = self._units.get(str(value).casefold(), str(value).upper()) or data[name]
            elif name == "currency":
                data[name] = str(value).upper() or data[name]
            elif name in {"vat_treatment", "revenue_account"}:
                data[name] = value or data[name]
            elif name in ProductForm.base_fields:
                data[name] = value
        return data


def _copy(record: Product) -> Product:
    """A form writes into the record that it is given."""
    return Product(**{column.attname: getattr(record, column.attname) for column in Product._meta.concrete_fields})
