"""The one door through which Peppol's servers are spoken to: bounded in time and size, to public addresses only.

The name is resolved once, every address that it has must be a public one, and the connection goes to the address that
was looked at while the certificate must still be the name's. No redirect is followed and no proxy of the environment
is used. On a machine for development the loopback address is allowed as well, also without TLS.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from invoicing.delivery.peppol.port import NoAnswer, Unreachable

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
ADDRESSES_MAX = 3
READ_SECONDS = 60.0  # access points hand on before they answer
WHOLE_SECONDS = 90.0
ANSWER_BYTES_MAX = 1024 * 1024
REASON_MAX = 400


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    read_seconds: float | None = None  # None: as long as a document takes
    bytes_max: int = ANSWER_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The content as JSON; None where it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None

    @property
    def words(self) -> str:
        """The content as words for a person to read."""
        told = self.json()
        if isinstance(told, dict):
            told = told.get("message") or told.get("errors") or told.get("errorDetails") or told.get("error") or told
        text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False) if told else ""
        text = text or self.content[: REASON_MAX * 2].decode("utf-8", "replace")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:REASON_MAX]


def ask(call: Call) -> Reply:
    """Make the request and read the whole answer; Unreachable where nothing left us, NoAnswer where something may."""
    import httpx2

    target = _checked(call.url)
    problem = ""
    for address in target.addresses:
        try:
            return _ask_at(address, target, call)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            problem = f"{target.host}: {type(error).__name__} {error}".strip()  # nothing was said to this address
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise NoAnswer(f"{target.host}: {type(error).__name__} {error}".strip()) from error
    raise Unreachable(problem)


def _ask_at(address: httpx2.URL, target: _Target, call: Call) -> Reply:
    import httpx2

    timeout = httpx2.Timeout(call.read_seconds or READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx2.Client(verify=_trust(), trust_env=False, follow_redirects=False, timeout=timeout) as client:
        request = client.build_request(
            call.method,
            address,
            headers={**call.headers, "Host": target.netloc, "Accept-Encoding": "identity"},
            content=call.content or None,
            extensions={"sni_hostname": target.host},
        )
        response = client.send(request, stream=True)
        try:
            return Reply(response.status_code, _read(response, call.bytes_max), dict(response.headers))
        finally:
            response.close()


def refuse_address(url: str) -> str:
    """Why nothing is ever sent to this address; empty where it may be spoken to."""
    try:
        _checked(url)
    except Unreachable as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class _Target:
    addresses: tuple[httpx2.URL, ...]  # the same place by each of its addresses, in the order of the resolver
    host: str
    netloc: str


def _checked(url: str) -> _Target:
    """The addresses to connect to, once every one that the name has was found fit."""
    import httpx2

    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise Unreachable(f"{url}: is no address") from error
    if parsed.scheme not in {"https", "http"} or not parsed.host or parsed.userinfo:
        raise Unreachable(f"{url}: only https addresses are spoken to")
    found = _addresses(parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80))
    for address in found:
        if address.is_loopback and not settings.IS_PRODUCTION:
            continue
        if parsed.scheme != "https":
            raise Unreachable(f"{parsed.host}: only https addresses are spoken to")
        if not address.is_global or address.is_multicast:
            raise Unreachable(f"{parsed.host}: is an address inside a private network")
    pinned = tuple(parsed.copy_with(host=str(address)) for address in dict.fromkeys(found))
    return _Target(pinned[:ADDRESSES_MAX], parsed.host, parsed.netloc.decode("ascii"))


def _addresses(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host}: the name is not known") from error
    found = []
    for row in rows:
        address = ipaddress.ip_address(str(row[4][0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        found.append(mapped or address)
    if not found:
        raise Unreachable(f"{host}: the name is not known")
    return found


def _read(response: httpx2.Response, bytes_max: int) -> bytes:
    """The body within bounds of size and time: a server that sends a byte a minute is not waited for."""
    ends = time.monotonic() + WHOLE_SECONDS
    parts: list[bytes] = []
    size = 0
    for part in response.iter_raw():
        size += len(part)
        if size > bytes_max:
            raise NoAnswer(f"{response.url.host}: the answer is too long")
        if time.monotonic() > ends:
            raise NoAnswer(f"{response.url.host}: the answer took too long")
        parts.append(part)
    return b"".join(parts)


@cache
def _trust() -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()
