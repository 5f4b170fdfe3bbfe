"""The audit trail in words: every verb that is written down can be read, and so can its facts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone, translation

from tenants.audit_words import VERBS, line_of
from tenants.models import AuditEntry

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "customers", "invoicing", "payments", "tenants")


def verbs_written_down() -> Iterator[str]:
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                named = call.args[1:2] if call.func.attr in {"record", "record_each"} else []
                yield from (str(verb.value) for verb in named if isinstance(verb, ast.Constant))


def entry_of(verb: str, **facts: object) -> AuditEntry:
    return AuditEntry(
        recorded_at=timezone.now(),
        actor_name="Kari",
        verb=verb,
        subject_kind="organization",
        subject_label="42",
        facts=facts,
    )


def test_every_verb_that_is_written_down_has_words() -> None:
    written = set(verbs_written_down())

    assert len(written) > 20
    assert not written - set(VERBS)


def test_a_change_is_told_with_both_values() -> None:
    line = line_of(
        entry_of("organization.changed", changes={"is_vat_registered": ["True", "False"], "city": ["", "Solvik"]})
    )

    with translation.override("en"):
        assert line_of(line.entry).words == "changed the company’s details"
        assert line_of(line.entry).details == [("Registered for VAT", "yes → no"), ("City", "– → Solvik")]


def test_of_a_hash_the_beginning_is_told() -> None:
    [(_name, shown)] = line_of(entry_of("invoice.finalized", hash="ab" * 32)).details

    assert shown.startswith("abab")
    assert len(shown) < 20
