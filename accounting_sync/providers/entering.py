"""The ways into an accounting system: declared by its adapter, carried out in `tokens`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from accounting_sync.providers.words import Word

Secrets = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """Something that the owner pastes to connect."""

    name: str
    label: Word
    hint: Word = ""
    is_secret: bool = True
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthCode:
    """The owner allows us on the system's own page (RFC 6749 4.1 with PKCE, RFC 7636).

    The operator's own client id and secret stand in the setting LEDGER_CLIENTS under `client`.
    """

    authorize_address: str
    exchange_address: str
    scopes: Sequence[str]
    client: str
    authenticates_by: str = "client_secret_basic"  # or client_secret_post
    revoke_address: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)  # further values of the page's address
    uses_pkce: bool = True
    refresh_days: int | None = None  # how long a refresh token lives unused; None: not told
    returned: Sequence[str] = ()  # values beside `code` that come back and are kept as options, such as realmId
    headers: Callable[[Secrets], Mapping[str, str]] = field(default=lambda secrets: bearer(secrets["access_token"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """The owner pastes keys that are exchanged for short tokens (RFC 6749 4.4)."""

    keys: Sequence[Key]
    exchange_address: str  # may name options in braces: {tenant}
    client_id: str  # which keys are the client's
    client_secret: str
    scopes: Sequence[str] = ()  # may name options in braces, too
    authenticates_by: str = "client_secret_basic"
    extra: Mapping[str, str] = field(default_factory=dict)
    exchange_headers: Callable[[Secrets], Mapping[str, str]] = field(default=lambda _secrets: {})
    headers: Callable[[Secrets], Mapping[str, str]] = field(default=lambda secrets: bearer(secrets["access_token"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """The owner pastes keys that one call of the system's own exchanges for a session.

    Beside the keys `ask` is given `today`, the organization's own day (ISO 8601): some want to be told an end.
    """

    keys: Sequence[Key]
    # Pure: the call as (method, path below the base, query, JSON body), and from its JSON answer the token and the
    # seconds that it lives.
    ask: Callable[[Secrets], tuple[str, str, Sequence[tuple[str, str]], object]]
    parse: Callable[[object], tuple[str, int]]
    headers: Callable[[Secrets], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticKeys:
    """The owner pastes keys that hold until they are revoked."""

    keys: Sequence[Key]
    headers: Callable[[Secrets], Mapping[str, str]]


Entering = OAuthCode | ClientCredentials | SessionToken | StaticKeys


def bearer(token: str) -> Mapping[str, str]:
    """RFC 6750 2.1."""
    return {"Authorization": f"Bearer {token}"}


def basic(user: str, password: str) -> Mapping[str, str]:
    """RFC 7617."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
