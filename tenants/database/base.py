"""The connection: names the open organization at the start of each transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base, features
from django.db.models import Model

from tenants import context
from tenants.database.schema import SchemaEditor, is_owned


class Features(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: type[Model]) -> bool:
        """The database key of an owned table is not Django's id, so GROUP BY must name every column."""
        return super().allows_group_by_selected_pks_on_model(model) and not is_owned(model)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    features_class = Features

    # The organization that this transaction was opened for; None outside a transaction or where none was named.
    transaction_organization: UUID | None = None
    # True only in tests that wrap many organizations' work in one rolled-back transaction.
    allows_organization_change = False

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
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
