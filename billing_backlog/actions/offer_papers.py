"""What customers are shown of quotes and orders: numbered, kept word for word, and made into PDFs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing_backlog.models import OfferSeries, OrderConfirmation, Quote, QuoteLine, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quoting.composing import paper_of
from billing_backlog.quoting.papers import QuotePaper, hash_of, read_paper
from billing_backlog.quoting.printing import pdf_of
from foundation import files
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.documents.pdf import renderer_versions
from invoicing.drafting.surroundings import surroundings
from invoicing.models import DocumentFile, FileKind
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

RENDER = "billing_backlog.render_offer"
VERSION_SUBJECT, ORDER_SUBJECT = "quote_version", "order_confirmation"


def next_number(organization: Organization, kind: str) -> int:
    """Take the next number of a kind in the caller's transaction; whoever is second waits."""
    OfferSeries.objects.bulk_create([OfferSeries(organization=organization, kind=kind)], ignore_conflicts=True)
    series = OfferSeries.objects.of(organization).select_for_update(no_key=True).get(kind=kind)
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return series.last_number


def keep_version(
    organization: Organization, quote: Quote, lines: Sequence[QuoteLine], *, actor: Actor, today: date, now: datetime
) -> QuoteVersion:
    """Freeze what the customer sees from this moment on; the same words as before are no new version."""
    latest = queries.latest_version(organization, quote.pk)
    around = surroundings(organization, currencies=[quote.currency], today=today)
    number = latest.number if latest else 1
    content = paper_of(organization, quote, lines, around, version=number).to_json()
    if latest is not None:
        if _undated(latest.content) == _undated(content):
            return latest
        number += 1
        content = paper_of(organization, quote, lines, around, version=number).to_json()
    version = QuoteVersion(
        organization=organization,
        quote=quote,
        number=number,
        content=content,
        sha256=hash_of(content),
        made_by=actor.name[:120],
        made_at=now,
    )
    version.save(force_insert=True)
    put_rendering(organization, version.pk)
    return version


def _undated(content: dict[str, object]) -> dict[str, object]:
    """The words without the day on which they were written, and without the ids of lines that were stored anew."""
    body = content["body"]
    assert isinstance(body, dict)
    lines = [{name: value for name, value in line.items() if name != "id"} for line in body["lines"]]
    return {**content, "body": {**body, "issue_date": "", "lines": lines}}


def put_rendering(organization: Organization, subject_id: UUID) -> None:
    """Have the PDF made by a worker after the commit."""
    outbox.put_each(
        organization.pk, [outbox.Effect(RENDER, subject_id, f"offer-pdf:{subject_id}", {}, leaves_house=False)]
    )


def render_offer(organization: Organization, subject_id: UUID, *, actor: Actor) -> DocumentFile:
    """Make and keep the PDF of a version or an order; where it stands already it is left as it is."""
    with read_only():
        made = queries.pdf_of(organization, subject_id)
        subject = queries.get_paper_row(organization, subject_id)
    if made is not None:
        return made
    content = pdf_of(organization, paper_in(subject), moment=subject.made_at)
    sha256 = files.store(str(organization.pk), content)
    return _keep_file(organization, subject, sha256, len(content), actor=actor)


def paper_in(subject: QuoteVersion | OrderConfirmation) -> QuotePaper:
    """What a version or an order says."""
    return read_paper(subject.content)


@transaction.atomic
def _keep_file(
    organization: Organization, subject: QuoteVersion | OrderConfirmation, sha256: str, size: int, *, actor: Actor
) -> DocumentFile:
    is_order = isinstance(subject, OrderConfirmation)
    row = DocumentFile(
        id=uuid7(),
        organization=organization,
        subject_kind=ORDER_SUBJECT if is_order else VERSION_SUBJECT,
        subject_id=subject.pk,
        kind=FileKind.PDF,
        sha256=sha256,
        size_bytes=size,
        versions=renderer_versions(),
        made_at=timezone.now(),
    )
    row.row_hash = row.content_hash()
    DocumentFile.objects.bulk_create([row], ignore_conflicts=True)
    audit.record(actor, "documents.made", subject if is_order else subject.quote, pdf=sha256)
    stored = queries.pdf_of(organization, subject.pk)
    assert stored is not None
    return stored
