"""What a printed reminder, notice before collection or interest note shows, made from its facts, before any markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from foundation.templatetags.formatting import NO_BREAK_SPACE, format_amount, format_day, iban
from invoicing.documents.printed.numbers import account_number
from invoicing.documents.printed.page import Fact
from invoicing.documents.printed.payment import PaymentBox
from invoicing.documents.printed.sums import SumRow
from invoicing.documents.words import word_for_country
from invoicing.papers.demand import FOLLOWED_BY_COLLECTION, Demand, DemandedClaim
from invoicing.papers.demand_words import demand_words
from invoicing.papers.page import NOTHING, Content, Head, PaperPage, Row, Table, paper_page, pay_field


def page_of_demand(demand: Demand, moment: datetime) -> PaperPage:
    """Every text of the printed letter."""
    word = demand_words(demand.language)
    heading = word[f"title_{demand.step}"]
    content = Content(
        heading=heading,
        facts=tuple(_facts(demand, word)),
        remarks=(*texts_of(demand), *filter(None, (what_follows(demand),))),
        tables=tuple(_tables(demand, word)),
        sums=tuple(_sums(demand, word)),
        payments=tuple(filter(None, (how_to_pay(demand),))),
        note=" ".join(_notes(demand, word)),
    )
    title = f"{heading} {format_day(demand.day, demand.language)}"
    return paper_page(demand.seller, demand.buyer, demand.language, content, title=title, moment=moment)


def values_of_demand(demand: Demand) -> dict[str, str]:
    """What the words in braces of a text stand for."""
    language = demand.language
    due = min((claim.due_date for claim in demand.claims), default=demand.day)
    return {
        "invoices": invoices_named(demand),
        "due": format_day(due, language),
        "deadline": format_day(demand.deadline, language) if demand.deadline else "",
        "amount": format_amount(demand.to_pay, language),
        "currency": demand.currency,
        "seller": demand.seller.name,
        "customer": demand.buyer.name,
        "title": demand_words(language)[f"title_{demand.step}"],
    }


def invoices_named(demand: Demand) -> str:
    """Which invoices the letter is about: the one by its number, several by how many there are."""
    word = demand_words(demand.language)
    if len(demand.claims) == 1:
        return word["invoice_named"].format(number=demand.claims[0].document_number)
    return word["invoices_named"].format(count=len(demand.claims))


def texts_of(demand: Demand) -> tuple[str, ...]:
    """The paragraphs of the letter: those that somebody wrote for it, else the built-in ones."""
    if demand.paragraphs:
        return demand.paragraphs
    word = demand_words(demand.language)
    text = word[f"text_{demand.step}"]
    # Where collection follows, the sentence about it names the last day.
    if demand.deadline and demand.step not in FOLLOWED_BY_COLLECTION:
        text = f"{text} {word['please_pay']}"
    told = text.format(**values_of_demand(demand))
    return (told[:1].upper() + told[1:],)


def what_follows(demand: Demand) -> str:
    """What happens when it is not paid, said whatever the text is, where the law wants it said."""
    if demand.about or demand.step not in FOLLOWED_BY_COLLECTION:
        return demand.about
    return demand_words(demand.language)["collection_follows"].format(**values_of_demand(demand))


def _facts(demand: Demand, word: Mapping[str, str]) -> Iterator[Fact]:
    yield Fact(label=word["sent_on"], value=format_day(demand.day, demand.language), kind="strong")
    if demand.deadline:
        yield Fact(label=word["pay_by"], value=format_day(demand.deadline, demand.language), kind="due")
    yield Fact(label=word["customer_number"], value=demand.buyer.number)


def _tables(demand: Demand, word: Mapping[str, str]) -> Iterator[Table]:
    yield _claims(demand, word)
    added = list(_added(demand, word))
    if added and not is_short(demand):
        yield Table(
            heading=word["added"],
            heads=(
                Head(label=word["addition"]),
                Head(label=word["document"]),
                Head(label=word["amount_in"].format(currency=demand.currency), is_figure=True),
            ),
            rows=tuple(added),
        )
    parts = list(_interest_rows(demand))
    if parts:
        keys = ("document", "from_day", "to_day", "days", "rate", "of_principal", "interest")
        yield Table(
            heading=word["how_interest"],
            heads=tuple(Head(label=word[key], is_figure=place > 2) for place, key in enumerate(keys)),
            rows=tuple(parts),
        )


def _claims(demand: Demand, word: Mapping[str, str]) -> Table:
    """The invoices; a column in which nothing would stand is left out."""
    language, claims = demand.language, demand.claims
    columns = {
        "document": [claim.document_number for claim in claims],
        "issued": [format_day(claim.issue_date, language) for claim in claims],
        "due": [format_day(claim.due_date, language) for claim in claims],
        "to_pay_with": [claim.reference or NOTHING for claim in claims],
        "original": [format_amount(claim.original, language) for claim in claims],
        "paid_until_now": [format_amount(claim.paid, language) for claim in claims],
        "disputed": [format_amount(claim.held, language) for claim in claims],
        "left_of_invoice": [format_amount(claim.asked, language) for claim in claims],
    }
    empty = {
        "to_pay_with": len(claims) == 1,  # it stands in the payment box
        "paid_until_now": not any(claim.paid for claim in claims),
        "disputed": not any(claim.held for claim in claims),
    }
    keys = [key for key in columns if not empty.get(key)]
    figures = {"original", "paid_until_now", "disputed", "left_of_invoice"}
    return Table(
        heading=word["concerns"],
        heads=tuple(Head(label=word[key], is_figure=key in figures) for key in keys),
        rows=tuple(Row(cells=cells) for cells in zip(*(columns[key] for key in keys), strict=True)),
        note="" if empty["disputed"] else word["disputed_is_not_asked"],
    )


def _added(demand: Demand, word: Mapping[str, str]) -> Iterator[Row]:
    language = demand.language
    for one in demand.earlier:
        what = word["of_day"].format(what=word[f"add_{one.kind}"], day=format_day(one.day, language))
        yield Row(cells=(what, one.document_number, format_amount(one.amount, language)))
    for claim in demand.claims:
        for kind, amount in _additions_of(claim):
            if amount:
                yield Row(cells=(word[f"add_{kind}"], claim.document_number, format_amount(amount, language)))


def _additions_of(claim: DemandedClaim) -> tuple[tuple[str, Decimal], ...]:
    return ("fee", claim.fee), ("compensation", claim.compensation), ("interest", claim.interest)


def _interest_rows(demand: Demand) -> Iterator[Row]:
    language = demand.language
    for claim in demand.claims:
        for part in claim.parts:
            yield Row(
                cells=(
                    claim.document_number,
                    format_day(part.first, language),
                    format_day(part.last, language),
                    str(part.days),
                    f"{format_amount(part.rate, language)}{NO_BREAK_SPACE}%",
                    format_amount(part.principal, language),
                    format_amount(part.amount, language),
                )
            )


def is_short(demand: Demand) -> bool:
    """Whether the sums alone tell what was added: to one claim, and by this letter only."""
    return len(demand.claims) == 1 and not demand.earlier


def parts_of(demand: Demand) -> list[tuple[str, str]]:
    """What the whole is made up of, each part with its amount; nothing where it has one part only."""
    word = demand_words(demand.language)
    added = [("sum_fees", demand.fees), ("sum_interest", demand.interest)]
    if is_short(demand):
        added = [(f"add_{kind}", amount) for kind, amount in _additions_of(demand.claims[0])]
    amounts = [("sum_principal", demand.principal), *added, ("sum_credit", -demand.credit)]
    shown = [(word[key], format_amount(amount, demand.language)) for key, amount in amounts if amount]
    return shown if len(shown) > 1 else []


def _sums(demand: Demand, word: Mapping[str, str]) -> Iterator[SumRow]:
    for label, told in parts_of(demand):
        yield SumRow(label=label, amount=told)
    label = word["to_pay"].format(currency=demand.currency)
    yield SumRow(label=label, amount=format_amount(demand.to_pay, demand.language), is_total=True)


def _notes(demand: Demand, word: Mapping[str, str]) -> Iterator[str]:
    yield word["no_vat"] if demand.fees or demand.interest else word["is_no_invoice"]
    if len(demand.claims) > 1:
        yield word["each_reference"]


def how_to_pay(demand: Demand) -> PaymentBox | None:
    """The account, the reference of the one invoice or the customer's number, the last day, and the whole amount."""
    account, country, language = demand.account, demand.seller.address.country, demand.language
    if demand.to_pay <= 0 or not (account.account_number or account.iban):
        return None
    word = demand_words(language)
    fields = []
    if account.account_number:
        number = account_number(account.account_number, country)
        fields.append(pay_field(word_for_country(word, "account", country), number))
    else:
        fields.append(pay_field(word["iban"], iban(account.iban)))
    if len(demand.claims) == 1:
        [claim] = demand.claims
        is_kid = bool(claim.reference) and claim.reference != claim.document_number
        label = word_for_country(word, "kid", country) if is_kid else word["message"]
        fields.append(pay_field(label, claim.reference or claim.document_number))
    if demand.deadline:
        fields.append(pay_field(word["pay_by"], format_day(demand.deadline, language)))
    amount = format_amount(demand.to_pay, language)
    fields.append(pay_field(word["amount_in"].format(currency=demand.currency), amount))
    iban_code = f"IBAN {iban(account.iban)}" if account.iban and account.account_number else ""
    codes = ", ".join(filter(None, (iban_code, f"BIC {account.bic}" if account.bic else "")))
    return PaymentBox(
        fields=tuple(fields), sentences=(word["from_abroad"].format(codes=codes),) if codes and iban_code else ()
    )
