"""What the customer reads on a document's page: the frozen document in a chosen language, and how it stands today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import segno.helpers
from django.utils.translation import gettext as _

from foundation.templatetags.formatting import NO_BREAK_SPACE, format_for_input
from invoicing.confirmation import SUBSCRIPTIONS
from invoicing.documents.facts import AttachedFile, Document, DocumentBody, Line
from invoicing.documents.printed.lines import LineRow, line_table
from invoicing.documents.printed.page import BETWEEN_PARTS, Fact, Page, page_of
from invoicing.documents.printed.payment import payment_box
from invoicing.documents.words import words_in
from invoicing.public.why import why_of
from invoicing.standing import Standing

LINES_SHOWN_MAX = 100
TEXT_SHOWN_MAX = 8_000  # characters of all lines together: the page stays small, the PDF has the rest
ROWS_OF_LINE = "line"
QUANTITY, PRICE, AMOUNT = 0, 1, -1
QR_SCALE = 3


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line, or the heading or sum of a section."""

    kind: str
    description: str
    details: tuple[str, ...]
    amount: str
    struck: str
    row: LineRow
    why: tuple[Fact, ...] = ()  # where the line comes from, as far as the customer is told


@dataclass(frozen=True, slots=True)
class PayField:
    """One thing to type in the bank, and the bare form of it that is copied."""

    label: str
    value: str
    bare: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How the document stands today, in its own currency."""

    payable: Decimal
    owed: Decimal  # zero where nothing is asked for; of the document itself
    paid: Decimal
    credited: Decimal
    standing: Standing
    additions: Mapping[str, Decimal] = field(default_factory=dict)  # what is open of each kind for late payment

    @property
    def to_pay(self) -> Decimal:
        """What is owed of the document, and of what was added to it."""
        return self.owed + sum(self.additions.values(), Decimal(0))


@dataclass(frozen=True)
class CustomerPage:
    """A document for its customer, in the language that the customer chose."""

    document: Document  # with no more lines than can be shown
    lines_count: int
    language: str
    amounts: Amounts
    today: date
    sources: Mapping[str, Mapping[str, Any]]  # of lines that bill work, by their ids

    @cached_property
    def body(self) -> DocumentBody:
        """The frozen facts, with amounts and words in the page's language."""
        return replace(self.document.body, language=self.language)

    @cached_property
    def printed(self) -> Page:
        """The words of the PDF, so that page and PDF call everything the same."""
        return page_of(replace(self.document, body=self.body), lines_max=0)

    @property
    def facts(self) -> list[Fact]:
        """References and delivery; number, date and due date stand in the headings."""
        return [fact for fact in self.printed.facts[2:] if fact.kind != "due"]

    @property
    def seller(self) -> list[str]:
        """Who sells, a part to a line; a name may be longer than a narrow screen is wide."""
        name, *parts = self.printed.running_foot.split(BETWEEN_PARTS)
        return [name.replace(NO_BREAK_SPACE, " "), *parts]

    @property
    def is_of_subscription(self) -> bool:
        """Whether a subscription charges something here, so that there is more to tell of what comes."""
        return any(source.get("system") == SUBSCRIPTIONS for source in self.sources.values())

    @property
    def days_left(self) -> int | None:
        """Days until it is due; negative when that day is past, None where nothing is due."""
        if self.body.due_date is None or self.amounts.to_pay <= 0:
            return None
        return (self.body.due_date - self.today).days

    @cached_property
    def frozen_lines(self) -> tuple[Line, ...]:
        """The first lines, as many as fit on a small page; all of them where sections are summed up."""
        if self.body.summed_sections:
            return self._frozen_with_sums()
        return self.body.lines[: _fitting(self.body.lines)]

    def _frozen_with_sums(self) -> tuple[Line, ...]:
        summed = self.body.summed_sections
        singly = [line for line in self.body.lines if line.section not in summed]
        left_out = {line.id for line in singly[_fitting(singly) :]}
        return tuple(line for line in self.body.lines if line.id not in left_out)

    @property
    def _unfolded_max(self) -> int:
        """How many lines behind sections fit on the page."""
        return _fitting([line for line in self.frozen_lines if line.section in self.body.summed_sections])

    @property
    def lines_hidden(self) -> int:
        """How many lines stand in the PDF only."""
        return self.lines_count - len(self.frozen_lines)

    @cached_property
    def lines(self) -> list[ShownLine]:
        """The lines as they are read on a narrow screen: words to the left, what they come to on the right."""
        word = words_in(self.language)
        table = line_table(
            replace(self.body, lines=self.frozen_lines),
            word,
            file_name="",
            lines_max=len(self.frozen_lines),
            unfolded_max=self._unfolded_max,
        )
        shown = [_shown(row) for row in table.rows if row.kind != "subtotal" or not self.lines_hidden]
        return [replace(line, why=self._why(line.row)) for line in shown] if self.sources else shown

    def _why(self, row: LineRow) -> tuple[Fact, ...]:
        source = self.sources.get(row.line_id)
        line = next((line for line in self.frozen_lines if line.id == row.line_id), None) if source else None
        return why_of(line, source, self.language) if line and source else ()

    @property
    def files(self) -> tuple[AttachedFile, ...]:
        """What the seller attached."""
        return self.body.attachments

    @cached_property
    def pay_fields(self) -> list[PayField]:
        """Account, reference and what is left to pay; nothing where nothing is."""
        if self.amounts.to_pay <= 0:
            return []
        return list(self._pay_fields())

    def _pay_fields(self) -> Iterator[PayField]:
        totals = replace(self.body.totals, payable=self.amounts.to_pay)
        left = replace(self.document, body=replace(self.body, totals=totals, due_date=None))
        box = payment_box(left, words_in(self.language))
        for one in box.fields[:-1] if box else ():
            yield PayField(one.label, one.value, one.value.replace(NO_BREAK_SPACE, "").replace(" ", ""))
        for one in box.fields[-1:] if box else ():
            yield PayField(one.label, one.value, format_for_input(self.amounts.to_pay, self.language))

    @property
    def codes_from_abroad(self) -> str:
        """IBAN and BIC beside a national account number."""
        sentences = self.printed.payment.sentences if self.printed.payment else ()
        return sentences[0] if sentences and self.body.payment.iban else ""

    @cached_property
    def qr(self) -> str:
        """The European payment code as a drawing, for euro to an IBAN; banks read it for nothing else."""
        if not self.pay_fields or self.body.currency != "EUR" or not self.body.payment.iban:
            return ""
        try:
            code = segno.helpers.make_epc_qr(
                name=self.body.seller.name[:70],
                iban=self.body.payment.iban,
                amount=self.amounts.to_pay,
                text=self.document.kid or self.document.number,
                bic=self.body.payment.bic or None,
            )
        except ValueError:  # an amount or a code that the standard has no room for: the fields above say the same
            return ""
        return str(code.svg_inline(scale=QR_SCALE, border=4, light="#fff", title=_("Payment code"), omitsize=False))


