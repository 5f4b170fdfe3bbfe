"""The background doors of e-mail: a server tried, returned mail read."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from foundation.transactions import read_only
from invoicing.actions import senders
from invoicing.actions.replies import take_reply
from invoicing.actions.returned_mail import take_returned_mail
from invoicing.delivery import mailbox
from invoicing.delivery.folder import organizations_with
from invoicing.delivery.trying import problem_of
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.replies import MailReply, read_message
from invoicing.dispatching.returned_mail import Returned
from invoicing.dispatching.senders import mail_server_of, opened
from tenants import outbox
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 200


@shared_task(name="invoicing.test_mail_server", soft_time_limit=60, time_limit=90)
def test_mail_server(organization_id: str, outbox_id: str) -> None:
    """Sign in to an organization's mail server and write down whether it lets us."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            server = mail_server_of(organization)
            way = opened(server) if server is not None else None
        if server is not None and way is not None:
            problem = problem_of(way)
            senders.keep_test(organization, version=server.version, problem=problem, now=timezone.now())
        outbox.finish(row)


@shared_task(name="invoicing.read_returned_mail")
def read_returned_mail() -> int:
    """Read what has come back for every organization and for the installation; returns how many messages."""
    read = sweep_organizations(
        "Reading returned mail", _read_returned, among=organizations_with(mailbox.FOLDER, ".eml")
    )
    for path in mailbox.waiting(mailbox.SHARED, SWEEP_SIZE):
        if take_messages([mailbox.read_file(path)]):
            mailbox.put_away(path)
        else:
            mailbox.set_aside(path)
        read += 1
    return read


def _read_returned(organization: Organization) -> int:
    for path in (found := mailbox.waiting(str(organization.pk), SWEEP_SIZE)):
        _take(organization, read_message(mailbox.read_file(path)))
        mailbox.put_away(path)
    return len(found)


def take_messages(messages: Iterable[bytes]) -> int:
    """Take messages of which only they themselves say whose they are; returns how many were somebody's."""
    taken = 0
    for content in messages:
        returned = read_message(content)
        owner = _owner_of(returned)
        if owner is not None:
            with organization_context(owner.pk):
                _take(owner, returned)
            taken += 1
    return taken


def _owner_of(returned: MailReply | Returned) -> Organization | None:
    """The organization whose mail it is; None where it is nobody's."""
    if returned.delivery_id is None or returned.problem:
        return None
    for organization_id in tenants.all_organization_ids():
        with organization_context(organization_id), read_only():
            organization = tenants.get_open_organization(organization_id)
            if sendings.has_delivery(organization, returned.delivery_id):
                return organization
    return None


def _take(organization: Organization, returned: MailReply | Returned) -> None:
    if isinstance(returned, MailReply):
        take_reply(organization, returned, now=timezone.now())
    else:
        take_returned_mail(organization, returned, now=timezone.now())
