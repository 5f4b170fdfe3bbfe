"""The schema editor: keys, foreign keys and row security of every table that belongs to an organization."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, cast

from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql import schema
from django.db.models import Field, Model

POLICY = "organization_rows"
# How long a migration waits for a table in use: requests queue behind one that waits. A migration that needs longer
# begins with RunSQL("SET LOCAL lock_timeout = …") and says why.
LOCK_TIMEOUT = "2s"
OPEN_ORGANIZATION = "nullif(current_setting('app.organization_id', true), '')::uuid"


def is_owned(model: type[Model]) -> bool:
    """Whether the model's rows belong to an organization."""
    return any(field.column == "organization_id" and not field.primary_key for field in model._meta.local_fields)


def is_organization(model: type[Model]) -> bool:
    """Whether the model is the organization itself; migrations know it by its name alone."""
    return model._meta.label_lower == "tenants.organization"


class SchemaEditor(schema.DatabaseSchemaEditor):
    # So that AddField makes its foreign key through _create_fk_sql below.
    sql_create_column_inline_fk: Any = None

    def __enter__(self) -> Self:
        editor = super().__enter__()
        if not self.collect_sql:
            with self.connection.cursor() as cursor:
                scope = "LOCAL" if self.atomic_migration else "SESSION"
                cursor.execute(f"SET {scope} lock_timeout = '{LOCK_TIMEOUT}'")
        return editor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if not self.collect_sql and not self.atomic_migration:
            with self.connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if is_owned(model):
            self._secure_rows(model._meta.db_table, "organization_id")
        elif is_organization(model):
            self._secure_rows(model._meta.db_table, "id")

    def table_sql(self, model: type[Model]) -> tuple[str, list[Any]]:
        sql, params = super().table_sql(model)
        if is_owned(model):
            assert sql.endswith(")"), sql
            key = self._pk_constraint_sql(("organization_id", str(model._meta.pk.column)))
            sql = f"{sql[:-1]}, {key})"
        return sql, params

    def _iter_column_sql(
        self, column_db_type: str, params: list[Any], model: type[Model], field: Field[Any, Any], *rest: Any
    ) -> Iterator[str]:
        for part in super()._iter_column_sql(column_db_type, params, model, field, *rest):  # type: ignore[misc]
            if part == "PRIMARY KEY" and is_owned(model):
                continue  # the table's key is (organization_id, id), added by table_sql
            yield part

    def _pk_constraint_sql(self, columns: tuple[str, ...]) -> str:
        return f"PRIMARY KEY ({', '.join(self.quote_name(column) for column in columns)})"

    def _create_fk_sql(self, model: type[Model], field: Field[Any, Any], suffix: str) -> Statement:
        statement: Statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        if not getattr(field, "is_within_organization", False):
            return statement
        target = field.target_field  # type: ignore[attr-defined]
        statement.parts["column"] = Columns(
            model._meta.db_table, ["organization_id", str(field.column)], self.quote_name
        )
        statement.parts["to_column"] = Columns(
            target.model._meta.db_table, ["organization_id", target.column], self.quote_name
        )
        statement.parts["deferrable"] = cast("Any", "")  # a deferred check loses its message on a sharded server
        return statement

    def _secure_rows(self, table: str, column: str) -> None:
        name = self.quote_name(table)
        own = f"{self.quote_name(column)} = {OPEN_ORGANIZATION}"
        self.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        self.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        self.execute(f"CREATE POLICY {POLICY} ON {name} USING ({own}) WITH CHECK ({own})")
