"""Billing runs: prepared by whoever knows the work, frozen, approved by name, and generated once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import (
    ControlDiffers,
    RunHasMoved,
    RunIsNotReady,
    RunIsOver,
    WrongName,
    YourOwnRun,
)
from billing_backlog.models import BillingRun, Facility, RunAnswer, RunFacility, RunHold, RunRow, RunScope
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import rehearse_run
from billing_backlog.queries.run_files import facilities_returned
from billing_backlog.runs.basis import BasisRow, Sum, basis_hash, control_sheet
from billing_backlog.runs.stored import stored_row, told_row
from customers.models import Customer
from foundation import rows
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def open_run(organization: Organization, run: BillingRun, *, actor: Actor, now: datetime) -> BillingRun:
    """Store a new run; one for facilities begins with every billable facility, each to be taken and finished.

    Where the same work through the same day has a run already, that one is returned.
    """
    before = None if run.corrects_id else queries.find_run(organization, run.scope, run.until)
    if before is not None:
        return before
    if run.target is not None and not run.target.is_active:
        raise RunIsNotReady(_("%(name)s is out of use.") % {"name": run.target}, field="target")
    run.organization = organization
    run.prepared_by_id = actor.id
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        found = queries.find_run(organization, run.scope, run.until)
        if found is None:
            raise
        return found
    if run.scope == RunScope.FACILITIES:
        billable = (
            Facility.objects.of(organization).filter(is_billable=True, archived_at=None).order_by("number")
            if run.corrects is None
            else facilities_returned(organization, run.corrects)
        )
        RunFacility.objects.bulk_create(
            RunFacility(organization=organization, run=run, facility=facility) for facility in billable
        )
    audit.record(actor, "billing_run.opened", run, until=run.until.isoformat())
    return run


@transaction.atomic
def take_facility(
    organization: Organization, run_id: UUID, facility_id: UUID, *, actor: Actor, now: datetime
) -> RunFacility:
    """Take a facility of the run to prepare it: one's own, or an absent colleague's (M-157)."""
    run, place = _lock_place(organization, run_id, facility_id)
    place.taken_by_id, place.taken_at = actor.id, now
    place.finished_at, place.finished_by = None, ""
    place.save(update_fields=["taken_by", "taken_at", "finished_at", "finished_by"])
    audit.record(actor, "billing_run.facility_taken", run, facility=str(place.facility))
    return place


@transaction.atomic
def finish_facility(
    organization: Organization,
    run_id: UUID,
    facility_id: UUID,
    *,
    control: Sum,
    actor: Actor,
    now: datetime,
) -> RunFacility:
    """Finish a facility that one has taken: the booking list's count and sum must be those of the basis (M-141)."""
    run, place = _lock_place(organization, run_id, facility_id)
    if place.taken_by_id != actor.id:
        raise RunIsNotReady(_("Take %(facility)s before you finish it.") % {"facility": place.facility})
    name = str(place.facility)
    found = control_sheet(
        each.row
        for each in queries.candidates(organization, run)
        if each.obstacle in {"", "held"} and each.row.source == name
    ).total
    if found != control:
        language = language_of_page()
        raise ControlDiffers(
            _(
                "The booking list says %(count)s lines and %(amount)s, the basis has %(found)s lines and %(sum)s. "
                "Look for the difference before you finish."
            )
            % {
                "count": control.count,
                "amount": format_amount(control.amount, language),
                "found": found.count,
                "sum": format_amount(found.amount, language),
            },
            field="control_amount",
        )
    place.control_count, place.control_amount = control.count, control.amount
    place.finished_at, place.finished_by = now, actor.name
    place.save(update_fields=["control_count", "control_amount", "finished_at", "finished_by"])
    audit.record(
        actor, "billing_run.facility_finished", run, facility=name, count=control.count, amount=str(control.amount)
    )
    return place


@transaction.atomic
def return_facility(
    organization: Organization, run_id: UUID, facility_id: UUID, *, reason: str, actor: Actor
) -> RunFacility:
    """Give a finished facility back to whoever prepares it, with a reason."""
    if not reason.strip():
        raise RunIsNotReady(_("Write why it goes back."), field="reason")
    run, place = _lock_place(organization, run_id, facility_id)
    place.finished_at, place.finished_by = None, ""
    place.save(update_fields=["finished_at", "finished_by"])
    audit.record(actor, "billing_run.facility_returned", run, facility=str(place.facility), reason=reason.strip())
    return place


