"""Who leads projects and who decides on their limits."""

from __future__ import annotations

from uuid import UUID

from tenants.models import Organization, Role, User
from tenants.permissions import Permission, granted
from tenants.queries import list_memberships


def list_managers(organization: Organization) -> list[User]:
    """Everybody who may lead a project: the people whose role approves work, by name."""
    roles = [role for role in Role if Permission.APPROVE_WORK in granted(role)]
    return [membership.user for membership in list_memberships(organization).filter(role__in=roles)]


def list_deciders(organization: Organization) -> list[UUID]:
    """Everybody who may raise a limit: the people who edit contracts and see all projects."""
    wanted = {Permission.EDIT_CONTRACTS, Permission.VIEW_ALL_PROJECTS}
    roles = [role for role in Role if wanted <= granted(role)]
    return list(list_memberships(organization).filter(role__in=roles).values_list("user_id", flat=True))
