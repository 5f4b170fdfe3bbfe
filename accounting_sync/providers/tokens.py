"""How keys become tokens and old tokens new ones: OAuth by Authlib, the rest by one call of the system's own.

Nothing here keeps anything: whoever asks for a token writes it down before using it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from django.conf import settings

from accounting_sync.providers.base import Adapter, Call, Problem, ProblemKind
from accounting_sync.providers.entering import ClientCredentials, OAuthCode, SessionToken, StaticKeys
from accounting_sync.providers.transport import CONNECT_SECONDS, Carrier, NoAnswer, NotSent, simulated

ANSWER_SECONDS = 20.0
# RFC 6749 5.2: the grant itself is not good any more; everything else may be better tomorrow.
ENDED = frozenset({"invalid_grant", "unauthorized_client", "access_denied", "invalid_client"})
TOKEN_SECONDS_DEFAULT = 1800


class NotSetUp(RuntimeError):
    """The operator has not registered the application at this accounting system."""


class EntryRefused(RuntimeError):
    """The accounting system does not let us in; the problem says whether it ever will."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Grant:
    """What lets us in from now on: everything that is to be kept, and for how long the token lives."""

    secrets: Mapping[str, str]
    seconds: int | None  # None: until it is revoked


def authorize_address(adapter: type[Adapter], *, state: str, verifier: str, redirect: str) -> str:
    """The page of the accounting system on which the owner lets us in (RFC 6749 4.1.1, RFC 7636 4.3)."""
    entering = _code_flow(adapter)
    place, _own = simulated(entering.authorize_address)
    with _client(adapter, entering.exchange_address, redirect=redirect) as client:
        challenge = {"code_verifier": verifier} if entering.uses_pkce else {}
        address, _state = client.create_authorization_url(place, state=state, **challenge, **entering.extra)
        return str(address)


def exchange_code(adapter: type[Adapter], *, code: str, verifier: str, redirect: str) -> Grant:
    """The tokens for a code that came back (RFC 6749 4.1.3)."""
    entering = _code_flow(adapter)
    place, _own = simulated(entering.exchange_address)
    with _client(adapter, entering.exchange_address, redirect=redirect) as client:
        proof = {"code_verifier": verifier} if entering.uses_pkce else {}
        return _grant(_fetched(lambda: client.fetch_token(place, code=code, **proof)), {})


def renew(adapter: Adapter, secrets: Mapping[str, str], *, today: date) -> Grant:
    """A fresh token from what is kept, on the organization's day; raises EntryRefused, NoAnswer or NotSent."""
    entering = adapter.entering
    if isinstance(entering, OAuthCode):
        place, _own = simulated(entering.exchange_address)
        with _client(type(adapter), entering.exchange_address) as client:
            kept = secrets.get("refresh_token", "")
            return _grant(_fetched(lambda: client.refresh_token(place, refresh_token=kept)), secrets)
    if isinstance(entering, ClientCredentials):
        return _by_credentials(adapter, entering, secrets)
    if isinstance(entering, SessionToken):
        return _by_session(adapter, entering, secrets, today=today)
    return Grant(secrets, None)


def revoke(adapter: Adapter, secrets: Mapping[str, str]) -> None:
    """Tell the accounting system that we do not come back (RFC 7009), where it can be told."""
    entering = adapter.entering
    if not isinstance(entering, OAuthCode) or not entering.revoke_address:
        return
    place, _own = simulated(entering.revoke_address)
    with _client(type(adapter), entering.revoke_address) as client:
        client.revoke_token(place, token=secrets.get("refresh_token") or secrets.get("access_token", ""))


def headers_of(adapter: Adapter, secrets: Mapping[str, str]) -> Mapping[str, str]:
    """What lets a call in."""
    return adapter.entering.headers(secrets)


def needs_token(adapter: Adapter, secrets: Mapping[str, str]) -> bool:
    """Whether a token must be asked for before the first call."""
    return not isinstance(adapter.entering, StaticKeys) and not secrets.get("access_token")


def _code_flow(adapter: type[Adapter]) -> OAuthCode:
    entering = adapter.entering
    if not isinstance(entering, OAuthCode):
        raise TypeError(f"{adapter.slug} is not entered by a page of its own.")
    return entering


def _client(adapter: type[Adapter], address: str, *, redirect: str = "") -> OAuth2Client:
    entering = _code_flow(adapter)
    own = settings.LEDGER_CLIENTS.get(entering.client)
    if not own:
        raise NotSetUp(f"There is no client of {adapter.label} in LEDGER_CLIENTS.")
    _place, headers = simulated(address)
    return OAuth2Client(
        own["id"],
        own.get("secret", ""),
        scope=" ".join(entering.scopes) or None,
        redirect_uri=redirect or None,
        token_endpoint_auth_method=entering.authenticates_by,
        code_challenge_method="S256" if entering.uses_pkce else None,
        headers=headers,
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
    )


def _by_credentials(adapter: Adapter, entering: ClientCredentials, secrets: Mapping[str, str]) -> Grant:
    place, headers = simulated(entering.exchange_address.format(**adapter.options_chosen, **secrets))
    client = OAuth2Client(
        secrets[entering.client_id],
        secrets[entering.client_secret],
        scope=" ".join(entering.scopes).format(**adapter.options_chosen) or None,
        token_endpoint_auth_method=entering.authenticates_by,
        headers={**headers, **entering.exchange_headers(secrets)},
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
    )
    with client:
        return _grant(
            _fetched(lambda: client.fetch_token(place, grant_type="client_credentials", **entering.extra)), secrets
        )


def _by_session(adapter: Adapter, entering: SessionToken, secrets: Mapping[str, str], *, today: date) -> Grant:
    method, path, query, body = entering.ask({**secrets, "today": today.isoformat()})
    call = Call(method=method, path=path, query=query, body=body)
    with Carrier(adapter) as carrier:
        answer = carrier.send(call, {})
    if problem := adapter.problem(call, answer):
        ended = problem.kind in (ProblemKind.ACCESS_EXPIRED, ProblemKind.ACCESS_ENDED, ProblemKind.INVALID)
        kind = ProblemKind.ACCESS_ENDED if ended else problem.kind
        raise EntryRefused(Problem(kind, problem.text, problem.code, problem.retry_after))
    token, seconds = entering.parse(answer.body)
    return Grant({**secrets, "access_token": token}, seconds)


def _fetched(fetch: Any) -> Mapping[str, Any]:
    """The token endpoint's answer, with its refusals and silences told apart."""
    try:
        token: Mapping[str, Any] = fetch()
    except OAuthError as error:
        kind = ProblemKind.ACCESS_ENDED if error.error in ENDED else ProblemKind.TRANSIENT
        raise EntryRefused(Problem(kind, error.description or str(error), error.error or "")) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error
    except (httpx2.HTTPError, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    if not token.get("access_token"):
        raise EntryRefused(Problem(ProblemKind.TRANSIENT, "The answer holds no token."))
    return token


def _grant(token: Mapping[str, Any], kept: Mapping[str, str]) -> Grant:
    """A refresh token that is not told anew stays the old one (RFC 6749 6)."""
    told = {name: str(token[name]) for name in ("access_token", "refresh_token") if token.get(name)}
    seconds = token.get("expires_in")
    return Grant({**kept, **told}, int(seconds) if seconds is not None else TOKEN_SECONDS_DEFAULT)
