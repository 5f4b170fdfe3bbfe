"""Confirming drafts: the project manager hands the work over to accounting (M-031, M-049 to M-051)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.typed_lines import items_of_typed_lines
from billing_backlog.drafting.content import confirmed_source, locked_fields, source_of
from billing_backlog.errors import NotToConfirm
from billing_backlog.models import BacklogItem, Proforma, ProformaStep, ReducedRest, StepKind, WriteOff
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.proformas import lock_proforma
from billing_backlog.queries.standing import standing_of
from foundation import rows
from foundation.canonical import digest
from invoicing import queries as invoices
from invoicing.actions import spells
from invoicing.actions.confirmed import Signature, sign_lines
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.actions.waiting import release_drafts
from invoicing.confirmation import work_on
from invoicing.models import Invoice, InvoiceLine, WaitsFor
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What the one who confirms has decided, by the id of the line; what is not said is as the organization has it."""

    rests: Mapping[UUID, str] = field(default_factory=dict)  # what becomes of what was taken off a line
    kinds: Mapping[UUID, str] = field(default_factory=dict)  # what a line that was typed on the draft is
    version: int | None = None  # of the draft as it was read


@transaction.atomic
def confirm_proforma(
    organization: Organization,
    invoice_id: UUID,
    *,
    decisions: Decisions,
    actor: Actor,
    today: date,
    now: datetime,
) -> ProformaStep:
    """Confirm the work on a draft and let it go to accounting; confirmed as it stands already, it stays so.

    Lines that were typed become backlog, what was taken off a line becomes what was decided of it, and each line says
    from then on who has confirmed it.
    """
    invoice = invoices.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    proforma = lock_proforma(organization, invoice_id)
    lines = invoices.list_lines(invoice)
    before = _standing_confirmation(organization, proforma, invoice, lines)
    if before is not None:
        return before
    if decisions.version is not None:
        refuse_stale(invoice, decisions.version)
    _refuse_empty(invoice, lines)
    spells.close_spells(organization, [invoice])
    invoice.organization = organization
    made = items_of_typed_lines(proforma, invoice, lines, decisions.kinds, actor=actor, today=today, now=now)
    ids = {line.source_id for line in lines if line.source_id is not None}
    items = {item.pk: item for item in lock_items(organization, ids)} | {item.pk: item for item in made.values()}
    _settle_rests(organization, lines, items, decisions, actor=actor, now=now)
    sign_lines(invoice, lines, _signatures(lines, items, made, actor, today))
    step = ProformaStep(
        organization=organization,
        proforma=proforma,
        kind=StepKind.CONFIRMED,
        work_hash=work_hash(lines),
        made_by=actor.name,
        made_at=now,
    )
    rows.insert(organization.pk, [step])
    audit.record(actor, "proforma.confirmed", invoice, payable=str(invoice.payable_amount))
    release_drafts(organization, [invoice_id], actor=actor)
    return step


def work_hash(lines: Sequence[InvoiceLine]) -> str:
    """The hash of what a confirmation is bound to: things, quantities, prices and charges, whatever their order."""
    return digest([[str(key), *map(_plain, said)] for key, said in sorted(work_on(lines).items())])


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def _standing_confirmation(
    organization: Organization, proforma: Proforma, invoice: Invoice, lines: Sequence[InvoiceLine]
) -> ProformaStep | None:
    """The confirmation that holds for the draft as it stands, if any."""
    if invoice.waits_for == WaitsFor.CONFIRMATION:
        return None
    last = ProformaStep.objects.of(organization).filter(proforma=proforma).order_by("-id").first()
    is_standing = last is not None and last.kind == StepKind.CONFIRMED and last.work_hash == work_hash(lines)
    return last if is_standing else None


def _refuse_empty(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    if not lines:
        raise NotToConfirm(
            _("The draft for %(customer)s has no line. Take work onto it, or delete it.")
            % {"customer": invoice.customer.name}
        )


def _settle_rests(
    organization: Organization,
    lines: Sequence[InvoiceLine],
    items: Mapping[UUID, BacklogItem],
    decisions: Decisions,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """What is left of an item that the draft bills in part: written off, not ready any more, or ready for the next."""
    usual = backlog_settings(organization).reduced_rest
    standing = standing_of(organization, list(items.values()))
    written: list[WriteOff] = []
    taken_back: list[BacklogItem] = []
    for line in {line.source_id: line for line in reversed(lines)}.values():  # a line that was split asks once
        item = items.get(line.source_id) if line.source_id else None
        left = standing[item.pk].unbilled if item is not None else None
        if item is None or not left:
            continue
        decided = decisions.rests.get(line.pk) or usual
        if decided == ReducedRest.WRITE_OFF:
            reason = _("Taken off the draft when it was confirmed")
            written.append(
                WriteOff(organization=organization, item=item, quantity=left, reason=reason, made_by=actor.name)
            )
        elif decided == ReducedRest.RETURN and item.ready_at is not None:
            item.ready_at, item.ready_by = None, ""
            taken_back.append(item)
        elif decided not in ReducedRest.values:
            raise NotToConfirm(_("Choose what becomes of the rest of %(item)s.") % {"item": item}, field="rest")
    rows.insert(organization.pk, written)
    rows.update(organization.pk, taken_back, ["ready_at", "ready_by"])
    audit.record_each(
        actor,
        "backlog.written_off",
        [(row.item, {"quantity": str(row.quantity), "reason": row.reason}) for row in written],
        now=now,
    )
    audit.record_each(actor, "backlog.marked_not_ready", [(item, {}) for item in taken_back], now=now)


def _signatures(
    lines: Sequence[InvoiceLine],
    items: Mapping[UUID, BacklogItem],
    made: Mapping[UUID, BacklogItem],
    actor: Actor,
    today: date,
) -> dict[UUID, Signature]:
    signatures = {}
    for line in lines:
        item = made.get(line.pk)
        if item is not None:
            source = confirmed_source(source_of(item), actor.name, today)
            signatures[line.pk] = Signature(source, item.pk, locked_fields(item))
        else:
            source = confirmed_source(line.source, actor.name, today)
            signatures[line.pk] = Signature(source, line.source_id, line.locked_fields)
    return signatures
