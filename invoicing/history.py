"""What has happened to a document, in words: the audit trail as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import search_words
from invoicing.models import Invoice
from invoicing.wording import word_for
from tenants import queries as tenants
from tenants.models import AuditEntry, Organization

ENTRIES_READ_MAX = 200
CHANGES_NAMED_MAX = 6

SENTENCES = {
    "draft.created": gettext_lazy("Draft made"),
    "draft.changed": gettext_lazy("Draft changed"),
    "draft.deleted": gettext_lazy("Draft deleted"),
    "invoice.cloned": gettext_lazy("Copied to a new draft"),
    "invoice.finalized": gettext_lazy("Finalized"),
    "credit_note.started": gettext_lazy("Credit note begun"),
    "documents.made": gettext_lazy("PDF and EHF made"),
    "documents.retried": gettext_lazy("PDF and EHF asked for again"),
}
# What a person, and not a machine, did or what moved money stands out.
NOTABLE = frozenset({"invoice.finalized", "credit_note.started", "invoice.cloned"})
AMOUNTS = {
    "payable_amount": gettext_lazy("To pay"),
    "net_amount": gettext_lazy("Net"),
    "vat_amount": gettext_lazy("VAT"),
    "has_own_due_date": gettext_lazy("Own due date"),
    "customer": gettext_lazy("Customer"),
    "fixed_exchange_rate": gettext_lazy("Agreed exchange rate"),
}


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One thing that happened."""

    sentence: str
    details: tuple[str, ...]
    moment: datetime
    actor: str
    is_notable: bool


def history_of(organization: Organization, subject_id: UUID, words: str = "") -> list[HistoryRow]:
    """The newest two hundred entries that hold the words, newest first."""
    entries = tenants.list_history(organization, subject_id=subject_id)[:ENTRIES_READ_MAX]
    rows = [_row(entry) for entry in entries]
    wanted = search_words(words).casefold()
    return [row for row in rows if wanted in " ".join((row.sentence, *row.details, row.actor)).casefold()]


def _row(entry: AuditEntry) -> HistoryRow:
    sentence = str(SENTENCES.get(entry.verb, entry.verb))
    if entry.verb == "invoice.finalized":
        sentence = _("Finalized and numbered %(number)s") % {"number": entry.facts.get("number", "")}
    changes = entry.facts.get("changes", {})
    return HistoryRow(
        sentence=sentence,
        details=tuple(_changes(changes)) if isinstance(changes, dict) else (),
        moment=entry.recorded_at,
        actor=entry.actor_name,
        is_notable=entry.verb in NOTABLE,
    )


def _changes(changes: dict[str, Any]) -> list[str]:
    told = [
        _("%(field)s: %(before)s → %(after)s")
        % {"field": _label(name), "before": pair[0] or "–", "after": pair[1] or "–"}
        for name, pair in changes.items()
    ]
    more = len(told) - CHANGES_NAMED_MAX
    return told if more <= 0 else [*told[:CHANGES_NAMED_MAX], _("and %(count)s more") % {"count": more}]


def _label(name: str) -> str:
    if name in AMOUNTS:
        return str(AMOUNTS[name])
    return word_for(Invoice, name)
