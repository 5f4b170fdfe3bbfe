"""What drafts are read against on a day, fetched once for many of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from foundation import rows
from invoicing.drafting.composition import Surroundings
from invoicing.models import TextPlace
from invoicing.texts import texts_at
from invoicing.vat_rates import DatedPercent, RateTable
from payments.models import ExchangeRate
from tenants import queries as tenants
from tenants.models import BankAccount, Organization

EXCHANGE_RATES_MAX = 2_000  # some years of daily rates of a few currencies


def surroundings(
    organization: Organization, *, currencies: Iterable[str], today: date, with_footers: bool = True
) -> Surroundings:
    """The VAT rates, the accounts in use, the exchange rates up to today and the footers by language.

    Who only sums lines does without the footers.
    """
    rates = RateTable(
        [
            DatedPercent(rate.variant, rate.percent, rate.valid_from, rate.valid_to)
            for rate in tenants.vat_rates(organization.country)
        ]
    )
    accounts = {
        account.currency: account
        for account in rows.load(BankAccount, "WHERE organization_id = %s AND is_active", [organization.pk])
    }
    exchange: dict[str, list[tuple[Decimal, date, str]]] = {}
    foreign = sorted(set(currencies) - {organization.base_currency})
    if foreign:
        known = ExchangeRate.objects.of(organization).filter(currency__in=foreign, day__lte=today).order_by("-day")
        for row in known[:EXCHANGE_RATES_MAX]:
            exchange.setdefault(row.currency, []).append((row.rate, row.day, row.source))
    return Surroundings(
        organization=organization,
        rates=rates,
        accounts=accounts,
        exchange=exchange,
        footers=texts_at(organization, TextPlace.FOOTER) if with_footers else {},
        today=today,
    )
