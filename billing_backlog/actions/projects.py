"""Making, changing, closing and opening projects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import ContractIsUnclear, StaleRecord
from billing_backlog.models import Project
from billing_backlog.queries.contracts import lock_project, project_with_number
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

# Project number, name and the rest as the form gives them; manager and customer by id.
COLUMNS = ("number", "name", "customer_id", "manager_id", "vat_treatment", "dimensions")


@transaction.atomic
def create_project(organization: Organization, *, values: Mapping[str, Any], actor: Actor) -> Project:
    """Write a new project under a number that no other has."""
    _refuse_taken_number(organization, values["number"], None)
    project = Project(organization=organization, **{name: values[name] for name in COLUMNS})
    project.save(force_insert=True)
    audit.record(actor, "project.created", project, number=project.number)
    return project


@transaction.atomic
def update_project(
    organization: Organization, project_id: UUID, *, values: Mapping[str, Any], version: int, actor: Actor
) -> Project:
    """Change a project; work that is taken in from now on follows it, what stands in the backlog stays as it is."""
    project = lock_project(organization, project_id)
    if project.version != version:
        raise StaleRecord(
            _("%(project)s was changed by somebody else meanwhile. Look at the page again, then save.")
            % {"project": project}
        )
    _refuse_taken_number(organization, values["number"], project)
    columns = {name: values[name] for name in COLUMNS}
    changes = audit.changes({name: getattr(project, name) for name in columns}, columns)
    if not changes:
        return project
    for name, value in columns.items():
        setattr(project, name, value)
    project.version += 1
    project.save(update_fields=[*columns, "version"])
    audit.record(actor, "project.changed", project, changes=changes)
    return project


@transaction.atomic
def close_project(organization: Organization, project_id: UUID, *, actor: Actor, today: date) -> Project:
    """Close a project: it leaves the lists of open ones; its unbilled work can still be billed. Twice is as once."""
    project = lock_project(organization, project_id)
    if project.closed_on is None:
        project.closed_on = today
        _save(project, "project.closed", actor)
    return project


@transaction.atomic
def reopen_project(organization: Organization, project_id: UUID, *, actor: Actor) -> Project:
    """Open a closed project again; twice is as once."""
    project = lock_project(organization, project_id)
    if project.closed_on is not None:
        project.closed_on = None
        _save(project, "project.reopened", actor)
    return project


def _save(project: Project, verb: str, actor: Actor) -> None:
    project.version += 1
    project.save(update_fields=["closed_on", "version"])
    audit.record(actor, verb, project)


def _refuse_taken_number(organization: Organization, number: str, project: Project | None) -> None:
    taken = project_with_number(organization, number)
    if taken is not None and (project is None or taken.pk != project.pk):
        raise ContractIsUnclear(_("%(project)s has that number. Choose another.") % {"project": taken}, field="number")
