"""The e-mail that brings a reminder, a notice before collection or an interest note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from invoicing.dispatching.letter_page import LetterPage, LetterRow, identity_line, paragraphs_of
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.letters import fill, one_line
from invoicing.dispatching.plain import Letter
from invoicing.documents.printed.page import readable_accent
from invoicing.papers.demand import Demand
from invoicing.papers.demand_page import how_to_pay, parts_of, texts_of, values_of_demand, what_follows
from invoicing.papers.demand_words import demand_words


def name_of_demand(demand: Demand) -> str:
    """What the letter is called in the customer's language, for the name of its file."""
    return demand_words(demand.language)[f"title_{demand.step}"]


def letter_page_of_demand(
    demand: Demand, letter: Letter, *, link: str, enclosed: Sequence[str], is_cut: bool
) -> LetterPage:
    """The e-mail: what is to be paid on top, then of what it is made up, then the words of the letter."""
    word, phrases, values = demand_words(demand.language), letter_words(demand.language), values_of_demand(demand)
    subject = fill(word[f"subject_{demand.step}"], values)
    text = "\n\n".join(filter(None, (*texts_of(demand), what_follows(demand))))
    return LetterPage(
        language=demand.language,
        subject=one_line(letter.subject or demand.subject) or one_line(subject[:1].upper() + subject[1:]),
        preheader=f"{values['amount']} {values['currency']}",
        seller=demand.seller.name,
        monogram=demand.seller.name.strip()[:1].upper(),
        accent=readable_accent(demand.seller.accent_color),
        heading=fill(word["heading_demand"], values),
        amount=values["amount"],
        currency=values["currency"],
        due=f"{word['pay_by']} {values['deadline']}" if demand.deadline else "",
        button=word["see_invoice" if len(demand.claims) == 1 else "see_account"],
        link=link,
        rows=tuple(_rows(demand, word, phrases, enclosed)),
        paragraphs=paragraphs_of(letter.body or fill(word["mail_body"], {**values, "text": text})),
        note=phrases["too_large"] if is_cut else "",
        identity=identity_line(demand.seller, demand.language),
        warning=phrases["no_account_changes"],
    )


def _rows(
    demand: Demand, word: Mapping[str, str], phrases: Mapping[str, str], enclosed: Sequence[str]
) -> Iterator[LetterRow]:
    numbers = [claim.document_number for claim in demand.claims]
    yield LetterRow(word["concerns"], ", ".join(numbers))
    for label, told in parts_of(demand):
        yield LetterRow(label, told)
    box = how_to_pay(demand)
    above = {word["pay_by"], word["amount_in"].format(currency=demand.currency)}
    for field in box.fields if box else ():
        if field.label not in above:  # those two stand large above
            yield LetterRow(field.label, field.value)
    if enclosed:
        yield LetterRow(phrases["enclosed"], ", ".join(enclosed))
