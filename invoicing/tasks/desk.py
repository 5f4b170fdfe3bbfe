"""The background doors of what the staff does with deliveries: trying many again, print files, the daily list."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from foundation.mail import send_message
from foundation.transactions import read_only
from invoicing.actions import lost_papers, printing
from invoicing.actions.undelivered_news import tell_owners
from invoicing.delivery.peppol.lookup import is_asked
from invoicing.dispatching import stuck
from invoicing.tasks.network import ITEMS_AT_ONCE, find_out_about
from tenants import jobs, outbox
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.jobs import Work
from tenants.models import Organization, User
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

BATCH_SIZE = 50
MAILED_MAX = 20  # documents that a mail lists; the page has them all


@shared_task(name="invoicing.send_again")
def send_again(organization_id: str, outbox_id: str) -> None:
    """Try the documents of a job again, each in a transaction of its own."""
    jobs.run(organization_id, outbox_id, _send_items)


@shared_task(name="invoicing.send_many")
def send_many(organization_id: str, outbox_id: str) -> None:
    """Send the documents of a job, each in a transaction of its own and as its customer is reached."""
    jobs.run(organization_id, outbox_id, _send_items)


def _send_items(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    # Where the network is asked first, each document may take seconds.
    while items := jobs.next_items(work, ITEMS_AT_ONCE if is_asked() else BATCH_SIZE):
        results = []
        for item in items:
            assert item.subject_id is not None
            find_out_about(organization, item.subject_id)
            key = f"job:{work.job.pk.hex}"
            sent = lost_papers.send_again(organization, item.subject_id, key=key, actor=actor, now=timezone.now())
            results.append(jobs.ItemResult(item, sent.state, sent.reason))
        jobs.mark(work, results)
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


@shared_task(name="invoicing.make_print_file", soft_time_limit=1700, time_limit=1800)
def make_print_file(organization_id: str, outbox_id: str) -> None:
    """Put the letters of a batch together; the file is whole or begun anew."""
    jobs.run(organization_id, outbox_id, printing.write_print_file)


@shared_task(name="invoicing.tell_printed")
def tell_printed(organization_id: str, outbox_id: str) -> None:
    """Write on every letter of a printed batch that it was sent, fifty in a slice."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
        if printing.tell_printed(organization, row.subject_id, limit=BATCH_SIZE) == BATCH_SIZE:
            outbox.hand_back(row)
        else:
            outbox.finish(row)


@shared_task(name="invoicing.tell_undelivered")
def tell_undelivered() -> int:
    """Put the daily mails about what nobody got; returns how many."""
    return sweep_organizations(
        "Telling owners what nobody got", lambda organization: tell_owners(organization, now=timezone.now())
    )


@shared_task(name="invoicing.mail_undelivered")
def mail_undelivered(organization_id: str, outbox_id: str) -> None:
    """Mail one owner what nobody got; what has been seen to meanwhile is not mailed."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            owner = tenants.owner_of(organization, UUID(row.payload["user_id"]))
            found = stuck.everything_stuck(organization, timezone.now())
        if owner is None or not found:
            outbox.finish(row)
            return
        try:
            _mail(organization, owner, found, str(row.pk))
        except OSError as error:
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)


def _mail(organization: Organization, owner: User, found: Sequence[stuck.Stuck | stuck.StuckPaper], key: str) -> None:
    context = {
        "organization": organization,
        "found": found[:MAILED_MAX],
        "count": len(found),
        "more": max(0, len(found) - MAILED_MAX),
        "link": settings.BASE_URL + reverse("invoicing:list_undelivered", args=[organization.slug]),
    }
    with translation.override(owner.language):
        send_message("invoicing/undelivered", owner.email, context, owner.language, key=key)
