"""What rows name, found among what the organization has: customers, projects, contract lines, facilities, products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from billing_backlog.models import ContractLine, Facility, Project
from billing_backlog.source_files.rows import Payer, SourceRow
from customers.actions.national_ids import COLUMN
from customers.models import Customer, Product
from foundation import encryption
from foundation.errors import DomainError
from tenants.models import Organization

NUMBER_MAX = 2_147_483_647
CUSTOMER_FIELDS = (
    "id", "number", "name", "organization_number", "resource_number", "national_id_lookup",
)  # fmt: skip


class UnknownPayer(DomainError):
    """Nobody here has the number or name by which the file calls the customer."""


class UnknownThing(DomainError):
    """What the row names is not registered."""


@dataclass(slots=True)
class Known:
    """What the rows of a batch name, by the words in which they name it."""

    organization: Organization
    by_number: dict[str, Customer] = field(default_factory=dict)
    by_organization_number: dict[str, list[Customer]] = field(default_factory=lambda: defaultdict(list))
    by_resource_number: dict[str, list[Customer]] = field(default_factory=lambda: defaultdict(list))
    by_national_id: dict[str, Customer] = field(default_factory=dict)
    by_name: dict[str, list[Customer]] = field(default_factory=lambda: defaultdict(list))
    projects: dict[str, Project] = field(default_factory=dict)
    lines: dict[str, list[ContractLine]] = field(default_factory=lambda: defaultdict(list))
    facilities: dict[str, Facility] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    def customer_of(self, payer: Payer) -> UUID | None:
        """Who pays; None where the file does not say it. Raises UnknownPayer with the way out."""
        if not payer.is_named:
            return None
        found = self._candidates(payer)
        if len(found) > 1:
            raise UnknownPayer(
                _("%(count)s customers fit “%(who)s”. Write the customer number.")
                % {"count": len(found), "who": payer.shown},
                field="customer",
            )
        if not found:
            raise UnknownPayer(_unknown(payer), field="customer")
        customer = found[0]
        said = payer.organization_number
        if said and customer.organization_number and said != customer.organization_number:
            raise UnknownPayer(
                _("Customer %(number)s is %(name)s, whose organization number is another than %(said)s. Correct one.")
                % {"number": customer.number, "name": customer.name, "said": said},
                field="customer",
            )
        return customer.pk

    def _candidates(self, payer: Payer) -> Sequence[Customer]:
        """By the first number that the file gives; by the name where it gives none."""
        if payer.number:
            return [self.by_number[payer.number]] if payer.number in self.by_number else []
        if payer.national_id:
            return [self.by_national_id[payer.national_id]] if payer.national_id in self.by_national_id else []
        if payer.organization_number:
            return self.by_organization_number.get(payer.organization_number, [])
        if payer.resource_number:
            return self.by_resource_number.get(payer.resource_number, [])
        return self.by_name.get(payer.name.casefold(), [])

    def line_of(self, row: SourceRow) -> ContractLine | None:
        """The contract line that the row means: the only one, or that with its product or its name."""
        if not row.contract:
            return None
        number, name = (row.contract, "") if row.contract in self.lines else split_contract(row.contract)
        lines = self.lines.get(number, [])
        if not lines:
            raise UnknownThing(
                _("There is no contract %(number)s, or it has no lines. Register it first.") % {"number": number},
                field="contract",
            )
        if name:
            lines = [line for line in lines if line.name.casefold() == name.casefold()]
        elif len(lines) > 1 and row.product:
            lines = [line for line in lines if line.product is not None and line.product.number == row.product]
        if len(lines) != 1:
            raise UnknownThing(
                _("Contract %(number)s has several lines. Write which: “%(number)s / name of the line”.")
                % {"number": number},
                field="contract",
            )
        return lines[0]

    def thing(self, found: Mapping[str, Any], number: str, field_name: str) -> Any:
        """What has this number; None where the row names none."""
        if not number:
            return None
        if number not in found:
            raise UnknownThing(
                _("“%(number)s” is not registered here. Register it first, or empty the cell.") % {"number": number},
                field=field_name,
            )
        return found[number]


def split_contract(told: str) -> tuple[str, str]:
    """Number and line of “K-2204 / Rådgivning”; a number may hold such a stroke itself."""
    number, _mark, name = told.rpartition("/")
    return (number.strip(), name.strip()) if number else (told, "")


def _unknown(payer: Payer) -> str:
    if payer.shown:
        return _("No customer here is “%(who)s”. Register the customer with that number, then rehearse again.") % {
            "who": payer.shown
        }
    return _("No customer here has the national id of this row. Keep it on the customer, then rehearse again.")


def known_of(organization: Organization, rows: Sequence[SourceRow]) -> Known:
    """What these rows name, in the same few questions for one row as for a thousand."""
    known = Known(organization)
    _find_customers(known, [row.payer for row in rows])
    known.projects = _by_number(Project.objects.of(organization), {row.project for row in rows})
    known.products = _by_number(Product.objects.of(organization), {row.product for row in rows})
    facilities = {row.facility for row in rows} | {row.dimensions.get("dim_3", "") for row in rows}
    known.facilities = _by_number(Facility.objects.of(organization), facilities)
    contracts = {number for row in rows for number in (row.contract, split_contract(row.contract)[0])} - {""}
    if contracts:
        found = ContractLine.objects.of(organization).filter(contract__number__in=contracts)
        for line in found.select_related("contract", "product").order_by("position"):
            known.lines[line.contract.number].append(line)
    return known


def _by_number(found: Any, numbers: Iterable[str]) -> dict[str, Any]:
    wanted = set(numbers) - {""}
    return {row.number: row for row in found.filter(number__in=wanted)} if wanted else {}


def _find_customers(known: Known, payers: Sequence[Payer]) -> None:
    numbers = {payer.number for payer in payers if payer.number.isdecimal() and int(payer.number) <= NUMBER_MAX}
    identities = {payer.organization_number for payer in payers} - {""}
    resources = {payer.resource_number for payer in payers} - {""}
    names = {payer.name for payer in payers if payer.is_named and not payer.number} - {""}
    digests = _digests(known.organization, {payer.national_id for payer in payers} - {""})
    found = Customer.objects.of(known.organization).filter(
        Q(number__in=[int(number) for number in numbers])
        | Q(organization_number__in=identities)
        | Q(resource_number__in=resources)
        | Q(name__in=names)
        | Q(national_id_lookup__in=list(digests))
    )
    for customer in found.only(*CUSTOMER_FIELDS, "organization_id"):
        known.by_number[str(customer.number)] = customer
        known.by_name[customer.name.casefold()].append(customer)
        if customer.organization_number:
            known.by_organization_number[customer.organization_number].append(customer)
        if customer.resource_number:
            known.by_resource_number[customer.resource_number].append(customer)
        if customer.national_id_lookup in digests:
            known.by_national_id[digests[customer.national_id_lookup]] = customer


def _digests(organization: Organization, national_ids: Iterable[str]) -> dict[str, str]:
    """The keyed hashes under which national ids are kept, and the id that each stands for."""
    return {
        digest: national_id
        for national_id in national_ids
        for digest in encryption.lookup_digests(national_id, organization_id=organization.pk, column=COLUMN)
    }
