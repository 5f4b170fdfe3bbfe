"""What may be written of agencies and of what they tell."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from reminders.collection_states import TOLD_BY_AGENCIES, may_follow
from reminders.collection_status import SIZE_MAX, TEXT_LENGTH, News
from reminders.models import CaseHanding, CaseState, CollectionAgency
from reminders.models.collection import AGENCY_COLUMNS as COLUMNS

PORT_MAX = 65535
NEEDED = {CaseHanding.SFTP: ("host", "username", "secret"), CaseHanding.FOLDER: ("folder",)}


class AgencyForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An agency: who it is, by which number it knows us, and how it takes cases."""

    use_required_attribute = False

    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=PORT_MAX, initial=22, required=False)
    secret = forms.CharField(
        label=gettext_lazy("Password or private key"),
        required=False,
        max_length=8000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Kept sealed and never shown again. Empty: the one that is kept stays."),
    )

    class Meta:
        model = CollectionAgency
        fields = list(COLUMNS)
        help_texts = {
            "fingerprint": gettext_lazy("SHA256:… as the receiver confirms it. Nothing is sent to any other server."),
        }

    def clean(self) -> dict[str, Any]:
        """What the way needs."""
        found: dict[str, Any] = super().clean() or {}
        for name in NEEDED.get(found.get("handing", ""), ()):
            is_kept = name == "secret" and self.instance.has_secret
            if not is_kept and not found.get(name):
                self.add_error(name, _("Fill this in."))
        return found

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {**{name: self.cleaned_data[name] for name in COLUMNS}, "port": self.cleaned_data["port"] or 22}


class StatusFileForm(forms.Form):
    """A file with what an agency tells of many cases."""

    file = forms.FileField(
        label=gettext_lazy("Status file"),
        help_text=gettext_lazy(
            "CSV or XLSX with the columns case_number, status, day, amount_paid and text. The same row twice is one."
        ),
    )

    def clean_file(self) -> Any:
        """A file that is not too large to be read at all."""
        file = self.cleaned_data["file"]
        if file.size > SIZE_MAX:
            raise ValidationError(
                _("The file is larger than %(most)s MB. Split it."), params={"most": SIZE_MAX // (1024 * 1024)}
            )
        return file


class CaseStatusForm(PlainTextForm, forms.Form):
    """What the agency told of one case."""

    state = forms.ChoiceField(label=gettext_lazy("Status"))
    day = DayField(label=gettext_lazy("Day"))
    paid = NumberField(label=gettext_lazy("Paid to the agency"), min_value=0, decimal_places=2, required=False)
    text = forms.CharField(label=gettext_lazy("In its words"), max_length=TEXT_LENGTH, required=False)

    def __init__(self, *args: Any, state: str, today: date, **options: Any) -> None:
        options.setdefault("auto_id", "id_status_%s")
        super().__init__(*args, **options)
        self._today = today
        allowed = [told for told in TOLD_BY_AGENCIES if may_follow(state, told)]
        self.fields["state"].choices = [(told, CaseState(told).label) for told in allowed]  # type: ignore[attr-defined]
        self.fields["day"].initial = today

    def clean_day(self) -> date:
        """A day that has come."""
        day: date = self.cleaned_data["day"]
        if day > self._today:
            raise ValidationError(_("Choose a day that has come."))
        return day

    def news(self) -> News:
        """What the action notes."""
        said = self.cleaned_data
        return News(state=said["state"], day=said["day"], paid=said["paid"] or None, text=said["text"])


class TakeBackForm(PlainTextForm, forms.Form):
    """Why a case is taken back."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "id_take_back_%s")
        super().__init__(*args, **options)
