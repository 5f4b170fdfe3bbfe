"""The lines of drafts: made, merged with what is typed, summed and stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.vat import VatTreatment
from foundation import rows
from foundation.errors import DomainError
from foundation.ids import uuid7
from invoicing import prepaying, queries
from invoicing.calculation import DocumentTotals
from invoicing.drafting import composition
from invoicing.drafting.content import LINE_FIELDS
from invoicing.drafting.surroundings import surroundings
from invoicing.frozen import line_content
from invoicing.models import Invoice, InvoiceLine
from tenants.models import Organization

LINES_MAX = 10_000
ONE_AMOUNT = gettext_lazy(
    "A payment request asks one customer for one amount. Delete the draft and ask for another advance under Advances."
)
AMOUNT_FIELDS = ("vat_rate_percent", "net_amount")
STORED_FIELDS = ("position", *AMOUNT_FIELDS, *sorted(LINE_FIELDS - {"product_id"}), "product")


class TooManyLines(DomainError):
    """A document holds a limited number of lines."""


class LineIsLocked(DomainError):
    """A field that the line's source has decided may not be changed on the draft."""


class LinesBillAnother(DomainError):
    """The lines bill work that was done for one customer, and are not another's."""


def set_fields(target: Any, values: Mapping[str, Any], allowed: frozenset[str]) -> None:
    """Put on a row what it may take of the values."""
    for name, value in values.items():
        if name in allowed:
            setattr(target, name, value)


def new_line(invoice: Invoice, position: int, content: Mapping[str, Any]) -> InvoiceLine:
    """A line of the draft, not stored yet; a customer with one VAT treatment for all lines decides it."""
    key = content.get("new_id") or uuid7()
    line = InvoiceLine(id=key, organization_id=invoice.organization_id, invoice_id=invoice.pk, position=position)
    set_fields(line, content, LINE_FIELDS)
    line.source = dict(content.get("source", {}))
    line.source_id = content.get("source_id")
    line.locked_fields = list(content.get("locked_fields", []))
    line.credits_line_id = content.get("credits_line_id")
    if invoice.customer.vat_treatment and line.vat_treatment == VatTreatment.STANDARD:
        line.vat_treatment = invoice.customer.vat_treatment
    return line


def merge_lines(
    invoice: Invoice, stored: Mapping[UUID, InvoiceLine], contents: Sequence[Mapping[str, Any]]
) -> list[InvoiceLine]:
    """The lines as given, in their order: those with an id keep it. Raises LineIsLocked for what a source decides."""
    kept: list[InvoiceLine] = []
    for position, content in enumerate(contents, start=1):
        line = stored.get(content["id"]) if content.get("id") else None
        if line is None:
            if invoice.is_about_advance:
                raise LineIsLocked(ONE_AMOUNT, field="lines")
            if invoice.is_credit_note:
                raise LineIsLocked(_("A credit note holds only lines of the invoice that it credits."), field="lines")
            kept.append(new_line(invoice, position, content))
            continue
        _refuse_locked(line, content)
        set_fields(line, content, LINE_FIELDS)
        line.position = position
        kept.append(line)
    return kept


def _refuse_locked(line: InvoiceLine, content: Mapping[str, Any]) -> None:
    for name in line.locked_fields:
        if name in content and content[name] != getattr(line, name):
            raise LineIsLocked(
                _("Line %(position)s comes from %(source)s, which decides its %(field)s.")
                % {
                    "position": line.position,
                    "source": line.source.get("label", _("elsewhere")),
                    "field": _field_words(name),
                },
                field=f"lines.{line.pk}.{name}",
            )


def _field_words(name: str) -> str:
    field: Any = InvoiceLine._meta.get_field(name)
    return str(field.verbose_name)


def total_draft(invoice: Invoice, lines: list[InvoiceLine], organization: Organization, today: date) -> None:
    """Set rates and amounts on the document and its lines; refuses more lines than a document holds."""
    around = surroundings(organization, currencies=[invoice.currency], today=today, with_footers=False)
    total_lines(invoice, lines, around)


def total_lines(invoice: Invoice, lines: list[InvoiceLine], around: composition.Surroundings) -> None:
    """As `total_draft`, against what is known already of the day's rates."""
    if len(lines) > LINES_MAX:
        raise TooManyLines(
            _("A document holds at most %(most)s lines. Split it into two.") % {"most": LINES_MAX}, field="lines"
        )
    composition.set_vat_rates(invoice, lines, around.rates, around.today)
    credited = queries.credited_of(around.organization, invoice, lines)
    set_amounts(invoice, lines, composition.compute(invoice, lines, credited), credited)


def set_amounts(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    totals: DocumentTotals,
    credited: composition.Credited | None = None,
) -> bool:
    """Put the computed amounts on the document and its lines; returns whether a line's amount changed.

    What is prepaid follows what the document comes to; a credit note gives its share back, what was used last first.
    """
    if credited is not None:
        invoice.prepaid = prepaying.lowered(credited.prepaid[::-1], totals.prepaid)
    elif prepaying.sum_of(invoice.prepaid) != totals.prepaid:
        invoice.prepaid = prepaying.lowered(invoice.prepaid, totals.prepaid)
    changed = False
    for line, amounts in zip(lines, totals.lines, strict=True):
        if line.net_amount != amounts.net_amount:
            line.net_amount = amounts.net_amount
            changed = True
    invoice.net_amount = totals.net
    invoice.vat_amount = totals.vat_total
    invoice.rounding_amount = totals.rounding
    invoice.payable_amount = totals.payable
    return changed


def store_lines(invoice: Invoice, stored: Mapping[UUID, Sequence[Any]], kept: Sequence[InvoiceLine]) -> None:
    """Write the lines that say something else than is stored, and remove those that are not kept any more."""
    keep = {line.pk for line in kept}
    gone = [pk for pk in stored if pk not in keep]
    if gone:
        InvoiceLine.objects.of(invoice.organization_id).filter(invoice_id=invoice.pk, pk__in=gone).delete()
    InvoiceLine.objects.bulk_create([line for line in kept if line.pk not in stored])
    changed = [line for line in kept if line.pk in stored and line_content(line) != stored[line.pk]]
    rows.update(invoice.organization_id, changed, STORED_FIELDS)


def refuse_other_customer(invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Refuse to bill somebody else for work that was done for this customer."""
    if any(line.source_id is not None for line in lines):
        raise LinesBillAnother(
            _(
                "The draft bills work that was done for %(customer)s. Take those lines off first; the work is then "
                "in the backlog again."
            )
            % {"customer": invoice.customer.name},
            field="customer",
        )
