"""Everything kept of a person as one zip (GDPR art. 15): data for machines, an index for people, and the files.

The rows are found by walking every foreign key upwards from the customer, so that a table that is added later is in
it by itself; what points without a key (versions, history, jobs) is asked for by its ids.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import BinaryField, ForeignKey, Model, Q, TextField, UUIDField
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from config.erasure import Person, find_person, kept_of
from customers.actions import erasure as customers_erasure
from customers.actions.national_ids import reveal_national_id
from customers.models import Contact, Customer
from foundation import files
from foundation.templatetags.formatting import format_moment, language_of_page
from foundation.transactions import read_only
from invoicing.actions.erasure import TEXTS_OF_DRAFT
from invoicing.models import (
    Attachment,
    Delivery,
    DeliveryEvent,
    Dispatch,
    DocumentFile,
    DraftVersion,
    Enquiry,
    Invoice,
    PublicLink,
    ReceivedMessage,
)
from tenants import audit
from tenants.audit import Actor
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.erasure import mentioning
from tenants.looking_back import word_of
from tenants.models import AuditEntry, JobItem, Notice, Organization, OutboxRow, RecordVersion
from tenants.scoping import OrganizationOwned

ROWS_OF_KIND_MAX = 50_000
IN_MEMORY_BYTES = 8 << 20
SPELLED_AS = {"core_xml": "xml", "pdf": "pdf", "ehf": "ehf.xml"}
# Columns that say nothing of a person: keys of the machine.
SILENT = (BinaryField,)

Rows = dict[type[OrganizationOwned], dict[UUID, OrganizationOwned]]


TITLES: dict[str, Any] = {
    "customers_customer": _("Customer"),
    "customers_contact": _("Contacts"),
    "invoicing_invoice": _("Documents and drafts"),
    "invoicing_invoiceline": _("Lines of documents"),
    "invoicing_invoicefollowup": _("What is kept beside documents"),
    "invoicing_attachment": _("Attachments"),
    "invoicing_correction": _("Corrections"),
    "invoicing_draftapproval": _("Approvals"),
    "invoicing_draftcheck": _("What checks found"),
    "invoicing_draftversion": _("What drafts said"),
    "invoicing_editingspell": _("What drafts said before they were edited"),
    "invoicing_documentfile": _("Files of documents"),
    "invoicing_customerpaper": _("Receipts, statements and reminders"),
    "invoicing_dispatch": _("What was sent"),
    "invoicing_delivery": _("To whom it was sent"),
    "invoicing_deliveryevent": _("What became of it"),
    "invoicing_receivedmessage": _("Answers from the road"),
    "invoicing_publiclink": _("Links to documents"),
    "invoicing_enquiry": _("What was said of documents"),
    "payments_hold": _("Claims put on hold"),
    "payments_receivable": _("Claims"),
    "payments_receivablebalance": _("What is owed"),
    "payments_posting": _("Postings"),
    "payments_allocation": _("Settlements"),
    "payments_payment": _("Payments"),
    "payments_refund": _("Refunds"),
    "payments_bankline": _("What the bank told of payments"),
    "payments_knownpayer": _("Accounts that were paid from"),
    "payments_directdebitmandate": _("AvtaleGiro mandates"),
    "payments_savedmethod": _("Saved cards"),
    "payments_paymentattempt": _("Payments online"),
    "payments_attemptpart": _("What was paid online"),
    "billing_backlog_project": _("Projects"),
    "billing_backlog_backlogitem": _("Billing backlog"),
    "billing_backlog_visit": _("Visits"),
    "billing_backlog_booking": _("Bookings"),
    "billing_backlog_quote": _("Quotes"),
    "billing_backlog_subscription": _("Subscriptions"),
    "billing_backlog_advance": _("Advances"),
    "billing_backlog_billingautomation": _("Billing by itself"),
    "billing_backlog_runfilerow": _("What was exported to finance systems"),
    "billing_backlog_runorder": _("Orders at finance systems"),
    "reminders_planchoice": _("How the customer is reminded"),
    "reminders_reminder": _("Reminders"),
    "reminders_reminderletter": _("Letters of reminders"),
    "reminders_collectioncase": _("Collection cases"),
    "reminders_collectionclaim": _("Claims in collection"),
    "reminders_collectionfile": _("Files of collection cases"),
    "reminders_collectionnews": _("What agencies told"),
    "reminders_lossevidence": _("Evidence of losses"),
    "tenants_recordversion": _("What was registered earlier"),
    "tenants_auditentry": _("History"),
    "tenants_jobitem": _("Jobs"),
    "tenants_notice": _("Notices"),
    "tenants_outboxrow": _("Work in the background"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """All rows of one kind: as data, and as a person reads them under the name that it is known by."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    read: list[dict[str, Any]]


