"""What a draft can choose from: customers, products, revenue accounts, VAT treatments, units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from customers.units import UNITS, unit_name
from customers.vat import VatTreatment
from foundation.alphabet import name_key
from foundation.money import HUNDRED, round_amount
from foundation.templatetags.formatting import format_percent, language_of_page
from foundation.text import search_words
from invoicing.drafting.composition import Surroundings
from invoicing.listing.page import customer_ids_named
from payments import queries as ledger
from tenants.models import Organization

CUSTOMERS_SHOWN_MAX = 20
PRODUCTS_SHOWN_MAX = 100
REVENUE_ACCOUNTS = "3"  # the class of the Norwegian standard chart; § 5-1-1 asks for nothing more


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChoices:
    """The lists behind the fields of a draft, in the reader's language."""

    accounts: Mapping[str, str]  # revenue accounts by number
    treatments: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    products: tuple[Product, ...]
    around: Surroundings

    @property
    def first_account(self) -> str:
        """The account of a line that says nothing else: taxed sales, or sales outside VAT."""
        wanted = "3000" if self.around.organization.is_vat_registered else "3200"
        return wanted if wanted in self.accounts else next(iter(self.accounts), "3000")

    @property
    def first_treatment(self) -> str:
        """The treatment of a line that says nothing else."""
        is_registered = self.around.organization.is_vat_registered
        return (VatTreatment.STANDARD if is_registered else VatTreatment.OUTSIDE).value


def draft_choices(organization: Organization, around: Surroundings) -> DraftChoices:
    """The lists of one draft, in three questions whatever it holds."""
    accounts = {
        account.number: account.name
        for account in ledger.list_accounts(organization)
        if account.number.startswith(REVENUE_ACCOUNTS)
    }
    products = Product.objects.of(organization).filter(archived_at=None).order_by("number")[:PRODUCTS_SHOWN_MAX]
    language = language_of_page()
    return DraftChoices(
        accounts=accounts,
        treatments=tuple(_treatments(around)),
        units=tuple((code, unit_name(code, language)) for code in UNITS),
        products=tuple(products),
        around=around,
    )


def _treatments(around: Surroundings) -> Iterable[tuple[str, str]]:
    """The treatments that can be used today, each with its rate."""
    language = language_of_page()
    for code, label in VAT_TREATMENT_CHOICES:
        percent = around.rates.percent(code, around.today)
        if percent is not None:
            yield code, f"{format_percent(percent, language)} {label}"


def products_by_number(organization: Organization, numbers: Iterable[str]) -> dict[str, Product]:
    """The products in use that have one of the numbers."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    rows = Product.objects.of(organization).filter(number__in=wanted, archived_at=None)
    return {product.number: product for product in rows}


def price_on(product: Product, around: Surroundings, *, currency: str, prices_include_vat: bool) -> Decimal | None:
    """The product's price in the terms of a document; None in another currency, which nobody has set a price in."""
    if product.currency != currency:
        return None
    percent = around.rates.percent(product.vat_treatment, around.today) or Decimal(0)
    if product.price_includes_vat == prices_include_vat or not percent:
        return product.unit_price
    factor = (HUNDRED + percent) / HUNDRED
    return round_amount(product.unit_price * factor if prices_include_vat else product.unit_price / factor, 4)


def customers_matching(organization: Organization, typed: str) -> list[Customer]:
    """Customers in use by a part of their name or their number, exact names first; the first by name for no words."""
    words = search_words(typed)
    rows = Customer.objects.of(organization).filter(archived_at=None)
    if words:
        condition = Q(pk__in=customer_ids_named(words))
        digits = "".join(words.split())
        if digits.isascii() and digits.isdecimal() and len(digits) <= 9:
            condition |= Q(number=int(digits)) | Q(organization_number=digits)
        rows = rows.filter(condition)
    found = list(rows.order_by(name_key("name", organization.language), "id")[:CUSTOMERS_SHOWN_MAX])
    return sorted(found, key=lambda customer: customer.name.casefold() != words.casefold())


def get_customer(organization: Organization, customer_id: UUID) -> Customer:
    """One customer in use, or 404."""
    customer = Customer.objects.of(organization).filter(pk=customer_id, archived_at=None).first()
    if customer is None:
        raise Http404
    return customer
