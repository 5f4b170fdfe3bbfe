"""Printing letters: a batch takes what waits, its file is put together by a worker, and a person says it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing.actions.brake import letters_that_hold
from invoicing.actions.deliveries import tell_delivery, withhold_delivery
from invoicing.actions.documents import render_documents
from invoicing.actions.papers import render_paper_file
from invoicing.dispatching import printing, states
from invoicing.dispatching.plain import News, StandsOn
from invoicing.dispatching.printing import LETTERS_MAX
from invoicing.dispatching.queries import settings_of
from invoicing.documents.print_file import Window, merge_letters
from invoicing.models import Delivery, EventSource, PrintBatch
from tenants import audit, jobs, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import Job, Organization

MAKE_PRINT_FILE = "invoicing.make_print_file"
TELL_PRINTED = "invoicing.tell_printed"
PRINTED = "printed"


class NothingToPrint(DomainError):
    """No letter waits for the printer."""


class TooManyLetters(DomainError):
    """One file holds a limited number of letters."""


def make_print_batch(organization: Organization, delivery_ids: Sequence[UUID], *, actor: Actor, key: str) -> Job:
    """Take the letters out of the queue into a batch, and have a worker put its file together; under one key once.

    A letter that demands what is no longer owed like that is given up, also where nothing is left to print.
    """
    job = _take_batch(organization, delivery_ids, actor=actor, key=key)
    if job is None:
        raise NothingToPrint(_("None of these letters waits any more. Look at the list again."))
    return job


@transaction.atomic
def _take_batch(organization: Organization, delivery_ids: Sequence[UUID], *, actor: Actor, key: str) -> Job | None:
    begun = jobs.job_under_key(organization, MAKE_PRINT_FILE, actor, key)
    if begun is not None:
        return begun
    if len(delivery_ids) > LETTERS_MAX:
        raise TooManyLetters(_("One file holds up to %(most)s letters. Choose fewer.") % {"most": LETTERS_MAX})
    tenants.lock_organization(organization.pk)  # batches are numbered one after the other
    number = printing.last_number(organization) + 1
    waiting = printing.lock_waiting(organization, delivery_ids)
    letters = _without_changed(organization, waiting, now=timezone.now())
    if not letters:
        return None
    batch = PrintBatch.objects.create(organization=organization, number=number, made_by=actor.name)
    ids = [letter.pk for letter in letters]
    Delivery.objects.of(organization).filter(pk__in=ids).update(print_batch=batch)
    audit.record(actor, "letters.put_together", batch, count=len(ids))
    return jobs.start(organization, MAKE_PRINT_FILE, actor=actor, parameters={"batch": str(batch.pk)}, key=key)


@transaction.atomic
def remake_print_file(organization: Organization, batch_id: UUID, *, actor: Actor, key: str) -> Job:
    """Put the file of a batch together once more, of the same documents."""
    batch = printing.get_batch(organization, batch_id)
    return jobs.start(organization, MAKE_PRINT_FILE, actor=actor, parameters={"batch": str(batch.pk)}, key=key)


def write_print_file(work: Work) -> None:
    """Put the file together, a document at a time, and keep it under its hash; a document without PDF gets one."""
    organization = work.job.organization
    with read_only():
        batch = printing.get_batch(organization, UUID(work.job.parameters["batch"]))
    _leave_out_changed(organization, batch.pk, now=timezone.now())
    with read_only():
        letters = printing.letters_of(organization, batch)
        rules = settings_of(organization)
    if not letters:
        raise NothingToPrint(_("Every letter of this batch has been let rest."))
    for letter in letters:
        render = render_documents if letter.invoice else render_paper_file
        render(organization, letter.document.pk, actor=Actor.system())
    with read_only():
        hashes = printing.pdfs_of(organization, [letter.document.pk for letter in letters])
    sources = [partial(_open, organization, hashes[letter.document.pk]) for letter in letters]
    root = Path(settings.DATA_DIR) / "exports"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder:
        target = Path(folder) / "letters.pdf"
        window = Window(rules.window_left_mm, rules.window_top_mm)
        sheets = merge_letters(
            sources, target, window, tell=lambda count: jobs.tell_progress(work, done=count, total=len(sources))
        )
        if sheets is None:
            return
        size = target.stat().st_size
        sha256 = files.store_file(str(organization.pk), target)
    _keep(organization, batch.pk, sha256, size, sheets)
    name = _("Letters %(number)s.pdf") % {"number": batch.number}
    jobs.complete(
        work, {"sha256": sha256, "name": name, "size": size, "content_type": "application/pdf", "rows": len(letters)}
    )


@transaction.atomic
def mark_printed(organization: Organization, batch_id: UUID, *, actor: Actor, now: datetime) -> PrintBatch:
    """Say that a batch is printed and in the post; a worker writes it on every letter. Twice is as good as once."""
    batch = printing.lock_batch(organization, batch_id)
    if batch.printed_at is not None:
        return batch
    if not batch.sheets:
        raise NothingToPrint(_("The file is not put together yet. Wait until it can be downloaded."))
    batch.printed_by, batch.printed_at = actor.name, now
    batch.save(update_fields=["printed_by", "printed_at"])
    audit.record(actor, "letters.printed", batch, sheets=batch.sheets)
    outbox.put_each(
        organization.pk,
        [outbox.Effect(TELL_PRINTED, batch.pk, f"printed:{batch.pk}", {}, leaves_house=False)],
    )
    return batch


def tell_printed(organization: Organization, batch_id: UUID, *, limit: int) -> int:
    """Write on the next letters of a printed batch that they were sent; returns how many there were."""
    with read_only():
        batch = printing.get_batch(organization, batch_id)
        waiting = printing.unprinted_of(organization, batch, limit)
    for delivery_id in waiting:
        news = News(
            states.SENT,
            EventSource.PERSON.value,
            reason_code=PRINTED,
            key=f"printed:{batch.pk}",
            facts={"by": batch.printed_by, "batch": batch.number},
        )
        tell_delivery(organization, delivery_id, news, now=batch.printed_at or timezone.now())
    return len(waiting)


def _without_changed(
    organization: Organization, deliveries: Sequence[Delivery], *, now: datetime
) -> Sequence[Delivery]:
    """The letters whose claims are still owed as they say; the others are given up, and never printed."""
    demanded = {
        delivery.pk: [StandsOn.from_json(kept) for kept in delivery.dispatch.stands_on]
        for delivery in deliveries
        if delivery.dispatch.stands_on and delivery.state == states.QUEUED
    }
    changed = demanded.keys() - letters_that_hold(organization, demanded, today=local_today(organization))
    for delivery_id in sorted(changed):
        withhold_delivery(organization, delivery_id, now=now)
    return [delivery for delivery in deliveries if delivery.pk not in changed]


@transaction.atomic
def _leave_out_changed(organization: Organization, batch_id: UUID, *, now: datetime) -> None:
    """The same once more, just before the file of a batch is put together: it may have waited."""
    batch = printing.lock_batch(organization, batch_id)
    letters = printing.letters_of(organization, batch)
    _without_changed(organization, [letter.delivery for letter in letters], now=now)


def _open(organization: Organization, sha256: str) -> BinaryIO:
    return files.open_checked(str(organization.pk), sha256)


@transaction.atomic
def _keep(organization: Organization, batch_id: UUID, sha256: str, size: int, sheets: int) -> None:
    batch = printing.lock_batch(organization, batch_id)
    batch.sha256, batch.size_bytes, batch.sheets = sha256, size, sheets
    batch.save(update_fields=["sha256", "size_bytes", "sheets"])
