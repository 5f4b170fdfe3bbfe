"""What programs send and are told of billable work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from billing_backlog.models import BacklogItem, ItemKind
from billing_backlog.queries.standing import Standing
from customers.vat import VatTreatment
from foundation.api.pages import PageAsked
from foundation.api.values import Amount, Day, Number, Sent, Text, Told
from invoicing.models import ChargeKind

ITEMS_MAX = 500


class SourceFields(Sent):
    """What the sender calls the thing; the same three words again are the same thing."""

    system: Text = Field(min_length=1, max_length=40)
    order: Text = Field(min_length=1, max_length=60)
    line: Text = Field(min_length=1, max_length=60)


class ItemFields(Sent):
    """One piece of work: for a contract line, which knows its customers, or for one customer."""

    source: SourceFields
    kind: ItemKind
    day: Day = Field(description="Of the delivery, or the last day of the period.")
    quantity: Number
    text: Text = Field(min_length=1, max_length=500, description="Stands on the invoice.")
    customer_id: UUID | None = None
    customer_number: int | None = Field(default=None, ge=1, le=2_147_483_647, description="Instead of customer_id.")
    line_id: UUID | None = Field(default=None, description="Of a contract.")
    project_id: UUID | None = None
    facility_id: UUID | None = None
    product_id: UUID | None = None
    product_number: Text = Field(default="", max_length=30, description="Instead of product_id.")
    unit_code: Text = Field(default="", max_length=3)
    unit_price: Amount | None = Field(default=None, description="Not sent: the contract line's, else the product's.")
    price_reason: Text = Field(default="", max_length=300, description="Needed where the price is not the rule's.")
    price_includes_vat: bool | None = None
    currency: Text = Field(default="", max_length=3)
    charge_kind: ChargeKind = ChargeKind.CHARGEABLE
    period_from: Day | None = None
    internal_text: Text = Field(default="", max_length=500)
    performed_by: Text = Field(default="", max_length=120)
    approved_by: Text = Field(default="", max_length=120, description="Who approved it in the sending system.")
    vat_treatment: VatTreatment | None = None
    revenue_account: Text = Field(default="", max_length=10)
    dimensions: dict[Text, Text] = Field(default={}, max_length=20)


class ItemsSent(Sent):
    """Up to 500 pieces of work; each is answered for itself."""

    items: list[ItemFields] = Field(min_length=1, max_length=ITEMS_MAX)


class CancelAsked(Sent):
    """Which items will never be billed, and why: all of them or none."""

    ids: list[UUID] = Field(min_length=1, max_length=ITEMS_MAX)
    reason: Text = Field(min_length=1, max_length=300)


class ItemAnswer(Told):
    """What became of one piece of work, in the order in which they were sent."""

    outcome: str = Field(
        description="new, known (sent before in the same words), differs (sent before in other words: correct it), "
        "corrected or refused."
    )
    item_ids: list[UUID] = Field(description="One for each customer who pays a share.")
    message: str = ""
    field: str = ""


class ItemAnswers(Told):
    """What became of each."""

    items: list[ItemAnswer]


class CancelAnswer(Told):
    """The items that will never be billed."""

    ids: list[UUID]


class ItemTold(Told):
    """One thing to be billed to one customer, and what of it is billed."""

    id: UUID
    kind: str
    customer_id: UUID
    project_id: UUID | None
    line_id: UUID | None
    facility_id: UUID | None
    product_id: UUID | None
    day: date
    period_from: date | None
    text: str
    performed_by: str
    quantity: Number
    unit_code: str
    unit_price: Amount
    amount: Amount
    currency: str
    charge_kind: str
    vat_treatment: str
    source_system: str
    source_order: str
    source_line: str
    is_ready: bool
    is_over_limit: bool
    is_cancelled: bool
    quantity_billed: Number
    quantity_on_draft: Number
    quantity_written_off: Number
    quantity_unbilled: Number
    created_at: datetime


class ItemsAsked(PageAsked):
    """Which items."""

    state: Literal["", "open", "cancelled"] = Field(default="", description="open: something is left to bill.")
    customer_id: UUID | None = None
    project_id: UUID | None = None
    source_system: Text = Field(default="", max_length=40)
    source_order: Text = Field(default="", max_length=60)


class ItemPage(Told):
    """A part of the list, the newest day first."""

    items: list[ItemTold]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")


_WORKED_OUT = frozenset({"quantity_billed", "quantity_on_draft", "quantity_written_off", "quantity_unbilled"})


def told_item(item: BacklogItem, standing: Standing) -> ItemTold:
    """A stored item with what became of it."""
    return ItemTold(
        **{name: getattr(item, name) for name in ItemTold.model_fields if name not in _WORKED_OUT},
        quantity_billed=standing.billed,
        quantity_on_draft=standing.on_draft,
        quantity_written_off=standing.written_off,
        quantity_unbilled=standing.unbilled,
    )
