"""Orders: confirmed out of accepted quotes, mailed, and billed by a draft or under a contract; each once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.contracts import create_contract
from billing_backlog.actions.milestones import plan_milestones
from billing_backlog.actions.offer_papers import next_number, paper_in, put_rendering
from billing_backlog.actions.projects import create_project
from billing_backlog.actions.quotes import put_mail
from billing_backlog.contract_terms import ContractTerms, LineTerms, MilestoneTerms, ShareTerms
from billing_backlog.errors import OrderIsTaken
from billing_backlog.models import (
    BillingMethod,
    Contract,
    ContractLine,
    OfferMail,
    OrderConfirmation,
    OrderDraft,
    Quote,
    QuoteVersion,
)
from billing_backlog.queries import quotes as queries
from billing_backlog.quote_terms import ContractWish
from billing_backlog.quoting.composing import confirmed_paper
from billing_backlog.quoting.papers import ORDER, QuotePaper, hash_of
from customers.models import Product
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import create_draft
from invoicing.documents.facts import Line
from invoicing.drafting.choices import products_by_number
from invoicing.models import Invoice
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

NAME_MAX = 160


def confirm_order(
    organization: Organization,
    quote: Quote,
    version: QuoteVersion,
    *,
    accepted_by: str,
    actor: Actor,
    today: date,
    now: datetime,
) -> OrderConfirmation:
    """The order that a quote becomes when it is accepted, in the caller's transaction; the customer gets it by mail."""
    number = next_number(organization, ORDER)
    paper = confirmed_paper(paper_in(version), number=number, accepted_by=accepted_by, accepted_on=today)
    totals, content = paper.body.totals, paper.to_json()
    order = OrderConfirmation(
        organization=organization,
        number=number,
        quote=quote,
        customer=quote.customer,
        title=quote.title,
        currency=paper.body.currency,
        delivery_date=paper.body.delivery.day,
        net_amount=totals.net,
        vat_amount=totals.vat,
        payable_amount=totals.payable,
        content=content,
        sha256=hash_of(content),
        made_by=actor.name[:120],
        made_at=now,
    )
    order.save(force_insert=True)
    put_rendering(organization, order.pk)
    audit.record(actor, "order.confirmed", order, number=number, quote=quote.number, customer=quote.customer.name)
    recipient = quote.contact_email or quote.customer.email
    if recipient:
        put_mail(organization, quote, order, recipient=recipient, actor=actor, now=now)
    return order


@transaction.atomic
def send_order(
    organization: Organization, order_id: UUID, *, recipient: str, message: str = "", actor: Actor, now: datetime
) -> OfferMail:
    """Mail the order confirmation with its PDF once more, or to somebody else."""
    order = queries.lock_order(organization, order_id)
    mail = put_mail(organization, order.quote, order, recipient=recipient, message=message, actor=actor, now=now)
    audit.record(actor, "order.sent", order, recipient=recipient)
    return mail


@transaction.atomic
def draft_order(
    organization: Organization, order_id: UUID, *, origin: str, actor: Actor, today: date, now: datetime
) -> Invoice:
    """A draft invoice with the lines of the order, which says where it comes from; made once.

    A draft that was deleted is made again. The origin is where it was asked for, the quote's or the order's.
    """
    order = queries.lock_order(organization, order_id)
    earlier = queries.drafts_of(organization, [order.pk]).get(order.pk)
    if earlier is not None:
        made: Invoice = earlier.invoice
        return made
    if order.contract is not None:
        raise OrderIsTaken(
            _("%(order)s is billed under contract %(contract)s.") % {"order": order, "contract": order.contract}
        )
    paper = paper_in(order)
    products = products_by_number(organization, [line.product_number for line in paper.body.lines])
    source = order.quote if origin == "quote" else order
    invoice = create_draft(
        organization,
        customer=order.customer,
        header=_header(paper, today),
        lines=[_line(organization, order, line, products) for line in paper.body.lines],
        actor=actor,
        today=today,
        beginning=Beginning(origin=origin, origin_id=source.pk, origin_name=str(source)),
    )
    OrderDraft(organization=organization, order=order, invoice=invoice, made_at=now).save(force_insert=True)
    audit.record(actor, "order.drafted", order, draft=str(invoice.pk))
    return invoice


