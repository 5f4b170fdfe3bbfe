"""One draft of a customer that collects the work of a period, and is booked by hand when the period is over (M-126)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing_backlog.actions.proformas import Making, header_of, make_proformas
from billing_backlog.automation import Automation, Period, end_of_period
from billing_backlog.drafting.content import line_content
from billing_backlog.models import BacklogItem, MadeBy, Proforma
from billing_backlog.queries.by_itself import collecting_drafts
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.proformas import items_on
from billing_backlog.queries.standing import standing_of
from foundation import rows
from invoicing import queries as invoices
from invoicing.actions.confirmed import append_lines, remove_lines
from invoicing.actions.drafts import remove_draft
from invoicing.models import Invoice, InvoiceLine
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What bills by itself, in whose name, and when it is."""

    made_by: MadeBy
    actor: Actor
    today: date
    now: datetime
    work_day: date | None = None

    @property
    def waits(self) -> bool:
        """Whether the day of the work is still to come."""
        return self.work_day is not None and self.work_day > self.today


@dataclass(frozen=True, slots=True)
class CollectingKey:
    """What one draft collects: a customer's work of a period, in one currency and kind of price."""

    customer_id: UUID
    through: date
    currency: str
    price_includes_vat: bool


def collect_items(
    organization: Organization,
    items: Iterable[BacklogItem],
    ways: Mapping[UUID, Automation],
    open_drafts: Sequence[Proforma],
    told: Telling,
) -> None:
    """Put ready items on the newest open draft of their period, or on a new one, in the caller's transaction.

    Customers and open drafts are locked by the caller.
    """
    newest = {_key_of(proforma): proforma for proforma in open_drafts}
    groups: dict[CollectingKey, list[BacklogItem]] = {}
    for item in items:
        through = end_of_period(item.day, ways[item.customer_id].period)
        key = CollectingKey(item.customer_id, through, item.currency, item.price_includes_vat)
        groups.setdefault(key, []).append(item)
    fresh: dict[date, list[UUID]] = {}
    for key, group in groups.items():
        if key in newest:
            add_to_draft(organization, newest[key].invoice_id, group, actor=told.actor, today=told.today, now=told.now)
        else:
            fresh.setdefault(key.through, []).extend(item.pk for item in group)
    for through, ids in fresh.items():
        making = Making(made_by=told.made_by, cut_off=through, waits_for="", per_customer=True)
        make_proformas(organization, ids, making=making, actor=told.actor, today=told.today, now=told.now)


def _key_of(proforma: Proforma) -> CollectingKey:
    invoice, through = proforma.invoice, proforma.cut_off
    assert through is not None  # an open draft without the end of its period collects nothing
    return CollectingKey(invoice.customer_id, through, invoice.currency, invoice.prices_include_vat)


def add_to_draft(
    organization: Organization,
    invoice_id: UUID,
    items: Sequence[BacklogItem],
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> None:
    """Put what is unbilled of these items behind the lines of a draft; its period grows with them."""
    invoice = invoices.lock_invoice(organization, invoice_id)
    invoice.organization = organization
    there = items_on(organization, invoices.list_lines(invoice)).values()
    ordered = sorted(items, key=lambda item: (item.day, item.pk))
    standing = standing_of(organization, ordered)
    hides_names = backlog_settings(organization).hides_names
    _redate(invoice, [*there, *ordered])
    contents = [line_content(item, standing[item.pk].unbilled, hides_names=hides_names) for item in ordered]
    append_lines(invoice, contents, version=None, actor=actor, today=today)
    audit.record_each(actor, "backlog.drafted", [(item, {"draft": str(invoice_id)}) for item in ordered], now=now)


def take_off_draft(
    organization: Organization, invoice: Invoice, line_ids: Collection[UUID], *, actor: Actor, today: date
) -> None:
    """Take lines off a locked draft that keeps others; its period is that of what is left."""
    invoice.organization = organization
    kept = [line for line in invoices.list_lines(invoice) if line.pk not in line_ids]
    left = list(items_on(organization, kept).values())
    if left:
        _redate(invoice, left)
    remove_lines(invoice, line_ids, actor=actor, today=today)


def _redate(invoice: Invoice, items: Sequence[BacklogItem]) -> None:
    """The day or the period of the work, as the draft's head says it."""
    told = header_of(items)
    invoice.delivery_date = told.get("delivery_date")
    invoice.period_from, invoice.period_to = told.get("period_from"), told.get("period_to")


def gather_draft(
    organization: Organization, proforma: Proforma, invoice: Invoice, period: Period, told: Telling
) -> None:
    """Let what was formed for one day join the draft of its period; where there is none, it becomes that draft.

    One that somebody has changed meanwhile stays as it was made. Both drafts are locked by the caller.
    """
    assert proforma.cut_off is not None
    through = end_of_period(proforma.cut_off, period)
    key = CollectingKey(invoice.customer_id, through, invoice.currency, invoice.prices_include_vat)
    others = [row for row in collecting_drafts(organization, [invoice.customer_id]) if row.pk != proforma.pk]
    there = [row for row in others if _key_of(row) == key]
    lines = invoices.list_lines(invoice)
    if there and _is_as_made(organization, lines):
        ids = [line.source_id for line in lines if line.source_id is not None]
        remove_draft(organization, invoice.pk, actor=told.actor)
        items = lock_items(organization, ids)
        add_to_draft(organization, there[-1].invoice_id, items, actor=told.actor, today=told.today, now=told.now)
    else:
        proforma.cut_off = through
        rows.update(organization.pk, [proforma], ["cut_off"])


def _is_as_made(organization: Organization, lines: Sequence[InvoiceLine]) -> bool:
    """Whether the lines are those that were made, each with all of its item."""
    items = items_on(organization, lines)
    return all(
        line.source_id in items
        and (line.quantity, line.unit_price) == (items[line.source_id].quantity, items[line.source_id].unit_price)
        and line.description == items[line.source_id].text
        for line in lines
    )
