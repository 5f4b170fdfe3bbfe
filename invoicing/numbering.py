"""The only taker of document numbers, and the maker of their chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.canonical import chain, digest
from foundation.errors import DomainError
from invoicing.frozen import document_content
from invoicing.models import Invoice, NumberSeries
from payments.voucher_words import book_text
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
ADVANCE_SERIES = "PR"
ADVANCES_FROM, ADVANCES_TO = 1_000_000_001, 1_999_999_999  # above every series of invoices: numbers meet nowhere


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


def advance_series(organization: Organization) -> NumberSeries:
    """The series of payment requests and their withdrawals, opened with the first one.

    bokføringsforskriften § 5-2-6: a request for an advance is no sales document and takes no invoice number.
    """
    found = rows.load(NumberSeries, "WHERE organization_id = %s AND code = %s", [organization.pk, ADVANCE_SERIES])
    if found:
        return found[0]
    try:
        with transaction.atomic():
            return open_series(
                organization,
                code=ADVANCE_SERIES,
                name=str(book_text(organization, gettext_lazy("Payment requests"))),
                first_number=ADVANCES_FROM,
                last_allowed=ADVANCES_TO,
                is_default=False,
            )
    except IntegrityError:  # two first requests at once: the other one has opened it
        [series] = rows.load(
            NumberSeries, "WHERE organization_id = %s AND code = %s", [organization.pk, ADVANCE_SERIES]
        )
        return series


def next_number(organization: Organization, *, is_about_advance: bool) -> int:
    """The number that the next document of its kind probably gets; nothing is taken."""
    chosen = "code = %s" if is_about_advance else "is_default AND %s <> ''"
    found = rows.load(NumberSeries, f"WHERE organization_id = %s AND {chosen}", [organization.pk, ADVANCE_SERIES])
    return found[0].last_number + 1 if found else ADVANCES_FROM


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
