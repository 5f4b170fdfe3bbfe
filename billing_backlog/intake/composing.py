"""Backlog items out of what was told: which customers, which price, which VAT; decided once, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from billing_backlog.billing_methods import Work, split_fixed, split_work
from billing_backlog.errors import ItemIsUnclear, PriceNeedsReason
from billing_backlog.intake.plain import NewItem
from billing_backlog.models import BacklogItem, ContractCustomer, ContractLine, Facility, ItemKind, Project
from customers.models import Customer, Product
from customers.units import UNITS
from customers.vat import VatTreatment
from foundation.templatetags.formatting import format_amount, language_of_page
from invoicing.models import ChargeKind
from tenants.models import Organization

_T = TypeVar("_T")

AMOUNT_MAX = Decimal("99999999999999.99")
QUANTITY_MAX = Decimal("999999999999")
AGREED_AMOUNTS = {ItemKind.MILESTONE, ItemKind.PROGRESS}  # split as amounts, to the øre


@dataclass(slots=True)
class Surroundings:
    """What the organization has that items can name: each by its id."""

    organization: Organization
    customers: dict[UUID, Customer] = field(default_factory=dict)
    lines: dict[UUID, ContractLine] = field(default_factory=dict)  # with contract and project
    shares: dict[UUID, list[ContractCustomer]] = field(default_factory=dict)  # by contract, with customers
    projects: dict[UUID, Project] = field(default_factory=dict)
    facilities: dict[UUID, Facility] = field(default_factory=dict)
    products: dict[UUID, Product] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Price:
    price: Decimal
    rule_price: Decimal | None
    rule: str
    includes_vat: bool


def compose_items(new: NewItem, around: Surroundings, *, now: datetime, is_released: bool) -> list[BacklogItem]:
    """The items of one piece of work, one for each customer who bears a share of it (M-037); nothing is stored.

    Raises ItemIsUnclear or PriceNeedsReason with the field's name.
    """
    line = _known(around.lines, new.line_id, "line")
    project = line.contract.project if line else _known(around.projects, new.project_id, "project")
    facility = _known(around.facilities, new.facility_id, "facility")
    product = _known(around.products, new.product_id or (line.product_id if line else None), "product")
    _refuse_senseless(new, line)
    payers = _payers(new, line, around)
    price = _price_of(new, line, product)
    split = split_fixed if new.kind in AGREED_AMOUNTS else split_work
    works = split(Work(new.quantity, price.price), [share for _customer, share in payers])
    items = []
    for number, ((customer, _share), work) in enumerate(zip(payers, works, strict=True), start=1):
        if not work.quantity:
            continue
        if abs(work.amount) > AMOUNT_MAX:
            raise ItemIsUnclear(_("The amount is too large. Check quantity and price."), field="quantity")
        items.append(
            BacklogItem(
                organization_id=around.organization.pk,
                kind=new.kind,
                customer=customer,
                project=project,
                contract=line.contract if line else None,
                line=line,
                milestone_id=new.milestone_id,
                facility=facility,
                entry_id=new.entry_id,
                product=product,
                share_number=number,
                day=new.day,
                period_from=new.period_from,
                text=new.text.strip()[:500],
                internal_text=new.internal_text.strip()[:500],
                performed_by=new.performed_by[:120],
                quantity=work.quantity,
                unit_code=new.unit_code or (line.unit_code if line else product.unit_code if product else "NAR"),
                unit_price=work.unit_price,
                price_includes_vat=price.includes_vat,
                amount=work.amount,
                currency=new.currency or (line.contract.currency if line else customer.currency),
                charge_kind=new.charge_kind,
                rule_price=work.unit_price if price.rule_price == price.price else price.rule_price,
                price_rule=price.rule[:120],
                price_reason=new.price_reason.strip()[:300],
                vat_treatment=_vat_of(new, [line, line and line.contract, project, customer, facility, product]),
                revenue_account=_account_of(new, line, facility, product),
                dimensions=_dimensions_of(new, project, facility),
                source_system=new.source.system if new.source else "",
                source_order=new.source.order if new.source else "",
                source_line=new.source.line if new.source else "",
                approved_by=new.approved_by[:120],
                released_at=now if is_released else None,
                created_at=now,
            )
        )
    return items


def _known(found: Mapping[UUID, _T], key: UUID | None, field_name: str) -> _T | None:
    if key is None:
        return None
    if key not in found:
        raise ItemIsUnclear(
            _("Nothing here has that id. Check the %(field)s.") % {"field": field_name}, field=field_name
        )
    return found[key]


def _refuse_senseless(new: NewItem, line: ContractLine | None) -> None:
    if new.kind not in ItemKind.values:
        raise ItemIsUnclear(
            _("Choose one of these kinds: %(kinds)s.") % {"kinds": ", ".join(ItemKind.values)}, field="kind"
        )
    if new.charge_kind not in ChargeKind.values:
        raise ItemIsUnclear(
            _("Choose one of these: %(kinds)s.") % {"kinds": ", ".join(ChargeKind.values)}, field="charge_kind"
        )
    if not new.quantity or abs(new.quantity) > QUANTITY_MAX:
        raise ItemIsUnclear(_("Give a quantity other than zero."), field="quantity")
    if not new.text.strip():
        raise ItemIsUnclear(_("Write what is billed; it stands on the invoice."), field="text")
    if new.unit_code and new.unit_code not in UNITS:
        raise ItemIsUnclear(
            _("“%(unit)s” is no unit that we know. Use a code such as HUR or NAR.") % {"unit": new.unit_code},
            field="unit_code",
        )
    if new.vat_treatment and new.vat_treatment not in set(VatTreatment):
        raise ItemIsUnclear(_("That is no VAT treatment that we know."), field="vat_treatment")
    if line is not None and new.day < line.contract.starts_on:
        raise ItemIsUnclear(
            _("The contract begins on %(day)s. Choose a later day or another contract.")
            % {"day": line.contract.starts_on.isoformat()},
            field="day",
        )
    end = min((day for day in (line.ended_on, line.contract.ends_on) if day), default=None) if line else None
    if end is not None and new.day > end:
        raise ItemIsUnclear(
            _("The contract ended on %(day)s. Choose an earlier day or another contract.") % {"day": end.isoformat()},
            field="day",
        )


def _payers(new: NewItem, line: ContractLine | None, around: Surroundings) -> list[tuple[Customer, Decimal]]:
    """Who pays which per cent: the contract's customers, or the one who is named."""
    named = _known(around.customers, new.customer_id, "customer")
    if line is None:
        if named is None:
            raise ItemIsUnclear(_("Say who pays: a customer or a contract line."), field="customer")
        payers = [(named, Decimal(100))]
    else:
        shares: Sequence[ContractCustomer] = around.shares.get(line.contract_id, [])
        payers = [(share.customer, share.share_percent) for share in shares]
        if not payers:
            raise ItemIsUnclear(_("The contract has no customer yet. Add one to it."), field="line")
        if named is not None and named.pk not in {customer.pk for customer, _share in payers}:
            raise ItemIsUnclear(_("%(name)s is no customer of that contract.") % {"name": named.name}, field="customer")
    if named is not None and new.bears_all:
        payers = [(named, Decimal(100))]
    for customer, _share in payers:
        if customer.is_archived or customer.is_erased:
            raise ItemIsUnclear(
                _("%(name)s is out of use. Take the customer into use again, or choose another.")
                % {"name": customer.name},
                field="customer",
            )
    return payers


