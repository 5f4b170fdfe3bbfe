"""The draft as the document that it would be today: what its preview prints, by the same renderer as the final one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from foundation import files
from invoicing.documents.facts import Document, DocumentBody, Line
from invoicing.documents.pdf import render_pdf
from invoicing.documents.printed.page import Page, page_of
from invoicing.drafting import composition
from invoicing.drafting.checking import read_draft
from invoicing.models import Invoice
from tenants.models import Organization

# Some six milliseconds for each line: a preview is waited for, so that a long draft shows its first lines and all sums.
LINES_PREVIEWED_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDocument:
    """A document without number and KID, and how many of its lines are left out of the preview."""

    document: Document
    lines_left_out: int

    @property
    def page(self) -> Page:
        """What is printed, for the screen."""
        return page_of(self.document, lines_max=LINES_PREVIEWED_MAX, unfolded_max=LINES_PREVIEWED_MAX)


def document_of_draft(organization: Organization, invoice: Invoice, today: date) -> DraftDocument:
    """The draft as it would be finalized today, cut to what a preview shows; refuses what cannot be composed."""
    draft = read_draft(organization, invoice.pk, today=today)
    composition.set_vat_rates(draft.invoice, draft.lines, draft.around.rates, today)
    composed = composition.compose(
        draft.invoice,
        draft.lines,
        draft.invoice.customer,
        draft.around,
        draft.credited,
        attachments=draft.attached,
    )
    shown = _previewed(composed.body)
    moment = datetime.combine(today, time(12), UTC)
    document = Document(number="", kid="", finalized_at=moment, body=replace(composed.body, lines=shown))
    return DraftDocument(document=document, lines_left_out=len(composed.body.lines) - len(shown))


def _previewed(body: DocumentBody) -> tuple[Line, ...]:
    """The first lines, and every line of a section that is printed as one row: its sum is of all of them."""
    singly = [line for line in body.lines if line.section not in body.summed_sections]
    left_out = {line.id for line in singly[LINES_PREVIEWED_MAX:]}
    return tuple(line for line in body.lines if line.id not in left_out)


def preview_pdf(organization: Organization, invoice: Invoice, today: date) -> bytes:
    """The draft's PDF, made by the renderer of the final one; it is kept nowhere."""
    document = document_of_draft(organization, invoice, today).document
    logo_sha256 = document.body.seller.logo_sha256
    logo = files.load(str(organization.pk), logo_sha256) if logo_sha256 else None
    return render_pdf(document, core_xml=None, logo=logo, lines_max=LINES_PREVIEWED_MAX)
