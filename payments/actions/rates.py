"""Exchange rates by day, entered by hand or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from payments import queries
from payments.models import ExchangeRate
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

IMPORT_BATCH_SIZE = 500


class ExchangeRateStands(DomainError):
    """A rate for that currency and day has been entered already."""


@transaction.atomic
def enter_exchange_rate(organization: Organization, *, rate: ExchangeRate, actor: Actor) -> ExchangeRate:
    """Keep a dated exchange rate with its source; a day's rate is entered once."""
    rate.organization = organization
    try:
        with transaction.atomic():
            rate.save(force_insert=True)
    except IntegrityError as error:
        raise ExchangeRateStands(
            _("A rate for %(currency)s on %(day)s stands already. Choose another date.")
            % {"currency": rate.currency, "day": rate.day.isoformat()},
            field="day",
        ) from error
    audit.record(actor, "exchange_rate.entered", rate, currency=rate.currency, day=str(rate.day), rate=str(rate.rate))
    return rate


@transaction.atomic
def import_exchange_rates(organization: Organization, *, rates: Sequence[ExchangeRate], actor: Actor) -> int:
    """Keep the rates of a file: all of them, or none when one differs from what stands; returns how many were new."""
    standing = queries.exchange_rates_of(organization, {rate.currency for rate in rates}, {rate.day for rate in rates})
    new: dict[tuple[str, date], ExchangeRate] = {}
    for rate in rates:
        key = (rate.currency, rate.day)
        other = standing.get(key) or new.get(key)
        if other is not None and other.rate != rate.rate:
            raise ExchangeRateStands(
                _("%(currency)s on %(day)s is %(rate)s already. Correct the file: a rate that stands is not changed.")
                % {"currency": rate.currency, "day": rate.day.isoformat(), "rate": other.rate.normalize()},
                field="file",
            )
        if other is None:
            rate.organization = organization
            new[key] = rate
    ExchangeRate.objects.bulk_create(new.values(), batch_size=IMPORT_BATCH_SIZE)
    audit.record_each(
        actor,
        "exchange_rate.entered",
        [
            (rate, {"currency": rate.currency, "day": str(rate.day), "rate": str(rate.rate), "source": rate.source})
            for rate in new.values()
        ],
    )
    return len(new)
