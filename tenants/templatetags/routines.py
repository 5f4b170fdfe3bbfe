"""The organization's own routine where the step that it governs is done."""

from __future__ import annotations

from django import template

from tenants import queries
from tenants.models import Organization, Routine

register = template.Library()


@register.simple_tag
def routine_for(organization: Organization | None, step: str) -> Routine | None:
    """The routine in force for a step, with one question; None where none was written or it has ended."""
    if organization is None:
        return None
    routine = queries.newest_routine(organization, step)
    return routine if routine is not None and routine.text else None
