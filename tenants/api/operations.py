"""One operation of the API: its address, the permission it asks for, what it answers, and an example of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ninja import Router
from ninja.operation import Operation

from foundation.api.problems import CONTENT_TYPE, Problem
from tenants.api.door import TokenAuth, inside
from tenants.api.once import HEADER
from tenants.permissions import Permission

ALWAYS = (401, 403, 422, 429)
OF_BODIES = (400, 413, 415)
WORDS = {
    400: "What was sent is no JSON.",
    413: "More was sent than is taken at once.",
    415: "What was sent does not say that it is JSON.",
    401: "No token, or one that is not in force.",
    403: "The token lacks the scope.",
    404: "Nothing of that name in this organization.",
    409: "Somebody else has changed it meanwhile, or it is finalized: fetch it again and look.",
    422: "Something that was sent does not fit; `errors` names the fields.",
    429: "Too many calls a minute; `Retry-After` says when to go on.",
}
IDEMPOTENCY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own name of this call. The same call under the same key is carried out once (kept 7 days).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]+$"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What an operation answers, and examples of what is sent and answered."""

    answer: Any
    status: int = 200
    sent: Any = None
    told: Any = None
    refuses: tuple[int, ...] = field(default=())
    content_type: str = ""  # of answers that are files


def operation(
    router: Router, method: str, path: str, permission: Permission, says: Says
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the function under the address; its docstring is its description."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        setattr(view, "_ninja_contribute_to_operation", [_enter])  # noqa: B010 - how ninja lets itself be told
        told = router.api_operation(
            [method],
            path,
            auth=TokenAuth(permission),
            response={says.status: says.answer} | dict.fromkeys(_refusals(method, says), Problem),
            operation_id=view.__name__,
            summary=(view.__doc__ or "").strip().split("\n")[0].rstrip("."),
            description=(view.__doc__ or "").strip(),
            url_name=view.__name__,
            openapi_extra=_extra(method, says),
        )
        return told(view)

    return decorate


def _enter(made: Operation) -> None:
    # The signature was read from the function itself; only what is called is wrapped.
    made.view_func = inside(made.view_func, _names_of_query(made))


def _names_of_query(made: Operation) -> frozenset[str]:
    """What may be asked in the address; any other name is refused, or a misspelled filter would let everything in."""
    models = [model for model in made.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in model.__ninja_flatten_map__)


def _refusals(method: str, says: Says) -> tuple[int, ...]:
    return (*ALWAYS, *(() if method == "GET" else OF_BODIES), *says.refuses)


def _extra(method: str, says: Says) -> dict[str, Any]:
    extra: dict[str, Any] = {"responses": {}}
    for status in _refusals(method, says):
        content = {"schema": {"$ref": "#/components/schemas/Problem"}}
        extra["responses"][status] = {"description": WORDS[status], "content": {CONTENT_TYPE: content}}
    if says.content_type:
        content = {"schema": {"type": "string", "format": "binary"}}
        extra["responses"][says.status] = {"description": "The file.", "content": {says.content_type: content}}
    elif says.told is not None:
        extra["responses"][says.status] = {
            "description": "OK",
            "content": {"application/json": {"example": says.told}},
        }
    if says.sent is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": says.sent}}}
    if method != "GET":
        extra["parameters"] = [IDEMPOTENCY]
    return extra
