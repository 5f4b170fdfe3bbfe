"""A run's manifest: basis, control sheet and documents in one file that proves itself without the application.

Pure: values in, values out. Each row carries its own hash, the basis the chain over all of them, and the file the hash
of everything else in it, so that one altered byte is found and its place named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from billing_backlog.runs.basis import BasisRow, ControlSheet, basis_hash
from foundation.canonical import canonical_text, digest

FORMAT = "bilag-billing-run"
VERSION = 1


def write_manifest(
    run: Mapping[str, Any], rows: Sequence[BasisRow], sheet: ControlSheet, documents: Sequence[Mapping[str, Any]]
) -> bytes:
    """The manifest as JSON, the same bytes for the same run."""
    told_rows = [{"content": _plain(row.content()), "sha256": digest(_plain(row.content()))} for row in rows]
    body = {
        "format": FORMAT,
        "version": VERSION,
        "run": _plain(run),
        "rows": told_rows,
        "basis_sha256": basis_hash([row["sha256"] for row in told_rows]),
        "control": sheet.to_json(),
        "documents": _plain(documents),
    }
    whole = {**body, "sha256": digest(body)}
    return (json.dumps(whole, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def verify_manifest(content: bytes) -> list[str]:
    """Everything that does not hold, each with its place; nothing for a whole manifest."""
    try:
        told = json.loads(content.decode())
    except UnicodeDecodeError as error:
        return [f"Byte {error.start}: not UTF-8."]
    except json.JSONDecodeError as error:
        return [f"Line {error.lineno}, column {error.colno}: not JSON: {error.msg}."]
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return [f"This is no manifest of a billing run: “format” should be “{FORMAT}”."]
    problems = list(_row_problems(told))
    stated = told.get("sha256")
    body = {name: value for name, value in told.items() if name != "sha256"}
    if digest(body) != stated:
        problems.append(
            "sha256: the file is not as it was written" + ("." if problems else "; look at run, control and documents.")
        )
    if not problems and content != _as_written(told):
        problems.append(f"Byte {_first_other(content, _as_written(told))}: not spelt as it was written.")
    return problems


def _row_problems(told: Mapping[str, Any]) -> list[str]:
    problems = []
    rows = told.get("rows")
    if not isinstance(rows, list):
        return ["rows: missing."]
    amount = Decimal(0)
    for place, row in enumerate(rows, start=1):
        content = row.get("content", {}) if isinstance(row, dict) else {}
        if not isinstance(row, dict) or digest(content) != row.get("sha256"):
            problems.append(f"rows, {place} ({content.get('text', '?')}): another content than its hash.")
        try:
            amount += Decimal(str(content.get("amount", "0"))) if content.get("charge_kind") == "chargeable" else 0
        except InvalidOperation:
            problems.append(f"rows, {place}: “{content.get('amount')}” is no amount.")
    if basis_hash([str(row.get("sha256")) for row in rows if isinstance(row, dict)]) != told.get("basis_sha256"):
        problems.append("basis_sha256: the rows are not those that were frozen, or stand in another order.")
    problems += _control_problems(told, len(rows), amount)
    return problems


def _control_problems(told: Mapping[str, Any], count: int, amount: Decimal) -> list[str]:
    control = told.get("control")
    total = control.get("total") if isinstance(control, dict) else None
    if not isinstance(total, dict):
        return ["control, total: missing."]
    problems = []
    if total.get("count") != count:
        problems.append(f"control, total: {total.get('count')} rows are told, {count} are there.")
    if str(total.get("amount")) != str(amount) and Decimal(str(total.get("amount"))) != amount:
        problems.append(f"control, total: {total.get('amount')} is told, the rows come to {amount}.")
    return problems


def _plain(value: Any) -> Any:
    """The value as JSON reads it back, in its canonical spelling."""
    return json.loads(canonical_text(value))


def _as_written(told: Mapping[str, Any]) -> bytes:
    return (json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def _first_other(content: bytes, written: bytes) -> int:
    pairs = zip(content, written, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(content), len(written)))
