"""What a field of a document is called on every screen: the one name that its model gives it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model


def field_of(model: type[Model], name: str) -> Any:
    """The model's own field."""
    return model._meta.get_field(name)


def word_for(model: type[Model], name: str) -> str:
    """The field's name in the reader's language; a name that the model does not know stands for itself."""
    try:
        return str(field_of(model, name).verbose_name)
    except FieldDoesNotExist:
        return name
