"""Finalizing and changing many documents: a result for each, and one failure stops none of the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import checks
from invoicing.actions.finalize import BATCH_SIZE, finalize_invoices
from invoicing.changes import Changes
from invoicing.errors import DraftChangedSinceCheck
from invoicing.models import Invoice, InvoiceFollowUp
from tenants import audit, jobs
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Job, JobItem, JobState, Organization, User

logger = logging.getLogger(__name__)

FINALIZE = "invoicing.finalize_many"
SEND = "invoicing.send_many"
CHANGE = "invoicing.change_many"
AT_ONCE_MAX = 50
FINDINGS_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document."""

    is_done: bool
    reason: str = ""

    @property
    def state(self) -> JobState:
        """The same as the state of a job's item."""
        return JobState.COMPLETE if self.is_done else JobState.FAILED


@transaction.atomic
def start_finalizing(
    organization: Organization, drafts: Sequence[Invoice], *, actor: Actor, key: str, sends: bool = False
) -> Job:
    """Begin the job that finalizes these drafts, and with `sends` hands each to its customer; under one key once."""
    items = [(draft.pk, label_of(draft)) for draft in drafts]
    return jobs.start(organization, FINALIZE, actor=actor, parameters={"sends": sends}, items=items, key=key)


@transaction.atomic
def start_sending(organization: Organization, invoices: Sequence[Invoice], *, actor: Actor, key: str) -> Job:
    """Begin the job that sends these documents, each as its customer is reached; under one key it is begun once."""
    items = [(invoice.pk, label_of(invoice)) for invoice in invoices]
    return jobs.start(organization, SEND, actor=actor, parameters={}, items=items, key=key)


def finalize_batch(
    organization: Organization, draft_ids: Sequence[UUID], *, actor: Actor, today: date, sends: bool = False
) -> dict[UUID, Outcome]:
    """Check and finalize up to fifty drafts in one transaction; those that are refused are set aside with their reason.

    A draft that is finalized already is done, so that a batch that was cut off may be given again.
    """
    if len(draft_ids) > BATCH_SIZE:
        raise ValueError(f"A batch holds at most {BATCH_SIZE} drafts, not {len(draft_ids)}.")
    with read_only():
        found = queries.invoices_by_id(organization, draft_ids)
    outcomes = {pk: _outcome_so_far(found.get(pk)) for pk in draft_ids}
    ready: list[UUID] = []
    for pk in [pk for pk, outcome in outcomes.items() if outcome is None]:
        outcomes[pk] = _check(organization, pk, today)
        if outcomes[pk] is None:
            ready.append(pk)
    if ready:
        outcomes |= _finalize_together(organization, ready, actor, today, sends=sends)
    return {pk: outcome for pk, outcome in outcomes.items() if outcome is not None}


def _outcome_so_far(invoice: Invoice | None) -> Outcome | None:
    if invoice is None:
        return Outcome(is_done=False, reason=_("The draft is not there any more."))
    return None if invoice.is_draft else _numbered(invoice)


def _numbered(invoice: Invoice) -> Outcome:
    words = _("Credit note %(number)s") if invoice.is_credit_note else _("Invoice %(number)s")
    return Outcome(is_done=True, reason=words % {"number": invoice.number})


def _check(organization: Organization, draft_id: UUID, today: date) -> Outcome | None:
    """None for a draft that may be finalized; otherwise what is wrong with it."""
    try:
        [check] = checks.check_drafts(organization, [draft_id], today=today)
    except Http404:
        return Outcome(is_done=False, reason=_("The draft is not there any more."))
    except Exception:
        logger.exception("The draft %s could not be finalized", draft_id)
        return _broken()
    fatal = [finding["sentence"] for finding in check.findings if finding["is_fatal"]]
    return Outcome(is_done=False, reason=" ".join(fatal[:FINDINGS_NAMED_MAX])) if fatal else None


def _finalize_together(
    organization: Organization, draft_ids: Sequence[UUID], actor: Actor, today: date, *, sends: bool
) -> dict[UUID, Outcome | None]:
    """All in one transaction; when one of them is refused, each by itself."""
    try:
        finalized = finalize_invoices(organization, draft_ids, actor=actor, today=today, sends=sends)
    except (DomainError, Http404):
        return {pk: _finalize_alone(organization, pk, actor, today, sends=sends) for pk in draft_ids}
    except Exception:
        logger.exception("A batch of %s drafts could not be finalized; trying each by itself", len(draft_ids))
        return {pk: _finalize_alone(organization, pk, actor, today, sends=sends) for pk in draft_ids}
    return {invoice.pk: _numbered(invoice) for invoice in finalized}


def _finalize_alone(organization: Organization, draft_id: UUID, actor: Actor, today: date, *, sends: bool) -> Outcome:
    number = partial(finalize_invoices, organization, [draft_id], actor=actor, today=today, sends=sends)
    try:
        try:
            [invoice] = number()
        except DraftChangedSinceCheck:
            checks.check_drafts(organization, [draft_id], today=today)
            [invoice] = number()
        return _numbered(invoice)
    except DomainError as refusal:
        with read_only():
            stored = queries.invoices_by_id(organization, [draft_id]).get(draft_id)
        if stored is not None and not stored.is_draft:  # somebody else was quicker
            return _numbered(stored)
        return Outcome(is_done=False, reason=str(refusal))
    except Http404:
        return Outcome(is_done=False, reason=_("The draft is not there any more."))
    except Exception:
        logger.exception("The draft %s could not be finalized", draft_id)
        return _broken()


