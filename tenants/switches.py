"""The switches of an organization: how far it opens a verb that a role's permission would allow."""

from __future__ import annotations

from tenants.audit import Actor
from tenants.models import Membership, Organization, Role, WhoMay


def opens(who_may: str, role: str) -> bool:
    """Whether a switch lets somebody of this role through, the permission being given."""
    return who_may == WhoMay.PERMITTED or (who_may == WhoMay.OWNERS and role == Role.OWNER)


def is_open_to(organization: Organization, who_may: str, actor: Actor) -> bool:
    """Whether a switch lets the actor through; the system itself acts for somebody who was let through before.

    A program is nobody in particular: it gets through where everybody does whose role allows it.
    """
    if actor.kind == "api":
        return who_may == WhoMay.PERMITTED
    if actor.id is None or who_may == WhoMay.PERMITTED:
        return True
    role = Membership.objects.of(organization).filter(user_id=actor.id).values_list("role", flat=True).first()
    return role is not None and opens(who_may, role)
