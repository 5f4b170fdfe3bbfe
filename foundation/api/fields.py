"""What a form has refused, as a problem that names the fields."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from foundation.api.problems import CallRefused


def refuse_invalid(form: forms.BaseForm, names: Mapping[str, str] | None = None) -> None:
    """Raise what the form refuses, field by field; `names` are what programs call fields of another name."""
    if form.is_valid():
        return
    called = names or {}
    errors = [
        ("" if field == NON_FIELD_ERRORS else called.get(field, field), str(message))
        for field, messages in form.errors.items()
        for message in messages
    ]
    raise invalid(errors)


def invalid(errors: list[tuple[str, str]]) -> CallRefused:
    """The refusal of values that do not fit."""
    detail = " ".join(str(message) for _field, message in errors[:3])
    return CallRefused(422, "invalid", detail or _("Something does not fit."), errors=errors)
