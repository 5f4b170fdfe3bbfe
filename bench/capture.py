"""What finalizing would write for each draft, worked out by the product itself before the clock runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions.draft_lines import set_amounts
from invoicing.drafting import composition
from invoicing.drafting.surroundings import surroundings
from invoicing.models import Invoice
from invoicing.sale import ReadyDocument, TermsBuilder
from payments.ledger import accounts_by_number
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders


def rows_of(organization: Organization, draft_ids: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    """The values of one document's rows at a time."""
    with organization_context(organization.pk), read_only():
        around = surroundings(organization, currencies=["NOK"], today=builders.TODAY)
        terms = TermsBuilder(organization, accounts_by_number(organization.pk))
        lines_of = queries.lines_by_invoice(organization, draft_ids)
        drafts = Invoice.objects.of(organization).select_related("customer").in_bulk(list(draft_ids))
        for draft_id in draft_ids:
            yield _rows(drafts[draft_id], lines_of[draft_id], around, terms)


def _rows(invoice: Invoice, lines: list[Any], around: composition.Surroundings, terms: TermsBuilder) -> dict[str, Any]:
    composed = composition.compose(invoice, lines, invoice.customer, around, None)
    set_amounts(invoice, lines, composed.totals)
    invoice.issue_date = invoice.accounting_date = composed.body.issue_date
    invoice.due_date = composed.body.due_date
    ready = ReadyDocument(invoice, lines, composed)
    terms.prepare(ready)
    claim = terms(ready)
    assert claim.voucher is not None
    return {
        "invoice_id": invoice.pk,
        "customer_id": invoice.customer_id,
        "snapshot": json.dumps(composed.body.to_json(), ensure_ascii=False),
        "net": invoice.net_amount,
        "vat": invoice.vat_amount,
        "payable": invoice.payable_amount,
        "due_date": invoice.due_date,
        "day": invoice.issue_date,
        "postings": [
            (item.account_id, item.amount, item.currency_amount, item.vat_code, item.receivable_id is not None)
            for item in claim.voucher.postings
        ],
    }
