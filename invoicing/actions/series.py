"""Opening number series, choosing the one for new documents, checking all and keeping what was found."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import numbering, queries
from invoicing.models import NumberSeries, SeriesCheck
from invoicing.proof import series_problems
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.queries import lock_organization

PROBLEMS_KEPT_MAX = 50
SERIES_MAX = 50


class RangeIsTaken(DomainError):
    """Another series gives some of the numbers."""


class SeriesCodeIsTaken(DomainError):
    """Another series has that code."""


class SeriesHasNoNumbersLeft(DomainError):
    """A series that is full cannot number new documents."""


@transaction.atomic
def open_series(
    organization: Organization, *, code: str, name: str, first_number: int, last_allowed: int, actor: Actor
) -> NumberSeries:
    """A further series with numbers that no other series gives; used once it is chosen."""
    lock_organization(organization.pk)
    standing = list(queries.list_series(organization))
    if len(standing) >= SERIES_MAX:
        raise DomainError(_("A company has at most %(most)s number series.") % {"most": SERIES_MAX})
    if any(series.code == code for series in standing):
        raise SeriesCodeIsTaken(
            _("Another series has the code %(code)s. Choose one of its own.") % {"code": code}, field="code"
        )
    for series in standing:
        if first_number <= series.last_allowed and last_allowed >= series.first_number:
            raise RangeIsTaken(
                _("%(series)s gives the numbers %(first)s to %(last)s. Choose a range that does not meet it.")
                % {"series": series.name, "first": series.first_number, "last": series.last_allowed},
                field="first_number",
            )
    series = numbering.open_series(
        organization, code=code, name=name, first_number=first_number, last_allowed=last_allowed, is_default=False
    )
    audit.record(actor, "series.opened", series, number=f"{first_number}–{last_allowed}")
    return series


@transaction.atomic
def choose_series(organization: Organization, series_id: UUID, *, actor: Actor) -> NumberSeries:
    """Give new documents their numbers from this series from now on; given numbers stay as they are."""
    lock_organization(organization.pk)
    chosen = queries.get_series(organization, series_id)
    # In the order of their ids, as nothing else locks two: a finalizing that runs now is waited for.
    locked = {
        series.pk: series
        for series in NumberSeries.objects.of(organization).select_for_update(no_key=True).order_by("id")
        if series.is_default or series.pk == chosen.pk
    }
    series = locked[chosen.pk]
    if series.is_default:
        return series
    if series.last_number >= series.last_allowed:
        raise SeriesHasNoNumbersLeft(_("%(series)s has no number left. Open a new series.") % {"series": series.name})
    for row in sorted(locked.values(), key=lambda row: not row.is_default):
        row.is_default = row.pk == series.pk
        row.row_hash = row.content_hash()
        row.save(update_fields=["is_default", "row_hash"])
    audit.record(actor, "series.made_default", series)
    return series


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
