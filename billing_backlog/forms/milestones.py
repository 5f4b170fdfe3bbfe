"""The plan of a fixed price, row by row, and the next part of one that is billed by progress."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from billing_backlog.contract_terms import MILESTONES_MAX, MilestoneTerms
from billing_backlog.forms.contracts import KEY, new_key
from billing_backlog.forms.fields import amount_field
from billing_backlog.models import Milestone
from foundation.errors import DomainError, Refusals
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm

BLANK_ROWS = 3


class MilestoneForm(PlainTextForm, forms.Form):
    """One milestone."""

    use_required_attribute = False

    milestone_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    planned_on = DayField(label=gettext_lazy("Planned on"))
    amount = amount_field(gettext_lazy("Amount without VAT"), required=True)
    remove = forms.BooleanField(label=gettext_lazy("Remove"), required=False)

    @property
    def is_blank(self) -> bool:
        """Whether it is a new row in which nothing is written."""
        said = [str(self.data.get(f"{self.prefix}-{name}", "")).strip() for name in ("milestone_id", "name", "amount")]
        return not any(said)

    def terms(self) -> MilestoneTerms:
        """The milestone as the action takes it."""
        said = self.cleaned_data
        return MilestoneTerms(
            milestone_id=said["milestone_id"],
            name=said["name"],
            amount=said["amount"],
            planned_on=said["planned_on"],
            is_removed=bool(said["remove"]),
            key=str(self.prefix),
        )


class PlanSheet:
    """All milestones of a line, as typed or as stored, and a few empty rows."""

    def __init__(self, *, data: QueryDict | None = None, stored: Sequence[Milestone] = ()) -> None:
        self.errors: list[str] = []
        self.is_bound = data is not None
        if data is None:
            self.rows = [_stored_row(milestone) for milestone in stored]
            self.add(BLANK_ROWS)
        else:
            keys = dict.fromkeys(key for key in data.getlist("milestone") if KEY.fullmatch(key))
            self.rows = [MilestoneForm(data, prefix=key) for key in list(keys)[: 2 * MILESTONES_MAX]]

    def add(self, count: int) -> None:
        """So many empty rows more; what was typed stays."""
        self.rows += [MilestoneForm(prefix=new_key()) for _each in range(count)]

    @property
    def told(self) -> list[MilestoneForm]:
        """The rows that say something."""
        return [row for row in self.rows if row.is_bound and not row.is_blank]

    def is_valid(self) -> bool:
        """Whether every row can be read."""
        refused = [row for row in self.told if not row.is_valid()]  # every row tells what is wrong with it
        return not refused

    def terms(self) -> list[MilestoneTerms]:
        """The plan as the action takes it."""
        return [row.terms() for row in self.told]

    def show(self, refusal: DomainError) -> None:
        """Put what the action refused beside the fields that it names, the rest at the top."""
        rows = {str(row.prefix): row for row in self.told}
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            key, _dash, name = part.field.rpartition("-")
            row = rows.get(key)
            if row is not None and name in row.fields:
                row.add_error(name, str(part))
            else:
                self.errors.append(str(part))

    @property
    def status(self) -> int:
        """422 where something is refused."""
        return 422 if self.errors or any(row.errors for row in self.told) else 200


def _stored_row(milestone: Milestone) -> MilestoneForm:
    initial: dict[str, Any] = {
        "milestone_id": milestone.pk,
        "name": milestone.name,
        "planned_on": milestone.planned_on,
        "amount": milestone.amount,
    }
    return MilestoneForm(prefix=milestone.pk.hex, initial=initial)


class ProgressForm(PlainTextForm, forms.Form):
    """The next part: how much is done in all, or how much is billed now."""

    use_required_attribute = False

    done_percent = NumberField(
        label=gettext_lazy("Done in all, %"),
        required=False,
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=100,
    )
    amount = amount_field(gettext_lazy("or the next amount"))
    day = DayField(label=gettext_lazy("Day"))
    text = forms.CharField(label=gettext_lazy("Text on the invoice"), max_length=500)
    is_ready = forms.BooleanField(label=gettext_lazy("Ready for billing at once"), required=False, initial=True)
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10_000)
