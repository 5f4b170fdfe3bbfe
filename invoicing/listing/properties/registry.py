"""The properties there are: those of every document and customer, and the organization's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import CustomerKind, CustomProperty, PropertyKind, PropertySubject
from customers.queries import list_properties
from foundation.countries import country_choices, currency_choices
from invoicing.dispatching.wording import STANDINGS
from invoicing.listing.properties import sources
from invoicing.listing.properties.kinds import Kind
from invoicing.listing.properties.sources import Column, Computed, FollowUp, OwnOfInvoice, Source
from invoicing.models import ApprovalVerdict, InvoiceKind, WaitsFor
from invoicing.standing import Standing
from tenants.models import Organization

OWN_PREFIX = "c-"
# How far reminders come, as the floor above writes it on the claim.
REMINDER_STEPS = (
    ("notice", _("Notice before it is due")),
    ("friendly", _("Friendly reminder")),
    ("reminder", _("Reminder")),
    ("collection_notice", _("Notice before collection")),
    ("payment_demand", _("Own demand for payment")),
    ("collection", _("Ready for collection")),
)
Choices = Callable[[], list[tuple[str, Any]]]


class Group(models.TextChoices):
    """Under which heading a property is offered."""

    DOCUMENT = "document", _("Document")
    AMOUNTS = "amounts", _("Amounts")
    DATES = "dates", _("Dates")
    CUSTOMER = "customer", _("Customer")
    FOLLOW_UP = "follow_up", _("Follow-up")
    REFERENCES = "references", _("References and texts")
    OWN = "own", _("Own properties")


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property: its stable name, its words, what it holds, where that lies and how a row gives it."""

    name: str
    label: Any
    kind: Kind
    source: Source
    group: Group
    choices: Choices | None = None
    row_key: str = ""  # a column that every row has anyway
    is_sortable: bool = True
    is_whole: bool = False  # a number without decimals
    is_text_day: bool = False  # a day kept as text
    is_long: bool = False  # a text of several lines
    is_open: bool = False  # a choice that may hold other words than those offered now

    @property
    def key(self) -> str:
        """Under which name a row carries the value."""
        return self.row_key or f"p_{self.name.replace('-', '_')}"

    @property
    def is_amount(self) -> bool:
        """Whether it stands to the right, as figures do."""
        return self.kind in {Kind.AMOUNT, Kind.NUMBER} and self.name != "number"

    def codes(self) -> list[str]:
        """The codes of a choice; empty where any text will do."""
        return [code for code, _label in self.choices()] if self.choices and not self.is_open else []


@dataclass(frozen=True, slots=True)
class Book:
    """All properties of one organization by name."""

    organization: Organization
    properties: Mapping[str, Property]

    def get(self, name: str) -> Property | None:
        """One property, or nothing when there is none of that name (any more)."""
        return self.properties.get(name)

    def by_group(self) -> list[tuple[Group, list[Property]]]:
        """The properties under their headings, for menus."""
        found = [(group, [each for each in self.properties.values() if each.group == group]) for group in Group]
        return [(group, each) for group, each in found if each]


def book_of(organization: Organization) -> Book:
    """Every property that the organization has, in one question."""
    own = [_own(row) for row in list_properties(organization)]
    return Book(organization, {**BUILT_IN, **{each.name: each for each in own}})


def own_name(property_id: UUID) -> str:
    """The name of an own property in filters, columns and addresses."""
    return f"{OWN_PREFIX}{property_id}"


def _own(row: CustomProperty) -> Property:
    kinds = {PropertyKind.NUMBER: Kind.NUMBER, PropertyKind.DATE: Kind.DATE, PropertyKind.CHOICE: Kind.CHOICE}
    source: Source
    if row.subject == PropertySubject.INVOICE:
        source = OwnOfInvoice(row.pk, row.kind)
    else:
        value = sources.own_value(row.pk, "customer__custom_properties", row.kind)
        source = Computed(f"own_{row.pk.hex}", lambda _organization: value)
    words = list(row.choices)
    return Property(
        name=own_name(row.pk),
        label=row.name,
        kind=kinds.get(PropertyKind(row.kind), Kind.TEXT),
        source=source,
        group=Group.CUSTOMER if row.subject == PropertySubject.CUSTOMER else Group.OWN,
        choices=(lambda: [(word, word) for word in words]) if row.kind == PropertyKind.CHOICE else None,
        is_text_day=row.kind == PropertyKind.DATE,
        is_open=True,
    )


def _of(group: Group, kind: Kind, name: str, label: Any, path: str = "", **more: Any) -> Property:
    source = more.pop("source", None) or Column(path or name)
    return Property(name=name, label=label, kind=kind, source=source, group=group, **more)


def _built_in() -> list[Property]:
    return [*_document(), *_amounts(), *_dates(), *_customer(), *_follow_up(), *_references()]