@transaction.atomic
def record_export(
    organization: Organization, customer_id: UUID, contact_id: UUID | None, *, actor: Actor
) -> tuple[Customer, Contact | None, str]:
    """Write down that what is kept of a person was given out; returns whom it is about and the national id."""
    customer, contact = customers_erasure.get_person(organization, customer_id, contact_id)
    national_id = ""
    if contact is None:
        customers_erasure.refuse_non_person(customer)
        if customer.has_national_id:
            national_id = reveal_national_id(organization, customer_id, actor=actor)
    audit.record(actor, "person.exported", customer)
    return customer, contact, national_id


def write_export(
    organization: Organization, customer: Customer, contact: Contact | None, national_id: str, *, now: datetime
) -> IO[bytes]:
    """The zip, open for reading from its start."""
    target: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
    with read_only():
        person = find_person(organization, customer, contact)
        rows = rows_of(organization, person)
        kept = kept_of(organization, customer, today=local_today(organization))
        sections = [_section(model, found.values()) for model, found in rows.items() if found]
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            context = {"organization": organization, "person": person, "kept": kept, "sections": sections}
            more = {"national_id": national_id, "now": now}
            archive.writestr("index.html", render_to_string("config/person_index.html", context | more))
            archive.writestr("data.json", _data(person, sections, national_id, now))
            for name, sha256 in _files_of(rows):
                archive.writestr(name, files.load(str(organization.pk), sha256))
    target.seek(0)
    return target


def rows_of(organization: Organization, person: Person) -> Rows:
    """Every row that is, hangs on, or names the person."""
    if person.contact is not None:
        found: Rows = {Contact: {person.contact.pk: person.contact}}
    else:
        found = {Customer: {person.customer.pk: person.customer}}
        _walk(organization, found)
    for model, condition in _without_keys(person, found):
        rows = model.objects.of(organization)
        for column in ("facts", "content"):
            if column in {each.attname for each in model._meta.concrete_fields}:
                rows = rows.annotate(**{f"{column}_text": Cast(column, TextField())})
        found.setdefault(model, {}).update({row.pk: row for row in rows.filter(condition)[:ROWS_OF_KIND_MAX]})
    return found


def _walk(organization: Organization, found: Rows) -> None:
    """Add the rows that point at what was found, until nothing is new."""
    models = [model for model in apps.get_models() if issubclass(model, OrganizationOwned)]
    fresh: Rows = {model: dict(rows) for model, rows in found.items()}
    while fresh:
        coming: Rows = {}
        for model in models:
            for key in _keys_to(model, fresh):
                target = key.related_model
                rows = model.objects.of(organization).filter(**{f"{key.attname}__in": list(fresh[target])})
                known = found.setdefault(model, {})
                new = {row.pk: row for row in rows[:ROWS_OF_KIND_MAX] if row.pk not in known}
                known.update(new)
                if new:
                    coming.setdefault(model, {}).update(new)
        fresh = coming


def _keys_to(model: type[OrganizationOwned], fresh: Rows) -> Iterator[Any]:
    for column in model._meta.concrete_fields:
        if isinstance(column, ForeignKey) and column.related_model in fresh:
            yield column


def _without_keys(person: Person, found: Rows) -> Iterator[tuple[type[OrganizationOwned], Q]]:
    """What names the person or their documents without a foreign key."""
    ids = [pk for rows in found.values() for pk in rows]
    drafts, lines = Q(invoice_id__in=ids + person.document_ids), Q(subject_id__in=ids + person.document_ids)
    if person.contact is not None:  # the documents are the company's: only what names the person is the person's
        lines = Q(subject_id__in=ids)
        drafts = Q(invoice_id__in=person.document_ids) & mentioning("content_text", person.words, is_json=True)
        texts = (mentioning(column, person.words) for column in TEXTS_OF_DRAFT)
        yield Invoice, Q(pk__in=person.document_ids) & reduce(or_, texts)
        yield from _sent_to(person.document_ids, person.words)
    else:
        yield DocumentFile, Q(subject_id__in=ids)
        yield OutboxRow, Q(subject_id__in=ids)
        yield from _sent_of(ids)
    yield RecordVersion, Q(pk__in=person.versions)
    yield DraftVersion, drafts
    yield AuditEntry, lines | Q(pk__in=person.line_ids)
    labels = mentioning("label", person.rare_words) | mentioning("reason", person.rare_words)
    yield JobItem, Q(subject_id__in=ids) | labels
    yield Notice, mentioning("facts_text", person.rare_words, is_json=True)


