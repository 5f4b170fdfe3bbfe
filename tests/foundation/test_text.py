"""Typed text: what is kept as it is, what is tidied, what is refused by the field's name."""

from __future__ import annotations

import pytest
from django import forms

from foundation.text import PlainTextForm, UnprintableText, clean_line, clean_text, search_words

HARMLESS = [
    "=1+1",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "😀👩‍👩‍👧",
    "عبد الله",
    "Ærlig & Sønn «AS»",
    "{{ 7 }}",
]
UNPRINTABLE = ["a\x00b", "a\x07b", "a\x1bb", "a\u202eb", "a\u2066b", "a\uffffb", "a\ud800b"]


class Note(PlainTextForm, forms.Form):
    title = forms.CharField(label="Title", max_length=20)
    body = forms.CharField(label="Body", widget=forms.Textarea, required=False)


@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_can_be_shown_is_kept_as_it_is(text: str) -> None:
    assert clean_line(text) == text
    assert clean_text(text) == text


@pytest.mark.parametrize("text", UNPRINTABLE)
def test_what_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(UnprintableText):
        clean_line(text)
    with pytest.raises(UnprintableText):
        clean_text(text)


def test_a_line_has_no_breaks_and_text_has_plain_ones() -> None:
    with pytest.raises(UnprintableText):
        clean_line("one\ntwo")
    assert clean_text("one\r\ntwo\rthree\n") == "one\ntwo\nthree"


def test_letters_are_composed_and_space_around_is_dropped() -> None:
    assert clean_line("  A\u030ase\t1 ") == "Åse 1"


def test_a_search_leaves_out_what_no_name_holds() -> None:
    assert search_words("  Ber\x00g\u202e ") == "Berg"
    assert len(search_words("x" * 5000)) == 100


def test_a_form_refuses_by_the_name_of_the_field() -> None:
    form = Note({"title": "a\x00b", "body": "fine\r\nhere"})
    assert not form.is_valid()
    assert "Title" in form.errors["title"][0]
    assert form.cleaned_data["body"] == "fine\nhere"
    assert form["title"].value() == "a\x00b"  # nothing that was typed is lost


def test_a_form_refuses_text_that_is_too_long() -> None:
    form = Note({"title": "x" * 10_000})
    assert not form.is_valid()
    assert list(form.errors) == ["title"]
