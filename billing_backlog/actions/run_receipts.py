"""What comes back for a finance file: its receipt, and the rows that could not be invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.runs import open_run
from billing_backlog.errors import FileIsNotReady
from billing_backlog.finance_files.answers import ToldError
from billing_backlog.models import BacklogItem, BillingRun, FileReceipt, ReturnedError, RunFile
from billing_backlog.queries import run_files as queries
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

ERRORS_MAX = 5_000


@transaction.atomic
def receive_file(
    organization: Organization, file_id: UUID, *, lines: int, amount: Decimal, received_by: str, actor: Actor,
    now: datetime,
) -> FileReceipt:  # fmt: skip
    """Write down what the receiver confirms; the file is received only when count and total are what was sent (M-150).

    A receipt that differs is kept with its figures and leaves the file open.
    """
    file = _lock_handed_over(organization, file_id)
    agrees = lines == file.lines and amount == file.amount
    receipt = FileReceipt.objects.create(
        organization=organization,
        file=file,
        lines=lines,
        amount=amount,
        received_by=received_by.strip(),
        agrees=agrees,
        made_by=actor.name,
        made_at=now,
    )
    if agrees and file.received_at is None:
        file.received_at = now
        file.save(update_fields=["received_at"])
    verb = "run_file.received" if agrees else "run_file.receipt_differs"
    audit.record(actor, verb, file, lines=lines, amount=str(amount), received_by=receipt.received_by)
    return receipt


def _lock_handed_over(organization: Organization, file_id: UUID) -> RunFile:
    file = queries.lock_file(organization, file_id)
    if file.transferred_at is None:
        raise FileIsNotReady(_("%(name)s was not handed over yet.") % {"name": file.name})
    return file


@transaction.atomic
def return_errors(
    organization: Organization, file_id: UUID, told: Sequence[ToldError], *, actor: Actor, now: datetime
) -> list[ReturnedError]:
    """Take the rows that the receiver could not invoice back into the backlog, not ready, each with what was wrong.

    All or none: an order or line that is not in the file is refused by its number. A row comes back once.
    """
    file = _lock_handed_over(organization, file_id)
    if len(told) > ERRORS_MAX:
        raise FileIsNotReady(_("Enter at most %(most)s errors at once.") % {"most": ERRORS_MAX}, field="errors")
    texts = _texts_by_row(organization, file, told)
    returned = [row for row in queries.lock_rows(organization, texts) if row.taken_back_at is None]
    fresh = [
        ReturnedError(
            organization=organization, file=file, row=row, text=texts[row.pk], made_by=actor.name, made_at=now
        )
        for row in returned
    ]
    rows.insert(organization.pk, fresh)
    for row in returned:
        row.taken_back_at = now
    rows.update(organization.pk, returned, ["taken_back_at"])
    items = BacklogItem.objects.of(organization).filter(pk__in=[row.item_id for row in returned])
    items.update(ready_at=None, ready_by="", settled_at=None)
    if fresh:
        audit.record(actor, "run_file.errors_returned", file, count=len(fresh))
    return fresh


def _texts_by_row(organization: Organization, file: RunFile, told: Sequence[ToldError]) -> dict[UUID, str]:
    """The rows that are told of, each with what is wrong; what is not in the file is refused by its number."""
    places: dict[tuple[int, int], list[UUID]] = {}
    for key, order, line in queries.rows_of_file(organization, file).values_list("pk", "order__number", "line"):
        places.setdefault((order, 0), []).append(key)
        places.setdefault((order, line or 0), []).append(key)
    texts: dict[UUID, str] = {}
    for each in told:
        keys = places.get((each.order, each.line))
        if keys is None:
            raise FileIsNotReady(
                _("%(file)s has no order %(order)s with a line %(line)s. Nothing was noted.")
                % {"file": file.name, "order": each.order, "line": each.line or "–"},
                field="errors",
            )
        for key in keys:
            texts.setdefault(key, each.text)
    return texts


@transaction.atomic
def open_correction(organization: Organization, file_id: UUID, *, actor: Actor, now: datetime) -> BillingRun:
    """A run that takes what was returned of a file, and nothing else, through the same steps again (M-152).

    While one is under way, that one is returned.
    """
    file = queries.lock_file(organization, file_id)
    under_way = queries.correction_of(organization, file)
    if under_way is not None:
        return under_way
    if not queries.open_errors_of(organization, file):
        raise FileIsNotReady(_("Nothing of %(name)s waits to be sent again.") % {"name": file.name})
    first, *_others = queries.runs_of_file(organization, file)
    run = BillingRun(
        name=_("%(name)s, corrections") % {"name": first.name[:100]},
        scope=first.scope,
        period_from=first.period_from,
        until=max(each.until for each in (first, *_others)),
        change_percent=first.change_percent,
        needs_second_person=first.needs_second_person,
        target=file.target,
        corrects=file,
    )
    return open_run(organization, run, actor=actor, now=now)
