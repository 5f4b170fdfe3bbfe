"""Vouchers of ours with everything that their translation needs, many in a few statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounting_sync.mapping.entries import Remote
from accounting_sync.mapping.facts import (
    ClaimFact,
    DocumentFact,
    DocumentLine,
    PostingFact,
    VatFact,
    VoucherFact,
)
from accounting_sync.mapping.storing import remote_of_json
from accounting_sync.models import ARRIVED, Connection, SyncState
from accounting_sync.providers.base import first_made
from customers.vat import rule_of
from foundation import rows
from payments import chart
from tenants.models import Organization

_VOUCHERS = """
    SELECT id, year, number, kind, day, text, currency FROM payments_voucher
    WHERE organization_id = %s AND id = ANY(%s)
"""
_POSTINGS = """
    SELECT p.voucher_id, a.number, a.purpose, p.amount, p.currency_amount, p.vat_code, p.receivable_id, p.dimensions
    FROM payments_posting p
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    WHERE p.organization_id = %s AND p.voucher_id = ANY(%s) ORDER BY p.voucher_id, p.position
"""
_DOCUMENTS = """
    SELECT i.voucher_id, i.id, i.number, i.kind, i.customer_id, i.issue_date, i.due_date, i.kid, i.buyer_reference,
           i.order_reference, i.snapshot -> 'vat', credited.receivable_id
    FROM invoicing_invoice i
    LEFT JOIN invoicing_invoice credited
      ON credited.organization_id = i.organization_id AND credited.id = i.credits_id
    WHERE i.organization_id = %s AND i.voucher_id = ANY(%s) AND i.status = 'finalized'
"""
_LINES = """
    SELECT invoice_id, description, quantity, unit_code, revenue_account, vat_treatment, vat_rate_percent, net_amount,
           dimensions
    FROM invoicing_invoiceline
    WHERE organization_id = %s AND invoice_id = ANY(%s) AND charge_kind = 'chargeable' ORDER BY invoice_id, position
"""
_CLAIMS = """
    SELECT r.id, r.document_number, r.due_date, r.kid, r.customer_id, opened.voucher_id, item.state, item.remote,
           item.done
    FROM payments_receivable r
    JOIN LATERAL (SELECT voucher_id FROM payments_posting p
                  WHERE p.organization_id = %(organization)s AND p.receivable_id = r.id
                  ORDER BY p.id LIMIT 1) opened ON true
    LEFT JOIN accounting_sync_syncitem item ON item.organization_id = %(organization)s
      AND item.connection_id = %(connection)s AND item.voucher_id = opened.voucher_id AND item.event = 'post'
    WHERE r.organization_id = %(organization)s AND r.id = ANY(%(ids)s)
