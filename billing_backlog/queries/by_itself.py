"""What was made by itself: drafts that collect a period, drafts that wait for the day of the work, and what to bill."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from billing_backlog.automation import Posting
from billing_backlog.intake.plain import OWN_SYSTEMS
from billing_backlog.models import BacklogItem, BillingAutomation, ItemKind, MadeBy, Proforma, ProformaStep, Visit
from customers.models import Customer
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, WaitsFor
from tenants.models import AuditEntry, Organization

VISITS_MAX = 10_000  # of one day
TOLD_WITHIN = timedelta(days=3)  # what was told before that and is still unbilled is left to people
BY_ITSELF = (MadeBy.WORK_DONE, MadeBy.NIGHT_BEFORE, MadeBy.SUBSCRIPTION)


def customers_of_items(organization: Organization, item_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """The items that are here with their customers, a customer's items together."""
    found = BacklogItem.objects.of(organization).filter(pk__in=list(item_ids))
    return list(found.order_by("customer_id", "day", "id").values_list("pk", "customer_id"))


def lock_customers(organization: Organization, customer_ids: Collection[UUID]) -> None:
    """Let nobody else bill these customers by itself meanwhile; taken before drafts and items, everywhere."""
    found = Customer.objects.of(organization).filter(pk__in=list(customer_ids)).order_by("id")
    list(found.select_for_update(no_key=True).values_list("pk", flat=True))


def collecting_drafts(organization: Organization, customer_ids: Collection[UUID]) -> list[Proforma]:
    """The open drafts of these customers that collect a period, oldest first; what somebody has confirmed is closed."""
    said = ProformaStep.objects.of(organization).filter(proforma_id=OuterRef("pk"))
    return list(
        Proforma.objects.of(organization)
        .select_related("invoice")
        .filter(
            ~Exists(said),
            made_by__in=BY_ITSELF,
            cut_off__isnull=False,
            invoice__customer_id__in=list(customer_ids),
            invoice__status=InvoiceStatus.DRAFT,
            invoice__waits_for=WaitsFor.NOTHING,
            invoice__issue_date=None,
        )
        .order_by("created_at", "id")
    )


def waiting_for_their_day(organization: Organization, today: date, most: int) -> list[UUID]:
    """The drafts whose day of work has come, earliest first."""
    found = Proforma.objects.of(organization).filter(
        cut_off__lte=today, invoice__status=InvoiceStatus.DRAFT, invoice__waits_for=WaitsFor.WORK_DAY
    )
    return list(found.order_by("cut_off", "id").values_list("invoice_id", flat=True)[:most])


def planned_visits(organization: Organization, day: date) -> list[tuple[UUID, UUID]]:
    """The visits that are still planned for a day, each with its customer."""
    found = Visit.objects.of(organization).filter(planned_on=day, done_at=None, cancelled_at=None)
    return list(found.order_by("customer_id", "id").values_list("pk", "customer_id")[:VISITS_MAX])


def told_visits(organization: Organization, *, through: date, now: datetime, most: int) -> list[UUID]:
    """Finished visits that another system has told of lately, of customers who are billed by themselves.

    What somebody has judged, marked or put on a document is left to people.
    """
    rows = BillingAutomation.objects.of(organization)
    company = rows.filter(customer=None).exclude(posting=Posting.NONE)
    own = rows.filter(customer_id=OuterRef("customer_id")).exclude(posting="")
    judged = AuditEntry.objects.of(organization).filter(
        subject_id=OuterRef("pk"), verb__in=["backlog.marked_ready", "backlog.marked_not_ready"]
    )
    found = BacklogItem.objects.of(organization).filter(
        ~Exists(judged),
        Exists(own.exclude(posting=Posting.NONE)) | (~Exists(own) & Exists(company)),
        kind=ItemKind.VISIT,
        day__lte=through,
        ready_at=None,
        cancelled_at=None,
        settled_at=None,
        is_over_limit=False,
        released_at__isnull=False,
        created_at__gt=now - TOLD_WITHIN,
    )
    return list(found.exclude(source_system__in=OWN_SYSTEMS).order_by("day", "id").values_list("pk", flat=True)[:most])


def proformas_by_document(organization: Organization, invoice_ids: Collection[UUID]) -> dict[UUID, Proforma]:
    """What is known of how these documents were made, by document."""
    found = Proforma.objects.of(organization).filter(invoice_id__in=list(invoice_ids))
    return {row.invoice_id: row for row in found}


def lines_that_bill(organization: Organization, item_ids: Collection[UUID]) -> list[InvoiceLine]:
    """The lines of drafts and invoices that bill these items, with their documents; credit notes left out."""
    found = InvoiceLine.objects.of(organization).select_related("invoice").filter(source_id__in=list(item_ids))
    return list(found.exclude(invoice__kind=InvoiceKind.CREDIT_NOTE).order_by("invoice_id", "position", "id"))


def is_credited_on_draft(organization: Organization, lines: Sequence[InvoiceLine]) -> set[UUID]:
    """Those of these lines that a credit note takes back which is not finalized yet."""
    found = InvoiceLine.objects.of(organization).filter(
        credits_line_id__in=[line.pk for line in lines], invoice__status=InvoiceStatus.DRAFT
    )
    return set(found.values_list("credits_line_id", flat=True))


def documents_for_day(organization: Organization, day: date) -> list[tuple[Invoice, BacklogItem]]:
    """The documents that were formed for a day of work beforehand, each with an item that it bills."""
    lines = InvoiceLine.objects.of(organization).filter(
        invoice__proformas__made_by=MadeBy.NIGHT_BEFORE, invoice__proformas__cut_off=day, source_id__isnull=False
    )
    pairs = list(lines.order_by("invoice_id", "position").values_list("invoice_id", "source_id")[:2_000])
    items = {item.pk: item for item in BacklogItem.objects.of(organization).filter(pk__in=[key for _i, key in pairs])}
    found = Invoice.objects.of(organization).select_related("customer").defer("snapshot")
    documents = {row.pk: row for row in found.filter(pk__in=[key for key, _item in pairs])}
    return [(documents[key], items[item_id]) for key, item_id in pairs if key in documents and item_id in items]
