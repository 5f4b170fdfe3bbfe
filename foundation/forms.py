"""Fields for typed numbers and days, and refusals shown beside the fields that they name."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.errors import DomainError, Refusals
from foundation.templatetags.formatting import STYLES, format_for_input, language_of_page

# Everything that people and programs put between thousands, and every minus that a keyboard or a spreadsheet makes.
SPACES = re.compile(r"[\s\u00a0\u2009\u202f']")
MINUS_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})
WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
FRACTION = re.compile(r"\d{1,12}", re.ASCII)
THOUSANDS = re.compile(r"-?\d{1,3}([.,]\d{3})+", re.ASCII)
TEXT_MAX = 40


def read_number(text: str, language: str) -> Decimal:
    """The typed number as the language writes numbers; ValueError when it can be read in two ways or in none."""
    typed = SPACES.sub("", text).translate(MINUS_SIGNS)
    mark = _decimal_mark_of(typed, language) if len(typed) <= TEXT_MAX else ""
    whole, _mark, fraction = typed.rpartition(mark) if mark else (typed, "", "")
    if THOUSANDS.fullmatch(whole) and not (mark and mark in whole):
        whole = whole.replace(",", "").replace(".", "")
    if not WHOLE.fullmatch(whole) or (mark and not FRACTION.fullmatch(fraction)):
        raise ValueError("not a number")
    return Decimal(f"{whole}.{fraction}" if mark else whole)


def _decimal_mark_of(typed: str, language: str) -> str:
    style = STYLES[language]
    marks = {character for character in typed if character in ",."}
    if len(marks) == 2:
        return max(",.", key=typed.rfind)  # 12.450,50 and 12,450.50 can each be read in one way only
    if style.decimal_mark in marks:
        return style.decimal_mark
    if typed.count(".") != 1 or style.group_mark == ".":
        return ""
    if THOUSANDS.fullmatch(typed):
        raise ValueError("12.450 may mean thousands or decimals where the language uses neither")
    return "."


def show_refusal(form: forms.BaseForm, refusal: DomainError) -> None:
    """Put what an action refused beside the fields that it names, and the rest at the top of the form."""
    parts = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
    for part in parts:
        form.add_error(part.field if part.field in form.fields else None, str(part))


class NumberField(forms.DecimalField):
    """A decimal typed and shown in the language of the page; limits are those of DecimalField."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Write a number, such as 1250.50.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs derive it from IntegerField
        """The typed number, or a refusal that says how to write one."""
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return read_number(str(value), language_of_page())
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """A stored number in the language of the page; what was typed stays as it was typed."""
        return format_for_input(value, language_of_page()) if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A calendar day, picked or typed; browsers show it in their own language and send ISO 8601."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        options.setdefault("input_formats", ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"])
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """A stored day as the date input wants it."""
        return value.isoformat() if isinstance(value, date) else value
