"""Carries one call to an accounting system and its answer back; repeats nothing by itself.

What may have happened is told apart from what certainly has not: `NoAnswer` after the request may have left us,
`NotSent` before. Redirects are not followed, and an answer larger than any real one is none.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from urllib.parse import urlsplit, urlunsplit

import httpx2
import simplejson
from django.conf import settings

from accounting_sync.providers.base import Adapter, Answer, Call
from accounting_sync.providers.public_address import AddressRefused, pinned

CONNECT_SECONDS = 5.0
ANSWER_BYTES_MAX = 32 * 1024 * 1024
WHOLE_SECONDS = 180.0  # a server that sends a byte a minute is not waited for
HOST_HEADER = "X-Ledger-Host"  # tells a simulator for which system it stands


class NotSent(RuntimeError):
    """Nobody was reached: the call has certainly done nothing."""


class NoAnswer(RuntimeError):
    """No whole answer came: the call may or may not have done what was asked."""


@dataclass(slots=True)
class Carrier:
    """A connection to one accounting system, kept open for as many calls as a worker makes on it."""

    adapter: Adapter
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        timeout = httpx2.Timeout(self.adapter.answer_seconds, connect=CONNECT_SECONDS)
        self.client = httpx2.Client(verify=_trust(), timeout=timeout, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Let the connection go."""
        self.client.close()

    def __enter__(self) -> Carrier:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Make the call once, with the headers that let us in; raises NotSent or NoAnswer."""
        try:
            request = self._request(call, headers)
        except AddressRefused as error:
            raise NotSent(str(error)) from error
        try:
            return _read(self.client.send(request, stream=True))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error

    def _request(self, call: Call, headers: Mapping[str, str]) -> httpx2.Request:
        address: str | httpx2.URL
        address, own = address_of(self.adapter, call)
        extensions = {}
        if self.adapter.host_is_typed and not own:
            address, name, own["Host"] = pinned(address)
            extensions = {"sni_hostname": name}
        sent = {"Accept": "application/json", **own, **call.headers, **headers}
        content = call.content
        if call.body is not None:
            content = simplejson.dumps(call.body, use_decimal=True, ensure_ascii=False).encode()
            sent.setdefault("Content-Type", "application/json")
        elif call.content is not None:
            sent["Content-Type"] = call.content_type
        files = None
        if call.upload is not None:
            files = {call.upload.field: (call.upload.name, call.upload.content, call.upload.content_type)}
        return self.client.build_request(
            call.method,
            address,
            params=list(call.query) or None,
            content=content,
            data=call.form,
            files=files,
            headers=sent,
            extensions=extensions,
        )


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe: read once, for it takes longer than many a call."""
    return httpx2.create_ssl_context(trust_env=False)


def address_of(adapter: Adapter, call: Call) -> tuple[str, dict[str, str]]:
    """Where the call goes, and what must be said beside where a simulator stands for the system."""
    address = call.path if call.path.startswith("https://") else f"{adapter.base()}{call.path}"
    return simulated(address)


def simulated(address: str) -> tuple[str, dict[str, str]]:
    """The address, moved to where the setting LEDGER_HOSTS says that its host is simulated."""
    parts = urlsplit(address)
    elsewhere = settings.LEDGER_HOSTS.get(parts.hostname or "")
    if not elsewhere:
        return address, {}
    moved = urlsplit(elsewhere)
    there = urlunsplit((moved.scheme, moved.netloc, parts.path, parts.query, ""))
    return there, {HOST_HEADER: parts.hostname or ""}


def _read(response: httpx2.Response) -> Answer:
    ends = time.monotonic() + WHOLE_SECONDS
    try:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise NoAnswer("The answer is larger than any that this system gives.")
            if time.monotonic() > ends:
                raise NoAnswer("The answer took too long.")
    finally:
        response.close()
    names = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, names, _parsed(bytes(content), names), bytes(content))


def _parsed(content: bytes, headers: Mapping[str, str]) -> object:
    """The JSON of an answer, amounts as Decimals; None where it has none."""
    if "json" not in headers.get("content-type", "") or not content.strip():
        return None
    return json.loads(content, parse_float=Decimal)
