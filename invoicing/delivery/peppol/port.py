"""The port to the Peppol network: what every access point must be able to do, and how it may fail."""

from __future__ import annotations

from typing import Protocol

from invoicing.dispatching.envelopes import Envelope
from invoicing.dispatching.plain import Outcome


class Unreachable(RuntimeError):
    """Nothing has left us: there was no connection, or the address is one that we do not speak to."""


class NoAnswer(RuntimeError):
    """It may have arrived: the connection ended without an answer that we understand."""


class CannotTell(RuntimeError):
    """This access point has no way of saying what became of a document."""


class Carrier(Protocol):
    """One access point."""

    def send(self, envelope: Envelope, xml: bytes) -> Outcome:
        """Hand the document over, unchanged, under the envelope's id; raises Unreachable or NoAnswer."""

    def status(self, instance_id: str, external_id: str = "") -> Outcome | None:
        """What became of the id; None where it was never heard of. Raises Unreachable, NoAnswer or CannotTell."""

    def greet(self) -> str:
        """Speak to it without sending anything: empty when it knows us, else what is wrong."""
