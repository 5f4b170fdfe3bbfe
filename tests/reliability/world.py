"""A company of its own in the server under fire: names are used once, since nothing is emptied between tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from invoicing.actions import checks
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

_numbers = count(1)


def new_organization(**changes: Any) -> Organization:
    """One more company."""
    slug = f"brannprove-{next(_numbers)}"
    name = f"Brannprøve {slug[11:]} AS"
    return builders.make_organization(slug, name, owner_email=f"owner@{slug}.example", **changes)


def checked_draft(organization: Organization) -> Invoice:
    """A draft that was checked and may be finalized."""
    draft = builders.make_draft(organization)
    with organization_context(organization.pk):
        checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
    return draft


class Nudges(list[tuple[str, UUID, UUID]]):
    """What a relay has handed on: task, organization, outbox row; stands in for the broker."""

    def start_task(self, kind: str, *, organization_id: str, outbox_id: str) -> None:
        self.append((kind, UUID(organization_id), UUID(outbox_id)))

    def of(self, organization: Organization) -> list[UUID]:
        """The rows of one organization that were handed on."""
        return [row for _kind, organization_id, row in self if organization_id == organization.pk]


@contextmanager
def caught_nudges() -> Iterator[Nudges]:
    """Catch what the relay hands on instead of sending it."""
    nudges = Nudges()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tenants.outbox.start_task", nudges.start_task)
        yield nudges
