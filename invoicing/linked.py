"""What a document is linked with: where it came from, what came of it, and what its lines were made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from invoicing import queries
from invoicing.history import label_of_change, origin_told
from invoicing.models import Correction, Invoice, InvoiceLine
from tenants.models import AuditEntry, Organization

COPIES_SHOWN_MAX = 10
SOURCES_SHOWN_MAX = 20
TOLD_BY_LINKS = frozenset({"copy", "correction"})  # the other document is named, which says more
UNTOLD_SOURCES = frozenset({"added", "credit", ""})  # a line that somebody typed has no source beside the trail


@dataclass(frozen=True, slots=True)
class Link:
    """One document that this one is linked with."""

    relation: str
    name: str
    invoice_id: UUID
    remark: str = ""


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The record that a draft was made from: what it is, its name, and its id."""

    kind: str
    name: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a property said until it was changed."""

    value: str
    until: datetime
    actor: str


def links_of(
    organization: Organization,
    invoice: Invoice,
    notes: Sequence[Invoice],
    corrections: Sequence[Correction],
    trail: Sequence[AuditEntry],
) -> list[Link]:
    """Credits both ways, corrections both ways, and copies both ways."""
    return [
        *_credits(invoice, notes),
        *_corrections(invoice, corrections),
        *_copies(organization, trail),
    ]


def made_from(trail: Sequence[AuditEntry]) -> MadeFrom | None:
    """The record from which the draft was begun, with its name; None where it was begun from none."""
    first = next((entry for entry in reversed(trail) if entry.verb == "draft.created"), None)
    if first is None or not first.facts.get("origin_id") or not first.facts.get("origin_name"):
        return None
    return MadeFrom(str(first.facts["origin"]), str(first.facts["origin_name"]), UUID(first.facts["origin_id"]))


def origin_of(trail: Sequence[AuditEntry]) -> str:
    """On which page the draft was begun; empty where a link tells it, or nobody knows."""
    first = next((entry for entry in reversed(trail) if entry.verb == "draft.created"), None)
    return "" if first is None or first.facts.get("origin") in TOLD_BY_LINKS else origin_told(first)


def _credits(invoice: Invoice, notes: Sequence[Invoice]) -> Iterator[Link]:
    if invoice.credits is not None:
        yield Link(_("Credits"), _name(invoice.credits), invoice.credits.pk, invoice.credit_reason)
    for note in notes:
        yield Link(_("Credited by"), _name(note), note.pk, note.credit_reason)


def _corrections(invoice: Invoice, corrections: Sequence[Correction]) -> Iterator[Link]:
    for correction in corrections:
        if correction.original_id == invoice.pk:
            yield Link(_("Replaced by"), _name(correction.replacement), correction.replacement.pk, correction.reason)
        else:
            yield Link(_("Corrects"), _name(correction.original), correction.original.pk, correction.reason)


def _copies(organization: Organization, trail: Sequence[AuditEntry]) -> Iterator[Link]:
    """A copy knows where it was begun, and the original which drafts were begun from it."""
    told = [entry for entry in trail if entry.verb in {"draft.copied", "invoice.cloned"}][:COPIES_SHOWN_MAX]
    if not told:
        return
    others = {entry.pk: UUID(entry.facts.get("origin") or entry.facts["draft"]) for entry in told}
    found = queries.invoices_by_id(organization, list(others.values()))
    for entry in told:
        other = found.get(others[entry.pk])
        if other is not None:
            relation = _("Copied from") if entry.verb == "draft.copied" else _("Copied to")
            yield Link(relation, _name(other), other.pk)


def _name(invoice: Invoice) -> str:
    return str(invoice.number) if invoice.number else _("Draft")


def sources_of(lines: Sequence[InvoiceLine]) -> list[dict[str, Any]]:
    """What the lines came from, each source once, with who approved it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        kind = str(line.source.get("kind", ""))
        label = str(line.source.get("label", "") or line.source.get("id", ""))
        if kind in UNTOLD_SOURCES or not label:
            continue
        said = {"label": label, "by": line.source.get("approved_by", ""), "system": line.source.get("system", "")}
        told = found.setdefault((kind, label), {**said, "lines": []})
        told["lines"].append(line.position)
    return list(found.values())[:SOURCES_SHOWN_MAX]


def earlier_values(trail: Sequence[AuditEntry]) -> dict[str, list[Earlier]]:
    """What each property said before it was changed, newest first, from the audit trail."""
    found: dict[str, list[Earlier]] = {}
    for entry in trail:
        for name, before in _befores(entry):
            found.setdefault(label_of_change(name), []).append(Earlier(before, entry.recorded_at, entry.actor_name))
    return found


def _befores(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    changes = entry.facts.get("changes")
    if isinstance(changes, dict):
        yield from ((name, str(pair[0])) for name, pair in changes.items() if not name.startswith("lines"))
