"""Rehearsals and switches that were made: found again, and begun anew from what they were asked."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from config.moving_in.asked import MoveInRequest
from config.moving_in.rehearsing import REHEARSE
from config.moving_in.switching import SWITCH
from tenants.models import Job, Organization

SHOWN_MAX = 20


def list_moves(organization: Organization) -> list[Job]:
    """The newest rehearsals and the switch, the newest first."""
    jobs = Job.objects.of(organization).filter(kind__in=[REHEARSE, SWITCH]).select_related("started_by")
    return list(jobs.order_by("-created_at", "-id")[:SHOWN_MAX])


def get_move(organization: Organization, move_id: UUID) -> Job:
    """One of them or 404."""
    jobs = Job.objects.of(organization).filter(kind__in=[REHEARSE, SWITCH]).select_related("started_by")
    job = jobs.filter(pk=move_id).first()
    if job is None:
        raise Http404
    return job


def request_of(organization: Organization, move_id: str) -> MoveInRequest | None:
    """What a rehearsal was asked, to begin the next one from; None without one."""
    if not move_id:
        return None
    try:
        job = get_move(organization, UUID(move_id))
    except ValueError as error:
        raise Http404 from error
    return MoveInRequest.from_json(job.parameters) if job.parameters else None
