"""Who calls: a token opens one organization, for what its scopes say, so many times a minute."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from foundation import limits
from foundation.api.problems import CallRefused
from foundation.transactions import read_only
from tenants import tokens
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import ApiToken, Organization
from tenants.permissions import Permission
from tenants.scopes import granted, scope_for

TOKEN_LENGTH_MAX = 200
MINUTE = 60


class ApiRequest(HttpRequest):
    """A call inside an organization, by a program with a token."""

    organization: Organization
    token: ApiToken
    actor: Actor


class TokenAuth(HttpBearer):
    """Asks for a token that carries the permission; the same for every organization and every hour."""

    def __init__(self, permission: Permission) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token in force; None where there is none, so that nobody learns whether it ever was one."""
        now = timezone.now()
        found = tokens.find_token(token) if len(token) <= TOKEN_LENGTH_MAX else None
        if found is None:
            return None
        organization_id, token_id = found
        with organization_context(organization_id):
            with read_only():
                in_force = tokens.token_in_force(organization_id, token_id, now=now)
            if in_force is None:
                return None
            _refuse_too_many(in_force, now.timestamp())
            _refuse_without(in_force, self.permission)
            tokens.note_use(in_force, now=now)
        inside = cast(ApiRequest, request)
        inside.organization, inside.token, inside.actor = in_force.organization, in_force, Actor.program(in_force)
        return in_force


def _refuse_too_many(token: ApiToken, moment: float) -> None:
    minute, second = divmod(int(moment), MINUTE)
    if limits.count("api", f"{token.pk}:{minute}", seconds=2 * MINUTE) <= token.calls_per_minute:
        return
    wait = MINUTE - second
    raise CallRefused(
        429,
        "too_many_calls",
        _("This token may call %(most)s times a minute. Go on in %(wait)s seconds.")
        % {"most": token.calls_per_minute, "wait": wait},
        headers={"Retry-After": str(wait)},
    )


def _refuse_without(token: ApiToken, permission: Permission) -> None:
    if permission not in granted(token.scopes):
        raise CallRefused(
            403,
            "scope_is_missing",
            _("This token lacks the scope %(scope)s. Make one that has it, under Settings.")
            % {"scope": scope_for(permission).value},
        )


def _refuse_unknown(request: HttpRequest, asked: frozenset[str]) -> None:
    unknown = sorted(name for name in request.GET if name not in asked)
    if unknown:
        sentence = _("Nothing of that name can be asked for here.")
        raise CallRefused(422, "invalid", sentence, errors=[(name, sentence) for name in unknown])


def inside(view: Callable[..., Any], asked: frozenset[str]) -> Callable[..., Any]:
    """The operation within its organization: a GET in one reading, anything else as its action commits."""

    @wraps(view)
    def enter(request: HttpRequest, **kwargs: Any) -> Any:
        _refuse_unknown(request, asked)
        with organization_context(cast(ApiRequest, request).organization.pk):
            if request.method in {"GET", "HEAD"}:
                with read_only():
                    return view(request, **kwargs)
            return view(request, **kwargs)

    return enter
