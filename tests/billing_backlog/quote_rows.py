"""Quotes in their stages and an order, for tests that open every address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.actions import orders, quote_answers, quotes
from billing_backlog.models import (
    Contract,
    OfferMail,
    OfferSeries,
    OrderConfirmation,
    OrderDraft,
    Quote,
    QuoteLine,
    QuoteVersion,
)
from billing_backlog.quote_terms import ContractWish, QuoteTerms
from customers.models import Customer
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = builders.TODAY


def terms(customer: Customer, *lines: dict[str, Any], **changes: Any) -> QuoteTerms:
    """What is offered to a customer: two days of advice unless the lines say something else."""
    values: dict[str, Any] = {
        "customer_id": customer.pk,
        "title": "Ny nettside",
        "text": "",
        "contact_name": "Kari Nord",
        "contact_email": "kari@kunde.example",
        "language": "nb",
        "currency": "NOK",
        "prices_include_vat": False,
        "valid_until": TODAY + timedelta(days=30),
        "delivery_date": None,
        "buyer_reference": "",
        "project_id": None,
        "responsible_id": None,
    }
    return QuoteTerms(values=values | changes, lines=lines or (line("Rådgivning", 2, 12000),))


def line(description: str, quantity: Any, price: Any, **changes: Any) -> dict[str, Any]:
    """One line of a quote."""
    told = {"description": description, "detail": "", "quantity": Decimal(quantity), "unit_price": Decimal(price)}
    usual = {"unit_code": "DAY", "discount_percent": Decimal(0), "vat_treatment": "standard", "product_id": None}
    return told | usual | changes


def make_quote(
    organization: Organization, customer: Customer | None = None, *lines: dict[str, Any], **changes: Any
) -> Quote:
    """A quote that nobody outside has seen."""
    customer = customer or builders.make_customer(organization)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        return quotes.create_quote(organization, terms(customer, *lines, **changes), actor=actor, today=TODAY, now=NOW)


def send(organization: Organization, quote: Quote, recipient: str = "kari@kunde.example") -> None:
    """Mail the quote."""
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        quotes.send_quote(organization, quote.pk, recipient=recipient, actor=actor, today=TODAY, now=NOW)


def token_of(organization: Organization, quote: Quote) -> str:
    """The secret of a new link to the quote."""
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        return quotes.copy_quote_link(organization, quote.pk, actor=actor, today=TODAY, now=NOW)


def accepted(organization: Organization, quote: Quote) -> OrderConfirmation:
    """The order of a quote that was accepted by telephone."""
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        return quote_answers.enter_acceptance(
            organization, quote.pk, name="Kari Nord", note="Ringte", actor=actor, today=TODAY, now=NOW
        )


def quote_things(organization: Organization) -> dict[str, UUID]:
    """An open quote that was sent, one that was not, and orders: one not billed, one on a draft, one of a contract."""
    customer = builders.make_customer(organization, name="Tilbudskunde AS")
    sent, unsent, agreed = (make_quote(organization, customer, title=f"Tilbud {place}") for place in range(3))
    send(organization, sent)
    order = accepted(organization, agreed)
    drafted, contracted = (accepted(organization, make_quote(organization, customer)) for _each in range(2))
    actor = builders.actor_of(organization)
    wish = ContractWish(number="O-77", method="time_and_material", starts_on=TODAY, project_number="9077")
    with organization_context(organization.pk):
        orders.draft_order(organization, drafted.pk, origin="order", actor=actor, today=TODAY, now=NOW)
        orders.contract_order(organization, contracted.pk, wish, actor=actor, now=NOW)
    return {"quote": sent.pk, "unsent_quote": unsent.pk, "order": order.pk, "quote_customer": customer.pk}


def keep_offers(organization: Organization, customer: Customer, contract: Contract, draft: Invoice) -> None:
    """One row of all that is kept of quotes, inside the open organization: one open, one that became an order."""
    here = {"organization": organization}
    head = {**here, "customer": customer, "language": "nb", "currency": "NOK", "valid_until": TODAY}
    OfferSeries.objects.create(**here, kind="quote", last_number=2)
    unsent = Quote.objects.create(**head, number=1, title="Åpent tilbud")
    agreed = Quote.objects.create(**head, number=2, title="Avtalt", sent_at=NOW)
    told = {"position": 1, "description": "Rådgivning", "unit_price": Decimal(1500), "vat_treatment": "standard"}
    for quote in (unsent, agreed):
        QuoteLine.objects.create(**here, quote=quote, **told)
    version = QuoteVersion.objects.create(**here, quote=agreed, number=1, content={}, sha256="0" * 64, made_by="Kari")
    order = OrderConfirmation.objects.create(
        **here,
        number=1,
        quote=agreed,
        customer=customer,
        contract=contract,
        title="Avtalt",
        currency="NOK",
        net_amount=Decimal(1500),
        vat_amount=Decimal(375),
        payable_amount=Decimal(1875),
        content={},
        sha256="1" * 64,
        made_by="Kari",
    )
    Quote.objects.of(organization).filter(pk=agreed.pk).update(
        accepted_at=NOW, accepted_by_name="Kari", accepted_sha256=version.sha256
    )
    OrderDraft.objects.create(**here, order=order, invoice=draft)
    OfferMail.objects.create(**here, quote=agreed, version=version, recipient="kari@kunde.example", asked_by="Kari")
