"""What a move-in is called on the screens."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from config.moving_in.likely import Guess
from payments.reports.words import AGE_LABELS

KIND_LABELS: dict[str, Any] = {
    "customers": _("Customers"),
    "products": _("Products"),
    "open_items": _("Open items"),
}
GUESSES: dict[str, Any] = {
    Guess.REFUSED: _("Refused, so its amount is not counted"),
    Guess.TOO_MUCH: _("Without this row the totals would agree"),
    Guess.TWICE: _("One of two rows with the same amount: does it stand there twice?"),
    Guess.SIGN: _("With the other sign the totals would agree"),
    Guess.SHIFTED: _("Is the decimal mark in the wrong place?"),
}
AGES: tuple[Any, ...] = (*AGE_LABELS.values(), _("Unused money"))
