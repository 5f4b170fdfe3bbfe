"""Which organization the current work belongs to.

A transaction stays in one organization until COMMIT: triggers that run late still see the rows they guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

_current: ContextVar[UUID | None] = ContextVar("organization", default=None)


class OrganizationAlreadyOpen(RuntimeError):
    """Another organization was asked for inside an open transaction."""


def current_organization_id() -> UUID | None:
    """The organization that is open here, or None."""
    return _current.get()


@contextmanager
def organization_context(organization_id: UUID) -> Iterator[None]:
    """Open one organization: every transaction begun inside sees its rows and no others."""
    from django.db import connection

    wrapper: Any = connection  # our own database backend
    before = wrapper.join_organization(organization_id)  # may refuse: nothing is set yet that would stay behind
    token = _current.set(organization_id)
    try:
        yield
    finally:
        _current.reset(token)
        wrapper.leave_organization(before)
