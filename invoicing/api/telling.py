"""Stored drafts and documents as programs are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from invoicing.api.schemas import CustomerNamed, DocumentRow, DocumentTold, FinalizedTold, LineTold
from invoicing.models import Invoice, InvoiceLine
from invoicing.standing import DocumentAmounts, standing_of

LINE = {
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a21",
    "position": 1,
    "section": "",
    "product_number": "1001",
    "description": "Konsulent, time",
    "detail": "",
    "internal_text": "",
    "quantity": "7.5",
    "unit_code": "HUR",
    "unit_price": "1450.00",
    "discount_percent": "0",
    "discount_amount": "0.00",
    "charge_kind": "chargeable",
    "vat_treatment": "standard",
    "vat_rate_percent": "25",
    "vat_reason": "",
    "delivery_date": None,
    "period_from": None,
    "period_to": None,
    "revenue_account": "3000",
    "project": "",
    "department": "",
    "net_amount": "10875.00",
    "source_kind": "added",
    "source_label": "",
}
ROW = {
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a20",
    "kind": "invoice",
    "status": "draft",
    "standing": "draft",
    "number": None,
    "kid": "",
    "customer": {"id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11", "number": 10042, "name": "Fjordkraft Rør AS"},
    "issue_date": None,
    "due_date": None,
    "currency": "NOK",
    "net_amount": "10875.00",
    "vat_amount": "2718.75",
    "rounding_amount": "0.00",
    "payable_amount": "13593.75",
    "open_amount": None,
    "claim_id": None,
    "credits_id": None,
    "version": 1,
    "updated_at": "2027-01-04T08:15:00Z",
}
_TEXTS = (
    "buyer_reference", "our_reference", "order_reference", "contract_reference", "project_reference", "delivery_name",
    "delivery_street", "delivery_postal_code", "delivery_city", "delivery_country", "discount_reason", "note",
    "internal_note",
)  # fmt: skip
DRAFT: dict[str, Any] = {
    **ROW,
    **dict.fromkeys(_TEXTS, ""),
    "payment_terms_days": 14,
    "accounting_date": None,
    "delivery_date": "2027-01-04",
    "period_from": None,
    "period_to": None,
    "fixed_exchange_rate": None,
    "language": "nb",
    "prices_include_vat": False,
    "discount_percent": "0",
    "discount_amount": "0.00",
    "lines": [LINE],
}
_ISSUED = {"number": 100123, "kid": "1001237", "issue_date": "2027-01-04", "due_date": "2027-01-18"}
_CLAIM = {"open_amount": "13593.75", "claim_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a30"}
DOCUMENT = {**DRAFT, **_ISSUED, **_CLAIM, "status": "finalized", "standing": "final"}
DOCUMENT_ROW = {**ROW, **_ISSUED, **_CLAIM, "status": "finalized", "standing": "final"}
FINALIZED = {name: DOCUMENT[name] for name in FinalizedTold.model_fields}

_NOT_COLUMNS = frozenset({"standing", "customer", "open_amount", "claim_id", "credits_id", "lines"})
_NOT_LINE_COLUMNS = frozenset({"project", "department", "source_kind", "source_label"})


def told_row(invoice: Invoice, today: date) -> DocumentRow:
    """One document without its lines; its amounts were asked for with it."""
    return DocumentRow(**_columns(invoice, today, DocumentRow))


def told_document(invoice: Invoice, lines: Sequence[InvoiceLine], today: date) -> DocumentTold:
    """One document with its lines."""
    return DocumentTold(**_columns(invoice, today, DocumentTold), lines=[told_line(line) for line in lines])


def told_line(line: InvoiceLine) -> LineTold:
    """One line."""
    columns = {name: getattr(line, name) for name in LineTold.model_fields if name not in _NOT_LINE_COLUMNS}
    return LineTold(
        **columns,
        project=str(line.dimensions.get("project", "")),
        department=str(line.dimensions.get("department", "")),
        source_kind=str(line.source.get("kind", "")),
        source_label=str(line.source.get("label", "")),
    )


def told_finalized(invoice: Invoice) -> FinalizedTold:
    """What a draft has become."""
    columns = {name: getattr(invoice, name) for name in FinalizedTold.model_fields if name != "claim_id"}
    return FinalizedTold(**columns, claim_id=invoice.receivable_id)


def _columns(invoice: Invoice, today: date, shape: type[DocumentRow]) -> dict[str, Any]:
    open_amount = getattr(invoice, "open_amount", None)
    amounts = DocumentAmounts(
        kind=invoice.kind,
        status=invoice.status,
        due_date=invoice.due_date,
        payable=invoice.payable_amount,
        open=open_amount,
        credited=getattr(invoice, "credited_amount", None) or 0,  # type: ignore[arg-type]  # no credit is 0
    )
    customer = invoice.customer
    return {
        **{name: getattr(invoice, name) for name in shape.model_fields if name not in _NOT_COLUMNS},
        "standing": str(standing_of(amounts, today)),
        "customer": CustomerNamed(id=customer.pk, number=customer.number, name=customer.name),
        "open_amount": open_amount,
        "claim_id": invoice.receivable_id,
        "credits_id": invoice.credits_id,
    }
