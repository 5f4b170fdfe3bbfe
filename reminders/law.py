"""The law as the installation knows it: its dated figures, each with its source."""

from __future__ import annotations

from foundation.money import round_amount
from reminders.policy.figures import Figure
from reminders.policy.law import Law
from tenants import queries as tenants
from tenants.models import LawFigure


def current_law() -> Law:
    """All figures that stand now, of which those that the operator has entered win; one statement."""
    rows = list(tenants.list_law_figures())
    return Law(
        [plain_figure(row) for row in rows if not row.entered_by],
        own=[plain_figure(row) for row in rows if row.entered_by],
    )


def plain_figure(row: LawFigure) -> Figure:
    """A stored figure as the policy reads it."""
    return Figure(
        country=row.country,
        kind=row.kind,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        value=round_amount(row.value),
        source=row.source,
        debtor=row.variant or "any",
    )
