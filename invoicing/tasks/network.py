"""The background doors of the Peppol network: asking it about customers, and reading what comes back."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.transactions import read_only
from invoicing import queries as documents
from invoicing.actions import access_points, participants
from invoicing.actions.deliveries import tell_delivery
from invoicing.actions.responses import receive_response
from invoicing.delivery.folder import organizations_with
from invoicing.delivery.peppol import incoming
from invoicing.delivery.peppol.asking import ask_about, ask_point, greet_point
from invoicing.delivery.peppol.lookup import is_asked
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching
from invoicing.documents.endpoints import Endpoint
from invoicing.models import Participant, Reachability
from tenants import environment, jobs, outbox
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.jobs import ItemResult, Work
from tenants.models import JobState, Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
ITEMS_AT_ONCE = 5  # each may take seconds


def find_out(organization: Organization, endpoint: Endpoint) -> Participant | None:
    """What the network says of an address: what is known and still holds, else asked now; None where it is not asked.

    Called outside every transaction, for it may take seconds.
    """
    now = timezone.now()
    with read_only():
        known = sendings.participant_of(organization, endpoint, now)
    finding = None if known is not None else ask_about(endpoint, now)
    if finding is None:
        return known
    return participants.keep_answer(organization, endpoint, finding, now=timezone.now())


def find_out_about(organization: Organization, invoice_id: UUID) -> None:
    """Before a document is sent, what the network says of the address that it would go to."""
    if not is_asked():
        return
    with read_only():
        invoice = documents.find_invoice(organization, invoice_id)
        endpoint = sendings.endpoint_of(invoice) if invoice else None
    if endpoint is not None:
        find_out(organization, endpoint)


@shared_task(name="invoicing.look_up_customer")
def look_up_customer(organization_id: str, outbox_id: str) -> None:
    """Ask the network about one customer, whatever was known."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            found = reaching.find_customer(organization, row.subject_id)
            endpoint = reaching.endpoint_of_customer(organization, found) if found else None
        finding = ask_about(endpoint, timezone.now()) if endpoint else None
        if endpoint is not None and finding is not None:
            participants.keep_answer(organization, endpoint, finding, now=timezone.now())
        outbox.finish(row)


@shared_task(name="invoicing.look_up_customers")
def look_up_customers(organization_id: str, outbox_id: str) -> None:
    """Ask the network about the customers of a job, a few at a time."""
    jobs.run(organization_id, outbox_id, _look_up_items)


def _look_up_items(work: Work) -> None:
    organization = work.job.organization
    while items := jobs.next_items(work, ITEMS_AT_ONCE):
        results = []
        for item in items:
            state, words = _look_up_one(organization, item.subject_id)
            results.append(ItemResult(item, state, words))
        jobs.mark(work, results)
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


def _look_up_one(organization: Organization, customer_id: UUID | None) -> tuple[JobState, str]:
    with read_only():
        found = reaching.find_customer(organization, customer_id) if customer_id else None
        endpoint = reaching.endpoint_of_customer(organization, found) if found else None
    if endpoint is None:
        return JobState.COMPLETE, _("No electronic address")
    answer = find_out(organization, endpoint)
    if answer is None:
        return JobState.FAILED, _("This installation does not ask the network.")
    words = str(Reachability(answer.answer).label)
    if answer.answer == Reachability.UNKNOWN:
        return JobState.FAILED, f"{words}: {answer.problem}"
    return JobState.COMPLETE, words


@shared_task(name="invoicing.look_up_new_customers")
def look_up_new_customers() -> int:
    """Ask the network about customers of whom it was never asked; returns how many."""
    return sweep_organizations("Looking up participants", _look_up_new) if is_asked() and not _is_locked() else 0


def _look_up_new(organization: Organization) -> int:
    with read_only():
        found = reaching.customers_never_looked_up(organization, SWEEP_SIZE)
        endpoints = [reaching.endpoint_of_customer(organization, customer) for customer in found]
    for endpoint in dict.fromkeys(one for one in endpoints if one is not None):
        find_out(organization, endpoint)
    return len(endpoints)


@shared_task(name="invoicing.ask_access_points", soft_time_limit=550, time_limit=600)
def ask_access_points() -> int:
    """Ask every access point what became of what it has taken; returns about how many deliveries."""
    return 0 if _is_locked() else sweep_organizations("Asking the access point", _ask_point)


def _ask_point(organization: Organization) -> int:
    now = timezone.now()
    with read_only():
        waiting = reaching.deliveries_to_ask_about(organization, now, SWEEP_SIZE)
        access_point = reaching.access_point_of(organization)
    for delivery in waiting:
        news = ask_point(organization.pk, access_point, delivery, now)
        if news is not None:
            tell_delivery(organization, delivery.pk, news, now=timezone.now())
    return len(waiting)


@shared_task(name="invoicing.read_incoming")
def read_incoming() -> int:
    """Read what has come in for every organization; returns how many messages."""
    return sweep_organizations("Reading what came in", _read_incoming, among=organizations_with(incoming.IN, ".xml"))


def _read_incoming(organization: Organization) -> int:
    with incoming.alone(organization.pk) as is_alone:
        return _read_waiting(organization) if is_alone else 0


def _read_waiting(organization: Organization) -> int:
    read = 0
    for path in incoming.waiting(organization.pk, SWEEP_SIZE):
        try:
            mail = incoming.read_mail(organization.pk, path, today=local_today(organization))
            receive_response(organization, mail, now=timezone.now())
        except Exception:  # one message's trouble does not keep the others waiting; it is tried again for a day
            logger.exception("Could not read %s of %s", path.name, organization.pk)
            incoming.set_aside(path, timezone.now())
        else:
            incoming.put_away(path)
            read += 1
    return read


@shared_task(name="invoicing.test_access_point")
def test_access_point(organization_id: str, outbox_id: str) -> None:
    """Speak to an organization's access point and write down whether it knows us."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            access_point = reaching.access_point_of(organization)
        problem = greet_point(organization.pk, access_point)
        access_points.keep_test_result(organization, problem, now=timezone.now())
        outbox.finish(row)


def _is_locked() -> bool:
    """Whether this is a copy of an installation, which speaks to nobody until somebody says that it may."""
    return environment.lock() is not environment.Lock.NONE
