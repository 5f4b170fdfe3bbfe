"""Keeping the timesheet of a draft beside it: attached by choice, renewed until the draft is confirmed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from billing_backlog.actions.confirming import Decisions, confirm_proforma
from billing_backlog.errors import NotToConfirm
from billing_backlog.models import Proforma, ProformaStep
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.proformas import find_proforma
from billing_backlog.timesheets import Entry, entries_of, file_name, render_timesheet, write_csv
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.actions.attachments import attach_files, remove_attachment
from invoicing.attachments import ReadyFile
from invoicing.models import Attachment, Invoice
from tenants.audit import Actor
from tenants.models import Organization

TYPES = {"pdf": "application/pdf", "csv": "text/csv"}


def hand_over(
    organization: Organization, invoice_id: UUID, *, decisions: Decisions, actor: Actor, today: date, now: datetime
) -> ProformaStep:
    """Confirm a draft with its timesheet as the hours stand now, where one goes with it."""
    version = _renew(organization, invoice_id, decisions.version, actor=actor)
    return confirm_proforma(
        organization, invoice_id, decisions=replace(decisions, version=version), actor=actor, today=today, now=now
    )


def attach_timesheet(organization: Organization, invoice_id: UUID, ending: str, *, actor: Actor) -> None:
    """Put the timesheet with the draft, in place of the one that is there; twice is as good as once."""
    with read_only():
        invoice, proforma, entries = _read(organization, invoice_id)
        attached = _timesheets_on(organization, invoice_id)
    if not entries:
        raise NotToConfirm(_("The draft bills no hours, so there is nothing for a timesheet."))
    content = _content(organization, invoice, proforma, entries, ending)
    _put(organization, invoice, attached.get(ending), ending, content, actor=actor)


def timesheet_file(organization: Organization, invoice_id: UUID, ending: str) -> ReadyFile:
    """The timesheet of a draft or invoice as its lines stand."""
    with read_only():
        invoice, proforma, entries = _read(organization, invoice_id)
    content = _content(organization, invoice, proforma, entries, ending)
    return ReadyFile(file_name(invoice.language, ending), content, TYPES[ending])


def _renew(organization: Organization, invoice_id: UUID, version: int | None, *, actor: Actor) -> int | None:
    """Bring the draft's timesheets up to date, unless somebody else has saved it; the version that it has then."""
    with read_only():
        invoice, proforma, entries = _read(organization, invoice_id)
        attached = _timesheets_on(organization, invoice_id)
        wanted = set(attached)
        if backlog_settings(organization).attaches_timesheet and not wanted:
            wanted = {"pdf"}
    is_stale = version is not None and version != invoice.version
    if is_stale or not invoice.is_draft or not invoice.waits_for or not entries:
        return version
    for ending in sorted(wanted):
        content = _content(organization, invoice, proforma, entries, ending)
        _put(organization, invoice, attached.get(ending), ending, content, actor=actor)
    if version is None or not wanted:
        return version
    with read_only():
        return invoices.get_invoice(organization, invoice_id).version


def _read(organization: Organization, invoice_id: UUID) -> tuple[Invoice, Proforma | None, list[Entry]]:
    invoice = invoices.get_invoice(organization, invoice_id)
    hides_names = backlog_settings(organization).hides_names
    entries = entries_of(invoices.list_lines(invoice), hides_names=hides_names)
    return invoice, find_proforma(organization, invoice_id), entries


def _content(
    organization: Organization, invoice: Invoice, proforma: Proforma | None, entries: list[Entry], ending: str
) -> bytes:
    if ending == "csv":
        return write_csv(entries, invoice.language)
    moment = proforma.created_at if proforma is not None else invoice.created_at
    return render_timesheet(organization, invoice, entries, moment=moment)


def _timesheets_on(organization: Organization, invoice_id: UUID) -> dict[str, Attachment]:
    """The timesheets that are with the draft, by their ending; known by their names in any language."""
    names = {file_name(language, ending): ending for language, _name in settings.DOCUMENT_LANGUAGES for ending in TYPES}
    found = invoices.attachments_of(organization, invoice_id)
    return {names[row.name]: row for row in found if row.name in names}


def _put(
    organization: Organization, invoice: Invoice, there: Attachment | None, ending: str, content: bytes, *, actor: Actor
) -> None:
    if there is not None and there.sha256 == hashlib.sha256(content).hexdigest():
        return
    if there is not None:
        remove_attachment(organization, invoice.pk, there.pk, actor=actor)
    ready = ReadyFile(file_name(invoice.language, ending), content, TYPES[ending])
    attach_files(organization, invoice.pk, [ready], actor=actor)
