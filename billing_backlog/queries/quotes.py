"""Quotes and orders of an organization: fetched, found by state, locked, numbered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404

from billing_backlog.models import (
    OfferMail,
    OrderConfirmation,
    OrderDraft,
    Quote,
    QuoteLine,
    QuoteState,
    QuoteVersion,
)
from invoicing.models import DocumentFile, FileKind, PublicLink
from tenants.models import Organization

WORDS_MAX = 100
LINK_KIND = "quote"
MAILS_SHOWN_MAX = 30
LINKS_SHOWN_MAX = 30


def quotes_in(organization: Organization, state: str, *, today: date, words: str = "") -> QuerySet[Quote]:
    """Quotes in a state, or all; by number, title or customer."""
    found = Quote.objects.of(organization).select_related("customer", "responsible")
    if state in QuoteState.values:
        found = found.filter(_condition(QuoteState(state), today))
    for word in words[:WORDS_MAX].split():
        fits = Q(title__icontains=word) | Q(customer__name__icontains=word)
        found = found.filter(fits | Q(number=int(word)) if word.isascii() and word.isdecimal() else fits)
    return found


def _condition(state: QuoteState, today: date) -> Q:
    waits = Q(accepted_at=None, declined_at=None, withdrawn_at=None)
    return {
        QuoteState.DRAFT: waits & Q(sent_at=None),
        QuoteState.SENT: waits & Q(sent_at__isnull=False, valid_until__gte=today),
        QuoteState.EXPIRED: waits & Q(sent_at__isnull=False, valid_until__lt=today),
        QuoteState.ACCEPTED: Q(accepted_at__isnull=False),
        QuoteState.DECLINED: Q(declined_at__isnull=False),
        QuoteState.WITHDRAWN: Q(withdrawn_at__isnull=False),
    }[state]


@dataclass(frozen=True, slots=True)
class StateSum:
    """How many quotes stand in a state, and what they come to without VAT in the currency of the books."""

    state: QuoteState
    count: int
    net: Decimal


def sums_by_state(organization: Organization, *, today: date) -> list[StateSum]:
    """Every state with its quotes, in one question."""
    own = Q(currency=organization.base_currency)
    asked: dict[str, Count | Sum] = {}
    for state in QuoteState:
        condition = _condition(state, today)
        asked[f"{state.value}_count"] = Count("id", filter=condition)
        asked[f"{state.value}_net"] = Sum("net_amount", filter=condition & own, default=Decimal(0))
    found = Quote.objects.of(organization).aggregate(**asked)
    return [
        StateSum(state, found[f"{state.value}_count"], found[f"{state.value}_net"] or Decimal(0))
        for state in QuoteState
    ]


def quotes_of_customer(organization: Organization, customer_id: UUID, most: int) -> list[Quote]:
    """The newest quotes to a customer."""
    found = Quote.objects.of(organization).filter(customer_id=customer_id).order_by("-number")
    return list(found[:most])


def get_quote(organization: Organization, quote_id: UUID) -> Quote:
    """One quote with its customer, project and whoever answers for it, or 404."""
    quote = find_quote(organization, quote_id)
    if quote is None:
        raise Http404
    return quote


def find_quote(organization: Organization, quote_id: UUID) -> Quote | None:
    """One quote with its customer, project and whoever answers for it; None where there is none."""
    rows = Quote.objects.of(organization).select_related("organization", "customer", "project", "responsible")
    return rows.filter(pk=quote_id).first()


def lock_quote(organization: Organization, quote_id: UUID) -> Quote:
    """One quote, locked, or 404."""
    rows = Quote.objects.of(organization).select_for_update(of=("self",), no_key=True)
    quote = rows.select_related("customer", "project", "responsible").filter(pk=quote_id).first()
    if quote is None:
        raise Http404
    return quote


def lines_of(organization: Organization, quote: Quote) -> list[QuoteLine]:
    """The lines in their order, with their products."""
    rows = QuoteLine.objects.of(organization).filter(quote=quote).select_related("product")
    return list(rows.order_by("position", "id"))


def versions_of(organization: Organization, quote: Quote) -> list[QuoteVersion]:
    """What the customer was shown, the newest first."""
    return list(QuoteVersion.objects.of(organization).filter(quote=quote).order_by("-number"))


def latest_version(organization: Organization, quote_id: UUID) -> QuoteVersion | None:
    """What the customer is shown now; None before it was sent."""
    return QuoteVersion.objects.of(organization).filter(quote_id=quote_id).order_by("-number").first()


def order_of(organization: Organization, quote_id: UUID) -> OrderConfirmation | None:
    """The order that a quote became."""
    rows = OrderConfirmation.objects.of(organization).select_related("contract__project", "customer")
    return rows.filter(quote_id=quote_id).first()


def orders(organization: Organization, words: str = "") -> QuerySet[OrderConfirmation]:
    """Every order with its customer, quote and contract."""
    found = OrderConfirmation.objects.of(organization).select_related("customer", "quote", "contract").defer("content")
    for word in words[:WORDS_MAX].split():
        fits = Q(title__icontains=word) | Q(customer__name__icontains=word)
        found = found.filter(fits | Q(number=int(word)) if word.isascii() and word.isdecimal() else fits)
    return found


def get_order(organization: Organization, order_id: UUID) -> OrderConfirmation:
    """One order with its customer, quote and contract, or 404."""
    rows = OrderConfirmation.objects.of(organization).select_related("customer", "quote", "contract__project")
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order


def lock_order(organization: Organization, order_id: UUID) -> OrderConfirmation:
    """One order, locked, or 404."""
    rows = OrderConfirmation.objects.of(organization).select_for_update(of=("self",), no_key=True)
    order = rows.select_related("customer", "quote__responsible", "contract").filter(pk=order_id).first()
    if order is None:
        raise Http404
    return order


def order_of_contract(organization: Organization, contract_id: UUID) -> OrderConfirmation | None:
    """The order that became the contract."""
    return orders(organization).filter(contract_id=contract_id).first()


def drafts_of(organization: Organization, order_ids: Collection[UUID]) -> dict[UUID, OrderDraft]:
    """The draft or invoice of each order that has one."""
    rows = OrderDraft.objects.of(organization).filter(order_id__in=list(order_ids)).select_related("invoice")
    return {row.order_id: row for row in rows.defer("invoice__snapshot")}


def order_of_invoice(organization: Organization, invoice_id: UUID) -> OrderConfirmation | None:
    """The order that a draft or an invoice bills."""
    row = OrderDraft.objects.of(organization).filter(invoice_id=invoice_id).select_related("order__quote").first()
    return row.order if row else None


def mails_of(organization: Organization, quote_id: UUID) -> list[OfferMail]:
    """The e-mails about a quote and its order, the newest first."""
    rows = OfferMail.objects.of(organization).filter(quote_id=quote_id).select_related("order", "version")
    return list(rows.defer("order__content", "version__content").order_by("-asked_at", "-id")[:MAILS_SHOWN_MAX])


def get_mail(organization: Organization, mail_id: UUID) -> OfferMail:
    """One e-mail with what it tells of, or 404."""
    rows = OfferMail.objects.of(organization).select_related(
        "quote__customer", "quote__responsible", "order", "version"
    )
    mail = rows.filter(pk=mail_id).first()
    if mail is None:
        raise Http404
    return mail


def links_of(organization: Organization, quote_id: UUID) -> list[PublicLink]:
    """The links to a quote, the newest first."""
    rows = PublicLink.objects.of(organization).filter(subject_kind=LINK_KIND, subject_id=quote_id)
    return list(rows.order_by("-made_at", "-id")[:LINKS_SHOWN_MAX])


def pdf_of(organization: Organization, subject_id: UUID) -> DocumentFile | None:
    """The PDF of a version or an order, once it is made."""
    return DocumentFile.objects.of(organization).filter(subject_id=subject_id, kind=FileKind.PDF).first()


def settled_at(organization: Organization, quote: Quote) -> datetime:
    """When nothing more could come of a quote: its answer, its withdrawal, or the end of its last day."""
    told = quote.accepted_at or quote.declined_at or quote.withdrawn_at
    if told is not None:
        return told
    return datetime.combine(quote.valid_until + timedelta(days=1), time.min, tzinfo=ZoneInfo(organization.time_zone))


def get_paper_row(organization: Organization, subject_id: UUID) -> QuoteVersion | OrderConfirmation:
    """The version or the order that a paper is made of, or 404."""
    version = QuoteVersion.objects.of(organization).select_related("quote").filter(pk=subject_id).first()
    return version or get_order(organization, subject_id)