def _sent_of(documents: Sequence[UUID]) -> Iterator[tuple[type[OrganizationOwned], Q]]:
    """Everything that was sent of these documents, and what became of it."""
    for model in (Dispatch, Delivery, PublicLink):
        yield model, Q(subject_id__in=documents)
    for told in (DeliveryEvent, ReceivedMessage):
        yield told, Q(delivery__subject_id__in=documents)


def _sent_to(documents: Sequence[UUID], words: Collection[str]) -> Iterator[tuple[type[OrganizationOwned], Q]]:
    """What of these documents was sent to the person, or said by them."""
    reached = mentioning("recipient", words)
    yield Delivery, Q(subject_id__in=documents) & (reached | mentioning("recipient_name", words))
    yield PublicLink, Q(subject_id__in=documents) & reached
    said = (mentioning(column, words) for column in ("text", "sender_name", "reply_to", "value"))
    yield Enquiry, Q(invoice_id__in=documents) & reduce(or_, said)


def _section(model: type[Model], rows: Iterable[Model]) -> Section:
    columns = [column for column in model._meta.concrete_fields if not isinstance(column, SILENT)]
    told = list(rows)
    name = model._meta.db_table
    return Section(
        name,
        str(TITLES.get(name) or model._meta.verbose_name_plural).capitalize(),
        [{column.attname: getattr(row, column.attname) for column in columns} for row in told],
        [dict(_read(row, columns)) for row in told if not isinstance(row, OutboxRow)],
    )


def _read(row: Model, columns: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """What a row says to a person: without keys, hashes and what is empty; choices and yes and no in words."""
    language = language_of_page()
    if isinstance(row, AuditEntry):
        yield from _read_line(row, language)
        return
    for column in columns:
        value = getattr(row, column.attname)
        if not _says(value) or isinstance(column, ForeignKey | UUIDField) or "hash" in column.attname:
            continue
        label = str(column.verbose_name).capitalize()
        if isinstance(value, dict | list):
            yield label, "\n".join(_spelled_out(value))
        elif isinstance(value, datetime):
            yield label, format_moment(value, language)
        else:
            yield label, word_of(column, value)


def _read_line(entry: AuditEntry, language: str) -> Iterator[tuple[str, str]]:
    line = line_of(entry)
    yield str(_("When")), format_moment(entry.recorded_at, language)
    yield str(_("What")), f"{entry.actor_name} {line.words} {entry.subject_label}"
    yield from line.details


def _spelled_out(value: Any, place: str = "") -> Iterator[str]:
    """Nested values line by line, each after its place; what says nothing is left out."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for name, inner in pairs:
        here = f"{place} {name}".strip().replace("_", " ")
        if isinstance(inner, dict | list):
            yield from _spelled_out(inner, here)
        elif _says(inner) and not here.endswith(("id", "hash")):
            yield f"{here}: {inner}"


def _says(value: Any) -> bool:
    return value is not False and value not in (None, "", {}, [])


def _data(person: Person, sections: list[Section], national_id: str, now: datetime) -> str:
    told = {
        "about": person.name,
        "made_at": now.isoformat(),
        "national_id": national_id,
        "kept": {section.name: section.rows for section in sections},
    }
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def _files_of(rows: Rows) -> Iterator[tuple[str, str]]:
    """The stored files under names of their own."""
    for made in rows.get(DocumentFile, {}).values():
        assert isinstance(made, DocumentFile)
        yield f"documents/{made.subject_id}.{SPELLED_AS[made.kind]}", made.sha256
    for sent in rows.get(Attachment, {}).values():
        assert isinstance(sent, Attachment)
        safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in sent.name)
        yield f"attachments/{sent.pk}-{safe}", sent.sha256
