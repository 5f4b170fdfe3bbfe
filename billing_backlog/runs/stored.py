"""Frozen rows read back from what is stored of them.

Pure: values in, values out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.runs.basis import BasisRow
from foundation.canonical import canonical_text

_READERS: dict[str, Callable[[str], Any]] = {"UUID": UUID, "date": date.fromisoformat, "Decimal": Decimal}


def told_row(row: BasisRow) -> dict[str, str]:
    """The row as plain texts, each field spelt as the row's hash spells it."""
    return {name: canonical_text(value) for name, value in row.content().items()}


def stored_row(content: Mapping[str, str]) -> BasisRow:
    """The row whose fields are stored in their canonical spelling; ValueError or KeyError for what is no row."""
    values: dict[str, Any] = {}
    for each in fields(BasisRow):
        plain = json.loads(content[each.name])
        reader = _READERS.get(str(each.type))
        values[each.name] = reader(plain) if reader else plain
    return BasisRow(**values)
