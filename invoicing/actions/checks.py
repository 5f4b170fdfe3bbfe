"""Checking drafts before they are finalized: the law's demands and the receiver's rules, kept with what was checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from foundation.canonical import digest
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing import composition, queries
from invoicing.completeness import missing_facts
from invoicing.documents.ehf_checks import check_document
from invoicing.documents.facts import Document, DocumentBody
from invoicing.kid import kid_for
from invoicing.models import DraftCheck, Invoice, InvoiceLine
from tenants.models import BankAccount, Organization

SAMPLE_NUMBER = 10001  # stands in for the number that only finalizing gives


def check_drafts(organization: Organization, invoice_ids: Sequence[UUID], *, today: date) -> list[DraftCheck]:
    """Check each draft as it stands and keep the findings under the hash of what was checked."""
    checks = [_check(organization, invoice_id, today) for invoice_id in invoice_ids]
    with transaction.atomic():
        DraftCheck.objects.bulk_create(
            checks,
            update_conflicts=True,
            unique_fields=["organization", "invoice"],
            update_fields=["content_hash", "findings", "rules_version", "checked_at"],
        )
    return checks


def _check(organization: Organization, invoice_id: UUID, today: date) -> DraftCheck:
    with read_only():
        invoice = queries.get_invoice(organization, invoice_id)
        lines = queries.list_lines(invoice)
        around = queries.surroundings(organization, currencies=[invoice.currency], today=today)
        credited = queries.credited_of(organization, invoice, lines)
    content_hash, findings, rules = _findings(invoice, lines, around, credited)
    return DraftCheck(
        id=uuid7(),
        organization_id=organization.pk,
        invoice_id=invoice.pk,
        content_hash=content_hash,
        findings=findings,
        rules_version=rules[:80],
        checked_at=timezone.now(),
    )


def _findings(
    invoice: Invoice, lines: list[InvoiceLine], around: composition.Surroundings, credited: composition.Credited | None
) -> tuple[str, list[dict[str, Any]], str]:
    try:
        composition.set_vat_rates(invoice, lines, around.rates, around.today)
        composed = composition.compose(invoice, lines, invoice.customer, around, credited)
    except DomainError as refusal:
        return "", [_finding(refusal.field, str(refusal), is_fatal=True)], ""
    found = [
        _finding(item.field, item.sentence, rule=item.rule, is_fatal=True)
        for item in missing_facts(composed.body, around.today)
    ]
    rules = ""
    if not found:
        result = check_document(_sample_document(composed.body, composed.account), today=around.today)
        rules = result.rules
        found += [_finding(item.field, str(item.sentence), rule=item.rule, is_fatal=True) for item in result.fatal]
        found += [_finding(item.field, str(item.sentence), rule=item.rule, is_fatal=False) for item in result.warnings]
    return digest(composed.body.to_json()), found, rules


def _finding(field: str, sentence: str, *, rule: str = "", is_fatal: bool) -> dict[str, Any]:
    return {"rule": rule, "field": field, "sentence": sentence, "is_fatal": is_fatal}


def _sample_document(body: DocumentBody, account: BankAccount | None) -> Document:
    return Document(
        number=str(SAMPLE_NUMBER),
        kid="" if body.kind == "credit_note" else kid_for(SAMPLE_NUMBER, account),
        finalized_at=datetime.combine(body.issue_date, time(12), UTC),
        body=body,
    )
