"""A mail server tried without sending anything."""

from __future__ import annotations

from invoicing.delivery.mail import our_name
from invoicing.delivery.smtp import try_server
from invoicing.dispatching.senders import Server
from invoicing.dispatching.wording import sentence_of


def problem_of(server: Server) -> str:
    """Empty when it can be reached, is encrypted and lets us in; otherwise a sentence and the server's words."""
    outcome = try_server(server, our_name=our_name())
    if outcome is None:
        return ""
    return " ".join(filter(None, (sentence_of(outcome.reason_code), outcome.reason)))
