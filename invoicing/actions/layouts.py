"""Laying out a draft, and choosing the layout that new drafts begin with."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from foundation import rows
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions import spells
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.drafting.arranging import lay_out, moved, sections_of
from invoicing.drafting.content import changes_between, content_of
from invoicing.layouts import Layout
from invoicing.models import Invoice, LayoutDefaults
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.queries import lock_organization

PLACED_FIELDS = ("position", "section")


class CreditNoteKeepsLayout(DomainError):
    """A credit note is laid out as the invoice that it credits."""


@dataclass(frozen=True, slots=True)
class Move:
    """One section that goes up (-1) or down (1) among the others."""

    section: str
    step: int


@transaction.atomic
def lay_out_draft(
    organization: Organization,
    invoice_id: UUID,
    *,
    version: int,
    layout: Layout,
    actor: Actor,
    regroups: bool = False,
    move: Move | None = None,
) -> Invoice:
    """Print the draft in this layout; its lines keep their ids and sources, and all but their place and section.

    They are grouped where the layout groups by something else than before, and where `regroups` asks for it anew.
    """
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    refuse_stale(invoice, version)
    if invoice.is_credit_note:
        raise CreditNoteKeepsLayout(_("A credit note is laid out as the invoice that it credits."))
    spells.close_spells(organization, [invoice])
    lines = queries.list_lines(invoice)
    before = content_of(invoice, lines)
    places = {line.pk: (line.position, line.section) for line in lines}
    former = Layout.from_json(invoice.layout)
    if move is not None:
        ordered = moved(lines, move.section, move.step)
    elif regroups or (layout.group_by, layout.order) != (former.group_by, former.order):
        ordered = lay_out(invoice, lines, layout)
    else:
        ordered = lines
    invoice.layout = layout.only_for(sections_of(ordered)).to_json()
    after = content_of(invoice, ordered)
    changes = changes_between(before, after)
    if not changes:
        return invoice
    changed = [line for line in ordered if places[line.pk] != (line.position, line.section)]
    rows.update(organization.pk, changed, PLACED_FIELDS)
    invoice.version += 1
    invoice.updated_at = timezone.now()
    rows.update(organization.pk, [invoice], ("layout", "version", "updated_at"))
    audit.record(actor, "draft.changed", invoice, changes=changes)
    spells.keep_versions([spells.version_of(invoice, after, actor.name)])
    return invoice


@transaction.atomic
def update_layout_defaults(
    organization: Organization, layout: Layout, *, customer: Customer | None = None, actor: Actor
) -> LayoutDefaults:
    """The layout that new drafts begin with, of the organization or of one customer; older drafts keep theirs."""
    lock_organization(organization.pk)
    found = LayoutDefaults.objects.of(organization).filter(customer=customer).first()
    row = found or LayoutDefaults(organization=organization, customer=customer)
    before = row.layout.codes() if found else ""
    for name in ("group_by", "shows", "order", "hides_headings", "omits_specification"):
        setattr(row, name, getattr(layout, name))
    row.save()
    if found is None or before != row.layout.codes():
        _tell(row, before, row.layout.codes(), actor)
    return row


@transaction.atomic
def drop_customer_layout(organization: Organization, customer: Customer, *, actor: Actor) -> None:
    """Let new drafts of the customer begin as those of the organization again."""
    lock_organization(organization.pk)
    found = LayoutDefaults.objects.of(organization).filter(customer=customer).first()
    if found is None:
        return
    _tell(found, found.layout.codes(), "", actor)
    found.delete()


def _tell(row: LayoutDefaults, before: str, after: str, actor: Actor) -> None:
    about = {"customer": row.customer.name} if row.customer else {}
    audit.record(actor, "layout.changed", row, changes={"layout": [before, after]}, **about)
