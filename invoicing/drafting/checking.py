"""What the law's demands and the receiver's rules say of a draft as it stands; nothing is kept of it here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from foundation.canonical import digest
from foundation.errors import DomainError
from invoicing import queries
from invoicing.dating import dating_warnings
from invoicing.documents.ehf_checks import check_document
from invoicing.documents.facts import Document, DocumentBody
from invoicing.drafting import composition
from invoicing.drafting.completeness import LAW_DEMANDS, missing_facts
from invoicing.drafting.surroundings import surroundings
from invoicing.kid import kid_for
from invoicing.models import Attachment, Invoice, InvoiceLine
from tenants.models import BankAccount, Organization

SAMPLE_NUMBER = 10001  # stands in for the number that only finalizing gives


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDraft:
    """A draft with everything that it is read against."""

    invoice: Invoice
    lines: list[InvoiceLine]
    around: composition.Surroundings
    credited: composition.Credited | None
    attached: list[Attachment]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLook:
    """What was found on a draft, and the document that it would be."""

    findings: list[dict[str, Any]] = field(default_factory=list)
    body: DocumentBody | None = None  # none where the draft cannot be read into a document
    account: BankAccount | None = None
    rules_version: str = ""
    rules_count: int = 0

    @property
    def content_hash(self) -> str:
        """The hash of what was looked at; empty where there is no document."""
        return digest(self.body.to_json()) if self.body else ""


def read_draft(organization: Organization, invoice_id: UUID, *, today: date) -> ReadDraft:
    """Fetch a draft with its lines, files and surroundings."""
    invoice = queries.get_invoice(organization, invoice_id)
    lines = queries.list_lines(invoice)
    return ReadDraft(
        invoice=invoice,
        lines=lines,
        around=surroundings(organization, currencies=[invoice.currency], today=today),
        credited=queries.credited_of(organization, invoice, lines),
        attached=queries.attachments_of(organization, invoice_id),
    )


def look_at(draft: ReadDraft) -> DraftLook:
    """Everything that is missing or broken on the draft; asks no database."""
    invoice, around = draft.invoice, draft.around
    try:
        composition.set_vat_rates(invoice, draft.lines, around.rates, around.today)
        composed = composition.compose(
            invoice, draft.lines, invoice.customer, around, draft.credited, attachments=draft.attached
        )
    except DomainError as refusal:
        return DraftLook(findings=[_finding(refusal.field, str(refusal), is_fatal=True)])
    found = [
        _finding(item.field, item.sentence, rule=item.rule, is_fatal=True)
        for item in missing_facts(composed.body, around.today)
    ]
    rules, count = "", LAW_DEMANDS
    if not found:
        sample = _sample_document(composed.body, composed.account)
        result = check_document(sample, today=around.today, receives_ehf=invoice.customer.wants_ehf)
        rules, count = result.rules, count + result.rules_count
        found += [_finding(item.field, str(item.sentence), rule=item.rule, is_fatal=True) for item in result.fatal]
        found += [_finding(item.field, str(item.sentence), rule=item.rule, is_fatal=False) for item in result.warnings]
    found += [
        _finding(item.field, item.sentence, rule=item.rule, is_fatal=False)
        for item in dating_warnings(composed.body, around.today)
    ]
    return DraftLook(
        findings=found, body=composed.body, account=composed.account, rules_version=rules, rules_count=count
    )


def _finding(field: str, sentence: str, *, rule: str = "", is_fatal: bool) -> dict[str, Any]:
    return {"rule": rule, "field": field, "sentence": sentence, "is_fatal": is_fatal}


def _sample_document(body: DocumentBody, account: BankAccount | None) -> Document:
    return Document(
        number=str(SAMPLE_NUMBER),
        kid="" if body.kind == "credit_note" else kid_for(SAMPLE_NUMBER, account),
        finalized_at=datetime.combine(body.issue_date, time(12), UTC),
        body=body,
    )