def _price_of(new: NewItem, line: ContractLine | None, product: Product | None) -> _Price:
    """The price as told, or as the rule says: the teller's own list, the contract line, the product."""
    includes_vat = new.price_includes_vat
    if new.rule_price is not None:
        rule, words = new.rule_price, new.price_rule
    elif line is not None and line.unit_price is not None and new.kind in {"time", "booking", "visit", "material"}:
        rule, words = (
            line.unit_price,
            _("Contract %(number)s, %(line)s")
            % {
                "number": line.contract.number,
                "line": line.name,
            },
        )
    elif product is not None:
        rule, words = product.unit_price, _("Product %(number)s") % {"number": product.number}
        includes_vat = product.price_includes_vat if includes_vat is None else includes_vat
    else:
        rule, words = None, new.price_rule
    price = new.unit_price if new.unit_price is not None else rule
    if price is None:
        raise ItemIsUnclear(_("Give a price: neither the contract nor a product has one."), field="unit_price")
    if price < 0:
        raise ItemIsUnclear(_("A price is not negative. Give a negative quantity instead."), field="unit_price")
    if rule is not None and price != rule and not new.price_reason.strip():
        raise PriceNeedsReason(
            _("%(rule)s says %(price)s. Write why another price is taken.")
            % {"rule": words or _("The price list"), "price": format_amount(rule, language_of_page())},
            field="price_reason",
        )
    return _Price(price, rule, words, bool(includes_vat))


def _vat_of(new: NewItem, bearers: Sequence[object]) -> str:
    """The first that says something: teller, contract line, contract, project, customer, facility, product (M-065)."""
    said = (str(getattr(bearer, "vat_treatment", "") or "") for bearer in bearers if bearer)
    return new.vat_treatment or next((words for words in said if words), VatTreatment.STANDARD.value)


def _account_of(new: NewItem, line: ContractLine | None, facility: Facility | None, product: Product | None) -> str:
    said = [new.revenue_account, line.revenue_account if line else ""]
    said += [bearer.revenue_account for bearer in (facility, product) if bearer]
    return next((account for account in said if account), "3000")


def _dimensions_of(new: NewItem, project: Project | None, facility: Facility | None) -> dict[str, str]:
    own = {"project": project.number} if project else {}
    given = {**(project.dimensions if project else {}), **(facility.dimensions if facility else {}), **new.dimensions}
    return {**own, **{name: str(value) for name, value in given.items() if value not in (None, "")}}
