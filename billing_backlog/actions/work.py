"""Writing work down, changing it while it is one's own, and handing it in for approval (M-024)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import PriceNeedsReason, StaleRecord, WorkIsSubmitted, WorkIsUnclear
from billing_backlog.models import WorkEntry, WorkKind
from billing_backlog.queries.work import hours_between, lock_own_work, lock_worker
from billing_backlog.working import price_of, refuse_day, refuse_hours, refuse_long_day
from billing_backlog.written import Written
from foundation import files, rows
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization, User

WORK_MAX = 500  # entries of one call
QUANTITY_MAX = Decimal(1_000_000)
PRICE_MAX = Decimal(1_000_000_000)
WRITTEN = (
    "project_id", "line_id", "product_id", "kind", "day", "quantity", "unit_code", "unit_price", "markup_percent",
    "price_reason", "text", "internal_text", "is_billable", "sends_receipt", "receipt_sha256", "receipt_name",
    "receipt_media_type",
)  # fmt: skip


def enter_work(
    organization: Organization, worker: User, written: Written, *, actor: Actor, today: date, now: datetime
) -> WorkEntry:
    """Store one entry of the worker's own, and hand it in for approval where that is wished."""
    entry = WorkEntry(organization=organization, performed_by=worker, created_at=now)
    _keep_receipt(organization, entry, written)
    with transaction.atomic():
        lock_worker(organization, worker)
        _write(organization, entry, written, today)
        rows.insert(organization.pk, [entry])
        audit.record(actor, "work.entered", entry, **_facts(entry))
        if written.submits:
            submit_locked(organization, [entry], actor=actor, now=now)
    return entry


def update_work(
    organization: Organization,
    entry_id: UUID,
    written: Written,
    *,
    worker: User,
    actor: Actor,
    today: date,
    now: datetime,
) -> WorkEntry:
    """Store what the maker says now; refused once it is handed in, or when somebody else has saved it meanwhile."""
    fresh = WorkEntry(organization=organization)
    _keep_receipt(organization, fresh, written)
    with transaction.atomic():
        lock_worker(organization, worker)
        [entry] = lock_own_work(organization, worker, [entry_id])
        refuse_submitted(entry)
        if entry.version != written.version:
            raise StaleRecord(_("Somebody has saved this meanwhile. Look at it again before you save."))
        before = {name: getattr(entry, name) for name in WRITTEN}
        if written.receipt is not None or written.drops_receipt:
            for name in ("receipt_sha256", "receipt_name", "receipt_media_type"):
                setattr(entry, name, getattr(fresh, name))
        _write(organization, entry, written, today)
        changes = audit.changes(before, {name: getattr(entry, name) for name in WRITTEN})
        if changes:
            entry.version += 1
            rows.update(organization.pk, [entry], [*[name.removesuffix("_id") for name in WRITTEN], "version"])
            audit.record(actor, "work.changed", entry, changes=changes)
        if written.submits:
            submit_locked(organization, [entry], actor=actor, now=now)
    return entry


@transaction.atomic
def remove_work(organization: Organization, worker: User, entry_id: UUID, *, actor: Actor) -> WorkEntry:
    """Delete an entry of one's own that nobody has been asked to approve."""
    lock_worker(organization, worker)
    [entry] = lock_own_work(organization, worker, [entry_id])
    refuse_submitted(entry)
    audit.record(actor, "work.removed", entry, **_facts(entry))
    WorkEntry.objects.of(organization).filter(pk=entry.pk).delete()
    return entry


@transaction.atomic
def submit_work(
    organization: Organization, worker: User, entry_ids: Collection[UUID], *, actor: Actor, now: datetime
) -> list[WorkEntry]:
    """Hand entries in for approval; what is handed in already stays so."""
    if len(entry_ids) > WORK_MAX:
        raise WorkIsUnclear(_("Hand in at most %(most)s entries at once.") % {"most": WORK_MAX})
    lock_worker(organization, worker)
    entries = lock_own_work(organization, worker, entry_ids)
    return submit_locked(organization, entries, actor=actor, now=now)


def submit_locked(
    organization: Organization, entries: Sequence[WorkEntry], *, actor: Actor, now: datetime
) -> list[WorkEntry]:
    """Hand in what is not handed in yet, in the caller's transaction; the entries are locked."""
    fresh = [entry for entry in entries if entry.submitted_at is None]
    for entry in fresh:
        entry.submitted_at, entry.returned_reason = now, ""
        entry.version += 1
    rows.update(organization.pk, fresh, ["submitted_at", "returned_reason", "version"])
    audit.record_each(actor, "work.submitted", [(entry, _facts(entry)) for entry in fresh], now=now)
    return fresh


