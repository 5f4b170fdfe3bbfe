"""The table of lines: which columns this document needs, how wide they are, and the text of every cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from customers.units import unit_word
from foundation.money import EXACT, round_amount
from foundation.templatetags.formatting import (
    NO_BREAK_SPACE,
    format_amount,
    format_day,
    format_percent,
    format_quantity,
)
from invoicing.documents.facts import DocumentBody, Line
from invoicing.documents.printed.paragraphs import portions, without_gaps
from invoicing.documents.printed.summed import SectionSum, section_sums, sum_details

# A row taller than a page would drive the heads off every page, so longer texts go on in rows of their own.
DESCRIPTION_PORTION = 600
DETAIL_PORTION = 1_500
DETAIL_LINES = 30

# Widths in millimetres at 9 pt Liberation Sans: a digit or letter, a thin sign, the padding of a cell.
CHARACTER_MM = 1.77
THIN_MM = 0.9
PADDING_MM = 4
THIN_CHARACTERS = frozenset(f" .,'-{NO_BREAK_SPACE}")
NUMBERS_MM_MAX = 112  # of 172 mm: what is left must hold the description
# Figures too long for that stand smaller and closer: never cut, never broken.
DENSE_SCALE = 7 / 9
DENSE_PADDING_MM = 2
WIDTHS_MIN = {"quantity": 18, "price": 24, "discount": 17, "vat": 15, "amount": 27}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of figures."""

    key: str
    label: str
    detail: str
    width_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line as printed: the description, what stands small beneath it, the struck value, the figures."""

    description: str
    details: tuple[str, ...]
    struck: str
    cells: tuple[str, ...]
    goes_on: bool = False  # the next row continues this one's text
    kind: str = "line"  # or the heading of a section, its subtotal, or the summary that stands for its lines
    folded: tuple[LineRow, ...] = ()  # the lines behind a summary, where they can be unfolded
    folded_more: int = 0  # how many lines behind it are left out for their number
    line_id: str = ""  # of the line whose figures the row shows


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTable:
    """All lines of a document under one head."""

    columns: tuple[Column, ...]
    rows: tuple[LineRow, ...]
    is_dense: bool


@dataclass(slots=True)
class _Folding:
    """Where the lines behind summaries are told to stand, and how many of them may still be unfolded."""

    where: str = ""
    left: int = 0

    def take(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        taken = lines[: self.left]
        self.left -= len(taken)
        return taken


def has_vat(body: DocumentBody) -> bool:
    """Whether any line lies within VAT; a payment request and a seller outside it print no VAT column."""
    return not body.is_about_advance and any(line.vat_category != "O" for line in body.lines)


def line_table(
    body: DocumentBody, word: Mapping[str, str], *, file_name: str, lines_max: int, unfolded_max: int = 0
) -> LineTable:
    """The printed lines in their order; one row that names the attached file when there are too many to print.

    At most unfolded_max lines stand behind the summaries of sections, to be unfolded on a screen.
    """
    keys = _column_keys(body)
    if printed_singly(body) > lines_max:
        rows: tuple[LineRow, ...] = (_row_for_file(body, word, keys, file_name),)
    else:
        where = "" if unfolded_max else _where_listed(body, word, file_name, lines_max)
        rows = tuple(_rows_by_section(body, word, keys, _Folding(where, unfolded_max)))
    return _table(body, word, keys, rows)


def specification(body: DocumentBody, word: Mapping[str, str], *, lines_max: int) -> LineTable | None:
    """Every line of the sections that are printed as one row, for the last pages; none where they are too many."""
    if not body.summed_sections or body.omits_specification or len(body.lines) > lines_max:
        return None
    lines = tuple(line for line in body.lines if line.section in body.summed_sections)
    keys = _column_keys(body)
    whole = replace(body, lines=lines, summed_sections=(), hides_headings=False)
    return _table(body, word, keys, tuple(_rows_by_section(whole, word, keys, _Folding())))


def printed_singly(body: DocumentBody) -> int:
    """How many lines have rows of their own."""
    if not body.summed_sections:
        return len(body.lines)
    return sum(line.section not in body.summed_sections for line in body.lines)


def _table(body: DocumentBody, word: Mapping[str, str], keys: tuple[str, ...], rows: tuple[LineRow, ...]) -> LineTable:
    widths = [_width(key, place, rows) for place, key in enumerate(keys)]
    is_dense = sum(widths) > NUMBERS_MM_MAX
    if is_dense:
        widths = [math.ceil((width - PADDING_MM) * DENSE_SCALE) + DENSE_PADDING_MM for width in widths]
    columns = tuple(_column(body, word, key, width) for key, width in zip(keys, widths, strict=True))
    return LineTable(columns=columns, rows=rows, is_dense=is_dense)


def _column_keys(body: DocumentBody) -> tuple[str, ...]:
    has_discount = any(line.discount_percent or line.discount_amount for line in body.lines)
    shown = {"discount": has_discount, "vat": has_vat(body)}
    return tuple(key for key in WIDTHS_MIN if shown.get(key, True))


def _column(body: DocumentBody, word: Mapping[str, str], key: str, width_mm: int) -> Column:
    detail = word["including_vat"] if body.prices_include_vat and key in {"price", "amount"} else ""
    return Column(key=key, label=word[key], detail=detail, width_mm=width_mm)


def _width(key: str, place: int, rows: tuple[LineRow, ...]) -> int:
    texts = {row.cells[place] for row in rows}
    if key == "amount":
        texts |= {row.struck for row in rows}
    return max(WIDTHS_MIN[key], math.ceil(max(map(text_mm, texts))) + PADDING_MM)


def text_mm(text: str) -> float:
    """About how wide a text of figures is at the size of the lines."""
    return sum(THIN_MM if character in THIN_CHARACTERS else CHARACTER_MM for character in text)


def _where_listed(body: DocumentBody, word: Mapping[str, str], file_name: str, lines_max: int) -> str:
    """Where the reader of a sheet finds the lines behind a row; empty where they are left out by choice."""
    if body.omits_specification or not body.summed_sections:
        return ""
    return word["see_specification"] if len(body.lines) <= lines_max else word["see_file"].format(file=file_name)


def _rows_by_section(
    body: DocumentBody, word: Mapping[str, str], keys: tuple[str, ...], folding: _Folding
) -> Iterator[LineRow]:
    """The rows of all lines; those of a section stand under its name and over its subtotal, or behind one row."""
    for section, run in groupby(body.lines, key=lambda line: line.section):
        lines = list(run)
        if section in body.summed_sections:
            for total in section_sums(lines):
                yield _summary(body, total, word, keys, folding)
            continue
        has_heading = section and not body.hides_headings
        if has_heading:
            blank = tuple("" for _ in keys)
            yield LineRow(description=section, details=(), struck="", cells=blank, kind="heading")
        for line in lines:
            yield from _rows(body, line, word, keys)
        if has_heading:
            amount = format_amount(sum((line.shown_amount for line in lines), Decimal("0.00")), body.language)
            cells = tuple(amount if key == "amount" else "" for key in keys)
            description = word["section_sum"].format(section=section)
            yield LineRow(description=description, details=(), struck="", cells=cells, kind="subtotal")


def _summary(
    body: DocumentBody, total: SectionSum, word: Mapping[str, str], keys: tuple[str, ...], folding: _Folding
) -> LineRow:
    language, shown = body.language, folding.take(total.lines)
    cells = {
        "quantity": _counted(total.quantity, total.unit_code, language) if total.unit_code else "",
        "price": "" if total.unit_price is None else format_amount(total.unit_price, language),
        "vat": _vat(total, language),
        "amount": format_amount(total.shown_amount, language),
    }
    return LineRow(
        description=total.lines[0].section,
        details=sum_details(total, word, language, where=folding.where),
        struck="" if total.charge_kind == "chargeable" else format_amount(total.shown_value, language),
        cells=tuple(cells.get(key, "") for key in keys),
        kind="summary",
        folded=tuple(row for line in shown for row in _rows(body, line, word, keys)),
        folded_more=len(total.lines) - len(shown),
    )


def _rows(body: DocumentBody, line: Line, word: Mapping[str, str], keys: tuple[str, ...]) -> Iterator[LineRow]:
    """The line's row with its figures, followed by rows that only carry the rest of a very long text."""
    descriptions = list(portions(line.description, characters_max=DESCRIPTION_PORTION, lines_max=DETAIL_LINES))
    details = list(_details(line, word, body.language))
    texts: list[tuple[str, tuple[str, ...]]] = [(description, ()) for description in descriptions]
    if sum(map(len, details)) <= DETAIL_PORTION and sum(detail.count("\n") for detail in details) < DETAIL_LINES:
        texts[-1] = (texts[-1][0], tuple(details))
    else:
        for detail in details:
            pieces = portions(detail, characters_max=DETAIL_PORTION, lines_max=DETAIL_LINES)
            texts += [("", (piece,)) for piece in pieces]
    figures, blank = _figures(body, line, keys), tuple("" for _ in keys)
    struck = "" if line.charge_kind == "chargeable" else format_amount(line.shown_value, body.language)
    for place, (description, below) in enumerate(texts):
        yield LineRow(
            description=description,
            details=below,
            struck=struck if place == 0 else "",
            cells=figures if place == 0 else blank,
            goes_on=place < len(texts) - 1,
            line_id=line.id if place == 0 else "",
        )


