"""Rooms stay small enough to read: functions, modules, parameters, views, tasks and actions."""

from __future__ import annotations

import ast
from functools import cache

from tests.architecture.sources import Function, Module, decorators, length, modules, parameters

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
PARAMETERS_MAX = 7
VIEW_LINES_MAX = 30
TASK_LINES_MAX = 25
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "service", "misc"}
PROMISING_ROOMS = ("actions", "queries", "ledger", "numbering", "calculation", "posting", "matching")
# Methods whose signature the framework gives.
FRAMEWORK_METHODS = {"save_user", "_set_autocommit"}

MODULES = [module for module in modules() if not module.is_migration]


@cache
def functions() -> list[tuple[Module, Function]]:
    return [(module, function) for module in MODULES for function in module.functions()]


def test_modules_are_short() -> None:
    lines = {module.name: len(module.text.splitlines()) for module in MODULES}

    assert {name: count for name, count in lines.items() if count > MODULE_LINES_MAX} == {}


def test_modules_say_what_they_are_for() -> None:
    speaking = [module for module in MODULES if module.path.name not in {"apps.py", "__init__.py"}]
    silent = [module.name for module in speaking if module.tree.body and not ast.get_docstring(module.tree)]

    assert silent == []


def test_modules_are_named_by_a_noun_of_the_field() -> None:
    assert [module.name for module in MODULES if FORBIDDEN_NAMES & set(module.path.with_suffix("").parts[-3:])] == []


def test_functions_are_short() -> None:
    long = {f"{module.name}: {function.name}": length(function) for module, function in functions()}

    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES_MAX} == {}


def test_functions_take_few_parameters() -> None:
    many = {f"{module.name}: {function.name}": parameters(function) for module, function in functions()}

    assert {name: count for name, count in many.items() if count > PARAMETERS_MAX} == {}


def test_views_and_tasks_are_doors() -> None:
    limits = {"organization_view": VIEW_LINES_MAX, "shared_task": TASK_LINES_MAX}
    long = [
        f"{module.name}: {function.name} has {length(function)} lines"
        for module, function in functions()
        for decorator in decorators(function)
        if length(function) > limits.get(decorator, FUNCTION_LINES_MAX)
    ]

    assert long == []


def test_rules_and_actions_say_what_they_promise() -> None:
    silent = [
        f"{module.name}: {node.name}"
        for module in MODULES
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
        if any(module.is_room(room) for room in PROMISING_ROOMS)
    ]

    assert silent == []


def test_who_acts_and_when_are_given_by_name() -> None:
    by_position = [
        f"{module.name}: {function.name}({argument.arg})"
        for module, function in functions()
        if module.is_room("actions") and not function.name.startswith("_")
        for argument in [*function.args.posonlyargs, *function.args.args]
        if argument.arg in {"actor", "now"}
    ]

    assert by_position == []


def test_no_truth_value_is_given_by_position() -> None:
    by_position = [
        f"{module.name}: {function.name}({argument.arg})"
        for module, function in functions()
        if function.name not in FRAMEWORK_METHODS
        for argument in [*function.args.posonlyargs, *function.args.args]
        if argument.annotation is not None and ast.unparse(argument.annotation) == "bool"
    ]

    assert by_position == []
