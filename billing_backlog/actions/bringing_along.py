"""Printing what is brought along: one file of the chosen documents of a day, and who printed them when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing_backlog.errors import NothingToBring
from billing_backlog.models import BringAlongPrint
from billing_backlog.queries.bringing_along import DOCUMENTS_MAX, brought_on
from foundation import files, rows
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.actions.documents import render_documents
from invoicing.dispatching import printing
from invoicing.documents.print_file import Window, merge_letters
from invoicing.drafting.document import preview_pdf
from invoicing.models import Invoice
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import Job, Organization

PRINT = "billing_backlog.print_bring_along"


@transaction.atomic
def start_printing(organization: Organization, day: date, chosen: Sequence[UUID], *, actor: Actor, key: str) -> Job:
    """Begin the job that puts the chosen documents of a day into one file; under one key it is begun once."""
    there = {each.invoice.pk for each in brought_on(organization, day)}
    ids = [str(key) for key in dict.fromkeys(chosen) if key in there][:DOCUMENTS_MAX]
    if not ids:
        raise NothingToBring(_("None of these documents is there any more. Look at the list again."))
    return jobs.start(organization, PRINT, actor=actor, parameters={"day": day.isoformat(), "ids": ids}, key=key)


def write_bring_along(work: Work) -> None:
    """Put the file together, by worker and customer; drafts say that they are drafts. What was taken back is left out.

    A document that was finalized meanwhile is printed as the invoice that it is.
    """
    organization, day = work.job.organization, date.fromisoformat(work.job.parameters["day"])
    wanted = set(work.job.parameters["ids"])
    with read_only():
        found = [each for each in brought_on(organization, day) if str(each.invoice.pk) in wanted]
        found = [each for each in found if not each.is_taken_back]
    if not found:
        raise NothingToBring(_("None of these documents is there any more. Look at the list again."))
    documents = [each.invoice for each in found]
    root = Path(settings.DATA_DIR) / "exports"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder:
        target = Path(folder) / "bring-along.pdf"
        sheets = merge_letters(
            [partial(_open, organization, document) for document in documents],
            target,
            Window(),
            tell=lambda count: jobs.tell_progress(work, done=count, total=len(documents)),
        )
        if sheets is None:
            return
        size, sha256 = target.stat().st_size, files.store_file(str(organization.pk), target)
    _keep(organization, documents, actor=jobs.actor_of(work.job))
    name = _("To bring along %(day)s.pdf") % {"day": day.isoformat()}
    jobs.complete(
        work,
        {"sha256": sha256, "name": name, "size": size, "content_type": "application/pdf", "rows": len(documents)},
    )


def _open(organization: Organization, document: Invoice) -> BinaryIO:
    if document.is_draft:
        with read_only():
            return BytesIO(preview_pdf(organization, document, _day_of(organization, document)))
    render_documents(organization, document.pk, actor=Actor.system())
    with read_only():
        [sha256] = printing.pdfs_of(organization, [document.pk]).values()
    return files.open_checked(str(organization.pk), sha256)


def _day_of(organization: Organization, document: Invoice) -> date:
    """The day on which the draft will be issued: it is printed as it will be."""
    return max(document.issue_date or date.min, local_today(organization))


@transaction.atomic
def _keep(organization: Organization, documents: Sequence[Invoice], *, actor: Actor) -> None:
    """Say of each document that is still there that it was printed."""
    there = invoices.invoices_by_id(organization, [document.pk for document in documents])
    now = timezone.now()
    rows.insert(
        organization.pk,
        [
            BringAlongPrint(
                organization=organization,
                invoice_id=document.pk,
                was_draft=document.is_draft,
                printed_by=actor.name,
                printed_at=now,
            )
            for document in documents
            if document.pk in there
        ],
    )
    facts = [(document, {"draft": document.is_draft}) for document in documents if document.pk in there]
    audit.record_each(actor, "invoice.printed_to_bring", facts, now=now)
