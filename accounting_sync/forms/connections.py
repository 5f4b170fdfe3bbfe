"""What may be typed about a connection: its name, keys and options, and from when on what is pushed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting_sync.mapping.entries import Target
from accounting_sync.models import Connection, Opening, PushTime
from accounting_sync.providers.base import Adapter, Mode, Option, Stage
from accounting_sync.providers.entering import Key
from accounting_sync.queries.connections import names_company
from accounting_sync.terms import ConnectionTerms, PushTerms
from foundation.forms import DayField
from foundation.text import PlainTextForm

KEY_MAX = 4_000
OPTION_MAX = 200
THOUGHT_UP = frozenset({"password"})  # keys that people think up themselves
UNTOLD = RegexValidator(
    r"^[!-~]*\Z", gettext_lazy("A key has letters, digits and signs, and neither spaces nor æ, ø or å.")
)
MODE_WORDS: Mapping[str, Any] = {
    Mode.JOURNAL: gettext_lazy("Our vouchers, line by line"),
    Mode.DOCUMENT: gettext_lazy("Invoices of the accounting system’s own, refused where an amount would differ"),
}
OPENING_HINTS: Mapping[str, Any] = {
    Opening.NONE: gettext_lazy("Nothing posted before the start date is pushed."),
    Opening.OPEN_DOCUMENTS: gettext_lazy("So that later payments find what they pay."),
}


class ConnectForm(PlainTextForm, forms.Form):
    """A new connection: its name, what is pushed, and the keys that the owner pastes."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What you and your colleagues call it.")
    )

    def __init__(self, data: Any = None, *, adapter: type[Adapter]) -> None:
        super().__init__(data, initial={"name": adapter.label, "mode": adapter.modes[0]})
        self.adapter = adapter
        if len(adapter.modes) > 1:
            choices = [(str(mode), MODE_WORDS[mode]) for mode in adapter.modes]
            self.fields["mode"] = forms.ChoiceField(
                label=_("What is pushed"), choices=choices, widget=forms.RadioSelect
            )
        for key in keys_of(adapter):
            self.fields[key.name] = key_field(key, is_kept=False)
        for option in typed_options(adapter):
            self.fields[option.name] = typed_field(option)
        if adapter.stage == Stage.PREVIEW:
            self.fields["knows_what_is_unverified"] = forms.BooleanField(
                label=_("I know what is not verified, and look at what is pushed"), required=False
            )

    def terms(self) -> ConnectionTerms:
        """What was typed."""
        data = self.cleaned_data
        return ConnectionTerms(
            system=self.adapter.slug,
            name=data["name"],
            mode=data.get("mode") or self.adapter.modes[0],
            options={option.name: data[option.name] for option in typed_options(self.adapter)},
            keys={key.name: data[key.name] for key in keys_of(self.adapter)},
            knows_what_is_unverified=data.get("knows_what_is_unverified", False),
        )


class KeysForm(PlainTextForm, forms.Form):
    """Other keys; what is left empty stays as it is."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, adapter: type[Adapter], is_kept: bool) -> None:
        super().__init__(data)
        for key in keys_of(adapter):
            self.fields[key.name] = key_field(key, is_kept=is_kept)

    def keys(self) -> dict[str, str]:
        """What was typed."""
        return dict(self.cleaned_data)


class OptionsForm(PlainTextForm, forms.Form):
    """What the connection must know beside its keys, chosen from the accounting system's own lists."""

    use_required_attribute = False

    def __init__(
        self, data: Any = None, *, adapter: Adapter, connection: Connection, lists: Mapping[str, Sequence[Target]]
    ) -> None:
        super().__init__(data, initial=dict(connection.options), auto_id="option_%s")
        for option in adapter.options:
            if adapter.mode not in option.modes:
                continue
            if option.choices is None:
                field: forms.Field = typed_field(option)
            else:
                field = _chosen_field(option, lists.get(option.choices, ()), connection.options.get(option.name, ""))
            field.disabled = connection.activated_at is not None and names_company(option)
            self.fields[option.name] = field

    def options(self) -> dict[str, str]:
        """What was chosen."""
        return dict(self.cleaned_data)