def _header(paper: QuotePaper, today: date) -> dict[str, Any]:
    body = paper.body
    told = {
        "currency": body.currency,
        "language": body.language,
        "prices_include_vat": body.prices_include_vat,
        "delivery_date": body.delivery.day or today,
        "buyer_reference": body.references.buyer,
        "our_reference": body.references.our,
        "project_reference": body.references.project,
    }
    return {name: value for name, value in told.items() if value not in ("", None)}


def _line(
    organization: Organization, order: OrderConfirmation, line: Line, products: Mapping[str, Product]
) -> dict[str, Any]:
    product = products.get(line.product_number)
    usual_account = "3000" if organization.is_vat_registered else "3200"
    return {
        "product_id": product.pk if product else None,
        "product_number": line.product_number,
        "gtin": line.gtin,
        "description": line.description,
        "detail": line.detail,
        "quantity": line.quantity,
        "unit_code": line.unit_code,
        "unit_price": line.unit_price,
        "discount_percent": line.discount_percent,
        "vat_treatment": line.vat_treatment,
        "revenue_account": product.revenue_account if product else usual_account,
        "source": {"kind": ORDER, "id": str(order.pk), "label": str(order), "line": str(line.position)},
    }


@transaction.atomic
def contract_order(
    organization: Organization, order_id: UUID, wish: ContractWish, *, actor: Actor, now: datetime
) -> Contract:
    """A contract with the lines of the order: fixed prices with a milestone each, or work as it is done; once."""
    order = queries.lock_order(organization, order_id)
    if order.contract is not None:
        stored: Contract = order.contract
        return stored
    draft = queries.drafts_of(organization, [order.pk]).get(order.pk)
    if draft is not None:
        raise OrderIsTaken(_("%(order)s is billed by a draft or an invoice already.") % {"order": order})
    paper = paper_in(order)
    project_id = wish.project_id or _new_project(organization, order, wish, actor)
    contract = create_contract(organization, project_id, _terms(order, paper, wish), actor=actor, now=now)
    if wish.method == BillingMethod.FIXED_PRICE:
        _plan(organization, contract, order.delivery_date or wish.starts_on, actor=actor, now=now)
    order.contract = contract
    order.save(update_fields=["contract"])
    audit.record(actor, "order.contracted", order, contract=contract.number)
    return contract


def _new_project(organization: Organization, order: OrderConfirmation, wish: ContractWish, actor: Actor) -> UUID:
    values = {
        "number": wish.project_number,
        "name": order.title,
        "customer_id": order.customer_id,
        "manager_id": actor.id,
        "vat_treatment": "",
        "dimensions": {},
    }
    return create_project(organization, values=values, actor=actor).pk


def _terms(order: OrderConfirmation, paper: QuotePaper, wish: ContractWish) -> ContractTerms:
    references = paper.body.references
    values = {
        "number": wish.number,
        "name": order.title,
        "currency": order.currency,
        "starts_on": wish.starts_on,
        "buyer_reference": references.buyer,
    }
    lines = [line for line in paper.body.lines if line.net_amount > 0] or list(paper.body.lines)
    return ContractTerms(
        values=values,
        shares=(ShareTerms(customer_id=order.customer_id),),
        lines=tuple(_line_terms(line, wish.method) for line in lines),
    )


def _line_terms(line: Line, method: str) -> LineTerms:
    """Contracts agree on prices without VAT, after the discount."""
    values: dict[str, Any] = {
        "name": line.description[:NAME_MAX],
        "billing_method": method,
        "unit_code": line.unit_code,
        "vat_treatment": line.vat_treatment,
    }
    if method == BillingMethod.FIXED_PRICE:
        return LineTerms(values={**values, "amount": line.net_amount})
    return LineTerms(values={**values, "unit_price": line.net_unit_price, "limit_amount": None})


def _plan(organization: Organization, contract: Contract, day: date, *, actor: Actor, now: datetime) -> None:
    """Each fixed price is one milestone to begin with, on the day of delivery; it can be split later."""
    for line in ContractLine.objects.of(organization).filter(contract=contract).order_by("position"):
        version = Contract.objects.of(organization).values_list("version", flat=True).get(pk=contract.pk)
        assert line.amount is not None
        terms = [MilestoneTerms(name=line.name, amount=line.amount, planned_on=day)]
        plan_milestones(organization, line.pk, terms, version=version, actor=actor, now=now)
