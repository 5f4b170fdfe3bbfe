"""Plainly invented names of people, companies and places. Pure."""

from __future__ import annotations

import re
import unicodedata
from random import Random

PLACES = ("Solvik", "Nordhavn", "Fjellbygd", "Granåsen", "Lillesund", "Bjørkelia", "Storøya", "Ulvedal", "Skarnes Ytre")
STREETS = ("Kaiveien", "Bryggeveien", "Prøvegata", "Eksempelveien", "Tenkestien", "Møllebakken", "Åsgløttveien")
MUNICIPAL_OFFICES = ("Kulturskolen", "Ungdomsklubben", "Fjellbygd skole", "Renhold", "Barnehagekontoret")
COMPANY_FIRST = (
    "Havgløtt", "Fjellduft", "Ulvehi", "Lyngblomst", "Månestråle", "Trollheia", "Furutopp", "Snøfonn", "Kveldssol",
    "Tåkeheimen", "Bølgeblikk", "Steinrøys", "Vindrosen", "Rypereir", "Ørneflukt", "Isbjørnhi", "Blåklokka", "Tyttebær",
)  # fmt: skip
COMPANY_LAST = (
    "Verksted AS", "Bygg AS", "Handel AS", "Eiendom AS", "Regnskap AS", "Transport AS", "Kafé AS", "Trykkeri AS",
    "Fiskeforedling AS", "Optikk AS", "Arkitekter AS", "Bakeri AS", "Elektro AS", "Hagesenter AS",
)  # fmt: skip
CLUB_LAST = ("Idrettslag", "Turnforening", "Skolekorps", "Svømmeklubb", "Danselag", "Sjakklubb", "Teaterlag")
PUBLIC_LAST = ("kommune", "fylkeskommune", "helseforetak", "havnevesen", "brannvern IKS")
FIRST_NAMES = (
    "Ada", "Bo", "Cille", "Dag", "Embla", "Frøydis", "Gaute", "Hedda", "Isak", "Jorunn", "Kåre", "Liv", "Magne",
    "Nora", "Odd", "Pernille", "Roar", "Solveig", "Tor", "Unni", "Vetle", "Ylva", "Zoe", "Ærling", "Øyunn", "Åse",
)  # fmt: skip
LAST_NAMES = ("Prøvesen", "Eksempelstad", "Tenkerud", "Oppdiktet", "Demomoen", "Utkastvik", "Fantasihaug", "Påfunnsli")


SPELLINGS = {"æ": "ae", "ø": "o", "å": "a", "þ": "th", "ð": "d", "ł": "l"}


def company_names(chance: Random, count: int, endings: tuple[str, ...] = COMPANY_LAST) -> list[str]:
    """So many different names of companies."""
    pairs = [f"{first} {last}" for first in COMPANY_FIRST for last in endings]
    return chance.sample(pairs, count)


def person_names(chance: Random, count: int) -> list[str]:
    """So many different names of people."""
    pairs = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    return chance.sample(pairs, count)


def address(chance: Random) -> dict[str, str]:
    """A street and a place that are on no map."""
    return {
        "street": f"{chance.choice(STREETS)} {chance.randint(1, 98)}",
        "postal_code": "0000",
        "city": chance.choice(PLACES),
    }


def mail_address(name: str, box: str = "post") -> str:
    """An address under .example, which RFC 2606 keeps for examples."""
    letters = name.lower()
    for letter, spelling in SPELLINGS.items():
        letters = letters.replace(letter, spelling)
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    host = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{box}@{host or 'kunde'}.example"
