"""Whom e-mails come from, and through which server they leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.http import Http404

from foundation import rows
from foundation.encryption import open_seal
from invoicing.dispatching.plain import Letter
from invoicing.models import MailSecurity, MailServer, Sender
from tenants.models import Organization

PASSWORD_COLUMN = "invoicing_mailserver.password"  # noqa: S105 - where it is sealed to, not what it is

# Only for a relay on the installation's own machine, where whoever runs it has switched encryption off.
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class From:
    """The address that an e-mail comes from, and where answers go."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to sign in there."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    is_own: bool = False  # named by an organization, not by whoever runs the installation


def list_senders(organization: Organization, *, is_archived: bool = False) -> list[Sender]:
    """The senders in use, the default first, or those out of use."""
    found = Sender.objects.of(organization).filter(archived_at__isnull=not is_archived)
    return list(found.order_by("-is_default", "name", "id"))


def get_sender(organization: Organization, sender_id: UUID) -> Sender:
    """One sender, or 404."""
    sender = Sender.objects.of(organization).filter(pk=sender_id).first()
    if sender is None:
        raise Http404
    return sender


def default_sender(organization: Organization) -> Sender | None:
    """The sender that is used unless another is chosen."""
    found = rows.load(Sender, "WHERE organization_id = %s AND is_default AND archived_at IS NULL", [organization.pk])
    return found[0] if found else None


def from_of(organization: Organization, letter: Letter) -> From:
    """Whom a letter comes from: the address or sender that was chosen, else the default, else the company itself."""
    if letter.own_address:
        return From(letter.own_name or organization.name, letter.own_address, letter.reply_to)
    chosen = _chosen(organization, letter.sender_id) or default_sender(organization)
    if chosen is not None:
        return From(chosen.name, chosen.address, letter.reply_to or chosen.reply_to)
    company = company_sender(organization)
    return From(company.name, company.address, letter.reply_to)


def company_sender(organization: Organization) -> From:
    """The company itself, where it has named no sender."""
    return From(organization.name, organization.email or house_address())


def own_addresses(organization: Organization) -> set[str]:
    """The addresses from which the company itself writes, or at which it is answered."""
    named = Sender.objects.of(organization).values_list("address", "reply_to")
    return {address for row in named for address in row if address} | {company_sender(organization).address}


def _chosen(organization: Organization, sender_id: str) -> Sender | None:
    if not sender_id:
        return None
    return Sender.objects.of(organization).filter(pk=UUID(sender_id), archived_at=None).first()


def house_address() -> str:
    """The installation's own address, for companies that have none."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")


def mail_server_of(organization: Organization) -> MailServer | None:
    """What is stored of the organization's own mail server."""
    found = rows.load(MailServer, "WHERE organization_id = %s", [organization.pk])
    return found[0] if found else None


def server_of(organization: Organization) -> Server | None:
    """The server that takes the organization's e-mails; None where mails are caught as files."""
    own = mail_server_of(organization)
    if own is not None and own.is_active:
        return opened(own)
    if not settings.EMAIL_HOST:
        return None
    secured = MailSecurity.STARTTLS.value if settings.EMAIL_USE_TLS else PLAIN
    return Server(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        MailSecurity.TLS.value if settings.EMAIL_USE_SSL else secured,
        settings.EMAIL_HOST_USER,
        settings.EMAIL_HOST_PASSWORD,
    )


def opened(row: MailServer) -> Server:
    """The stored server with its password."""
    password = ""
    if row.password_sealed:
        password = open_seal(row.password_sealed, organization_id=row.organization_id, column=PASSWORD_COLUMN)
    return Server(row.host, row.port, row.security, row.username, password, is_own=True)