def _document() -> list[Property]:
    group = Group.DOCUMENT
    standing = Column("status")  # only for the order of the menu; its condition is its own
    return [
        _of(group, Kind.NUMBER, "number", _("No."), row_key="number", is_whole=True),
        _of(group, Kind.CHOICE, "standing", _("Status"), source=standing, row_key="standing", is_sortable=False,
            choices=lambda: list(Standing.choices)),
        _of(group, Kind.CHOICE, "kind", _("Kind"), row_key="kind", choices=lambda: list(InvoiceKind.choices)),
        _of(group, Kind.TEXT, "kid", _("KID")),
        _of(group, Kind.CHOICE, "currency", _("Currency"), row_key="currency", choices=currency_choices),
        _of(group, Kind.CHOICE, "language", _("Language"), choices=lambda: list(settings.DOCUMENT_LANGUAGES)),
        _of(group, Kind.NUMBER, "terms", _("Payment terms, days"), "payment_terms_days", is_whole=True),
        _of(group, Kind.NUMBER, "credits", _("Credits invoice"), "credits__number", is_whole=True),
        _of(group, Kind.TEXT, "credited_by", _("Credited by"), is_sortable=False,
            source=Computed("credited_by", sources.credited_by)),
        _of(group, Kind.CHECK, "attachments", _("Has attachments"), is_sortable=False,
            source=Computed("attachments", sources.has_attachments)),
        _of(group, Kind.CHOICE, "approval", _("Approval"), is_sortable=False,
            source=Computed("approval", sources.approval), choices=lambda: list(ApprovalVerdict.choices)),
        _of(group, Kind.CHECK, "returned", _("Returned with a reason"), is_sortable=False,
            source=Computed("returned", sources.is_returned)),
        _of(group, Kind.CHOICE, "waits_for", _("Waits for"), is_sortable=False,
            choices=lambda: [choice for choice in WaitsFor.choices if choice[0]]),
        _of(group, Kind.CHOICE, "source", _("Made from"), is_sortable=False,
            is_open=True,
            source=Computed("source", sources.source_kind),
            choices=lambda: [("invoice", _("Another invoice")), ("added", _("Typed by hand"))]),
    ]  # fmt: skip


def _amounts() -> list[Property]:
    group = Group.AMOUNTS
    return [
        _of(group, Kind.AMOUNT, "net", _("Net"), "net_amount"),
        _of(group, Kind.AMOUNT, "vat", _("VAT"), "vat_amount"),
        _of(group, Kind.AMOUNT, "rounding", _("Rounding"), "rounding_amount"),
        _of(group, Kind.AMOUNT, "amount", _("Amount"), "payable_amount", row_key="payable_amount"),
        _of(group, Kind.AMOUNT, "open", pgettext_lazy("amount", "Open"), row_key="open_amount",
            source=Computed("open", sources.open_amount)),
        _of(group, Kind.AMOUNT, "credited", _("Credited amount"), row_key="credited_amount",
            source=Computed("credited", sources.credited_amount)),
    ]  # fmt: skip


def _dates() -> list[Property]:
    group = Group.DATES
    return [
        _of(group, Kind.DATE, "issued", _("Issued"), "issue_date", row_key="issue_date"),
        _of(group, Kind.DATE, "due", _("Due"), "due_date", row_key="due_date"),
        _of(group, Kind.DATE, "delivered", _("Delivery date"), "delivery_date"),
        _of(group, Kind.DATE, "period_from", _("Period from")),
        _of(group, Kind.DATE, "period_to", _("Period to")),
        _of(group, Kind.DATE, "accounting_date", _("Accounting date")),
        _of(group, Kind.MOMENT, "created", _("Created"), "created_at"),
        _of(group, Kind.MOMENT, "updated", _("Changed"), "updated_at", row_key="updated_at"),
        _of(group, Kind.MOMENT, "finalized", _("Finalized"), "finalized_at"),
    ]


def _customer() -> list[Property]:
    group = Group.CUSTOMER
    return [
        _of(group, Kind.TEXT, "customer", _("Customer"), "customer__name", row_key="customer__name"),
        _of(group, Kind.NUMBER, "customer_number", _("Customer number"), "customer__number", is_whole=True),
        _of(group, Kind.CHOICE, "customer_kind", _("Kind of customer"), "customer__kind",
            choices=lambda: list(CustomerKind.choices)),
        _of(group, Kind.TEXT, "organization_number", _("Organization number"), "customer__organization_number"),
        _of(group, Kind.CHOICE, "country", _("Country"), "customer__country", choices=country_choices),
        _of(group, Kind.TEXT, "city", _("City"), "customer__city"),
        _of(group, Kind.TEXT, "email", _("E-mail address"), "customer__email"),
    ]  # fmt: skip


def _follow_up() -> list[Property]:
    group = Group.FOLLOW_UP
    return [
        _of(group, Kind.PERSON, "owner", pgettext_lazy("of an invoice", "Owner"),
            source=FollowUp("owner_id", shown=sources.OWNER_LABEL)),
        _of(group, Kind.CHOICE, "delivery", _("Delivery"), source=FollowUp("delivery_summary"),
            choices=lambda: list(STANDINGS.items())),
        _of(group, Kind.CHOICE, "reminded", _("Reminded"), "receivable__reminder_step",
            choices=lambda: list(REMINDER_STEPS)),
        _of(group, Kind.TEXT, "finalized_by", _("Finalized by")),
    ]  # fmt: skip


def _references() -> list[Property]:
    group = Group.REFERENCES
    return [
        _of(group, Kind.TEXT, "buyer_reference", _("Their reference")),
        _of(group, Kind.TEXT, "order_reference", _("Order number")),
        _of(group, Kind.TEXT, "our_reference", _("Our reference")),
        _of(group, Kind.TEXT, "contract_reference", _("Contract")),
        _of(group, Kind.TEXT, "project_reference", _("Project")),
        _of(group, Kind.TEXT, "delivery_name", _("Delivered to")),
        _of(group, Kind.TEXT, "note", _("Message on the invoice"), is_sortable=False, is_long=True),
        _of(group, Kind.TEXT, "internal_note", _("Note for us"), is_sortable=False, is_long=True),
        _of(group, Kind.TEXT, "credit_reason", _("Reason for the credit")),
    ]


BUILT_IN: dict[str, Property] = {each.name: each for each in _built_in()}
