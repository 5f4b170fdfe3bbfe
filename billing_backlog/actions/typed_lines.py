"""Lines that somebody typed on a draft: they become backlog when the draft is confirmed, and not before (M-049)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing_backlog.actions.items import take_items
from billing_backlog.errors import LimitIsExceeded, NotToConfirm
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, BillingMethod, ContractLine, ItemKind, Proforma
from billing_backlog.queries.items import items_by_id
from billing_backlog.queries.proformas import items_on
from foundation import rows
from invoicing.drafting.composition import delivery_day_of
from invoicing.models import Invoice, InvoiceLine
from tenants.audit import Actor

SYSTEM = "proforma"  # who tells of the items that are made of typed lines
HOURS = "HUR"
KINDS = (ItemKind.FEE, ItemKind.TIME, ItemKind.MATERIAL, ItemKind.EXPENSE)


def typed_lines(lines: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """The lines that bill nothing of the backlog and have something to bill."""
    return [line for line in lines if line.source_id is None and line.quantity]


def usual_kind(line: InvoiceLine) -> str:
    """What a typed line most likely is: hours by its unit, material by its product, else a fee."""
    if line.unit_code == HOURS:
        return ItemKind.TIME
    return ItemKind.MATERIAL if line.product_id else ItemKind.FEE


def items_of_typed_lines(
    proforma: Proforma,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    kinds: Mapping[UUID, str],
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> dict[UUID, BacklogItem]:
    """An item for each typed line of a locked draft, ready and approved by whoever confirms it; by line.

    In the caller's transaction. Told again, the same line is the same item.
    """
    organization = invoice.organization
    typed = typed_lines(lines)
    if not typed:
        return {}
    around = next(iter(items_on(organization, lines).values()), None)
    contract_line = _line_for(proforma, around)
    new = []
    for line in typed:
        kind = kinds.get(line.pk) or usual_kind(line)
        if kind not in KINDS:
            raise NotToConfirm(
                _("Say what line %(position)s is: hours, material, an expense or a fee.") % {"position": line.position},
                field=f"kind_{line.pk}",
            )
        told = _told(line, kind, invoice, today=today, by=actor.name)
        project_id = around.project_id if around is not None else None
        new.append(_placed(told, contract_line, project_id))
    answers = take_items(organization, new, actor=actor, now=now)
    for line, answer in zip(typed, answers, strict=True):
        if answer.outcome == Outcome.REFUSED:
            raise NotToConfirm(
                _("Line %(position)s: %(sentence)s") % {"position": line.position, "sentence": answer.sentence},
                field=f"line_{line.pk}",
            )
    found = items_by_id(organization, [key for answer in answers for key in answer.item_ids])
    made = {line.pk: found[answer.item_ids[0]] for line, answer in zip(typed, answers, strict=True)}
    _make_ready(list(made.values()), actor, now)
    return made


def _line_for(proforma: Proforma, around: BacklogItem | None) -> ContractLine | None:
    """The line of the draft's contract that takes what was typed: that of its neighbours, else of time and material."""
    if proforma.contract_id is None:
        return None
    beside: ContractLine | None = around.line if around is not None else None
    if beside is not None:
        return beside
    lines: QuerySet[ContractLine] = ContractLine.objects.of(proforma.organization_id).filter(
        contract_id=proforma.contract_id
    )
    by_time: ContractLine | None = (
        lines.filter(billing_method=BillingMethod.TIME_AND_MATERIAL).order_by("position", "id").first()
    )
    first: ContractLine | None = lines.order_by("position", "id").first()
    return by_time or first


def _told(line: InvoiceLine, kind: str, invoice: Invoice, *, today: date, by: str) -> NewItem:
    return NewItem(
        kind=kind,
        day=delivery_day_of(line, invoice, today),
        period_from=line.period_from,
        quantity=line.quantity,
        text=line.description,
        internal_text=line.internal_text,
        unit_code=line.unit_code,
        customer_id=invoice.customer_id,
        product_id=line.product_id,
        unit_price=line.unit_price,
        rule_price=line.unit_price,
        price_rule=_("Typed on the draft by %(name)s") % {"name": by},
        price_includes_vat=invoice.prices_include_vat,
        currency=invoice.currency,
        charge_kind=line.charge_kind,
        vat_treatment=line.vat_treatment,
        revenue_account=line.revenue_account,
        dimensions=line.dimensions,
        source=Source(SYSTEM, invoice.pk.hex, line.pk.hex),
        approved_by=by,
        bears_all=True,
    )


def _placed(told: NewItem, line: ContractLine | None, project_id: UUID | None) -> NewItem:
    """The same under the contract's line, else under the project of the other lines."""
    return replace(told, line_id=line.pk) if line is not None else replace(told, project_id=project_id)


def _make_ready(items: Sequence[BacklogItem], actor: Actor, now: datetime) -> None:
    """What stands on a draft is ready already; the journal has nothing to hold of what the manager confirms."""
    for item in items:
        if item.is_over_limit:
            raise LimitIsExceeded(
                _("%(item)s would exceed what was agreed. Ask for a new limit, or take the line off the draft.")
                % {"item": item}
            )
        item.released_at = item.released_at or now
        item.ready_at, item.ready_by = item.ready_at or now, item.ready_by or actor.name
    if items:
        rows.update(items[0].organization_id, items, ["released_at", "ready_at", "ready_by"])
