"""The sums of an import, as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing_backlog.intake.plain import Outcome
from billing_backlog.models import ItemKind
from customers.models import VAT_TREATMENT_CHOICES


def found_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Counts by outcome, and what is new by customer, VAT and kind of work; empty while nothing was found."""
    if "counts" not in result:
        return {}
    counts = result["counts"]
    return {
        "counts": [(label, counts.get(outcome.value, 0)) for outcome, label in _labels().items()],
        "new": counts.get(Outcome.NEW.value, 0),
        "bad": counts.get(Outcome.REFUSED.value, 0) + counts.get(Outcome.DIFFERS.value, 0),
        "told": Decimal(result["told"]),
        "totals": [(currency, Decimal(amount)) for currency, amount in result["totals"].items()],
        "groups": [
            [(_("New by customer"), _rows(result, "customer", {}), result.get("customer_count", 0))],
            [
                (_("New by VAT"), _rows(result, "vat", dict(VAT_TREATMENT_CHOICES)), 0),
                (_("New by kind of work"), _rows(result, "kind", dict(ItemKind.choices)), 0),
            ],
        ],
        "unknown": result.get("unknown", []),
        "warnings": result.get("warnings", []),
        "more_warnings": result.get("warnings_count", 0) - len(result.get("warnings", [])),
    }


def _labels() -> dict[Outcome, str]:
    return {
        Outcome.NEW: _("New"),
        Outcome.KNOWN: _("Taken before"),
        Outcome.DIFFERS: _("Taken before in other words"),
        Outcome.REFUSED: _("Refused"),
    }


def _rows(result: Mapping[str, Any], name: str, words: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": words.get(row["label"], row["label"]),
            "count": row["count"],
            "amount": Decimal(row["amount"]),
            "currency": row["currency"],
        }
        for row in result[name]
    ]
