"""Where customer numbers go on: forwards only."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers import queries
from foundation.errors import DomainError
from tenants.models import Organization


class CustomerNumberIsTaken(DomainError):
    """Numbers only go forwards."""


def refuse_customer_number(next_number: int, last_number: int) -> None:
    """Raise CustomerNumberIsTaken unless every number that was given lies below."""
    if next_number <= last_number:
        raise CustomerNumberIsTaken(
            _("Customer numbers up to %(last)s are given, and numbers only go forwards. Write a higher one.")
            % {"last": last_number},
            field="next_customer_number",
        )


def move_customer_numbers(organization: Organization, next_number: int) -> None:
    """Let the next customer get this number, in the caller's transaction."""
    series = queries.lock_number_series(organization)
    refuse_customer_number(next_number, series.last_number)
    series.last_number = next_number - 1
    series.save(update_fields=["last_number"])
