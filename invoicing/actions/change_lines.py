"""Changing many lines of a draft at once, and putting lines back as they were when the draft was made."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.vat import VatCategory, rule_of
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions import spells
from invoicing.actions.draft_lines import LineIsLocked, store_lines, total_draft
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.drafting.changing import LineChange, change_each
from invoicing.drafting.composition import AmountOutOfRange
from invoicing.drafting.content import changes_between, content_of
from invoicing.drafting.edited import values_then
from invoicing.frozen import line_content
from invoicing.models import Invoice, InvoiceLine
from invoicing.wording import word_for
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

POSITIONS_NAMED_MAX = 12
DESCRIPTION_LENGTH = 500
NUMBER_LIMITS = {"quantity": 100_000_000, "unit_price": 1_000_000_000}


class NoLinesChosen(DomainError):
    """A change of many lines names the lines, and what is to be changed."""


class MixedVat(DomainError):
    """A line outside VAT stands with no line of another category."""


@dataclass(frozen=True, slots=True)
class LinesChanged:
    """The draft after a change of many lines, and a sentence where some of them kept what their source decides."""

    invoice: Invoice
    count: int
    kept: str = ""


@transaction.atomic
def change_lines(
    organization: Organization,
    invoice_id: UUID,
    line_ids: Collection[UUID] | None,
    change: LineChange,
    *,
    version: int,
    actor: Actor,
    today: date,
) -> LinesChanged:
    """Say the same of these lines, or of all, as one version of the draft; what a line's source decides stays."""
    if change.is_empty:
        raise NoLinesChosen(_("Say what is to be changed on the lines."))
    draft = _Draft.lock(organization, invoice_id, version)
    chosen = {line.pk for line in draft.lines if line_ids is None or line.pk in set(line_ids)}
    if not chosen:
        raise NoLinesChosen(_("Choose the lines that are to be changed: tick them, or choose all."))
    changed = change_each(draft.lines, chosen, change)
    kept = _kept_sentence(changed.kept, changed.sources)
    _refuse_values(changed.ordered)
    if not draft.store(changed.ordered, actor=actor, today=today) and kept:
        raise LineIsLocked(kept)
    return LinesChanged(draft.invoice, len(chosen), kept)


class _Draft:
    """A locked draft with its lines as they are stored, for one change of them."""

    def __init__(self, organization: Organization, invoice: Invoice, lines: list[InvoiceLine]) -> None:
        self.organization, self.invoice, self.lines = organization, invoice, lines
        self.before = content_of(invoice, lines)
        self.contents = {line.pk: line_content(line) for line in lines}

    @classmethod
    def lock(cls, organization: Organization, invoice_id: UUID, version: int) -> _Draft:
        invoice = queries.lock_invoice(organization, invoice_id)
        refuse_finalized(invoice)
        refuse_stale(invoice, version)
        if invoice.is_credit_note:
            raise LineIsLocked(_("The lines of a credit note stand as they were invoiced."), field="lines")
        spells.close_spells(organization, [invoice])
        return cls(organization, invoice, queries.list_lines(invoice))

    def store(self, lines: list[InvoiceLine], *, actor: Actor, today: date) -> bool:
        """Write what is new as one version with one line in the trail; says whether anything was."""
        total_draft(self.invoice, lines, self.organization, today)
        after = content_of(self.invoice, lines)
        changes = changes_between(self.before, after)
        if not changes:
            return False
        store_lines(self.invoice, self.contents, lines)
        self.invoice.version += 1
        self.invoice.updated_at = timezone.now()
        self.invoice.save()
        audit.record(actor, "draft.changed", self.invoice, changes=changes)
        spells.keep_versions([spells.version_of(self.invoice, after, actor.name)])
        return True


def _refuse_values(lines: Iterable[InvoiceLine]) -> None:
    """Refuse what no line can hold; the sentence names the line."""
    categories: dict[Any, int] = {}
    for line in lines:
        categories.setdefault(rule_of(line.vat_treatment).category, line.position)
        if len(line.description) > DESCRIPTION_LENGTH:
            raise AmountOutOfRange(
                _("Line %(position)s: the text becomes longer than %(most)s characters. Write less before it.")
                % {"position": line.position, "most": DESCRIPTION_LENGTH}
            )
        for name, most in NUMBER_LIMITS.items():
            if abs(getattr(line, name)) > most:
                raise AmountOutOfRange(
                    _("Line %(position)s: %(field)s becomes too large.")
                    % {"position": line.position, "field": word_for(InvoiceLine, name).lower()}
                )
    # EN 16931, BR-O-11 to BR-O-14.
    if VatCategory.OUTSIDE in categories and len(categories) > 1:
        raise MixedVat(_("A line outside VAT cannot stand with lines inside it. Choose exempt, or make two invoices."))


def _kept_sentence(kept: dict[str, list[int]], sources: set[str]) -> str:
    if not kept:
        return ""
    told = [f"{word_for(InvoiceLine, name)} ({_positions(places)})" for name, places in kept.items()]
    source = ", ".join(sorted(filter(None, sources))[:3]) or _("What the lines come from")
    return _("%(source)s decides, and these stay as they were: %(fields)s.") % {
        "source": source,
        "fields": "; ".join(told),
    }


def _positions(places: list[int]) -> str:
    named = ", ".join(map(str, places[:POSITIONS_NAMED_MAX]))
    more = len(places) - POSITIONS_NAMED_MAX
    if more > 0:
        named = _("%(named)s and %(count)s more") % {"named": named, "count": more}
    return _("line %(positions)s") % {"positions": named}


@transaction.atomic
def put_back_lines(
    organization: Organization,
    invoice_id: UUID,
    line_ids: Collection[UUID] | None,
    *,
    version: int,
    actor: Actor,
    today: date,
) -> int:
    """Let these lines, or all, say again what they said when the draft was made; returns how many did not.

    A line that was taken out comes back from where it came from, not from here: meanwhile it may be billed elsewhere.
    """
    draft = _Draft.lock(organization, invoice_id, version)
    first = queries.first_draft_version(organization, invoice_id)
    if first is None or first.version != 1:
        raise NoLinesChosen(_("What this draft said when it was made is not kept."))
    then = values_then(first)
    put_back = 0
    for line in draft.lines:
        values = then.get(line.pk, {})
        if (line_ids is not None and line.pk not in line_ids) or not _differs(line, values):
            continue
        for name, value in values.items():
            setattr(line, name, value)
        put_back += 1
    if put_back:
        draft.store(draft.lines, actor=actor, today=today)
    return put_back


def _differs(line: InvoiceLine, values: dict[str, Any]) -> bool:
    return any(getattr(line, name) != value for name, value in values.items())
