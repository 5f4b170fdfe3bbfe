"""What the documents of a list come to: how many, their amounts and what is open, in each currency, to the øre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, When

from invoicing.listing.page import ListRequest, matching
from invoicing.listing.properties.registry import Book
from invoicing.models import Invoice, InvoiceKind
from payments.models import ReceivableBalance
from tenants.models import Organization

MONEY = DecimalField(max_digits=24, decimal_places=2)
SUMMED = {"net": "net_amount", "vat": "vat_amount", "amount": "payable_amount"}


@dataclass(frozen=True, slots=True)
class Sums:
    """The documents of one currency; credit notes are taken off."""

    currency: str
    count: int
    credit_notes: int
    amounts: dict[str, Decimal]  # by the name of the property


def sums_matching(organization: Organization, wanted: ListRequest, *, today: date, book: Book) -> list[Sums]:
    """The sums of everything that the request lets through, in one statement beside the search for words."""
    rows = matching(organization, wanted, today=today, book=book)
    return [] if rows is None else _sums(organization, rows)


def sums_of(organization: Organization, invoice_ids: Sequence[UUID]) -> list[Sums]:
    """The sums of these documents."""
    return _sums(organization, Invoice.objects.of(organization).filter(pk__in=list(invoice_ids)))


def _sums(organization: Organization, rows: QuerySet[Invoice]) -> list[Sums]:
    balances = ReceivableBalance.objects.of(organization).filter(receivable_id=OuterRef("receivable_id"))
    given: dict[str, Any] = {
        "documents": Count("pk"),
        "notes": Count("pk", filter=Q(kind=InvoiceKind.CREDIT_NOTE)),
        "sum_open": Sum("open_now", output_field=MONEY),
        **{f"sum_{name}": Sum(_signed(column)) for name, column in SUMMED.items()},
    }
    opened = rows.order_by().annotate(open_now=Subquery(balances.values("currency_amount")[:1]))
    found: Any = opened.values("currency").annotate(**given).order_by("currency")
    return [
        Sums(
            currency=row["currency"],
            count=row["documents"],
            credit_notes=row["notes"],
            amounts={name: row[f"sum_{name}"] or Decimal(0) for name in (*SUMMED, "open")},
        )
        for row in found
    ]


def _signed(column: str) -> Any:
    return Case(When(kind=InvoiceKind.CREDIT_NOTE, then=-F(column)), default=F(column), output_field=MONEY)
