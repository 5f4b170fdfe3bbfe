"""docs/coverage.md is what the marks say, no mark names what is not there, and no rule of work goes without a test."""

from __future__ import annotations

from pathlib import Path

from tests.behaviours.marks import IN_NAME, behaviours, read_marks
from tests.behaviours.owed import MUST_HAVE_TESTS
from tests.behaviours.page import PAGE, written_page

AGAIN = "Write docs/coverage.md anew: python3 -m tests.behaviours"


def test_the_page_says_what_the_marks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == written_page(), AGAIN


def test_every_mark_names_a_behaviour_and_stands_on_a_test() -> None:
    known, marks = {each.id for each in behaviours()}, read_marks()
    assert {(test.name, name) for test in marks.tests for name in test.named if name not in known} == set()
    assert marks.strays == (), "Name behaviours inside a test."


def test_work_its_billing_and_runs_have_a_test_for_each_behaviour() -> None:
    marks = read_marks()
    owed = {f"M-{number:03}" for number in MUST_HAVE_TESTS}
    assert {each for each in owed if not marks.of(each)} == set()


def test_the_list_has_every_number_once() -> None:
    listed = behaviours()
    assert [each.id for each in listed] == [f"M-{number:03}" for number in range(1, 160)]
    assert all(each.words and not each.words.endswith(".") for each in listed)
    assert {each.is_rule for each in listed} == {True, False}


def test_a_mark_is_read_from_name_docstring_and_comment_and_a_stray_is_told(tmp_path: Path) -> None:
    module = tmp_path / "tests" / "test_x.py"
    module.parent.mkdir()
    id_ = "M-0"  # in parts, so that this test names nothing itself
    lines = [f"# {id_}41", "def test_m_042_c6_it() -> None:", f'    """{id_}43 to {id_}45."""', f"    pass  # {id_}47"]
    module.write_text("\n".join([*lines, ""]), encoding="utf-8")
    marks = read_marks(module.parent)
    names = [f"{id_}{number}" for number in (42, 43, 44, 45, 47)]
    assert [(test.name, list(test.named)) for test in marks.tests] == [("test_m_042_c6_it", names)]
    assert marks.strays == ("tests/test_x.py:1",)
    assert IN_NAME.findall("test_room_042_is_no_mark") == []
