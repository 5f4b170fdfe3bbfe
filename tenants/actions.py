"""Every change of an organization's identity, its people and its accounts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit, outbox, queries
from tenants.audit import Actor
from tenants.models import Invitation, Membership, Organization, Role, User

INVITATION_TASK = "tenants.send_invitation"
INVITATION_LIFE = timedelta(days=14)
MEMBERS_MAX = 500


class SlugIsTaken(DomainError):
    """Another organization has that address in the browser."""


class LastOwnerMustStay(DomainError):
    """An organization has an owner at all times."""


class InvitationDoesNotHold(DomainError):
    """The invitation is used, withdrawn, too old, or meant for another address."""


class AlreadyMember(DomainError):
    """The person belongs to the organization."""


def insert_organization(organization: Organization, *, owner: User, actor: Actor) -> Organization:
    """Write a new organization and its first owner, in the caller's transaction and organization context."""
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
    except IntegrityError as error:
        raise SlugIsTaken(
            _("The address %(slug)s is taken. Choose another.") % {"slug": organization.slug}, field="slug"
        ) from error
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    audit.record(
        actor, "organization.created", _of_itself(organization), organization_number=organization.organization_number
    )
    return organization


@transaction.atomic
def update_organization(organization: Organization, values: Mapping[str, Any], *, actor: Actor) -> Organization:
    """Change our own details; documents that are finalized keep what they were finalized with."""
    row = queries.lock_organization(organization.pk)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    changes = audit.changes(before, values)
    if changes:
        row.save(update_fields=list(values))
        audit.record(actor, "organization.changed", _of_itself(row), changes=changes)
    return row


def update_profile(user: User, values: Mapping[str, Any]) -> None:
    """Change what a person says of themselves; lines of the audit trail keep the name that they were written with."""
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))


@transaction.atomic
def set_logo(organization: Organization, *, sha256: str, actor: Actor) -> Organization:
    """Use the stored picture on drafts and on what is finalized from now on; an empty hash uses none."""
    row = queries.lock_organization(organization.pk)
    if row.logo_sha256 != sha256:
        before, row.logo_sha256 = row.logo_sha256, sha256
        row.save(update_fields=["logo_sha256"])
        audit.record(actor, "logo.changed", _of_itself(row), logo=[before, sha256])
    return row


@transaction.atomic
def invite_member(
    organization: Organization, *, email: str, role: str, inviter: User, actor: Actor, now: datetime
) -> Invitation:
    """Offer a role to an address; the worker that sends the mail makes the secret of its link."""
    address = email.lower()
    queries.lock_organization(organization.pk)
    if queries.list_memberships(organization).filter(user__email=address).exists():
        raise AlreadyMember(_("%(email)s belongs to the organization already.") % {"email": address}, field="email")
    if queries.list_memberships(organization).count() >= MEMBERS_MAX:
        raise DomainError(_("An organization has at most %(most)s members.") % {"most": MEMBERS_MAX})
    queries.list_open_invitations(organization).filter(email=address).update(withdrawn_at=now)
    invitation = Invitation.objects.create(
        id=uuid7(),
        organization=organization,
        email=address,
        role=role,
        token_sha256=token_hash(secrets.token_urlsafe(32)),  # of a secret that nobody has: no link leads here yet
        invited_by=inviter,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    audit.record(actor, "member.invited", invitation, email=address, role=role)
    outbox.put_each(
        organization.pk,
        [outbox.Effect(INVITATION_TASK, invitation.pk, key=f"invitation:{invitation.pk}", payload={})],
    )
    return invitation


@transaction.atomic
def renew_invitation_secret(organization_id: UUID, invitation_id: UUID) -> tuple[Invitation, str] | None:
    """A new secret for an open invitation's link, kept only as a hash; None where the invitation is not open."""
    invitation = (
        Invitation.objects.of(organization_id)
        .select_for_update(of=("self",), no_key=True)
        .select_related("invited_by", "organization")
        .filter(pk=invitation_id, accepted_at=None, withdrawn_at=None)
        .first()
    )
    if invitation is None:
        return None
    secret = secrets.token_urlsafe(32)
    invitation.token_sha256 = token_hash(secret)
    invitation.save(update_fields=["token_sha256"])
    return invitation, secret


@transaction.atomic
def withdraw_invitation(organization: Organization, invitation_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Take an open invitation back; its link is dead at once."""
    invitation = queries.get_invitation(organization, invitation_id)
    if invitation.accepted_at is None and invitation.withdrawn_at is None:
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
        audit.record(actor, "invitation.withdrawn", invitation, email=invitation.email)


@transaction.atomic
def accept_invitation(organization_id: UUID, *, secret: str, user: User, now: datetime) -> Membership:
    """Make the signed-in person a member with the offered role; the address must be the one invited."""
    invitation = (
        Invitation.objects.of(organization_id)
        .select_for_update()
        .filter(token_sha256=token_hash(secret), email=user.email, accepted_at=None, withdrawn_at=None)
        .first()
    )
    if invitation is None or invitation.expires_at < now:
        raise InvitationDoesNotHold(
            _("This invitation does not hold any more, or is meant for another address. Ask for a new one.")
        )
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    membership, is_new = Membership.objects.of(organization_id).get_or_create(
        user=user, organization_id=organization_id, defaults={"role": invitation.role}
    )
    if is_new:
        audit.record(Actor.person(user), "member.joined", membership, email=user.email, role=membership.role)
    return membership


@transaction.atomic
def change_role(organization: Organization, membership_id: UUID, *, role: str, actor: Actor) -> Membership:
    """Give a member another role; the last owner keeps theirs."""
    queries.lock_organization(organization.pk)
    membership = queries.get_membership(organization, membership_id)
    if membership.role == Role.OWNER and role != Role.OWNER:
        _refuse_last_owner(organization, membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    audit.record(actor, "member.role_changed", membership, email=membership.user.email, role=[before, role])
    return membership


@transaction.atomic
def remove_member(organization: Organization, membership_id: UUID, *, actor: Actor) -> None:
    """End a membership; what the person did keeps their name."""
    queries.lock_organization(organization.pk)
    membership = queries.get_membership(organization, membership_id)
    if membership.role == Role.OWNER:
        _refuse_last_owner(organization, membership)
    audit.record(actor, "member.removed", membership, email=membership.user.email, role=membership.role)
    membership.delete()


@transaction.atomic
def hide_checklist(organization: Organization, membership_id: UUID, *, hidden_at: datetime | None) -> None:
    """Put a member's first steps away, or take them out again; a matter of taste that leaves no line in the trail."""
    Membership.objects.of(organization).filter(pk=membership_id).update(checklist_hidden_at=hidden_at)


def token_hash(secret: str) -> str:
    """What is kept of a link's secret; at 256 bits it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _refuse_last_owner(organization: Organization, membership: Membership) -> None:
    others = queries.list_memberships(organization).filter(role=Role.OWNER).exclude(pk=membership.pk)
    if not others.exists():
        raise LastOwnerMustStay(_("The organization needs an owner. Make somebody else owner first."), field="role")


class _OrganizationAsSubject:
    """An organization as the subject of its own audit line."""

    def __init__(self, organization: Organization) -> None:
        self.pk = organization.pk
        self.organization_id = organization.pk
        self._name = organization.name

    def __str__(self) -> str:
        return self._name


def _of_itself(organization: Organization) -> _OrganizationAsSubject:
    return _OrganizationAsSubject(organization)
