"""Which vouchers are wanted in which file, and what the receiver of GBAT10 files calls things."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from accounting_sync.files.asked import Asked
from accounting_sync.models import Encoding, ExportFormat, ExportScope, FileExportSettings
from accounting_sync.models.exports import VOUCHER_NUMBER_MAX
from foundation.forms import DayField
from foundation.text import PlainTextForm
from payments.reports.vat_codes import STANDARD_CODES

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
KEY_LENGTH_MAX = 80
CODE_LENGTH_MAX, TYPE_MAX = 5, 999
PLAIN_CODE = RegexValidator(r"^[0-9A-Za-z]+\Z", _("Write letters and digits only."))


def _day_field(label: Any, *, required: bool, help_text: Any = "") -> DayField:
    limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return DayField(label=label, required=required, validators=limits, help_text=help_text)


class ExportForm(PlainTextForm, forms.Form):
    """One file of vouchers."""

    use_required_attribute = False

    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices, widget=forms.RadioSelect)
    scope = forms.ChoiceField(label=_("Vouchers"), choices=ExportScope.choices, widget=forms.RadioSelect)
    first = _day_field(_("From"), required=False)
    last = _day_field(_("Through"), required=True)
    with_documents = forms.BooleanField(
        label=_("The PDFs of the documents beside the journal, in a zip"), required=False
    )
    with_opening = forms.BooleanField(
        label=_("Opening balances from moving here too"),
        required=False,
        help_text=_("Leave this off where the accounting system has them already."),
    )
    key = forms.CharField(max_length=KEY_LENGTH_MAX, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, may_push: bool, **more: Any) -> None:
        super().__init__(data, **more)
        self._may_push = may_push
        if not may_push:
            self.fields["scope"].choices = [(ExportScope.PERIOD.value, ExportScope.PERIOD.label)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A whole period has a first day, and ends on or after it; SAF-T is always one."""
        super().clean()
        said = self.cleaned_data
        first, last = said.get("first"), said.get("last")
        is_period = said.get("scope") == ExportScope.PERIOD or said.get("format") == ExportFormat.SAFT
        if is_period and "first" in said and first is None:
            self.add_error("first", ValidationError(_("Say from which day the file shall hold everything.")))
        if first and last and last < first:
            self.add_error("last", ValidationError(_("The last day comes before the first one.")))
        if said.get("with_documents") and said.get("format") not in {None, ExportFormat.JOURNAL_CSV}:
            self.add_error("with_documents", ValidationError(_("PDFs go with the journal as CSV only.")))
        return said

    def asked(self) -> Asked:
        """What a valid form asks for."""
        said = self.cleaned_data
        is_saft = said["format"] == ExportFormat.SAFT
        return Asked(
            format=said["format"],
            scope=ExportScope.PERIOD if is_saft else said["scope"],
            first=said["first"],
            last=said["last"],
            with_documents=said["with_documents"],
            with_opening=said["with_opening"] or is_saft,
            is_copy=not self._may_push,
        )


class ExportSettingsForm(PlainTextForm, forms.Form):
    """What the receiver of GBAT10 files calls our VAT codes and kinds of vouchers."""

    use_required_attribute = False

    sales_type = forms.IntegerField(label=_("Voucher type of sales"), min_value=0, max_value=TYPE_MAX)
    payments_type = forms.IntegerField(label=_("Voucher type of payments"), min_value=0, max_value=TYPE_MAX)
    other_type = forms.IntegerField(label=_("Voucher type of all others"), min_value=0, max_value=TYPE_MAX)
    number_offset = forms.IntegerField(
        label=_("Added to voucher numbers"),
        min_value=0,
        max_value=VOUCHER_NUMBER_MAX,
        help_text=_("Tripletex adds 1,000,000 and ten thousand times the type by itself."),
    )
    encoding = forms.ChoiceField(label=_("Characters"), choices=Encoding.choices)
    with_dimensions = forms.BooleanField(label=_("Write project and department"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, settings: FileExportSettings) -> None:
        names = ("sales_type", "payments_type", "other_type", "number_offset", "encoding", "with_dimensions", "version")
        initial = {name: getattr(settings, name) for name in names}
        initial["no_vat_code"] = settings.no_vat_code
        super().__init__(data, initial=initial)
        for code, known in STANDARD_CODES.items():
            self.fields[f"code_{code}"] = _code_field(known.label, settings.vat_codes.get(code, code))
        self.fields["no_vat_code"] = _code_field(_("Lines without VAT"), settings.no_vat_code)

    @property
    def code_rows(self) -> list[tuple[str, forms.BoundField]]:
        """Our codes, each with the field for theirs; lines without a code last."""
        return [*((code, self[f"code_{code}"]) for code in STANDARD_CODES), ("–", self["no_vat_code"])]

    def values(self) -> dict[str, Any]:
        """What a valid form says, as the settings keep it: codes only where they differ from ours."""
        said = dict(self.cleaned_data)
        codes = {code: said.pop(f"code_{code}") for code in STANDARD_CODES}
        said.pop("version")
        return {**said, "vat_codes": {code: theirs for code, theirs in codes.items() if theirs != code}}


def _code_field(label: Any, initial: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        initial=initial,
        max_length=CODE_LENGTH_MAX,
        validators=[PLAIN_CODE],
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "num"}),
    )
