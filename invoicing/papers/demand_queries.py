"""Questions about reminders and other demands: how customers are reached, and what became of what was sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.channels import Channel
from customers.models import Customer
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import Recipient, StandsOn
from invoicing.models import CustomerPaper, Delivery, Dispatch, DispatchKind
from tenants.models import Organization

# There is no EHF of a reminder: who gets EHF gets these by e-mail, else on paper.
CHANNELS = (Channel.EMAIL.value, Channel.PAPER.value)


@dataclass(frozen=True, slots=True)
class DemandOutcome:
    """What became of a demand that was sent."""

    state: states.Standing
    handed_over_at: datetime | None = None  # of the first delivery that left us
    withheld: bool = False  # nothing left us, because the claim had changed
    failed: bool = False  # everything was tried, and nobody has it
    may_have_left: bool = False  # it may have been sent: nobody knows


def ways_to(organization: Organization, customer_ids: Iterable[UUID]) -> dict[UUID, tuple[Recipient, ...]]:
    """How each of the customers is reached with a demand, in the order of trying: the first, then what follows it.

    In the customer's own order of channels, else the organization's; empty where there is neither address.
    """
    order = sendings.settings_of(organization).order
    customers = Customer.objects.of(organization).filter(pk__in=list(customer_ids))
    return {customer.pk: _ways(customer, list(customer.channels) or order) for customer in customers}


def _ways(customer: Customer, order: list[str]) -> tuple[Recipient, ...]:
    known = {Channel.EMAIL.value: customer.email, Channel.PAPER.value: sendings.postal_address_of(customer)}
    channels = sorted(CHANNELS, key=lambda one: order.index(one) if one in order else len(order))
    return tuple(Recipient(one, known[one], customer.name) for one in channels if known[one])


def claims_of_paper(organization: Organization, paper_id: UUID) -> tuple[StandsOn, ...]:
    """The claims that a demand stood on when it was sent for the first time."""
    acts = Dispatch.objects.of(organization).filter(subject_id=paper_id).order_by("made_at", "id")
    first = acts.values_list("stands_on", flat=True).first()
    return tuple(StandsOn.from_json(kept) for kept in first or ())


def papers_among(organization: Organization, paper_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids under which a paper is kept."""
    rows = CustomerPaper.objects.of(organization).filter(pk__in=list(paper_ids))
    return set(rows.values_list("pk", flat=True))


def dispatches_among(
    organization: Organization, paper_ids: Iterable[UUID], keys: Iterable[str]
) -> dict[tuple[UUID, str], UUID]:
    """The acts of sending that were done with these papers under these keys."""
    rows = Dispatch.objects.of(organization).filter(subject_id__in=list(paper_ids), key__in=set(keys))
    return {(subject, key): pk for pk, subject, key in rows.values_list("pk", "subject_id", "key")}


def demand_outcomes(organization: Organization, paper_ids: Iterable[UUID]) -> dict[UUID, DemandOutcome]:
    """What became of each of these demands over all its deliveries; copies count for nothing."""
    rows = Delivery.objects.of(organization).filter(subject_id__in=list(paper_ids), is_copy=False)
    found = defaultdict(list)
    for delivery in rows.exclude(dispatch__kind=DispatchKind.TEST).order_by("made_at", "id"):
        found[delivery.subject_id].append(delivery)
    return {pk: _outcome(deliveries) for pk, deliveries in found.items()}


def _outcome(deliveries: list[Delivery]) -> DemandOutcome:
    standing = states.standing_of(states.Told(one.state) for one in deliveries)
    left = [one.handed_over_at for one in deliveries if one.handed_over_at is not None]
    may_have_left = any(one.state == states.UNKNOWN for one in deliveries)
    is_over = standing == states.Standing.NOBODY and not left and not may_have_left
    # What came back first, and was held up on its next way, has reached nobody: a person must find another one.
    came_back = any(one.state in states.LOST and one.reason_code != states.CLAIM_CHANGED for one in deliveries)
    withheld = is_over and not came_back and any(one.reason_code == states.CLAIM_CHANGED for one in deliveries)
    is_lost = standing == states.Standing.NOBODY and not may_have_left and not withheld
    return DemandOutcome(standing, min(left, default=None), withheld, is_lost, may_have_left)