def _broken() -> Outcome:
    return Outcome(is_done=False, reason=_("Something went wrong on our side; the draft is as it was. Try it alone."))


@transaction.atomic
def change_many(
    organization: Organization, documents: Sequence[Invoice], changes: Changes, *, actor: Actor, key: str
) -> Job:
    """Change few documents at once, many in a job; either way the job tells what became of each."""
    parameters = changes.to_json()
    if len(documents) > AT_ONCE_MAX:
        items = [(document.pk, label_of(document)) for document in documents]
        return jobs.start(organization, CHANGE, actor=actor, parameters=parameters, items=items, key=key)
    # Asked before anything is changed: the same form sent again finds the results of the first time.
    stored = jobs.job_under_key(organization, CHANGE, actor, key)
    if stored is not None:
        return stored
    outcomes = change_batch(organization, [document.pk for document in documents], changes, actor=actor)
    items_done = [
        JobItem(
            subject_id=document.pk,
            label=label_of(document)[:160],
            state=outcomes[document.pk].state,
            reason=outcomes[document.pk].reason,
        )
        for document in documents
    ]
    return jobs.keep_finished(organization, CHANGE, actor=actor, parameters=parameters, items=items_done, key=key)


@transaction.atomic
def change_batch(
    organization: Organization, invoice_ids: Sequence[UUID], changes: Changes, *, actor: Actor
) -> dict[UUID, Outcome]:
    """Change up to fifty documents in one transaction: drafts wholly, finalized ones in what the law leaves open."""
    found = queries.lock_existing(organization, invoice_ids)
    owners = queries.follow_ups_of(organization, [invoice.pk for invoice in found.values()])
    owner = tenants.get_user(changes.owner_id) if changes.owner_id else None
    outcomes = {pk: Outcome(is_done=False, reason=_("The document is not there any more.")) for pk in invoice_ids}
    lines: list[tuple[Invoice, dict[str, Any]]] = []
    drafts: list[Invoice] = []
    for pk, invoice in found.items():
        told = _change_content(invoice, changes) if invoice.is_draft else {}
        drafts += [invoice] if told else []
        if owner is not None:
            told |= _change_owner(invoice, owners, owner)
        if told:
            lines.append((invoice, {"changes": told}))
        outcomes[pk] = _outcome_of_change(invoice, changes, is_changed=bool(told))
    _store(organization, drafts, owners)
    audit.record_each(actor, "draft.changed", [line for line in lines if line[0].is_draft])
    audit.record_each(actor, "invoice.owner_changed", [line for line in lines if not line[0].is_draft])
    return outcomes


def _change_content(invoice: Invoice, changes: Changes) -> dict[str, list[str]]:
    """Terms and language of a draft; returns what was before and is now."""
    names = ("payment_terms_days", "has_own_due_date", "language")
    before = {name: getattr(invoice, name) for name in names}
    if changes.payment_terms_days is not None and not invoice.is_credit_note:
        invoice.payment_terms_days = changes.payment_terms_days
        invoice.has_own_due_date = False  # a due date typed by hand gives way to the terms
        invoice.due_date = None
    if changes.language is not None:
        invoice.language = changes.language
    told = audit.changes(before, {name: getattr(invoice, name) for name in names})
    if told:
        invoice.version += 1
        invoice.updated_at = timezone.now()
    return told


def _change_owner(invoice: Invoice, owners: dict[UUID, InvoiceFollowUp], owner: User) -> dict[str, list[str]]:
    follow_up = InvoiceFollowUp(organization_id=invoice.organization_id, invoice=invoice)
    row = owners.setdefault(invoice.pk, follow_up)
    if row.owner_id == owner.pk:
        return {}
    before = str(row.owner) if row.owner is not None else ""
    row.owner = owner
    return {"owner": [before, str(owner)]}


def _outcome_of_change(invoice: Invoice, changes: Changes, *, is_changed: bool) -> Outcome:
    if invoice.is_draft:
        return Outcome(is_done=True, reason="" if is_changed else _("It was so already."))
    if changes.is_about_content and changes.owner_id is None:
        return Outcome(is_done=False, reason=_("It is finalized: its terms and language cannot be changed any more."))
    if changes.is_about_content:
        return Outcome(is_done=True, reason=_("It is finalized: only its owner was changed."))
    return Outcome(is_done=True, reason="" if is_changed else _("It was so already."))


def _store(organization: Organization, drafts: Sequence[Invoice], owners: Mapping[UUID, InvoiceFollowUp]) -> None:
    columns = ["payment_terms_days", "has_own_due_date", "due_date", "language", "version", "updated_at"]
    Invoice.objects.of(organization).bulk_update(drafts, columns)
    fresh = [row for row in owners.values() if row._state.adding]
    InvoiceFollowUp.objects.bulk_create(fresh)
    kept = [row for row in owners.values() if row.pk not in {one.pk for one in fresh}]
    InvoiceFollowUp.objects.of(organization).bulk_update(kept, ["owner"])


def label_of(document: Invoice) -> str:
    """What a job's result calls a document: number or draft, and customer."""
    name = document.customer.name
    if document.number is None:
        return _("Draft for %(customer)s") % {"customer": name}
    return f"{document.number} {name}"
