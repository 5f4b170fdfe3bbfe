"""What may be written of a booking, of its cancellation, and asked of the list of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.booking_terms import SERIES_MAX, BookingTerms
from billing_backlog.forms.fields import CustomerField, shortest
from billing_backlog.models import Booking, Facility, PayerChoice, TargetGroup
from billing_backlog.price_lists import UNITS
from billing_backlog.queries.bookings import BookingSearch
from customers.units import unit_name
from foundation.forms import DayField, NumberField
from foundation.templatetags.formatting import language_of_page
from foundation.text import PlainTextForm
from tenants.models import Organization

SEPARATORS = re.compile(r"[,;\s]+")
STATES = [
    ("", gettext_lazy("All")),
    ("open", gettext_lazy("Not invoiced yet")),
    ("planned", gettext_lazy("Planned")),
    ("not_ready", gettext_lazy("Not ready")),
    ("ready", gettext_lazy("Ready")),
    ("on_draft", gettext_lazy("On a draft")),
    ("invoiced", gettext_lazy("Invoiced")),
    ("free", gettext_lazy("Free")),
    ("cancelled", gettext_lazy("Cancelled")),
]


class DaysField(forms.CharField):
    """Days between commas, such as those that a series leaves out."""

    def clean(self, value: Any) -> tuple[date, ...]:
        """The days, each once."""
        typed = str(super().clean(value) or "")
        read = DayField(required=True)
        days = []
        for word in [word for word in SEPARATORS.split(typed) if word][: SERIES_MAX + 1]:
            try:
                days.append(cast(date, read.clean(word)))
            except ValidationError:
                raise ValidationError(_("Write days such as 24.12.2026, with commas between them.")) from None
        return tuple(dict.fromkeys(days))


class BookingForm(PlainTextForm, forms.Form):
    """Where, who and when; who pays; and what it costs."""

    use_required_attribute = False

    facility = forms.ChoiceField(label=gettext_lazy("Facility"))
    target_group = forms.ChoiceField(label=gettext_lazy("Target group"))
    text = forms.CharField(label=gettext_lazy("What it is used for"), max_length=200, required=False)
    day = DayField(label=gettext_lazy("Day"))
    starts_at = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    ends_at = forms.TimeField(
        label=pgettext_lazy("until a time", "To"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    unit_code = forms.ChoiceField(label=gettext_lazy("Billed by"))
    until = DayField(label=gettext_lazy("Every week until"), required=False)
    without = DaysField(
        label=gettext_lazy("But not on"),
        max_length=1200,
        required=False,
        help_text=gettext_lazy("Days with commas between them."),
    )
    payer_choice = forms.ChoiceField(
        label=gettext_lazy("Who pays"), choices=PayerChoice.choices, widget=forms.RadioSelect, initial=PayerChoice.USER
    )
    contact_email = forms.EmailField(
        label=gettext_lazy("E-mail of the contact"),
        required=False,
        help_text=gettext_lazy("Is told when it is cancelled; empty: the customer’s own address."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)
    meets_others = forms.BooleanField(label=gettext_lazy("Book anyway"), required=False)
    unit_price = NumberField(
        label=gettext_lazy("Another price"), required=False, max_digits=16, decimal_places=2, min_value=0
    )
    price_reason = forms.CharField(label=gettext_lazy("Why another price"), max_length=300, required=False)
    is_free = forms.BooleanField(label=gettext_lazy("Free of charge"), required=False)
    free_reason = forms.CharField(label=gettext_lazy("Why it is free"), max_length=300, required=False)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        facilities: Sequence[Facility],
        groups: Sequence[TargetGroup],
        is_new: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.places = {str(facility.pk): facility for facility in facilities}
        self.groups = {str(group.pk): group for group in groups}
        self.fields["customer"] = CustomerField(organization, label=_("Who uses it"))
        self.fields["payer"] = CustomerField(organization, label=_("Payer"), required=False)
        language = language_of_page()
        choices = {
            "facility": [("", _("Choose")), *((key, str(place)) for key, place in self.places.items())],
            "target_group": [("", _("Choose")), *((key, str(group)) for key, group in self.groups.items())],
            "unit_code": [(unit, unit_name(unit, language)) for unit in UNITS],
        }
        for name, offered in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = offered
        if not is_new:
            del self.fields["until"], self.fields["without"]

    @property
    def warns(self) -> bool:
        """Whether somebody else is there at that time, so that booking anyway is asked for."""
        return "meets_others" in self.errors or bool(self.data.get("meets_others"))

    def terms(self) -> BookingTerms:
        """What the action books; a facility that is not billed is free unless somebody writes a price."""
        said = self.cleaned_data
        facility = self.places[said["facility"]]
        is_free = said["is_free"] or (not facility.is_billable and said["unit_price"] is None)
        return BookingTerms(
            facility=facility,
            customer=said["customer"],
            target_group=self.groups[said["target_group"]],
            payer=said["payer"] if said["payer_choice"] != PayerChoice.USER else None,
            is_billable=not is_free,
            until=said.get("until"),
            without=said.get("without") or (),
            **{
                name: said[name]
                for name in (
                    "day", "starts_at", "ends_at", "unit_code", "text", "payer_choice", "unit_price", "price_reason",
                    "free_reason", "contact_email", "note", "meets_others",
                )
            },
        )  # fmt: skip


def initial_of(booking: Booking) -> dict[str, Any]:
    """What a stored booking says, as its form shows it."""
    names = (
        "customer", "day", "starts_at", "ends_at", "unit_code", "text", "payer_choice", "price_reason",
        "contact_email", "note",
    )  # fmt: skip
    is_own_price = booking.is_billable and booking.unit_price != booking.rule_price
    return {
        **{name: getattr(booking, name) for name in names},
        "facility": str(booking.facility_id),
        "target_group": str(booking.target_group_id),
        "payer": booking.payer if booking.payer_choice != PayerChoice.USER else None,
        "unit_price": shortest(booking.unit_price, 2) if is_own_price else None,
        "is_free": not booking.is_billable and booking.facility.is_billable,
        "free_reason": booking.free_reason if booking.facility.is_billable else "",
    }


class CancelForm(PlainTextForm, forms.Form):
    """Why a booking does not take place, and whether the later ones of its series go with it."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
    with_later = forms.BooleanField(label=gettext_lazy("And all later days of the series"), required=False)


class SearchForm(PlainTextForm, forms.Form):
    """Which bookings the list shows, and in which order."""

    facility = forms.ChoiceField(label=gettext_lazy("Facility"), required=False)
    first = DayField(label=gettext_lazy("From"), required=False)
    last = DayField(label=gettext_lazy("Through"), required=False)
    user = forms.CharField(label=gettext_lazy("Who uses it"), max_length=100, required=False)
    payer = forms.CharField(label=gettext_lazy("Payer"), max_length=100, required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=STATES, required=False)
    sort = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, facilities: Sequence[Facility], **options: Any) -> None:
        options.setdefault("auto_id", "f-%s")
        super().__init__(*args, **options)
        offered = [("", _("All")), *((str(facility.pk), str(facility)) for facility in facilities)]
        cast(forms.ChoiceField, self.fields["facility"]).choices = offered

    def search(self) -> BookingSearch:
        """What is asked for; a field that makes no sense narrows nothing."""
        self.full_clean()
        said = getattr(self, "cleaned_data", {})
        return BookingSearch(
            facility_id=said.get("facility") or None,
            first=said.get("first"),
            last=said.get("last"),
            user=said.get("user", ""),
            payer=said.get("payer", ""),
            state=said.get("state", ""),
            by_price=said.get("sort") == "price",
        )
