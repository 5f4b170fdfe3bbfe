"""An order of channels in a form: one choice for each place, so that it can be changed without a mouse or a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers.channels import Channel

NOT_USED = ""
PLACES = tuple(f"channel_{place}" for place in range(1, len(Channel.values) + 1))


def add_places(form: forms.BaseForm, order: Sequence[str], *, first_empty: str = "–") -> None:
    """A field for each place, filled from the order; `first_empty` is what no choice in the first place means."""
    labels = (
        pgettext("of channels", "First"),
        pgettext("of channels", "Then"),
        pgettext("of channels", "After that"),
        pgettext("of channels", "Last"),
    )
    for number, (name, label) in enumerate(zip(PLACES, labels, strict=True)):
        empty = first_empty if number == 0 else "–"
        form.fields[name] = forms.ChoiceField(
            label=label,
            choices=[(NOT_USED, empty), *Channel.choices],
            required=False,
            initial=order[number] if number < len(order) else NOT_USED,
        )


def read_places(form: forms.BaseForm) -> list[str]:
    """The order that was chosen; a channel that stands twice is refused at its second place."""
    data: dict[str, Any] = form.cleaned_data
    found: list[str] = []
    for name in PLACES:
        channel = data.get(name, NOT_USED)
        if channel and channel in found:
            form.add_error(name, _("This channel stands in the order already."))
        elif channel:
            found.append(channel)
    return found


def places_of(order: Sequence[str]) -> dict[str, str]:
    """What the fields hold for an order."""
    return {name: order[number] if number < len(order) else NOT_USED for number, name in enumerate(PLACES)}
