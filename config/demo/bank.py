"""A bank file of the demo with one movement of each kind: matched by itself, waiting, and seen to by somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone, translation

from config.demo.bank_file import Told, camt054
from config.demo.companies import SEED
from config.demo.numbers import account_number
from config.demo.payments import open_claims
from config.demo.people import DemoPeople
from config.demo.records import DemoCompany
from foundation.money import round_amount
from invoicing.kid import kid_for
from payments.actions.bank_files import Upload, take_bank_file
from payments.actions.bank_lines import Use, ignore_line, settle_line
from payments.models import (
    Allocation,
    AllocationKind,
    BankFile,
    BankFileSource,
    BankLine,
    LineOutcome,
    Payment,
    PaymentSource,
    ReceivableBalance,
)
from payments.terms import Part
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import BankAccount, Organization

PAID_BY_KID = 4
ROUND = Decimal(500)
NOBODYS_NUMBER = 998_877


def take_in_bank_file(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    """Take in the bank's file of the last banking day; a company that has taken one in stays as it is."""
    with organization_context(organization.pk), translation.override(organization.language), transaction.atomic():
        if BankFile.objects.of(organization).exists():
            return
        today, now = local_today(organization), timezone.now()
        day = _banking_day_before(today)
        desk = _Desk(organization, Random(f"{SEED} {data.slug} bank"))  # noqa: S311 - the same each time
        movements = list(desk.movements(day))
        account = desk.account.account_number
        content = camt054(account, movements, day=day, message_id=f"DEMO{day:%Y%m%d}{account[-5:]}")
        upload = Upload(name=f"camt054-{day.isoformat()}.xml", data=content, source=BankFileSource.UPLOAD)
        file = take_bank_file(organization, upload, actor=people.accountant, today=today, now=now).file
        lines = BankLine.objects.of(organization).filter(file=file, outcome=LineOutcome.WAITING)
        waiting = {movements[line.position - 1].story: line for line in lines}
        desk.see_to(waiting, people, today)


def _banking_day_before(today: date) -> date:
    day = today - timedelta(days=1)
    return day - timedelta(days=max(0, day.weekday() - 4))


