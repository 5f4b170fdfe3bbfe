"""The e-mail that brings a receipt, a statement or a demand: its page and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from foundation.templatetags.formatting import format_amount, format_day
from invoicing import queries
from invoicing.dispatching.enclosures import Enclosure, file_name
from invoicing.dispatching.letter_page import LetterPage, LetterRow, identity_line, paragraphs_of
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.letters import fill, one_line
from invoicing.dispatching.plain import Letter
from invoicing.documents.printed.page import readable_accent
from invoicing.documents.words import words_in
from invoicing.models import DEMANDS, CustomerPaper, FileKind, PaperKind
from invoicing.papers import queries as papers
from invoicing.papers.demand import Demand
from invoicing.papers.demand_letter import letter_page_of_demand, name_of_demand
from invoicing.papers.facts import Receipt, Statement
from invoicing.papers.words import paper_words
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One e-mail with a paper: to whom, in whose words, and the key under which it is sent once."""

    to: str
    key: str
    subject: str = ""
    body: str = ""


Said = Receipt | Statement | Demand


def said_by(paper: CustomerPaper) -> Said:
    """What a paper says, as it was frozen."""
    if paper.kind in DEMANDS:
        return Demand.from_json(paper.snapshot)
    return (Receipt if paper.kind == PaperKind.RECEIPT else Statement).from_json(paper.snapshot)


def enclosures_of_paper(organization: Organization, paper: CustomerPaper) -> list[Enclosure]:
    """The paper's PDF; with a receipt also those of the invoices that the payment pays."""
    word, made = paper_words(paper.language), papers.file_of(organization, paper.pk)
    found = []
    if made is not None:
        said = said_by(paper)
        title = name_of_demand(said) if isinstance(said, Demand) else word[paper.kind]
        name = file_name(f"{title}-{paper.day.isoformat()}.pdf")
        found.append(Enclosure(name, "application/pdf", made.sha256, made.size_bytes))
    if paper.payment_id is None:
        return found
    for invoice in papers.invoices_paid_by(organization, paper.payment_id):
        pdf = queries.files_of(organization, invoice.pk).get(FileKind.PDF)
        if pdf is not None:
            name = file_name(f"{words_in(invoice.language)[invoice.kind]}-{invoice.number}.pdf")
            found.append(Enclosure(name, "application/pdf", pdf.sha256, pdf.size_bytes))
    return found


def values_of_paper(said: Receipt | Statement) -> dict[str, str]:
    """What the words in braces of a subject and a body stand for."""
    amount, currency = _amount(said)
    return {
        "seller": said.seller.name,
        "customer": said.buyer.name,
        "amount": format_amount(amount, said.language),
        "currency": currency,
        "day": format_day(said.day, said.language),
    }


def built_in_words(said: Receipt | Statement) -> tuple[str, str]:
    """Subject and body where nobody has written others."""
    word, values, kind = paper_words(said.language), values_of_paper(said), _kind(said)
    return one_line(fill(word[f"subject_{kind}"], values)), fill(word[f"body_{kind}"], values)


def letter_page_of(
    paper: CustomerPaper, letter: Letter, *, link: str, enclosed: Sequence[str], is_cut: bool
) -> LetterPage:
    """The e-mail about a paper; `is_cut` when its files were too large for it."""
    said = said_by(paper)
    if isinstance(said, Demand):
        return letter_page_of_demand(said, letter, link=link, enclosed=enclosed, is_cut=is_cut)
    word, phrases, values = paper_words(said.language), letter_words(said.language), values_of_paper(said)
    subject, body = built_in_words(said)
    return LetterPage(
        language=said.language,
        subject=one_line(letter.subject) or subject,
        preheader=f"{values['amount']} {values['currency']}",
        seller=said.seller.name,
        monogram=said.seller.name.strip()[:1].upper(),
        accent=readable_accent(said.seller.accent_color),
        heading=fill(word[f"heading_{paper.kind}"], values),
        amount=values["amount"],
        currency=values["currency"],
        due="",
        button=word["see_statement"],
        link=link,
        rows=tuple(_rows(said, word, phrases, enclosed)),
        paragraphs=paragraphs_of(letter.body or body),
        note=phrases["too_large"] if is_cut else "",
        identity=identity_line(said.seller, said.language),
        warning=phrases["no_account_changes"],
    )


def _rows(
    said: Receipt | Statement, word: Mapping[str, str], phrases: Mapping[str, str], enclosed: Sequence[str]
) -> list[LetterRow]:
    language = said.language
    if isinstance(said, Receipt):
        rows = [
            LetterRow(word["received_on"], format_day(said.day, language)),
            LetterRow(word["method"], word[f"method_{said.method}"]),
        ]
        numbers = ", ".join(dict.fromkeys(item.document_number for item in said.items))
        rows += [LetterRow(word["pays"], numbers)] if numbers else []
    else:
        rows = [
            LetterRow(word["open_entries"], str(len(said.entries) + said.left_out)),
            *(
                LetterRow(word["to_pay"].format(currency=each.currency), format_amount(each.balance, language))
                for each in said.balances[1:]
            ),
        ]
    return [*rows, *([LetterRow(phrases["enclosed"], ", ".join(enclosed))] if enclosed else [])]


def _amount(said: Receipt | Statement) -> tuple[Decimal, str]:
    if isinstance(said, Receipt):
        return said.amount, said.currency
    if not said.balances:
        return Decimal("0.00"), said.currency
    return said.balances[0].balance, said.balances[0].currency


def _kind(said: Receipt | Statement) -> str:
    return PaperKind.RECEIPT.value if isinstance(said, Receipt) else PaperKind.STATEMENT.value
