"""A document as it was at a chosen moment: what a draft said, how a frozen document stood, what is new since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers.queries import property_names
from foundation.templatetags.formatting import format_amount, language_of_page
from invoicing import queries
from invoicing.drafting.content import changes_between, content_of
from invoicing.models import DraftVersion, Invoice, InvoiceLine, InvoiceStatus
from invoicing.standing import DocumentAmounts, standing_of
from invoicing.wording import field_of, word_for
from payments import queries as ledger
from tenants import queries as tenants
from tenants.looking_back import Changed, Said, differences, word_of
from tenants.models import AuditEntry, Organization

ENTRIES_READ_MAX = 1_000
LINES_SHOWN_MAX = 200
SAID_FIRST = ("issue_date", "due_date", "delivery_date", "currency", "payment_terms_days")
TRUTHS = {"True": True, "False": False}
LINE_COLUMNS = ("description", "quantity", "unit_price", "discount_percent", "net_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceThen:
    """How a document stood at a moment."""

    stage: str  # nothing, unknown, draft, finalized, deleted
    kept_since: datetime | None = None
    said_since: datetime | None = None
    actor_name: str = ""
    said: list[Said] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)
    lines_hidden: int = 0
    changed: list[Changed] = field(default_factory=list)


def invoice_then(
    organization: Organization, invoice: Invoice | None, invoice_id: UUID, moment: datetime, *, now: datetime
) -> InvoiceThen:
    """A draft from its kept versions; a finalized document from its snapshot, its postings and the audit trail."""
    first = queries.first_draft_version(organization, invoice_id)
    if invoice is not None and invoice.finalized_at is not None and invoice.finalized_at <= moment:
        return _finalized(organization, invoice, moment, now)
    begins = invoice.created_at if invoice else (first.recorded_at if first else None)
    if begins is not None and moment < begins:
        return InvoiceThen(stage="nothing", kept_since=begins)
    if invoice is None and _is_deleted(organization, invoice_id, moment):
        return InvoiceThen(stage="deleted", kept_since=begins)
    version = queries.draft_version_at(organization, invoice_id, moment)
    if version is None:
        return InvoiceThen(stage="unknown", kept_since=first.recorded_at if first else None)
    return _draft(organization, invoice, version)


def _is_deleted(organization: Organization, invoice_id: UUID, moment: datetime) -> bool:
    entries = tenants.list_history(organization, subject_id=invoice_id)
    return entries.filter(verb="draft.deleted", recorded_at__lte=moment).exists()


def _draft(organization: Organization, invoice: Invoice | None, version: DraftVersion) -> InvoiceThen:
    header = version.content.get("header", {})
    lines = version.content.get("lines", [])
    names = [*SAID_FIRST, *(name for name in header if name not in SAID_FIRST)]
    changed: list[Changed] = []
    if invoice is not None:
        now = content_of(invoice, queries.list_lines(invoice))
        changed = [_changed(name, *pair) for name, pair in changes_between(version.content, now).items()]
        if not invoice.is_draft:
            changed.insert(0, Changed(_("Number"), "", str(invoice.number or "")))
    return InvoiceThen(
        stage="draft",
        said_since=version.recorded_at,
        actor_name=version.actor_name,
        said=[Said(word_for(Invoice, name), worded(Invoice, name, header[name])) for name in names if name in header],
        lines=[_line(line) for line in lines[:LINES_SHOWN_MAX]],
        lines_hidden=max(0, len(lines) - LINES_SHOWN_MAX),
        changed=changed,
    )


def _line(line: Mapping[str, Any]) -> dict[str, str]:
    return {name: worded(InvoiceLine, name, line[name]) if name in line else "" for name in LINE_COLUMNS}


def _changed(name: str, then: str, now: str) -> Changed:
    """A difference as `changes_between` names it, with the field in words."""
    parts = name.split(".")
    if parts[0] != "lines":
        if name in {"lines_more", "lines_order"}:
            words = {"lines_more": _("More changes of lines"), "lines_order": _("Order of the lines")}
            return Changed(words[name], then, now or _("changed"))
        return Changed(word_for(Invoice, name), worded(Invoice, name, then), worded(Invoice, name, now))
    if len(parts) == 1:
        return Changed(_("Number of lines"), then, now)
    label = _("Line %(number)s") % {"number": parts[1]}
    if len(parts) == 2 or parts[2] == "removed":
        return Changed(label, then, now)
    column = parts[2]
    told = f"{label}: {word_for(InvoiceLine, column)}"
    return Changed(told, worded(InvoiceLine, column, then), worded(InvoiceLine, column, now))


def worded(model: type[Invoice] | type[InvoiceLine], name: str, value: Any) -> str:
    """A kept text in the reader's words."""
    if isinstance(value, str) and value in TRUTHS:
        value = TRUTHS[value]
    try:
        return word_of(field_of(model, name), value)
    except (LookupError, ValueError, ArithmeticError):
        return str(value)


