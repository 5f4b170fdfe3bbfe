"""What programs send and are told of drafts and documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from customers.vat import VatTreatment
from foundation.api.pages import PageAsked
from foundation.api.values import Amount, Day, Number, Sent, Text, Told
from invoicing.models import ChargeKind

VERSION = Field(ge=1, le=2_147_483_647, description="The version that you have read; a newer one is not overwritten.")
LINES_MAX = 1_000
AT_ONCE_MAX = 50


class LineFields(Sent):
    """One line. A product number fills what is not sent; else a description and a price are needed."""

    id: UUID | None = Field(default=None, description="Of a line that stands on the draft; it keeps what is not sent.")
    product_number: Text | None = Field(default=None, max_length=30)
    description: Text | None = Field(default=None, max_length=500)
    detail: Text | None = Field(default=None, max_length=1000)
    internal_text: Text | None = Field(default=None, max_length=500, description="Never shown to the customer.")
    quantity: Number | None = None
    unit_code: Text | None = Field(default=None, max_length=3, description="UN/ECE Recommendation 20: HUR, NAR, KGM …")
    unit_price: Amount | None = None
    discount_percent: Number | None = None
    discount_amount: Amount | None = None
    charge_kind: ChargeKind | None = None
    vat_treatment: VatTreatment | None = None
    vat_reason: Text | None = Field(default=None, max_length=200)
    delivery_date: Day | None = None
    period_from: Day | None = None
    period_to: Day | None = None
    revenue_account: Text | None = Field(default=None, max_length=10)
    project: Text | None = Field(default=None, max_length=40)
    department: Text | None = Field(default=None, max_length=40)
    section: Text = Field(default="", max_length=120, description="Neighbours of one name stand under it.")


class HeaderFields(Sent):
    """What stands on a draft once; what is not sent is as the customer's terms or as it stands."""

    issue_date: Day | None = Field(default=None, description="Empty: the day on which it is finalized.")
    due_date: Day | None = Field(default=None, description="Empty: counted from the terms.")
    payment_terms_days: int | None = Field(default=None, ge=0, le=365)
    delivery_date: Day | None = None
    period_from: Day | None = None
    period_to: Day | None = None
    accounting_date: Day | None = None
    buyer_reference: Text | None = Field(default=None, max_length=80)
    our_reference: Text | None = Field(default=None, max_length=80)
    order_reference: Text | None = Field(default=None, max_length=80)
    contract_reference: Text | None = Field(default=None, max_length=80)
    project_reference: Text | None = Field(default=None, max_length=80)
    delivery_name: Text | None = Field(default=None, max_length=120)
    delivery_street: Text | None = Field(default=None, max_length=120)
    delivery_postal_code: Text | None = Field(default=None, max_length=12)
    delivery_city: Text | None = Field(default=None, max_length=80)
    delivery_country: Text | None = Field(default=None, max_length=2)
    currency: Text | None = Field(default=None, max_length=3)
    fixed_exchange_rate: Number | None = None
    language: Text | None = Field(default=None, max_length=5)
    prices_include_vat: bool | None = None
    discount_percent: Number | None = None
    discount_amount: Amount | None = None
    discount_reason: Text | None = Field(default=None, max_length=100)
    note: Text | None = Field(default=None, max_length=5000)
    internal_note: Text | None = Field(default=None, max_length=5000)


class DraftFields(HeaderFields):
    """A draft to be made."""

    customer_id: UUID
    lines: list[LineFields] = Field(default=[], max_length=LINES_MAX)


class DraftChange(HeaderFields):
    """What shall be different on a draft."""

    version: int = VERSION
    lines: list[LineFields] | None = Field(
        default=None, max_length=LINES_MAX, description="All of them: a line that is not sent is taken away."
    )


class FinalizeAsked(Sent):
    """Whether the customer is sent the document as well."""

    sends: bool = False


class FinalizeManyAsked(FinalizeAsked):
    """The drafts to be finalized: all of them or none."""

    ids: list[UUID] = Field(min_length=1, max_length=AT_ONCE_MAX)


class CustomerNamed(Told):
    """Whom a document is for."""

    id: UUID
    number: int
    name: str


class LineTold(Told):
    """A line as it stands."""

    id: UUID
    position: int
    section: str
    product_number: str
    description: str
    detail: str
    internal_text: str
    quantity: Number
    unit_code: str
    unit_price: Amount
    discount_percent: Number
    discount_amount: Amount
    charge_kind: str
    vat_treatment: str
    vat_rate_percent: Number
    vat_reason: str
    delivery_date: date | None
    period_from: date | None
    period_to: date | None
    revenue_account: str
    project: str
    department: str
    net_amount: Amount
    source_kind: str = Field(description="Where the line comes from; `added` where somebody typed or sent it.")
    source_label: str


class DocumentRow(Told):
    """A draft or a document, as lists show it."""

    id: UUID
    kind: str = Field(description="invoice, credit_note or payment_request.")
    status: str = Field(description="draft or finalized.")
    standing: str = Field(description="draft, final, part, paid, overdue or credited.")
    number: int | None
    kid: str
    customer: CustomerNamed
    issue_date: date | None
    due_date: date | None
    currency: str
    net_amount: Amount
    vat_amount: Amount
    rounding_amount: Amount
    payable_amount: Amount
    open_amount: Amount | None = Field(description="What is still owed; null where nothing was ever asked for.")
    claim_id: UUID | None = Field(description="What payments pay.")
    credits_id: UUID | None = Field(description="Of a credit note: the invoice that it takes back.")
    version: int
    updated_at: datetime


class DocumentTold(DocumentRow):
    """A draft or a document with its lines."""

    payment_terms_days: int
    accounting_date: date | None
    delivery_date: date | None
    period_from: date | None
    period_to: date | None
    buyer_reference: str
    our_reference: str
    order_reference: str
    contract_reference: str
    project_reference: str
    delivery_name: str
    delivery_street: str
    delivery_postal_code: str
    delivery_city: str
    delivery_country: str
    fixed_exchange_rate: Number | None
    language: str
    prices_include_vat: bool
    discount_percent: Number
    discount_amount: Amount
    discount_reason: str
    note: str
    internal_note: str
    lines: list[LineTold]


class FinalizedTold(Told):
    """What a draft has become."""

    id: UUID
    kind: str
    number: int | None
    kid: str
    issue_date: date
    due_date: date | None
    currency: str
    payable_amount: Amount
    claim_id: UUID | None


class FinalizedMany(Told):
    """What the drafts have become, in the order in which they were named."""

    items: list[FinalizedTold]


class DraftsAsked(PageAsked):
    """Which drafts."""

    customer_id: UUID | None = None


class DocumentsAsked(PageAsked):
    """Which finalized documents."""

    kind: Literal["", "invoice", "credit_note", "payment_request"] = ""
    customer_id: UUID | None = None
    number: int | None = Field(default=None, ge=1, le=9_223_372_036_854_775_807)
    issued_from: Day | None = None
    issued_through: Day | None = None


class DocumentPage(Told):
    """A part of the list, newest first."""

    items: list[DocumentRow]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")
