"""The only taker of document numbers, and the maker of their chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from foundation import rows
from foundation.canonical import chain, digest
from foundation.errors import DomainError
from invoicing.frozen import document_content
from invoicing.models import Invoice, NumberSeries
from tenants.models import Organization


class SeriesIsFull(DomainError):
    """The range of the number series holds no more numbers."""


class NumberStays(DomainError):
    """The series cannot begin at that number."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive numbers of one series, taken under its lock, with the hash that they continue."""

    series: NumberSeries
    first_number: int
    head_hash: str
    moved_at: datetime


LAST_NUMBER = 999_999_999


def open_series(
    organization: Organization,
    *,
    code: str,
    name: str,
    first_number: int,
    last_allowed: int = LAST_NUMBER,
    is_default: bool = True,
) -> NumberSeries:
    """A new series that begins at a number; numbers are never typed after this."""
    series = NumberSeries(
        organization=organization,
        code=code,
        name=name,
        first_number=first_number,
        last_allowed=last_allowed,
        last_number=first_number - 1,
        is_default=is_default,
        head_hash="",
        row_hash="",
    )
    series.head_hash = series.genesis_hash
    series.row_hash = series.content_hash()
    series.save(force_insert=True)
    return series


def begin_later(organization: Organization, first_number: int) -> NumberSeries:
    """Let the default series begin at a later number, in the caller's transaction; it has given none yet."""
    series = NumberSeries.objects.of(organization).select_for_update(no_key=True).filter(is_default=True).get()
    refuse_beginning(series, first_number)
    series.first_number, series.last_number = first_number, first_number - 1
    series.head_hash = series.genesis_hash
    series.row_hash = series.content_hash()
    series.save(update_fields=["first_number", "last_number", "head_hash", "row_hash"])
    return series


def refuse_beginning(series: NumberSeries, first_number: int) -> None:
    """Raise NumberStays where the series cannot begin at this number: numbers go forwards only."""
    next_number = series.last_number + 1
    if first_number == next_number:
        return
    if first_number < next_number:
        raise NumberStays(
            _("The next invoice number is %(next)s already, and numbers only go forwards. Write that or a higher one.")
            % {"next": next_number},
            field="next_invoice_number",
        )
    if series.last_number >= series.first_number:
        raise NumberStays(
            _("%(series)s has given numbers already and goes on at %(next)s. Leave the field empty.")
            % {"series": series.name, "next": next_number},
            field="next_invoice_number",
        )
    if first_number > series.last_allowed:
        raise NumberStays(
            _("%(series)s gives numbers up to %(last)s. Write a lower one.")
            % {"series": series.name, "last": series.last_allowed},
            field="next_invoice_number",
        )


def take_next(organization_id: UUID, series: NumberSeries, count: int) -> Stretch:
    """Move the series by exactly as many numbers as documents; holds its lock until COMMIT.

    bokføringsforskriften § 5-1-3: assigned by machine in a controllable sequence. The database proves at COMMIT
    that the series moved by this transaction's documents and no others.
    """
    if series.last_number + count > series.last_allowed:
        raise SeriesIsFull(
            _("The number series %(series)s has no number left. Open a new one under Settings.")
            % {"series": series.name}
        )
    [(last_number, head_hash, moved_at, moved_transaction, series.is_default)] = rows.fetch_all(
        """UPDATE invoicing_numberseries SET last_number = last_number + %s
           WHERE organization_id = %s AND id = %s
           RETURNING last_number, head_hash, moved_at, moved_transaction, is_default""",
        [count, organization_id, series.pk],
    )
    series.last_number, series.moved_at, series.moved_transaction = last_number, moved_at, moved_transaction
    return Stretch(series, last_number - count + 1, head_hash, moved_at)


def link(stretch: Stretch, invoices: Sequence[Invoice], line_digests: Sequence[str]) -> None:
    """Chain the numbered documents to their predecessors, each hash over all frozen content."""
    head = stretch.head_hash
    for invoice, line_digest in zip(invoices, line_digests, strict=True):
        invoice.previous_hash = head
        invoice.hash = head = document_hash(invoice, line_digest)
    series = stretch.series
    series.head_hash = head
    series.row_hash = series.content_hash()
    rows.execute(
        "UPDATE invoicing_numberseries SET head_hash = %s, row_hash = %s WHERE organization_id = %s AND id = %s",
        [series.head_hash, series.row_hash, series.organization_id, series.pk],
    )


def document_hash(invoice: Invoice, line_digest: str) -> str:
    """The hash of a finalized document: its predecessor, its own columns, its body and its lines."""
    return chain(invoice.previous_hash, digest(document_content(invoice)), invoice.body_hash, line_digest)