"""
TEXT_MAX = 200


def load_vouchers(
    organization: Organization, connection: Connection, voucher_ids: Sequence[UUID]
) -> dict[UUID, VoucherFact]:
    """The vouchers by their ids, with postings, documents and claims; five statements however many they are."""
    ids = list(voucher_ids)
    if not ids:
        return {}
    postings = _postings(organization, ids)
    documents = _documents(organization, ids)
    claims = _claims(organization, connection, _claim_ids(postings, documents))
    facts = {}
    for voucher_id, year, number, kind, day, text, currency in rows.fetch_all(_VOUCHERS, [organization.pk, ids]):
        own = postings.get(voucher_id, [])
        document = documents.get(voucher_id)
        named = {posting.claim_id for posting in own if posting.claim_id}
        if document is not None and document.credits_claim_id:
            named.add(document.credits_claim_id)
        facts[voucher_id] = VoucherFact(
            id=str(voucher_id),
            label=f"{year}-{number:05d}",
            kind=kind,
            day=day,
            text=text,
            currency=currency,
            base_currency=organization.base_currency,
            postings=own,
            claims={claim: claims[claim] for claim in named if claim in claims},
            document=_in_base(document) if document and currency == organization.base_currency else document,
        )
    return facts


def _postings(organization: Organization, ids: list[UUID]) -> dict[UUID, list[PostingFact]]:
    found: dict[UUID, list[PostingFact]] = {}
    for voucher_id, number, purpose, amount, currency_amount, vat_code, claim_id, dimensions in rows.fetch_all(
        _POSTINGS, [organization.pk, ids]
    ):
        found.setdefault(voucher_id, []).append(
            PostingFact(
                account_number=number,
                is_receivables=purpose == chart.RECEIVABLES,
                amount=amount,
                currency_amount=currency_amount,
                vat_code=vat_code,
                claim_id=str(claim_id) if claim_id else "",
                dimensions=json.loads(dimensions),
            )
        )
    return found


def _documents(organization: Organization, ids: list[UUID]) -> dict[UUID, DocumentFact]:
    found = rows.fetch_all(_DOCUMENTS, [organization.pk, ids])
    lines = _lines(organization, [row[1] for row in found]) if found else {}
    return {row[0]: _document(row, lines.get(row[1], [])) for row in found}


def _document(row: Sequence[Any], lines: list[DocumentLine]) -> DocumentFact:
    _voucher, _id, number, kind, customer, issued, due, kid, theirs, order, vat, credited = row
    takes_back = kind in ("credit_note", "withdrawal")
    return DocumentFact(
        number=str(number),
        takes_back=takes_back,
        issue_date=issued,
        due_date=due,
        customer_id=str(customer),
        kid=kid,
        buyer_reference=theirs,
        order_reference=order,
        lines=lines,
        vat=[_vat_row(told) for told in json.loads(vat or "[]")],
        credits_claim_id=str(credited) if credited else "",
        pdf_name=f"{kind.replace('_', '-')}-{number}.pdf",
    )


def _vat_row(told: Mapping[str, Any]) -> VatFact:
    amount = Decimal(told["vat_amount"])
    base = told.get("base_currency_vat_amount")
    return VatFact(
        category=told["vat_category"],
        rate_percent=Decimal(told["vat_rate_percent"]),
        amount=amount,
        base_amount=Decimal(base) if base is not None else amount,
    )


def _in_base(document: DocumentFact) -> DocumentFact:
    """In the currency of the books a document's VAT is its VAT."""
    return replace(document, vat=[replace(row, base_amount=row.amount) for row in document.vat])


def _lines(organization: Organization, invoice_ids: list[UUID]) -> dict[UUID, list[DocumentLine]]:
    found: dict[UUID, list[DocumentLine]] = {}
    for invoice, text, quantity, unit, account, treatment, rate, net, dimensions in rows.fetch_all(
        _LINES, [organization.pk, invoice_ids]
    ):
        rule = rule_of(treatment)
        found.setdefault(invoice, []).append(
            DocumentLine(
                text=_line_text(text, quantity, unit),
                account_number=account,
                vat_code=rule.standard_tax_code,
                vat_treatment=treatment,
                vat_category=rule.category_code,
                vat_rate_percent=rate,
                net=net,
                dimensions=json.loads(dimensions),
            )
        )
    return found


def _line_text(text: str, quantity: Decimal, unit: str) -> str:
    """What was sold and how much of it: lines are pushed as one amount each."""
    count = format(quantity.normalize(), "f")
    return (text if count == "1" else f"{text} ({count} {unit})")[:TEXT_MAX]


def _claim_ids(postings: Mapping[UUID, Iterable[PostingFact]], documents: Mapping[UUID, DocumentFact]) -> list[UUID]:
    named = {posting.claim_id for own in postings.values() for posting in own if posting.claim_id}
    named |= {document.credits_claim_id for document in documents.values() if document.credits_claim_id}
    return [UUID(claim) for claim in sorted(named)]


def _claims(organization: Organization, connection: Connection, ids: list[UUID]) -> dict[str, ClaimFact]:
    if not ids:
        return {}
    values = {"organization": organization.pk, "connection": connection.pk, "ids": ids}
    return {
        str(claim): ClaimFact(
            id=str(claim),
            number=number,
            due_date=due,
            kid=kid,
            customer_id=str(customer),
            opened_by=str(opened),
            remote=_remote(state, remote, done),
            is_under_way=state is not None and state not in (*ARRIVED, SyncState.LEFT_OUT),
        )
        for claim, number, due, kid, customer, opened, state, remote, done in rows.fetch_all(_CLAIMS, values)
    }


def _remote(state: str | None, remote: str | None, done: str | None) -> Remote | None:
    """As what a claim's voucher stands there: as it was read back, or as it was made."""
    if state is None or state not in ARRIVED:
        return None
    told = json.loads(remote or "{}") or first_made(json.loads(done or "{}"))
    return remote_of_json(told) if told else None
