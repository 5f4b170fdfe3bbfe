"""A letter put together from its claims: what the paper of it says, in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from customers.models import Customer
from foundation.money import ZERO
from foundation.templatetags.formatting import format_amount, format_day
from invoicing import texts
from invoicing.dispatching.letters import BadTemplate, fill, one_line
from invoicing.dispatching.plain import StandsOn
from invoicing.documents.facts import PaymentAccount, Seller
from invoicing.models import TextPlace
from invoicing.papers.demand import KIND_OF_STEP, Demand, DemandedAddition, DemandedClaim, InterestPart
from invoicing.papers.demand import Step as LetterStep
from invoicing.papers.reading import language_of
from invoicing.parties import buyer_of, seller_today
from payments.additions import Addition
from payments.models import Receivable
from reminders.charging import Asked
from reminders.models import Reminder, ReminderLevel
from reminders.policy.law import STEP_ORDER, Step
from reminders.queries.due import OpenClaim
from tenants import queries as tenants
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Item:
    """One claim in a letter: how it stands, what is asked for it, and what earlier letters have added."""

    reminder: Reminder
    claim: OpenClaim
    receivable: Receivable
    asked: Asked
    original: Decimal
    additions: Sequence[Addition] = ()
    level: ReminderLevel | None = None  # with the plan's own words


@dataclass(slots=True)
class Desk:
    """The sender's side of every letter of a batch, read once."""

    organization: Organization
    day: date
    footers: Mapping[str, str] = field(default_factory=dict)
    accounts: dict[str, PaymentAccount] = field(default_factory=dict)
    sellers: dict[str, Seller] = field(default_factory=dict)

    @classmethod
    def of(cls, organization: Organization, day: date) -> Desk:
        """The desk of an organization on a day."""
        return cls(organization, day, texts.texts_at(organization, TextPlace.FOOTER))

    def account(self, currency: str) -> PaymentAccount:
        """Where money of the currency is paid to."""
        if currency not in self.accounts:
            found = tenants.bank_account_for(self.organization, currency)
            self.accounts[currency] = (
                PaymentAccount(account_number=found.account_number, iban=found.iban, bic=found.bic)
                if found
                else PaymentAccount()
            )
        return self.accounts[currency]

    def seller(self, language: str) -> Seller:
        """The organization as the letter names it."""
        if language not in self.sellers:
            self.sellers[language] = seller_today(self.organization, footer=self.footers.get(language, ""))
        return self.sellers[language]


def furthest(items: Sequence[Item]) -> Step:
    """The step that the letter is of: the furthest of its claims."""
    return max((Step(item.reminder.step) for item in items), key=STEP_ORDER.__getitem__)


def demand_of(desk: Desk, customer: Customer, items: Sequence[Item]) -> Demand:
    """What the letter says."""
    language, currency = language_of(customer, desk.organization), items[0].claim.currency
    step = furthest(items)
    deadlines = [item.asked.deadline for item in items if item.asked.deadline]
    demand = Demand(
        language=language,
        kind=KIND_OF_STEP[LetterStep(step.value)],
        step=step.value,
        day=desk.day,
        currency=currency,
        deadline=max(deadlines) if deadlines else None,
        claims=tuple(_demanded(item) for item in items),
        earlier=tuple(_earlier(item, addition) for item in items for addition in item.additions if addition.open > 0),
        credit=sum((item.claim.credit for item in items), ZERO),
        account=desk.account(currency),
        seller=desk.seller(language),
        buyer=buyer_of(customer),
    )
    return _in_own_words(demand, items)


def stands_on(items: Sequence[Item], *, until: date) -> tuple[StandsOn, ...]:
    """What must still be so when the letter is handed over, and the last day for that."""
    claims = [StandsOn(i.claim.receivable_id, i.claim.open, i.claim.held, i.claim.credit, until) for i in items]
    earlier = [StandsOn(one.receivable_id, one.open, until=until) for i in items for one in i.additions if one.open > 0]
    return (*claims, *earlier)


def _demanded(item: Item) -> DemandedClaim:
    claim, asked = item.claim, item.asked
    return DemandedClaim(
        receivable_id=str(claim.receivable_id),
        document_number=claim.number,
        issue_date=claim.issue_date,
        due_date=claim.due_date,
        original=item.original,
        paid=item.original - claim.open,
        open=claim.open,
        held=claim.held,
        fee=asked.fee,
        compensation=asked.compensation,
        interest=asked.interest,
        reference=item.receivable.kid or claim.number,
        parts=tuple(
            InterestPart(
                first=part.first,
                last=part.last,
                days=part.days,
                rate=part.rate,
                principal=part.principal,
                amount=amount,
            )
            for part, amount in zip(asked.parts.parts, asked.parts.rounded_parts(), strict=True)
        ),
    )


def _earlier(item: Item, addition: Addition) -> DemandedAddition:
    return DemandedAddition(
        kind=addition.kind, day=addition.day, amount=addition.open, document_number=item.claim.number
    )


def _in_own_words(demand: Demand, items: Sequence[Item]) -> Demand:
    """The plan's own subject and text where it has any in this language and they can be filled in."""
    level = next((item.level for item in items if item.level and item.level.step == demand.step), None)
    return in_words(demand, (level.texts or {}).get(demand.language, {}) if level else {})


def in_words(demand: Demand, own: Mapping[str, str]) -> Demand:
    """The letter with a subject and a text of its own, as far as they can be filled in."""
    subject, body = own.get("subject", "").strip(), own.get("body", "").strip()
    if not subject and not body:
        return demand
    values = words_of(demand)
    try:
        return replace(demand, subject=one_line(fill(subject, values)), paragraphs=_paragraphs(fill(body, values)))
    except BadTemplate:
        return demand


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


# The words in braces that are offered to whoever writes a step's own text.
WORDS: Final = ("number", "customer", "amount", "due_date", "deadline", "kid", "account", "seller")


def words_of(demand: Demand) -> dict[str, str]:
    """What the words in braces of a step's own text stand for."""
    first = demand.claims[0]
    return {
        "number": ", ".join(claim.document_number for claim in demand.claims),
        "customer": demand.buyer.name,
        "amount": f"{format_amount(demand.to_pay, demand.language)} {demand.currency}",
        "due_date": format_day(first.due_date, demand.language),
        "deadline": format_day(demand.deadline, demand.language) if demand.deadline else "",
        "kid": first.reference if len(demand.claims) == 1 else "",
        "account": demand.account.account_number or demand.account.iban,
        "seller": demand.seller.name,
        "link": "",
        "reference": "",
        "old_number": "",
        "message": "",
    }
