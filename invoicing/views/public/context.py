"""What the customer's page is shown with, for the customer and for a member who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from invoicing import queries
from invoicing.documents.facts import Document, DocumentBody
from invoicing.models import CustomerPaper, FileKind, Invoice, InvoiceStatus
from invoicing.public.page import Amounts, CustomerPage, first_lines
from invoicing.public.paying import online_payment
from invoicing.public.queries import open_additions
from invoicing.public.sources import sources_of_lines
from invoicing.standing import DocumentAmounts, standing_of
from payments.queries import Claim
from tenants.clock import local_today
from tenants.models import Organization

LANGUAGES = tuple(code for code, _name in settings.DOCUMENT_LANGUAGES)


def language_of(wanted: str, document: Invoice | CustomerPaper) -> str:
    """The language that the customer chose, else that of the document."""
    return next((code for code in (wanted, document.language) if code in LANGUAGES), LANGUAGES[0])


def page_context(organization: Organization, invoice: Invoice, claim: Claim | None) -> dict[str, Any]:
    """The document in the language in force, its files, and how it stands today."""
    today = local_today(organization)
    notes = [
        note
        for note in queries.list_credit_notes(organization, invoice.pk).defer("snapshot")
        if note.status == InvoiceStatus.FINALIZED
    ]
    credited = sum((note.payable_amount for note in notes), Decimal(0))
    language = language_of(get_language() or "", invoice)
    made = queries.files_of(organization, invoice.pk)
    added = open_additions(organization, invoice.receivable_id) if claim and invoice.receivable_id else {}
    amounts = _amounts(invoice, claim, credited, added, today)
    return {
        "page": _page(invoice, language, amounts, today),
        "online": online_payment(organization, invoice, amounts.to_pay),
        "invoice": invoice,
        "credit_notes": [note.number for note in notes],
        "has_pdf": FileKind.PDF in made,
        "has_ehf": FileKind.EHF in made,
        "languages": settings.DOCUMENT_LANGUAGES,
        "page_language": language,
    }


def _page(invoice: Invoice, language: str, amounts: Amounts, today: date) -> CustomerPage:
    snapshot = invoice.snapshot or {}
    count = len(snapshot["lines"])
    lines = first_lines(snapshot["lines"], snapshot.get("summed_sections", ()))
    body = DocumentBody.from_json({**snapshot, "lines": lines})
    assert invoice.finalized_at is not None
    document = Document(number=str(invoice), kid=invoice.kid, finalized_at=invoice.finalized_at, body=body)
    told = sources_of_lines(invoice, [line.id for line in body.lines])
    return CustomerPage(document, count, language, amounts, today, told)


def _amounts(
    invoice: Invoice, claim: Claim | None, credited: Decimal, additions: Mapping[str, Decimal], today: date
) -> Amounts:
    open_amount = claim.owed if claim else None
    facts = DocumentAmounts(
        kind=invoice.kind,
        status=invoice.status,
        due_date=invoice.due_date,
        payable=invoice.payable_amount,
        open=open_amount,
        credited=credited,
    )
    owed = invoice.payable_amount if open_amount is None else open_amount
    owed = Decimal(0) if invoice.is_credit_note else max(owed, Decimal(0))
    paid = Decimal(0) if invoice.is_credit_note else max(invoice.payable_amount - credited - owed, Decimal(0))
    return Amounts(
        payable=invoice.payable_amount,
        owed=owed,
        paid=paid,
        credited=credited,
        standing=standing_of(facts, today),
        additions=additions,
    )