@dataclass(slots=True)
class _Desk:
    """What the bank tells of, and who sees to it."""

    organization: Organization
    chance: Random

    @property
    def account(self) -> BankAccount:
        """The account that invoices are paid to."""
        accounts = tenants.list_bank_accounts(self.organization)
        return next(account for account in accounts if account.account_number and account.kid_algorithm != "none")

    def movements(self, day: date) -> Iterator[Told]:
        """What came in: as far as there are claims left that it can be told of."""
        base = self.organization.base_currency
        claims = [
            claim
            for claim in open_claims(self.organization)
            if claim.currency == base and claim.receivable.kid and claim.receivable.issue_date <= day
        ]
        pairs = _pairs(claims)
        used = {claim.pk for pair in pairs for claim in pair}
        single = iter([claim for claim in claims if claim.pk not in used])
        yield from self._by_kid(single)
        for place, pair in enumerate(pairs):
            yield from self._known_payer(pair) if place else self._two_at_once(pair)
        yield from self._by_text(single)
        yield from self._by_wrong_kid()
        yield from self._others(day)

    def _by_kid(self, claims: Iterator[ReceivableBalance]) -> Iterator[Told]:
        """Names its claim by KID: in part, too much, too much once more, and whole."""
        for story, amount in _amounts():
            if (claim := next(claims, None)) is not None:
                yield self._paid(story, claim, round_amount(amount(claim.currency_amount)), kid=claim.receivable.kid)

    def _two_at_once(self, pair: Sequence[ReceivableBalance]) -> Iterator[Told]:
        """Both invoices of one customer in one sum, told by the payer's name alone."""
        together = sum((claim.currency_amount for claim in pair), Decimal(0))
        yield self._paid("two at once", pair[0], together, text="Betaling av fakturaer")

    def _known_payer(self, pair: Sequence[ReceivableBalance]) -> Iterator[Told]:
        """Paid by KID first; then, from the same account, without a name or a word that helps."""
        first, second = pair
        account = account_number(self.chance)
        yield self._paid("known", first, first.currency_amount, kid=first.receivable.kid, payer_account=account)
        told = {"text": "Regning", "payer_account": account, "payer_name": ""}
        yield self._paid("known payer", second, second.currency_amount, **told)

    def _by_text(self, claims: Iterator[ReceivableBalance]) -> Iterator[Told]:
        """The number stands in the message."""
        for story, words in (("number", "Faktura {}"), ("number seen to", "Gjelder fakturanr. {}. Takk for hjelpen")):
            if (claim := next(claims, None)) is not None:
                yield self._paid(story, claim, claim.currency_amount, text=words.format(claim.receivable))

    def _by_wrong_kid(self) -> Iterator[Told]:
        """Pays what is paid or credited already, or nothing of ours."""
        for story, kind in (("already paid", AllocationKind.PAYMENT), ("credited", AllocationKind.CREDIT)):
            if (claim := self._settled_by(kind)) is not None:
                settled = Allocation.objects.of(self.organization).filter(receivable_id=claim.receivable_id)
                amount = settled.aggregate(sum=Sum("amount"))["sum"]
                yield self._paid(story, claim, amount, kid=claim.receivable.kid)
        unknown = kid_for(NOBODYS_NUMBER, self.account)
        wrong = unknown[:-1] + str((int(unknown[-1]) + 1) % 10)
        account = account_number(self.chance)
        yield Told(
            story="unknown", amount=Decimal(1875), kid=unknown, payer_name="Bakkely Velforening", payer_account=account
        )
        yield Told(
            story="wrong digit", amount=Decimal(640), kid=wrong, payer_name="K. Fjeldheim", payer_account=account
        )

    def _settled_by(self, kind: str) -> ReceivableBalance | None:
        """A claim with nothing left that was settled in this way alone."""
        settled = Allocation.objects.of(self.organization)
        others = settled.exclude(kind=kind).values("receivable_id")
        rows = ReceivableBalance.objects.of(self.organization).filter(
            currency=self.organization.base_currency, currency_amount=0, receivable__kind="invoice"
        )
        found = rows.filter(receivable_id__in=settled.filter(kind=kind).values("receivable_id"))
        newest = found.exclude(receivable_id__in=others).exclude(receivable__kid="").order_by("-receivable__issue_date")
        return newest.select_related("receivable", "customer").first()

    def _others(self, day: date) -> Iterator[Told]:
        """Money that no invoice knows: a gift, the bank's own price, what a payment provider pays out, a reversal."""
        account = account_number(self.chance)
        yield Told(
            story="gift",
            amount=Decimal(350),
            text="Gave til sommerfesten",
            payer_name="Anne og Per",
            payer_account=account,
        )
        yield Told(story="bank price", amount=Decimal(125), text="Månedspris nettbank bedrift", is_out=True)
        online = Payment.objects.of(self.organization).filter(
            source=PaymentSource.ONLINE, currency=self.organization.base_currency, reversed=0, day__lte=day
        )
        paid = online.aggregate(sum=Sum("amount") - Sum("fee"))["sum"]
        if paid:
            yield Told(story="payout", amount=paid, text="Demo Provider payout", payer_name="Demo Provider")
        bounced = Payment.objects.of(self.organization).filter(
            source=PaymentSource.MANUAL,
            currency=self.organization.base_currency,
            reversed=0,
            refunded=0,
            applied__gt=0,
            day__lt=day,
        )
        if (payment := bounced.order_by("-day", "-id").first()) is not None:
            text = "Tilbakeført: for lite på konto"
            yield Told(story="reversal", amount=payment.amount, text=text, is_out=True, is_reversal=True)

    def _paid(self, story: str, claim: ReceivableBalance, amount: Decimal, **told: str) -> Told:
        values = {"payer_name": claim.customer.name[:140], "payer_account": account_number(self.chance), **told}
        return Told(story=story, amount=amount, **values)

    def see_to(self, waiting: dict[str, BankLine], people: DemoPeople, today: date) -> None:
        """Some of it is done: an invoice found by its number, a rest that stays the customer's, a price of the bank."""
        organization, actor, now = self.organization, people.accountant, timezone.now()
        if (line := waiting.get("bank price")) is not None:
            ignore_line(organization, line.pk, reason="Bankens egen pris, føres i regnskapet", actor=actor, now=now)
        if (line := waiting.get("too much, seen to")) is not None:
            ignore_line(organization, line.pk, reason="Kunden vil ha resten til gode", actor=actor, now=now)
        if (line := waiting.get("number seen to")) is not None and (claim := self._claim_in(line)) is not None:
            use = Use(parts=[Part(receivable_id=claim)])
            settle_line(organization, line.pk, use, actor=actor, today=today, now=now)

    def _claim_in(self, line: BankLine) -> UUID | None:
        """The claim whose number stands in the message."""
        named = [claim for claim in open_claims(self.organization) if str(claim.receivable) in line.text]
        return named[0].receivable_id if named else None


def _amounts() -> Iterator[tuple[str, Callable[[Decimal], Decimal]]]:
    yield "part", lambda owed: owed / 2
    yield "too much", lambda owed: owed + ROUND
    yield "too much, seen to", lambda owed: owed + ROUND
    for place in range(PAID_BY_KID):
        yield f"whole {place}", lambda owed: owed


def _pairs(claims: Sequence[ReceivableBalance]) -> list[tuple[ReceivableBalance, ReceivableBalance]]:
    """Two claims each of the first two customers who have as many."""
    by_customer: dict[UUID, list[ReceivableBalance]] = defaultdict(list)
    for claim in claims:
        by_customer[claim.customer_id].append(claim)
    return [(found[0], found[1]) for found in by_customer.values() if len(found) > 1][:2]
