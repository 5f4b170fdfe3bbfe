"""The words of a SAF-T file: texts cut to what the schema holds, amounts with two decimals, debit or credit. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from lxml import etree

NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"
CODE, SHORT, MIDDLE, LONG_MIDDLE, LONG = 9, 18, 35, 70, 256
# XML 1.0 holds none of these.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_RATE_STEP = Decimal("0.00000001")

Element: TypeAlias = "etree._Element"  # noqa: SLF001 - the type has no public name
Part: TypeAlias = "Element | tuple[str, str] | None"


def node(tag: str, *parts: Part) -> Element:
    """An element with its children in order; a pair is a child with a text, None and empty texts are left out."""
    element = etree.Element(tag)
    for part in parts:
        if isinstance(part, tuple):
            name, written = part
            if written:
                etree.SubElement(element, name).text = written
        elif part is not None:
            element.append(part)
    return element


def text(value: object, most: int) -> str:
    """One line of text, no longer than the schema holds."""
    line = " ".join(_UNWANTED.sub("", str(value or "")).split())
    return line[:most].rstrip()


def day(value: date | None) -> str:
    """A day as XML writes it; nothing where there is none."""
    return value.isoformat() if value else ""


def money(value: Decimal) -> str:
    """An amount with two decimals."""
    return f"{value:.2f}"


def balance(name: str, value: Decimal) -> tuple[str, str]:
    """A balance as debit or credit, such as OpeningDebitBalance; nothing stands on the debit side."""
    side = "Credit" if value < 0 else "Debit"
    return f"{name}{side}Balance", money(abs(value))


def amount(name: str, value: Decimal, currency: str, currency_value: Decimal) -> Element:
    """An amount in the books as debit or credit, with the foreign currency that it was in, if any."""
    side = "Credit" if value < 0 or (not value and currency_value < 0) else "Debit"
    parts: list[Part] = [("Amount", money(abs(value)))]
    if currency:
        parts += [("CurrencyCode", currency), ("CurrencyAmount", money(abs(currency_value)))]
        if value and currency_value:
            parts.append(("ExchangeRate", f"{abs(value / currency_value).quantize(_RATE_STEP):f}"))
    return node(f"{side}{name}", *parts)
