"""Where a property's value lies, as an expression to show and sort by and as a condition to search by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DecimalField,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Collate, NullIf
from django.db.models.lookups import Exact, Regex

from invoicing.models import (
    ApprovalVerdict,
    Attachment,
    DraftApproval,
    Invoice,
    InvoiceFollowUp,
    InvoiceLine,
    InvoiceStatus,
)
from payments.models import ReceivableBalance
from tenants.models import Organization

Build = Callable[[str], Q]  # a condition on the path that it is given
NUMBER_PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,8})?$"
OWNER_LABEL = "owner_label"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Source(Protocol):
    """Where a value lies."""

    def expression(self, organization: Organization) -> Any:
        """The value of one row."""

    def aliases(self, organization: Organization) -> dict[str, Any]:
        """What the rows must be given before the condition can name it."""

    def condition(self, organization: Organization, build: Build) -> Q:
        """The rows whose value fits; rows without a value never do."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the document, or of what it points to."""

    path: str

    def expression(self, organization: Organization) -> Any:
        """The column itself."""
        return F(self.path)

    def aliases(self, organization: Organization) -> dict[str, Any]:
        """Nothing."""
        return {}

    def condition(self, organization: Organization, build: Build) -> Q:
        """On the column, so that its index can be used."""
        return build(self.path)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A column of what stays changeable on a document, which may not be there."""

    column: str
    shown: str = ""  # what a person reads of it, where that is another column

    def expression(self, organization: Organization) -> Any:
        """The column, or what stands for it before people."""
        rows = _follow_ups(organization)
        if self.shown == OWNER_LABEL:
            label = Coalesce(NullIf("owner__name", Value("")), "owner__email", output_field=CharField())
            rows = rows.annotate(**{OWNER_LABEL: label})
        return Subquery(rows.values(self.shown or self.column)[:1])

    def aliases(self, organization: Organization) -> dict[str, Any]:
        """Nothing."""
        return {}

    def condition(self, organization: Organization, build: Build) -> Q:
        """A row that fits exists: the database may begin with either table."""
        return Q(Exists(_follow_ups(organization).filter(build(self.column))))


@dataclass(frozen=True, slots=True)
class OwnOfInvoice:
    """A property of the organization's own on documents."""

    property_id: UUID
    holds: str

    def expression(self, organization: Organization) -> Any:
        """The value as text, number or day."""
        value = own_value(self.property_id, "custom_properties", self.holds)
        return Subquery(_follow_ups(organization).annotate(own=value).values("own")[:1])

    def aliases(self, organization: Organization) -> dict[str, Any]:
        """Nothing."""
        return {}

    def condition(self, organization: Organization, build: Build) -> Q:
        """A row that fits exists."""
        value = own_value(self.property_id, "custom_properties", self.holds)
        return Q(Exists(_follow_ups(organization).alias(own=value).filter(build("own"))))


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that is worked out from several rows."""

    name: str
    compute: Callable[[Organization], Any]

    def expression(self, organization: Organization) -> Any:
        """The value."""
        return self.compute(organization)

    def aliases(self, organization: Organization) -> dict[str, Any]:
        """The value under a name of its own."""
        return {self.alias: self.compute(organization)}

    def condition(self, organization: Organization, build: Build) -> Q:
        """On the value."""
        return build(self.alias)

    @property
    def alias(self) -> str:
        """The name under which conditions know it."""
        return f"x_{self.name}"


def own_value(property_id: UUID, path: str, holds: str) -> Any:
    """The value of an own property; what is no number or day counts as nothing, whoever wrote it."""
    text = KeyTextTransform(str(property_id), path)
    if holds == "number":
        number = Cast(text, DecimalField(max_digits=30, decimal_places=8))
        return Case(When(_matches(text, NUMBER_PATTERN), then=number), output_field=number.output_field)
    if holds == "date":
        # Days as text compare as days do, character by character.
        return Case(When(_matches(text, DAY_PATTERN), then=Collate(text, "C")), output_field=TextField())
    return NullIf(Cast(text, TextField()), Value("", output_field=TextField()))


def _matches(text: Any, pattern: str) -> Any:
    return Regex(Cast(text, TextField()), pattern)


def _follow_ups(organization: Organization) -> Any:
    return InvoiceFollowUp.objects.of(organization).filter(invoice_id=OuterRef("pk")).order_by()


def open_amount(organization: Organization) -> Any:
    """What is owed on the document; nothing for one that asks for no money."""
    balances = ReceivableBalance.objects.of(organization).filter(receivable_id=OuterRef("receivable_id"))
    return Subquery(balances.values("currency_amount")[:1])


def credited_amount(organization: Organization) -> Any:
    """What finalized credit notes have taken back."""
    notes = Invoice.objects.of(organization).filter(credits_id=OuterRef("pk"), status=InvoiceStatus.FINALIZED)
    return Subquery(notes.order_by().values("credits_id").annotate(total=Sum("payable_amount")).values("total"))


def credited_or_nothing(organization: Organization) -> Any:
    """The same with nought for nothing."""
    return Coalesce(credited_amount(organization), Value(Decimal(0)))


def credited_by(organization: Organization) -> Any:
    """The numbers of the credit notes, in their order."""
    notes = Invoice.objects.of(organization).filter(credits_id=OuterRef("pk"), status=InvoiceStatus.FINALIZED)
    numbers = StringAgg(Cast("number", TextField()), Value(", "), order_by="number")
    return Subquery(notes.order_by().values("credits_id").annotate(numbers=numbers).values("numbers"))


def has_attachments(organization: Organization) -> Any:
    """Whether files go with the document."""
    return Exists(Attachment.objects.of(organization).filter(invoice_id=OuterRef("pk")))


def approval(organization: Organization) -> Any:
    """The newest verdict on the draft as it is now."""
    verdicts = DraftApproval.objects.of(organization).filter(invoice_id=OuterRef("pk"), version=OuterRef("version"))
    return Subquery(verdicts.order_by("-given_at", "-id").values("verdict")[:1])


def is_returned(organization: Organization) -> Any:
    """Whether the last thing that was said of a draft is a refusal, also where it was changed since."""
    verdicts = DraftApproval.objects.of(organization).filter(invoice_id=OuterRef("pk"))
    last = Subquery(verdicts.order_by("-given_at", "-id").values("verdict")[:1])
    return Case(
        When(Q(status=InvoiceStatus.DRAFT) & Exact(last, ApprovalVerdict.REFUSED.value), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def source_kind(organization: Organization) -> Any:
    """What the first line with an origin was made from."""
    lines = InvoiceLine.objects.of(organization).filter(invoice_id=OuterRef("pk"), source__has_key="kind")
    kind = KeyTextTransform("kind", "source")
    return Subquery(lines.order_by("position", "id").annotate(made_from=kind).values("made_from")[:1])
