"""Where an address that somebody typed leads: to a public one over https, or nowhere.

The name is resolved once and every address that it has must be a public one. The connection goes to the address that
was looked at, while the certificate must still be the name's. On a machine for development loopback is allowed.
"""

from __future__ import annotations

import ipaddress
import socket

import httpx2
from django.conf import settings


class AddressRefused(ValueError):
    """Nothing is ever sent to this address; says why."""


def pinned(address: str) -> tuple[httpx2.URL, str, str]:
    """The same place by its number, the name that its certificate must bear, and what the Host header says."""
    try:
        parsed = httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise AddressRefused(f"{address}: is no address") from error
    if parsed.scheme != "https" or not parsed.host or parsed.userinfo:
        raise AddressRefused(f"{parsed.host or address}: only https addresses are spoken to")
    found = _numbers_of(parsed.host, parsed.port or 443)
    for number in found:
        if number.is_loopback and not settings.IS_PRODUCTION:
            continue
        if not number.is_global or number.is_multicast:
            raise AddressRefused(f"{parsed.host}: is an address inside a private network")
    return parsed.copy_with(host=str(found[0])), parsed.host, parsed.netloc.decode("ascii")


def _numbers_of(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{host}: the name is not known") from error
    found = []
    for row in rows:
        number = ipaddress.ip_address(str(row[4][0]).partition("%")[0])
        found.append(getattr(number, "ipv4_mapped", None) or number)
    if not found:
        raise AddressRefused(f"{host}: the name is not known")
    return found
