"""The rules in force and their examples, where this machine has them beside the repository."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

TODAY = date(2026, 11, 21)
RULES = Path(os.environ.get("EHF_TEST_RULES_DIR") or Path(__file__).resolve().parents[3] / "shared" / "ehf")

needs_rules = pytest.mark.skipif(
    not (RULES / "sch").is_dir(), reason=f"the EHF rules in force are not in {RULES} (EHF_TEST_RULES_DIR)"
)


def expectations(folder: str) -> dict[str, dict[str, list[str]]]:
    """What the rules in force say of each file in `cases` or `examples`; nothing where there are no rules."""
    file = RULES / folder / "EXPECTED.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def case(name: str) -> bytes:
    """One of the test invoices beside the rules."""
    return (RULES / "cases" / name).read_bytes()
