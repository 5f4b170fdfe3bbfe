"""One e-mail to one recipient through an encrypted connection, and what the server's answer means.

Until the server has been given the words of the mail nothing has left us: whatever fails there is tried again. Once
they are on the way and no answer comes, nobody knows: such a mail is never sent again by itself.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome
from invoicing.dispatching.returned_mail import code_of
from invoicing.dispatching.senders import PLAIN, Server

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 20.0
CONTENT_SECONDS = 75.0  # for the words themselves and the server's last answer
SOURCE = "mail_server"
TOO_LARGE = 552
ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 2034, before the server's words
Step = Literal["sender", "recipient", "content"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who the server is told it comes from and goes to, and the mail: whole first, then in smaller forms."""

    sender: str
    recipient: str
    forms: Sequence[Callable[[], bytes]]
    id: str = ""  # by which notifications about the mail name it, where the server offers them (RFC 3461)
    is_arrival_told: bool = False  # whether it shall be told as well that the mail has arrived


class _Answered(Exception):
    """The server's answer settles the attempt."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class _Pinned(smtplib.SMTP):
    """A connection to the very address that was found fit; certificates are checked against the server's name."""

    def __init__(self, address: str, server: Server, our_name: str, **options: Any) -> None:
        self._pinned = address
        super().__init__(server.host, server.port, our_name, timeout=CONNECT_SECONDS, **options)

    def _get_socket(self, _host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self._pinned, port), timeout)


class _PinnedTLS(smtplib.SMTP_SSL, _Pinned):
    """The same, encrypted from the first byte."""

    def __init__(self, address: str, server: Server, our_name: str, context: ssl.SSLContext) -> None:
        self._pinned = address
        smtplib.SMTP_SSL.__init__(self, server.host, server.port, our_name, timeout=CONNECT_SECONDS, context=context)


def hand_to_server(server: Server, envelope: Envelope, about_to: Callable[[], None], *, our_name: str) -> Outcome:
    """Hand the mail over; the answer says whether the server has it, refuses it, or must be asked again later."""
    try:
        connection = connect(server, our_name=our_name)
    except _Answered as answered:
        return answered.outcome
    try:
        return _transact(connection, envelope, about_to)
    except _Answered as answered:
        return answered.outcome
    finally:
        _leave(connection)


def connect(server: Server, *, our_name: str) -> smtplib.SMTP:
    """An encrypted connection, signed in to; _Answered tells what stands in the way.

    In plain text only where the installation's own settings say so, never by itself.
    """
    context = _trusted()
    connection: smtplib.SMTP | None = None
    try:
        address = _address_of(server)
        if server.security == "tls":
            connection = _PinnedTLS(address, server, our_name, context)
        else:
            connection = _Pinned(address, server, our_name)
            if server.security != PLAIN:
                _secure(connection, context)
        connection.ehlo()
        if server.username:
            connection.login(server.username, server.password)
    except _Answered:
        _leave(connection)
        raise
    except ssl.SSLError as error:
        _leave(connection)
        raise _Answered(_later("tls_failed", error)) from error
    except smtplib.SMTPAuthenticationError as error:
        _leave(connection)
        raise _Answered(_later("sign_in_refused", error)) from error
    except smtplib.SMTPNotSupportedError as error:
        _leave(connection)
        raise _Answered(_later("sign_in_not_offered", error)) from error
    except (smtplib.SMTPException, OSError) as error:
        _leave(connection)
        raise _Answered(_later("server_away", error)) from error
    if connection.sock is not None:
        connection.sock.settimeout(ANSWER_SECONDS)
    return connection


def _trusted() -> ssl.SSLContext:
    """Whom we believe: read anew when the machine's certificates change, and not for each mail, which takes longer."""
    bundle = ssl.get_default_verify_paths().cafile
    return _context_of(bundle, Path(bundle).stat().st_mtime_ns if bundle else 0)


@lru_cache(maxsize=2)
def _context_of(_bundle: str | None, _changed: int) -> ssl.SSLContext:
    return ssl.create_default_context()


def try_server(server: Server, *, our_name: str) -> Outcome | None:
    """None when the server can be reached, is encrypted and lets us in; otherwise what stands in the way."""
    try:
        _leave(connect(server, our_name=our_name))
    except _Answered as answered:
        return answered.outcome
    return None


def _address_of(server: Server) -> str:
    """Where the server's name leads; a company's own server is never one inside the installation's network."""
    rows = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    found = [str(row[4][0]).partition("%")[0] for row in rows]
    is_inside = any(not ipaddress.ip_address(address).is_global for address in found)
    if server.is_own and is_inside and not settings.MAIL_SERVERS_INSIDE:
        raise _Answered(Outcome(states.QUEUED, reason=server.host, reason_code="server_inside", source=SOURCE))
    return found[0]


