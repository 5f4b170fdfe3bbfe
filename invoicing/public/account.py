"""What the customer's account page shows: everything that is open today, and how all of it can be paid at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from invoicing.documents.printed.payment import PaymentBox
from invoicing.models import CustomerPaper
from invoicing.papers.facts import CurrencyBalance, Statement
from invoicing.papers.page import PaperPage, how_to_pay, page_of_statement
from invoicing.papers.reading import ENTRIES_MAX, read_statement
from invoicing.papers.words import paper_words
from invoicing.public.paying import PayWay, ways_to_pay
from payments.models import ReceivableBalance
from payments.reports.asked import Asked
from payments.reports.open_items import OpenItem, open_items
from tenants.models import Organization

CLAIMS_AT_ONCE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClaim:
    """One open claim, and its document where it has one of ours."""

    item: OpenItem
    days_late: int

    @property
    def is_credit(self) -> bool:
        """Whether the customer has it to his credit."""
        return self.item.currency_amount < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCurrency:
    """What one currency comes to, and the ways to pay all of it online."""

    balance: CurrencyBalance
    ways: list[PayWay]
    box: PaymentBox | None  # how to pay in the bank

    @property
    def pays_online(self) -> bool:
        """Whether all of it can be paid on the page."""
        return bool(self.ways) and self.balance.balance > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """The customer's account as of today."""

    statement: Statement
    printed: PaperPage
    claims: list[ShownClaim]
    has_more: bool
    currencies: list[ShownCurrency]


def account_page(organization: Organization, paper: CustomerPaper, today: date, language: str) -> AccountPage:
    """Everything that is open with the customer today, the longest due first."""
    statement = replace(read_statement(organization, paper.customer, day=today), language=language)
    asked = Asked(day=today, first=today, last=today, customer_id=paper.customer_id)
    found = open_items(organization, asked, size=ENTRIES_MAX)
    return AccountPage(
        statement=statement,
        printed=page_of_statement(statement, paper.made_at),
        claims=[ShownClaim(item=item, days_late=item.days_late(today)) for item in found.items],
        has_more=found.has_more,
        currencies=[
            ShownCurrency(
                balance=balance,
                ways=ways_to_pay(organization, balance.currency) if balance.owed > 0 else [],
                box=how_to_pay(statement, balance, paper_words(language)),
            )
            for balance in statement.balances
        ],
    )


def claims_to_pay(organization: Organization, customer_id: UUID, currency: str) -> list[UUID]:
    """What the customer owes in one currency, the longest due first."""
    rows = ReceivableBalance.objects.of(organization).filter(
        customer_id=customer_id, currency=currency, currency_amount__gt=0
    )
    return list(rows.order_by("due_date", "receivable_id").values_list("receivable_id", flat=True)[:CLAIMS_AT_ONCE_MAX])
