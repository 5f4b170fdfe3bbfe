"""The addresses that e-mails come from, and the organization's own mail server."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.encryption import seal
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing.dispatching import reaching
from invoicing.dispatching.senders import PASSWORD_COLUMN, get_sender, mail_server_of
from invoicing.models import DeliverySettings, MailServer, Sender
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization
from tenants.queries import lock_organization

TEST = "invoicing.test_mail_server"
SECRET_BYTES = 32
SENDERS_MAX = 50
SENDER_FIELDS = ("name", "address", "reply_to")
SERVER_FIELDS = ("host", "port", "security", "username", "is_active")


class SenderIsKnown(DomainError):
    """An address is a sender once."""


class TooManySenders(DomainError):
    """An organization has a bounded number of senders."""


class NoMailServer(DomainError):
    """There is no mail server to try."""


class MailServerChanged(DomainError):
    """Somebody else has changed the mail server meanwhile."""


@transaction.atomic
def add_sender(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Sender:
    """Let e-mails come from another address; the first one is used unless another is chosen."""
    lock_organization(organization.pk)
    in_use = list(Sender.objects.of(organization).filter(archived_at=None))
    if len(in_use) >= SENDERS_MAX:
        raise TooManySenders(_("There are at most %(most)s senders. Archive one first.") % {"most": SENDERS_MAX})
    _refuse_known(in_use, values["address"], None)
    sender = Sender(organization=organization, is_default=not in_use, **{name: values[name] for name in SENDER_FIELDS})
    sender.save(force_insert=True)
    audit.record(actor, "sender.added", sender, address=sender.address)
    return sender


@transaction.atomic
def update_sender(organization: Organization, sender_id: UUID, *, values: Mapping[str, Any], actor: Actor) -> Sender:
    """Change a sender; e-mails that have left are as they were."""
    lock_organization(organization.pk)
    sender = get_sender(organization, sender_id)
    _refuse_known(list(Sender.objects.of(organization).filter(archived_at=None)), values["address"], sender)
    before = {name: getattr(sender, name) for name in SENDER_FIELDS}
    for name in SENDER_FIELDS:
        setattr(sender, name, values[name])
    changes = audit.changes(before, {name: getattr(sender, name) for name in SENDER_FIELDS})
    if changes:
        sender.save()
        audit.record(actor, "sender.changed", sender, changes=changes)
    return sender


@transaction.atomic
def choose_sender(organization: Organization, sender_id: UUID, *, actor: Actor) -> Sender:
    """Use this sender unless another is chosen."""
    lock_organization(organization.pk)
    sender = get_sender(organization, sender_id)
    if sender.archived_at is None:
        make_default(organization, sender, actor=actor)
    return sender


def make_default(organization: Organization, sender: Sender, *, actor: Actor) -> None:
    """Make a sender the default, in the caller's transaction."""
    if sender.is_default:
        return
    Sender.objects.of(organization).filter(is_default=True).update(is_default=False)
    sender.is_default = True
    sender.save(update_fields=["is_default"])
    audit.record(actor, "sender.chosen", sender, address=sender.address)


@transaction.atomic
def archive_sender(organization: Organization, sender_id: UUID, *, actor: Actor, now: datetime) -> Sender:
    """Take a sender out of use."""
    lock_organization(organization.pk)
    sender = get_sender(organization, sender_id)
    if sender.archived_at is None:
        sender.archived_at, sender.is_default = now, False
        sender.save(update_fields=["archived_at", "is_default"])
        audit.record(actor, "sender.archived", sender, address=sender.address)
    return sender


@transaction.atomic
def store_mail_server(
    organization: Organization, *, values: Mapping[str, Any], password: str, version: int, actor: Actor
) -> MailServer:
    """Store the organization's own mail server; an empty password leaves the one that is kept.

    A password belongs to the server that it was given for: for another server it is asked for again.
    """
    lock_organization(organization.pk)
    stored = MailServer.objects.of(organization).first()
    if (stored.version if stored else 0) != version:
        raise MailServerChanged(_("Somebody else has changed the mail server. Look at it once more."))
    server = stored or MailServer(organization=organization)
    before = {name: getattr(server, name) for name in SERVER_FIELDS} if stored else {}
    is_elsewhere = bool(stored) and (values["host"], values["username"]) != (before["host"], before["username"])
    for name in SERVER_FIELDS:
        setattr(server, name, values[name])
    if password:
        server.password_sealed = seal(password, organization_id=organization.pk, column=PASSWORD_COLUMN)
    elif is_elsewhere:
        server.password_sealed = None
    server.tested_at, server.problem = None, ""
    server.version = version + 1
    server.save()
    changes = audit.changes(before, {name: getattr(server, name) for name in SERVER_FIELDS})
    audit.record(actor, "mail_server.changed", server, changes=changes, has_new_password=bool(password))
    return server


@transaction.atomic
def test_mail_server(organization: Organization, *, actor: Actor) -> MailServer:
    """Have a worker sign in to the mail server; nothing is sent."""
    lock_organization(organization.pk)
    server = mail_server_of(organization)
    if server is None:
        raise NoMailServer(_("Save the mail server first."))
    if not reaching.is_waiting(organization, server.pk, TEST):
        audit.record(actor, "mail_server.tested", server)
        outbox.put_each(organization.pk, [outbox.Effect(TEST, server.pk, f"mail_server:{server.pk}:{uuid7()}", {})])
    return server


@transaction.atomic
def renew_mail_hook(organization: Organization, *, actor: Actor) -> str:
    """A new secret for handing us returned mail, shown this once; the old address answers nobody any more."""
    lock_organization(organization.pk)
    rules = DeliverySettings.objects.of(organization).first() or DeliverySettings(organization=organization)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    rules.mail_hook_sha256 = hash_of(secret)
    rules.save()
    audit.record(actor, "mail_hook.renewed", rules)
    return secret


def hash_of(secret: str) -> str:
    """The form in which a secret is kept and found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def keep_test(organization: Organization, *, version: int, problem: str, now: datetime) -> None:
    """Write down what a test of the connection came to, unless the server was changed meanwhile."""
    MailServer.objects.of(organization).filter(version=version).update(tested_at=now, problem=problem[:500])


def _refuse_known(in_use: list[Sender], address: str, own: Sender | None) -> None:
    for sender in in_use:
        if sender.address.casefold() == address.casefold() and (own is None or sender.pk != own.pk):
            raise SenderIsKnown(_("%(address)s is a sender already.") % {"address": address}, field="address")
