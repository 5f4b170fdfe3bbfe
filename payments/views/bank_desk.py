"""What the work list shows: a page of movements, and the one that is open with its suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from customers.models import Customer
from foundation.keyset import Key, Page, page_of
from foundation.text import search_words
from payments import payment_queries
from payments.actions.bank_posting import movement_of
from payments.bank import claims as bank_claims
from payments.bank import line_words as bank_line_words
from payments.bank import queries as bank_queries
from payments.bank.line_words import Pill
from payments.bank.matching import Claim, Reason
from payments.bank.suggesting import Suggestion
from payments.bank.suggestions import suggestions_for
from payments.models import BankLine, LineOutcome
from payments.online.payouts import standing_payout
from payments.views.payout_desk import payout_choice
from tenants.permissions import OrganizationRequest, Permission

ROWS_SHOWN = 25
FURTHER_CLAIMS_MAX = 8
SHOWS = {
    "open": (LineOutcome.WAITING,),
    "matched": (LineOutcome.POSTED, LineOutcome.SETTLED),
    "ignored": (LineOutcome.IGNORED,),
}
ORDER = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))


@dataclass(frozen=True, slots=True)
class LineRow:
    """One movement of the list."""

    line: BankLine
    pill: Pill
    is_open: bool  # the one that stands beside the list
    url: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim that may be paid: ticked where it is suggested, with what would be used on it."""

    claim: Claim
    used: Decimal
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    show: str
    words: str
    query: QueryDict

    @property
    def parameters(self) -> dict[str, str]:
        """What stays in the links of the page."""
        return {"show": self.show if self.show != "open" else "", "q": self.words}

    def address(self, base: str) -> str:
        """A page under the same view and search."""
        kept = QueryDict(mutable=True)
        kept.update({name: value for name, value in self.parameters.items() if value})
        return f"{base}?{kept.urlencode()}" if kept else base


def asked_of(query: QueryDict) -> Asked:
    """The view and the search of an address, or of the fields of a form that was sent from it."""
    show = query.get("show", "open")
    return Asked(show if show in SHOWS else "open", search_words(query.get("q", "")), query)


def desk_context(request: OrganizationRequest, asked: Asked, line_id: UUID | None) -> dict[str, Any]:
    """The list and the open movement; the first of the list where none is asked for."""
    organization = request.organization
    lines = bank_queries.search_lines(bank_queries.list_bank_lines(organization, SHOWS[asked.show]), asked.words)
    page = page_of(lines, ORDER, asked.query, size=ROWS_SHOWN)
    opened = bank_queries.get_bank_line(organization, line_id) if line_id else next(iter(page.rows), None)
    suggested = _suggestions(request, page, opened)
    counts = bank_queries.count_outcomes(organization)
    return {
        "rows": [_row(request, asked, line, suggested.get(line.pk, []), opened) for line in page.rows],
        "pagination": page.pagination(asked.parameters) if page.before or page.after else None,
        "asked": asked,
        "shows": _shows(counts),
        "unread": counts.get(LineOutcome.UNREAD, 0),
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "focuses": line_id is not None,  # whoever opened a movement goes on with it; whoever came to the list reads it
        **(panel_context(request, asked, opened, suggested.get(opened.pk, []), page) if opened else {"line": None}),
    }


def panel_context(
    request: OrganizationRequest, asked: Asked, line: BankLine, suggestions: list[Suggestion], page: Page[BankLine]
) -> dict[str, Any]:
    """One movement: what the bank told, why it waits, what it may pay and why."""
    organization = request.organization
    find = search_words(asked.query.get("find", ""))
    customers: list[Customer] = payment_queries.found_customers(organization, find)[:5] if find else []
    best = suggestions[0] if suggestions else None
    available = line.payment.unapplied if line.payment is not None and line.reason == Reason.OVER else line.amount
    if line.reason == Reason.OVER:
        best = None
    claims = _claim_rows(request, best, suggestions, line, find)
    is_waiting = line.outcome == LineOutcome.WAITING
    return {
        "line": line,
        "pill": bank_line_words.pill_of(line, best),
        "sentence": bank_line_words.sentence_of(line),
        "whys": [bank_line_words.why_of(why, value) for why, value in best.whys] if best else [],
        "claims": claims,
        "customers": customers,
        "credit_customer": _credit_customer(request, line, best, suggestions),
        "available": available,
        "left": available - sum((row.used for row in claims if row.is_chosen), Decimal(0)),
        "find": find,
        "payments_back": bank_queries.payments_like(organization, line) if is_waiting and _may_be_back(line) else [],
        "refunds_out": bank_queries.refunds_like(organization, line) if is_waiting and line.is_out else [],
        "payout": payout_choice(organization, line) if is_waiting else None,
        "may_see_voucher": request.may(Permission.VIEW_LEDGER),
        "payout_made": None if is_waiting else standing_payout(organization, line),
        "is_waiting": is_waiting,
        "is_over": line.reason == Reason.OVER and is_waiting,
        "next_url": _next_url(request, asked, line, page.rows),
    }


