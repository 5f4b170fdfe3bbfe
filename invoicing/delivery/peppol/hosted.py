"""A hosted access point over REST: the document as it is inside a JSON request, and read back to see that it still is.

Such a service gives every document an id of its own and cannot be asked by ours: where its answer was lost, nobody can
say what became of the document, and it is never sent again by itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import quote

from invoicing.delivery.peppol.door import Call, Reply, ask
from invoicing.delivery.peppol.port import CannotTell, NoAnswer, Unreachable
from invoicing.delivery.peppol.wordings import (
    ALTERED,
    NO_ANSWER,
    NOT_UNDERSTOOD,
    REFUSED_BY_ACCESS_POINT,
    STATES_TOLD,
    refused_outcome,
    told_outcome,
)
from invoicing.dispatching import states
from invoicing.dispatching.envelopes import DOCUMENT_TYPES, PROCESSES, Envelope
from invoicing.dispatching.plain import Outcome

STATUS_SECONDS = 15.0
DOCUMENT_BYTES_MAX = 40 * 1024 * 1024
NOT_COMPARED = "not_compared"


class HostedCarrier:
    """One account at a hosted access point."""

    def __init__(self, address: str, account: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._account = account
        # Two kinds are in use: key and secret with a colon between them, and a token alone.
        proof = f"Basic {base64.b64encode(token.encode()).decode('ascii')}" if ":" in token else f"Bearer {token}"
        self._headers = {"Authorization": proof, "Accept": "application/json"}

    def send(self, envelope: Envelope, xml: bytes) -> Outcome:
        """Hand the document over and compare what was kept of it with what we sent."""
        body = {
            "recipient": f"{envelope.receiver.scheme}:{envelope.receiver.identifier}",
            "documentType": "xml",
            "document": xml.decode("utf-8"),
            "doctypeId": f"{DOCUMENT_TYPES}::{envelope.document_type}",
            "processId": f"{PROCESSES}::{envelope.process}",
        }
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": envelope.instance_id}
        url = f"{self._address}/api/v1/{quote(self._account, safe='')}/send"
        reply = ask(Call("POST", url, headers, json.dumps(body).encode()))
        refused = refused_outcome(reply)
        if refused is not None:
            return refused
        return self._read(reply, xml)

    def status(self, instance_id: str, external_id: str = "") -> Outcome | None:
        """What became of the document that was given this id; CannotTell where no id ever reached us."""
        if not external_id:
            raise CannotTell("The service's own id of the document is not known.")
        reply = ask(Call("GET", self._document(external_id), self._headers, read_seconds=STATUS_SECONDS))
        if reply.status == 404:
            return None
        document = _document_in(reply)
        if document is None:
            raise NoAnswer(f"{reply.status} {reply.words}")
        word = str(document.get("deliveryStatus") or "pending")
        if word not in STATES_TOLD:
            raise CannotTell(f"{word!r} is no status that we know")
        return told_outcome(word, str(document.get("deliveryError") or ""), external_id=external_id)

    def greet(self) -> str:
        """Ask for the account."""
        url = f"{self._address}/api/v1/companies/{quote(self._account, safe='')}"
        reply = ask(Call("GET", url, self._headers, read_seconds=STATUS_SECONDS))
        return "" if reply.status == 200 else f"{reply.status} {reply.words}"

    def _document(self, external_id: str) -> str:
        return f"{self._address}/api/v1/documents/{quote(external_id, safe='')}"

    def _read(self, reply: Reply, xml: bytes) -> Outcome:
        told = reply.json()
        if reply.status == 422:
            return Outcome(states.REJECTED, reply.words, REFUSED_BY_ACCESS_POINT, "access_point")
        # 409: it has this very document already, under the key that we sent along.
        if reply.status not in {200, 201, 202, 409} or not isinstance(told, dict):
            return Outcome(states.UNKNOWN, f"{reply.status} {reply.words}", NO_ANSWER, "access_point")
        if told.get("success") is False or told.get("sentOverPeppol") is False:
            return Outcome(states.REJECTED, reply.words, REFUSED_BY_ACCESS_POINT, "access_point")
        external_id = str(told.get("id") or "")[:200]
        if not external_id:
            return Outcome(states.UNKNOWN, reply.words, NOT_UNDERSTOOD, "access_point")
        return self._compared(external_id, xml)

    def _compared(self, external_id: str, xml: bytes) -> Outcome:
        """The document was taken: whether it is still ours is asked, and not being told changes nothing."""
        try:
            call = Call(
                "GET",
                self._document(external_id),
                self._headers,
                read_seconds=STATUS_SECONDS,
                bytes_max=DOCUMENT_BYTES_MAX,
            )
            document = _document_in(ask(call)) or {}
        except (NoAnswer, Unreachable):
            document = {}
        kept = document.get("xml")
        if not isinstance(kept, str):
            return Outcome(states.SENT, "", NOT_COMPARED, "access_point", external_id)
        if hashlib.sha256(kept.encode()).digest() != hashlib.sha256(xml).digest():
            return Outcome(states.UNKNOWN, "", ALTERED, "access_point", external_id)
        return Outcome(states.SENT, "", "access_point_has_it", "access_point", external_id)


def _document_in(reply: Reply) -> dict[str, object] | None:
    told = reply.json() if reply.status == 200 else None
    document = told.get("document") if isinstance(told, dict) else None
    return document if isinstance(document, dict) else None
