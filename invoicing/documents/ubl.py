"""UBL written as text: one function for an element with a value, one for an element around others.

Nothing empty is ever written (PEPPOL-EN16931-R008), all text is trimmed and escaped, and a character that XML 1.0
forbids becomes U+FFFD, so that what comes out is always well formed.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

# XML 1.0, production [2] Char: everything else may not stand in a document, not even as a reference.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *children: str) -> str:
    """The children in one element; nothing when none of them has content."""
    content = "".join(children)
    return f"<{name}>{content}</{name}>" if content else ""


def joined(*parts: str) -> str:
    """The parts one after the other."""
    return "".join(parts)


def leaf(name: str, text: str, **attributes: str) -> str:
    """An element with a value and its attributes; nothing when the value is blank."""
    value = clean_text(text)
    if not value:
        return ""
    written = "".join(f" {key}={quoteattr(clean_text(word))}" for key, word in attributes.items() if word)
    return f"<{name}{written}>{escape(value)}</{name}>"


def amount_element(name: str, amount: Decimal, currency: str) -> str:
    """An amount with two decimals and its currency."""
    return f'<{name} currencyID="{escape(currency)}">{amount_text(amount)}</{name}>'


def amount_text(amount: Decimal) -> str:
    """Two decimals, a point, no sign on zero."""
    return f"{amount or Decimal(0):.2f}"


def decimal_text(value: Decimal) -> str:
    """A quantity, price or percentage with the decimals that it has, and no more."""
    text = format(value or Decimal(0), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_text(day: date | None) -> str:
    """The day as 2026-11-17, without time zone; nothing for no day."""
    return day.isoformat() if day else ""


def clean_text(text: str) -> str:
    """The text trimmed, with U+FFFD where XML allows no such character."""
    return FORBIDDEN.sub("\ufffd", text).strip()