def _may_be_back(line: BankLine) -> bool:
    return line.is_out or line.kind == "reversal"


def _suggestions(
    request: OrganizationRequest, page: Page[BankLine], opened: BankLine | None
) -> dict[UUID, list[Suggestion]]:
    """Suggestions for every movement of the page that waits, in the same few statements."""
    lines = {line.pk: line for line in [*page.rows, *([opened] if opened else [])]}
    waiting = [line for line in lines.values() if line.outcome == LineOutcome.WAITING]
    found = suggestions_for(request.organization, [movement_of(line) for line in waiting])
    return {line.pk: own for line, own in zip(waiting, found, strict=True)}


def _claim_rows(
    request: OrganizationRequest,
    best: Suggestion | None,
    suggestions: list[Suggestion],
    line: BankLine,
    find: str,
) -> list[ClaimRow]:
    """What is suggested, ticked; then other suggestions, what else the customer owes, and what was searched for."""
    if line.is_out:
        return []
    chosen = {share.claim.id: share.amount for share in best.shares} if best and not find else {}
    organization_id = request.organization.pk
    found: dict[UUID, Claim] = {}
    if find:
        found |= {claim.id: claim for claim in bank_claims.find_open_claims(organization_id, find)}
    found |= {share.claim.id: share.claim for each in suggestions for share in each.shares}
    customers = {share.claim.customer_id for share in best.shares} if best else set()
    if line.payment is not None and line.payment.customer_id:
        customers.add(line.payment.customer_id)
    further = bank_claims.open_claims_of_customers(organization_id, customers)
    found |= {claim.id: claim for claim in further[: FURTHER_CLAIMS_MAX + len(found)]}
    return [
        ClaimRow(claim, chosen.get(claim.id, Decimal(0)), claim.id in chosen)
        for claim in found.values()
        if claim.currency == line.currency
    ]


def _credit_customer(
    request: OrganizationRequest, line: BankLine, best: Suggestion | None, suggestions: Iterable[Suggestion]
) -> tuple[UUID, str] | None:
    """Who would have the money to his credit, where only one customer is thought of."""
    if line.payment is not None and line.payment.customer is not None:
        return line.payment.customer_id, line.payment.customer.name
    for suggestion in [best, *suggestions] if best else suggestions:
        if suggestion is not None and suggestion.shares:
            claim = suggestion.shares[0].claim
            return claim.customer_id, claim.customer_name
    return None


def _row(
    request: OrganizationRequest, asked: Asked, line: BankLine, suggestions: list[Suggestion], opened: BankLine | None
) -> LineRow:
    pill = bank_line_words.pill_of(line, suggestions[0] if suggestions else None)
    return LineRow(line, pill, opened is not None and line.pk == opened.pk, address_of_line(request, asked, line.pk))


def address_of_line(request: OrganizationRequest, asked: Asked, line_id: UUID) -> str:
    """The work list with one movement open."""
    return asked.address(reverse("payments:show_bank_line", args=[request.organization.slug, line_id]))


def address_of_list(request: OrganizationRequest, asked: Asked) -> str:
    """The work list, its first movement open."""
    return asked.address(reverse("payments:list_bank_lines", args=[request.organization.slug]))


def next_line_id(rows: list[BankLine], line_id: UUID) -> UUID | None:
    """The movement after this one in the list, or the one before it at the end; None where it is alone."""
    ids = [line.pk for line in rows]
    if line_id not in ids:
        return ids[0] if ids else None
    place = ids.index(line_id)
    others = [*ids[place + 1 :], *reversed(ids[:place])]
    return others[0] if others else None


def next_after(request: OrganizationRequest, asked: Asked, line_id: UUID) -> UUID | None:
    """The movement to go on with once this one is settled, asked before it is."""
    lines = bank_queries.search_lines(
        bank_queries.list_bank_lines(request.organization, SHOWS[asked.show]), asked.words
    )
    line = bank_queries.get_bank_line(request.organization, line_id)
    later = lines.filter(day__lt=line.day) | lines.filter(day=line.day, id__lt=line.pk)
    following = later.order_by("-day", "-id").values_list("pk", flat=True).first()
    if following is not None:
        return following
    return lines.exclude(pk=line_id).order_by("-day", "-id").values_list("pk", flat=True).first()


def _next_url(request: OrganizationRequest, asked: Asked, line: BankLine, rows: list[BankLine]) -> str:
    following = next_line_id(rows, line.pk)
    return address_of_line(request, asked, following) if following else ""


def _shows(counts: dict[str, int]) -> list[tuple[str, int]]:
    """How many movements each part of the list holds."""
    return [(name, sum(counts.get(outcome, 0) for outcome in outcomes)) for name, outcomes in SHOWS.items()]
