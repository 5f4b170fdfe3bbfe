"""What the audit trail tells, as news: read in the order of the chain, so that nothing is passed over or told twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.webhooks.kinds import READ_FROM, News
from customers.models import Customer
from foundation.api.values import written_amount
from invoicing.models import Invoice, InvoiceLine
from payments.models import Payment
from payments.payment_queries import uses_of
from payments.queries import claim_of
from tenants.models import AuditEntry, AuditSeal, Organization

ITEMS_TOLD_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that has happened, under a key that it has for ever."""

    kind: News
    key: str
    subject_id: Any
    content: dict[str, Any]
    occurred_at: Any


def sealed_after(organization: Organization, sequence: int, most: int) -> list[AuditSeal]:
    """The next places of the chain with their lines."""
    seals = AuditSeal.objects.of(organization).filter(sequence__gt=sequence)
    return list(seals.select_related("entry").order_by("sequence")[:most])


def news_of(organization: Organization, entries: Sequence[AuditEntry], wanted: frozenset[str]) -> list[Happened]:
    """What these lines tell of the wanted kinds."""
    return [
        happened
        for entry in entries
        for kind in READ_FROM.get(entry.verb, ())
        if kind in wanted and entry.subject_id is not None
        for happened in _READERS[kind](organization, entry)
    ]


def _of_entry(kind: News, entry: AuditEntry, content: dict[str, Any]) -> Happened:
    return Happened(kind, f"{kind}:{entry.pk}", entry.subject_id, content, entry.recorded_at)


def _subject(entry: AuditEntry) -> UUID:
    assert entry.subject_id is not None
    return entry.subject_id


def _finalized(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    invoice = _document(organization, id=entry.subject_id)
    if invoice is not None:
        yield _of_entry(News.FINALIZED, entry, _told(invoice))


def _sent(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    invoice = _document(organization, id=entry.subject_id)
    if invoice is not None:  # else the line is about a paper that is no document
        channel = str(entry.facts.get("channel", ""))
        yield _of_entry(News.SENT, entry, {**_told(invoice), "channel": channel})


def _payment(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    payment = Payment.objects.of(organization).filter(pk=_subject(entry)).first()
    if payment is not None:
        content = {
            "payment_id": str(payment.pk),
            "customer_id": _text(payment.customer_id),
            "day": payment.day.isoformat(),
            "currency": payment.currency,
            "amount": written_amount(payment.amount),
            "reference": payment.reference,
        }
        yield _of_entry(News.PAYMENT, entry, content)


def _paid(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    """Invoices on which nothing is owed any more since money was used; paid again after a reversal is news again."""
    for claim_id in dict.fromkeys(use.allocation.receivable_id for use in uses_of(organization, _subject(entry))):
        claim = claim_of(organization.pk, claim_id)
        invoice = _document(organization, receivable_id=claim_id) if claim.settled_at else None
        if invoice is not None and claim.settled_at is not None:
            key = f"{News.PAID}:{claim_id}:{claim.settled_at.isoformat()}"
            content = {**_told(invoice), "paid_at": claim.settled_at.isoformat()}
            yield Happened(News.PAID, key, invoice.pk, content, claim.settled_at)


def _customer(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    customer = Customer.objects.of(organization).filter(pk=_subject(entry)).first()
    if customer is not None:
        content = {"customer_id": str(customer.pk), "number": customer.number, "version": customer.version}
        yield _of_entry(News.CUSTOMER, entry, content)


def _billed(organization: Organization, entry: AuditEntry) -> Iterator[Happened]:
    """Which items of the backlog a finalized document bills; on a credit note, which it takes back."""
    invoice = _document(organization, id=entry.subject_id)
    lines = InvoiceLine.objects.of(organization).filter(invoice_id=_subject(entry), source_id__isnull=False)
    ids = [str(key) for key in lines.order_by("position").values_list("source_id", flat=True)[:ITEMS_TOLD_MAX]]
    if invoice is not None and ids:
        yield _of_entry(News.BILLED, entry, {**_told(invoice), "item_ids": list(dict.fromkeys(ids))})


def _document(organization: Organization, **wanted: Any) -> Invoice | None:
    return Invoice.objects.of(organization).filter(**wanted).defer("snapshot").first()


def _told(invoice: Invoice) -> dict[str, Any]:
    return {
        "document_id": str(invoice.pk),
        "kind": invoice.kind,
        "number": invoice.number,
        "customer_id": str(invoice.customer_id),
        "issue_date": _text(invoice.issue_date),
        "due_date": _text(invoice.due_date),
        "currency": invoice.currency,
        "payable_amount": written_amount(invoice.payable_amount),
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


_READERS = {
    News.FINALIZED: _finalized,
    News.SENT: _sent,
    News.PAYMENT: _payment,
    News.PAID: _paid,
    News.CUSTOMER: _customer,
    News.BILLED: _billed,
}
