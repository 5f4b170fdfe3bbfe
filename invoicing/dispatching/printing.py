"""The print queue: letters that wait for the printer, and the batches that were put together of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Count, Max, QuerySet
from django.http import Http404

from customers.channels import Channel
from customers.models import Customer
from invoicing import queries
from invoicing.models import (
    DEMANDS,
    CustomerPaper,
    Delivery,
    DeliveryState,
    DocumentFile,
    FileKind,
    Invoice,
    PrintBatch,
)
from invoicing.papers import queries as papers
from invoicing.papers.demand import Demand
from tenants.models import Organization

LETTERS_MAX = 500  # of one batch, and shown of the queue
BATCHES_SHOWN_MAX = 20
PRINTED = ("invoice", *DEMANDS)  # what can go as a letter


@dataclass(frozen=True)
class Letter:
    """One letter: the attempt at delivery and its document, an invoice's or a demand."""

    delivery: Delivery
    document: Invoice | CustomerPaper

    @property
    def customer(self) -> Customer:
        """Who gets it."""
        customer: Customer = self.document.customer
        return customer

    @property
    def invoice(self) -> Invoice | None:
        """The document where it is one of the invoice's kind."""
        return self.document if isinstance(self.document, Invoice) else None

    @property
    def name(self) -> str:
        """What the queue calls it: its number, or what kind of demand it is."""
        return str(self.document.number) if isinstance(self.document, Invoice) else self.document.get_kind_display()

    @cached_property
    def amount(self) -> Decimal:
        """What it asks for."""
        if isinstance(self.document, Invoice):
            return self.document.payable_amount
        return Demand.from_json(self.document.snapshot).to_pay

    @property
    def currency(self) -> str:
        """The currency of the amount."""
        document = self.document
        return document.currency if isinstance(document, Invoice) else str(document.snapshot["currency"])

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been printed already."""
        return self.delivery.due_at is not None and self.delivery.due_at < now


def waiting_letters(organization: Organization) -> list[Letter]:
    """The letters that are in no batch yet, in the order of the envelopes, up to a batch."""
    rows = _waiting(organization).order_by("made_at", "id")
    return in_order(organization, list(rows[:LETTERS_MAX]))


def waiting_ids(organization: Organization) -> QuerySet[Delivery, UUID]:
    """The ids of the letters that are in no batch yet, in no order: for counting them in one question."""
    return _waiting(organization).order_by().values_list("pk", flat=True)


def count_waiting(organization: Organization, most: int) -> int:
    """How many letters wait, counted no further than one more than is shown."""
    return waiting_ids(organization)[: most + 1].count()


def lock_waiting(organization: Organization, delivery_ids: Sequence[UUID]) -> list[Delivery]:
    """Those of these letters that still wait, locked in the order of their ids."""
    rows = _waiting(organization).filter(pk__in=list(delivery_ids)).order_by("id")
    return list(rows.select_for_update(no_key=True, of=("self",))[:LETTERS_MAX])


def in_order(organization: Organization, deliveries: Sequence[Delivery]) -> list[Letter]:
    """Letters by country, postal code and name: as envelopes are sorted for the post."""
    found: dict[UUID, Invoice | CustomerPaper] = {}
    found.update(queries.invoices_by_id(organization, _subjects(deliveries, are_demands=False)))
    demanded = _subjects(deliveries, are_demands=True)
    if demanded:
        found.update(papers.whole_papers_by_id(organization, demanded))
    letters = [Letter(each, found[each.subject_id]) for each in deliveries if each.subject_id in found]
    own = organization.country

    def place(letter: Letter) -> tuple[bool, str, str, str, int]:
        customer, number = letter.customer, letter.invoice.number if letter.invoice else None
        code = customer.postal_code.replace(" ", "").casefold()
        return customer.country != own, customer.country, code, customer.name.casefold(), number or 0

    return sorted(letters, key=place)


def batches(organization: Organization) -> list[PrintBatch]:
    """The newest batches, each with its count of letters."""
    rows = PrintBatch.objects.of(organization).annotate(letters=Count("deliveries"))
    return list(rows.order_by("-number")[:BATCHES_SHOWN_MAX])


def get_batch(organization: Organization, batch_id: UUID) -> PrintBatch:
    """One batch, or 404."""
    return _one(PrintBatch.objects.of(organization), batch_id)


def lock_batch(organization: Organization, batch_id: UUID) -> PrintBatch:
    """One batch, locked, or 404."""
    return _one(PrintBatch.objects.of(organization).select_for_update(no_key=True), batch_id)


def find_batch(organization: Organization, batch_id: UUID) -> PrintBatch | None:
    """One batch; None where none was made under this id."""
    return PrintBatch.objects.of(organization).filter(pk=batch_id).first()


def last_number(organization: Organization) -> int:
    """The number of the newest batch."""
    return PrintBatch.objects.of(organization).aggregate(last=Max("number"))["last"] or 0


def letters_of(organization: Organization, batch: PrintBatch) -> list[Letter]:
    """The letters of a batch in the order in which they lie in its file, but those that somebody has let rest."""
    rows = _of_batch(organization, batch).exclude(state=DeliveryState.GIVEN_UP)
    return in_order(organization, list(rows.order_by("id")))


def unprinted_of(organization: Organization, batch: PrintBatch, limit: int) -> list[UUID]:
    """Deliveries of a batch that nobody has marked yet, a limited number."""
    rows = _of_batch(organization, batch).filter(state=DeliveryState.QUEUED)
    return list(rows.order_by("id").values_list("pk", flat=True)[:limit])


def pdfs_of(organization: Organization, subject_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The hash of the PDF of each of the documents that has one."""
    rows = DocumentFile.objects.of(organization).filter(subject_id__in=list(subject_ids), kind=FileKind.PDF)
    return dict(rows.values_list("subject_id", "sha256"))


def _waiting(organization: Organization) -> QuerySet[Delivery]:
    rows = Delivery.objects.of(organization).filter(channel=Channel.PAPER, state=DeliveryState.QUEUED)
    return rows.filter(print_batch=None, settled_at=None, subject_kind__in=PRINTED).select_related("dispatch")


def _of_batch(organization: Organization, batch: PrintBatch) -> QuerySet[Delivery]:
    return Delivery.objects.of(organization).filter(print_batch_id=batch.pk).select_related("dispatch")


def _subjects(deliveries: Sequence[Delivery], *, are_demands: bool) -> list[UUID]:
    return [delivery.subject_id for delivery in deliveries if (delivery.subject_kind in DEMANDS) == are_demands]


def _one(rows: QuerySet[PrintBatch], batch_id: UUID) -> PrintBatch:
    batch = rows.filter(pk=batch_id).first()
    if batch is None:
        raise Http404
    return batch
