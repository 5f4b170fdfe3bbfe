"""What nobody got: the documents and papers that wait for a person, why, since when, and what leads out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from customers.channels import Channel
from invoicing import queries
from invoicing.dispatching import states, wording
from invoicing.dispatching.queries import STUCK_MAX, postal_address_of, stuck_deliveries
from invoicing.dispatching.states import Standing
from invoicing.documents.ehf import has_ehf
from invoicing.models import CustomerPaper, Delivery, Invoice, InvoiceFollowUp, PaperKind
from invoicing.papers import queries as papers
from tenants.models import Organization

UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Lost:
    """One thing that nobody got, as a person reads it."""

    delivery: Delivery | None  # None: there was no way to send it at all
    since: datetime

    @property
    def channel(self) -> str:
        """By which channel it was tried."""
        return wording.channel_word(self.delivery.channel) if self.delivery else ""

    @property
    def state(self) -> str:
        """The state of the attempt in a word."""
        return wording.state_word(self.delivery.state, self.delivery.channel) if self.delivery else ""

    @property
    def tone(self) -> str:
        """The colour of that word."""
        if self.is_late_letter:
            return "warn"
        return wording.TONES.get(self.delivery.state, "bad") if self.delivery else "bad"

    @property
    def is_late_letter(self) -> bool:
        """Whether it is a letter that nobody has printed in its time."""
        return self.delivery is not None and self.delivery.is_under_way

    @property
    def reason(self) -> str:
        """Why, as a sentence and in the words of whoever said it."""
        if self.delivery is None:
            return wording.sentence_of(UNREACHABLE)
        if self.is_late_letter:
            return wording.sentence_of("late_letter")
        said = (wording.sentence_of(self.delivery.reason_code), self.delivery.reason)
        return " ".join(part for part in said if part)

    @property
    def way_out(self) -> str:
        """What a person can do."""
        if self.delivery is None:
            return wording.way_out_of(UNREACHABLE)
        if self.is_late_letter:
            return wording.way_out_of("late_letter")
        return wording.next_step(self.delivery.channel, self.delivery.state, self.delivery.reason_code)


@dataclass(frozen=True, slots=True)
class Stuck(Lost):
    """One document that nobody got."""

    invoice: Invoice
    others: tuple[tuple[str, str], ...]  # channels that could be chosen instead, with their words


@dataclass(frozen=True, slots=True)
class StuckPaper(Lost):
    """One receipt or statement that nobody got."""

    paper: CustomerPaper

    @property
    def place(self) -> str:
        """Where it is shown and can be sent anew, below the organization's own address."""
        return papers.place_of(self.paper)


def everything_stuck(organization: Organization, now: datetime) -> list[Stuck | StuckPaper]:
    """Every document and every paper that nobody got, the longest waiting first."""
    found: list[Stuck | StuckPaper] = [*stuck_documents(organization, now), *stuck_papers(organization, now)]
    return sorted(found, key=lambda each: each.since)


def stuck_papers(organization: Organization, now: datetime) -> list[StuckPaper]:
    """Every receipt and statement that nobody got, the longest waiting first, up to a bound; each stands there once."""
    newest: dict[UUID, Delivery] = {}
    for delivery in _of_papers(organization, now)[:STUCK_MAX]:
        newest[delivery.subject_id] = delivery
    named = papers.papers_by_id(organization, list(newest))
    return [StuckPaper(delivery, delivery.state_since, named[pk]) for pk, delivery in newest.items() if pk in named]


def stuck_documents(organization: Organization, now: datetime) -> list[Stuck]:
    """Every document that nobody got, the longest waiting first, up to a bound; a document stands there once."""
    newest: dict[UUID, Delivery] = {}
    for delivery in _of_documents(organization, now)[:STUCK_MAX]:
        newest[delivery.subject_id] = delivery  # the last one of a document is the latest
    lost = list(_unreachable(organization).order_by("invoice_id").values_list("invoice_id", flat=True)[:STUCK_MAX])
    invoices = queries.invoices_by_id(organization, [*newest, *lost])
    found = [_stuck(invoices[pk], delivery) for pk, delivery in newest.items() if pk in invoices]
    found += [_stuck(invoices[pk], None) for pk in lost if pk in invoices]
    return sorted(found, key=lambda each: (each.since, each.invoice.number or 0))[:STUCK_MAX]


