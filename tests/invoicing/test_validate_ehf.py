"""validate_ehf prints what the rules say, as text and as JSON, and its exit code says whether all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from pytest_django.fixtures import Settings

from foundation.xml import MAX_BYTES
from invoicing.documents.ehf import core_xml
from tests.invoicing.document_builders import sample_credit_note, sample_document, sample_lines
from tests.invoicing.ehf_material import RULES, expectations, needs_rules


@pytest.fixture(autouse=True)
def packaged_rules_in_english(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.EHF_RULES_DIR = ""
    settings.DATA_DIR = tmp_path / "data"
    with translation.override("en"):
        yield


def run(*arguments: str) -> tuple[int, str]:
    """The command's exit code and what it printed."""
    printed = StringIO()
    try:
        call_command("validate_ehf", *arguments, stdout=printed)
    except CommandError as error:
        return error.returncode, printed.getvalue()
    return 0, printed.getvalue()


def written(folder: Path, name: str, data: bytes) -> str:
    file = folder / name
    file.write_bytes(data)
    return str(file)


def test_a_sound_file_is_accepted(tmp_path: Path) -> None:
    file = written(tmp_path, "a.xml", core_xml(sample_document()))
    code, text = run(file)
    assert code == 0
    assert f"{file}: accepted" in text
    assert "A newer release is mandatory by now" in text


def test_a_refused_file_says_why_and_exits_with_one(tmp_path: Path) -> None:
    lines = sample_lines({"unit_code": "PCE"})
    file = written(tmp_path, "a.xml", core_xml(sample_document(lines=lines)))
    code, text = run(file)
    assert code == 1
    assert f"{file}: refused" in text
    assert "refuses BR-CL-23: Line 1: Choose a unit from the list." in text


def test_json_has_the_promised_shape(tmp_path: Path) -> None:
    sound = written(tmp_path, "sound.xml", core_xml(sample_document()))
    broken = written(
        tmp_path, "broken.xml", core_xml(sample_document(kid="123", lines=sample_lines({"unit_code": "PCE"})))
    )
    own = written(tmp_path, "own.xml", core_xml(sample_credit_note(credits=None)))
    code, text = run("--json", sound, broken, own)
    answer: dict[str, Any] = json.loads(text)
    assert code == 1
    assert answer["rules"]["en16931"] == "1.3.16"
    assert answer["rules"]["source"] == "packaged"
    nothing: dict[str, list[str]] = {"fatal": [], "warning": [], "own": [], "own_warning": []}
    assert answer["files"] == [
        {"file": sound, "accepted": True, **nothing},
        {"file": broken, "accepted": False, **nothing, "fatal": ["BR-CL-23"], "own": ["BILAG-KID"]},
        {"file": own, "accepted": True, **nothing, "own": ["BILAG-CREDIT-REFERENCE"]},
    ]


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a/>", b" " * (MAX_BYTES + 9)]
)
def test_a_file_that_is_no_invoice_is_refused(data: bytes, tmp_path: Path) -> None:
    code, text = run("--json", written(tmp_path, "a.xml", data))
    assert code == 1
    [file] = json.loads(text)["files"]
    assert file["accepted"] is False
    assert file["fatal"] in (["XML"], ["ROOT"])


def test_a_missing_file_is_a_bad_argument(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.xml"))[0] == 2
    assert run(str(tmp_path))[0] == 2


def test_rules_that_cannot_be_used_are_refused_with_a_sentence(settings: Settings, tmp_path: Path) -> None:
    settings.EHF_RULES_DIR = str(tmp_path / "nothing")
    file = written(tmp_path, "a.xml", core_xml(sample_document()))
    assert run(file)[0] == 1


@needs_rules
def test_the_official_verdicts_on_every_case(settings: Settings) -> None:
    settings.EHF_RULES_DIR = str(RULES)
    names = list(expectations("cases"))
    _code, text = run("--json", *(str(RULES / "cases" / name) for name in names))
    answer = json.loads(text)
    assert answer["rules"]["peppol"] == "3.0.21"
    for name, file in zip(names, answer["files"], strict=True):
        expected = expectations("cases")[name]
        assert (file["fatal"], file["warning"]) == (sorted(expected["fatal"]), sorted(expected["warning"])), name
        assert file["accepted"] == (not file["fatal"])
