"""What generating a finance file and taking its answers is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.file_words import sentence_with_place
from billing_backlog.finance_files.answers import BYTES_MAX, ToldError, read_errors, read_receipt
from billing_backlog.finance_files.faults import FileRefused
from foundation.forms import NumberField
from foundation.text import PlainTextForm


class GenerateForm(PlainTextForm, forms.Form):
    """Which prepared runs go into the file; and our system code at its receiver, typed."""

    run = forms.MultipleChoiceField(
        label=gettext_lazy("Ready for generation"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what goes into the file.")},
    )
    typed_code = forms.CharField(label=gettext_lazy("Type our system code to confirm"), max_length=20)
    key = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(self, *args: Any, runs: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["run"].choices = runs  # type: ignore[attr-defined]


class AnswerFileForm(PlainTextForm, forms.Form):
    """An answer of the receiver, typed or as a file."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)

    def clean_file(self) -> bytes:
        """The bytes of the file, if one was chosen."""
        file = self.cleaned_data["file"]
        if not file:
            return b""
        if file.size > BYTES_MAX:
            raise ValidationError(_("The file is larger than %(most)s MB. Split it.") % {"most": BYTES_MAX // 10**6})
        content: bytes = file.read()
        return content


class ReceiptForm(AnswerFileForm):
    """How many lines the receiver has got and what they come to, and who says so."""

    lines = forms.IntegerField(label=gettext_lazy("Lines"), min_value=0, max_value=9_999_999, required=False)
    amount = NumberField(label=gettext_lazy("Sum"), max_digits=16, decimal_places=2, required=False)
    received_by = forms.CharField(label=gettext_lazy("Who confirmed it"), max_length=120)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "id_receipt_%s")
        super().__init__(*args, **options)
        self.fields["file"].label = _("Or the receipt as a file")
        self.order_fields(["lines", "amount", "file", "received_by"])

    def clean(self) -> dict[str, Any]:
        """Count and sum, typed or read from the file."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("file"):
            try:
                told = read_receipt(found["file"])
            except FileRefused:
                self.add_error("file", _("No count and sum were found in the file. Type them instead."))
            else:
                found["lines"], found["amount"] = told.lines, told.amount
        elif not self.errors and (found.get("lines") is None or found.get("amount") is None):
            raise ValidationError(_("Type the number of lines and the sum, or choose the receipt as a file."))
        return found


class ErrorsForm(AnswerFileForm):
    """What could not be invoiced: a row for each order or line, typed or as a file."""

    errors_typed = forms.CharField(
        label=gettext_lazy("Errors"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "38000001; 2; …"}),
        help_text=gettext_lazy("One on each line: order number; line; what is wrong. Without a line, the whole order."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", "id_errors_%s")
        super().__init__(*args, **options)
        self.fields["file"].label = _("Or the error list as a file")
        self.order_fields(["errors_typed", "file"])

    def clean(self) -> dict[str, Any]:
        """The errors as they are told."""
        found: dict[str, Any] = super().clean() or {}
        told = found.get("file") or found.get("errors_typed", "").encode()
        if self.errors:
            return found
        if not told:
            raise ValidationError(_("Type the errors, or choose the list as a file."))
        try:
            found["told"] = read_errors(told)
        except FileRefused as refusal:
            raise ValidationError([sentence_with_place(fault) for fault in refusal.faults]) from refusal
        return found

    @property
    def told(self) -> list[ToldError]:
        """The errors."""
        told: list[ToldError] = self.cleaned_data["told"]
        return told
