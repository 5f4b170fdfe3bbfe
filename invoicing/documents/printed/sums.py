"""The sums under the lines: the VAT summary on the left, the way from net to what is to be paid on the right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from foundation.templatetags.formatting import format_amount, format_percent
from invoicing.documents.facts import DocumentBody, VatSubtotal
from invoicing.documents.printed.lines import has_vat, text_mm
from invoicing.documents.words import NORWEGIAN_REVERSE_CHARGE

AMOUNT_MM_MIN = 20
SCALE = 8 / 9  # the summary is set in 8 pt


@dataclass(frozen=True, slots=True, kw_only=True)
class SumRow:
    """One step on the way to the amount to pay."""

    label: str
    amount: str
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRow:
    """One category and rate: what it is, why no VAT is charged, its base and its VAT."""

    label: str
    reasons: tuple[str, ...]
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VatTable:
    """The VAT summary, with a column in the seller's own currency when the document is in another."""

    heads: tuple[str, ...]
    rows: tuple[VatRow, ...]
    amount_mm: int  # the width of each column of amounts


def vat_table(body: DocumentBody, word: Mapping[str, str]) -> VatTable | None:
    """Base and VAT for every category and rate apart (bokføringsforskriften § 5-1-5); none on a payment request."""
    if body.is_about_advance:
        return None
    heads = [word["vat_rate"], word["vat_base"], word["vat"]]
    if body.exchange:
        heads[-1] = word["vat_in"].format(currency=body.currency)
        heads.append(word["vat_in"].format(currency=body.exchange.base_currency))
    rows = tuple(_vat_row(body, row, word) for row in body.vat)
    longest = max((text_mm(amount) for row in rows for amount in row.amounts), default=0)
    return VatTable(heads=tuple(heads), rows=rows, amount_mm=max(AMOUNT_MM_MIN, math.ceil(longest * SCALE) + 2))


def _vat_row(body: DocumentBody, row: VatSubtotal, word: Mapping[str, str]) -> VatRow:
    amounts = [row.base_amount, row.vat_amount]
    if body.exchange:
        amounts.append(row.base_currency_vat_amount or Decimal("0.00"))
    reasons = [row.reason] if row.reason else []
    if row.vat_category == "AE" and body.seller.address.country == "NO" and row.reason != NORWEGIAN_REVERSE_CHARGE:
        reasons.append(NORWEGIAN_REVERSE_CHARGE)
    return VatRow(
        label=_vat_label(body, row, word, has_reason=bool(reasons)),
        reasons=tuple(reasons),
        amounts=tuple(format_amount(amount, body.language) for amount in amounts),
    )


def _vat_label(body: DocumentBody, row: VatSubtotal, word: Mapping[str, str], *, has_reason: bool) -> str:
    rate = format_percent(row.vat_rate_percent, body.language)
    if row.vat_category == "S":
        return rate
    name = word.get(f"category_{row.vat_category}", "")
    if row.vat_category == "O":  # outside the act there is no rate, not even 0 %
        return name
    return rate if has_reason else f"{rate} {name}".strip()


def sum_rows(body: DocumentBody, word: Mapping[str, str]) -> Iterator[SumRow]:
    """From the lines to what is to be paid, each step that is not nothing, rounding as its own row."""
    totals, language = body.totals, body.language
    total_word = word[_total_word(body)]
    if body.document_discount.amount:
        if not body.prices_include_vat:
            yield SumRow(label=word["sum_lines"], amount=format_amount(totals.lines_net, language))
        yield SumRow(
            label=_discount_label(body, word), amount=format_amount(-body.document_discount.shown_amount, language)
        )
    if has_vat(body):
        yield SumRow(label=word["net"], amount=format_amount(totals.net, language))
        yield SumRow(label=word["vat_total"], amount=format_amount(totals.vat, language))
    if totals.rounding or totals.prepaid:
        label = word["gross"] if has_vat(body) else word["sum"]
        yield SumRow(label=label, amount=format_amount(totals.gross, language))
    if totals.rounding:
        yield SumRow(label=word["rounding"], amount=format_amount(totals.rounding, language))
    if totals.prepaid:
        yield SumRow(label=word["prepaid"], amount=format_amount(-totals.prepaid, language))
    amount = format_amount(totals.payable, language)
    yield SumRow(label=total_word.format(currency=body.currency), amount=amount, is_total=True)


def _total_word(body: DocumentBody) -> str:
    if body.takes_back:
        return "to_credit" if body.kind == "credit_note" else "withdrawn"
    return "to_pay"


def _discount_label(body: DocumentBody, word: Mapping[str, str]) -> str:
    discount = body.document_discount
    label = discount.reason or word["discount"]
    if discount.percent:
        label = f"{label} {format_percent(discount.percent, body.language)}"
    return f"{label} ({word['including_vat']})" if body.prices_include_vat else label
