"""Bringing cases to agencies, and closing those of which nothing is owed any more."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone, translation

from foundation import files
from foundation.transactions import read_only
from foundation.transfer import TransferRefused
from reminders.actions.collection import close_settled_cases
from reminders.actions.collection_agencies import settle_transfer
from reminders.handing import hand_over
from reminders.models import CollectionCase, CollectionFile
from reminders.queries import collection as queries
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


@shared_task(name="reminders.transfer_case", soft_time_limit=200, time_limit=220)
def transfer_case(organization_id: str, outbox_id: str) -> None:
    """One attempt at bringing the files of a case to its agency; what may succeed later is tried again."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            case = queries.get_case(organization, row.subject_id)
            kept = queries.files_of_case(organization, case)
        said = row.payload
        actor = Actor(said["actor_kind"], UUID(said["actor_id"]) if said["actor_id"] else None, said["actor_name"])
        with translation.override(organization.language):
            fault, may_retry = _bring(case, kept)
            settle_transfer(organization, case.pk, fault=fault, actor=actor, now=timezone.now())
        if fault:
            outbox.fail(row, fault, may_retry=may_retry)
        else:
            outbox.finish(row)


def _bring(case: CollectionCase, kept: list[CollectionFile]) -> tuple[str, bool]:
    """Bring the files there; what stands in the way, and whether the same attempt can succeed later."""
    try:
        for file in kept if case.transferred_at is None else ():
            hand_over(case.agency, file.name, files.load(str(case.organization_id), file.sha256))
    except TransferRefused as refusal:
        return str(refusal), refusal.may_retry
    return "", False


@shared_task(name="reminders.close_settled_cases")
def close_settled() -> int:
    """Close the cases whose claims are settled, in every organization."""
    return sweep_organizations("Collection", _close)


def _close(organization: Organization) -> int:
    return close_settled_cases(organization, actor=Actor.system(), now=timezone.now())