@transaction.atomic
def withdraw_work(
    organization: Organization, worker: User, entry_ids: Collection[UUID], *, actor: Actor, now: datetime
) -> list[WorkEntry]:
    """Take handed-in entries back to change them; what is approved is corrected instead."""
    lock_worker(organization, worker)
    entries = lock_own_work(organization, worker, entry_ids)
    for entry in entries:
        if entry.is_approved:
            raise WorkIsSubmitted(_("%(entry)s is approved. Correct it instead.") % {"entry": entry})
    back = [entry for entry in entries if entry.submitted_at is not None]
    for entry in back:
        entry.submitted_at = None
        entry.version += 1
    rows.update(organization.pk, back, ["submitted_at", "version"])
    audit.record_each(actor, "work.withdrawn", [(entry, {}) for entry in back], now=now)
    return back


def refuse_submitted(entry: WorkEntry) -> None:
    """Refuse to change what waits for approval or is approved."""
    if entry.is_approved:
        raise WorkIsSubmitted(_("%(entry)s is approved. Correct it instead.") % {"entry": entry})
    if entry.submitted_at is not None:
        raise WorkIsSubmitted(_("%(entry)s waits for approval. Take it back first.") % {"entry": entry})


def _keep_receipt(organization: Organization, entry: WorkEntry, written: Written) -> None:
    """The bytes are kept before the row names them; the same bytes are kept once."""
    if written.receipt is not None:
        entry.receipt_sha256 = files.store(str(organization.pk), written.receipt.content)
        entry.receipt_name = written.receipt.name
        entry.receipt_media_type = written.receipt.content_type


def _write(organization: Organization, entry: WorkEntry, written: Written, today: date) -> None:
    _refuse_senseless(written)
    refuse_day(written.day, written.project, written.line, today=today)
    entry.project, entry.line, entry.product = written.project, written.line, written.product
    for name in ("kind", "day", "quantity", "unit_code", "unit_price", "markup_percent", "is_billable"):
        setattr(entry, name, getattr(written, name))
    entry.text, entry.internal_text = written.text.strip(), written.internal_text.strip()
    entry.price_reason = written.price_reason.strip()
    entry.sends_receipt = written.sends_receipt and bool(entry.receipt_sha256)
    _refuse_unreasoned_price(entry)
    if entry.kind == WorkKind.TIME:
        others = hours_between(organization, entry.performed_by, entry.day, entry.day)
        refuse_long_day(entry.day, sum((o.quantity for o in others if o.pk != entry.pk), entry.quantity))


def _refuse_senseless(written: Written) -> None:
    if not written.text.strip():
        raise WorkIsUnclear(_("Write what was done or bought; it stands on the invoice."), field="text")
    if written.kind == WorkKind.TIME:
        refuse_hours(written.quantity)
    if written.quantity <= 0 or written.quantity > QUANTITY_MAX:
        raise WorkIsUnclear(
            _("Give a quantity greater than zero. Correct approved work on its own page."), field="quantity"
        )
    if written.unit_price is not None and not 0 <= written.unit_price <= PRICE_MAX:
        raise WorkIsUnclear(_("Give a price between 0 and 1,000,000,000."), field="unit_price")
    needs_price = written.kind != WorkKind.TIME and written.product is None
    if needs_price and written.unit_price is None:
        raise WorkIsUnclear(_("Write what it cost, without VAT."), field="unit_price")
    if written.is_billable and written.kind == WorkKind.TIME and written.line is None and written.unit_price is None:
        raise WorkIsUnclear(
            _("No contract says a price for these hours. Choose a contract line, give a price, or do not bill them."),
            field="unit_price",
        )


def _refuse_unreasoned_price(entry: WorkEntry) -> None:
    """Another price than the contract's or the product's needs a written reason (M-155)."""
    if entry.unit_price is None or entry.price_reason or not entry.is_billable:
        return
    rule = price_of(entry).rule_price if entry.product else None
    if entry.kind == WorkKind.TIME and entry.line is not None:
        rule = entry.line.unit_price
        if rule is None and entry.line.product is not None:
            rule = entry.line.product.unit_price
    if rule is not None and entry.unit_price != rule:
        raise PriceNeedsReason(
            _("The price rule says %(price)s. Write why another price is taken.")
            % {"price": format_amount(rule, language_of_page())},
            field="price_reason",
        )


def _facts(entry: WorkEntry) -> dict[str, str]:
    return {"day": entry.day.isoformat(), "quantity": str(entry.quantity.normalize())}
