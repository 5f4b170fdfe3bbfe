"""The organization's way into Peppol: where it is, the token that it knows us by, and the secret of the way back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.encryption import seal
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing.actions.dispatch import HAND_OVER
from invoicing.dispatching import reaching
from invoicing.dispatching.plain import Way
from invoicing.models import AccessPoint, AccessPointKind
from tenants import audit, notices, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization, Role

TEST = "invoicing.test_access_point"
SECRET_BYTES = 32


class AccessPointChangedMeanwhile(DomainError):
    """Somebody saved the access point after it was read."""


class AccessPointNeedsToken(DomainError):
    """Nothing is sent to an access point that does not know us."""


class NoAccessPoint(DomainError):
    """There is nothing to test or to give a way back to."""


@transaction.atomic
def update_access_point(organization: Organization, way: Way, *, version: int, actor: Actor) -> AccessPoint:
    """Change the way into the network; the token is sealed and never shown again."""
    row = reaching.lock_access_point(organization)
    if row is not None and row.version != version:
        raise AccessPointChangedMeanwhile(_("Somebody else has saved this meanwhile. Reload the page and try again."))
    is_elsewhere = row is None or (row.kind, row.address, row.account) != (way.kind, way.address, way.account)
    needs_token = way.kind != AccessPointKind.FOLDER
    # A token is for the place that it was typed for: another address does not get it.
    if needs_token and not way.token and (row is None or row.token_sealed is None or is_elsewhere):
        raise AccessPointNeedsToken(_("Enter the token that the access point has given you."), field="token")
    row = row or AccessPoint(organization=organization, version=0)
    before = _told(row)
    row.kind, row.address, row.account, row.is_active = way.kind, way.address, way.account, way.is_active
    if way.token:
        row.token_sealed = seal(way.token, organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
    elif not needs_token:
        row.token_sealed = None
    row.problem, row.tested_at = "", None
    row.version += 1
    row.save()
    if row.is_active:
        outbox.make_due(organization.pk, HAND_OVER)  # what has waited for this need not wait for its next turn
    changes = audit.changes(before, _told(row))
    audit.record(actor, "access_point.changed", row, changes=changes, token="new" if way.token else "kept")
    return row


def _told(row: AccessPoint) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("kind", "address", "account", "is_active")}


@transaction.atomic
def renew_hook(organization: Organization, *, actor: Actor) -> str:
    """A new secret for the way back, shown this once; the old address answers nobody any more."""
    row = reaching.lock_access_point(organization)
    if row is None:
        raise NoAccessPoint(_("Save the access point first."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row.hook_sha256 = hash_of(secret)
    row.save(update_fields=["hook_sha256"])
    audit.record(actor, "access_point.hook_renewed", row)
    return secret


def hash_of(secret: str) -> str:
    """The form in which a secret is kept and found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def test_access_point(organization: Organization, *, actor: Actor) -> AccessPoint:
    """Have a worker speak to the access point; nothing is sent."""
    row = reaching.lock_access_point(organization)
    if row is None:
        raise NoAccessPoint(_("Save the access point first."))
    if not reaching.is_waiting(organization, row.pk, TEST):
        audit.record(actor, "access_point.tested", row)
        effect = outbox.Effect(TEST, row.pk, f"access_point:{row.pk}:{uuid7()}", {}, leaves_house=True)
        outbox.put_each(organization.pk, [effect])
    return row


@transaction.atomic
def keep_test_result(organization: Organization, problem: str, *, now: datetime) -> None:
    """Write down what the test found: empty where the access point knows us."""
    row = reaching.lock_access_point(organization)
    if row is not None:
        row.problem, row.tested_at = problem[:500], now
        row.save(update_fields=["problem", "tested_at"])


@transaction.atomic
def pause_access_point(organization: Organization, reason: str) -> None:
    """An access point that has refused us is left alone until somebody mends it; the owners are told once."""
    row = reaching.lock_access_point(organization)
    if row is None or not row.is_active:
        return
    row.is_active = False
    row.problem = reason[:500]
    row.save(update_fields=["is_active", "problem"])
    audit.record(Actor.system(), "access_point.paused", row, reason=reason[:200])
    facts = {"reason": reason[:200]}
    key = f"access_point:{row.pk}:{row.version}"
    notices.tell(
        organization.pk,
        [
            notices.News(membership.user_id, "access_point.paused", facts, "settings/access-point/", key)
            for membership in tenants.list_memberships(organization)
            if membership.role == Role.OWNER
        ],
    )
