"""How an organization sends: what may be typed of its channels, deadlines, copies and envelopes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from customers.forms.channels import PLACES, add_places, read_places
from foundation.text import PlainTextForm
from invoicing.models import DeliverySettings

HOURS_MAX = 24 * 30
LINK_DAYS_MAX = 3_650
# As far as an address can move and still stand on the sheet with the rest of the document.
LEFT_MM, TOP_MM = (10, 40), (30, 65)
BOUNDS: dict[str, tuple[int, int]] = {
    "email_deadline_hours": (1, HOURS_MAX),
    "ehf_deadline_hours": (1, HOURS_MAX),
    "paper_deadline_hours": (1, HOURS_MAX),
    "link_days_after_paid": (1, LINK_DAYS_MAX),
    "window_left_mm": LEFT_MM,
    "window_top_mm": TOP_MM,
}


class SendingForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The rules of sending; the order of channels is one choice for each place, so that it works without a mouse."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = DeliverySettings
        fields = [
            "sends_when_finalized",
            "leaves_ehf",
            "attaches_ehf",
            "copy_to",
            "may_use_own_address",
            "email_deadline_hours",
            "ehf_deadline_hours",
            "paper_deadline_hours",
            "link_days_after_paid",
            "window_left_mm",
            "window_top_mm",
        ]

    def __init__(self, *args: Any, rules: DeliverySettings, **options: Any) -> None:
        options.setdefault("initial", {}).setdefault("version", rules.version)
        options["instance"] = rules
        super().__init__(*args, **options)
        for name, (low, high) in BOUNDS.items():
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                min_value=low,
                max_value=high,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        add_places(self, rules.order)

    def clean(self) -> dict[str, Any]:
        """Every channel at most once, and at least one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["channels"] = read_places(self)
        if not data["channels"] and not self.errors:
            self.add_error(PLACES[0], _("Choose at least one channel."))
        return data

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in (*self.Meta.fields, "channels")}

    @property
    def place_fields(self) -> list[Any]:
        """The fields of the order, first to last."""
        return [self[name] for name in PLACES]
