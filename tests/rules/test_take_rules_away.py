"""A test that names a rule fails when the rule is taken away: the table is checked always, all of it is run in full."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.behaviours.marks import read_marks
from tests.builders import IS_FULL
from tests.rules.table import RULES, CodeRule, DatabaseRule, Rule
from tests.rules.taking_away import ROOT, RuleIsMissing, complaint_without, copy_source, run_tests, without

SAMPLE = ("M-045",)  # what a quick run takes away: the test of this one needs no database
LEAST = 15
RUN = [rule for rule in RULES if IS_FULL or rule.id in SAMPLE]


def identity(rule: Rule) -> str:
    return rule.id


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source, to be broken."""
    return copy_source(tmp_path_factory.mktemp("rules") / "tree")


@pytest.mark.parametrize("rule", RULES, ids=identity)
def test_each_rule_stands_where_the_table_says_and_its_test_names_it(rule: Rule) -> None:
    if isinstance(rule, CodeRule):
        text = (ROOT / rule.file).read_text(encoding="utf-8")
        assert ast.dump(ast.parse(without(rule, text))) != ast.dump(ast.parse(text))
    if rule.guard is not None:
        migrations = [path.read_text(encoding="utf-8") for path in ROOT.glob("*/migrations/*.py")]
        assert any(rule.guard.name in text for text in migrations)
    file, _colon, name = rule.test.partition("::")
    assert [test.named for test in read_marks().of(rule.id) if (test.file, test.name) == (file, name)], rule.test


def test_the_sample_is_large_enough_and_holds_rules_of_the_database() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= LEAST
    assert sum(isinstance(rule, DatabaseRule) for rule in RULES) >= 3
    assert len(RUN) >= 1


def test_a_piece_that_has_moved_is_told() -> None:
    with pytest.raises(RuleIsMissing, match="stands 0 times"):
        without(CodeRule("M-000", "", "x.py", "if rule:", "if False:"), "if another:\n    pass\n")


@pytest.mark.skipif(not IS_FULL, reason="the suite runs them itself; bin/test --full runs them in the copy, too")
def test_with_every_rule_in_place_the_tests_pass(tree: Path) -> None:
    code, output = run_tests(tree, [rule.test for rule in RULES])
    assert code == 0, output


@pytest.mark.parametrize("rule", RUN, ids=identity)
def test_without_the_rule_its_test_fails(rule: Rule, tree: Path) -> None:
    assert complaint_without(rule, tree) == ""
