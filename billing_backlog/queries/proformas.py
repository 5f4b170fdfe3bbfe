"""Drafts that were made from backlog: which somebody may see, how each stands, and what they could hold beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from billing_backlog.models import BacklogItem, Proforma, ProformaStep, Project, StepKind
from billing_backlog.queries.items import WITH
from billing_backlog.queries.standing import Standing, standing_of
from invoicing.models import Invoice, InvoiceLine, InvoiceStatus, WaitsFor
from tenants.models import Organization

OFFERED_MAX = 200  # items that are offered beside a draft; the list of the backlog has them all
CHOSEN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What one draft holds: one customer's work under one contract, else one project, in one currency."""

    customer_id: UUID
    contract_id: UUID | None
    project_id: UUID | None  # only where there is no contract
    currency: str
    price_includes_vat: bool

    @classmethod
    def of(cls, item: BacklogItem) -> GroupKey:
        """The draft on which the item belongs."""
        project_id = item.project_id if item.contract_id is None else None
        return cls(item.customer_id, item.contract_id, project_id, item.currency, item.price_includes_vat)


@dataclass(frozen=True, slots=True)
class Ready:
    """An item that is ready, with what of it is left to bill."""

    item: BacklogItem
    standing: Standing


def visible_proformas(organization: Organization, visible: QuerySet[Project] | None) -> QuerySet[Proforma]:
    """The proformas of the projects that somebody may see; with None, all of them."""
    found: QuerySet[Any] = Proforma.objects.of(organization).select_related(
        "invoice__customer", "contract__project__manager", "manager"
    )
    steps = ProformaStep.objects.of(organization).filter(proforma_id=OuterRef("pk")).order_by("-id")
    found = found.annotate(
        last_step=Subquery(steps.values("kind")[:1]),
        last_reason=Subquery(steps.values("reason")[:1]),
        last_by=Subquery(steps.values("made_by")[:1]),
        last_at=Subquery(steps.values("made_at")[:1]),
    )
    if visible is None:
        return found
    projects = visible.order_by().values("pk")
    items = BacklogItem.objects.of(organization).filter(project__in=projects).order_by().values("pk")
    of_work = InvoiceLine.objects.of(organization).filter(invoice_id=OuterRef("invoice_id"), source_id__in=items)
    return found.filter(Q(contract__project__in=projects) | (Q(contract=None) & Exists(of_work)))


def get_proforma(visible: QuerySet[Proforma], invoice_id: UUID) -> Proforma:
    """The proforma of a document among the visible ones, or 404."""
    found = visible.filter(invoice_id=invoice_id).first()
    if found is None:
        raise Http404
    return found


def find_proforma(organization: Organization, invoice_id: UUID) -> Proforma | None:
    """The proforma of a document; None where the document was made otherwise."""
    return visible_proformas(organization, None).filter(invoice_id=invoice_id).first()


def lock_proforma(organization: Organization, invoice_id: UUID) -> Proforma:
    """The proforma of a document that is locked already, or 404."""
    found = Proforma.objects.of(organization).select_related("contract__project", "manager")
    row = found.filter(invoice_id=invoice_id).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise Http404
    return row


def steps_of(organization: Organization, proforma: Proforma) -> list[ProformaStep]:
    """What was said of a proforma, in the order in which it was said."""
    return list(ProformaStep.objects.of(organization).filter(proforma=proforma).order_by("id"))


def in_state(found: QuerySet[Proforma], state: str) -> QuerySet[Proforma]:
    """Those of the proformas that wait for the manager, came back, wait for the accountant, or are invoiced."""
    draft = Q(invoice__status=InvoiceStatus.DRAFT)
    waits = draft & Q(invoice__waits_for=WaitsFor.CONFIRMATION)
    states = {
        "waiting": waits,
        "returned": waits & Q(last_step=StepKind.RETURNED),
        "confirmed": draft & Q(invoice__waits_for=WaitsFor.NOTHING),
        "invoiced": Q(invoice__status=InvoiceStatus.FINALIZED),
    }
    return found.filter(states[state])


