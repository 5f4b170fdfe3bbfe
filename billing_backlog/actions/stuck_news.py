"""Telling the people who can mend it that something was not billed by itself, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tenants.models import Organization, Role
from tenants.notices import News, tell
from tenants.permissions import Permission, granted
from tenants.queries import list_memberships

MENDS = {Permission.EDIT_CUSTOMERS, Permission.FINALIZE_INVOICES}


@dataclass(frozen=True, slots=True)
class Stuck:
    """What was not billed by itself: whose it is, why, where it lies, and the key under which it is told once."""

    customer: str
    reason: str
    link: str
    key: str


def tell_stuck(organization: Organization, stuck: Iterable[Stuck]) -> None:
    """Tell everybody who may mend customers and finalize, once for each thing, in the caller's transaction."""
    told = list(stuck)
    if not told:
        return
    people = _menders(organization)
    tell(
        organization.pk,
        [
            News(user_id, "billing.stuck", {"customer": each.customer, "reason": each.reason}, each.link, each.key)
            for each in told
            for user_id in people
        ],
    )


def _menders(organization: Organization) -> list[UUID]:
    roles = [role for role in Role if granted(role) >= MENDS]
    return list(list_memberships(organization).filter(role__in=roles).values_list("user_id", flat=True))