@transaction.atomic
def hold_customer(
    organization: Organization, run_id: UUID, customer: Customer, *, reason: str, actor: Actor
) -> BillingRun:
    """Leave a customer out of the run without stopping it; twice is as good as once."""
    if not reason.strip():
        raise RunIsNotReady(_("Write why the customer is held back."), field="reason")
    run = _lock_open(organization, run_id)
    _hold, is_new = RunHold.objects.of(organization).get_or_create(
        organization=organization,
        run=run,
        customer=customer,
        defaults={"reason": reason.strip(), "made_by": actor.name},
    )
    if is_new:
        audit.record(actor, "billing_run.customer_held", run, customer=customer.name, reason=reason.strip())
    return run


@transaction.atomic
def release_customer(organization: Organization, run_id: UUID, customer: Customer, *, actor: Actor) -> BillingRun:
    """Let a customer who was held back into the run again."""
    run = _lock_open(organization, run_id)
    gone, _tables = RunHold.objects.of(organization).filter(run=run, customer=customer).delete()
    if gone:
        audit.record(actor, "billing_run.customer_released", run, customer=customer.name)
    return run


@transaction.atomic
def answer_differences(
    organization: Organization, run_id: UUID, keys: Sequence[str], *, explanation: str, actor: Actor
) -> list[RunAnswer]:
    """Accept these differences, or explain them; an answer holds for the figures that it was given to."""
    run = _lock_open(organization, run_id)
    wanted = set(keys)
    answers = [
        RunAnswer(
            organization=organization,
            run=run,
            key=each.key,
            kind=each.kind.value,
            label=f"{each.customer}: {each.before} → {each.now} {each.note}".strip()[:300],
            explanation=explanation.strip()[:300],
            made_by=actor.name,
        )
        for each in rehearse_run(organization, run).unanswered
        if each.key in wanted
    ]
    rows.insert(organization.pk, answers)
    if answers:
        audit.record(
            actor, "billing_run.differences_answered", run, count=len(answers), explanation=explanation.strip()
        )
    return answers


@transaction.atomic
def freeze_run(organization: Organization, run_id: UUID, *, actor: Actor, now: datetime) -> BillingRun:
    """Freeze the basis with its control sheet: from here on one altered row makes the run refuse (M-140).

    Refuses while a facility is not finished, a difference is neither accepted nor explained, or nothing is there.
    """
    run = _lock_open(organization, run_id)
    missing = [place for place in queries.facilities_of(organization, run) if place.finished_at is None]
    if missing:
        names = ", ".join(
            f"{place.facility} ({place.taken_by or place.facility.case_worker or '–'})" for place in missing
        )
        raise RunIsNotReady(_("Not finished yet: %(names)s.") % {"names": names})
    rehearsal = rehearse_run(organization, run)
    if not rehearsal.rows:
        raise RunIsNotReady(_("Nothing is ready through that day."))
    if len(rehearsal.rows) > queries.ROWS_MAX:
        raise RunIsNotReady(
            _("A run holds at most %(most)s lines. Choose an earlier day.") % {"most": queries.ROWS_MAX}
        )
    if rehearsal.unanswered:
        raise RunIsNotReady(
            _("%(count)s differences from the last period are neither accepted nor explained.")
            % {"count": len(rehearsal.unanswered)}
        )
    frozen = [_frozen(run, position, row) for position, row in enumerate(rehearsal.rows, start=1)]
    rows.insert(organization.pk, frozen)
    run.frozen_at, run.frozen_by = now, actor.name
    run.basis_sha256 = basis_hash([row.sha256 for row in frozen])
    run.control = rehearsal.sheet.to_json()
    run.save(update_fields=["frozen_at", "frozen_by", "basis_sha256", "control"])
    audit.record(actor, "billing_run.frozen", run, basis=run.basis_sha256, **run.control["total"])
    return run


