"""Checking number series and keeping what was found."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from invoicing import queries
from invoicing.models import SeriesCheck
from invoicing.proof import series_problems
from tenants.models import Organization

PROBLEMS_KEPT_MAX = 50


def check_every_series(organization: Organization) -> list[SeriesCheck]:
    """Look at every number and hash of every series and keep the result for the number ledger page."""
    checks = []
    with transaction.atomic():
        for series in queries.list_series(organization):
            documents, problems = series_problems(organization, series)
            checks.append(
                SeriesCheck(
                    organization=organization,
                    series=series,
                    checked_at=timezone.now(),
                    last_number=series.last_number,
                    documents=documents,
                    problems=problems[:PROBLEMS_KEPT_MAX],
                )
            )
        return SeriesCheck.objects.bulk_create(checks)