def stuck_ids(organization: Organization, now: datetime) -> QuerySet[Delivery, UUID]:
    """The ids of what nobody got, in no order, each once: for counting it in one question."""
    tried = _of_documents(organization, now).order_by().values_list("subject_id", flat=True)
    lost = _of_papers(organization, now).order_by().values_list("subject_id", flat=True)
    return tried.union(lost, _unreachable(organization).order_by().values_list("invoice_id", flat=True))


def count_stuck(organization: Organization, now: datetime, most: int) -> int:
    """How many documents and papers nobody got, counted no further than one more than is shown."""
    return len(stuck_ids(organization, now)[: most + 1])


def stuck_of(organization: Organization, invoice_id: UUID, now: datetime) -> list[Delivery]:
    """The deliveries of one document that wait for somebody."""
    return list(_of_documents(organization, now).filter(subject_id=invoice_id))


def stuck_of_paper(organization: Organization, paper_id: UUID, now: datetime) -> list[Delivery]:
    """The deliveries of one receipt or statement that wait for somebody."""
    return list(_of_papers(organization, now).filter(subject_id=paper_id))


def is_unreachable(organization: Organization, invoice_id: UUID) -> bool:
    """Whether the document was to be sent and there was no way."""
    return _unreachable(organization).filter(invoice_id=invoice_id).exists()


def _of_documents(organization: Organization, now: datetime) -> QuerySet[Delivery]:
    return stuck_deliveries(organization, now).filter(subject_kind="invoice")


def _of_papers(organization: Organization, now: datetime) -> QuerySet[Delivery]:
    """Papers that nobody got; a later one that tells the customer of the same, and is on its way, replaces them."""
    own = CustomerPaper.objects.of(organization).filter(pk=OuterRef("subject_id"))
    same = CustomerPaper.objects.of(organization).filter(
        Q(kind=PaperKind.STATEMENT) | Q(payment_id=OuterRef(OuterRef("of_payment"))),
        kind=OuterRef(OuterRef("subject_kind")),
        customer_id=OuterRef(OuterRef("of_customer")),
    )
    later = Delivery.objects.of(organization).filter(
        subject_id__in=same.values("pk"),
        is_copy=False,
        pk__gt=OuterRef("pk"),  # ids are made in the order of time
        state__in=states.HANDED_OVER | states.UNDER_WAY,
    )
    return (
        stuck_deliveries(organization, now)
        .filter(subject_kind__in=PaperKind.values)
        .annotate(of_customer=Subquery(own.values("customer_id")), of_payment=Subquery(own.values("payment_id")))
        .exclude(Exists(later))
    )


def _unreachable(organization: Organization) -> QuerySet[InvoiceFollowUp]:
    sent = Delivery.objects.of(organization).filter(subject_id=OuterRef("invoice_id")).exclude(dispatch__kind="test")
    rows = InvoiceFollowUp.objects.of(organization).filter(delivery_summary=Standing.NOBODY)
    return rows.exclude(Exists(sent))


def _stuck(invoice: Invoice, delivery: Delivery | None) -> Stuck:
    since = delivery.state_since if delivery else invoice.finalized_at
    assert since is not None
    return Stuck(delivery, since, invoice, tuple(_others(invoice, delivery.channel if delivery else "")))


def _others(invoice: Invoice, tried: str) -> Iterable[tuple[str, str]]:
    """The channels by which the customer, as registered today, seems to be reached; sending asks once more."""
    customer = invoice.customer
    known = {
        Channel.EHF: has_ehf(invoice.kind) and customer.wants_ehf,
        Channel.EMAIL: bool(customer.email),
        Channel.PAPER: bool(postal_address_of(customer)),
    }
    for channel, is_known in known.items():
        if is_known and channel != tried:
            yield channel.value, wording.send_words(channel.value)
