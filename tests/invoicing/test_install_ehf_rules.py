"""install_ehf_rules tries new rules before it uses them, keeps two sets, and switches in one step."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from invoicing.documents.ehf import core_xml
from invoicing.documents.ehf_rules.engine import validator_for
from invoicing.documents.ehf_rules.rule_sets import installation_folder, installed_sets, packaged_set, rules_in_force
from tests.invoicing.document_builders import sample_document
from tests.invoicing.ehf_material import RULES, TODAY, needs_rules
from tests.invoicing.test_ehf_rules import PATTERN, written_rules


@pytest.fixture(autouse=True)
def empty_data_folder(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.EHF_RULES_DIR = ""
    settings.DATA_DIR = tmp_path / "data"
    with translation.override("en"):
        yield


def run(*arguments: str) -> tuple[int, str]:
    """The command's exit code and what it printed or said."""
    printed = StringIO()
    try:
        call_command("install_ehf_rules", *arguments, stdout=printed)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, printed.getvalue()


def release(number: int) -> str:
    return f"2026 May release 3.0.{number}"


def test_rules_are_installed_and_in_force_from_their_day(tmp_path: Path) -> None:
    code, text = run(str(written_rules(tmp_path / "new")), "--mandatory-from", "2026-08-17")
    assert code == 0
    assert "Peppol BIS 3.0.21" in text
    assert rules_in_force(date(2026, 8, 16)) == packaged_set()
    rules = rules_in_force(date(2026, 8, 17))
    assert (rules.source, rules.peppol) == ("installed", "3.0.21")
    broken, _root = validator_for(rules).broken_rules(core_xml(sample_document()))
    assert [rule.rule for rule in broken] == ["BR-X", "R-X"]


def test_json_says_what_was_installed_and_what_is_in_force(tmp_path: Path) -> None:
    folder = str(written_rules(tmp_path / "new"))
    later = (timezone.localdate() + timedelta(days=30)).isoformat()
    code, text = run(folder, "--json", "--mandatory-from", later)
    answer: dict[str, Any] = json.loads(text)
    assert code == 0
    assert answer["installed"]["mandatory_from"] == later
    assert answer["is_new"] is True
    assert answer["in_force"]["source"] == "packaged"


def test_installing_twice_is_as_good_as_once(tmp_path: Path) -> None:
    folder = str(written_rules(tmp_path / "new"))
    run(folder)
    code, text = run(folder, "--mandatory-from", "2026-09-01")
    assert code == 0
    assert text.startswith("Already installed")
    assert [rules.mandatory_from for rules in installed_sets()] == [date(2026, 9, 1)]


def test_two_sets_are_kept_and_the_one_in_force_is_never_dropped(tmp_path: Path) -> None:
    today = timezone.localdate()
    days = [today - timedelta(days=400), today - timedelta(days=30), today + timedelta(days=60)]
    for number, day in enumerate([*days, today + timedelta(days=200)], 18):
        folder = written_rules(tmp_path / str(number), release(number))
        assert run(str(folder), "--mandatory-from", day.isoformat())[0] == 0
    assert [rules.peppol for rules in installed_sets()] == ["3.0.19", "3.0.21"]
    assert rules_in_force(today).peppol == "3.0.19"
    assert rules_in_force(today + timedelta(days=200)).peppol == "3.0.21"


def refused(folder: Path) -> str:
    """The sentence of a refusal that left nothing behind."""
    code, text = run(str(folder))
    assert code == 1
    assert installed_sets() == ()
    assert (
        not installation_folder().is_dir()
        or [path for path in installation_folder().iterdir() if path.name != ".compiled"] == []
    )
    return text


def test_a_folder_that_holds_no_rules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "is missing" in refused(tmp_path / "empty")


def test_rules_that_do_not_compile_are_refused(tmp_path: Path) -> None:
    folder = written_rules(tmp_path / "new")
    (folder / "sch" / "Other.sch").write_text(PATTERN.format("<extends rule='x'/>"))
    assert "Other.sch holds rules that cannot be compiled" in refused(folder)
    (folder / "sch" / "Other.sch").unlink()
    peppol = folder / "sch" / "PEPPOL-EN16931-UBL.sch"
    peppol.write_text(peppol.read_text().replace("false()", "1 +* 2"))
    assert "cannot be used" in refused(folder)


def test_a_broken_schema_is_refused(tmp_path: Path) -> None:
    folder = written_rules(tmp_path / "new")
    (folder / "xsd" / "maindoc" / "UBL-Invoice-2.1.xsd").write_text("<a/>")
    assert "cannot be used" in refused(folder)


def test_rules_that_misjudge_an_example_beside_them_are_refused(tmp_path: Path) -> None:
    folder = written_rules(tmp_path / "new")
    (folder / "cases").mkdir()
    (folder / "cases" / "01.xml").write_bytes(core_xml(sample_document()))
    expectations: dict[str, dict[str, list[str]]] = {"01.xml": {"fatal": [], "warning": []}}
    (folder / "cases" / "EXPECTED.json").write_text(json.dumps(expectations))
    assert "judge the example 01.xml wrongly: they find R-X, BR-X" in refused(folder)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = written_rules(tmp_path / "new")
    (folder / "sch" / "Link.sch").symlink_to(folder / "sch" / "CEN-EN16931-UBL.sch")
    assert "not an ordinary file" in refused(folder)


@pytest.mark.parametrize("arguments", [("/no/such/folder",), (".", "--mandatory-from", "soon"), ()])
def test_bad_arguments(arguments: tuple[str, ...]) -> None:
    if len(arguments) == 1:
        assert run(*arguments)[0] == 2
    else:
        with pytest.raises(CommandError):
            call_command("install_ehf_rules", *arguments)


@needs_rules
def test_the_rules_in_force_install_with_all_their_examples() -> None:
    code, text = run(str(RULES), "--json")
    assert code == 0
    answer = json.loads(text)
    assert answer["examples"] > 100
    assert answer["in_force"]["peppol"] == "3.0.21"
    rules = rules_in_force(TODAY)
    assert (rules.source, rules.is_outdated(TODAY)) == ("installed", False)
    shutil.rmtree(installation_folder())
    assert installed_sets() == ()
