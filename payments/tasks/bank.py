"""The background doors to bank files: reading and posting large ones, and what banks lay into the drop folders."""

from __future__ import annotations

import logging
from pathlib import Path
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from foundation import files
from foundation.transactions import read_only
from payments.actions import bank_files, bank_posting
from payments.bank import folder as bank_folder
from payments.bank import queries as bank_queries
from payments.bank_files.faults import BankFileRefused
from payments.models import BankFile, BankFileSource, BankFileState
from tenants import jobs
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)


@shared_task(name="payments.post_bank_file", soft_time_limit=600, time_limit=660)
def post_bank_file(organization_id: str, outbox_id: str) -> None:
    """Read a bank file that is kept, and match its movements batch by batch."""
    jobs.run(organization_id, outbox_id, _work_on)


@shared_task(name="payments.sweep_bank_folders", soft_time_limit=600, time_limit=660)
def sweep_bank_folders() -> int:
    """Take in what lies in the drop folders; returns how many files."""
    return sweep_organizations("Emptying the drop folder", _sweep)


def _work_on(work: Work) -> None:
    organization = work.job.organization
    with read_only():
        file = bank_queries.get_bank_file(organization, UUID(work.job.parameters["bank_file"]))
    if file.state in (BankFileState.KEPT, BankFileState.REFUSED):
        file = _read(work, file)
    if file.state == BankFileState.POSTING:
        bank_posting.post_bank_file(work, file)
    elif file.state == BankFileState.REFUSED:
        jobs.fail(work, bank_files.refusal_of(file))
    else:
        jobs.complete(work)


def _read(work: Work, file: BankFile) -> BankFile:
    actor = jobs.actor_of(work.job)
    return bank_files.read_kept_file(
        work.job.organization,
        file.pk,
        files.load(str(file.organization_id), file.sha256),
        actor=actor,
        now=timezone.now(),
    )


def _sweep(organization: Organization) -> int:
    actor = Actor.system()
    for path in (found := bank_folder.waiting(organization.slug)):
        bank_folder.put_away(path, is_refused=_take(organization, path, actor) == BankFileState.REFUSED)
    return len(found)


def _take(organization: Organization, path: Path, actor: Actor) -> str:
    """How far a file of the drop folder has come; one that is too large to be read at all is refused unread."""
    try:
        data = bank_folder.read(path)
    except BankFileRefused:
        return BankFileState.REFUSED
    upload = bank_files.Upload(name=path.name, data=data, source=BankFileSource.FOLDER)
    today, now = local_today(organization), timezone.now()
    return bank_files.take_bank_file(organization, upload, actor=actor, today=today, now=now).file.state
