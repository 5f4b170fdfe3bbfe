"""What a report on work is asked for, and how a job keeps the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing_backlog.models import Project
from billing_backlog.queries.projects import visible_projects
from tenants.models import Organization
from tenants.queries import get_user


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAsked:
    """The day on which it is asked, a period, who asks, and whether that person sees all projects."""

    today: date
    first: date
    last: date
    user_id: UUID
    sees_all: bool

    def to_json(self) -> dict[str, Any]:
        """The question as a job keeps it."""
        days = {name: getattr(self, name).isoformat() for name in ("today", "first", "last")}
        return {**days, "user_id": str(self.user_id), "sees_all": self.sees_all}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> WorkAsked:
        """The question that a job was given."""
        days = {name: date.fromisoformat(stored[name]) for name in ("today", "first", "last")}
        return cls(**days, user_id=UUID(stored["user_id"]), sees_all=bool(stored["sees_all"]))

    def projects(self, organization: Organization) -> QuerySet[Project]:
        """The projects that whoever asks may see."""
        return visible_projects(organization, get_user(self.user_id), may_see_all=self.sees_all, today=self.today)

    def scope(self, organization: Organization) -> list[UUID] | None:
        """The ids of those projects; None for all work, that without a project too."""
        return None if self.sees_all else list(self.projects(organization).values_list("pk", flat=True))
