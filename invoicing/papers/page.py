"""What a printed receipt or statement shows: every text of it, made from its facts, before any markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from foundation.templatetags.formatting import NO_BREAK_SPACE, format_amount, format_day, iban
from invoicing.documents.facts import Buyer, Seller
from invoicing.documents.printed.numbers import account_number
from invoicing.documents.printed.page import (
    BETWEEN_PARTS,
    DEFAULT_ACCENT,
    INK,
    Fact,
    Sheet,
    address_block,
    address_lines,
    identity,
    readable_accent,
)
from invoicing.documents.printed.paragraphs import without_gaps
from invoicing.documents.printed.payment import LONG_CHARACTERS, PaymentBox, PaymentField
from invoicing.documents.printed.sums import SumRow
from invoicing.documents.words import word_for_country
from invoicing.papers.facts import CurrencyBalance, OpenEntry, Receipt, Statement
from invoicing.papers.words import paper_words

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One column of a table."""

    label: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: the first cell heads it."""

    cells: tuple[str, ...]
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table under its own heading."""

    heading: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    note: str = ""

    def cells_by_row(self) -> Iterator[tuple[Row, list[tuple[str, bool]]]]:
        """Each row with its cells, and of each whether it is a figure."""
        for row in self.rows:
            yield row, [(cell, head.is_figure) for cell, head in zip(row.cells, self.heads, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage(Sheet):
    """One receipt or statement as it is printed, in the order in which it is read."""

    tables: tuple[Table, ...]
    payments: tuple[PaymentBox, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What differs between one kind of paper and another."""

    heading: str
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...]
    tables: tuple[Table, ...]
    sums: tuple[SumRow, ...]
    payments: tuple[PaymentBox, ...] = ()
    note: str = ""


def page_of_receipt(receipt: Receipt, moment: datetime) -> PaperPage:
    """Every text of a printed receipt."""
    word, language = paper_words(receipt.language), receipt.language
    facts = [
        Fact(label=word["receipt_number"], value=receipt.number, kind="strong"),
        Fact(label=word["received_on"], value=format_day(receipt.day, language)),
        Fact(label=word["method"], value=word[f"method_{receipt.method}"]),
        Fact(label=word["customer_number"], value=receipt.buyer.number),
    ]
    if receipt.reference:
        facts.append(Fact(label=word["reference"], value=receipt.reference))
    thanks = word["thanks"].format(amount=format_amount(receipt.amount, language), currency=receipt.currency)
    content = Content(
        heading=word["receipt"],
        facts=tuple(facts),
        remarks=(thanks,),
        tables=(_paid(receipt, word),) if receipt.items else (),
        sums=tuple(_sums_of_receipt(receipt, word)),
        note=word["receipt_is_no_invoice"] if receipt.items else "",
    )
    title = f"{word['receipt']} {receipt.number}"
    return paper_page(receipt.seller, receipt.buyer, language, content, title=title, moment=moment)


def _paid(receipt: Receipt, word: Mapping[str, str]) -> Table:
    language = receipt.language
    return Table(
        heading=word["pays"],
        heads=(
            Head(label=word["document"]),
            Head(label=word["issued"]),
            Head(label=word["paid"], is_figure=True),
            Head(label=word["left"], is_figure=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    item.document_number,
                    format_day(item.issue_date, language),
                    in_currency(item.paid, item.currency, language),
                    in_currency(item.left, item.currency, language),
                )
            )
            for item in receipt.items
        ),
    )


def _sums_of_receipt(receipt: Receipt, word: Mapping[str, str]) -> Iterator[SumRow]:
    used = sum((item.used for item in receipt.items), Decimal("0.00"))
    for key, amount in (("used", used), ("refunded", receipt.refunded), ("unapplied", receipt.unapplied)):
        if amount and amount != receipt.amount:
            yield SumRow(label=word[key], amount=format_amount(amount, receipt.language))
    label = word["received"].format(currency=receipt.currency)
    yield SumRow(label=label, amount=format_amount(receipt.amount, receipt.language), is_total=True)


def page_of_statement(statement: Statement, moment: datetime) -> PaperPage:
    """Every text of a printed statement of account."""
    word, language = paper_words(statement.language), statement.language
    content = Content(
        heading=word["statement"],
        facts=(
            Fact(label=word["as_of"], value=format_day(statement.day, language), kind="strong"),
            Fact(label=word["customer_number"], value=statement.buyer.number),
        ),
        remarks=() if statement.entries else (word["nothing_open"],),
        tables=tuple(_tables(statement, word)),
        sums=tuple(row for balance in statement.balances for row in _sums_of(balance, word, language)),
        payments=tuple(
            box for balance in statement.balances if (box := how_to_pay(statement, balance, word)) is not None
        ),
        note=word["each_reference"] if any(balance.balance > 0 for balance in statement.balances) else "",
    )
    title = f"{word['statement']} {format_day(statement.day, language)}"
    return paper_page(statement.seller, statement.buyer, language, content, title=title, moment=moment)


def _tables(statement: Statement, word: Mapping[str, str]) -> Iterator[Table]:
    language = statement.language
    if statement.entries:
        more = word["and_more"].format(count=statement.left_out) if statement.left_out else ""
        heads = ("document", "issued", "due", "days_late", "to_pay_with", "open")
        yield Table(
            heading=word["open_entries"],
            heads=tuple(Head(label=word[key], is_figure=key in {"days_late", "open"}) for key in heads),
            rows=tuple(_entry(entry, word, language) for entry in statement.entries),
            note=more,
        )
    if statement.unused:
        yield Table(
            heading=word["unused_money"],
            heads=(
                Head(label=word["received_on"]),
                Head(label=word["reference"]),
                Head(label=word["amount"], is_figure=True),
            ),
            rows=tuple(
                Row(
                    cells=(
                        format_day(money.day, language),
                        money.reference or NOTHING,
                        in_currency(money.amount, money.currency, language),
                    )
                )
                for money in statement.unused
            ),
        )
    owed = [balance for balance in statement.balances if balance.owed]
    if owed:
        yield Table(
            heading=word["ages"],
            heads=(
                Head(label=word["currency"]),
                *(Head(label=word[f"age_{place}"], is_figure=True) for place in range(5)),
            ),
            rows=tuple(
                Row(cells=(each.currency, *(format_amount(aged.amount, language) for aged in each.ages)))
                for each in owed
            ),
        )
    if statement.period:
        yield _movements(statement, word)


def _entry(entry: OpenEntry, word: Mapping[str, str], language: str) -> Row:
    return Row(
        cells=(
            f"{word[f'kind_{entry.kind}']} {entry.document_number}",
            format_day(entry.issue_date, language),
            format_day(entry.due_date, language) if entry.due_date else NOTHING,
            str(entry.days_late) if entry.days_late else NOTHING,
            entry.reference or NOTHING,
            in_currency(entry.open, entry.currency, language),
        )
    )


def _movements(statement: Statement, word: Mapping[str, str]) -> Table:
    period, language = statement.period, statement.language
    assert period is not None
    rows = [_balance_row(word["opening_balance"], period.first, period.opening, language)]
    for each in period.movements:
        did = word.get(f"did_{'payment' if each.kind == 'online' else each.kind}", word["did_other"])
        cells = (
            format_day(each.day, language),
            f"{did} {each.document_number}".strip(),
            format_amount(each.amount, language),
            format_amount(each.balance, language),
        )
        rows.append(Row(cells=cells))
    rows.append(_balance_row(word["closing_balance"], statement.day, period.closing, language))
    return Table(
        heading=word["movements"].format(day=format_day(period.first, language), currency=period.currency),
        heads=(
            Head(label=word["date"]),
            Head(label=word["text"]),
            Head(label=word["amount"], is_figure=True),
            Head(label=word["balance"], is_figure=True),
        ),
        rows=tuple(rows),
        note=word["and_more"].format(count=period.left_out) if period.left_out else "",
    )


def _balance_row(label: str, day: date, amount: Decimal, language: str) -> Row:
    return Row(cells=(format_day(day, language), label, "", format_amount(amount, language)), is_strong=True)


def _sums_of(balance: CurrencyBalance, word: Mapping[str, str], language: str) -> Iterator[SumRow]:
    parts = [("owed", balance.owed), ("credits", -balance.credits), ("unused", -balance.unused)]
    shown = [(word[key], amount) for key, amount in parts if amount]
    if len(shown) > 1:
        for label, amount in shown:
            yield SumRow(label=label, amount=format_amount(amount, language))
    key = "to_pay" if balance.balance >= 0 else "in_favour"
    total = format_amount(abs(balance.balance), language)
    yield SumRow(label=word[key].format(currency=balance.currency), amount=total, is_total=True)


def how_to_pay(statement: Statement, balance: CurrencyBalance, word: Mapping[str, str]) -> PaymentBox | None:
    """The account where a currency is to be paid; the reference of each invoice stands in the table."""
    account, country = balance.account, statement.seller.address.country
    if balance.balance <= 0 or not (account.account_number or account.iban):
        return None
    fields = []
    if account.account_number:
        number = account_number(account.account_number, country)
        fields.append(pay_field(word_for_country(word, "account", country), number))
    else:
        fields.append(pay_field(word["iban"], iban(account.iban)))
    amount = format_amount(balance.balance, statement.language)
    fields.append(pay_field(word["amount_in"].format(currency=balance.currency), amount))
    codes = ", ".join(
        filter(
            None,
            (
                f"IBAN {iban(account.iban)}" if account.iban and account.account_number else "",
                f"BIC {account.bic}" if account.bic else "",
            ),
        )
    )
    sentences = (word["from_abroad"].format(codes=codes),) if codes else ()
    return PaymentBox(fields=tuple(fields), sentences=sentences)


def pay_field(label: str, value: str) -> PaymentField:
    """One thing to type in the bank."""
    return PaymentField(label=label, value=value, is_long=len(value) > LONG_CHARACTERS)


def in_currency(amount: Decimal, currency: str, language: str) -> str:
    """The amount with its currency, never parted at the end of a line."""
    return f"{format_amount(amount, language)}{NO_BREAK_SPACE}{currency}"


def paper_page(
    seller: Seller, buyer: Buyer, language: str, content: Content, *, title: str, moment: datetime
) -> PaperPage:
    """The sheet of a paper around its own content."""
    word = paper_words(language)
    accent = readable_accent(seller.accent_color)
    return PaperPage(
        language=language,
        word=word,
        title=f"{title}, {seller.name}",
        description=word["summary"].format(title=title, seller=seller.name, buyer=buyer.name),
        author=seller.name,
        moment=moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        heading=content.heading,
        running_head=title,
        running_foot=BETWEEN_PARTS.join(part.replace(" ", NO_BREAK_SPACE) for part in identity(seller, word)),
        monogram=seller.name.strip()[:1].upper(),
        accent=accent,
        rule_color=accent if seller.accent_color and accent != DEFAULT_ACCENT else INK,
        return_line=", ".join((seller.name, *address_lines(seller.address, language, country_at_home=""))),
        address=address_block(buyer, country=seller.address.country, language=language),
        facts=content.facts,
        remarks=content.remarks,
        tables=content.tables,
        sums=content.sums,
        payments=content.payments,
        note=content.note,
        footer=without_gaps(seller.footer),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPaper:
    """A paper that an organization makes for its own files or as an appendix: what stands on it."""

    heading: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    sums: tuple[SumRow, ...] = ()
    note: str = ""


def own_page(seller: Seller, language: str, paper: OwnPaper, moment: datetime) -> PaperPage:
    """The paper on the organization's own sheet, addressed to itself."""
    itself = Buyer(kind="business", number="", name=seller.name, address=seller.address)
    content = Content(
        heading=paper.heading, facts=paper.facts, remarks=(), tables=paper.tables, sums=paper.sums, note=paper.note
    )
    return paper_page(seller, itself, language, content, title=paper.heading, moment=moment)
