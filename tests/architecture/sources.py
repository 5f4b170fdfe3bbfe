"""The house's own source, read once: modules, functions and what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FLOORS = (
    "foundation",
    "tenants",
    "customers",
    "payments",
    "invoicing",
    "billing_backlog",
    "reminders",
    "accounting_sync",
    "config",
)
PACKAGES = (*FLOORS, "machine", "bench")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file with its text; its tree is read when a rule asks for it."""

    path: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        """What Python reads in the text."""
        return _tree_of(self)

    @property
    def name(self) -> str:
        """The path from the repository's root."""
        return str(self.path.relative_to(ROOT))

    @property
    def app(self) -> str:
        """The package that it belongs to."""
        return self.path.relative_to(ROOT).parts[0]

    @property
    def is_migration(self) -> bool:
        """Whether Django runs it once."""
        return "migrations" in self.path.parts

    def functions(self) -> Iterator[Function]:
        """Every function and method, also those inside others."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def is_room(self, room: str) -> bool:
        """Whether the module is that room of its app, or a part of it: views.py or views/…"""
        parts = self.path.relative_to(ROOT / self.app).with_suffix("").parts
        return bool(parts) and parts[0] == room


@cache
def modules(*, packages: tuple[str, ...] = PACKAGES) -> tuple[Module, ...]:
    """Every module of the packages, in the order of their paths."""
    paths = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(Module(path, path.read_text(encoding="utf-8")) for path in paths)


@cache
def _tree_of(module: Module) -> ast.Module:
    return ast.parse(module.text)


def decorators(function: Function) -> set[str]:
    """The names of a function's decorators, without what they are called with."""
    names = set()
    for decorator in function.decorator_list:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(ast.unparse(node).rsplit(".", 1)[-1])
    return names


def length(function: Function) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: Function) -> int:
    """How many parameters a caller may give."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in every if argument.arg not in {"self", "cls"}])


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Every imported module with its line, `from x import y` as x.y."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the source of what is called."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
