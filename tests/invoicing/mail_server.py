"""A real mail server for tests: STARTTLS, counting what it got, with switches for everything that goes wrong."""

from __future__ import annotations

import email
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Got:
    """One mail that the server took."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as a program that shows mail reads it."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def html(self) -> str:
        """Its HTML part."""
        return self._part("html")

    @property
    def text(self) -> str:
        """Its plain text part."""
        return self._part("plain")

    @property
    def file_names(self) -> list[str]:
        """What its files are called."""
        return [part.get_filename() or "" for part in self.message.iter_attachments()]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


@dataclass
class MailHouse:
    """What the server does with mail; each switch holds until it is set back."""

    got: list[Got] = field(default_factory=list)
    seen_data: int = 0
    mail_answer: str = ""
    recipient_answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = ""
    hangs_up_after_data: bool = False
    takes_bytes_max: int = 0  # 552 to what is larger
    port: int = 0
    offers_notifications: bool = False
    asked_for: list[str] = field(default_factory=list)  # what was asked for with MAIL and RCPT beside the size

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*responses[:-1], "250-DSN", responses[-1]] if self.offers_notifications else responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's
        if self.mail_answer:
            return self.mail_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's
        answer = self.recipient_answers.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.seen_data += 1
        content = envelope.original_content or b""
        if self.takes_bytes_max and len(content) > self.takes_bytes_max:
            return "552 5.3.4 Message too big"
        if self.data_answer:
            return self.data_answer
        self.got.append(Got(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        if self.hangs_up_after_data:
            assert server.transport is not None
            server.transport.close()
            return "250 never heard"
        return "250 2.0.0 queued as 42"

    def to(self, address: str) -> list[Got]:
        """What was taken for an address."""
        return [one for one in self.got if address in one.recipients]


class _Server(SMTP):
    """aiosmtpd knows nothing of notifications (RFC 3461): what is asked for is written down and taken away."""

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's
        """MAIL FROM."""
        await super().smtp_MAIL(self._without_notifications(arg))

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's
        """RCPT TO."""
        await super().smtp_RCPT(self._without_notifications(arg))

    def _without_notifications(self, arg: str) -> str:
        house: MailHouse = self.event_handler
        words = arg.split(" ")
        asked = [word for word in words if word.startswith(("RET=", "ENVID=", "NOTIFY="))]
        if house.offers_notifications:
            house.asked_for += asked
            words = [word for word in words if word not in asked]
        return " ".join(words)


class _Controller(Controller):
    def __init__(self, house: MailHouse, port: int, make: Callable[[], SMTP]) -> None:
        super().__init__(house, hostname="127.0.0.1", port=port)
        self._make = make

    def factory(self) -> SMTP:
        return self._make()


@contextmanager
def running(certificate: Path, house: MailHouse | None = None, **options: Any) -> Iterator[MailHouse]:
    """A server of its own with this certificate; `options` are those of aiosmtpd's SMTP."""
    house = house or MailHouse()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    settings: dict[str, Any] = {"tls_context": context, "require_starttls": True, **options}
    controller = _Controller(house, _free_port(), lambda: _Server(house, hostname="mail.test", **settings))
    controller.start()
    house.port = controller.port
    try:
        yield house
    finally:
        controller.stop()


def with_password(name: str, password: str) -> dict[str, Any]:
    """Options of a server that lets in one account."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (name.encode(), password.encode())
        return AuthResult(success=is_right, handled=is_right)

    return {"authenticator": check, "auth_required": True, "auth_require_tls": True}


def write_certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
