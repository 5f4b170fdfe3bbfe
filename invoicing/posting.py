"""From the amounts of a sales document to the balanced lines of its voucher.

Debit is positive, credit negative: the receivable against revenue, output VAT and rounding. A credit note is the mirror
of the same sale as an invoice. A payment request is no sale (bokføringsforskriften § 5-2-6): it posts the claim against
the customers' advances alone, no revenue and no VAT, and its withdrawal the mirror of that.
In a foreign currency every amount is converted with one rate, and revenue takes what rounding leaves over, so that the
voucher is zero in both currencies. Pure: no Django, no database, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from foundation.money import EXACT, ZERO, convert_amount, round_to_sum

Dimensions = tuple[tuple[str, str], ...]  # (kind, value), such as ("project", "4711")


class PostingPart(StrEnum):
    """What a posting of a sale stands for."""

    RECEIVABLE = "receivable"
    PREPAID = "prepaid"
    REVENUE = "revenue"
    VAT = "vat"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLine:
    """One line's revenue: its net after the document discount, in the document's currency."""

    account_number: str
    vat_code: str
    net_amount: Decimal
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleVat:
    """One row of the VAT summary and the account of its rate."""

    account_number: str
    vat_code: str
    vat_amount: Decimal
    base_currency_vat_amount: Decimal | None = None  # as printed on the document; None: converted here


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A document as the ledger sees it; amounts are those of the document, positive on credit notes too."""

    kind: str  # invoice, credit_note, payment_request, withdrawal
    lines: Sequence[SaleLine]
    vat: Sequence[SaleVat]
    rounding: Decimal = ZERO
    prepaid: Decimal = ZERO
    payable: Decimal
    receivable_account: str
    rounding_account: str
    prepaid_account: str
    exchange_rate: Decimal = Decimal(1)  # units of the base currency for one of the document's


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePosting:
    """One line of the voucher: debit positive, credit negative."""

    account_number: str
    vat_code: str
    amount: Decimal  # in the base currency
    currency_amount: Decimal  # in the document's currency
    dimensions: Dimensions = ()
    part: PostingPart


# Account, VAT code and dimensions, with the amount in both currencies.
_Key = tuple[str, str, Dimensions]
_Amounts = dict[_Key, tuple[Decimal, Decimal]]

_SIGNS = {"invoice": 1, "credit_note": -1, "payment_request": 1, "withdrawal": -1}
_ABOUT_ADVANCES = frozenset({"payment_request", "withdrawal"})


def sale_postings(sale: Sale) -> tuple[SalePosting, ...]:
    """The postings of the sale, zero in sum in both currencies; amounts of zero are left out.

    ValueError when the document's own amounts do not add up, or for a kind or rate that no sale has.
    """
    if sale.kind not in _SIGNS:
        raise ValueError(f"{sale.kind!r} is not a kind of document that is posted.")
    if not sale.exchange_rate > 0:
        raise ValueError("An exchange rate is greater than zero.")
    with localcontext(EXACT):
        postings = _asked_in_advance(sale) if sale.kind in _ABOUT_ADVANCES else _debits_and_credits(sale)
        return tuple(_signed(postings, _SIGNS[sale.kind]))


def _asked_in_advance(sale: Sale) -> list[SalePosting]:
    """The claim against the customers' advances; ValueError where the document states VAT or adds up to another sum."""
    net = sum((line.net_amount for line in sale.lines), ZERO)
    if sale.vat or sale.prepaid or net + sale.rounding != sale.payable:
        raise ValueError("A payment request asks for its lines, without VAT and without anything paid before.")
    claim = convert_amount(sale.payable, sale.exchange_rate)
    return [
        *_postings({(sale.receivable_account, "", ()): (claim, sale.payable)}, PostingPart.RECEIVABLE),
        *_postings({(sale.prepaid_account, "", ()): (-claim, -sale.payable)}, PostingPart.PREPAID),
    ]


def _debits_and_credits(sale: Sale) -> list[SalePosting]:
    """The postings of the sale as an invoice."""
    net = sum((line.net_amount for line in sale.lines), ZERO)
    vat_total = sum((vat.vat_amount for vat in sale.vat), ZERO)
    if net + vat_total + sale.rounding != sale.payable + sale.prepaid:
        raise ValueError("Net, VAT and rounding of the document are not what is payable and prepaid.")

    rate = sale.exchange_rate
    receivable = convert_amount(sale.payable, rate)
    prepaid = convert_amount(sale.prepaid, rate)
    rounding = convert_amount(sale.rounding, rate)
    vat = _vat_by_account(sale.vat, rate)
    revenue_total = receivable + prepaid - rounding - sum((base for base, _ in vat.values()), ZERO)
    revenue = _revenue_by_account(sale.lines, rate, revenue_total)
    # Without revenue nothing else can take an odd øre of the conversion.
    rounding += revenue_total - sum((base for base, _ in revenue.values()), ZERO)

    return [
        *_postings({(sale.receivable_account, "", ()): (receivable, sale.payable)}, PostingPart.RECEIVABLE),
        *_postings({(sale.prepaid_account, "", ()): (prepaid, sale.prepaid)}, PostingPart.PREPAID),
        *_postings(_negated(revenue), PostingPart.REVENUE),
        *_postings(_negated(vat), PostingPart.VAT),
        *_postings({(sale.rounding_account, "", ()): (-rounding, -sale.rounding)}, PostingPart.ROUNDING),
    ]


def _vat_by_account(rows: Iterable[SaleVat], rate: Decimal) -> _Amounts:
    amounts: _Amounts = {}
    for row in rows:
        key = (row.account_number, row.vat_code, ())
        base = row.base_currency_vat_amount
        if base is None:
            base = convert_amount(row.vat_amount, rate)
        base_before, currency_before = amounts.get(key, (ZERO, ZERO))
        amounts[key] = (base_before + base, currency_before + row.vat_amount)
    return amounts


def _revenue_by_account(lines: Iterable[SaleLine], rate: Decimal, total: Decimal) -> _Amounts:
    """Revenue summed by account, VAT code and dimensions, converted so that it sums to the total."""
    sums: dict[_Key, Decimal] = {}
    for line in lines:
        key = (line.account_number, line.vat_code, tuple(sorted(line.dimensions)))
        sums[key] = sums.get(key, ZERO) + line.net_amount
    keys = sorted(key for key, amount in sums.items() if amount)
    if not keys:
        return {}
    converted = round_to_sum([sums[key] * rate for key in keys], total)
    return {key: (base, sums[key]) for key, base in zip(keys, converted, strict=True)}


def _negated(amounts: _Amounts) -> _Amounts:
    return {key: (-base, -currency) for key, (base, currency) in amounts.items()}


def _postings(amounts: _Amounts, part: PostingPart) -> Iterator[SalePosting]:
    for (account_number, vat_code, dimensions), (base, currency) in amounts.items():
        if base or currency:
            yield SalePosting(
                account_number=account_number,
                vat_code=vat_code,
                amount=base,
                currency_amount=currency,
                dimensions=dimensions,
                part=part,
            )


def _signed(postings: Sequence[SalePosting], sign: int) -> Iterator[SalePosting]:
    if sign > 0:
        yield from postings
        return
    for posting in postings:
        yield SalePosting(
            account_number=posting.account_number,
            vat_code=posting.vat_code,
            amount=-posting.amount,
            currency_amount=-posting.currency_amount,
            dimensions=posting.dimensions,
            part=posting.part,
        )