class PushForm(PlainTextForm, forms.Form):
    """From when on what is pushed, and when."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    start_day = DayField(
        label=gettext_lazy("Push from"), help_text=gettext_lazy("The accounting date of the first voucher.")
    )
    opening = forms.ChoiceField(
        label=gettext_lazy("Older documents"), choices=Opening.choices, widget=forms.RadioSelect
    )
    push_time = forms.ChoiceField(label=gettext_lazy("When"), choices=PushTime.choices)
    push_hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour of the daily push"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
    )
    attaches_files = forms.BooleanField(label=gettext_lazy("Send the PDF with the document"), required=False)
    sends_customers = forms.BooleanField(
        label=gettext_lazy("Send changes of linked customers"),
        required=False,
        help_text=gettext_lazy("Name, address and other details that are changed here are changed there as well."),
    )
    applies_payments = forms.BooleanField(
        label=gettext_lazy("Register payments found there that match exactly"),
        required=False,
        help_text=gettext_lazy(
            "Those that name a document, are no more than is open on it, and are not known here. All others wait for "
            "somebody."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, data: Any = None, *, adapter: Adapter, connection: Connection, start_day: date) -> None:
        initial = {name: getattr(connection, name) for name in self.base_fields}
        super().__init__(data, initial={**initial, "start_day": connection.start_day or start_day})
        opening: Any = self.fields["opening"]
        opening.choices = [(value, f"{label}. {OPENING_HINTS[value]}") for value, label in Opening.choices]
        self._kept = {name: getattr(connection, name) for name in ("sends_customers", "applies_payments")}
        offered = {
            "attaches_files": adapter.attaches,
            "sends_customers": adapter.updates_customers,
            "applies_payments": adapter.tells_payments,
        }
        for name, is_offered in offered.items():
            if not is_offered:
                del self.fields[name]

    def terms(self) -> PushTerms:
        """What was typed; what the system does not offer stays as it is."""
        data = {**self._kept, **self.cleaned_data}
        return PushTerms(
            name=data["name"],
            start_day=data["start_day"],
            opening=data["opening"],
            push_time=data["push_time"],
            push_hour=data["push_hour"],
            attaches_files=data.get("attaches_files", False),
            sends_customers=data["sends_customers"],
            applies_payments=data["applies_payments"],
        )


class ExceptionForm(PlainTextForm, forms.Form):
    """Another name of something for one customer."""

    use_required_attribute = False

    customer = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    place = forms.ChoiceField(label=gettext_lazy("What"))
    target = forms.CharField(label=gettext_lazy("Code there"), max_length=200)

    def __init__(self, data: Any = None, *, places: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="exception_%s")
        place: Any = self.fields["place"]
        place.choices = places


class MappingFileForm(forms.Form):
    """A file of mappings, as the export writes it."""

    file = forms.FileField(label=gettext_lazy("CSV or XLSX file"), max_length=200)


def keys_of(adapter: type[Adapter]) -> Sequence[Key]:
    """The keys that the owner pastes; none where the owner lets us in on the system's own page."""
    found: Sequence[Key] = getattr(adapter.entering, "keys", ())
    return found


def typed_options(adapter: type[Adapter]) -> list[Option]:
    """Options that must be known before anything can be asked: they are in no list."""
    return [option for option in adapter.options if option.choices is None]


def key_field(key: Key, *, is_kept: bool) -> forms.CharField:
    """A key is written here and never read out again."""
    widget = forms.PasswordInput if key.is_secret else forms.TextInput
    return forms.CharField(
        label=key.label,
        max_length=KEY_MAX,
        required=key.is_required and not is_kept,
        help_text=_("One is kept. Leave this empty to keep it.") if is_kept else key.hint,
        widget=widget(attrs={"autocomplete": "off", "spellcheck": "false"}),
        validators=[] if key.name in THOUGHT_UP else [UNTOLD],
    )


def typed_field(option: Option) -> forms.CharField:
    """An option that is typed."""
    return forms.CharField(
        label=option.label, max_length=OPTION_MAX, required=option.is_required, help_text=option.hint
    )


def _chosen_field(option: Option, targets: Sequence[Target], chosen: str) -> forms.ChoiceField:
    named = [(target.id, f"{target.code} {target.label}".strip() or target.id) for target in targets]
    if chosen and chosen not in {value for value, _name in named}:
        named.insert(0, (chosen, _("%(code)s (not there any more)") % {"code": chosen}))
    if len(named) != 1 or not option.is_required:
        named.insert(0, ("", _("Choose")))
    return forms.ChoiceField(label=option.label, choices=named, required=option.is_required, help_text=option.hint)
