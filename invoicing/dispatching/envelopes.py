"""What a document and its parties are called in Peppol, and the name under which a party is looked up. Pure.

A document travels in an envelope that the access point makes: sender and receiver, the type of the document, the
process that it belongs to, the sender's country, and an id of its own that stays the same over all attempts.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from lxml import etree

from invoicing.documents.endpoints import Endpoint

PARTICIPANTS = "iso6523-actorid-upis"
DOCUMENT_TYPES = "busdox-docid-qns"
PROCESSES = "cenbii-procid-ubl"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
UBL_VERSION = "2.1"
NAMESPACES = {"cac": f"{UBL}CommonAggregateComponents-2", "cbc": f"{UBL}CommonBasicComponents-2"}
BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
BILLING_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
BILLING_TYPES = tuple(f"{UBL}{root}-2::{root}##{BILLING}::{UBL_VERSION}" for root in ("Invoice", "CreditNote"))
TRANSPORT = "peppol-transport-as4-v2_0"


class NoEnvelope(ValueError):
    """The document does not say from whom or to whom it goes, or of which type it is."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands outside a document on its way."""

    sender: Endpoint
    receiver: Endpoint
    document_type: str
    process: str
    country: str  # of the sender, as reporting demands
    instance_id: str


def read_envelope(document: etree._Element, instance_id: str) -> Envelope:
    """The envelope that the document itself asks for: its parties' addresses, its customization and its profile."""
    name = etree.QName(document)
    customization = _text(document, "cbc:CustomizationID")
    envelope = Envelope(
        sender=_endpoint(document, "cac:AccountingSupplierParty"),
        receiver=_endpoint(document, "cac:AccountingCustomerParty"),
        document_type=f"{name.namespace}::{name.localname}##{customization}::{UBL_VERSION}",
        process=_text(document, "cbc:ProfileID"),
        country=_text(
            document, "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
        ),
        instance_id=instance_id,
    )
    wanted = (customization, envelope.process, envelope.country, *envelope.sender, *envelope.receiver)
    if not all(wanted):
        raise NoEnvelope("The document lacks an address, its customization, its profile or the sender's country.")
    return envelope


def participant_id(endpoint: Endpoint) -> str:
    """The whole identifier of a party, with its scheme of schemes."""
    return f"{PARTICIPANTS}::{endpoint.scheme}:{endpoint.identifier}"


def lookup_name(endpoint: Endpoint, zone: str) -> str:
    """The name in the DNS under which a party's metadata is announced: Peppol SML 1.3.0, SHA-256 in Base 32."""
    value = f"{endpoint.scheme}:{endpoint.identifier}".lower().encode()
    label = base64.b32encode(hashlib.sha256(value).digest()).decode("ascii").rstrip("=")
    return f"{label}.{PARTICIPANTS}.{zone}"


def parse_endpoint(text: str) -> Endpoint:
    """An address as deliveries write it, scheme:identifier."""
    scheme, _colon, identifier = text.partition(":")
    return Endpoint(scheme, identifier)


def _endpoint(document: etree._Element, party: str) -> Endpoint:
    element = document.find(f"{party}/cac:Party/cbc:EndpointID", NAMESPACES)
    if element is None:
        return Endpoint("", "")
    return Endpoint(element.get("schemeID", ""), (element.text or "").strip())


def _text(document: etree._Element, path: str) -> str:
    return (document.findtext(path, "", NAMESPACES) or "").strip()
