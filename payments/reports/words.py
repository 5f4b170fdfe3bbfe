"""What ages and sides of reports are called on the screens and in files."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

AGE_LABELS: dict[str, Any] = {
    "not_due": _("Not due"),
    "to_30": _("1–30 days"),
    "to_60": _("31–60 days"),
    "to_90": _("61–90 days"),
    "over_90": _("Over 90 days"),
    "credit": _("Credit not used"),
}
SIDE_LABELS: dict[str, Any] = {
    "base": _("Sales without VAT"),
    "vat": _("VAT of sales"),
    "loss": _("VAT of lost claims"),
}
