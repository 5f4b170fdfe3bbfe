"""Keeping what the network says of an address, and having it asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries as customers
from customers.actions.customers import update_customer
from customers.models import Customer
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching
from invoicing.dispatching.plain import Finding
from invoicing.documents.endpoints import Endpoint
from invoicing.models import Participant, Reachability
from tenants import jobs, outbox
from tenants.audit import Actor
from tenants.models import Job, Organization

LOOK_UP = "invoicing.look_up_customer"
LOOK_UP_MANY = "invoicing.look_up_customers"
# A clear answer holds a day; that somebody is not there may change by the hour; silence is asked about again soon.
HOLDS = {
    Reachability.YES: timedelta(days=1),
    Reachability.NO: timedelta(hours=1),
    Reachability.UNKNOWN: timedelta(minutes=5),
}


class NoElectronicAddress(DomainError):
    """The customer has nothing that the network could be asked about."""


class DoesNotReceiveEhf(DomainError):
    """The network has not said that the customer receives EHF."""


@transaction.atomic
def keep_answer(organization: Organization, endpoint: Endpoint, finding: Finding, *, now: datetime) -> Participant:
    """Write down what the network said, in the place of what it said before, and until when it holds.

    Silence takes nothing away: what was received when the network last spoke is remembered beside it.
    """
    answer = Reachability(finding.answer)
    earlier = sendings.last_answer(organization, endpoint) if answer == Reachability.UNKNOWN else None
    document_types = earlier.document_types if earlier else list(finding.document_types)
    values = {
        "answer": answer,
        "document_types": document_types,
        "provider": finding.provider[:200],
        "problem": finding.problem[:300],
        "asked_at": now,
        "valid_until": now + HOLDS[answer],
    }
    row, _is_new = Participant.objects.of(organization).update_or_create(
        scheme=endpoint.scheme,
        identifier=endpoint.identifier,
        defaults=values,
        create_defaults={**values, "organization": organization},
    )
    return row


@transaction.atomic
def look_up_customer(organization: Organization, customer_id: UUID) -> None:
    """Have a worker ask the network about a customer; while that waits, asking again changes nothing."""
    customer = customers.lock_customer(organization, customer_id)
    if reaching.endpoint_of_customer(organization, customer) is None:
        raise NoElectronicAddress(
            _("%(name)s has no organization number and no electronic address. Enter one of them on the customer.")
            % {"name": customer.name}
        )
    if reaching.is_waiting(organization, customer.pk, LOOK_UP):
        return
    effect = outbox.Effect(LOOK_UP, customer.pk, f"lookup:{customer.pk}:{uuid7()}", {})
    outbox.put_each(organization.pk, [effect])


@transaction.atomic
def look_up_customers(organization: Organization, found: Sequence[Customer], *, actor: Actor, key: str) -> Job:
    """Begin the job that asks the network about each of these customers; under one key it is begun once."""
    if not found:
        raise NoElectronicAddress(
            _("No customer has an organization number or an electronic address. Enter one on a customer first.")
        )
    items = [(customer.pk, f"{customer.number} {customer.name}") for customer in found]
    return jobs.start(organization, LOOK_UP_MANY, actor=actor, parameters={}, items=items, key=key)


@transaction.atomic
def choose_ehf(organization: Organization, customer_id: UUID, *, actor: Actor) -> Customer:
    """Send EHF to a customer of whom the network says that EHF is received; twice is as good as once."""
    customer = customers.lock_customer(organization, customer_id)
    endpoint = reaching.endpoint_of_customer(organization, customer)
    answer = sendings.last_answer(organization, endpoint) if endpoint else None
    if answer is None or answer.answer != Reachability.YES:
        raise DoesNotReceiveEhf(
            _("The network has not said that %(name)s receives EHF. Look the customer up first.")
            % {"name": customer.name}
        )
    return update_customer(organization, customer.pk, values={"wants_ehf": True}, version=customer.version, actor=actor)