def _finalized(organization: Organization, invoice: Invoice, moment: datetime, today: datetime) -> InvoiceThen:
    then = _standing(organization, invoice, moment)
    now = _standing(organization, invoice, today)
    followed = dict(_followed(organization, invoice, moment))
    then |= {label: pair[0] for label, pair in followed.items()}
    now |= {label: pair[1] for label, pair in followed.items()}
    return InvoiceThen(
        stage="finalized",
        said_since=invoice.finalized_at,
        actor_name=invoice.finalized_by,
        said=[Said(label, value) for label, value in then.items() if value],
        changed=list(differences(then, now)),
    )


def _standing(organization: Organization, invoice: Invoice, moment: datetime) -> dict[str, str]:
    """Status, what was open and what was credited at a moment."""
    notes = queries.list_credit_notes(organization, invoice.pk).filter(status=InvoiceStatus.FINALIZED)
    found = list(notes.filter(finalized_at__lte=moment).only("number", "payable_amount"))
    credited = sum((note.payable_amount for note in found), Decimal(0))
    balance = ledger.balance_at(organization.pk, invoice.receivable_id, moment) if invoice.receivable_id else None
    amounts = DocumentAmounts(
        kind=invoice.kind,
        status=invoice.status,
        due_date=invoice.due_date,
        payable=invoice.payable_amount,
        open=balance,
        credited=credited,
    )
    day = moment.astimezone(ZoneInfo(organization.time_zone)).date()
    language = language_of_page()
    return {
        _("Status"): str(standing_of(amounts, day).label),
        _("Balance due"): "" if balance is None else format_amount(balance, language),
        _("Credited"): format_amount(credited, language) if credited else "",
        _("Credit notes"): ", ".join(str(note.number) for note in found),
    }


def _followed(organization: Organization, invoice: Invoice, moment: datetime) -> Iterator[tuple[str, tuple[str, str]]]:
    """What stays changeable, then and now: the oldest change since tells what it was before."""
    follow_up = queries.follow_up_of(organization, invoice.pk)
    names = property_names(organization, "invoice")
    now = {"owner": str(follow_up.owner) if follow_up and follow_up.owner else ""}
    own = follow_up.custom_properties if follow_up else {}
    now |= {names.get(key, key): str(value) for key, value in own.items()}  # the trail calls them by name too
    then = dict(now)
    for entry in _changes_since(organization, invoice, moment):
        for name, pair in entry.facts["changes"].items():
            then[name], now[name] = str(pair[0]), now.get(name, str(pair[1]))
    for name in {**now, **then}:
        label = pgettext("of an invoice", "Owner") if name == "owner" else names.get(name, name)
        yield label, (then.get(name, ""), now.get(name, ""))


def _changes_since(organization: Organization, invoice: Invoice, moment: datetime) -> list[AuditEntry]:
    """The lines about changes after the moment, newest first, so that the oldest has the last word."""
    entries = tenants.list_history(organization, subject_id=invoice.pk).filter(recorded_at__gt=moment)
    found = entries.filter(facts__has_key="changes")[:ENTRIES_READ_MAX]
    return [entry for entry in found if isinstance(entry.facts["changes"], dict)]
