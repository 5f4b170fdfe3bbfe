"""Changing and deleting: the organization stands in the statement also where Django names rows by their ids alone."""

from __future__ import annotations

from typing import Any, cast

from django.db.backends.postgresql.compiler import SQLAggregateCompiler, SQLCompiler, SQLInsertCompiler
from django.db.models.expressions import Col
from django.db.models.lookups import Exact
from django.db.models.sql import Query, compiler

from tenants.context import current_organization_id
from tenants.database.schema import is_owned

__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]


class SQLDeleteCompiler(compiler.SQLDeleteCompiler):
    def _as_sql(self, query: Query) -> Any:
        name_organization(query)
        return super()._as_sql(query)  # type: ignore[misc]  # Django's stubs leave it out


class SQLUpdateCompiler(compiler.SQLUpdateCompiler):
    def pre_sql_setup(self, *args: Any, **kwargs: Any) -> Any:
        prepared = super().pre_sql_setup(*args, **kwargs)
        name_organization(self.query)
        return prepared


def name_organization(query: Query) -> None:
    """Compare the organization_id of the table that is written with the open organization, unless it is already."""
    model, open_organization = query.model, current_organization_id()
    if model is None or open_organization is None or not is_owned(model) or _names_organization(query):
        return
    cast(Any, query).add_filter("organization_id", open_organization)  # Django's stubs know an older signature


def _names_organization(query: Query) -> bool:
    return not query.where.negated and any(
        isinstance(condition, Exact)
        and isinstance(condition.lhs, Col)
        and condition.lhs.target.column == "organization_id"
        and condition.lhs.alias == query.base_table
        for condition in query.where.children
    )
