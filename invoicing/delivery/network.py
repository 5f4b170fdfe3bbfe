"""EHF into the Peppol network: checked once more, addressed by what it says itself, handed to the access point.

The envelope's id is the delivery's and the same over all attempts. Before a second attempt the access point is asked
what became of the first; where it may have left us and nobody can say, it is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from foundation.transactions import read_only
from foundation.xml import parse_xml
from invoicing.delivery.papers import file_of
from invoicing.delivery.peppol.carriers import carrier_of
from invoicing.delivery.peppol.port import CannotTell, Carrier, NoAnswer, Unreachable
from invoicing.delivery.peppol.wordings import ACCESS_POINT_AWAY, NO_ANSWER
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching, states
from invoicing.dispatching.envelopes import Envelope, read_envelope
from invoicing.dispatching.plain import Outcome, Parcel
from invoicing.documents.ehf_checks import check_ehf
from invoicing.models import FileKind, Participant, Reachability
from tenants import queries as tenants
from tenants.clock import local_today

REASON_MAX = 400


@dataclass(frozen=True, slots=True)
class _Consignment:
    """A document ready to leave."""

    envelope: Envelope
    xml: bytes
    carrier: Carrier
    external_id: str


def hand_over(parcel: Parcel, about_to: Callable[[], None]) -> Outcome:
    """Hand the document's EHF to the organization's access point, once under the delivery's id."""
    consignment = _prepared(parcel)
    if isinstance(consignment, Outcome):
        return consignment
    if parcel.attempt > 1:
        known = _what_became(parcel, consignment)
        if known is not None:
            return known
    about_to()
    try:
        return consignment.carrier.send(consignment.envelope, consignment.xml)
    except Unreachable as error:
        return Outcome(states.QUEUED, str(error)[:REASON_MAX], ACCESS_POINT_AWAY, "access_point")
    except NoAnswer as error:
        return _after_silence(consignment, str(error))


def _prepared(parcel: Parcel) -> _Consignment | Outcome:
    """The document, its envelope and who carries it; or why it does not leave."""
    if parcel.is_test:
        return Outcome(states.FAILED, reason_code="no_test_by_ehf")
    xml = file_of(parcel, FileKind.EHF)
    envelope = read_envelope(parse_xml(xml), parcel.message_id)
    now = timezone.now()
    with read_only():
        organization = tenants.get_open_organization(parcel.organization_id)
        access_point = reaching.access_point_of(organization)
        participant = sendings.participant_of(organization, envelope.receiver, now)
        delivery = sendings.get_delivery(organization, parcel.delivery_id)
    if access_point is not None and not access_point.is_active:
        return Outcome(states.QUEUED, access_point.problem, "access_point_paused")
    refused = (
        _misaddressed(parcel, envelope) or _unfit(xml, local_today(organization)) or _unreceived(envelope, participant)
    )
    if refused is not None:
        return refused
    return _Consignment(envelope, xml, carrier_of(parcel.organization_id, access_point), delivery.external_id)


def _misaddressed(parcel: Parcel, envelope: Envelope) -> Outcome | None:
    """The address inside the document decides; whoever has none is written with the seller's own in its place."""
    if envelope.receiver == envelope.sender:
        return Outcome(states.FAILED, reason_code="no_electronic_address")
    if parcel.recipient.lower() != f"{envelope.receiver.scheme}:{envelope.receiver.identifier}".lower():
        return Outcome(states.FAILED, f"{envelope.receiver.scheme}:{envelope.receiver.identifier}", "another_address")
    return None


def _unfit(xml: bytes, today: date) -> Outcome | None:
    """No document leaves that breaks a rule in force today, also where it was made under older ones."""
    result = check_ehf(xml, today=today)
    if result.is_accepted:
        return None
    first = result.fatal[0]
    facts = {"rules": [finding.rule for finding in result.fatal][:20], "field": first.field}
    return Outcome(states.FAILED, f"{first.rule}: {first.text}"[:REASON_MAX], "rules_are_broken", facts=facts)


def _unreceived(envelope: Envelope, participant: Participant | None) -> Outcome | None:
    """What the network said of the receiver: a clear no ends this channel, and no answer is waited for."""
    if not settings.PEPPOL_SML_ZONE:
        return None
    if participant is None or participant.answer == Reachability.UNKNOWN:
        problem = participant.problem if participant is not None else ""
        return Outcome(states.QUEUED, problem, "network_silent", "access_point")
    if participant.answer == Reachability.NO:
        return Outcome(states.FAILED, participant.problem, "not_in_network", "access_point")
    if participant.document_types and envelope.document_type not in participant.document_types:
        return Outcome(states.FAILED, envelope.document_type[:REASON_MAX], "kind_not_received", "access_point")
    return None


def _what_became(parcel: Parcel, consignment: _Consignment) -> Outcome | None:
    """What became of an earlier attempt; None where it is certain that nothing was taken."""
    try:
        return consignment.carrier.status(consignment.envelope.instance_id, consignment.external_id)
    except (Unreachable, NoAnswer, CannotTell) as error:
        if parcel.may_have_been_handed_over:
            return Outcome(states.UNKNOWN, str(error)[:REASON_MAX], "status_unknown", "access_point")
        if isinstance(error, CannotTell):
            return None  # the earlier attempt was refused in so many words
        return Outcome(states.QUEUED, str(error)[:REASON_MAX], ACCESS_POINT_AWAY, "access_point")


def _after_silence(consignment: _Consignment, problem: str) -> Outcome:
    """The connection ended without an answer: the access point's record of the id says whether it has the document."""
    try:
        known = consignment.carrier.status(consignment.envelope.instance_id)
    except (Unreachable, NoAnswer, CannotTell):
        return Outcome(states.UNKNOWN, problem[:REASON_MAX], NO_ANSWER, "access_point")
    return known or Outcome(states.QUEUED, problem[:REASON_MAX], ACCESS_POINT_AWAY, "access_point")
