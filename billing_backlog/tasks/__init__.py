"""The background doors of the billing backlog: ids in, fetch, call. Imported whole, so that every task has its name."""

from billing_backlog.tasks import (
    advances,
    backlog,
    bookings,
    by_itself,
    drafts,
    imports,
    quotes,
    reports,
    runs,
    subscriptions,
    work,
)

__all__ = [
    "advances",
    "backlog",
    "bookings",
    "by_itself",
    "drafts",
    "imports",
    "quotes",
    "reports",
    "runs",
    "subscriptions",
    "work",
]
