"""Every sentence that is marked for translation stands in the Norwegian catalogue, with the same placeholders."""

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
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "nb" / "LC_MESSAGES" / "django.po"
ROOMS = ("config", "customers", "foundation", "invoicing", "payments", "tenants")
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
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|%%")

Key = tuple[str, str]  # context, singular
Found = tuple[Key, str, str]  # key, plural, where


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


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nb", abort_invalid=True)


def entries() -> dict[Key, Entry]:
    return {(entry.context or "", _forms(entry.id)[0]): entry for entry in catalogue() if entry.id}


def _forms(words: object) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)  # type: ignore[arg-type]


def placeholders(words: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(words))


def test_every_marked_sentence_is_translated() -> None:
    known = entries()
    missing = {
        f"{where}: {singular!r}"
        for (context, singular), _plural, where in marked_messages()
        if (context, singular) not in known or not all(_forms(known[context, singular].string))
    }

    assert not missing, "Translate in locale/nb/LC_MESSAGES/django.po:\n" + "\n".join(sorted(missing))


def test_a_sentence_with_a_plural_has_one_in_the_catalogue() -> None:
    known = entries()
    without = {
        f"{where}: {plural!r}"
        for key, plural, where in marked_messages()
        if plural and key in known and _forms(known[key].id)[1:] != (plural,)
    }

    assert not without, "\n".join(sorted(without))


def test_the_catalogue_holds_nothing_that_is_not_marked() -> None:
    marked = {key for key, _plural, _where in marked_messages()}
    left_over = [singular for context, singular in entries() if (context, singular) not in marked]

    assert not left_over, "Nobody says this any more:\n" + "\n".join(left_over)
    assert not catalogue().obsolete


def test_no_translation_is_a_guess() -> None:
    assert not [entry.id for entry in catalogue() if entry.id and entry.fuzzy]


def test_translations_hold_the_same_placeholders() -> None:
    differing = []
    for entry in entries().values():
        wanted = [placeholders(form) for form in _forms(entry.id)]
        given = [placeholders(form) for form in _forms(entry.string)]
        if given != wanted and all(_forms(entry.string)):
            differing.append(f"{entry.id!r}: {entry.string!r}")

    assert not differing, "\n".join(differing)


@pytest.mark.parametrize("edge", ["\n", " "])
def test_translations_begin_and_end_as_the_sentence_does(edge: str) -> None:
    differing = [
        entry.id
        for entry in entries().values()
        for said, meant in zip(_forms(entry.id), _forms(entry.string), strict=True)
        if (said.startswith(edge), said.endswith(edge)) != (meant.startswith(edge), meant.endswith(edge))
    ]

    assert not differing


def test_no_marked_sentence_is_put_together() -> None:
    built = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in _programs()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and any(isinstance(given, ast.JoinedStr | ast.BinOp) for given in call.args)
    ]

    assert not built, "The catalogue cannot know these; use placeholders:\n" + "\n".join(built)


def test_the_extraction_sees_programs_and_templates() -> None:
    places = {where.split("/")[0] for _key, _plural, where in marked_messages()}

    assert {"templates", "tenants", "customers", "invoicing"} <= places
