"""The layout of a draft, or of all new ones, as it is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from invoicing.calculation import LineTotals
from invoicing.layouts import Layout, Showing
from invoicing.models import InvoiceLine
from invoicing.models.layouts import GROUPING_CHOICES, SECTION_ORDER_CHOICES, SHOWING_CHOICES

CHOSEN = ("group_by", "shows", "order", "hides_headings", "omits_specification")


class LayoutForm(forms.Form):
    """What the lines are grouped by, how sections are printed, in which order."""

    prefix = "layout"

    group_by = forms.ChoiceField(label=gettext_lazy("Group the lines by"), choices=GROUPING_CHOICES, required=False)
    shows = forms.ChoiceField(label=gettext_lazy("Print"), choices=SHOWING_CHOICES)
    order = forms.ChoiceField(
        label=gettext_lazy("Order of the sections"), choices=SECTION_ORDER_CHOICES, required=False
    )
    hides_headings = forms.BooleanField(label=gettext_lazy("No headings over the sections"), required=False)
    omits_specification = forms.BooleanField(
        label=gettext_lazy("No list of the lines at the end of the PDF"), required=False
    )

    def layout(self) -> Layout:
        """What was chosen; it says nothing of single sections."""
        return Layout(**{name: self.cleaned_data[name] for name in CHOSEN})


def layout_form(layout: Layout, *, form: str = "") -> LayoutForm:
    """The form as the layout stands; its fields belong to another form on the page where one is named."""
    shown = LayoutForm(initial={name: getattr(layout, name) for name in CHOSEN})
    if form:
        for each in shown.fields.values():
            each.widget.attrs["form"] = form
    return shown


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section of a draft in the card about its layout."""

    name: str
    count: int
    amount: Decimal
    is_summed: bool


def section_rows(lines: Sequence[InvoiceLine], amounts: Sequence[LineTotals], layout: Layout) -> list[SectionRow]:
    """The sections of a draft in their order, with what stands outside every section as one without a name."""
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for line, amount in zip(lines, amounts, strict=True):
        counts[line.section] = counts.get(line.section, 0) + 1
        sums[line.section] = sums.get(line.section, Decimal("0.00")) + amount.shown_amount
    return [SectionRow(name, count, sums[name], layout.sums_up(name)) for name, count in counts.items()]


def layout_sent(form: LayoutForm, data: QueryDict, former: Layout) -> Layout:
    """The layout as the card was sent: single sections count where the choice for all of them is as it was."""
    layout = form.layout()
    if "layout-section" not in data:  # nothing but the groups was offered
        layout = replace(layout, hides_headings=former.hides_headings, omits_specification=former.omits_specification)
    if (layout.group_by, layout.shows) != (former.group_by, former.shows):
        return layout
    summed = set(data.getlist("layout-summed"))
    for name in data.getlist("layout-section"):
        layout = layout.showing(name, Showing.SUMMARY if name in summed else Showing.LINES)
    return layout


def layout_wishes(then: str) -> dict[str, Any]:
    """What else the button asked for: "layout", "layout:again", "layout:up:NAME", "layout:down:NAME"."""
    _layout, verb, section = [*then.split(":", 2), "", ""][:3]
    step = {"up": -1, "down": 1}.get(verb)
    return {"regroups": verb == "again", **({"section": section, "step": step} if step else {})}
