"""An organization's own routines: texts in versions, the newest of which is shown at the step that it governs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit, queries
from tenants.audit import Actor
from tenants.models import Organization, Routine, RoutineStep


class RoutineHasChanged(DomainError):
    """Somebody else wrote a version meanwhile."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it is read, with what it changed: pairs of "same", "gone" or "new" and a line."""

    routine: Routine
    differences: list[tuple[str, str]]


@transaction.atomic
def write_routine(
    organization: Organization, step: RoutineStep, text: str, *, on_version: int, actor: Actor, now: datetime
) -> Routine | None:
    """Write the next version of a step's routine; None where it says what it said. An empty text ends the routine."""
    queries.lock_organization(organization.pk)
    newest = queries.newest_routine(organization, step)
    version, said = (newest.version, newest.text) if newest else (0, "")
    if said == text:
        return newest
    if version != on_version:
        raise RoutineHasChanged(
            _("Somebody else has written this routine since you opened it. Your text is kept; compare and save again."),
            field="text",
        )
    routine = Routine.objects.create(
        id=uuid7(),
        organization=organization,
        step=step,
        version=version + 1,
        text=text,
        written_by=actor.name[:120],
        written_at=now,
    )
    audit.record(actor, "routine.written", routine, version=routine.version)
    return routine


def with_differences(newest_first: Sequence[Routine], most: int) -> list[Version]:
    """The newest versions with what each changed from the one before it."""
    texts = [*[routine.text for routine in newest_first[1:]], ""]
    pairs = list(zip(newest_first, texts, strict=False))[:most]
    return [Version(routine, differences(before, routine.text)) for routine, before in pairs]


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """The lines of both texts in order: those that stayed, went and came."""
    kinds = {" ": "same", "-": "gone", "+": "new"}
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [(kinds[line[0]], line[2:]) for line in lines if line[0] in kinds]
