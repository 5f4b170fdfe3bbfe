"""What the demo companies sell, and names that are written out by hand. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from config.demo.records import Values

# Name, country, city, language of documents.
FOREIGN_BUSINESSES = (
    ("Opdigtet Handel ApS", "DK", "Nordkøbing", "da"),
    ("Tænkt Vindkraft A/S", "DK", "Vesterø", "da"),
    ("Påhittade Verken AB", "SE", "Exempelstad", "sv"),
    ("Låtsas Järnväg AB", "SE", "Norrhamn", "sv"),
    ("Beispielwerke Küste GmbH", "DE", "Musterhafen", "en"),
    ("Erfundene Energie GmbH", "DE", "Musterstadt", "en"),
    ("Keksitty Tuuli Oy", "FI", "Mallikylä", "en"),
)

NAMES_IN_MANY_SCRIPTS = (
    "東京見本設計株式会社",
    "Пример Студия ООО",
    "شركة المثال للتصميم",
    "Παράδειγμα Μελετητική",
    "סטודיו לדוגמה",
    "एग्जाम्पल डिज़ाइन",
    "Đặng Ví Dụ & Þór Ǿ",
    "예시 디자인",
)


def _product(number: str, name: str, unit: str, price: str, treatment: str = "standard", **changes: Any) -> Values:
    accounts = {"standard": "3000", "low": "3002", "exempt": "3200", "reverse_charge": "3100", "zero": "3100"}
    return {
        "number": number,
        "name": name,
        "unit_code": unit,
        "unit_price": Decimal(price),
        "vat_treatment": treatment,
        "revenue_account": accounts[treatment],
        **changes,
    }


CONSULTANCY: tuple[Values, ...] = (
    _product("100", "Rådgivning, seniorkonsulent", "HUR", "1650.00"),
    _product("101", "Rådgivning, konsulent", "HUR", "1290.00"),
    _product("110", "Prosjektledelse", "HUR", "1480.00", description="Etter avtale, per påbegynt kvarter"),
    _product("120", "Kurs, halv dag", "NAR", "14500.00"),
    _product("130", "Abonnement på rapporter", "MON", "2490.00"),
    _product("140", "Analyse, fastpris", "LS", "48000.00"),
    _product("150", "Reisekostnader, viderefakturert", "LS", "1875.50"),
    _product("160", "Kjøring med egen bil", "KMT", "5.30"),
    _product("170", "Håndbok, trykt utgave", "NAR", "389.00", "zero", gtin="9521234543213"),
    _product("180", "Klimakvoter", "TNE", "742.35", "reverse_charge"),
)

HALL_BOOKING: tuple[Values, ...] = (
    _product("10", "Idrettshall, hel", "HUR", "450.00", "exempt"),
    _product("11", "Idrettshall, halv", "HUR", "250.00", "exempt"),
    _product("12", "Gymsal", "HUR", "180.00", "exempt"),
    _product("20", "Møterom på rådhuset", "HUR", "220.00", "exempt"),
    _product("21", "Kulturhuset, storsalen", "DAY", "6400.00", "exempt"),
    _product("30", "Svømmehall, gruppe", "HUR", "896.00", "low", price_includes_vat=True),
    _product("31", "Svømmehall, enkeltbillett", "NAR", "75.00", "low", price_includes_vat=True),
    _product("32", "Treningssenter, klippekort", "NAR", "560.00", "low", price_includes_vat=True),
    _product("40", "Leie av lydanlegg", "DAY", "1250.00", price_includes_vat=True),
    _product("41", "Ekstra vask etter arrangement", "HUR", "687.50", price_includes_vat=True),
    _product("42", "Kaffe og rundstykke", "NAR", "85.00", price_includes_vat=True),
    _product("50", "Nøkkelkort, erstatning", "NAR", "150.00", price_includes_vat=True),
)

CLEANING: tuple[Values, ...] = (
    _product("1", "Fast renhold, kontor", "MTK", "38.50"),
    _product("2", "Fast renhold, per time", "HUR", "465.00"),
    _product("3", "Hovedrengjøring", "HUR", "520.00"),
    _product("4", "Vindusvask", "NAR", "62.75"),
    _product("5", "Matteservice", "WEE", "245.00"),
    _product("6", "Rengjøringsmidler", "LTR", "89.90", gtin="9520000000011"),
    _product("7", "Papir og såpe, pakke", "XPK", "349.00", gtin="9520000000028"),
    _product("8", "Flyttevask", "LS", "4200.00"),
    _product("20", "Overnatting, gjestehuset Blank", "DAY", "1120.00", "low"),
    _product("21", "Overnatting, langtid", "WEE", "4480.00", "low"),
    _product("22", "Frokost", "NAR", "145.00"),
)
