"""Every sentence that is marked for translation stands in each catalogue, with the same placeholders: none is left."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages import Message as Entry
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import dates
from django.utils.translation import override
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("nb", "da", "sv")  # English is the language of the source
ROOMS = (
    "accounting_sync",
    "billing_backlog",
    "config",
    "customers",
    "foundation",
    "invoicing",
    "payments",
    "reminders",
    "tenants",
)
TEMPLATE_SUFFIXES = frozenset({".html", ".txt"})

# What each function takes, by position: a context comes first, then the singular and the plural.
KEYWORDS = {
    "_": "s",
    "gettext": "s",
    "gettext_lazy": "s",
    "gettext_noop": "s",
    "pgettext": "cs",
    "pgettext_lazy": "cs",
    "ngettext": "sp",
    "ngettext_lazy": "sp",
    "npgettext": "csp",
    "npgettext_lazy": "csp",
}
# What the glossary (docs/glossary.md) binds where the three languages part.
DANISH_AND_SWEDISH_DIFFER = [
    ("Draft", "Kladde", "Utkast"),
    ("Finalize", "Bogfør", "Utfärda"),
    ("Credit note", "Kreditnota", "Kreditfaktura"),
    ("Due date", "Forfaldsdato", "Förfallodatum"),
    ("VAT", "Moms", "Moms"),
    ("KID", "Betalings-id", "OCR-nummer"),
    ("Organization number", "CVR-nummer", "Organisationsnummer"),
    ("Voucher", "Bilag", "Verifikation"),
    ("Part paid", "Delvist betalt", "Delbetald"),
]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|%%")

Key = tuple[str, str]  # context, singular
Found = tuple[Key, str, str]  # key, plural, where

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def marked_messages() -> tuple[Found, ...]:
    """Every marked sentence of the program and its templates, with the file that it stands in."""
    programs = (found for path in _programs() for found in _extracted(path, path.read_text(encoding="utf-8")))
    templates = (found for path in _templates() for found in _extracted(path, _as_python(path)))
    return (*programs, *templates)


def _programs() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def _templates() -> Iterator[Path]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in TEMPLATE_SUFFIXES:
            yield path


def _as_python(template: Path) -> str:
    """The template as calls among blanked words; a line that begins further in would be an indentation to Python."""
    calls = templatize(template.read_text(encoding="utf-8"), origin=str(template))
    return "\n".join(line.strip() for line in calls.splitlines())


def _extracted(path: Path, source: str) -> Iterator[Found]:
    where = str(path.relative_to(ROOT))
    for _line, function, given, _comments in extract_python(
        io.BytesIO(source.encode()), dict.fromkeys(KEYWORDS), [], {}
    ):
        parts = dict(zip(KEYWORDS[str(function)], _forms(given or ""), strict=False))
        if parts.get("s"):
            yield (parts.get("c") or "", parts["s"]), parts.get("p") or "", where


def catalogue_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


@cache
def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def entries(language: str) -> dict[Key, Entry]:
    return {(entry.context or "", _forms(entry.id)[0]): entry for entry in catalogue(language) if entry.id}


def _forms(words: object) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)  # type: ignore[arg-type]


def placeholders(words: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(words))


def untranslated(language: str) -> list[str]:
    """The marked sentences that the language lacks, each with the file that it stands in."""
    known = entries(language)
    return sorted(
        f"{where}: {singular!r}"
        for (context, singular), _plural, where in set(marked_messages())
        if (context, singular) not in known or not all(_forms(known[context, singular].string))
    )


def test_the_settings_offer_english_and_every_catalogue() -> None:
    assert [code for code, _name in settings.LANGUAGES] == [*LANGUAGES, "en"]
    assert sorted(folder.name for folder in (ROOT / "locale").iterdir()) == sorted(LANGUAGES)


@in_each_language
def test_every_marked_sentence_is_translated(language: str) -> None:
    missing = untranslated(language)

    assert len(missing) == 0, f"Translate in {catalogue_path(language)}:\n" + "\n".join(missing)


@in_each_language
def test_a_sentence_with_a_plural_has_one_in_the_catalogue(language: str) -> None:
    known = entries(language)
    without = {
        f"{where}: {plural!r}"
        for key, plural, where in marked_messages()
        if plural and key in known and _forms(known[key].id)[1:] != (plural,)
    }

    assert not without, "\n".join(sorted(without))


@in_each_language
def test_the_catalogue_holds_nothing_that_is_not_marked(language: str) -> None:
    marked = {key for key, _plural, _where in marked_messages()}
    left_over = [singular for context, singular in entries(language) if (context, singular) not in marked]

    assert not left_over, "Nobody says this any more:\n" + "\n".join(left_over)
    assert not catalogue(language).obsolete


@in_each_language
def test_no_translation_is_a_guess(language: str) -> None:
    assert not [entry.id for entry in catalogue(language) if entry.id and entry.fuzzy]


@in_each_language
def test_translations_hold_the_same_placeholders(language: str) -> None:
    differing = []
    for entry in entries(language).values():
        wanted = [placeholders(form) for form in _forms(entry.id)]
        given = [placeholders(form) for form in _forms(entry.string)]
        if given != wanted and all(_forms(entry.string)):
            differing.append(f"{entry.id!r}: {entry.string!r}")

    assert not differing, "\n".join(differing)


@in_each_language
@pytest.mark.parametrize("edge", ["\n", " "])
def test_translations_begin_and_end_as_the_sentence_does(language: str, edge: str) -> None:
    differing = [
        entry.id
        for entry in entries(language).values()
        for said, meant in zip(_forms(entry.id), _forms(entry.string), strict=True)
        if (said.startswith(edge), said.endswith(edge)) != (meant.startswith(edge), meant.endswith(edge))
    ]

    assert not differing


@in_each_language
def test_no_sentence_takes_the_place_of_a_day_or_month(language: str) -> None:
    # A catalogue of ours goes before Django's: "May" without a context would rename the month.
    named = (dates.MONTHS, dates.MONTHS_3, dates.MONTHS_AP, dates.MONTHS_ALT, dates.WEEKDAYS, dates.WEEKDAYS_ABBR)
    with override("en"):
        words = {str(word) for names in named for word in names.values()}

    assert not [singular for context, singular in entries(language) if not context and singular in words]


@in_each_language
def test_every_catalogue_says_its_language_and_its_plurals(language: str) -> None:
    assert str(catalogue(language).locale) == language
    assert catalogue(language).num_plurals == 2


@pytest.mark.parametrize("words", DANISH_AND_SWEDISH_DIFFER, ids=str)
def test_danish_and_swedish_use_the_words_of_their_bookkeeping(words: tuple[str, str, str]) -> None:
    english, danish, swedish = words

    assert entries("da")["", english].string == danish
    assert entries("sv")["", english].string == swedish


def test_no_marked_sentence_is_put_together() -> None:
    built = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in _programs()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and any(isinstance(given, ast.JoinedStr | ast.BinOp) for given in call.args[: len(KEYWORDS[call.func.id])])
    ]

    assert not built, "The catalogue cannot know these; use placeholders:\n" + "\n".join(built)


def test_the_extraction_sees_programs_and_templates() -> None:
    places = {where.split("/")[0] for _key, _plural, where in marked_messages()}

    assert {"templates", "tenants", "customers", "invoicing"} <= places
