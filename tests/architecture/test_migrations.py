"""Migrations stand by themselves, say what they do, and can be taken back."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.sources import FLOORS, Module, calls, imports, modules

MIGRATIONS = [m for m in modules(packages=FLOORS) if m.is_migration and m.path.name != "__init__.py"]
# What a migration may take from the application: what its columns are made of.
MAY_IMPORT = ("tenants.scoping", "foundation.ids")
every_migration = pytest.mark.parametrize("module", MIGRATIONS, ids=lambda module: module.name)


@every_migration
def test_it_imports_nothing_that_may_change_under_it(module: Module) -> None:
    for name, line in imports(module):
        if name.split(".")[0] in FLOORS:
            assert name.startswith(MAY_IMPORT), f"line {line} imports {name}"


@every_migration
def test_its_name_says_what_it_does(module: Module) -> None:
    assert re.fullmatch(r"\d{4}_[a-z][a-z_]+\.py", module.path.name)
    assert "_auto_" not in module.path.name


@every_migration
def test_its_sql_is_a_list_of_statements_and_can_be_taken_back(module: Module) -> None:
    for called, call in calls(module):
        if called.endswith("RunSQL"):
            assert len(call.args) + len(call.keywords) >= 2, f"line {call.lineno} cannot be taken back"
            for argument in call.args:
                assert not isinstance(argument, ast.Constant), f"line {call.lineno} is not a list of statements"
        if called.endswith("RunPython"):
            assert len(call.args) + len(call.keywords) >= 2, f"line {call.lineno} cannot be taken back"


@every_migration
def test_it_leaves_ids_and_moments_to_the_application(module: Module) -> None:
    assert not re.search(r"\bDEFAULT\s+(now|clock_timestamp|gen_random_uuid|nextval)\b", module.text, re.IGNORECASE)
    assert not re.search(r"\b(BIG)?SERIAL\b", module.text)


@every_migration
def test_its_triggers_and_functions_know_their_table_and_their_path(module: Module) -> None:
    functions = re.findall(r"CREATE (?:OR REPLACE )?FUNCTION .*?\$\$", module.text, re.DOTALL)
    for function in functions:
        if "RETURNS trigger" in function or "SECURITY DEFINER" in function:
            assert "SET search_path" in function, function[:80]
    assert "TG_TABLE_NAME" not in module.text, "what a trigger stands on is told by TG_ARGV"
