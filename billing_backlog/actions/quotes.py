"""Writing, changing, sending, withdrawing and deleting quotes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.offer_papers import keep_version, next_number
from billing_backlog.errors import QuoteIsClosed, QuoteIsUnclear, StaleRecord
from billing_backlog.models import OfferMail, OrderConfirmation, Quote, QuoteLine, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quote_terms import LINE_COLUMNS, LINES_MAX, QUOTE_COLUMNS, QuoteTerms
from billing_backlog.quoting.composing import sum_quote
from billing_backlog.quoting.papers import QUOTE
from foundation.templatetags.formatting import format_day, language_of_page
from invoicing.actions.links import make_link_of
from invoicing.drafting.surroundings import surroundings
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

MAIL = "billing_backlog.mail_offer"


@transaction.atomic
def create_quote(
    organization: Organization,
    terms: QuoteTerms,
    *,
    actor: Actor,
    today: date,
    now: datetime,
    quote_id: UUID | None = None,
) -> Quote:
    """Write a new quote under the next number; with an id it is made once, however often its form is sent."""
    if quote_id is not None:
        earlier = queries.find_quote(organization, quote_id)
        if earlier is not None:
            return earlier
    _refuse_terms(terms, today)
    quote = Quote(organization=organization, created_at=now)
    if quote_id is not None:
        quote.pk = quote_id
    _set(quote, terms)
    quote.number = next_number(organization, QUOTE)
    lines = _new_lines(quote, terms)
    _sum(organization, quote, lines, today)
    quote.save(force_insert=True)
    QuoteLine.objects.bulk_create(lines)
    audit.record(actor, "quote.created", quote, number=quote.number, customer=quote.customer.name)
    return quote


@transaction.atomic
def update_quote(
    organization: Organization,
    quote_id: UUID,
    terms: QuoteTerms,
    *,
    version: int,
    actor: Actor,
    today: date,
    now: datetime,
) -> Quote:
    """Change a quote that nobody has answered; once it is sent its page shows the change as a new version."""
    quote = queries.lock_quote(organization, quote_id)
    refuse_closed(quote)
    if quote.version != version:
        raise StaleRecord(
            _("%(quote)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"quote": quote}
        )
    _refuse_terms(terms, today)
    if quote.sent_at is not None and terms.values["customer_id"] != quote.customer_id:
        raise QuoteIsUnclear(
            _("The quote was sent to %(customer)s. Write a new one for somebody else.")
            % {"customer": quote.customer.name},
            field="customer",
        )
    before = {name: getattr(quote, name) for name in QUOTE_COLUMNS}
    stored = queries.lines_of(organization, quote)
    _set(quote, terms)
    lines = _new_lines(quote, terms)
    changes = audit.changes(before, {name: getattr(quote, name) for name in QUOTE_COLUMNS})
    if _told(stored) != _told(lines):
        changes["lines"] = [_in_words(stored), _in_words(lines)]
    if not changes:
        return quote
    _sum(organization, quote, lines, today)
    QuoteLine.objects.of(organization).filter(quote=quote).delete()
    QuoteLine.objects.bulk_create(lines)
    quote.version += 1
    quote.save()
    if quote.sent_at is not None:
        shown = queries.lines_of(organization, quote)  # with their products
        keep_version(organization, quote, shown, actor=actor, today=today, now=now)
    audit.record(actor, "quote.changed", quote, changes=changes)
    return quote


@transaction.atomic
def delete_quote(organization: Organization, quote_id: UUID, *, actor: Actor) -> None:
    """Remove a quote that nobody outside has seen; one that was sent is withdrawn instead."""
    quote = queries.lock_quote(organization, quote_id)
    if quote.sent_at is not None or not quote.is_open:
        raise QuoteIsClosed(_("The quote was sent. Withdraw it instead."))
    audit.record(actor, "quote.deleted", quote, number=quote.number, customer=quote.customer.name)
    quote.delete()


@transaction.atomic
def send_quote(
    organization: Organization,
    quote_id: UUID,
    *,
    recipient: str,
    message: str = "",
    actor: Actor,
    today: date,
    now: datetime,
) -> OfferMail:
    """Mail the quote with its PDF and a link of its own on which it can be answered; sent again as often as wanted."""
    quote = queries.lock_quote(organization, quote_id)
    version = open_to_customer(organization, quote, actor=actor, today=today, now=now)
    mail = put_mail(organization, quote, version, recipient=recipient, message=message, actor=actor, now=now)
    audit.record(actor, "quote.sent", quote, recipient=recipient, version=version.number)
    return mail


@transaction.atomic
def copy_quote_link(organization: Organization, quote_id: UUID, *, actor: Actor, today: date, now: datetime) -> str:
    """The secret of a new link to pass on by hand; the quote counts as sent from then on."""
    quote = queries.lock_quote(organization, quote_id)
    open_to_customer(organization, quote, actor=actor, today=today, now=now)
    audit.record(actor, "link.copied", quote)
    return make_link_of(organization, queries.LINK_KIND, quote.pk, actor=actor, now=now)


@transaction.atomic
def withdraw_quote(organization: Organization, quote_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Quote:
    """Take back a quote that nobody has answered; its page says so. Twice is as good as once."""
    quote = queries.lock_quote(organization, quote_id)
    if quote.withdrawn_at is not None:
        return quote
    refuse_closed(quote)
    if not reason.strip():
        raise QuoteIsUnclear(_("Write why the quote is withdrawn; the customer is not told."), field="reason")
    quote.withdrawn_at, quote.withdrawn_reason = now, reason.strip()[:300]
    quote.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    audit.record(actor, "quote.withdrawn", quote, reason=quote.withdrawn_reason)
    return quote


def open_to_customer(
    organization: Organization, quote: Quote, *, actor: Actor, today: date, now: datetime
) -> QuoteVersion:
    """Let the customer see the quote as it stands, in the caller's transaction; the first time it is frozen."""
    refuse_closed(quote)
    if quote.valid_until < today:
        raise QuoteIsClosed(
            _("The quote was valid through %(day)s. Choose a later day before you send it.")
            % {"day": format_day(quote.valid_until, language_of_page())},
            field="valid_until",
        )
    version = queries.latest_version(organization, quote.pk)
    if version is None:
        lines = queries.lines_of(organization, quote)
        version = keep_version(organization, quote, lines, actor=actor, today=today, now=now)
    if quote.sent_at is None:
        quote.sent_at = now
        quote.save(update_fields=["sent_at"])
    return version


