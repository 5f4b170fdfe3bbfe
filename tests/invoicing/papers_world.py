"""A customer with money on the account, and the papers that are made of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from uuid import UUID

import pikepdf
from pypdf import PdfReader

from foundation import files
from invoicing.actions import papers as actions
from invoicing.dispatching.caught import CaughtMail, list_mails
from invoicing.models import CustomerPaper, Delivery
from invoicing.papers import queries as papers
from invoicing.papers.letter import Post
from tenants.models import Organization
from tests import builders
from tests.invoicing.deliveries import told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def receipt_of(organization: Organization, payment_id: UUID) -> CustomerPaper:
    """The receipt of a payment, made now."""
    with builders.in_organization(organization):
        return actions.make_receipt(organization, payment_id, actor=builders.actor_of(organization), now=NOW)


def statement_of(organization: Organization, customer_id: UUID, first: object = None) -> CustomerPaper:
    """The customer's statement as of today."""
    with builders.in_organization(organization):
        days = (first, builders.TODAY)
        return actions.make_statement(
            organization,
            customer_id,
            days,  # type: ignore[arg-type]
            actor=builders.actor_of(organization),
            now=NOW,
        )


def sent(organization: Organization, paper: CustomerPaper, key: str = "one", to: str = "") -> list[Delivery]:
    """The paper sent to its customer, and what became of it."""
    post = Post(to=to or paper.customer.email, key=key)
    with builders.in_organization(organization):
        actions.send_paper(organization, paper.pk, post, actor=builders.actor_of(organization), now=NOW)
    builders.run_background()
    return deliveries_of(organization, paper)


def lost(organization: Organization, paper: CustomerPaper) -> CustomerPaper:
    """The paper sent to its customer, whose mail server does not know the address."""
    post = Post(to=paper.customer.email, key="lost")
    with builders.in_organization(organization):
        actions.send_paper(organization, paper.pk, post, actor=builders.actor_of(organization), now=NOW)
    [delivery] = deliveries_of(organization, paper)
    told(organization, delivery, "sent", "bounced", reason="550 no such user")
    return paper


def deliveries_of(organization: Organization, paper: CustomerPaper) -> list[Delivery]:
    """Every delivery of a paper."""
    with builders.in_organization(organization):
        return list(Delivery.objects.of(organization).filter(subject_id=paper.pk).order_by("made_at", "id"))


def pdf_of(organization: Organization, paper: CustomerPaper) -> bytes:
    """The stored PDF of a paper."""
    with builders.in_organization(organization):
        row = papers.file_of(organization, paper.pk)
    assert row is not None
    return files.load(str(organization.pk), row.sha256)


def text_of(data: bytes) -> str:
    """What a PDF says, its no-break spaces as spaces."""
    assert len(pikepdf.open(io.BytesIO(data)).pages) >= 1
    pages = PdfReader(io.BytesIO(data)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def mails(organization: Organization) -> list[CaughtMail]:
    """The e-mails that were kept as files, as no mail server is named in tests."""
    return list_mails(organization)
