"""A program that calls the API in tests: a client with a token and JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.test import Client

from tenants import tokens
from tenants.audit import Actor
from tenants.models import ApiToken, Membership, Organization
from tenants.scopes import Scope
from tests import builders

ADDRESS = "/api/v1"


def make_token(organization: Organization, scopes: Iterable[str] = tuple(Scope), **more: Any) -> tuple[ApiToken, str]:
    """A token of the organization's owner, and its secret."""
    with builders.in_organization(organization):
        user = Membership.objects.select_related("user").get(role="owner").user
        wanted = tokens.NewToken(**{"name": "Timesystem", "scopes": list(scopes), "calls_per_minute": 10_000, **more})
        return tokens.create_token(organization, wanted, user=user, actor=Actor.person(user))


class Program:
    """Calls with a token; answers come back as they went over the wire."""

    def __init__(self, secret: str, language: str = "en") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language}

    def call(self, method: str, path: str, sent: Any = None, *, key: str = "", **headers: str) -> Any:
        """One call; `key` makes it one that is carried out once."""
        more = {"Idempotency-Key": key} if key else {}
        return self.client.generic(
            method,
            path if path.startswith("/api/") else ADDRESS + path,
            b"" if sent is None else json.dumps(sent).encode(),
            content_type="application/json",
            headers={**self.headers, **more, **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, sent: Any = None, *, key: str = "") -> Any:
        return self.call("POST", path, {} if sent is None else sent, key=key)

    def patch(self, path: str, sent: Any, *, key: str = "") -> Any:
        return self.call("PATCH", path, sent, key=key)


def program_of(organization: Organization, scopes: Iterable[str] = tuple(Scope), **more: Any) -> Program:
    """A program with a token of the organization."""
    return Program(make_token(organization, scopes, **more)[1])
