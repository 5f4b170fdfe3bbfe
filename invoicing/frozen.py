"""Exactly which columns are frozen when a document is finalized, in the order in which they are hashed.

A column that is added later does not change the hash of documents that were finalized before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from foundation.canonical import digest
from foundation.rows import reader
from invoicing.models import Invoice, InvoiceLine

INVOICE_COLUMNS = (
    "id", "organization_id", "kind", "status", "customer_id", "series_id", "number", "kid", "issue_date", "due_date",
    "has_own_due_date", "accounting_date", "payment_terms_days", "delivery_date", "period_from", "period_to",
    "delivery_name", "delivery_street", "delivery_postal_code", "delivery_city", "delivery_country", "currency",
    "fixed_exchange_rate", "language", "prices_include_vat", "discount_percent", "discount_amount", "discount_reason",
    "buyer_reference", "order_reference", "our_reference", "contract_reference", "project_reference", "note",
    "internal_note", "credits_id", "credit_reason", "net_amount", "vat_amount", "rounding_amount", "payable_amount",
    "receivable_id", "voucher_id", "finalized_at", "finalized_by", "created_at", "updated_at", "version",
)  # fmt: skip

LINE_COLUMNS = (
    "id", "organization_id", "invoice_id", "position", "product_id", "product_number", "gtin", "description", "detail",
    "internal_text", "quantity", "unit_code", "unit_price", "discount_percent", "discount_amount", "charge_kind",
    "vat_treatment", "vat_reason", "vat_rate_percent", "delivery_date", "period_from", "period_to", "revenue_account",
    "dimensions", "locked_fields", "source", "credits_line_id", "net_amount",
)  # fmt: skip

# Added after the first documents were frozen: empty, they leave a line's hash as it was.
LATER_LINE_COLUMNS = ("section", "source_id")

# The same of documents.
LATER_INVOICE_COLUMNS = ("layout", "prepaid")

# Empty on every finalized document, by a constraint.
DRAFT_COLUMNS = frozenset({"waits_for"})

# Hashed beside the columns: the snapshot by its own hash, and the links of the chain.
CHAIN_COLUMNS = frozenset({"snapshot", "body_hash", "previous_hash", "hash"})

_invoice_values = reader(*INVOICE_COLUMNS)
_line_values = reader(*LINE_COLUMNS)


def document_content(invoice: Invoice) -> list[Any]:
    """The frozen columns of a document; those that came later are told only where they say something."""
    later = [[name, getattr(invoice, name)] for name in LATER_INVOICE_COLUMNS if getattr(invoice, name)]
    return [*_invoice_values(invoice), *later]


def line_content(line: InvoiceLine) -> list[Any]:
    """The frozen columns of a line; those that came later are told only where they say something."""
    later = [[name, getattr(line, name)] for name in LATER_LINE_COLUMNS if getattr(line, name)]
    return [*_line_values(line), *later]


def _place(line: InvoiceLine) -> tuple[int, int]:
    return line.position, line.id.int


def lines_digest(lines: Iterable[InvoiceLine]) -> str:
    """The hash of all lines of a document, in the order of their positions and ids."""
    ordered = sorted(lines, key=_place)
    return digest([line_content(line) for line in ordered])