def _secure(connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
    connection.ehlo()
    try:
        connection.starttls(context=context)
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
        raise _Answered(_later("tls_failed", error)) from error


def _transact(connection: smtplib.SMTP, envelope: Envelope, about_to: Callable[[], None]) -> Outcome:
    """The mail in the first form that the server takes."""
    limit = _size_limit(connection)
    is_told = False
    for place, form in enumerate(envelope.forms):
        is_last = place == len(envelope.forms) - 1
        content = form()
        if limit and len(content) > limit and not is_last:
            continue
        _address(connection, envelope, len(content) if limit else 0)
        if not is_told:
            about_to()
            is_told = True
        code, answer = _pass_content(connection, content)
        if code == TOO_LARGE and not is_last:
            continue
        return _outcome("content", code, answer) or Outcome(
            states.SENT, reason=_words(answer), source=SOURCE, facts={"answer": code, "is_cut": place > 0}
        )
    raise ValueError("An envelope holds at least one form of its mail.")


def _size_limit(connection: smtplib.SMTP) -> int:
    told = connection.esmtp_features.get("size", "")
    return int(told) if told.isdigit() else 0


def _address(connection: smtplib.SMTP, envelope: Envelope, size: int) -> None:
    """MAIL and RCPT; nothing of the mail itself is on the way."""
    try:
        of_mail, of_recipient = _notifications(connection, envelope)
        code, answer = connection.mail(envelope.sender, [*([f"size={size}"] if size else []), *of_mail])
        step: Step = "sender"
        refusal = _outcome(step, code, answer)
        if refusal is None:
            code, answer = connection.rcpt(envelope.recipient, of_recipient)
            refusal = _outcome("recipient", code, answer)
    except (smtplib.SMTPException, OSError) as error:
        raise _Answered(_later("server_away", error)) from error
    if refusal is not None:
        raise _Answered(refusal)


def _notifications(connection: smtplib.SMTP, envelope: Envelope) -> tuple[list[str], list[str]]:
    """What is asked to be told later, with MAIL and with RCPT: without the words of the mail, and by its own id."""
    if not envelope.id or not connection.has_extn("dsn"):
        return [], []
    told = ("SUCCESS", "FAILURE", "DELAY") if envelope.is_arrival_told else ("FAILURE", "DELAY")
    return ["RET=HDRS", f"ENVID={envelope.id}"], [f"NOTIFY={','.join(told)}"]


def _pass_content(connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """The words of the mail; what breaks off once they are on the way leaves nobody knowing."""
    try:
        code, answer = connection.docmd("DATA")
    except (smtplib.SMTPException, OSError) as error:
        raise _Answered(_later("server_away", error)) from error  # the server has seen no word of it
    if code != 354:
        return (code, answer) if code >= 400 else (451, answer)
    try:
        if connection.sock is not None:
            connection.sock.settimeout(CONTENT_SECONDS)
        connection.send(_stuffed(content))
        code, answer = connection.getreply()
    except (smtplib.SMTPException, OSError) as error:
        unknown = Outcome(states.UNKNOWN, reason=_told(error), reason_code="mail_unanswered", source=SOURCE)
        raise _Answered(unknown) from error
    if connection.sock is not None:
        connection.sock.settimeout(ANSWER_SECONDS)
    return code, answer


def _stuffed(content: bytes) -> bytes:
    """RFC 5321 4.5.2: a dot that begins a line is doubled, and a dot alone ends the mail."""
    body = content.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _outcome(step: Step, code: int, answer: bytes) -> Outcome | None:
    """What an answer means; None where it means go on."""
    words = _words(answer)
    facts = {"answer": code, "step": step}
    if 200 <= code < 400:
        return None
    if 400 <= code < 500:
        return Outcome(states.QUEUED, reason=f"{code} {words}", reason_code="asked_to_wait", source=SOURCE, facts=facts)
    if code < 400 or step == "sender":
        reason_code = "mail_too_large" if code == TOO_LARGE else "sender_refused"
        return Outcome(states.FAILED, reason=f"{code} {words}", reason_code=reason_code, source=SOURCE, facts=facts)
    default = "refused_address" if step == "recipient" else "refused_mail"
    return Outcome(
        states.BOUNCED,
        reason=f"{code} {words}",
        reason_code="mail_too_large" if step == "content" and code == TOO_LARGE else _code_of(words, default),
        source=SOURCE,
        facts=facts,
    )


def _code_of(words: str, default: str) -> str:
    """Our code for a refusal that begins with an enhanced status code."""
    found = ENHANCED.match(words)
    return code_of(found.group(1), default) if found else default


def _later(code: str, error: Exception) -> Outcome:
    return Outcome(states.QUEUED, reason=_told(error), reason_code=code, source=SOURCE)


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {_words(answer if isinstance(answer, bytes) else str(answer).encode())}"
    return f"{type(error).__name__}: {error}"[:300]


def _words(answer: bytes) -> str:
    """The server's words on one line, to a length."""
    shown = answer.decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())[:400]


def _leave(connection: smtplib.SMTP | None) -> None:
    if connection is None:
        return
    try:
        if connection.sock is not None:
            connection.sock.settimeout(2.0)
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()
