"""Everything about one item: where it stands, which documents bill it, which limits it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.billing_methods import Limit
from billing_backlog.models import BacklogItem, ContractLine, Project, WriteOff
from billing_backlog.queries.limits import limit_book
from billing_backlog.queries.stands import Stand, stands_of
from invoicing.models import Invoice, InvoiceLine
from tenants.models import AuditEntry, Organization

LINES_MAX = 50
HISTORY_MAX = 100


@dataclass(frozen=True, slots=True)
class BillingLine:
    """A document's line that bills the item, or takes it back, and where the document stands."""

    line: InvoiceLine
    invoice: Invoice
    stand: Stand

    @property
    def quantity(self) -> Decimal:
        """Taken back by a credit note, it counts against."""
        return -self.line.quantity if self.invoice.is_credit_note else self.line.quantity


def billing_lines(organization: Organization, item: BacklogItem, *, today: date) -> list[BillingLine]:
    """The lines that name the item, the oldest document first."""
    lines = InvoiceLine.objects.of(organization).filter(source_id=item.pk).select_related("invoice")
    found = list(lines.order_by("id")[:LINES_MAX])
    stands = stands_of(organization, {line.invoice.pk: line.invoice for line in found}.values(), today=today)
    return [BillingLine(line, line.invoice, stands[line.invoice_id]) for line in found]


def write_offs_of(organization: Organization, item: BacklogItem) -> list[WriteOff]:
    """What was given up of the item, and what of it was taken back."""
    found = WriteOff.objects.of(organization).filter(item=item)
    return list(found.prefetch_related("reversed_by").order_by("made_at", "id"))


def limits_of(organization: Organization, item: BacklogItem) -> list[Limit]:
    """The limits that the item must keep, with what is taken of each."""
    return limit_book(organization, [item.contract_id]).limits_on(item) if item.contract_id else []


def history_of_item(organization: Organization, item: BacklogItem) -> list[AuditEntry]:
    """What was done to the item, the newest first."""
    return history_of(organization, item.pk)


def history_of(organization: Organization, subject_id: UUID) -> list[AuditEntry]:
    """What was done to a row that the audit trail tells of, the newest first."""
    found = AuditEntry.objects.of(organization).filter(subject_id=subject_id)
    return list(found.order_by("-recorded_at", "-id")[:HISTORY_MAX])


def item_of_line(organization: Organization, line_id: UUID) -> UUID:
    """The item that a document's line bills, or 404."""
    lines = InvoiceLine.objects.of(organization).filter(pk=line_id, source_id__isnull=False)
    found = lines.values_list("source_id", flat=True).first()
    if found is None:
        raise Http404
    return found


def lines_to_move_to(organization: Organization, visible: QuerySet[Project]) -> QuerySet[ContractLine]:
    """The running contract lines of visible projects, under which other work can be put."""
    lines = ContractLine.objects.of(organization).filter(
        ended_on=None, contract__project__closed_on=None, contract__project__in=visible.order_by().values("pk")
    )
    return lines.select_related("contract").order_by("contract__number", "position")
