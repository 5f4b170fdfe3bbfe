"""Whatever is done with work, nothing of it is lost and nothing is billed twice: told against a ledger in Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from billing_backlog.actions.confirming import Decisions, confirm_proforma
from billing_backlog.actions.pulling import add_items_to_draft
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.write_offs import take_back_write_off, write_off_items
from billing_backlog.models import BacklogItem, BillingRun, RunFileRow
from billing_backlog.queries.standing import standing_of
from invoicing import queries
from invoicing.actions import drafts
from invoicing.models import Invoice, InvoiceLine
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import TODAY, in_organization, scaled, work

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
RESTS = ("write_off", "return", "next")
ZERO = Decimal(0)


@dataclass(slots=True)
class Told:
    """What became of one item, as the steps that were taken say."""

    quantity: Decimal
    is_over_limit: bool = False
    billed: Decimal = ZERO
    written_off: Decimal = ZERO
    on_drafts: dict[UUID, Decimal] = field(default_factory=dict)

    @property
    def unbilled(self) -> Decimal:
        left = self.quantity - self.billed - self.written_off - sum(self.on_drafts.values(), ZERO)
        return left if left > 0 else ZERO


class World:
    """One company whose work is approved, split, drafted, changed, confirmed, billed, credited and given up."""

    def __init__(self, organization: Organization, seed: int) -> None:
        self.organization, self.dice = organization, random.Random(seed)
        nord, sor = builders.make_customer(organization), builders.make_customer(organization, name="Sørhavn AS")
        self.line = builders.make_contract_line(
            organization, shares={nord: "62.5", sor: "37.5"}, limit_amount=Decimal(60000)
        )
        self.told: dict[UUID, Told] = {}
        self.open: list[UUID] = []
        self.invoices: list[Invoice] = []
        self.write_offs: list[tuple[UUID, UUID, Decimal]] = []
        self.exported: list[tuple[UUID, UUID, Decimal]] = []
        self.actor = builders.actor_of(organization)

    def some(self, least: Decimal, most: Decimal) -> Decimal:
        return (least + (most - least) * Decimal(self.dice.randint(1, 99)) / 100).quantize(Decimal("0.000001"))

    def approve(self) -> None:
        hours = Decimal(self.dice.randint(1, 40)) / 4
        for item in builders.take_work(self.organization, work(self.line, quantity=hours)):
            self.told[item.pk] = Told(item.quantity, item.is_over_limit)

    def ready_and_draft(self) -> None:
        free = [key for key, told in self.told.items() if told.unbilled and not told.is_over_limit]
        chosen = self.dice.sample(free, min(len(free), 3))
        if not chosen:
            return
        with organization_context(self.organization.pk):
            assert not mark_ready(self.organization, chosen, actor=self.actor, now=NOW).refused
        with in_organization(self.organization):
            items = list(BacklogItem.objects.filter(pk__in=chosen))
            documents = [queries.get_invoice(self.organization, key) for key in self.open]
            waiting = {each.customer_id: each.pk for each in documents if each.waits_for}
        left = {item.pk: self.told[item.pk].unbilled for item in items}
        late = [item for item in items if item.customer_id in waiting and self.dice.random() < 0.5]
        for item in late:  # onto the open draft of the same customer
            with organization_context(self.organization.pk):
                add_items_to_draft(
                    self.organization, waiting[item.customer_id], [item.pk], actor=self.actor, today=TODAY, now=NOW
                )
            self.put(item, waiting[item.customer_id], left[item.pk])
        rest = [item for item in items if item not in late]
        for proforma in builders.make_proformas_of(self.organization, rest, waits_for=None) if rest else []:
            self.open.append(proforma.invoice_id)
            for item in rest:
                if item.customer_id == proforma.invoice.customer_id:
                    self.put(item, proforma.invoice_id, left[item.pk])

    def put(self, item: BacklogItem, draft: UUID, quantity: Decimal) -> None:
        on = self.told[item.pk].on_drafts
        on[draft] = on.get(draft, ZERO) + quantity

    def change_draft(self) -> None:
        if not self.open:
            return
        key = self.dice.choice(self.open)
        with in_organization(self.organization):
            invoice = queries.get_invoice(self.organization, key)
            lines = queries.list_lines(invoice)
        contents = []
        for line in lines:
            assert line.source_id is not None
            told = self.told[line.source_id]
            if len(lines) > 1 and self.dice.random() < 0.2:
                told.on_drafts[key] -= line.quantity
                continue
            quantity = self.some(ZERO, line.quantity * self.dice.choice([1, 1, 1, 2]))
            told.on_drafts[key] += quantity - line.quantity
            contents.append({"id": line.pk, "quantity": quantity})
        if not contents:
            return
        with organization_context(self.organization.pk):
            drafts.update_draft(
                self.organization, key, version=invoice.version, header={}, lines=contents, actor=self.actor,
                today=TODAY,
            )  # fmt: skip

    def delete_draft(self) -> None:
        if self.open and self.dice.random() < 0.3:
            key = self.open.pop(self.dice.randrange(len(self.open)))
            with organization_context(self.organization.pk):
                drafts.remove_draft(self.organization, key, actor=self.actor)
            for told in self.told.values():
                told.on_drafts.pop(key, None)

    def confirm_and_bill(self) -> None:
        if not self.open:
            return
        key = self.open.pop(self.dice.randrange(len(self.open)))
        with in_organization(self.organization):
            lines = list(InvoiceLine.objects.filter(invoice_id=key).order_by("position"))
        rests = {line.pk: self.dice.choice(RESTS) for line in lines}
        with organization_context(self.organization.pk):
            confirm_proforma(
                self.organization, key, decisions=Decisions(rests=rests), actor=self.actor, today=TODAY, now=NOW
            )
        for line in {line.source_id: line for line in reversed(lines)}.values():
            assert line.source_id is not None
            told = self.told[line.source_id]
            if rests[line.pk] == "write_off":
                told.written_off += told.unbilled
        self.invoices += builders.finalize_drafts(self.organization, [key])
        for told in self.told.values():
            told.billed += told.on_drafts.pop(key, ZERO)

    def credit(self) -> None:
        if not self.invoices:
            return
        invoice = self.dice.choice(self.invoices)
        wanted = {}
        for line in builders.lines_of(self.organization, invoice):
            with in_organization(self.organization):
                taken = queries.credited_quantities(self.organization, invoice.pk).get(line.pk, ZERO)
            left = line.quantity - taken
            if left and line.source_id is not None:
                wanted[line.pk] = (line.source_id, self.dice.choice([left, self.some(ZERO, left)]))
        if not wanted:
            return
        note = builders.make_credit_note_draft(
            self.organization, invoice, {pk: quantity for pk, (_item, quantity) in wanted.items()}
        )
        builders.finalize_drafts(self.organization, [note.pk])
        for item, quantity in wanted.values():
            self.told[item].billed -= quantity

    def correct(self) -> None:
        whole = [invoice for invoice in self.invoices if not self.has_credit(invoice) and self.dice.random() < 0.5]
        if not whole:
            return
        correction = builders.make_correction(self.organization, whole[0])
        both = builders.finalize_drafts(self.organization, [correction.credit_note_id, correction.replacement_id])
        self.invoices.remove(whole[0])
        self.invoices.append(both[1])

    def has_credit(self, invoice: Invoice) -> bool:
        with in_organization(self.organization):
            return queries.list_credit_notes(self.organization, invoice.pk).exists()

    def write_off(self) -> None:
        free = [key for key, told in self.told.items() if told.unbilled]
        if not free:
            return
        key = self.dice.choice(free)
        quantity = self.some(ZERO, self.told[key].unbilled)
        with organization_context(self.organization.pk):
            [row] = write_off_items(self.organization, {key: quantity}, reason="Kulanse", actor=self.actor, now=NOW)
        self.told[key].written_off += quantity
        self.write_offs.append((row.pk, key, quantity))

    def take_back(self) -> None:
        if self.write_offs:
            row, key, quantity = self.write_offs.pop()
            with organization_context(self.organization.pk):
                take_back_write_off(self.organization, row, reason="", actor=self.actor, now=NOW)
            self.told[key].written_off -= quantity

    def export(self) -> None:
        """What is left of some work goes into the file of another system, which bills it."""
        free = [key for key, told in self.told.items() if told.unbilled]
        chosen = self.dice.sample(free, min(len(free), 2))
        here = {"organization": self.organization}
        with in_organization(self.organization):
            day = date(2027, 1, 1) + timedelta(days=BillingRun.objects.count())
            run = BillingRun.objects.create(**here, name="Fil", period_from=day, until=day)
            for item in BacklogItem.objects.filter(pk__in=chosen):
                left = self.told[item.pk].unbilled
                row = RunFileRow.objects.create(
                    **here, run=run, item=item, customer_id=item.customer_id, quantity=left, net_amount=ZERO,
                    vat_amount=ZERO, vat_code="3",
                )  # fmt: skip
                self.exported.append((row.pk, item.pk, left))
                self.told[item.pk].billed += left

    def return_exported(self) -> None:
        """The other system could not bill it: it is unbilled again."""
        if self.exported:
            row, key, quantity = self.exported.pop(self.dice.randrange(len(self.exported)))
            with in_organization(self.organization):
                RunFileRow.objects.filter(pk=row).update(taken_back_at=NOW)
            self.told[key].billed -= quantity

    def compare(self, after: str) -> None:
        with in_organization(self.organization):
            items = list(BacklogItem.objects.filter(pk__in=list(self.told)))
            standing = standing_of(self.organization, items)
        for item in items:
            told, stands = self.told[item.pk], standing[item.pk]
            on_draft = sum(told.on_drafts.values(), ZERO)
            said = (stands.billed, stands.on_draft, stands.written_off, stands.unbilled)
            assert said == (told.billed, on_draft, told.written_off, told.unbilled), after
            assert sum(said) == stands.approved, after
            assert stands.billed >= 0
            assert stands.approved >= item.quantity


@pytest.mark.parametrize("seed", range(scaled(12, 2)))
def test_m_051_billed_and_unbilled_and_drafted_and_written_off_are_what_was_approved(
    organization: Organization, seed: int
) -> None:
    print("seed", seed)
    world = World(organization, seed)
    steps: list[Callable[[], None]] = [
        world.approve, world.approve, world.ready_and_draft, world.ready_and_draft, world.change_draft,
        world.delete_draft, world.confirm_and_bill, world.credit, world.correct, world.write_off, world.take_back,
        world.export, world.return_exported,
    ]  # fmt: skip
    world.approve()
    for _step in range(25):
        step = world.dice.choice(steps)
        step()
        world.compare(f"seed {seed}, after {step.__name__}")
    assert any(told.billed or told.on_drafts or told.written_off for told in world.told.values())
