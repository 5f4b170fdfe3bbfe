"""A file of vouchers becomes a run: written, compared with the ledger, numbered and put down for ever.

The vouchers that are meant are fixed at the start by the last number of each year. What was written is compared with
what the ledger says of the same vouchers, in the transaction in which the run gets its number.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounting_sync.actions.export_files import ExportStopped, Made, Order, make_file
from accounting_sync.actions.exports import refuse_nothing
from accounting_sync.files.asked import Asked
from accounting_sync.files.vouchers import ControlTotals
from accounting_sync.models import ExportedVoucher, ExportFormat, ExportRun
from accounting_sync.queries import exported_vouchers as vouchers
from accounting_sync.queries import exports as queries
from foundation import files, rows
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.transactions import read_only
from tenants import audit, jobs
from tenants.jobs import Work

SHORT_NAMES = {ExportFormat.JOURNAL_CSV: "journal", ExportFormat.GBAT10: "gbat10"}
BATCH_SIZE = 1_000  # rows of one statement


class LedgerMoved(DomainError):
    """What was written is not what the ledger says any more."""


def write_export(work: Work, *, today: date, now: datetime) -> None:
    """Write the file that the job asks for and put it down as the next run; a job that is stopped leaves none."""
    organization, asked = work.job.organization, Asked.from_json(work.job.parameters)
    with read_only():
        run = queries.export_of_job(organization, work.job.pk)
        marks = vouchers.voucher_marks(organization)
        count = vouchers.count_chosen(organization, asked, marks).vouchers

    def tell(done: int, total: int) -> bool:
        return jobs.tell_progress(work, done=done, total=total)

    if run is None:
        refuse_nothing(asked, count)
        order = Order(organization, asked, marks, count, today, tell)
        root = Path(settings.DATA_DIR) / "exports"
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=root) as folder:
            try:
                run = keep_export(order, make_file(order, Path(folder)), work=work, now=now)
            except ExportStopped:
                return
    result = {"sha256": run.sha256, "name": run.name, "size": run.size_bytes, "content_type": run.content_type}
    jobs.complete(work, {**result, "rows": run.lines})


def keep_export(order: Order, made: Made, *, work: Work, now: datetime) -> ExportRun:
    """Keep the bytes under their hash and put the run down under the next number, if it is what the ledger says."""
    size = made.path.stat().st_size
    sha256 = files.store_file(str(order.organization.pk), made.path)
    organization, asked, actor = order.organization, order.asked, jobs.actor_of(work.job)
    with transaction.atomic():
        queries.lock_export_settings(organization)
        totals = vouchers.totals_of(organization, asked, order.marks)
        _refuse_moved(asked.format, made.totals, totals)
        first = asked.first or vouchers.count_chosen(organization, asked, order.marks).first or asked.last
        number = queries.last_export_number(organization) + 1
        run = ExportRun(
            organization=organization,
            number=number,
            format=asked.format,
            scope=asked.scope,
            first_day=first,
            last_day=asked.last,
            with_documents=asked.with_documents,
            with_opening=asked.with_opening,
            settings=made.settings,
            vouchers=totals.vouchers,
            lines=totals.lines,
            documents=made.documents,
            debit=totals.debit,
            credit=totals.credit,
            totals={**totals.to_json(), "odd_lines": made.odd_lines},
            name=made.name or _name(order, number, made.ending),
            content_type=made.content_type,
            sha256=sha256,
            size_bytes=size,
            job_id=work.job.pk,
            made_by=actor.name,
            made_at=now,
        )
        run.save(force_insert=True)
        if asked.format != ExportFormat.SAFT:
            _put_down_vouchers(run, order)
        audit.record(actor, "export.made", run, number=number, vouchers=run.vouchers, sha256=sha256)
    return run


def _put_down_vouchers(run: ExportRun, order: Order) -> None:
    """Write down which vouchers stand in the file; in a copy none is new."""
    organization, asked = order.organization, order.asked
    found = vouchers.chosen_ids(organization, asked, order.marks)
    for start in range(0, len(found), BATCH_SIZE):
        fresh = [
            rows.fresh(
                ExportedVoucher,
                id=uuid7(),
                organization_id=organization.pk,
                run_id=run.pk,
                voucher_id=voucher_id,
                format=asked.format,
                is_first=is_new and not asked.is_copy,
            )
            for voucher_id, is_new in found[start : start + BATCH_SIZE]
        ]
        rows.insert(organization.pk, fresh)


def _refuse_moved(file_format: str, written: ControlTotals, ledger: ControlTotals) -> None:
    """What was counted in the file must be what the ledger says; SAF-T counts vouchers and sides alone."""
    is_same = written == ledger
    if file_format == ExportFormat.SAFT:
        is_same = (written.vouchers, written.debit, written.credit) == (ledger.vouchers, ledger.debit, ledger.credit)
    if not is_same:
        raise LedgerMoved(
            _("Somebody else made a file of these vouchers or posted in these days meanwhile. Try again.")
        )


def _name(order: Order, number: int, ending: str) -> str:
    """Whose file it is, what it is, and its number."""
    who = slugify(order.organization.name)[:60] or order.organization.slug
    return f"{who}-{SHORT_NAMES[ExportFormat(order.asked.format)]}-{number:04d}.{ending}"
