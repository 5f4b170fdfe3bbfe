"""Words in braces: filled in, kept apart from what only looks like them, and refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.dispatching import letters
from invoicing.dispatching.enclosures import file_name
from invoicing.dispatching.letter_words import WORDS, letter_words
from invoicing.documents.words import LANGUAGES

VALUES = dict.fromkeys(letters.PLACEHOLDERS, "") | {"number": "10042", "customer": "{number} AS"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("Faktura {number}", "Faktura 10042"),
        ("Faktura { number }", "Faktura 10042"),
        ("Til {customer}", "Til {number} AS"),
        ("100 {{kr}}", "100 {kr}"),
        ("{{{number}}}", "{10042}"),
        ("", ""),
    ],
)
def test_words_are_filled_in_once(template: str, told: str) -> None:
    assert letters.fill(template, VALUES) == told


@pytest.mark.parametrize(
    ("template", "part", "is_word"),
    [
        ("Hei {nummer}", "{nummer}", True),
        ("Hei {", "{", False),
        ("Hei }", "}", False),
        ("Hei {}", "{}", True),
        ("Hei {number", "{", False),
        ("{number.__class__}", "{number.__class__}", True),
        ("{number!r}", "{number!r}", True),
    ],
)
def test_what_cannot_be_filled_in_is_named(template: str, part: str, is_word: bool) -> None:  # noqa: FBT001 - a table
    with pytest.raises(letters.BadTemplate) as refusal:
        letters.check(template)

    assert (refusal.value.part, refusal.value.is_word) == (part, is_word)


@given(TEXT, TEXT)
def test_a_prefilled_text_says_the_same_when_it_is_filled_in_later(customer: str, plain: str) -> None:
    values = VALUES | {"customer": customer}
    template = f"{letters.quote(plain)} {{customer}} {{{{x}}}} {{link}}"
    whole = values | {"link": "https://bilag.example/i/1/"}

    assert letters.fill(letters.prefill(template, values), whole) == letters.fill(template, whole)


@given(TEXT)
def test_quoted_text_says_just_that(text: str) -> None:
    assert letters.fill(letters.quote(text), {}) == text


@given(TEXT)
def test_a_subject_and_a_file_name_break_no_header(text: str) -> None:
    assert not {"\r", "\n", "\0"} & set(letters.one_line(text).replace("\0", ""))
    assert not {"\r", "\n", "\0", '"', "/", "\\"} & set(file_name(text))


def test_every_built_in_text_can_be_filled_in_every_language() -> None:
    for language in LANGUAGES:
        words = letter_words(language)
        for purpose in letters.PURPOSES:
            letters.check(words[f"subject_{purpose}"])
            letters.check(words[f"body_{purpose}"])
    assert all(all(forms) for forms in WORDS.values())
