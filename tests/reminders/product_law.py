"""The figures that come with the product, as the policy reads them."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from reminders.policy.figures import Figure
from reminders.policy.law import Law

CSV = Path(__file__).resolve().parents[2] / "tenants" / "data" / "law_figures.csv"


def _read() -> tuple[Figure, ...]:
    with CSV.open(newline="", encoding="utf-8") as file:
        return tuple(
            Figure(
                country=row["country"],
                kind=row["kind"],
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                value=Decimal(row["value"]),
                source=row["source"],
                debtor=row["variant"] or "any",
            )
            for row in csv.DictReader(file)
            if row["kind"] != "vat_pct"
        )


PRODUCT_FIGURES = _read()
PRODUCT_LAW = Law(PRODUCT_FIGURES)
