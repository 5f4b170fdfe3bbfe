"""The PDF of a receipt, a statement or a demand: PDF/A-3a and PDF/UA-1, the same bytes every time."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache

from django.template import Context, Engine, Template

from invoicing.documents import fonts
from invoicing.documents.pdf import (
    PNG_SIGNATURE,
    TEMPLATE_FOLDER,
    PdfNotRendered,
    accent_style,
    exclusive_renderer,
    renderer_versions,
)
from invoicing.documents.printed.page import LOGO_URL
from invoicing.papers.demand import Demand
from invoicing.papers.demand_page import page_of_demand
from invoicing.papers.facts import Receipt, Statement
from invoicing.papers.page import PaperPage, page_of_receipt, page_of_statement

PAPER_TEMPLATES = TEMPLATE_FOLDER / "invoicing/papers"


def render_paper(paper: Receipt | Statement | Demand, *, moment: datetime, logo: bytes | None) -> bytes:
    """The paper as an archive PDF; equal input gives equal bytes. The logo is a PNG that we encoded ourselves."""
    return render_page(printed(paper, moment), logo=logo)


def render_page(page: PaperPage, *, logo: bytes | None) -> bytes:
    """The page as an archive PDF; equal input gives equal bytes."""
    if logo is not None and not logo.startswith(PNG_SIGNATURE):
        raise PdfNotRendered("The logo is not a PNG.")
    markup = fonts.printable(_template().render(Context({"page": page, "logo": LOGO_URL if logo else ""})))
    with exclusive_renderer() as renderer:
        styles = (renderer.style_of(_style()), renderer.style_of(accent_style(page)))
        return renderer.write_paper(markup, styles, logo)


def printed(paper: Receipt | Statement | Demand, moment: datetime) -> PaperPage:
    """Every text of the paper."""
    if isinstance(paper, Demand):
        return page_of_demand(paper, moment)
    return page_of_receipt(paper, moment) if isinstance(paper, Receipt) else page_of_statement(paper, moment)


def paper_versions() -> dict[str, str]:
    """Everything that decides the bytes besides what the paper says."""
    total = hashlib.sha256()
    for path in sorted([*PAPER_TEMPLATES.iterdir(), *(TEMPLATE_FOLDER.parent / "invoicing/papers").glob("*.py")]):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return {**renderer_versions(), "paper": total.hexdigest()[:16]}


@cache
def _style() -> str:
    return (PAPER_TEMPLATES / "paper.css").read_text()


@cache
def _template() -> Template:
    # An engine of its own: the project's context processors and builtins have no business in a frozen paper.
    return Engine(dirs=[str(TEMPLATE_FOLDER)]).get_template("invoicing/papers/paper.html")
