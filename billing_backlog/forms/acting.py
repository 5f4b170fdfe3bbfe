"""What an act on chosen items needs: a reason, and a price, a charge or another contract line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.acts import Act, Verb
from foundation.forms import NumberField
from foundation.text import PlainTextForm
from invoicing.models import ChargeKind

# Each verb that asks before it acts: its title, what it says, and its button.
WORDS: dict[Verb, tuple[Any, Any, Any]] = {
    Verb.PRICE: (
        gettext_lazy("Change price"),
        gettext_lazy("The price rule's own price is kept beside the new one. Limits are checked again."),
        gettext_lazy("Change price"),
    ),
    Verb.CHARGE: (
        gettext_lazy("Change charge"),
        gettext_lazy("What is not charged is shown on the invoice and left out of its total."),
        gettext_lazy("Change charge"),
    ),
    Verb.MOVE: (
        gettext_lazy("Move to another contract line"),
        gettext_lazy("The price stays as it is; limits of the new contract are checked."),
        gettext_lazy("Move"),
    ),
    Verb.WRITE_OFF: (
        gettext_lazy("Write off"),
        gettext_lazy("What is unbilled is given up and leaves the list. A write-off can be taken back."),
        gettext_lazy("Write off"),
    ),
    Verb.CANCEL: (
        gettext_lazy("Cancel work"),
        gettext_lazy("It never happened and is never billed. This cannot be undone."),
        gettext_lazy("Cancel work"),
    ),
}


class ActForm(PlainTextForm, forms.Form):
    """The fields that the verb asks for."""

    unit_price = NumberField(label=gettext_lazy("New price"), max_digits=18, decimal_places=6, min_value=Decimal(0))
    charge_kind = forms.ChoiceField(
        label=gettext_lazy("Charge"), choices=ChargeKind.choices, initial=ChargeKind.NON_CHARGEABLE
    )
    line: Any = forms.ModelChoiceField(label=gettext_lazy("Contract line"), queryset=None)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, data: Any = None, *, verb: Verb, lines: Any, **more: Any) -> None:
        super().__init__(data, **more)
        self.verb = verb
        kept = {Verb.PRICE: "unit_price", Verb.CHARGE: "charge_kind", Verb.MOVE: "line"}
        for name in ("unit_price", "charge_kind", "line"):
            if kept.get(verb) != name:
                del self.fields[name]
        if "line" in self.fields:
            field = cast("forms.ModelChoiceField[Any]", self.fields["line"])
            field.queryset = lines
            field.label_from_instance = lambda line: f"{line.contract.number} {line.contract.name} · {line.name}"  # type: ignore[method-assign,assignment]
            field.empty_label = _("Choose")

    def act(self) -> Act:
        """What is to be done."""
        said = self.cleaned_data
        line = said.get("line")
        return Act(
            verb=self.verb,
            reason=said["reason"],
            unit_price=said.get("unit_price"),
            charge_kind=said.get("charge_kind"),
            line_id=line.pk if line is not None else None,
        )
