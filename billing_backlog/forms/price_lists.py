"""A price list as a grid: one line per facility or group and unit, one price for each target group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.forms.fields import shortest
from billing_backlog.models import Facility, PriceListRow, TargetGroup
from billing_backlog.price_lists import UNITS
from billing_backlog.price_terms import ListWords, PriceCell
from customers.units import unit_name
from foundation.forms import DayField, NumberField
from foundation.templatetags.formatting import language_of_page
from foundation.text import PlainTextForm

EMPTY_ROWS = 3
GRID_ROWS_MAX = 200


class ListForm(PlainTextForm, forms.Form):
    """What a list is called, and when it is valid."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    valid_from = DayField(label=gettext_lazy("Valid from"))
    valid_through = DayField(
        label=gettext_lazy("Valid through"), required=False, help_text=gettext_lazy("Empty: until another day is set.")
    )

    def words(self) -> ListWords:
        """What the action writes."""
        return ListWords(**{name: self.cleaned_data[name] for name in ("name", "valid_from", "valid_through")})


class CopyForm(ListForm):
    """The new period of a list, and by how much its prices change."""

    percent = NumberField(
        label=gettext_lazy("Change all prices by, %"),
        max_digits=6,
        decimal_places=2,
        min_value=Decimal(-100),
        max_value=Decimal(1000),
        initial=Decimal(0),
    )


class GroupForm(PlainTextForm, forms.Form):
    """A new target group."""

    name = forms.CharField(label=gettext_lazy("New target group"), max_length=80)


class GridRow(PlainTextForm, forms.Form):
    """One line of the grid; a line without a facility or a price is left out."""

    use_required_attribute = False

    place = forms.ChoiceField(label=gettext_lazy("Facility or group"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Per"), required=False)
    includes_vat = forms.BooleanField(label=gettext_lazy("Price includes VAT"), required=False)

    def __init__(self, *args: Any, grid: PriceGrid, **options: Any) -> None:
        super().__init__(*args, **options)
        self.grid = grid
        cast(forms.ChoiceField, self.fields["place"]).choices = grid.places
        cast(forms.ChoiceField, self.fields["unit"]).choices = grid.units
        for group in grid.groups:
            self.fields[f"price-{group.pk}"] = NumberField(
                label=group.name, required=False, max_digits=16, decimal_places=2, min_value=0
            )

    @property
    def prices(self) -> list[forms.BoundField]:
        """The field of each target group."""
        return [self[f"price-{group.pk}"] for group in self.grid.groups]

    def clean(self) -> dict[str, Any]:
        """A price stands beside the facility that it is of."""
        said = super().clean() or {}
        if not said.get("place") and any(said.get(f"price-{group.pk}") is not None for group in self.grid.groups):
            self.add_error("place", _("Choose the facility or the group that the price is of."))
        return said

    def cells(self) -> list[PriceCell]:
        """The prices of the line."""
        said = self.cleaned_data
        kind, _colon, key = said["place"].partition(":")
        facility = self.grid.facilities.get(key) if kind == "f" else None
        if not said["place"]:
            return []
        return [
            PriceCell(
                facility=facility,
                facility_group="" if facility else key,
                target_group_id=group.pk,
                unit_code=said["unit"] or UNITS[0],
                unit_price=said[f"price-{group.pk}"],
                price_includes_vat=said["includes_vat"],
            )
            for group in self.grid.groups
            if said[f"price-{group.pk}"] is not None
        ]


class PriceGrid:
    """The lines of a list, with some empty ones to write more in."""

    def __init__(
        self,
        data: Any = None,
        *,
        facilities: Sequence[Facility],
        facility_groups: Sequence[str],
        groups: Sequence[TargetGroup],
        stored: Sequence[PriceListRow] = (),
    ) -> None:
        self.groups = groups
        self.facilities = {str(facility.pk): facility for facility in facilities}
        language = language_of_page()
        self.units = [(unit, unit_name(unit, language)) for unit in UNITS]
        self.places: list[Any] = [
            ("", "–"),
            (_("Facilities"), [(f"f:{key}", str(facility)) for key, facility in self.facilities.items()]),
            (_("All facilities of a group"), [(f"g:{name}", name) for name in facility_groups]),
        ]
        initial = _lines_of(stored)
        count = len(initial) + EMPTY_ROWS
        if data is not None:
            typed = data.get("lines", "")
            count = min(int(typed), GRID_ROWS_MAX) if typed.isdecimal() else count
            count += EMPTY_ROWS if "add" in data else 0
        self.rows = [
            GridRow(data, prefix=f"r{place}", grid=self, initial=initial[place] if place < len(initial) else {})
            for place in range(min(count, GRID_ROWS_MAX))
        ]

    def is_valid(self) -> bool:
        """Whether every line makes sense."""
        faulty = [row for row in self.rows if not row.is_valid()]  # each is asked, so that each shows its fault
        return not faulty

    def cells(self) -> list[PriceCell]:
        """All prices."""
        return [cell for row in self.rows for cell in row.cells()]


def _lines_of(stored: Sequence[PriceListRow]) -> list[Mapping[str, Any]]:
    lines: dict[tuple[UUID | None, str, str, bool], dict[str, Any]] = {}
    for row in stored:
        key = (row.facility_id, row.facility_group, row.unit_code, row.price_includes_vat)
        place = f"f:{row.facility_id}" if row.facility_id else f"g:{row.facility_group}"
        line = lines.setdefault(key, {"place": place, "unit": row.unit_code, "includes_vat": row.price_includes_vat})
        line[f"price-{row.target_group_id}"] = shortest(row.unit_price, 2)
    return list(lines.values())
