"""What a customer answers to a quote: yes, to the very words that were shown, or no; once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.orders import confirm_order
from billing_backlog.actions.quotes import open_to_customer, refuse_closed
from billing_backlog.errors import QuoteHasChanged, QuoteIsClosed, QuoteIsUnclear
from billing_backlog.models import OrderConfirmation, Quote, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quote_terms import Acceptance
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit, notices
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization, Role

REASON_MAX = 1_000


@transaction.atomic
def accept_quote(
    organization: Organization, quote_id: UUID, acceptance: Acceptance, *, today: date, now: datetime
) -> OrderConfirmation:
    """Take the customer's yes to what was shown, confirm the order, and tell who answers for the quote.

    The same yes sent twice is one order; a yes to other words than the newest that were shown is refused.
    """
    quote = queries.lock_quote(organization, quote_id)  # two presses of the same button come one after the other
    earlier = queries.order_of(organization, quote.pk)
    if earlier is not None and quote.accepted_sha256 == acceptance.sha256:
        return earlier
    refuse_answer(quote, today=today)
    version = queries.latest_version(organization, quote.pk)
    if version is None or version.sha256 != acceptance.sha256:
        raise QuoteHasChanged(_("The quote was changed while you read it. Read it again, then answer."))
    actor = Actor("customer", None, acceptance.name[:120])
    return _accept(organization, quote, version, acceptance, actor=actor, today=today, now=now)


@transaction.atomic
def enter_acceptance(
    organization: Organization, quote_id: UUID, *, name: str, note: str, actor: Actor, today: date, now: datetime
) -> OrderConfirmation:
    """Write down that the customer has said yes by telephone, by mail or on paper. Twice is as good as once."""
    quote = queries.lock_quote(organization, quote_id)
    earlier = queries.order_of(organization, quote.pk)
    if earlier is not None:
        return earlier
    version = open_to_customer(organization, quote, actor=actor, today=today, now=now)
    acceptance = Acceptance(name=name, sha256=version.sha256, note=note)
    return _accept(organization, quote, version, acceptance, actor=actor, today=today, now=now)


@transaction.atomic
def decline_quote(
    organization: Organization, quote_id: UUID, *, reason: str, name: str, today: date, now: datetime
) -> Quote:
    """Take the customer's no, with the reason if there is one, and tell who answers for the quote. Twice is once."""
    quote = queries.lock_quote(organization, quote_id)
    if quote.declined_at is not None:
        return quote
    refuse_answer(quote, today=today)
    quote.declined_at, quote.declined_reason = now, reason.strip()[:REASON_MAX]
    quote.save(update_fields=["declined_at", "declined_reason"])
    actor = Actor("customer", None, (name or quote.customer.name)[:120])
    audit.record(actor, "quote.declined", quote, reason=quote.declined_reason)
    notices.tell(organization.pk, _news(organization, quote, "quote.declined"))
    return quote


def refuse_answer(quote: Quote, *, today: date) -> None:
    """Raise QuoteIsClosed where a quote can be answered no more, in words for the customer."""
    if quote.accepted_at is not None:
        raise QuoteIsClosed(_("This quote is accepted already."))
    if quote.declined_at is not None:
        raise QuoteIsClosed(_("This quote is declined already. Ask the seller for a new one."))
    if quote.withdrawn_at is not None:
        raise QuoteIsClosed(_("This quote was withdrawn. Ask the seller for a new one."))
    if quote.sent_at is None:
        raise QuoteIsClosed(_("This quote is not sent yet."))
    if quote.valid_until < today:
        day = format_day(quote.valid_until, language_of_page())
        raise QuoteIsClosed(_("This quote was valid through %(day)s. Ask the seller for a new one.") % {"day": day})


def _accept(
    organization: Organization,
    quote: Quote,
    version: QuoteVersion,
    acceptance: Acceptance,
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> OrderConfirmation:
    refuse_closed(quote)
    name = acceptance.name.strip()[:120]
    if not name:
        raise QuoteIsUnclear(_("Write the name of whoever accepts."), field="name")
    order = confirm_order(organization, quote, version, accepted_by=name, actor=actor, today=today, now=now)
    quote.accepted_at, quote.accepted_by_name = now, name
    quote.accepted_sha256, quote.accepted_note = version.sha256, acceptance.note.strip()[:300]
    quote.save(update_fields=["accepted_at", "accepted_by_name", "accepted_sha256", "accepted_note"])
    facts = {"name": name, "version": version.number, "sha256": version.sha256, "order": order.number}
    audit.record(actor, "quote.accepted", quote, **facts)
    if actor.kind == "customer":
        notices.tell(organization.pk, _news(organization, quote, "quote.accepted"))
    return order


def _news(organization: Organization, quote: Quote, kind: str) -> Iterator[notices.News]:
    """Whoever answers for the quote is told; where nobody does, the owners of the organization are."""
    members = tenants.list_memberships(organization)
    people = [member.user_id for member in members if member.user_id == quote.responsible_id]
    people = people or [member.user_id for member in members if member.role == Role.OWNER]
    facts = {"number": quote.number, "customer": quote.customer.name, "reason": quote.declined_reason}
    for person in people:
        yield notices.News(person, kind, facts, f"quotes/{quote.pk}/", f"{kind}:{quote.pk}")
