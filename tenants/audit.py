"""The audit trail: one line per action, in the action's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone

from foundation import rows
from foundation.ids import uuid7
from tenants.models import ApiToken, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a program with a token, or the system itself."""

    kind: str
    id: UUID | None
    name: str

    @classmethod
    def person(cls, user: User) -> Actor:
        """A signed-in user."""
        return cls("user", user.pk, str(user)[:120])

    @classmethod
    def program(cls, token: ApiToken) -> Actor:
        """A program that calls with a token; its name and the beginning of its key tell which."""
        return cls("api", None, f"{token.name} (API {token.first_characters}…)"[:120])

    @classmethod
    def system(cls, name: str = "Bilag") -> Actor:
        """A task or command that runs by itself."""
        return cls("system", None, name)


class Subject(Protocol):
    """Anything an audit line can be about."""

    @property
    def pk(self) -> Any: ...

    @property
    def organization_id(self) -> UUID: ...


def record(actor: Actor, verb: str, subject: Subject, **facts: Any) -> AuditEntry:
    """Write one line about one subject; facts are JSON values, before and after where something changed."""
    [entry] = record_each(actor, verb, [(subject, facts)])
    return entry


def record_each(
    actor: Actor, verb: str, subjects: Iterable[tuple[Subject, Mapping[str, Any]]], *, now: datetime | None = None
) -> list[AuditEntry]:
    """Write one line per subject with a single statement."""
    moment = now or timezone.now()
    entries = [
        rows.fresh(
            AuditEntry,
            id=uuid7(),
            organization_id=subject.organization_id,
            recorded_at=moment,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            verb=verb,
            subject_kind=type(subject).__name__.lower(),
            subject_id=subject.pk,
            subject_label=str(subject)[:160],
            facts=dict(facts),
        )
        for subject, facts in subjects
    ]
    for organization_id in {entry.organization_id for entry in entries}:
        rows.insert(organization_id, [entry for entry in entries if entry.organization_id == organization_id])
    return entries


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields whose value changed, each with its value before and after as text."""
    return {
        name: [_text(before.get(name)), _text(value)]
        for name, value in after.items()
        if _text(before.get(name)) != _text(value)
    }


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")  # 0, 0.00 and 0.0000 are the same to whoever reads it
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
