"""Which kinds of work an organization bills, asked inside other questions."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Exists, Field

from billing_backlog.models import BacklogSettings
from tenants.models import Organization

KINDS = ("bills_projects", "bills_bookings", "bills_visits", "bills_subscriptions")


def bills_kinds(organization: Organization) -> dict[str, Any]:
    """Expressions by kind that say whether the organization bills it; without a row, as the defaults say."""
    kinds = {}
    for name in KINDS:
        is_default = bool(cast("Field[Any, Any]", BacklogSettings._meta.get_field(name)).get_default())
        decided = BacklogSettings.objects.of(organization).filter(**{name: not is_default})
        kinds[name] = ~Exists(decided) if is_default else Exists(decided)
    return kinds
