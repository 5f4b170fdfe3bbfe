"""The switch: what was rehearsed becomes the books in one transaction, or nothing of it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from config.importing.planning import Planned
from config.importing.running import BATCH_SIZE, WRITERS, WRITTEN
from config.moving_in.asked import MoveInRequest
from config.moving_in.rehearsing import REHEARSE, MovePlan, plan_move
from customers.actions.numbers import move_customer_numbers
from customers.models import Customer
from foundation import files
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_amount, language_of_page
from invoicing import numbering
from payments.actions.opening import OpeningItem, OpeningTerms, open_books, refuse_opened
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, JobState, Organization
from tenants.queries import lock_organization

SWITCH = "config.move_in"


class NotRehearsed(DomainError):
    """Only what was rehearsed to its end moves in."""


class RowsAreRefused(DomainError):
    """Every row moves, or none."""


class TotalDiffers(DomainError):
    """The open items do not sum to what the old system says."""


class SomethingIsInTheWay(DomainError):
    """A day, a period or a number that cannot be."""


class NotAsRehearsed(DomainError):
    """The books are not what they were at the rehearsal."""


@transaction.atomic
def start_switch(organization: Organization, rehearsal_id: UUID, *, actor: Actor) -> Job:
    """Begin the job that moves in what was rehearsed; refused unless every row is taken and the total agrees."""
    refuse_opened(organization)
    rehearsal = jobs.lock_job(organization.pk, rehearsal_id)
    if rehearsal.kind != REHEARSE:
        raise Http404
    if rehearsal.state != JobState.COMPLETE or "digests" not in rehearsal.result:
        raise NotRehearsed(_("Rehearse first, and wait until the rehearsal has come to its end."))
    if not rehearsal.result["may_switch"]:
        raise RowsAreRefused(_("The rehearsal was not clean. Mend what it names and rehearse again."))
    parameters = {**rehearsal.parameters, "rehearsal": str(rehearsal.pk), "digests": rehearsal.result["digests"]}
    return jobs.start(organization, SWITCH, actor=actor, parameters=parameters, key=f"move-in:{rehearsal.pk}")


def switch(work: Work) -> None:
    """Write everything as it was rehearsed; a job that is killed midway has done nothing."""
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    with transaction.atomic():
        lock_organization(organization.pk)
        job = jobs.lock_job(organization.pk, work.job.pk)  # whoever would stop it now waits until it is done
        if job.is_finished:
            return
        _move(organization, job, actor=actor)
        jobs.complete(work, {"opening": str(job.pk)})


def _move(organization: Organization, job: Job, *, actor: Actor) -> None:
    asked = MoveInRequest.from_json(job.parameters)
    now = timezone.now()
    # Taken before the plan is made, so that nobody gives a number that it counts on.
    if asked.next_invoice_number is not None:
        numbering.begin_later(organization, asked.next_invoice_number)
    found = plan_move(organization, asked)
    refuse_unclean(found)
    if found.digests != json.loads(files.load(str(organization.pk), job.parameters["digests"])):
        raise NotAsRehearsed(
            _("Something was changed since the rehearsal, so that a row would become something else. Rehearse again.")
        )
    for kind, rows in (("customers", found.customers), ("products", found.products)):
        _write_records(organization, kind, rows, actor=actor)
    if asked.next_customer_number is not None:
        move_customer_numbers(organization, asked.next_customer_number)
    terms = OpeningTerms(
        id=job.pk,
        day=asked.day,
        items=_opening_items(organization, found),
        files={kind: file.sha256 for kind, file in asked.files.items()},
    )
    open_books(organization, terms, actor=actor, now=now)


def refuse_unclean(found: MovePlan) -> None:
    """Raise unless every row is taken, the total agrees to the øre and nothing else is in the way."""
    if found.refused:
        raise RowsAreRefused(_("A row is refused. Mend the file and rehearse again: every row moves, or none."))
    if found.difference:
        raise TotalDiffers(
            _("The open items differ from the control total by %(difference)s. Mend the file or the total.")
            % {"difference": format_amount(found.difference, language_of_page())}
        )
    if found.problems:
        raise SomethingIsInTheWay(" ".join(found.problems))


def _write_records(organization: Organization, kind: str, rows: Sequence[Planned], *, actor: Actor) -> None:
    incoming = [row.incoming for row in rows if row.incoming is not None and row.outcome in WRITTEN]
    for start in range(0, len(incoming), BATCH_SIZE):
        WRITERS[kind](organization, incoming[start : start + BATCH_SIZE], actor=actor, now=timezone.now())


def _opening_items(organization: Organization, found: MovePlan) -> list[OpeningItem]:
    items = [row.item for row in found.items if row.item is not None]
    numbers = {item.customer_number for item in items if item.customer_number is not None}
    customers = Customer.objects.of(organization).filter(number__in=numbers)
    ids = dict(customers.values_list("number", "id"))
    return [
        OpeningItem(
            customer_id=None if item.customer_number is None else ids[item.customer_number],
            payer_name=item.payer_name,
            document_number=item.document_number,
            kid=item.kid,
            issue_date=item.issue_date,
            due_date=item.due_date,
            currency=item.currency,
            amount=item.amount,
            base_amount=item.base_amount,
            is_payment=item.is_payment,
        )
        for item in items
    ]
