"""What asking for an advance and using it are told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.forms.fields import AMOUNT_MAX, CustomerField, amount_field
from billing_backlog.models import Advance, AdvanceKind, Contract
from billing_backlog.queries.advances import Stood, payers_of
from foundation.forms import NumberField
from foundation.ids import uuid7
from foundation.text import PlainTextForm
from tenants.models import Organization


class AdvanceForm(PlainTextForm, forms.Form):
    """Whom an amount is asked of in advance, for what, and how it is used."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), widget=forms.RadioSelect, choices=AdvanceKind.choices, initial=AdvanceKind.ADVANCE
    )
    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=120)
    amount = amount_field(gettext_lazy("Amount"), required=True)
    applies_itself = forms.BooleanField(
        label=gettext_lazy("Use it on the next invoices by itself"), required=False, initial=True
    )
    refill_below = NumberField(
        label=gettext_lazy("Fill up when less is left than"),
        required=False,
        max_digits=16,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=AMOUNT_MAX,
    )
    refill_amount = amount_field(gettext_lazy("Fill up with"))

    def __init__(self, *args: Any, organization: Organization, contract: Contract | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if contract is None:
            self.fields["customer"] = CustomerField(organization)
        else:
            payers = payers_of(organization, contract)
            choices = [(str(payer.pk), payer.name) for payer in payers]
            self.fields["customer"] = forms.TypedChoiceField(
                label=gettext_lazy("Customer"),
                choices=choices,
                coerce={str(payer.pk): payer for payer in payers}.__getitem__,
            )
        self.order_fields(["key", "kind", "customer", "name", "amount"])

    def clean(self) -> dict[str, Any]:
        """A retainer says when it is filled up, and with how much; an advance is not filled up."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") != AdvanceKind.RETAINER:
            return said | {"refill_below": None, "refill_amount": None}
        if said.get("refill_below") is None and "refill_below" not in self.errors:
            self.add_error("refill_below", _("Write when the retainer is filled up."))
        if said.get("refill_amount") is None and "refill_amount" not in self.errors:
            self.add_error("refill_amount", _("Write how much the retainer is filled up with."))
        return said


class UseForm(forms.Form):
    """How much of each advance pays a draft: the amounts alone are changed (M-044)."""

    def __init__(self, *args: Any, offered: Sequence[Stood], own: dict[str, Decimal], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = list(offered)
        for each in self.offered:
            used = own.get(str(each.advance.pk), Decimal(0))
            self.fields[self.name_of(each.advance)] = NumberField(
                label=_("To use of %(advance)s") % {"advance": each.advance},
                required=False,
                min_value=Decimal(0),
                max_digits=16,
                decimal_places=2,
                initial=used,
            )

    @staticmethod
    def name_of(advance: Advance) -> str:
        """The field of an advance."""
        return f"amount_{advance.pk}"

    @property
    def rows(self) -> list[tuple[Stood, forms.BoundField]]:
        """Each advance with its field."""
        return [(each, self[self.name_of(each.advance)]) for each in self.offered]

    def wanted(self) -> dict[UUID, Decimal]:
        """What is wanted of each advance; left empty is nothing."""
        return {each.advance.pk: self.cleaned_data[self.name_of(each.advance)] or Decimal(0) for each in self.offered}
