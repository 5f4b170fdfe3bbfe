"""docs/operations.md speaks of the timetable, the settings and the database script as they are."""

import re
from pathlib import Path

from config.celery import app

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_manual_lists_the_whole_timetable() -> None:
    section = MANUAL.partition("## Timetable")[2].partition("###")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == set(app.conf.beat_schedule)


def test_the_manual_names_every_setting() -> None:
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"environment\.\w+\(\s*\"([A-Z_]+)\"", settings))
    # Chosen by the set-up and by tests, not by an operator.
    own = {"BILAG_STATIC_STORAGE"}
    assert {name for name in read - own if f"`{name}`" not in MANUAL} == set()


def test_the_manual_quotes_the_database_script() -> None:
    script = re.sub(r"--[^\n]*", "", (ROOT / "machine" / "database.sql").read_text(encoding="utf-8"))
    plain = " ".join(script.split())
    quoted = MANUAL.partition("```sql")[2].partition("```")[0]
    statements = [" ".join(statement.split()) for statement in quoted.split(";")]
    assert [statement for statement in statements if statement not in plain] == []