def _frozen(run: BillingRun, position: int, row: BasisRow) -> RunRow:
    return RunRow(
        organization_id=run.organization_id,
        run=run,
        position=position,
        item_id=row.item_id,
        customer_id=row.customer_id,
        content=told_row(row),
        sha256=row.digest,
    )


@transaction.atomic
def approve_run(
    organization: Organization, run_id: UUID, *, typed_name: str, actor: Actor, now: datetime
) -> BillingRun:
    """Approve what was frozen, naming the run (M-143); a second person where the run demands one.

    Refuses when a row says something else now than when it was frozen, and names it.
    """
    run = queries.lock_run(organization, run_id)
    if run.approved_at is not None and run.undone_at is None:
        return run
    _refuse_over(run)
    if not run.is_frozen:
        raise RunIsNotReady(_("Freeze the basis before you approve it."))
    if typed_name.strip() != run.name:
        raise WrongName(_("Type the run's name, “%(name)s”, to approve it.") % {"name": run.name}, field="typed_name")
    if run.needs_second_person and (actor.id is None or actor.id == run.prepared_by_id):
        raise YourOwnRun(_("You prepared this run. Somebody else approves it."))
    refuse_moved(organization, run)
    run.approved_at, run.approved_by = now, actor.name
    run.save(update_fields=["approved_at", "approved_by"])
    audit.record(actor, "billing_run.approved", run, basis=run.basis_sha256, **run.control["total"])
    return run


def refuse_moved(organization: Organization, run: BillingRun, *, done: frozenset[UUID] = frozenset()) -> list[RunRow]:
    """The frozen rows, when they are what was frozen and the items still say so; else RunHasMoved says what moved.

    Customers in `done` have their draft already, so their items are not asked again.
    """
    frozen = queries.frozen_rows(organization, run)
    refuse_altered(run, frozen)
    now = {each.row.item_id: each.row for each in queries.candidates(organization, run) if not each.obstacle}
    moved = [
        row
        for row in frozen
        if row.customer_id not in done and (row.item_id not in now or now[row.item_id].digest != row.sha256)
    ]
    if moved:
        raise RunHasMoved(
            _("%(count)s lines are not what was frozen: %(lines)s. Undo the run and prepare it anew.")
            % {"count": len(moved), "lines": "; ".join(_words(row, now.get(row.item_id)) for row in moved[:5])}
        )
    return frozen


def refuse_altered(run: BillingRun, frozen: Sequence[RunRow]) -> None:
    """Refuse a frozen basis of which a row says something else than its hash, or that is not the one approved."""
    altered = [row for row in frozen if _digest_of(row) != row.sha256]
    if altered or basis_hash([row.sha256 for row in frozen]) != run.basis_sha256:
        names = ", ".join(f"{row.position}" for row in altered[:10]) or "–"
        raise RunHasMoved(_("The frozen basis was altered (rows %(rows)s). Nothing is generated.") % {"rows": names})


def _digest_of(row: RunRow) -> str:
    return stored_row(row.content).digest


def _words(row: RunRow, now: BasisRow | None) -> str:
    was = stored_row(row.content)
    if now is None:
        return _("%(text)s is not there any more") % {"text": was.text}
    language = language_of_page()
    amounts = {"before": format_amount(was.amount, language), "now": format_amount(now.amount, language)}
    return _("%(text)s was %(before)s and is %(now)s") % {"text": was.text, **amounts}


def _lock_place(organization: Organization, run_id: UUID, facility_id: UUID) -> tuple[BillingRun, RunFacility]:
    run = _lock_open(organization, run_id)
    return run, queries.get_facility_of_run(organization, run.pk, facility_id)


def _lock_open(organization: Organization, run_id: UUID) -> BillingRun:
    run = queries.lock_run(organization, run_id)
    _refuse_over(run)
    if run.is_frozen:
        raise RunIsOver(_("The basis of “%(name)s” is frozen. Undo the run to prepare it anew.") % {"name": run.name})
    return run


def _refuse_over(run: BillingRun) -> None:
    if run.is_over:
        raise RunIsOver(_("“%(name)s” is done. Open a new run.") % {"name": run.name})
