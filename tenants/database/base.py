"""The connection: names the open organization at the start of each transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from django.db.backends.postgresql import base, features, operations
from django.db.models import Model

from tenants import context
from tenants.database.schema import SchemaEditor, is_owned

PREPARE_AFTER = 2  # times that a connection has seen the statement


class Features(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: type[Model]) -> bool:
        """The database key of an owned table is not Django's id, so GROUP BY must name every column."""
        return super().allows_group_by_selected_pks_on_model(model) and not is_owned(model)


class Operations(operations.DatabaseOperations):
    compiler_module = "tenants.database.compiler"

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """The statement as it was sent; of a prepared one the driver keeps only the name, and it is told as written."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    ops_class = Operations
    features_class = Features

    # The organization that this transaction was opened for; None outside a transaction or where none was named.
    transaction_organization: UUID | None = None
    # True only in tests that wrap many organizations' work in one rolled-back transaction.
    allows_organization_change = False

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        # Only cursors that bind on the server prepare: Django's own bind in the client and plan with the values known.
        if params.get("prepare_threshold") is None:  # Django says None where the settings say nothing
            params["prepare_threshold"] = PREPARE_AFTER
        return params

    def prepared_cursor(self) -> Any:
        """A cursor whose statements the server keeps prepared, counted and logged like any other."""
        self.ensure_connection()
        assert self.connection is not None
        with self.wrap_database_errors:
            return self._prepare_cursor(psycopg.Cursor(self.connection))  # type: ignore[attr-defined] # the stubs leave it out

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc] # the stubs leave it out
        self.transaction_organization = None
        organization_id = context.current_organization_id()
        if not autocommit and organization_id is not None:
            self._name_organization(organization_id)

    def join_organization(self, organization_id: UUID) -> UUID | None:
        """Name the organization inside a transaction that is already open; return what was named before."""
        before = self.transaction_organization
        if self.connection is None or not self.in_atomic_block or before == organization_id:
            return before
        if before is not None and not self.allows_organization_change:
            raise context.OrganizationAlreadyOpen(
                f"This transaction belongs to organization {before}; {organization_id} needs one of its own."
            )
        self._name_organization(organization_id)
        return before

    def leave_organization(self, before: UUID | None) -> None:
        """Go back to what was named before; a real transaction keeps its organization until COMMIT."""
        if not self.allows_organization_change or self.connection is None:
            return
        if self.in_atomic_block and not self.needs_rollback and self.transaction_organization != before:
            self._name_organization(before)

    def _name_organization(self, organization_id: UUID | None) -> None:
        value = "" if organization_id is None else str(UUID(str(organization_id)))
        assert self.connection is not None
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            # A plain statement, not set_config(): a sharded server hands it on to every node.
            cursor.execute(f"SET LOCAL app.organization_id = '{value}'")
        self.transaction_organization = organization_id

    def close(self) -> Any:
        self.transaction_organization = None
        return super().close()
