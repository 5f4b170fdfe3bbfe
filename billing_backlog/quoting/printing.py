"""A quote or an order confirmation as it is printed and read on a screen: the page of documents, in its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

from django.template import Context, Engine, Template

from billing_backlog.quoting.papers import ORDER, QuotePaper
from billing_backlog.quoting.words import offer_words
from foundation import files
from foundation.templatetags.formatting import NO_BREAK_SPACE, format_day
from invoicing.documents import fonts
from invoicing.documents.facts import Document
from invoicing.documents.pdf import PNG_SIGNATURE, TEMPLATE_FOLDER, PdfNotRendered, exclusive_renderer, own_style
from invoicing.documents.printed.lines import LineRow
from invoicing.documents.printed.page import BETWEEN_PARTS, LOGO_URL, Fact, Page, page_of
from invoicing.documents.printed.paragraphs import without_gaps
from tenants.models import Organization

LINES_MAX = 1_000
SHARED_FACTS = 2  # number and date stand first on every document
QUANTITY, PRICE, AMOUNT = 0, 1, -1


def printed_paper(paper: QuotePaper, moment: datetime, language: str = "") -> Page:
    """Every text of the printed paper, in its own language or the one that its reader chose."""
    language = language or paper.body.language
    word = offer_words(language)
    # The page of an invoice is the pattern; nothing is to be paid, and the heading is another.
    body = replace(paper.body, kind="invoice", language=language)
    page = page_of(Document(number=str(paper.number), kid="", finalized_at=moment, body=body), lines_max=LINES_MAX)
    title = f"{word[paper.kind]} {paper.number}"
    *steps, total = page.sums
    return replace(
        page,
        word=word,
        kind=paper.kind,
        title=f"{title}, {page.author}",
        description=word["summary"].format(title=title, seller=page.author, buyer=body.buyer.name),
        heading=word[paper.kind],
        running_head=title,
        facts=(*_facts(paper, word, language), *page.facts[SHARED_FACTS:]),
        remarks=tuple(_remarks(paper, word, language)) + page.remarks,
        sums=(*steps, replace(total, label=word["total_in"].format(currency=body.currency))),
        payment=None,
        note=without_gaps(paper.text),
    )


def _facts(paper: QuotePaper, word: Mapping[str, str], language: str) -> Iterator[Fact]:
    yield Fact(label=word[f"{paper.kind}_number"], value=str(paper.number), kind="strong")
    yield Fact(label=word[f"{paper.kind}_date"], value=format_day(paper.body.issue_date, language))
    if paper.valid_until is not None:
        yield Fact(label=word["valid_until"], value=format_day(paper.valid_until, language))
    if paper.version > 1:
        yield Fact(label=word["version"], value=str(paper.version))
    if paper.quote_number:
        yield Fact(label=word["from_quote"], value=str(paper.quote_number))


def _remarks(paper: QuotePaper, word: Mapping[str, str], language: str) -> Iterator[str]:
    yield paper.title
    if paper.kind == ORDER and paper.accepted_on is not None:
        day = format_day(paper.accepted_on, language)
        yield word["accepted"].format(name=paper.accepted_by, number=paper.quote_number, day=day)
    if paper.kind == ORDER:
        yield word["not_an_invoice"]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line on a narrow screen: words to the left, what it comes to on the right."""

    kind: str
    description: str
    details: tuple[str, ...]
    amount: str


@dataclass(frozen=True)
class OfferPage:
    """A paper for its reader on the screen."""

    paper: QuotePaper
    printed: Page
    language: str

    @cached_property
    def lines(self) -> list[ShownLine]:
        """The lines with quantity and price where they say more than the amount."""
        keys = [column.key for column in self.printed.lines.columns]
        discount = keys.index("discount") if "discount" in keys else None
        return [_shown(row, discount) for row in self.printed.lines.rows]

    @property
    def facts(self) -> list[Fact]:
        """References and delivery; number and date stand in the heading."""
        return list(self.printed.facts[SHARED_FACTS:])

    @property
    def seller(self) -> list[str]:
        """Who offers, a part to a line."""
        return [part.replace(NO_BREAK_SPACE, " ") for part in self.printed.running_foot.split(BETWEEN_PARTS)]


def page_for(paper: QuotePaper, moment: datetime, language: str) -> OfferPage:
    """The paper for whoever reads it in this language."""
    return OfferPage(paper, printed_paper(paper, moment, language), language)


def _shown(row: LineRow, discount: int | None) -> ShownLine:
    details = list(row.details)
    if row.kind == "line" and row.cells[QUANTITY] and row.cells[PRICE] != row.cells[AMOUNT]:
        less = f" − {row.cells[discount]}" if discount is not None and row.cells[discount] else ""
        details.insert(0, f"{row.cells[QUANTITY]} × {row.cells[PRICE]}{less}")
    return ShownLine(row.kind, row.description, tuple(details), row.cells[AMOUNT])


def pdf_of(organization: Organization, paper: QuotePaper, *, moment: datetime) -> bytes:
    """The paper as an archive PDF with the organization's logo; equal input gives equal bytes."""
    page = printed_paper(paper, moment)
    sha256 = paper.body.seller.logo_sha256
    logo = files.load(str(organization.pk), sha256) if sha256 else None
    if logo is not None and not logo.startswith(PNG_SIGNATURE):
        raise PdfNotRendered("The logo is not a PNG.")
    markup = fonts.printable(_template().render(Context({"page": page, "logo": LOGO_URL if logo else ""})))
    with exclusive_renderer() as renderer:
        return renderer.write_paper(markup, (renderer.style_of(own_style(page)),), logo)


@cache
def _template() -> Template:
    # As with invoices: an engine of its own, without the project's context processors.
    return Engine(dirs=[str(TEMPLATE_FOLDER)]).get_template("invoicing/pdf/document.html")
