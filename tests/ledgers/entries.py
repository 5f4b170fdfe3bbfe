"""Sample vouchers, translated for an accounting system: what the tests of adapters push."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies

from accounting_sync.mapping.entries import (
    Entry,
    EntryItem,
    EntryKind,
    EntryLine,
    LinePart,
    Party,
    Remote,
    Settled,
    Target,
)
from foundation.money import split_amount
from tests.ledgers.system import OUR_VAT, Targets

ZERO = Decimal("0.00")
ONE = Decimal(1)
CENT = Decimal("0.01")
DAY = date(2026, 3, 16)
VAT_ACCOUNTS = {"standard": "2700", "food": "2701", "low": "2702"}
REVENUE_ACCOUNTS = {"standard": "3000", "food": "3001", "low": "3002", "outside": "3200"}
TAX_FREE_ACCOUNT = "3100"
RECEIVABLES, BANK, CLEARING = "1500", "1920", "1945"


def rounded(amount: Decimal) -> Decimal:
    """To the øre, half away from zero, as our documents are."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def key_of(words: str) -> str:
    """The key of an entry: the same for the same words."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, words))


def business(targets: Targets, **changed: Any) -> Party:
    """A company with an organization number."""
    party = Party(
        number="10001",
        name="Fjordbygg & Sønner AS",
        is_business=True,
        organization_number="974760673",
        email="faktura@fjordbygg.example",
        street="Havnegata 12",
        postal_code="5003",
        city="Bergen",
        country=targets.country,
        currency=targets.base_currency,
        facts=dict(targets.party),
    )
    return replace(party, **changed)


def person(targets: Targets, **changed: Any) -> Party:
    """A private person: no organization number, no address by e-mail."""
    party = Party(
        number="10002",
        name="Ingrid Åsen",
        is_business=False,
        street="Kirkeveien 3",
        postal_code="0368",
        city="Oslo",
        country=targets.country,
        currency=targets.base_currency,
        facts=dict(targets.party),
    )
    return replace(party, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One line of a sample document; without a treatment it is no sale, such as rounding or a fee."""

    net: Decimal
    treatment: str = "standard"
    rate: Decimal = Decimal(25)
    account: str = ""
    text: str = "Rådgivning, mars"
    dimensions: Mapping[str, Target] = field(default_factory=dict)

    @property
    def account_number(self) -> str:
        """Ours, by what is sold unless it is told."""
        return self.account or REVENUE_ACCOUNTS.get(self.treatment, TAX_FREE_ACCOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a document is beside its lines."""

    number: str
    kind: EntryKind = EntryKind.SALE
    voucher_kind: str = ""
    currency: str = ""
    rate: Decimal = ONE
    day: date = DAY
    party: Party | None = None
    settles: Sequence[Settled] = ()
    pdf_name: str = ""
    kid: str = ""


def _vat_of(sold: Sequence[Sold]) -> list[Decimal]:
    """The VAT of each line: computed on the sum of its rate and shared out, as the translation of vouchers does."""
    shares = [ZERO] * len(sold)
    for group in dict.fromkeys((line.treatment, line.rate) for line in sold if line.rate):
        places = [place for place, line in enumerate(sold) if (line.treatment, line.rate) == group]
        nets = [sold[place].net for place in places]
        whole = rounded(sum(nets, ZERO) * group[1] / 100)
        for place, share in zip(places, split_amount(whole, nets), strict=True):
            shares[place] = share
    return shares


def document(targets: Targets, made: Made, sold: Sequence[Sold]) -> Entry:
    """A sale or a credit note, balanced in both currencies."""
    party = made.party or business(targets)
    currency = made.currency or targets.base_currency
    vat = _vat_of(sold)
    total = sum((line.net for line in sold), ZERO) + sum(vat, ZERO)
    base_vat = [rounded(amount * made.rate) for amount in vat]
    base_nets = [rounded(line.net * made.rate) for line in sold]
    base_total = rounded(total * made.rate)
    base_nets[-1] += base_total - sum(base_nets, ZERO) - sum(base_vat, ZERO)
    items = [
        EntryItem(
            text=line.text,
            account_number=line.account_number,
            account=targets.accounts[line.account_number],
            net=line.net,
            vat_amount=vat[index],
            base_net=base_nets[index],
            base_vat_amount=base_vat[index],
            vat=targets.vat[line.treatment, line.rate] if line.treatment else None,
            vat_rate_percent=line.rate,
            vat_treatment=line.treatment,
            dimensions=line.dimensions,
        )
        for index, line in enumerate(sold)
    ]
    due = made.day + timedelta(days=14) if made.kind == EntryKind.SALE else None
    sign = 1 if made.kind == EntryKind.SALE else -1
    claim = EntryLine(
        part=LinePart.RECEIVABLE,
        account_number=RECEIVABLES,
        account=targets.accounts[RECEIVABLES],
        amount=sign * base_total,
        currency_amount=sign * total,
        document_number=made.number,
        due_date=due,
        party=party,
    )
    return Entry(
        key=key_of(f"{made.kind}/{made.number}"),
        kind=made.kind,
        voucher_kind=made.voucher_kind or made.kind.value,
        number=made.number,
        voucher_label=label_of(made.number),
        day=made.day,
        issue_date=made.day,
        due_date=due,
        text=f"Faktura {made.number}" if made.kind == EntryKind.SALE else f"Kreditnota {made.number}",
        currency=currency,
        base_currency=targets.base_currency,
        exchange_rate=made.rate,
        lines=(claim, *_lines_of(targets, items, sign)),
        items=items,
        settles=made.settles,
        party=party,
        total=total,
        base_total=base_total,
        vat_total=sum(vat, ZERO),
        kid=made.kid,
        pdf_name=made.pdf_name,
    )


def label_of(number: str) -> str:
    """The voucher that a document with a number was posted by."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"2026-{digits[-5:]:0>5}"


def _lines_of(targets: Targets, items: Sequence[EntryItem], sign: int) -> list[EntryLine]:
    """Revenue by account and treatment, VAT by rate: one posting each. Which VAT code it is, only items say."""
    lines = []
    for group in dict.fromkeys(_revenue_of(item) for item in items):
        own = [item for item in items if _revenue_of(item) == group]
        lines.append(
            EntryLine(
                part=LinePart.OTHER,
                account_number=own[0].account_number,
                account=own[0].account,
                amount=-sign * sum((item.base_net for item in own), ZERO),
                currency_amount=-sign * sum((item.net for item in own), ZERO),
                text=own[0].text,
                dimensions=own[0].dimensions,
            )
        )
    for treatment in dict.fromkeys(item.vat_treatment for item in items if item.vat_amount):
        own = [item for item in items if item.vat_treatment == treatment]
        number = VAT_ACCOUNTS.get(treatment, "2700")
        lines.append(
            EntryLine(
                part=LinePart.VAT,
                account_number=number,
                account=targets.accounts[number],
                amount=-sign * sum((item.base_vat_amount for item in own), ZERO),
                currency_amount=-sign * sum((item.vat_amount for item in own), ZERO),
            )
        )
    return lines


def _revenue_of(item: EntryItem) -> tuple[str, str, str]:
    return item.account_number, item.vat_treatment, ",".join(target.id for target in item.dimensions.values())


def samples(targets: Targets) -> dict[str, Entry]:
    """The documents that every company makes, by what they show."""

    def numbered(count: int) -> str:
        return targets.number_format.format(count)

    def sale(count: int, *sold: Sold, **made: Any) -> Entry:
        return document(targets, Made(number=numbered(count), **made), sold)

    def of(treatment: str, rate: int, net: str) -> Sold:
        return Sold(net=Decimal(net), treatment=treatment, rate=Decimal(rate))

    plain = of("standard", 25, "1000.00")
    mixed = [of(treatment, int(rate), net) for (treatment, rate), net in zip(OUR_VAT[:3], MIXED, strict=False)]
    mixed += [of("zero", 0, "50.05"), of("reverse_charge", 0, "7000.00")]
    return {
        "sale": sale(1, plain, kid="0000000000018"),
        "mixed": sale(2, *[line for line in mixed if (line.treatment, line.rate) in targets.vat]),
        "discount": sale(
            3,
            of("standard", 25, "333.33"),
            of("standard", 25, "333.33"),
            replace(of("standard", 25, "-66.67"), text="Rabatt"),
            Sold(net=Decimal("0.25"), treatment="", rate=Decimal(0), account="7740", text="Øreavrunding"),
        ),
        "foreign": sale(
            4,
            of("export", 0, "812.40") if ("export", ZERO) in targets.vat else plain,
            currency=targets.foreign_currency,
            rate=Decimal("11.6315"),
        ),
        "person": sale(5, of("standard", 25, "79.20"), party=person(targets), pdf_name=f"{numbered(5)}.pdf"),
        "fee": _claimed(targets, "2026-00061", "fee", "3950", Decimal("35.00")),
        "interest": _claimed(targets, "2026-00062", "interest", "8050", Decimal("12.34")),
        "opening": _claimed(targets, "2026-00063", "opening", "2050", Decimal("840.00")),
        "request": sale(8, _untaxed("2900", Decimal("5000.00")), voucher_kind="advance"),
    }


def _untaxed(account: str, amount: Decimal) -> Sold:
    return Sold(net=amount, treatment="", rate=Decimal(0), account=account, text="Purregebyr")


def _claimed(targets: Targets, label: str, voucher_kind: str, account: str, amount: Decimal) -> Entry:
    """A claim that no document stands for: its number is the voucher's."""
    entry = document(targets, Made(number=label, voucher_kind=voucher_kind), [_untaxed(account, amount)])
    return replace(entry, voucher_label=label)


MIXED = ("1234.56", "99.95", "410.10")


def credit_of(targets: Targets, sale: Entry, remote: Remote | None, number: str) -> Entry:
    """The credit note of a whole sale."""
    return document(
        targets,
        Made(
            number=number,
            kind=EntryKind.CREDIT,
            currency=sale.currency,
            rate=sale.exchange_rate,
            day=sale.day + timedelta(days=2),
            party=sale.party,
            settles=(settled(sale, remote, ZERO),),
        ),
        [
            Sold(
                net=item.net,
                treatment=item.vat_treatment,
                rate=item.vat_rate_percent,
                account=item.account_number,
                text=item.text,
            )
            for item in sale.items
        ],
    )


def settled(entry: Entry, remote: Remote | None, amount: Decimal | None = None) -> Settled:
    """A claim or a credit note in a voucher that settles it, wholly unless an amount is told."""
    part = entry.total if amount is None else amount
    base = entry.base_total if amount is None else rounded(part * entry.exchange_rate)
    return Settled(entry.number, part, base, remote=remote, party=entry.party)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What a voucher that is no document is."""

    label: str
    kind: EntryKind
    voucher_kind: str
    text: str
    day: date = DAY + timedelta(days=9)
    settles: Sequence[Settled] = ()
    party: Party | None = None
    currency: str = ""
    rate: Decimal = ONE
    is_payout: bool = False


def voucher(targets: Targets, booked: Booked, lines: Sequence[EntryLine], money: EntryLine | None = None) -> Entry:
    """An entry that is no document."""
    debited = [line for line in lines if line.amount > 0]
    return Entry(
        key=key_of(f"voucher/{booked.label}"),
        kind=booked.kind,
        voucher_kind=booked.voucher_kind,
        number=booked.label,
        voucher_label=booked.label,
        day=booked.day,
        issue_date=booked.day,
        due_date=None,
        text=booked.text,
        currency=booked.currency or targets.base_currency,
        base_currency=targets.base_currency,
        exchange_rate=booked.rate,
        lines=lines,
        settles=booked.settles,
        party=booked.party,
        total=sum((line.currency_amount for line in debited), ZERO),
        base_total=sum((line.amount for line in debited), ZERO),
        money=money,
        is_payout=booked.is_payout,
    )


def plain_line(targets: Targets, number: str, amount: Decimal, currency_amount: Decimal | None = None) -> EntryLine:
    """A line on an account that is neither claims nor VAT."""
    return EntryLine(
        part=LinePart.OTHER,
        account_number=number,
        account=targets.money.get(number, targets.accounts[number]),
        amount=amount,
        currency_amount=amount if currency_amount is None else currency_amount,
    )


def claim_line(targets: Targets, each: Settled, amount: Decimal, currency_amount: Decimal) -> EntryLine:
    """A line on the claims of a customer."""
    return EntryLine(
        part=LinePart.RECEIVABLE,
        account_number=RECEIVABLES,
        account=targets.accounts[RECEIVABLES],
        amount=amount,
        currency_amount=currency_amount,
        document_number=each.document_number,
        party=each.party,
    )


def payment(targets: Targets, label: str, paid: Sequence[Settled], *, is_payout: bool = False, **told: Any) -> Entry:
    """Money from one customer for some of its claims, or back to it for a credit note."""
    sign = -1 if is_payout else 1
    base = sum((each.base_amount for each in paid), ZERO)
    amount = sum((each.amount for each in paid), ZERO)
    money = plain_line(targets, BANK, sign * base, sign * amount)
    claims = [claim_line(targets, each, -sign * each.base_amount, -sign * each.amount) for each in paid]
    booked = Booked(
        label=label,
        kind=EntryKind.PAYMENT,
        voucher_kind="refund" if is_payout else "payment",
        text="Utbetaling" if is_payout else "Innbetaling",
        settles=paid,
        party=paid[0].party,
        is_payout=is_payout,
        **told,
    )
    return voucher(targets, booked, (money, *claims), money)


def settlement(targets: Targets, label: str, credit: Settled, sale: Settled) -> Entry:
    """A credit note used on a sale: no account changes."""
    lines = (
        claim_line(targets, credit, credit.base_amount, credit.amount),
        claim_line(targets, sale, -sale.base_amount, -sale.amount),
    )
    booked = Booked(
        label=label,
        kind=EntryKind.SETTLEMENT,
        voucher_kind="settlement",
        text="Kreditnota brukt",
        settles=(replace(credit, is_credit=True), sale),
        party=sale.party,
    )
    return voucher(targets, booked, lines)


def write_off(targets: Targets, label: str, lost: Settled) -> Entry:
    """A claim that nobody will pay: an account of losses stands where a payment has its money."""
    loss = plain_line(targets, "7830", lost.base_amount, lost.amount)
    lines = (loss, claim_line(targets, lost, -lost.base_amount, -lost.amount))
    booked = Booked(
        label=label,
        kind=EntryKind.PAYMENT,
        voucher_kind="write_off",
        text="Tap på fordring",
        settles=(lost,),
        party=lost.party,
    )
    return voucher(targets, booked, lines, loss)


def payout(targets: Targets, label: str) -> Entry:
    """What a payment provider paid out, with what it kept."""
    lines = (
        plain_line(targets, BANK, Decimal("970.00")),
        plain_line(targets, "7770", Decimal("30.00")),
        plain_line(targets, CLEARING, Decimal("-1000.00")),
    )
    return voucher(targets, Booked(label=label, kind=EntryKind.JOURNAL, voucher_kind="payout", text="Utbetalt"), lines)


AMOUNTS = strategies.integers(min_value=1, max_value=9_999_999).map(lambda count: Decimal(count) / 100)


@strategies.composite
def documents(draw: Any, targets: Targets) -> Entry:
    """Any document that sums to something: a few lines, all treatments, discounts, rounding, a foreign currency."""
    kinds = [(treatment, rate) for treatment, rate in OUR_VAT if (treatment, rate) in targets.vat]
    sold = []
    for treatment, rate in draw(strategies.lists(strategies.sampled_from(kinds), min_size=1, max_size=5)):
        sold.append(Sold(net=draw(AMOUNTS), treatment=treatment, rate=rate))
    if draw(strategies.booleans()):
        first = sold[0]
        sold.append(replace(first, net=-rounded(first.net * draw(strategies.integers(1, 90)) / 100), text="Rabatt"))
    if draw(strategies.booleans()):
        cents = draw(strategies.integers(-49, 49).filter(bool))
        sold.append(Sold(net=Decimal(cents) / 100, treatment="", rate=Decimal(0), account="7740", text="Øreavrunding"))
    is_foreign = draw(strategies.booleans())
    made = Made(
        number=targets.number_format.format(draw(strategies.integers(1, 99_999))),
        kind=draw(strategies.sampled_from([EntryKind.SALE, EntryKind.CREDIT])),
        currency=targets.foreign_currency if is_foreign else "",
        rate=Decimal(draw(strategies.integers(5_000, 150_000))) / 10_000 if is_foreign else ONE,
    )
    entry = document(targets, made, sold)
    return entry if entry.total > 0 else document(targets, made, [replace(sold[0], net=Decimal(100))])
