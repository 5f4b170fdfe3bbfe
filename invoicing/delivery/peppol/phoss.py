"""phoss AP over REST: the raw document in, the envelope's parts in the address, and a status that is asked by its id.

The submission answers only after the document was handed to the receiver's access point. A 422 therefore means either
that it was refused or that the first try failed and more will follow: the status by the id tells which.
"""

from __future__ import annotations

from urllib.parse import quote

from invoicing.delivery.peppol.door import Call, Reply, ask
from invoicing.delivery.peppol.port import NoAnswer, Unreachable
from invoicing.delivery.peppol.wordings import (
    ACCESS_POINT_AWAY,
    ALTERED,
    NO_ANSWER,
    REFUSED_BY_ACCESS_POINT,
    STATES_TOLD,
    refused_outcome,
    told_outcome,
)
from invoicing.dispatching import states
from invoicing.dispatching.envelopes import DOCUMENT_TYPES, PROCESSES, Envelope, participant_id
from invoicing.dispatching.plain import Outcome

STATUS_SECONDS = 15.0
NOBODYS_ID = "00000000-0000-0000-0000-000000000000"


class PhossCarrier:
    """One phoss AP at its address, with the token that it knows us by."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._headers = {"X-Token": token, "Accept": "application/json"}

    def send(self, envelope: Envelope, xml: bytes) -> Outcome:
        """Submit the document under the envelope's id; where the answer leaves doubt, the status is asked."""
        parts = (
            participant_id(envelope.sender),
            participant_id(envelope.receiver),
            f"{DOCUMENT_TYPES}::{envelope.document_type}",
            f"{PROCESSES}::{envelope.process}",
            envelope.country,
        )
        path = "/".join(quote(part, safe="") for part in parts)
        url = f"{self._address}/api/outbound/submit/{path}?sbdhInstanceID={quote(envelope.instance_id, safe='')}"
        headers = {**self._headers, "Content-Type": "application/xml"}
        reply = ask(Call("POST", url, headers, xml))
        refused = refused_outcome(reply)
        if refused is not None:
            return refused
        if reply.status == 200 and _is_accepted(reply, envelope.instance_id):
            return Outcome(states.SENT, reason_code="access_point_has_it", source="access_point")
        return self._by_record(envelope, reply)

    def status(self, instance_id: str, external_id: str = "") -> Outcome | None:
        """What the access point's own record of the id says."""
        record = self._record(instance_id)
        return _told(record) if record is not None else None

    def greet(self) -> str:
        """Ask for an id that nobody has: an access point that knows us says so."""
        reply = ask(
            Call("GET", f"{self._address}/api/outbound/status/{NOBODYS_ID}", self._headers, read_seconds=STATUS_SECONDS)
        )
        return "" if reply.status == 404 else f"{reply.status} {reply.words}"

    def _record(self, instance_id: str) -> dict[str, object] | None:
        """The record of the id; None where there is none, NoAnswer where what comes is no record of it."""
        url = f"{self._address}/api/outbound/status/{quote(instance_id, safe='')}"
        reply = ask(Call("GET", url, self._headers, read_seconds=STATUS_SECONDS))
        if reply.status == 404:
            return None
        record = reply.json() if reply.status == 200 else None
        if not isinstance(record, dict) or record.get("sbdhInstanceID") != instance_id:
            raise NoAnswer(f"{reply.status} {reply.words}")
        if record.get("status") not in STATES_TOLD:
            raise NoAnswer(f"{record.get('status')!r} is no status that we know")
        return record

    def _by_record(self, envelope: Envelope, reply: Reply) -> Outcome:
        """An answer that may hide a document which was taken: told by its id, and refused only where there is none."""
        try:
            record = self._record(envelope.instance_id)
        except (NoAnswer, Unreachable) as error:
            return Outcome(states.UNKNOWN, f"{reply.status} {reply.words}; {error}", NO_ANSWER, "access_point")
        if record is not None:
            is_ours = record.get("receiverID", "") == participant_id(envelope.receiver)
            return _told(record) if is_ours else Outcome(states.UNKNOWN, "", ALTERED, "access_point")
        if reply.status == 422:
            return Outcome(states.REJECTED, reply.words, REFUSED_BY_ACCESS_POINT, "access_point")
        # It has no record of the id: nothing was taken, and the same id is tried again later.
        return Outcome(states.QUEUED, f"{reply.status} {reply.words}", ACCESS_POINT_AWAY, "access_point")


def _told(record: dict[str, object]) -> Outcome:
    level, reason = str(record.get("mlsStatus") or ""), str(record.get("errorDetails") or "")
    return told_outcome(str(record["status"]), reason, level=level, external_id=str(record.get("id") or ""))


def _is_accepted(reply: Reply, instance_id: str) -> bool:
    told = reply.json()
    if not isinstance(told, dict) or told.get("overallSuccess") is not True:
        return False
    named = told.get("sbdhInstanceIdentifier") or told.get("sbdhInstanceID") or instance_id
    return bool(named == instance_id)
