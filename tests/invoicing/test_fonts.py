"""Text for paper: everything that is shown has a glyph, nothing that is shown turns the words around it."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents import fonts
from invoicing.documents.fonts import (
    FontSet,
    FontsMissing,
    PrintableCharacters,
    font_set,
    printable,
    private_fontconfig,
    unprintable_characters,
)

NORDIC = "æøåÆØÅäöÄÖéüžščřđŋŧþðß−–—«»€·½²³ Ελληνικά Кирилица"


def test_the_letters_of_our_customers_are_shown() -> None:
    assert printable(NORDIC) == NORDIC
    assert unprintable_characters(NORDIC) == ""


def test_invisible_characters_are_left_out_and_line_breaks_kept() -> None:
    assert printable("a\x00b\x07c\u200bd\ufeffe\u00adf\u2060g\ufe0fh") == "abcdefgh"
    assert printable("a\u2028b\u0085c\nd\te") == "a\nb\nc\nd\te"


def test_a_sign_that_turns_the_direction_is_left_out() -> None:
    assert printable("faktura\u202egpj.exe\u2066x\u2069") == "fakturagpj.exex"


def test_a_letter_and_its_accent_become_one_character() -> None:
    assert printable("e\u0301 A\u030a") == "é Å"


def test_a_character_that_no_font_has_is_replaced_and_named() -> None:
    shown = printable("\ue000x\ud800")
    assert len(shown) == 3
    assert shown[0] == shown[2] == ("\ufffd" if font_set().shows(0xFFFD) else "?")
    assert unprintable_characters("\ue000x\ue000") == "\ue000"


def test_a_form_without_glyph_is_shown_as_the_plain_letter() -> None:
    only_capitals = PrintableCharacters(FontSet(Path(), "", (ord("A"),), (ord("Z"),)))
    assert "\uff21\u2163x\u3000".translate(only_capitals) == "AIV? "


@given(st.text())
def test_whatever_is_typed_only_known_characters_reach_the_paper(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    for character in shown:
        known = character in "\n\t ?" or ord(character) in fonts.JOINERS or font_set().shows(ord(character))
        assert known
        assert unicodedata.bidirectional(character) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }


def test_the_renderer_sees_only_the_chosen_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    with private_fontconfig() as chosen:
        configuration = Path(os.environ["FONTCONFIG_FILE"]).read_text()
    assert os.environ["FONTCONFIG_FILE"] == "/etc/fonts/fonts.conf"
    assert configuration.count("<dir>") == 1
    assert str(chosen.folder) in configuration
    assert {"LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"} <= set(os.listdir(chosen.folder / "files"))


def test_the_same_files_give_the_same_set_in_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = font_set()
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    second = font_set.__wrapped__()
    assert second.digest == first.digest
    assert (second.starts, second.ends) == (first.starts, first.ends)
    assert second.folder.is_relative_to(tmp_path)
    assert font_set.__wrapped__().folder == second.folder


def test_a_machine_without_the_base_fonts_is_told_which_package_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "FONT_FOLDERS", (tmp_path,))
    with pytest.raises(FontsMissing, match="fonts-liberation2"):
        font_set.__wrapped__()
