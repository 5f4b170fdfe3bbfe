"""One message of three templates; headers that somebody tries to add are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from foundation.mail import HeaderIsUnsafe, send_message


def _context(name: str) -> dict[str, Any]:
    invitation = SimpleNamespace(
        organization=SimpleNamespace(name=name),
        invited_by="Olga",
        get_role_display="Owner",
        expires_at=datetime(2026, 12, 5, tzinfo=UTC),
    )
    return {"invitation": invitation, "link": "https://bilag.example/join/x/"}


def test_a_message_has_words_and_markup_and_a_stable_id() -> None:
    send_message("tenants/invitation", "new@nordlys.example", _context("Bø & <Sønn>"), "en", key="42")
    [message] = mail.outbox
    assert "Bø & <Sønn>" in message.subject
    assert "https://bilag.example/join/x/" in message.body
    [(html, kind)] = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert "<Sønn>" not in html
    assert message.message()["Message-ID"] == "<42@bilag>"


@pytest.mark.parametrize(
    ("name", "to"), [("A\nBcc: all@x.example", "a@x.example"), ("A", "a@x.example\nBcc: b@x.example")]
)
def test_a_line_break_in_a_header_is_refused(name: str, to: str) -> None:
    with pytest.raises(HeaderIsUnsafe):
        send_message("tenants/invitation", to, _context(name), "en")
    assert mail.outbox == []
