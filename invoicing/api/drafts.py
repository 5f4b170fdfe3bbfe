"""Drafts for programs: list, fetch, write, change, delete, finalize; by the rules of the form that people fill in."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ninja import Query, Router

from foundation.api.pages import page_after
from foundation.keyset import Key
from foundation.transactions import read_only
from invoicing import document_queries, queries
from invoicing.actions import checks, drafts, finalize
from invoicing.api.reading import read_changed_draft, read_new_draft
from invoicing.api.schemas import (
    DocumentPage,
    DocumentTold,
    DraftChange,
    DraftFields,
    DraftsAsked,
    FinalizeAsked,
    FinalizedMany,
    FinalizedTold,
    FinalizeManyAsked,
)
from invoicing.api.telling import DRAFT, FINALIZED, ROW, told_document, told_finalized, told_row
from invoicing.document_queries import DocumentSearch
from invoicing.drafting.choices import get_customer
from invoicing.models import Invoice, InvoiceLine, InvoiceStatus
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.clock import local_today
from tenants.permissions import Permission

router = Router(tags=["Drafts"])
NEWEST = (Key("id", UUID, is_descending=True),)
SENT = {
    "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "delivery_date": "2027-01-04",
    "order_reference": "PO-7781",
    "lines": [{"product_number": "1001", "quantity": "7.5"}],
}


@operation(
    router,
    "GET",
    "/drafts",
    Permission.VIEW_INVOICES,
    Says(answer=DocumentPage, told={"items": [ROW], "next": ""}),
)
def list_drafts(request: ApiRequest, asked: Query[DraftsAsked]) -> DocumentPage:
    """List drafts, newest first."""
    search = DocumentSearch(status=InvoiceStatus.DRAFT, customer_id=asked.customer_id)
    page = page_after(document_queries.list_documents(request.organization, search), NEWEST, asked)
    today = local_today(request.organization)
    return DocumentPage(items=[told_row(row, today) for row in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/drafts/{uuid:draft_id}",
    Permission.VIEW_INVOICES,
    Says(answer=DocumentTold, told=DRAFT, refuses=(404, 409)),
)
def get_draft(request: ApiRequest, draft_id: UUID) -> DocumentTold:
    """Fetch one draft with its lines; 409 where it is finalized, and then stands among the documents."""
    invoice = document_queries.get_document_with_amounts(request.organization, draft_id)
    drafts.refuse_finalized(invoice)
    return told_document(invoice, queries.list_lines(invoice), local_today(request.organization))


@operation(
    router,
    "POST",
    "/drafts",
    Permission.EDIT_DRAFTS,
    Says(answer=DocumentTold, status=201, sent=SENT, told=DRAFT, refuses=(404,)),
)
def create_draft(request: ApiRequest, draft: DraftFields) -> Any:
    """Write a draft with its lines."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        customer = get_customer(organization, draft.customer_id)
        read = read_new_draft(organization, customer, draft, draft.lines, today=today)

    def act() -> DocumentTold:
        made = drafts.create_draft(
            organization,
            customer=read.customer,
            header=read.header(),
            lines=read.typed.contents(),
            actor=request.actor,
            today=today,
        )
        return _told(made, today)

    return once(request, act, status=201, before=read.refuse_invalid)


@operation(
    router,
    "PATCH",
    "/drafts/{uuid:draft_id}",
    Permission.EDIT_DRAFTS,
    Says(answer=DocumentTold, sent={"version": 1, "note": "Takk for oppdraget"}, told=DRAFT, refuses=(404, 409)),
)
def update_draft(request: ApiRequest, draft_id: UUID, draft: DraftChange) -> Any:
    """Change a draft: what is sent, and nothing else; `lines` are sent whole, those that stand by their ids."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        stored = _stored(request, draft_id)
        read = read_changed_draft(stored, draft, draft.lines, today=today)

    def before() -> None:
        drafts.refuse_finalized(stored[0])
        drafts.refuse_stale(stored[0], draft.version)
        read.refuse_invalid()

    def act() -> DocumentTold:
        changed = drafts.update_draft(
            organization,
            draft_id,
            version=draft.version,
            header=read.header(),
            lines=read.typed.contents(),
            actor=request.actor,
            today=today,
        )
        return _told(changed, today)

    return once(request, act, before=before)


@operation(
    router,
    "DELETE",
    "/drafts/{uuid:draft_id}",
    Permission.DELETE_DRAFTS,
    Says(answer=None, status=204, refuses=(404, 409)),
)
def delete_draft(request: ApiRequest, draft_id: UUID) -> Any:
    """Remove a draft for good; it had no number, so no gap arises."""

    def act() -> None:
        drafts.delete_draft(request.organization, draft_id, actor=request.actor)

    return once(request, act, status=204)


@operation(
    router,
    "POST",
    "/drafts/{uuid:draft_id}/finalize",
    Permission.FINALIZE_INVOICES,
    Says(answer=FinalizedTold, sent={"sends": False}, told=FINALIZED, refuses=(404, 409)),
)
def finalize_draft(request: ApiRequest, draft_id: UUID, asked: FinalizeAsked) -> Any:
    """Give a draft its number and date and freeze it; 422 names what the law or the receiver misses."""

    def act() -> FinalizedTold:
        return _finalized(request, [draft_id], sends=asked.sends).items[0]

    return once(request, act, before=lambda: _check(request, [draft_id]))


@operation(
    router,
    "POST",
    "/drafts/finalize",
    Permission.FINALIZE_INVOICES,
    Says(
        answer=FinalizedMany,
        sent={"ids": [ROW["id"]], "sends": True},
        told={"items": [FINALIZED]},
        refuses=(404, 409),
    ),
)
def finalize_drafts(request: ApiRequest, asked: FinalizeManyAsked) -> Any:
    """Finalize up to 50 drafts in the order in which they are named: all of them or none."""
    ids = list(dict.fromkeys(asked.ids))
    return once(request, lambda: _finalized(request, ids, sends=asked.sends), before=lambda: _check(request, ids))


def _check(request: ApiRequest, ids: list[UUID]) -> None:
    with read_only():
        for draft_id in ids:
            drafts.refuse_finalized(queries.get_invoice_alone(request.organization, draft_id))
    checks.check_drafts(request.organization, ids, today=local_today(request.organization))


def _finalized(request: ApiRequest, ids: list[UUID], *, sends: bool) -> FinalizedMany:
    today = local_today(request.organization)
    invoices = finalize.finalize_invoices(request.organization, ids, actor=request.actor, today=today, sends=sends)
    return FinalizedMany(items=[told_finalized(invoice) for invoice in invoices])


def _stored(request: ApiRequest, draft_id: UUID) -> tuple[Invoice, list[InvoiceLine]]:
    invoice = queries.get_invoice(request.organization, draft_id)
    return invoice, queries.list_lines(invoice)


def _told(invoice: Invoice, today: date) -> DocumentTold:
    return told_document(invoice, queries.list_lines(invoice), today)
