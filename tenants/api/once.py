"""A call with a key is carried out once: what it did and what it answered are written in one transaction."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.responses import NinjaJSONEncoder, Status
from pydantic import BaseModel

from foundation.api.problems import CallRefused
from foundation.canonical import digest
from foundation.transactions import read_only
from tenants import calls
from tenants.api.door import ApiRequest
from tenants.models import ApiCall

KEY = re.compile(r"[!-~]{1,120}", re.ASCII)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


def once(
    request: ApiRequest, act: Callable[[], BaseModel | None], *, status: int = 200, before: Callable[[], Any] = bool
) -> Any:
    """What the act answers; with a key, what it answered the first time.

    The key is taken in the act's own transaction: a second call at the same moment waits for the first, and a call
    that was refused or broken off has used up nothing. `before` is done ahead of the act, in transactions of its own.
    """
    key = request.headers.get(HEADER)
    if key is None:
        before()
        return Status(status, act())
    if not KEY.fullmatch(key):
        raise _refused(
            _("Write the key in up to 120 letters, digits and signs, without spaces."), "bad_idempotency_key"
        )
    call = calls.Call(key, f"{request.method} {request.path}"[:300], _digest_of(request), status)
    with read_only():
        earlier = calls.find_call(request.organization, key)
    if earlier is None:
        before()
        with transaction.atomic():
            call_id = calls.claim_call(request.token, call, now=timezone.now())
            if call_id is not None:
                answer = act()
                calls.keep_answer(request.organization, call_id, None if answer is None else _as_sent(answer))
                return Status(status, answer)
            earlier = calls.find_call(request.organization, key)
    assert earlier is not None
    return _again(earlier, call)


def _as_sent(answer: BaseModel) -> Any:
    """The answer as it goes over the wire, to the last decimal of its moments."""
    return json.loads(json.dumps(answer.model_dump(), cls=NinjaJSONEncoder))


def _again(earlier: ApiCall, call: calls.Call) -> HttpResponse:
    if (earlier.operation, earlier.request_sha256) != (call.operation, call.request_sha256):
        raise _refused(
            _("This key was used for another call. Give each call a key of its own, and a repeated one the same."),
            "idempotency_key_is_used",
        )
    content = b"" if earlier.answer is None else json.dumps(earlier.answer, ensure_ascii=False).encode()
    return HttpResponse(
        content, status=earlier.status, content_type="application/json; charset=utf-8", headers={REPLAYED: "true"}
    )


def _digest_of(request: ApiRequest) -> str:
    """The hash of what is asked, whatever the order and spacing of its JSON."""
    asked = json.loads(request.body) if request.body else None
    return digest([request.META.get("QUERY_STRING", ""), json.dumps(asked, sort_keys=True)])


def _refused(sentence: str, code: str) -> CallRefused:
    return CallRefused(422, code, sentence, errors=[(HEADER, sentence)])
