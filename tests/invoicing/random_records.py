"""Random records: customers, drafts and credit notes as people write them, for the long run through everything.

The same seed gives the same records but for their ids. What is on a draft comes from `random_documents`, so every draft
is one that a lawful document can be made of; amounts are left to the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from customers.models import Customer, CustomerNumberSeries
from foundation.money import round_amount
from invoicing.actions import checks, credit, drafts, finalize
from invoicing.documents.facts import Buyer, DocumentBody, Line
from invoicing.models import DraftCheck, Invoice, InvoiceLine
from payments.models import ExchangeRate
from tenants.context import organization_context
from tenants.models import BankAccount, Organization
from tests import builders
from tests.invoicing.random_documents import EXCHANGE_RATES, random_body

BATCH_SIZE = 50
CREDITED_SHARE = 0.2
CREDITED_WHOLE_SHARE = 0.5
IBAN = "NO9386011117947"


@dataclass(frozen=True, slots=True)
class FinalizedBatch:
    """Documents that were finalized together, with the checks that let them pass."""

    organization: Organization
    documents: list[Invoice]
    checks: dict[UUID, DraftCheck]


def make_company(slug: str, *, is_vat_registered: bool) -> Organization:
    """A company that sells in four currencies."""
    organization = builders.make_organization(
        slug, "Tenkt Handel AS", owner_email=f"owner@{slug}.example", is_vat_registered=is_vat_registered
    )
    with builders.in_organization(organization):
        BankAccount.objects.create(organization=organization, currency="EUR", iban=IBAN, bic="EKSENO22")
        CustomerNumberSeries.objects.create(organization=organization)
        ExchangeRate.objects.bulk_create(
            ExchangeRate(
                organization=organization,
                currency=currency,
                day=builders.TODAY - timedelta(days=1),
                rate=Decimal(rate),
                source="Norges Bank",
            )
            for currency, rate in EXCHANGE_RATES.items()
        )
    return organization


def finalized_batches(organization: Organization, seed: int, count: int) -> Iterator[FinalizedBatch]:
    """So many documents in batches of fifty, credit notes of earlier ones among them."""
    random = Random(seed)
    creditable: list[Invoice] = []
    made = 0
    while made < count:
        size = min(BATCH_SIZE, count - made)
        notes = list(_credit_notes(organization, random, creditable, size // 4))
        ids = [note.pk for note in notes] + _new_drafts(organization, random, size - len(notes))
        random.shuffle(ids)
        batch = _finalize(organization, ids)
        yield batch
        made += len(batch.documents)
        creditable = [
            document
            for document in batch.documents
            if not document.is_credit_note and document.payable_amount and random.random() < CREDITED_SHARE
        ]


def _new_drafts(organization: Organization, random: Random, count: int) -> list[UUID]:
    ids: list[UUID] = []
    while len(ids) < count:
        made = _drafts(organization, random, count - len(ids))
        ids += [draft.pk for draft in made if _may_be_finalized(organization, draft)]
    return ids


def _may_be_finalized(organization: Organization, draft: Invoice) -> bool:
    """Whether the sum is not negative, which would rightly be refused; such a draft is deleted."""
    if draft.payable_amount >= 0:
        return True
    with organization_context(organization.pk):
        drafts.delete_draft(organization, draft.pk, actor=builders.actor_of(organization))
    return False


def _drafts(organization: Organization, random: Random, count: int) -> list[Invoice]:
    bodies = [_body(random, is_vat_registered=organization.is_vat_registered) for _ in range(count)]
    customers = _customers(organization, [body.buyer for body in bodies], [body.currency for body in bodies])
    with organization_context(organization.pk):
        return [
            drafts.create_draft(
                organization,
                customer=customer,
                header=_header(body),
                lines=[_line(line) for line in body.lines],
                actor=builders.actor_of(organization),
                today=builders.TODAY,
            )
            for body, customer in zip(bodies, customers, strict=True)
        ]


def _body(random: Random, *, is_vat_registered: bool) -> DocumentBody:
    """The next random invoice of a seller with this registration."""
    while True:
        body = random_body(random)
        if body.kind == "invoice" and bool(body.seller.vat_number) == is_vat_registered:
            return body


def _customers(organization: Organization, buyers: Sequence[Buyer], currencies: Sequence[str]) -> list[Customer]:
    with builders.in_organization(organization):
        series = CustomerNumberSeries.objects.select_for_update().get(organization=organization)
        first = series.last_number + 1
        series.last_number += len(buyers)
        series.save(update_fields=["last_number"])
        return Customer.objects.bulk_create(
            Customer(
                organization=organization,
                number=first + place,
                kind=buyer.kind,
                name=buyer.name,
                organization_number=buyer.organization_number,
                vat_number=buyer.vat_number,
                resource_number=buyer.resource_number,
                street=buyer.address.street,
                postal_code=buyer.address.postal_code,
                city=buyer.address.city,
                country=buyer.address.country,
                email=buyer.email,
                endpoint_scheme=buyer.endpoint_scheme,
                endpoint_id=buyer.endpoint_id,
                contact_name=buyer.contact_name,
                currency=currency,
            )
            for place, (buyer, currency) in enumerate(zip(buyers, currencies, strict=True))
        )


def _header(body: DocumentBody) -> dict[str, Any]:
    place = body.delivery.place
    discount = body.document_discount
    header: dict[str, Any] = {
        "currency": body.currency,
        "language": body.language,
        "prices_include_vat": body.prices_include_vat,
        "discount_percent": discount.percent,
        "discount_amount": Decimal(0) if discount.percent else discount.shown_amount,
        "discount_reason": discount.reason,
        "note": body.note,
        "buyer_reference": body.references.buyer,
        "order_reference": body.references.order,
        "our_reference": body.references.our,
        "contract_reference": body.references.contract,
        "project_reference": body.references.project,
        "delivery_date": _moved(body, body.delivery.day),
        "period_from": _moved(body, body.delivery.period_from),
        "period_to": _moved(body, body.delivery.period_to),
    }
    if place is not None:
        header |= {
            "delivery_street": place.street,
            "delivery_postal_code": place.postal_code,
            "delivery_city": place.city,
            "delivery_country": place.country,
        }
    return header


def _moved(body: DocumentBody, day: date | None) -> date | None:
    """The day as far before today as it was before the invoice date of the random document, within the year."""
    return None if day is None else builders.TODAY - min(body.issue_date - day, timedelta(days=40))


def _line(line: Line) -> dict[str, Any]:
    typed_discount = Decimal(0) if line.discount_percent else min(abs(line.discount_amount), abs(line.shown_amount))
    return {
        "description": line.description,
        "detail": line.detail,
        "product_number": line.product_number,
        "quantity": line.quantity,
        "unit_code": line.unit_code,
        "unit_price": line.unit_price,
        "discount_percent": line.discount_percent,
        "discount_amount": typed_discount,
        "charge_kind": line.charge_kind,
        "vat_treatment": line.vat_treatment,
    }


def _credit_notes(
    organization: Organization, random: Random, invoices: Sequence[Invoice], count: int
) -> Iterator[Invoice]:
    """Draft credit notes: all of an invoice, or parts of some of its lines."""
    for invoice in invoices[:count]:
        quantities = None
        if random.random() > CREDITED_WHOLE_SHARE:
            quantities = _parts(random, builders.lines_of(organization, invoice)) or None
        with organization_context(organization.pk):
            note = credit.credit_invoice(
                organization,
                invoice.pk,
                quantities=quantities,
                reason="Feil på fakturaen",
                actor=builders.actor_of(organization),
                today=builders.TODAY,
            )
        if _may_be_finalized(organization, note):
            yield note


def _parts(random: Random, lines: Sequence[InvoiceLine]) -> dict[UUID, Decimal]:
    chosen = [
        line for line in lines if line.charge_kind == "chargeable" and line.quantity > 0 and random.random() < 0.6
    ]
    parts = {line.pk: round_amount(line.quantity * random.randint(1, 4) / 4, 3) or line.quantity for line in chosen}
    return {line.pk: min(parts[line.pk], line.quantity) for line in chosen}


def _finalize(organization: Organization, ids: Sequence[UUID]) -> FinalizedBatch:
    with organization_context(organization.pk):
        made = checks.check_drafts(organization, ids, today=builders.TODAY)
        refuse_broken(made)
        documents = finalize.finalize_invoices(
            organization, ids, actor=builders.actor_of(organization), today=builders.TODAY
        )
    return FinalizedBatch(organization, documents, {check.invoice_id: check for check in made})


def refuse_broken(made: Sequence[DraftCheck]) -> None:
    """Every finding that would stop a document, with the document's id."""
    fatal: Mapping[str, list[str]] = {
        str(check.invoice_id): [f"{item['rule']}: {item['sentence']}" for item in check.findings if item["is_fatal"]]
        for check in made
    }
    broken = {invoice_id: findings for invoice_id, findings in fatal.items() if findings}
    if broken:
        raise AssertionError(f"seed {builders.SEED}: the rules refuse {broken}")
