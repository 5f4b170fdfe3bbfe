"""The house stands as it was drawn: floors, news that travel up, money without floats, one door to the background."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

from config.celery import app as celery_app
from foundation.background import UnknownTask, start_task
from invoicing.frozen import (
    CHAIN_COLUMNS,
    DRAFT_COLUMNS,
    INVOICE_COLUMNS,
    LATER_INVOICE_COLUMNS,
    LATER_LINE_COLUMNS,
    LINE_COLUMNS,
)
from invoicing.models import Invoice, InvoiceLine
from tenants.audit_words import VERBS
from tenants.notice_words import TITLES
from tenants.scoping import OrganizationForeignKey, OrganizationManager, OrganizationOwned
from tests.architecture.sources import FLOORS, ROOT, Module, calls, imports, modules

CODE = [module for module in modules(packages=FLOORS) if not module.is_migration]
MODELS = [model for model in apps.get_models() if model._meta.app_label in FLOORS]
OWNED = [model for model in MODELS if issubclass(model, OrganizationOwned)]
TASK_NAME = re.compile(rf"^({'|'.join(FLOORS)})\.[a-z_]+$")
# The few who may make text that templates do not escape: markup built by format_html, and constants.
UNESCAPED = {"foundation/templatetags/components.py", "invoicing/templatetags/draft_lines.py"}
# Where a measure is no money: channels of light, seconds of a pause.
FLOATS = {"invoicing/documents/printed/page.py", "tenants/relay.py"}
MONEY = {"foundation/money.py", "invoicing/calculation.py", "invoicing/posting.py", "payments/ledger.py"}


def floor(app: str) -> int:
    return FLOORS.index(app)


def foreign_keys(model: type[models.Model]) -> Iterator[models.ForeignKey[models.Model, models.Model]]:
    return (field for field in model._meta.local_fields if isinstance(field, models.ForeignKey))


def test_modules_import_from_their_own_floor_and_those_below() -> None:
    upward = [
        f"{module.name}:{line} imports {name}"
        for module in CODE
        for name, line in imports(module)
        if name.split(".")[0] in FLOORS and floor(name.split(".")[0]) > floor(module.app)
    ]

    assert upward == []


def test_foreign_keys_point_down() -> None:
    upward = [
        str(field)
        for model in MODELS
        for field in foreign_keys(model)
        if floor(field.related_model._meta.app_label) > floor(model._meta.app_label)
    ]

    assert upward == []


def test_references_within_the_organization_are_composite() -> None:
    plain = [
        str(field)
        for model in MODELS
        for field in foreign_keys(model)
        if issubclass(field.related_model, OrganizationOwned) and not isinstance(field, OrganizationForeignKey)
    ]

    assert plain == []
    # The table in between that Django would make carries no organization.
    assert [model for model in OWNED if model._meta.local_many_to_many] == []


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_an_owned_model_is_reached_through_the_one_manager(model: type[models.Model]) -> None:
    assert model._meta.base_manager_name == "objects"
    assert [manager.name for manager in model._meta.managers] == ["objects"]
    assert isinstance(model._meta.base_manager, OrganizationManager)
    assert model.save is models.Model.save, "no save() of its own"
    assert model.delete is models.Model.delete, "no delete() of its own"


def test_nobody_receives_signals() -> None:
    signals = re.compile(r"(^|\.)signals(\.|$)|^django\.dispatch")

    assert [f"{m.name}:{line} imports {name}" for m in CODE for name, line in imports(m) if signals.search(name)] == []


def test_rows_are_asked_for_by_organization() -> None:
    assert [module.name for module in CODE if re.search(r"\bobjects\.all\(\)", module.text)] == []
    # A view asks through queries.
    doors = [module for module in CODE if module.is_room("views") or module.is_room("api")]
    assert [module.name for module in doors if ".objects" in module.text] == []


def calls_of(names: set[str], *, but_in: set[str]) -> list[str]:
    """Every call of these names, whatever they are called on."""
    return [
        f"{module.name}:{call.lineno} {called}()"
        for module in CODE
        if module.name not in but_in
        for called, call in calls(module)
        if called.rsplit(".", 1)[-1] in names
    ]


def test_background_work_starts_through_one_door() -> None:
    assert calls_of({"delay", "apply_async", "send_task"}, but_in={"foundation/background.py"}) == []


def test_no_text_passes_the_escaping() -> None:
    assert calls_of({"mark_safe", "SafeString"}, but_in=UNESCAPED) == []


def test_amounts_are_never_floats() -> None:
    assert calls_of({"float"}, but_in=FLOATS) == []
    assert [str(f) for model in MODELS for f in model._meta.local_fields if isinstance(f, models.FloatField)] == []
    constants = [
        f"{module.name}:{node.lineno}"
        for module in CODE
        if module.name in MONEY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert constants == []


def test_nobody_but_the_limiter_uses_the_cache_directly() -> None:
    direct = [
        f"{module.name}:{line} imports {name}"
        for module in CODE
        for name, line in imports(module)
        # Counts of who does something too often hold nothing of an organization.
        if name.startswith("django.core.cache") and module.name != "foundation/limits.py"
    ]

    assert direct == []


def test_every_task_that_is_named_exists() -> None:
    unknown = [
        f"{module.name}:{node.lineno} names {node.value}"
        for module in CODE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TASK_NAME.match(node.value)
        if node.value not in celery_app.tasks and not _names_something_else(node.value)
    ]

    assert unknown == []


def _names_something_else(name: str) -> bool:
    """A module, a package, a model or a file of a room, a verb of the audit trail, or the title of a notice."""
    if name in VERBS or name in TITLES:
        return True
    app, noun = name.split(".")
    if (ROOT / app / noun).is_dir() or (ROOT / app / f"{noun}.py").exists():
        return True
    return noun in {model._meta.model_name for model in apps.get_app_config(app).get_models()}


def test_every_name_in_the_timetable_and_the_routes_exists() -> None:
    named = {entry["task"] for entry in celery_app.conf.beat_schedule.values()} | set(celery_app.conf.task_routes)

    assert named
    assert named <= set(celery_app.tasks)


def test_an_unknown_task_name_fails_at_once() -> None:
    with pytest.raises(UnknownTask):
        start_task("invoicing.misspelt")


def test_ids_and_moments_are_made_by_the_application() -> None:
    made_elsewhere = [
        str(field)
        for model in MODELS
        for field in model._meta.local_fields
        # A constant for rows that a release before the column writes is no id and no moment.
        if not (field.db_default is models.NOT_PROVIDED or isinstance(field.db_default, models.Value | str))
        or isinstance(field, models.AutoField)
        or (isinstance(field, models.DateField) and (field.auto_now or field.auto_now_add))
    ]

    assert made_elsewhere == []


@pytest.mark.parametrize(
    ("model", "frozen", "chained"),
    [
        (Invoice, (*INVOICE_COLUMNS, *LATER_INVOICE_COLUMNS), CHAIN_COLUMNS | DRAFT_COLUMNS),
        (InvoiceLine, (*LINE_COLUMNS, *LATER_LINE_COLUMNS), frozenset()),
    ],
)
def test_the_frozen_columns_are_all_columns(
    model: type[models.Model], frozen: tuple[str, ...], chained: frozenset[str]
) -> None:
    columns = {field.column for field in model._meta.concrete_fields}

    assert columns == set(frozen) | chained, "a column that is not frozen, or a frozen one that is gone"
    assert len(frozen) == len(set(frozen))
    assert not set(frozen) & chained


def test_the_models_and_the_migrations_say_the_same() -> None:
    with translation.override(None):  # migrations hold the words as they stand in the source
        loader = MigrationLoader(None)
        autodetector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        changes = autodetector.changes(graph=loader.graph)

    assert {app: [str(migration.operations) for migration in found] for app, found in changes.items()} == {}


def test_the_rooms_stand_where_they_were_drawn() -> None:
    rooms: dict[str, list[Module]] = {}
    for module in CODE:
        rooms.setdefault(module.app, []).append(module)

    assert set(rooms) == set(FLOORS)
    assert all((ROOT / app / "__init__.py").exists() for app in FLOORS)
