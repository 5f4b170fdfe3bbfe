"""How large and how old what is typed on a draft may be, and the sentences that refuse the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from foundation.forms import DayField

QUANTITY_MAX = Decimal(100_000_000)
PRICE_MAX = Decimal(1_000_000_000)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

NUMBER_ERRORS: dict[str, Any] = {
    "required": _("Write a number, such as 1250.50."),
    "invalid": _("Write a number, such as 1250.50."),
    "min_value": _("The number is too small: at least %(limit_value)s."),
    "max_value": _("The number is too large: at most %(limit_value)s."),
    "max_digits": _("The number is too long: at most %(max)s digits."),
    "max_decimal_places": _("The number has too many decimals: at most %(max)s."),
    "max_whole_digits": _("The number is too large: at most %(max)s digits before the decimals."),
}


def day_field(**options: Any) -> DayField:
    """A day that may be left empty, within the years that a document can be dated in."""
    wrong = _("Write a day that exists, between 2000 and 2099.")
    return DayField(
        required=False,
        validators=[MinValueValidator(FIRST_DAY, message=wrong), MaxValueValidator(LAST_DAY, message=wrong)],
        error_messages={"invalid": wrong},
        **options,
    )
