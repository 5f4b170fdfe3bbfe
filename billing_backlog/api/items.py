"""Backlog items for programs: send, correct, cancel, list; the same thing sent twice is one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from billing_backlog.actions.correcting import correct_items as correct
from billing_backlog.actions.items import take_items as take
from billing_backlog.actions.write_offs import cancel_items as cancel
from billing_backlog.api.schemas import (
    CancelAnswer,
    CancelAsked,
    ItemAnswer,
    ItemAnswers,
    ItemFields,
    ItemPage,
    ItemsAsked,
    ItemsSent,
    ItemTold,
    told_item,
)
from billing_backlog.file_words import own_system_words
from billing_backlog.intake.plain import NewItem, Outcome, Source, Taken, is_own_system
from billing_backlog.queries import told
from billing_backlog.queries.items import get_item
from billing_backlog.queries.standing import standing_of
from foundation.api.pages import page_after
from foundation.keyset import Key
from foundation.transactions import read_only
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.permissions import Permission

router = Router(tags=["Backlog"])
DAY_ORDER = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
ITEM = "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a60"
SOURCE = {"system": "tid", "order": "2027-W02", "line": "118"}
SENT_ITEM = {
    "source": SOURCE,
    "kind": "time",
    "day": "2027-01-14",
    "quantity": "7.5",
    "text": "Rådgivning",
    "customer_number": 10042,
    "product_number": "1001",
    "performed_by": "Kari Konsulent",
}
TOLD = {
    "id": ITEM,
    "kind": "time",
    "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "project_id": None,
    "line_id": None,
    "facility_id": None,
    "product_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a12",
    "day": "2027-01-14",
    "period_from": None,
    "text": "Rådgivning",
    "performed_by": "Kari Konsulent",
    "quantity": "7.5",
    "unit_code": "HUR",
    "unit_price": "1450.00",
    "amount": "10875.00",
    "currency": "NOK",
    "charge_kind": "chargeable",
    "vat_treatment": "standard",
    "source_system": "tid",
    "source_order": "2027-W02",
    "source_line": "118",
    "is_ready": False,
    "is_over_limit": False,
    "is_cancelled": False,
    "quantity_billed": "0",
    "quantity_on_draft": "0",
    "quantity_written_off": "0",
    "quantity_unbilled": "7.5",
    "created_at": "2027-01-14T16:00:00Z",
}
ANSWER = {"outcome": "new", "item_ids": [ITEM], "message": "", "field": ""}
Take = Callable[..., list[Taken]]


@operation(
    router,
    "GET",
    "/backlog/items",
    Permission.VIEW_BACKLOG,
    Says(answer=ItemPage, told={"items": [TOLD], "next": ""}),
)
def list_items(request: ApiRequest, asked: Query[ItemsAsked]) -> ItemPage:
    """List items with what of each is billed, the newest day first."""
    search = told.ItemSearch(**asked.model_dump(exclude={"limit", "after"}))
    page = page_after(told.list_items_told(request.organization, search), DAY_ORDER, asked)
    standing = standing_of(request.organization, page.rows)
    return ItemPage(items=[told_item(item, standing[item.pk]) for item in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/backlog/items/{uuid:item_id}",
    Permission.VIEW_BACKLOG,
    Says(answer=ItemTold, told=TOLD, refuses=(404,)),
)
def get_backlog_item(request: ApiRequest, item_id: UUID) -> ItemTold:
    """Fetch one item with what of it is billed."""
    item = get_item(request.organization, item_id)
    return told_item(item, standing_of(request.organization, [item])[item.pk])


@operation(
    router,
    "POST",
    "/backlog/items",
    Permission.EDIT_BILLING,
    Says(answer=ItemAnswers, sent={"items": [SENT_ITEM]}, told={"items": [ANSWER]}),
)
def take_items(request: ApiRequest, sent: ItemsSent) -> Any:
    """Send up to 500 pieces of work, each with its own answer; one that is refused keeps no other out."""
    return _each(request, sent.items, take)


@operation(
    router,
    "POST",
    "/backlog/items/correct",
    Permission.EDIT_BILLING,
    Says(
        answer=ItemAnswers,
        sent={"items": [{**SENT_ITEM, "quantity": "6"}]},
        told={"items": [{**ANSWER, "outcome": "corrected"}]},
    ),
)
def correct_items(request: ApiRequest, sent: ItemsSent) -> Any:
    """Say anew, whole, what was sent under the same sources, as long as no document names it."""
    return _each(request, sent.items, correct)


@operation(
    router,
    "POST",
    "/backlog/items/cancel",
    Permission.EDIT_BILLING,
    Says(
        answer=CancelAnswer,
        sent={"ids": [ITEM], "reason": "Registrert to ganger"},
        told={"ids": [ITEM]},
        refuses=(404,),
    ),
)
def cancel_items(request: ApiRequest, asked: CancelAsked) -> Any:
    """Say of items that the work never happened: all of them or none."""
    ids = list(dict.fromkeys(asked.ids))

    def act() -> CancelAnswer:
        now = timezone.now()
        gone = cancel(request.organization, ids, reason=asked.reason, actor=request.actor, now=now)
        return CancelAnswer(ids=[item.pk for item in gone])

    return once(request, act)


def _each(request: ApiRequest, sent: Sequence[ItemFields], take: Take) -> Any:
    """Let the action take what names somebody whom we know, and answer all of it in its order."""
    organization = request.organization
    with read_only():
        customers = told.customers_by_number(
            organization, {item.customer_number for item in sent if item.customer_number is not None}
        )
        products = told.products_by_number(organization, {item.product_number for item in sent if item.product_number})
    answers = [_unknown(item, customers, products) for item in sent]
    known = [item for item, answer in zip(sent, answers, strict=True) if answer is None]

    def act() -> ItemAnswers:
        new = [_new_item(item, customers, products) for item in known]
        taken = iter(take(organization, new, actor=request.actor, now=timezone.now()) if new else ())
        return ItemAnswers(items=[answer or _told(next(taken)) for answer in answers])

    return once(request, act)


def _unknown(item: ItemFields, customers: dict[int, UUID], products: dict[str, UUID]) -> ItemAnswer | None:
    """The refusal of a number that nobody has, and of a teller's name that is our own."""
    if is_own_system(item.source.system):
        return _refused(own_system_words(item.source.system), "source.system")
    if item.customer_number is not None and item.customer_number not in customers:
        return _refused(_("There is no customer with that number."), "customer_number")
    if item.product_number and item.product_number not in products:
        return _refused(_("There is no product with that number."), "product_number")
    return None


def _refused(sentence: str, field: str) -> ItemAnswer:
    return ItemAnswer(outcome=Outcome.REFUSED.value, item_ids=[], message=sentence, field=field)


def _new_item(item: ItemFields, customers: dict[int, UUID], products: dict[str, UUID]) -> NewItem:
    said = {name: getattr(item, name) for name in _PLAIN}
    return NewItem(
        **said,
        kind=item.kind.value,
        charge_kind=item.charge_kind.value,
        vat_treatment=item.vat_treatment.value if item.vat_treatment else "",
        customer_id=item.customer_id or customers.get(item.customer_number or 0),
        product_id=item.product_id or products.get(item.product_number),
        source=Source(item.source.system, item.source.order, item.source.line),
    )


_PLAIN = tuple(
    name
    for name in ItemFields.model_fields
    if name
    not in {
        "kind", "charge_kind", "vat_treatment", "customer_id", "customer_number", "product_id", "product_number",
        "source",
    }
)  # fmt: skip


def _told(taken: Taken) -> ItemAnswer:
    return ItemAnswer(
        outcome=taken.outcome.value, item_ids=list(taken.item_ids), message=taken.sentence, field=taken.field
    )
