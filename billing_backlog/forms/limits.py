"""Not-to-exceed amounts as they are typed: all of a contract's, a request for a higher one, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing_backlog.contract_terms import LimitOn
from billing_backlog.forms.fields import amount_field
from billing_backlog.queries.contracts import WholeContract
from billing_backlog.queries.limit_bearers import amount_of, name_of
from billing_backlog.queries.summaries import Meter
from foundation.text import PlainTextForm


class LimitsForm(forms.Form):
    """A field for each limit that a contract may have: the whole, each line, each customer, each on the other."""

    use_required_attribute = False

    def __init__(self, *args: Any, whole: WholeContract, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = limits_of(whole)
        for place, limit_on in enumerate(self.places):
            field = amount_field(name_of(whole, limit_on))
            field.initial = amount_of(whole, limit_on)
            self.fields[f"limit_{place}"] = field

    def amounts(self) -> dict[LimitOn, Decimal | None]:
        """What was typed, limit by limit."""
        return {limit_on: self.cleaned_data[f"limit_{place}"] for place, limit_on in enumerate(self.places)}

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields under what they are on."""
        names = {
            (False, False): gettext_lazy("The whole contract"),
            (True, False): gettext_lazy("Lines"),
            (False, True): gettext_lazy("Customers"),
            (True, True): gettext_lazy("Customers on lines"),
        }
        found: dict[tuple[bool, bool], list[Any]] = {key: [] for key in names}
        for place, limit_on in enumerate(self.places):
            found[limit_on.line_id is not None, limit_on.customer_id is not None].append(self[f"limit_{place}"])
        return [(names[key], fields) for key, fields in found.items() if fields]


def limits_of(whole: WholeContract) -> list[LimitOn]:
    """Every limit that a contract may have, in the order of the form; one customer has none beside the contract's."""
    shares = whole.shares if len(whole.shares) > 1 else []
    return [
        LimitOn(),
        *(LimitOn(line_id=line.pk) for line in whole.lines),
        *(LimitOn(customer_id=share.customer_id) for share in shares),
        *(LimitOn(line_id=line.pk, customer_id=share.customer_id) for line in whole.lines for share in shares),
    ]


class AskForm(PlainTextForm, forms.Form):
    """Which limit, how much, and why."""

    use_required_attribute = False

    limit_on = forms.ChoiceField(label=gettext_lazy("Limit"))
    amount = amount_field(gettext_lazy("New limit, without VAT"), required=True)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, meters: Sequence[Meter], **options: Any) -> None:
        super().__init__(*args, **options)
        self.meters = {str(place): meter for place, meter in enumerate(meters)}
        self.fields["limit_on"].choices = [(key, meter.name) for key, meter in self.meters.items()]  # type: ignore[attr-defined]

    def chosen(self) -> LimitOn:
        """The limit that is meant."""
        return self.meters[self.cleaned_data["limit_on"]].limit_on


class AnswerForm(PlainTextForm, forms.Form):
    """Yes, or no with a reason."""

    use_required_attribute = False

    decision = forms.ChoiceField(choices=[("approved", ""), ("refused", "")])
    answer = forms.CharField(
        label=gettext_lazy("Answer"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
