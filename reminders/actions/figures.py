"""Telling people that a figure of the law is missing which their open claims need."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from reminders.law import current_law
from reminders.missing import missing_rates
from reminders.queries.planning import countries_owing
from tenants import notices
from tenants import queries as tenants
from tenants.models import Organization, Role

KIND = "law_figure.missing"
PATH = "reminders/law/"
TOLD = frozenset({Role.OWNER.value, Role.ACCOUNTANT.value})


@transaction.atomic
def tell_missing_figures(organization: Organization, *, today: date) -> int:
    """Tell owners and accountants, once, of each rate that is not known and that an open claim needs; how many."""
    missing = missing_rates(current_law(), countries_owing(organization), today)
    if not missing:
        return 0
    people = [each.user_id for each in tenants.list_memberships(organization) if each.role in TOLD]
    notices.tell(
        organization.pk,
        [
            notices.News(
                person,
                KIND,
                {"country": rate.country, "since": rate.since.isoformat()},
                PATH,
                f"law_figure:{rate.country}:{rate.since.isoformat()}",
            )
            for rate in missing
            for person in people
        ],
    )
    return len(missing)