def ready_items(
    organization: Organization,
    visible: QuerySet[Project] | None,
    *,
    ids: Collection[UUID] | None = None,
    about: Q | None = None,
    until: date | None = None,
    most: int = CHOSEN_MAX,
) -> list[Ready]:
    """The items that are ready and have something left to bill, by day: chosen ones, or all that fit."""
    found: QuerySet[Any] = BacklogItem.objects.of(organization).select_related(*WITH)
    found = found.filter(ready_at__isnull=False, cancelled_at=None)
    if visible is not None:
        found = found.filter(project__in=visible.order_by().values("pk"))
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    if about is not None:
        found = found.filter(about)
    if until is not None:
        found = found.filter(day__lte=until)
    items = cast(list[BacklogItem], list(found.order_by("day", "id")[:most]))
    standing = standing_of(organization, items)
    return [Ready(item, standing[item.pk]) for item in items if standing[item.pk].unbilled]


def open_drafts_for(organization: Organization, keys: Iterable[GroupKey]) -> dict[GroupKey, Invoice]:
    """The newest open draft of each group that nobody has confirmed yet: what comes late is added to it (M-048)."""
    wanted = {key for key in keys if key.contract_id is not None}
    if not wanted:
        return {}
    found = (
        Proforma.objects.of(organization)
        .select_related("invoice__customer")
        .filter(
            Q(invoice__waits_for=WaitsFor.CONFIRMATION)
            | (Q(invoice__waits_for=WaitsFor.NOTHING) & ~Exists(_confirmations(organization))),
            contract_id__in={key.contract_id for key in wanted},
            invoice__customer_id__in={key.customer_id for key in wanted},
            invoice__status=InvoiceStatus.DRAFT,
        )
        .order_by("created_at", "id")
    )
    newest = {key_of(proforma): proforma.invoice for proforma in found}
    return {key: newest[key] for key in wanted if key in newest}


def _confirmations(organization: Organization) -> QuerySet[ProformaStep]:
    return ProformaStep.objects.of(organization).filter(proforma_id=OuterRef("pk"))


def key_of(proforma: Proforma) -> GroupKey:
    """What the draft of a contract holds; a draft without contract is told by its lines instead."""
    invoice = proforma.invoice
    return GroupKey(invoice.customer_id, proforma.contract_id, None, invoice.currency, invoice.prices_include_vat)


def items_on(organization: Organization, lines: Iterable[InvoiceLine]) -> dict[UUID, BacklogItem]:
    """The items that these lines bill."""
    ids = {line.source_id for line in lines if line.source_id is not None}
    found = BacklogItem.objects.of(organization).select_related(*WITH).filter(pk__in=ids) if ids else []
    return {item.pk: item for item in found}


def not_included(
    organization: Organization, proforma: Proforma, lines: Iterable[InvoiceLine], *, until: date | None
) -> list[Ready]:
    """What is ready for the same customer and contract, else project, and stands on no document yet (M-047, M-059)."""
    invoice = proforma.invoice
    about = Q(
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        price_includes_vat=invoice.prices_include_vat,
        contract_id=proforma.contract_id,
        settled_at=None,
    )
    if proforma.contract_id is None:
        projects = {item.project_id for item in items_on(organization, lines).values()}
        about &= Q(project_id__in=[key for key in projects if key]) | (
            Q(project=None) if None in projects else Q(pk=None)
        )
    there = {line.source_id for line in lines}  # what was taken off a line is decided when the draft is confirmed
    found = ready_items(organization, None, about=about, until=until, most=OFFERED_MAX + len(there))
    return [each for each in found if each.item.pk not in there]


def get_proforma_by_id(visible: QuerySet[Proforma], proforma_id: UUID) -> Proforma:
    """One of the visible proformas, or 404."""
    found = visible.filter(pk=proforma_id).first()
    if found is None:
        raise Http404
    return found


def proformas_chosen(visible: QuerySet[Proforma], invoice_ids: Collection[UUID]) -> list[Proforma]:
    """Those of the visible proformas whose documents were chosen."""
    return list(visible.filter(invoice_id__in=list(invoice_ids)).order_by("created_at", "id"))
