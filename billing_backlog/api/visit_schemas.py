"""What programs send and are told of visits."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from billing_backlog.api.schemas import SourceFields
from billing_backlog.listing.visits import VisitRow
from foundation.api.pages import PageAsked
from foundation.api.values import Amount, Day, Number, Sent, Text, Told

VISITS_MAX = 500
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
TIME_SCHEMA = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["08:30"]}


def _read_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not TIME.fullmatch(value):
        raise ValueError('write a time of day as text, such as "08:30"')
    return time.fromisoformat(value)


Clock = Annotated[
    time,
    BeforeValidator(_read_time),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema(TIME_SCHEMA),
]


class VisitFields(Sent):
    """One visit: for a contract line, which knows its customers, or for one customer."""

    source: SourceFields
    planned_on: Day
    starts_at: Clock | None = None
    ends_at: Clock | None = None
    customer_id: UUID | None = None
    customer_number: int | None = Field(default=None, ge=1, le=2_147_483_647, description="Instead of customer_id.")
    line_id: UUID | None = Field(default=None, description="Of a contract: billed per visit or by time.")
    project_id: UUID | None = None
    product_id: UUID | None = None
    product_number: Text = Field(default="", max_length=30, description="Instead of product_id.")
    worker_email: Text = Field(default="", max_length=254, description="Of somebody with an account here.")
    worker_name: Text = Field(default="", max_length=120, description="Of anybody else.")
    text: Text = Field(default="", max_length=500, description="Not sent: the product's name, else the line's.")
    quantity: Number = Field(description="More than zero; when it is done another may be reported.")
    unit_code: Text = Field(default="", max_length=3)
    unit_price: Amount | None = Field(default=None, description="Not sent: the contract line's, else the product's.")
    price_reason: Text = Field(default="", max_length=300, description="Needed where the price is not the rule's.")
    place: Text = Field(default="", max_length=300, description="Not sent: the customer's address.")
    note: Text = Field(default="", max_length=500, description="For whoever goes there; never on the invoice.")


class VisitsSent(Sent):
    """Up to 500 visits; each is answered for itself."""

    visits: list[VisitFields] = Field(min_length=1, max_length=VISITS_MAX)


class ReportFields(Sent):
    """That a visit is done."""

    id: UUID
    done_on: Day | None = Field(default=None, description="Not sent: today.")
    quantity: Number | None = Field(default=None, description="Not sent: as planned.")


class ReportsSent(Sent):
    """Up to 500 visits that are done; each is answered for itself."""

    visits: list[ReportFields] = Field(min_length=1, max_length=VISITS_MAX)


class VisitsCancelled(Sent):
    """Which visits will not take place, and why: all of them or none."""

    ids: list[UUID] = Field(min_length=1, max_length=VISITS_MAX)
    reason: Text = Field(min_length=1, max_length=300)


class VisitAnswer(Told):
    """What became of one visit, in the order in which they were sent."""

    outcome: str = Field(
        description="new, known (sent before in the same words), differs (sent before in other words: correct it), "
        "corrected, done or refused."
    )
    id: UUID | None
    message: str = ""
    field: str = ""


class VisitAnswers(Told):
    """What became of each."""

    visits: list[VisitAnswer]


class VisitIds(Told):
    """The visits that will not take place."""

    ids: list[UUID]


class VisitTold(Told):
    """One visit, what became of it, and the documents that bill it."""

    id: UUID
    state: str = Field(description="planned, done, drafted, billed or cancelled.")
    customer_id: UUID
    line_id: UUID | None
    project_id: UUID | None
    product_id: UUID | None
    worker_name: str
    planned_on: date
    starts_at: Clock | None
    ends_at: Clock | None
    text: str
    quantity: Number
    unit_code: str
    unit_price: Amount | None
    price_reason: str
    place: str
    note: str
    done_on: date | None
    done_by: str
    cancelled_reason: str
    source_system: str
    source_order: str
    source_line: str
    item_ids: list[UUID] = Field(description="Its work in the backlog.")
    document_ids: list[UUID] = Field(description="The drafts, invoices and credit notes that name it.")
    created_at: datetime


class VisitsAsked(PageAsked):
    """Which visits."""

    state: Literal["", "planned", "done", "billed", "cancelled"] = ""
    customer_id: UUID | None = None
    project_id: UUID | None = None
    first: Day | None = Field(default=None, description="Planned on this day or later.")
    last: Day | None = Field(default=None, description="Planned on this day or earlier.")


class VisitPage(Told):
    """A part of the list, the latest day first."""

    items: list[VisitTold]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")


_WORKED_OUT = frozenset({"state", "item_ids", "document_ids"})


def told_visit(row: VisitRow) -> VisitTold:
    """A stored visit with what became of it."""
    return VisitTold(
        **{name: getattr(row.visit, name) for name in VisitTold.model_fields if name not in _WORKED_OUT},
        state=row.state.value,
        item_ids=[item.pk for item, _standing in row.items],
        document_ids=[each.invoice.pk for each in row.documents],
    )
