"""The owner lets us in on the accounting system's own page: begun here, brought back once, exchanged by a worker."""

from __future__ import annotations

import hashlib
import secrets as chance
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.connections import READ_LISTS, ConnectionRefused, ask_worker, let_in_again, lock_open
from accounting_sync.models import Connection, Permit
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.registry import adapters
from accounting_sync.providers.tokens import Grant, NotSetUp, authorize_address
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.permits import lock_permit
from accounting_sync.secrets import seal_secrets
from foundation.encryption import seal
from foundation.errors import DomainError
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization, User

EXCHANGE = "accounting_sync.exchange_code"
VALID = timedelta(minutes=10)
CODE_COLUMN = "accounting_sync_permit.code_sealed"
RETURNED_MAX = 200
CODE_MAX = 4_000
_SIGNER = signing.Signer(salt="accounting_sync.permit")


class PermitDoesNotHold(DomainError):
    """What came back was not begun by this person, or too long ago, or came back before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the accounting system's page brought back."""

    state: str
    code: str = ""
    error: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def begin_permit(organization: Organization, connection_id: UUID, *, user: User, redirect: str, now: datetime) -> str:
    """The address of the accounting system's page; what comes back counts once, for this person, for ten minutes."""
    row = lock_open(organization, connection_id)
    adapter = adapters()[row.system]
    state = _SIGNER.sign(f"{organization.pk}.{chance.token_urlsafe(24)}")
    verifier = chance.token_urlsafe(64)
    try:
        address = authorize_address(adapter, state=state, verifier=verifier, redirect=redirect)
    except NotSetUp:
        raise ConnectionRefused(
            _("Whoever runs this installation has not registered it at %(system)s.") % {"system": adapter.label}
        ) from None
    Permit.objects.of(organization).filter(connection=row, used_at=None).delete()  # an earlier visit counts no more
    Permit.objects.create(
        organization=organization,
        connection=row,
        user=user,
        state_sha256=hash_of(state),
        verifier_sealed=seal(verifier, organization_id=organization.pk, column=Permit.VERIFIER_COLUMN),
        expires_at=now + VALID,
    )
    audit.record(Actor.person(user), "connection.entering", row)
    return address


def organization_of_state(state: str) -> UUID | None:
    """Whose the state is, where it was signed here."""
    try:
        return UUID(_SIGNER.unsign(state).partition(".")[0])
    except (signing.BadSignature, ValueError):
        return None


def hash_of(state: str) -> str:
    """Under which a state is kept."""
    return hashlib.sha256(state.encode()).hexdigest()


@transaction.atomic
def take_return(organization: Organization, back: Returned, *, user: User, now: datetime) -> Connection:
    """Keep the code for a worker, once; raises PermitDoesNotHold for what was not begun so."""
    permit = lock_permit(organization, hash_of(back.state))
    if permit is None or permit.user_id != user.pk or permit.used_at is not None or permit.expires_at <= now:
        raise PermitDoesNotHold(
            _(
                "This way back does not hold: it was used before, took too long, or was begun by somebody else. "
                "Connect once more."
            )
        )
    row = lock_open(organization, permit.connection_id)
    adapter = adapters()[row.system]
    permit.used_at = now
    if not back.code or back.error:
        permit.problem, permit.done_at = _objection(adapter.label, back.error), now
        permit.save()
        audit.record(Actor.person(user), "connection.refused", row, reason=back.error[:60])
        return row
    wanted = adapter.entering.returned if isinstance(adapter.entering, OAuthCode) else ()
    permit.returned = {name: back.values[name][:RETURNED_MAX] for name in wanted if back.values.get(name)}
    permit.code_sealed = seal(back.code[:CODE_MAX], organization_id=organization.pk, column=CODE_COLUMN)
    permit.save()
    audit.record(Actor.person(user), "connection.allowed", row)
    key, payload = f"{EXCHANGE}:{permit.pk}", {"permit": str(permit.pk)}
    outbox.put_each(organization.pk, [outbox.Effect(EXCHANGE, row.pk, key, payload, leaves_house=True)])
    return row


def _objection(system: str, error: str) -> str:
    if error == "access_denied":
        return _("You have not let us in at %(system)s. Nothing is connected; try again when you want to.") % {
            "system": system
        }
    return _("%(system)s has not let us in: %(error)s") % {"system": system, "error": error[:60] or _("no code")}


@transaction.atomic
def keep_exchanged(organization: Organization, permit_id: UUID, grant: Grant, *, now: datetime) -> None:
    """The tokens that the code was good for; the connection goes on where it stood, with all its mappings."""
    permit = Permit.objects.of(organization).select_for_update().get(pk=permit_id)
    row = lock_connection(organization, permit.connection_id)
    permit.code_sealed, permit.done_at = None, now
    permit.save(update_fields=["code_sealed", "done_at"])
    if row.closed_at is not None:
        return
    row.secrets_sealed = seal_secrets(row, grant.secrets)
    row.secrets_version += 1
    row.token_expires_at = now + timedelta(seconds=grant.seconds) if grant.seconds is not None else None
    row.options = {**row.options, **permit.returned}
    row.reached_at = now
    let_in_again(row)
    row.save()
    audit.record(Actor.system(), "connection.connected", row)
    ask_worker(row, READ_LISTS)


@transaction.atomic
def note_not_exchanged(organization: Organization, permit_id: UUID, problem: str, *, now: datetime) -> None:
    """The code was good for nothing: told on the page of the connection."""
    permit = Permit.objects.of(organization).select_for_update().get(pk=permit_id)
    permit.code_sealed, permit.done_at, permit.problem = None, now, problem[:300]
    permit.save(update_fields=["code_sealed", "done_at", "problem"])
