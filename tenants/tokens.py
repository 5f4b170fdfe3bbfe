"""Every change of the keys that programs call with, and whom a key belongs to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import ApiToken, Organization, User

SECRET_BYTES = 32
BEGINNING = "bilag_"  # so that a key that was left in a file is known for what it is
SHOWN_CHARACTERS = 12
TOKENS_MAX = 100
USE_IS_NOTED_EVERY = timedelta(minutes=5)


class TooManyTokens(DomainError):
    """An organization has a bounded number of tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """What somebody wants a token to be."""

    name: str
    scopes: Sequence[str]
    calls_per_minute: int
    expires_at: datetime | None = None


@transaction.atomic
def create_token(organization: Organization, wanted: NewToken, *, user: User, actor: Actor) -> tuple[ApiToken, str]:
    """A new token and its secret, which is kept nowhere and can be shown this once."""
    if list_tokens(organization).filter(revoked_at=None).count() >= TOKENS_MAX:
        raise TooManyTokens(
            _("There are %(most)s tokens already. Take back one that is not in use.") % {"most": TOKENS_MAX}
        )
    secret = BEGINNING + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        organization=organization,
        name=wanted.name,
        secret_sha256=hash_of(secret),
        first_characters=secret[:SHOWN_CHARACTERS],
        scopes=sorted(wanted.scopes),
        calls_per_minute=wanted.calls_per_minute,
        made_by=user,
        expires_at=wanted.expires_at,
    )
    token.save(force_insert=True)
    audit.record(actor, "api_token.made", token, scopes=token.scopes, key=token.first_characters)
    return token, secret


@transaction.atomic
def revoke_token(organization: Organization, token_id: UUID, *, actor: Actor, now: datetime) -> ApiToken:
    """Let a token open nothing any more, from this moment; taken back twice is taken back once."""
    token = ApiToken.objects.of(organization).select_for_update(no_key=True).filter(pk=token_id).first()
    if token is None:
        raise Http404
    if not token.is_revoked:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        audit.record(actor, "api_token.revoked", token, key=token.first_characters)
    return token


def list_tokens(organization: Organization) -> QuerySet[ApiToken]:
    """The tokens, newest first, those in use before those that are taken back."""
    return ApiToken.objects.of(organization).select_related("made_by").order_by("-created_at", "-id")


def find_token(secret: str) -> tuple[UUID, UUID] | None:
    """The organization and the id of the token with this secret; asked before any organization is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, id FROM resolve_api_token(%s)", [hash_of(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def token_in_force(organization_id: UUID, token_id: UUID, *, now: datetime) -> ApiToken | None:
    """The token with its organization, unless it is taken back or has run out."""
    token = ApiToken.objects.of(organization_id).select_related("organization").filter(pk=token_id).first()
    if token is None or token.is_revoked or (token.expires_at is not None and token.expires_at <= now):
        return None
    return token


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Write down that the token is in use, every few minutes at most."""
    if token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY:
        with transaction.atomic():
            ApiToken.objects.of(token.organization_id).filter(pk=token.pk).update(last_used_at=now)


def hash_of(secret: str) -> str:
    """The form in which a secret is kept and found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
