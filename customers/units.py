"""Units of sale: UNECE codes (Recommendations 20 and 21) and the words by which people know them.

Pure: values in, values out. The code is stored and sent in the EHF; the word is what screens and documents show.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UnitWords:
    """One unit in one language: its name in lists, and what stands after one and after several."""

    name: str
    one: str
    many: str


def _words(name: str, one: str, many: str = "") -> UnitWords:
    return UnitWords(name, one, many or one)


UNITS: dict[str, dict[str, UnitWords]] = {
    "NAR": {
        "nb": _words("stykk", "stk"),
        "da": _words("styk", "stk."),
        "sv": _words("styck", "st"),
        "en": _words("piece", "pc", "pcs"),
    },
    "H87": {
        "nb": _words("stykk (H87)", "stk"),
        "da": _words("styk (H87)", "stk."),
        "sv": _words("styck (H87)", "st"),
        "en": _words("piece (H87)", "pc", "pcs"),
    },
    "EA": {
        "nb": _words("enhet", "enh.", "enh."),
        "da": _words("enhed", "enh.", "enh."),
        "sv": _words("enhet", "enh.", "enh."),
        "en": _words("each", "each"),
    },
    "C62": {
        "nb": _words("én", "enhet", "enheter"),
        "da": _words("én", "enhed", "enheder"),
        "sv": _words("en", "enhet", "enheter"),
        "en": _words("one", "unit", "units"),
    },
    "HUR": {
        "nb": _words("time", "t"),
        "da": _words("time", "t."),
        "sv": _words("timme", "tim"),
        "en": _words("hour", "hour", "hours"),
    },
    "MIN": {
        "nb": _words("minutt", "min"),
        "da": _words("minut", "min."),
        "sv": _words("minut", "min"),
        "en": _words("minute", "min"),
    },
    "DAY": {
        "nb": _words("dag", "dag", "dager"),
        "da": _words("dag", "dag", "dage"),
        "sv": _words("dag", "dag", "dagar"),
        "en": _words("day", "day", "days"),
    },
    "WEE": {
        "nb": _words("uke", "uke", "uker"),
        "da": _words("uge", "uge", "uger"),
        "sv": _words("vecka", "vecka", "veckor"),
        "en": _words("week", "week", "weeks"),
    },
    "MON": {
        "nb": _words("måned", "md."),
        "da": _words("måned", "md."),
        "sv": _words("månad", "mån"),
        "en": _words("month", "month", "months"),
    },
    "ANN": {
        "nb": _words("år", "år"),
        "da": _words("år", "år"),
        "sv": _words("år", "år"),
        "en": _words("year", "year", "years"),
    },
    "KGM": {
        language: _words(name, "kg")
        for language, name in (
            ("nb", "kilogram"),
            ("da", "kilogram"),
            ("sv", "kilogram"),
            ("en", "kilogram"),
        )
    },
    "GRM": {language: _words("gram", "g") for language in ("nb", "da", "sv", "en")},
    "TNE": {
        "nb": _words("tonn", "tonn"),
        "da": _words("ton", "ton"),
        "sv": _words("ton", "ton"),
        "en": _words("tonne", "tonne", "tonnes"),
    },
    "MTR": {
        "nb": _words("meter", "m"),
        "da": _words("meter", "m"),
        "sv": _words("meter", "m"),
        "en": _words("metre", "m"),
    },
    "KMT": {
        "nb": _words("kilometer", "km"),
        "da": _words("kilometer", "km"),
        "sv": _words("kilometer", "km"),
        "en": _words("kilometre", "km"),
    },
    "MTK": {
        "nb": _words("kvadratmeter", "m²"),
        "da": _words("kvadratmeter", "m²"),
        "sv": _words("kvadratmeter", "m²"),
        "en": _words("square metre", "m²"),
    },
    "MTQ": {
        "nb": _words("kubikkmeter", "m³"),
        "da": _words("kubikmeter", "m³"),
        "sv": _words("kubikmeter", "m³"),
        "en": _words("cubic metre", "m³"),
    },
    "LTR": {
        "nb": _words("liter", "l"),
        "da": _words("liter", "l"),
        "sv": _words("liter", "l"),
        "en": _words("litre", "l"),
    },
    "KWH": {
        "nb": _words("kilowattime", "kWh"),
        "da": _words("kilowatttime", "kWh"),
        "sv": _words("kilowattimme", "kWh"),
        "en": _words("kilowatt hour", "kWh"),
    },
    "XPK": {
        "nb": _words("pakke", "pk."),
        "da": _words("pakke", "pk."),
        "sv": _words("förpackning", "förp."),
        "en": _words("package", "package", "packages"),
    },
    "SET": {
        "nb": _words("sett", "sett"),
        "da": _words("sæt", "sæt"),
        "sv": _words("sats", "sats", "satser"),
        "en": _words("set", "set", "sets"),
    },
    "LS": {
        "nb": _words("rundsum", "RS"),
        "da": _words("fast beløb", "fast beløb"),
        "sv": _words("fast belopp", "fast belopp"),
        "en": _words("lump sum", "lump sum", "lump sums"),
    },
}


def unit_word(code: str, quantity: Decimal, language: str) -> str:
    """What stands after the quantity; a code that we have no word for stands for itself."""
    words = UNITS.get(code, {}).get(language)
    if words is None:
        return code
    return words.one if abs(quantity) == 1 else words.many


def unit_name(code: str, language: str) -> str:
    """The unit's name for a list to choose from; a code that we have no word for stands for itself."""
    words = UNITS.get(code, {}).get(language)
    return words.name if words is not None else code
