"""What was sent for claims, how it went, and the documents that prove it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from invoicing.dispatching import states
from invoicing.dispatching.queries import standing_of
from invoicing.models import Delivery, DeliveryEvent, DeliveryState, DocumentFile, FileKind, Invoice
from payments.models import Allocation
from reminders.models import Reminder, ReminderState
from reminders.policy.law import Step
from tenants.models import Organization

# A notice before the due date reminds nobody of anything that is late.
REMINDING = frozenset(
    {Step.FRIENDLY.value, Step.REMINDER.value, Step.COLLECTION_NOTICE.value, Step.PAYMENT_DEMAND.value}
)


@dataclass(frozen=True, slots=True)
class SentStep:
    """One step that was sent for a claim, by which channel, and how its letter stands."""

    reminder: Reminder
    deliveries: tuple[Delivery, ...]
    standing: states.Standing
    arrived_at: datetime | None

    @property
    def reached(self) -> bool:
        """Whether somebody has it as far as can be known: handed over, and not come back."""
        return self.standing in {states.Standing.HANDED_OVER, states.Standing.ARRIVED}

    @property
    def counts(self) -> bool:
        """Whether it reminded of what was late and reached somebody (regulation to the VAT act § 4-7-1)."""
        return self.reached and self.reminder.step in REMINDING

    @property
    def channel(self) -> Delivery | None:
        """The delivery that counts: one that arrived, else one that was handed over, else the last."""
        order = (states.ARRIVED, states.HANDED_OVER)
        for wanted in order:
            for delivery in self.deliveries:
                if delivery.state in wanted and not delivery.is_copy:
                    return delivery
        return self.deliveries[-1] if self.deliveries else None


def sent_steps(organization: Organization, receivable_ids: Iterable[UUID]) -> dict[UUID, list[SentStep]]:
    """What was sent for each of these claims and not withdrawn, the oldest first; three statements."""
    sent = Reminder.objects.of(organization).filter(
        receivable_id__in=list(receivable_ids), state=ReminderState.SENT, withdrawn_at=None
    )
    reminders = list(sent.select_related("letter").order_by("sent_at", "id"))
    papers = {each.letter.paper_id for each in reminders if each.letter}
    deliveries: defaultdict[UUID, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.of(organization).filter(subject_id__in=papers).order_by("made_at", "id"):
        deliveries[delivery.subject_id].append(delivery)
    arrivals = _arrivals(organization, [each.pk for found in deliveries.values() for each in found])
    steps: defaultdict[UUID, list[SentStep]] = defaultdict(list)
    for reminder in reminders:
        own = tuple(deliveries[reminder.letter.paper_id]) if reminder.letter else ()
        moments = [arrivals[each.pk] for each in own if each.pk in arrivals]
        step = SentStep(reminder, own, standing_of(own), min(moments) if moments else None)
        steps[reminder.receivable_id].append(step)
    return dict(steps)


def _arrivals(organization: Organization, delivery_ids: list[UUID]) -> dict[UUID, datetime]:
    """When each of these deliveries is first known to have arrived."""
    if not delivery_ids:
        return {}
    events = DeliveryEvent.objects.of(organization).filter(
        delivery_id__in=delivery_ids, state__in=[DeliveryState.DELIVERED, DeliveryState.OPENED]
    )
    found = events.order_by("-happened_at", "-id").values_list("delivery_id", "happened_at")
    return dict(found)  # the earliest is read last


def documents_of(organization: Organization, receivable_ids: Iterable[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """The PDF and EHF of the invoice behind each claim: ending and hash. A claim that moved in has none."""
    invoices = Invoice.objects.of(organization).filter(receivable_id__in=list(receivable_ids))
    claim_of = dict(invoices.values_list("pk", "receivable_id"))
    files = DocumentFile.objects.of(organization).filter(
        subject_id__in=list(claim_of), kind__in=[FileKind.PDF, FileKind.EHF]
    )
    found: dict[UUID, list[tuple[str, str]]] = {key: [] for key in claim_of.values() if key}
    for file in files.order_by("subject_id", "kind"):
        key = claim_of[file.subject_id]
        assert key is not None
        found[key].append(("pdf" if file.kind == FileKind.PDF else "xml", file.sha256))
    return found


def pdfs_of_papers(organization: Organization, paper_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The hash of each paper's PDF, where it is made."""
    files = DocumentFile.objects.of(organization).filter(subject_id__in=list(paper_ids), kind=FileKind.PDF)
    return dict(files.values_list("subject_id", "sha256"))


def reductions_by_claim(organization: Organization, receivable_ids: Iterable[UUID]) -> dict[UUID, list[Allocation]]:
    """What has reduced each of these claims, in the order of its booking."""
    found: defaultdict[UUID, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.of(organization).filter(receivable_id__in=list(receivable_ids))
    for row in rows.select_related("voucher").order_by("allocated_at", "id"):
        found[row.receivable_id].append(row)
    return found
