"""The log-in pages and token addresses of accounting systems (RFC 6749, 7009, 7636): configured by each of them."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.ledgers.system import LedgerAnswer, LedgerRequest

CLIENT = "bilag"
CLIENT_SECRET = "of-bilag"
PAGE = """<!doctype html><html lang="en"><title>{label}</title><h1>{label}</h1>
<p>An application asks to work in your books.</p>
<form method="post" action="{path}?{query}">
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form></html>"""


def bearer_of(request: LedgerRequest) -> str:
    """The token in the Authorization header; empty where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind == "Bearer" else ""


def basic_of(request: LedgerRequest) -> tuple[str, str]:
    """User and password in the Authorization header; empty where there are none."""
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return "", ""
    user, _, password = base64.b64decode(coded).decode().partition(":")
    return user, password


@dataclass(slots=True, kw_only=True)
class Tokens:
    """Access and refresh tokens that were given, and which of them still hold."""

    access_seconds: int = 3600
    rotates: bool = False  # each refresh gives a new refresh token and ends the old one
    given: int = 0
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    refreshed: int = 0

    def give(self, *, with_refresh: bool = True) -> dict[str, object]:
        """A fresh pair, as a token address answers it."""
        self.given += 1
        access, refresh = f"access-{self.given}", f"refresh-{self.given}"
        self.access.add(access)
        answer: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.access_seconds,
        }
        if with_refresh:
            self.refresh.add(refresh)
            answer["refresh_token"] = refresh
        return answer

    def renew(self, refresh: str) -> dict[str, object] | None:
        """A fresh access token for a refresh token; None where that does not hold."""
        if refresh not in self.refresh:
            return None
        self.refreshed += 1
        if self.rotates:
            self.refresh.discard(refresh)
            return self.give()
        return {**self.give(with_refresh=False), "refresh_token": refresh}

    def expire(self) -> None:
        """Access tokens given until now hold no longer."""
        self.access.clear()

    def revoke(self) -> None:
        """Nothing holds any longer."""
        self.access.clear()
        self.refresh.clear()


@dataclass(slots=True, kw_only=True)
class OAuthCodePages:
    """The authorization code flow of one system: page, tokens, revocation."""

    label: str
    authorize_path: str
    token_path: str
    revoke_path: str = ""
    client: str = CLIENT
    client_secret: str = CLIENT_SECRET
    uses_pkce: bool = True
    in_body: bool = False  # client_secret_post; otherwise client_secret_basic
    returned: Mapping[str, str] = field(default_factory=dict)  # beside the code, such as realmId
    tokens: Tokens = field(default_factory=Tokens)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The answer to any of its addresses; None for others."""
        if request.path == self.authorize_path:
            return self._decided(request) if request.method == "POST" else self._page(request)
        if request.method == "POST" and request.path == self.token_path:
            return self._token(request)
        if request.method == "POST" and self.revoke_path and request.path == self.revoke_path:
            self.tokens.revoke()
            return LedgerAnswer(200, {})
        return None

    def secrets(self) -> dict[str, str]:
        """A fresh pair without a page, as a connection keeps it."""
        given = self.tokens.give()
        return {"access_token": str(given["access_token"]), "refresh_token": str(given["refresh_token"])}

    def knows(self, request: LedgerRequest) -> bool:
        """Whether the request carries an access token that holds."""
        return bearer_of(request) in self.tokens.access

    def _page(self, request: LedgerRequest) -> LedgerAnswer:
        wrong = self._wrong_with_page(request)
        if wrong:
            return _error("invalid_request", wrong)
        query = urlencode([(name, value) for name, values in request.query.items() for value in values])
        text = PAGE.format(label=html.escape(self.label), path=self.authorize_path, query=html.escape(query))
        return LedgerAnswer(200, content=text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def _wrong_with_page(self, request: LedgerRequest) -> str:
        if request.asked("response_type") != "code":
            return "response_type must be code"
        if request.asked("client_id") != self.client:
            return "unknown client"
        if not request.asked("redirect_uri") or not request.asked("state"):
            return "redirect_uri and state are needed"
        if self.uses_pkce and (request.asked("code_challenge_method") != "S256" or not request.asked("code_challenge")):
            return "a code challenge by S256 is needed"
        return ""

    def _decided(self, request: LedgerRequest) -> LedgerAnswer:
        wrong = self._wrong_with_page(request)
        if wrong:
            return _error("invalid_request", wrong)
        back = {"state": request.asked("state")}
        if request.form.get("decision") == "allow":
            code = f"code-{len(self.codes) + 1}"
            self.codes[code] = {
                "redirect_uri": request.asked("redirect_uri"),
                "challenge": request.asked("code_challenge"),
                "scope": request.asked("scope"),
            }
            back |= {"code": code, **self.returned}
        else:
            back["error"] = "access_denied"
        return LedgerAnswer(
            302, content=b"", headers={"Location": f"{request.asked('redirect_uri')}?{urlencode(back)}"}
        )

    def _token(self, request: LedgerRequest) -> LedgerAnswer:
        if not client_is(request, self.client, self.client_secret, in_body=self.in_body):
            return _error("invalid_client", status=401)
        form = request.form
        if form.get("grant_type") == "refresh_token":
            renewed = self.tokens.renew(form.get("refresh_token", ""))
            return LedgerAnswer(200, renewed) if renewed else _error("invalid_grant")
        if form.get("grant_type") != "authorization_code":
            return _error("unsupported_grant_type")
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return _error("invalid_grant")
        if self.uses_pkce and challenge_of(form.get("code_verifier", "")) != asked["challenge"]:
            return _error("invalid_grant", "the verifier does not fit")
        return LedgerAnswer(200, self.tokens.give())


@dataclass(slots=True, kw_only=True)
class ClientCredentialTokens:
    """The client credentials flow of one system: keys against a short token."""

    token_path: str
    client: str = CLIENT
    client_secret: str = CLIENT_SECRET
    in_body: bool = False
    needs: Mapping[str, str] = field(default_factory=dict)  # further values of the form, such as scope
    tokens: Tokens = field(default_factory=Tokens)

    def answer(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The answer to its address; None for others."""
        if request.method != "POST" or request.path != self.token_path:
            return None
        if not client_is(request, self.client, self.client_secret, in_body=self.in_body):
            return _error("invalid_client", status=401)
        if request.form.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type")
        if any(request.form.get(name) != value for name, value in self.needs.items()):
            return _error("invalid_scope")
        return LedgerAnswer(200, self.tokens.give(with_refresh=False))

    def knows(self, request: LedgerRequest) -> bool:
        """Whether the request carries an access token that holds."""
        return bearer_of(request) in self.tokens.access


def client_is(request: LedgerRequest, client: str, secret: str, *, in_body: bool) -> bool:
    """Whether the application at a token address is who it says (RFC 6749 2.3.1)."""
    if in_body:
        return (request.form.get("client_id"), request.form.get("client_secret")) == (client, secret)
    return basic_of(request) == (client, secret)


def challenge_of(verifier: str) -> str:
    """RFC 7636 4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _error(code: str, text: str = "", status: int = 400) -> LedgerAnswer:
    return LedgerAnswer(status, {"error": code} | ({"error_description": text} if text else {}))
