"""What a token may be good for: each scope in words, with the permissions that it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from tenants.permissions import Permission

P = Permission


class Scope(StrEnum):
    """One name per kind of thing and whether it is read or changed."""

    READ_CUSTOMERS = "customers:read"
    WRITE_CUSTOMERS = "customers:write"
    READ_PRODUCTS = "products:read"
    WRITE_PRODUCTS = "products:write"
    READ_DOCUMENTS = "documents:read"
    WRITE_DRAFTS = "drafts:write"
    FINALIZE = "documents:finalize"
    READ_BACKLOG = "backlog:read"
    WRITE_BACKLOG = "backlog:write"
    WRITE_PROJECTS = "projects:write"
    WRITE_VISITS = "visits:write"
    READ_PAYMENTS = "payments:read"
    WRITE_PAYMENTS = "payments:write"


WORDS: dict[Scope, Any] = {
    Scope.READ_CUSTOMERS: _("See customers"),
    Scope.WRITE_CUSTOMERS: _("Register and change customers"),
    Scope.READ_PRODUCTS: _("See products"),
    Scope.WRITE_PRODUCTS: _("Register and change products"),
    Scope.READ_DOCUMENTS: _("See drafts and invoices, fetch their files"),
    Scope.WRITE_DRAFTS: _("Write and delete drafts"),
    Scope.FINALIZE: _("Finalize: give numbers"),
    Scope.READ_BACKLOG: _("See projects, visits and billable work"),
    Scope.WRITE_BACKLOG: _("Tell of billable work, correct and cancel it"),
    Scope.WRITE_PROJECTS: _("Register and change projects"),
    Scope.WRITE_VISITS: _("Plan visits, report them as done and cancel them"),
    Scope.READ_PAYMENTS: _("See payments and what is owed"),
    Scope.WRITE_PAYMENTS: _("Register payments"),
}
PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ_CUSTOMERS: frozenset({P.VIEW_CUSTOMERS}),
    Scope.WRITE_CUSTOMERS: frozenset({P.EDIT_CUSTOMERS}),
    Scope.READ_PRODUCTS: frozenset({P.VIEW_PRODUCTS}),
    Scope.WRITE_PRODUCTS: frozenset({P.EDIT_PRODUCTS}),
    Scope.READ_DOCUMENTS: frozenset({P.VIEW_INVOICES}),
    Scope.WRITE_DRAFTS: frozenset({P.EDIT_DRAFTS, P.DELETE_DRAFTS}),
    Scope.FINALIZE: frozenset({P.FINALIZE_INVOICES, P.SEND_INVOICES}),
    Scope.READ_BACKLOG: frozenset({P.VIEW_BACKLOG}),
    Scope.WRITE_BACKLOG: frozenset({P.EDIT_BILLING}),
    Scope.WRITE_PROJECTS: frozenset({P.EDIT_CONTRACTS}),
    Scope.WRITE_VISITS: frozenset({P.MARK_READY}),
    Scope.READ_PAYMENTS: frozenset({P.VIEW_PAYMENTS}),
    Scope.WRITE_PAYMENTS: frozenset({P.REGISTER_PAYMENTS}),
}


KNOWN = frozenset(scope.value for scope in Scope)


def granted(scopes: Iterable[str]) -> frozenset[Permission]:
    """Everything that a token with these scopes may do; a scope that is no more gives nothing."""
    known = [Scope(scope) for scope in scopes if scope in KNOWN]
    return frozenset().union(*(PERMISSIONS[scope] for scope in known))


def scope_for(permission: Permission) -> Scope:
    """The scope that gives a permission."""
    return next(scope for scope in Scope if permission in PERMISSIONS[scope])


def words_of(scopes: Iterable[str]) -> list[Any]:
    """The scopes in words, in their order."""
    wanted = set(scopes)
    return [WORDS[scope] for scope in Scope if scope in wanted]