def _figures(body: DocumentBody, line: Line, keys: tuple[str, ...]) -> tuple[str, ...]:
    cells = {
        "quantity": _counted(line.quantity, line.unit_code, body.language),
        "price": format_amount(line.unit_price, body.language),
        "discount": _discount(body, line),
        "vat": _vat(line, body.language),
        "amount": format_amount(line.shown_amount, body.language),
    }
    return tuple(cells[key] for key in keys)


def _row_for_file(body: DocumentBody, word: Mapping[str, str], keys: tuple[str, ...], file_name: str) -> LineRow:
    count = format_quantity(Decimal(len(body.lines)), body.language)
    amount = format_amount(body.totals.lines_net, body.language)
    return LineRow(
        description=word["lines_in_file"].format(count=count, file=file_name),
        details=(),
        struck="",
        cells=tuple(amount if key == "amount" and not body.prices_include_vat else "" for key in keys),
    )


def _counted(quantity: Decimal, unit_code: str, language: str) -> str:
    unit = unit_word(unit_code, quantity, language)
    return f"{format_quantity(quantity, language)}{NO_BREAK_SPACE}{unit}"


def _discount(body: DocumentBody, line: Line) -> str:
    if line.discount_percent:
        return format_percent(line.discount_percent, body.language)
    if not line.discount_amount:
        return ""
    shown = line.discount_amount
    if body.prices_include_vat and line.charge_kind == "chargeable":
        # The frozen discount is without VAT; beside a price with VAT stands what the customer was given off it.
        shown = round_amount(EXACT.multiply(line.quantity, line.unit_price)) - line.shown_amount
    return format_amount(-shown, body.language)


def _vat(line: Line | SectionSum, language: str) -> str:
    return "–" if line.vat_category == "O" else format_percent(line.vat_rate_percent, language)


def _details(line: Line, word: Mapping[str, str], language: str) -> Iterator[str]:
    if line.charge_kind != "chargeable":
        yield word[line.charge_kind]
    if line.detail:
        yield without_gaps(line.detail)
    facts = []
    if line.product_number:
        facts.append(word["product_number"].format(number=line.product_number))
    if line.gtin:
        facts.append(f"GTIN {line.gtin}")
    if line.order_line_reference:
        facts.append(word["order_line"].format(number=line.order_line_reference))
    if day := _delivered(line, language):
        facts.append(word["delivered"].format(day=day))
    if facts:
        yield " · ".join(facts)


def _delivered(line: Line, language: str) -> str:
    if line.period_from and line.period_to and line.period_from != line.period_to:
        return f"{format_day(line.period_from, language)}–{format_day(line.period_to, language)}"
    day = line.delivery_day or line.period_from or line.period_to
    return format_day(day, language) if day else ""