def _fitting(lines: Sequence[Line]) -> int:
    """How many of the first lines fit on a small page, by their number and their text."""
    shown, characters = 0, 0
    for line in lines[:LINES_SHOWN_MAX]:
        characters += len(line.description) + len(line.detail) + len(line.section)
        if shown and characters > TEXT_SHOWN_MAX:
            break
        shown += 1
    return shown


def first_lines(lines: Sequence[dict[str, Any]], summed_sections: Sequence[str] = ()) -> Sequence[dict[str, Any]]:
    """The frozen lines that a page is made of: the first hundred, and one that tells whether VAT is in the document.

    Reading all of a very long document would take longer than everything else on the page together; where sections are
    summed up, the sums need them all.
    """
    if summed_sections:
        return lines
    first = list(lines[:LINES_SHOWN_MAX])
    if all(line["vat_category"] == "O" for line in first):
        first += [line for line in lines[LINES_SHOWN_MAX:] if line["vat_category"] != "O"][:1]
    return first


def _shown(row: LineRow) -> ShownLine:
    details = list(row.details)
    # "1 pc at 500" beside 500 says nothing new.
    if row.kind == ROWS_OF_LINE and row.cells[QUANTITY] and row.cells[PRICE] != row.cells[AMOUNT]:
        details.insert(0, _("%(quantity)s at %(price)s") % {"quantity": row.cells[QUANTITY], "price": row.cells[PRICE]})
    return ShownLine(row.kind, row.description, tuple(details), row.cells[AMOUNT], row.struck, row)
