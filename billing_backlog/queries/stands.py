"""How documents stand today: payment and dispute, asked for many of them at once (M-067)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from invoicing.models import Invoice, InvoiceStatus
from invoicing.standing import DocumentAmounts, Standing, standing_of
from payments import queries as ledger
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one document stands, and whether somebody disputes it or holds it back."""

    standing: Standing
    is_held: bool = False


def stands_of(organization: Organization, invoices: Iterable[Invoice], *, today: date) -> dict[UUID, Stand]:
    """The standing of each of these documents, in as many statements as one takes."""
    found = list(invoices)
    issued = [invoice.pk for invoice in found if not invoice.is_draft]
    claims = [invoice.receivable_id for invoice in found if invoice.receivable_id]
    balances = ledger.balances(organization.pk, claims)
    held = {hold.receivable_id for hold in ledger.standing_holds(organization, claims, today=today)}
    notes = Invoice.objects.of(organization).filter(credits_id__in=issued, status=InvoiceStatus.FINALIZED)
    credited = dict(notes.order_by().values_list("credits_id").annotate(sum=Sum("payable_amount")))
    stands = {}
    for invoice in found:
        balance = balances[invoice.receivable_id].currency_amount if invoice.receivable_id else None
        amounts = DocumentAmounts(
            kind=invoice.kind,
            status=invoice.status,
            due_date=invoice.due_date,
            payable=invoice.payable_amount,
            open=balance,
            credited=credited.get(invoice.pk) or Decimal(0),
        )
        stands[invoice.pk] = Stand(standing_of(amounts, today), invoice.receivable_id in held)
    return stands
