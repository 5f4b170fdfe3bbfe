"""Values in questions to systems that speak OData 4, and moments in their answers."""

from __future__ import annotations

from datetime import UTC, datetime


def quoted(text: str) -> str:
    """A text as a literal (OData 4.01 URL conventions, 5.1.1.6.1)."""
    return "'" + text.replace("'", "''") + "'"


def utc_text(moment: datetime) -> str:
    """A moment as a literal."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text: str | None) -> datetime | None:
    """A moment in an answer; None where it has none."""
    return datetime.fromisoformat(text) if text else None


def host_label(typed: str) -> str:
    """What somebody typed as the changing part of a host's name, without anything that would end that name."""
    return "".join(
        letter for letter in typed.strip().lower() if letter.isascii() and (letter.isalnum() or letter in "-.")
    )