def put_mail(
    organization: Organization,
    quote: Quote,
    paper: QuoteVersion | OrderConfirmation,
    *,
    recipient: str,
    message: str = "",
    actor: Actor,
    now: datetime,
) -> OfferMail:
    """Have a version or an order mailed after the commit, in the caller's transaction."""
    mail = OfferMail(
        organization=organization,
        quote=quote,
        order=paper if isinstance(paper, OrderConfirmation) else None,
        version=paper if isinstance(paper, QuoteVersion) else None,
        recipient=recipient.strip(),
        message=message.strip()[:2000],
        asked_by=actor.name[:120],
        asked_at=now,
    )
    mail.save(force_insert=True)
    outbox.put_each(organization.pk, [outbox.Effect(MAIL, mail.pk, f"offer-mail:{mail.pk}", {})])
    return mail


def refuse_closed(quote: Quote) -> None:
    """Raise QuoteIsClosed where nothing in a quote can change any more."""
    if quote.accepted_at is not None:
        raise QuoteIsClosed(_("The quote is accepted: nothing in it changes. Write a new quote for something else."))
    if quote.declined_at is not None:
        raise QuoteIsClosed(_("The quote is declined: nothing in it changes. Copy it to offer something else."))
    if quote.withdrawn_at is not None:
        raise QuoteIsClosed(_("The quote is withdrawn. Copy it to offer it again."))


def _refuse_terms(terms: QuoteTerms, today: date) -> None:
    if not terms.lines:
        raise QuoteIsUnclear(_("Add a line that says what is offered."), field="lines")
    if len(terms.lines) > LINES_MAX:
        raise QuoteIsUnclear(_("A quote has at most %(most)s lines.") % {"most": LINES_MAX}, field="lines")
    if terms.values["valid_until"] < today:
        raise QuoteIsUnclear(_("That day is past. Choose today or a later day."), field="valid_until")


def _set(quote: Quote, terms: QuoteTerms) -> None:
    for name in QUOTE_COLUMNS:
        setattr(quote, name, terms.values.get(name, getattr(quote, name)))


def _new_lines(quote: Quote, terms: QuoteTerms) -> list[QuoteLine]:
    return [
        QuoteLine(
            organization_id=quote.organization_id,
            quote=quote,
            position=position,
            **{name: line[name] for name in LINE_COLUMNS if name in line},
        )
        for position, line in enumerate(terms.lines, start=1)
    ]


def _sum(organization: Organization, quote: Quote, lines: Sequence[QuoteLine], today: date) -> None:
    """Write what the lines come to onto the quote and its lines."""
    around = surroundings(organization, currencies=[], today=today, with_footers=False)
    summed = sum_quote(quote, lines, quote.customer, around)
    quote.net_amount, quote.vat_amount = summed.totals.net, summed.totals.vat_total
    quote.payable_amount = summed.totals.payable
    for line, amounts in zip(lines, summed.totals.lines, strict=True):
        line.net_amount = amounts.net_amount


def _told(lines: Sequence[QuoteLine]) -> list[list[Any]]:
    """What the lines say, in a form in which two of them can be compared."""
    return [[_plain(getattr(line, name)) for name in LINE_COLUMNS] for line in lines]


def _in_words(lines: Sequence[QuoteLine]) -> str:
    return "; ".join(f"{_plain(line.quantity)} × {_plain(line.unit_price)} {line.description}" for line in lines)


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value if value is not None else "")
