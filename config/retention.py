"""How long each kind of thing is kept and why, and the nightly removal of what may go, a bounded batch at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from config.keeping import rule_of
from config.stored_files import forget_unnamed, hashes_in
from foundation.errors import DomainError
from invoicing.dispatching import caught
from invoicing.models import DraftVersion, Invoice, Participant, PrintBatch
from payments.actions import erasure as bank_files
from tenants import erasure
from tenants.calls import forget_calls
from tenants.context import organization_context
from tenants.models import Invitation, Job, JobState, Notice, Organization, RecordVersion, WebhookEvent

logger = logging.getLogger(__name__)

BATCH_SIZE = 500
BATCHES_MAX = 20  # of one kind in one organization a night; the next night goes on
FOLDERS = 256  # of the file store, by the first two signs of a hash
NIGHTS = 16  # in which every folder is looked through once
JOB_FILES_DAYS = 30
JOBS_DAYS = 90
NOTICES_DAYS = 180
INVITATIONS_DAYS = 90
DELETED_DRAFTS_DAYS = 365
PRINT_FILES_DAYS = 30
PARTICIPANTS_DAYS = 90
KEPT_MAILS_DAYS = 30
API_CALLS_DAYS = 7
WEBHOOKS_DAYS = 30
ENDED = (JobState.COMPLETE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class KeptKind:
    """One kind of thing: how many days it is kept, or by law, and why."""

    name: str
    label: Any
    why: Any
    days: int | None = None  # None: as the bookkeeping law says
    is_forever: bool = False  # nothing removes it by itself
    remove: Callable[[Organization, datetime], int] | None = None


def _job_files(organization: Organization, now: datetime) -> int:
    """Clear what finished jobs gave and were given, then remove the bytes that nothing names any more."""
    before = now - timedelta(days=JOB_FILES_DAYS)
    jobs = Job.objects.of(organization).filter(state__in=ENDED, finished_at__lt=before)
    with_files = jobs.filter(Q(result__has_key="sha256") | Q(result__has_key="plan") | Q(parameters__has_key="file"))
    with transaction.atomic():
        batch = list(with_files.order_by("finished_at", "id")[:BATCH_SIZE])
        hashes = {found for job in batch for found in hashes_in(job.result, job.parameters)}
        Job.objects.of(organization).filter(pk__in=[job.pk for job in batch]).update(result={}, parameters={})
    forget_unnamed(organization.pk, hashes)
    return len(batch)


def _jobs(organization: Organization, now: datetime) -> int:
    rows = Job.objects.of(organization).filter(state__in=ENDED, finished_at__lt=now - timedelta(days=JOBS_DAYS))
    return _delete(organization, rows)


def _notices(organization: Organization, now: datetime) -> int:
    return _delete(
        organization, Notice.objects.of(organization).filter(created_at__lt=now - timedelta(days=NOTICES_DAYS))
    )


def _invitations(organization: Organization, now: datetime) -> int:
    before = now - timedelta(days=INVITATIONS_DAYS)
    over = Q(accepted_at__lt=before) | Q(withdrawn_at__lt=before) | Q(expires_at__lt=before)
    return _delete(organization, Invitation.objects.of(organization).filter(over))


def _deleted_drafts(organization: Organization, now: datetime) -> int:
    """Versions of drafts that are gone; those of documents that stand stay with them."""
    document = Invoice.objects.of(organization).filter(pk=OuterRef("invoice_id"))
    rows = DraftVersion.objects.of(organization).filter(
        ~Exists(document), recorded_at__lt=now - timedelta(days=DELETED_DRAFTS_DAYS)
    )
    return _delete(organization, rows)


def _print_files(organization: Organization, now: datetime) -> int:
    """Merged files of letters; the documents in them stay, and the batch can be put together again."""
    before = now - timedelta(days=PRINT_FILES_DAYS)
    with transaction.atomic():
        old = PrintBatch.objects.of(organization).filter(made_at__lt=before).exclude(sha256="")
        batch = list(old.order_by("made_at", "id")[:BATCH_SIZE])
        PrintBatch.objects.of(organization).filter(pk__in=[each.pk for each in batch]).update(sha256="")
    forget_unnamed(organization.pk, {each.sha256 for each in batch})
    return len(batch)


def _kept_mails(organization: Organization, now: datetime) -> int:
    """E-mails that were kept as files because there is no mail server."""
    return caught.forget_mails(organization, now - timedelta(days=KEPT_MAILS_DAYS), BATCH_SIZE)


def _api_calls(organization: Organization, now: datetime) -> int:
    return forget_calls(organization, now - timedelta(days=API_CALLS_DAYS), BATCH_SIZE)


def _webhooks(organization: Organization, now: datetime) -> int:
    """Events and their deliveries, also those that nobody ever took."""
    before = now - timedelta(days=WEBHOOKS_DAYS)
    return _delete(organization, WebhookEvent.objects.of(organization).filter(created_at__lt=before))


def _participants(organization: Organization, now: datetime) -> int:
    before = now - timedelta(days=PARTICIPANTS_DAYS)
    return _delete(organization, Participant.objects.of(organization).filter(valid_until__lt=before))


def _versions(organization: Organization, now: datetime) -> int:
    """What customers and contacts said before the years of the law; what they said last stays."""
    years = rule_of(organization.country, now.date()).years + 1  # a year more: the accounting year has to end first
    before = now - timedelta(days=366 * years)
    rows = RecordVersion.objects.of(organization).filter(subject_kind__in=["customer", "contact"])
    newer = rows.filter(subject_id=OuterRef("subject_id"), recorded_at__gt=OuterRef("recorded_at"))
    old = rows.filter(Exists(newer.filter(recorded_at__lt=before)), recorded_at__lt=before)
    with transaction.atomic():
        ids = list(old.order_by("recorded_at", "id").values_list("pk", flat=True)[:BATCH_SIZE])
        return erasure.forget_versions(RecordVersion.objects.of(organization).filter(pk__in=ids)) if ids else 0


def _bank_files(organization: Organization, now: datetime) -> int:
    """What bank files said of payers, and their bytes, once the accounting year in which they came is old enough."""
    years = rule_of(organization.country, now.date()).years
    before = datetime(now.year - years, 1, 1, tzinfo=UTC)
    hashes = bank_files.forget_bank_files(organization, before, BATCH_SIZE)
    forget_unnamed(organization.pk, hashes)
    return len(hashes)


def _delete(organization: Organization, rows: QuerySet[Any]) -> int:
    with transaction.atomic():
        ids = list(rows.order_by("id").values_list("pk", flat=True)[:BATCH_SIZE])
        rows.model.objects.of(organization).filter(pk__in=ids).delete()
    return len(ids)


KINDS: tuple[KeptKind, ...] = (
    KeptKind(
        "documents",
        _("Finalized documents, their files and attachments, vouchers"),
        _("They are the books. Nothing removes them by itself, also after the time of the law."),
        is_forever=True,
    ),
    KeptKind(
        "audit",
        _("History: who did what, when"),
        _("It proves the books and is chained: a line that was missing would break the proof."),
        is_forever=True,
    ),
    KeptKind(
        "deliveries",
        _("To whom documents were sent, what became of it, and what customers said of them"),
        _("It shows when a document was handed over. When a person is erased, names and addresses go."),
        is_forever=True,
    ),
    KeptKind(
        "versions",
        _("What customers and contacts said earlier"),
        _("Documents can be read against what was registered then. What was said last stays as long as the record."),
        remove=_versions,
    ),
    KeptKind(
        "bank_files",
        _("Bank files, and what they say of payers"),
        _(
            "They document the books, also when a payer is erased as a customer. Then the file and the names, accounts "
            "and messages in it go; day, amount, reference and what became of each movement stay with the voucher."
        ),
        remove=_bank_files,
    ),
    KeptKind(
        "deleted_drafts",
        _("Versions of drafts that were deleted"),
        _("So that a draft deleted by mistake can be read again."),
        DELETED_DRAFTS_DAYS,
        remove=_deleted_drafts,
    ),
    KeptKind(
        "job_files",
        _("Files of exports, imports and proof packs"),
        _("They are copies and can be made again."),
        JOB_FILES_DAYS,
        remove=_job_files,
    ),
    KeptKind(
        "print_files",
        _("Files of letters to be printed"),
        _("They are put together of documents that are kept, and can be made again."),
        PRINT_FILES_DAYS,
        remove=_print_files,
    ),
    KeptKind(
        "api_calls",
        _("What programs asked under a key of theirs, and were answered"),
        _("So that the same call again is answered and not carried out twice."),
        API_CALLS_DAYS,
        remove=_api_calls,
    ),
    KeptKind(
        "webhooks",
        _("What programs were told, and whether they took it"),
        _("So that it can be told again."),
        WEBHOOKS_DAYS,
        remove=_webhooks,
    ),
    KeptKind(
        "kept_mails",
        _("E-mails kept as files where there is no mail server"),
        _("To see what would have been sent. What was sent to whom stays with the document."),
        KEPT_MAILS_DAYS,
        remove=_kept_mails,
    ),
    KeptKind(
        "participants",
        _("Who receives EHF"),
        _("The network is asked again when an answer is old."),
        PARTICIPANTS_DAYS,
        remove=_participants,
    ),
    KeptKind(
        "jobs",
        _("Jobs and what became of each item"),
        _("To look up what went wrong. The history of each document stays."),
        JOBS_DAYS,
        remove=_jobs,
    ),
    KeptKind("notices", _("Notices"), _("News grow old."), NOTICES_DAYS, remove=_notices),
    KeptKind(
        "invitations",
        _("Invitations that were accepted, withdrawn or ran out"),
        _("The history tells who was invited."),
        INVITATIONS_DAYS,
        remove=_invitations,
    ),
    KeptKind("sessions", _("Sessions of those who sign in"), _("Removed each night once they have run out."), 0),
)


def remove_old(organization_id: UUID, *, now: datetime) -> dict[str, int]:
    """Remove what may go of one organization; one kind that fails does not stop the others."""
    removed: dict[str, int] = {}
    with organization_context(organization_id):
        with transaction.atomic():
            organization = Organization.objects.get(pk=organization_id)
        for kind in KINDS:
            if kind.remove is None:
                continue
            try:
                removed[kind.name] = sum(_batches(kind.remove, organization, now))
            except (DomainError, OSError):
                logger.exception("Old %s of %s were not removed", kind.name, organization_id)
        removed["files"] = forget_unnamed(organization_id, _old_files(organization_id, now))
    return removed


def _batches(
    remove: Callable[[Organization, datetime], int], organization: Organization, now: datetime
) -> Iterator[int]:
    for _round in range(BATCHES_MAX):
        count = remove(organization, now)
        yield count
        if count < BATCH_SIZE:
            return


def _old_files(organization_id: UUID, now: datetime) -> list[str]:
    """Stored files of a month and more, out of this night's share of the folders; most of them are named by a row."""
    space = Path(settings.FILES_DIR) / str(organization_id)
    before = (now - timedelta(days=JOB_FILES_DAYS)).timestamp()
    share = now.toordinal() % NIGHTS
    folders = [space / f"{number:02x}" for number in range(FOLDERS) if number % NIGHTS == share]
    files = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    return [path.name for path in files if not path.name.startswith(".") and path.stat().st_mtime < before]


def kept_kinds(organization: Organization, today: date) -> list[dict[str, Any]]:
    """The table as the page shows it: kind, how long, why, and the paragraph where the law says it."""
    rule = rule_of(organization.country, today)
    return [
        {
            "label": kind.label,
            "why": kind.why,
            "days": kind.days,
            "by_law": kind.days is None,
            "is_forever": kind.is_forever,
            "rule": rule,
        }
        for kind in KINDS
    ]
