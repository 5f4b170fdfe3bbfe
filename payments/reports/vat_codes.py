"""The standard tax codes of sales: what each is called, and what rate it has on a day. Norwegian words are official."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.vat import TREATMENT_RULES
from tenants.queries import DatedRate


@dataclass(frozen=True, slots=True)
class StandardCode:
    """A standard tax code of sales, as the tax administration lists it."""

    code: str
    label: Any
    official: str  # as the list has it, for files that the tax administration reads


STANDARD_CODES: dict[str, StandardCode] = {
    each.code: each
    for each in (
        StandardCode("3", _("Output VAT, standard rate"), "Utgående merverdiavgift, alminnelig sats"),
        StandardCode("31", _("Output VAT, middle rate"), "Utgående merverdiavgift, redusert sats, middels"),
        StandardCode("32", _("Output VAT, raw fish"), "Utgående merverdiavgift, redusert sats, råfisk"),
        StandardCode("33", _("Output VAT, low rate"), "Utgående merverdiavgift, redusert sats, lav"),
        StandardCode("5", _("Domestic sales, zero-rated"), "Innenlands omsetning og uttak fritatt for merverdiavgift"),
        StandardCode("51", _("Domestic sales with reverse charge"), "Innenlandsk omsetning med omvendt avgiftplikt"),
        StandardCode("52", _("Export of goods and services"), "Utførsel av varer og tjenester"),
        StandardCode("6", _("Sales outside the VAT act"), "Omsetning og uttak utenfor merverdiavgiftsloven"),
        StandardCode("7", _("No VAT treatment (income)"), "Ingen merverdiavgiftsbehandling (inntekter)"),
    )
}
_CLASSES: dict[str, frozenset[str]] = {
    code: frozenset(
        rule.rate_class for rule in TREATMENT_RULES.values() if rule.standard_tax_code == code and rule.rate_class
    )
    for code in STANDARD_CODES
}


def label_of(code: str) -> str:
    """What the code is called on the screens; one that is not in the list by itself."""
    known = STANDARD_CODES.get(code)
    return str(known.label) if known else code


def percent_of(code: str, day: date, rates: Sequence[DatedRate]) -> Decimal | None:
    """The rate of a code on a day; 0 where no VAT is reckoned, None where no one figure holds."""
    classes = _CLASSES.get(code, frozenset())
    if not classes:
        return Decimal(0) if code in STANDARD_CODES else None
    held = {
        rate.percent
        for rate in rates
        if rate.variant in classes and rate.valid_from <= day and (rate.valid_to is None or day < rate.valid_to)
    }
    return held.pop() if len(held) == 1 else None
