"""Asking the network whether somebody receives EHF: the name in the DNS, the server that it names, and what that says.

Three answers, and only two of them are answers: *no* is said where the name is not registered, or where the server
lists what is received and our documents are not among it. A time-out, a refusal, or a server that contradicts itself
is *unknown*, and nobody leaves EHF for it. The signature of the metadata is checked by the access point, which sends by
it; here it decides nothing but whether sending is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from django.conf import settings
from lxml import etree

from foundation.errors import DomainError
from foundation.xml import parse_xml
from invoicing.delivery.peppol.door import Call, ask
from invoicing.delivery.peppol.port import NoAnswer, Unreachable
from invoicing.dispatching.envelopes import (
    BILLING_PROCESS,
    BILLING_TYPES,
    DOCUMENT_TYPES,
    TRANSPORT,
    lookup_name,
    participant_id,
)
from invoicing.dispatching.plain import Finding
from invoicing.documents.endpoints import Endpoint

if TYPE_CHECKING:
    from dns.rdtypes.IN.NAPTR import NAPTR
    from dns.resolver import Resolver

DNS_SECONDS = 5.0
SMP_SECONDS = 10.0
SMP_BYTES_MAX = 512 * 1024
TYPES_MAX = 200
REFERENCE = "ServiceMetadataReference"
YES, NO, UNKNOWN = "yes", "no", "unknown"


class _Contradiction(RuntimeError):
    """The server says something that cannot be so."""


def is_asked() -> bool:
    """Whether this installation asks the network at all; without a zone it does not."""
    return bool(settings.PEPPOL_SML_ZONE)


def look_up(endpoint: Endpoint, now: datetime) -> Finding:
    """Ask the network; never raises, for what could not be found out is an answer of its own."""
    import dns.exception
    import dns.resolver

    try:
        server = _server_of(endpoint)
    except dns.resolver.NXDOMAIN:
        return Finding(NO, problem="not registered")
    except (dns.exception.DNSException, _Contradiction) as error:
        return Finding(UNKNOWN, problem=_words(error))
    provider = server.partition("://")[2].partition("/")[0][:200]
    try:
        listed = _listed_types(server, endpoint)
        ours = [kind for kind in BILLING_TYPES if kind in listed]
        received = tuple(kind for kind in ours if _has_endpoint(server, endpoint, kind, now))
    except (Unreachable, NoAnswer, _Contradiction, DomainError) as error:
        return Finding(UNKNOWN, provider=provider, problem=_words(error))
    if BILLING_TYPES[0] not in received:
        return Finding(NO, received, provider, "invoices are not among what is received")
    return Finding(YES, received, provider)


def _words(error: Exception) -> str:
    return f"{type(error).__name__.lstrip('_')}: {error}"[:300]


def _server_of(endpoint: Endpoint) -> str:
    """The address of the metadata server that the DNS names: U-NAPTR with the service Meta:SMP, Peppol SML 1.3.0."""
    from dns.rdtypes.IN.NAPTR import NAPTR

    records = _resolver().resolve(lookup_name(endpoint, settings.PEPPOL_SML_ZONE), "NAPTR", lifetime=DNS_SECONDS)
    named = [record for record in records if isinstance(record, NAPTR) and _names_server(record)]
    for record in sorted(named, key=lambda record: (record.order, record.preference)):
        expression = record.regexp.decode("utf-8", "replace")
        parts = expression.split(expression[:1]) if expression else []
        if len(parts) == 4 and parts[2].startswith(("https://", "http://")) and "\\" not in parts[2]:
            return parts[2].rstrip("/")
    raise _Contradiction("the name is registered without a server")


def _names_server(record: NAPTR) -> bool:
    return record.flags.lower() == b"u" and record.service.lower() == b"meta:smp"


def _resolver() -> Resolver:
    """The machine's own resolver, or the one that the setting names."""
    from dns.resolver import Resolver

    if not settings.PEPPOL_DNS_SERVER:
        return Resolver()
    host, _colon, port = settings.PEPPOL_DNS_SERVER.rpartition(":")
    resolver = Resolver(configure=False)
    resolver.nameservers = [host]
    resolver.port = int(port)
    return resolver


def _listed_types(server: str, endpoint: Endpoint) -> list[str]:
    """The document types in the party's service group."""
    group = _fetch(f"{server}/{quote(participant_id(endpoint), safe='')}")
    named = next(_each(group, "ParticipantIdentifier"), None)
    wanted = f"{endpoint.scheme}:{endpoint.identifier}"
    if named is None or (named.text or "").strip().lower() != wanted.lower():
        raise _Contradiction("the server speaks of somebody else")
    marks = [unquote(one.get("href", "")).partition(f"{DOCUMENT_TYPES}::")[2] for one in _each(group, REFERENCE)]
    return [mark for mark in marks if mark][:TYPES_MAX]


def _has_endpoint(server: str, endpoint: Endpoint, kind: str, now: datetime) -> bool:
    """Whether documents of this type have an address in force, in our process and by the transport in use."""
    document = quote(f"{DOCUMENT_TYPES}::{kind}", safe="")
    metadata = _fetch(f"{server}/{quote(participant_id(endpoint), safe='')}/services/{document}")
    elsewhere = next(_each(metadata, "Redirect"), None)
    if elsewhere is not None:
        metadata = _fetch(elsewhere.get("href", ""))  # one step, as the standard has it
    named = next(_each(metadata, "DocumentIdentifier"), None)
    if named is None or (named.text or "").strip() != kind:
        raise _Contradiction("the server speaks of another document type")
    for process in _each(metadata, "Process"):
        identifier = next(_each(process, "ProcessIdentifier"), None)
        if identifier is not None and (identifier.text or "").strip() == BILLING_PROCESS:
            return any(_is_in_force(address, now) for address in _each(process, "Endpoint"))
    return False


def _is_in_force(address: etree._Element, now: datetime) -> bool:
    if address.get("transportProfile") != TRANSPORT:
        return False
    begins, ends = (_moment(address, name) for name in ("ServiceActivationDate", "ServiceExpirationDate"))
    return (begins is None or begins <= now) and (ends is None or now < ends)


def _moment(address: etree._Element, name: str) -> datetime | None:
    element = next(_each(address, name), None)
    if element is None or not (element.text or "").strip():
        return None
    try:
        moment = datetime.fromisoformat((element.text or "").strip())
    except ValueError as error:
        raise _Contradiction(f"{name} is no moment") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fetch(url: str) -> etree._Element:
    """One document of the metadata server; a name that is registered and a server that has never heard of it differ."""
    reply = ask(Call("GET", url, {"Accept": "application/xml"}, read_seconds=SMP_SECONDS, bytes_max=SMP_BYTES_MAX))
    if reply.status != 200:
        raise _Contradiction(f"the server answers {reply.status}")
    return parse_xml(reply.content, max_bytes=SMP_BYTES_MAX)


def _each(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Elements of a local name: publishers use two namespaces for the same words."""
    return parent.iter(f"{{*}}{name}")
