"""Finalizing: number, date and freeze, open the receivable, post the sale; all drafts of a call or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.canonical import canonical_text, digest_of_text
from foundation.errors import DomainError
from invoicing import numbering, queries
from invoicing.actions import conditions, spells
from invoicing.actions.draft_lines import set_amounts
from invoicing.actions.drafts import refuse_finalized
from invoicing.drafting import composition
from invoicing.drafting.completeness import unlawful_date
from invoicing.drafting.surroundings import surroundings
from invoicing.errors import DraftChangedSinceCheck, DraftIsIncomplete
from invoicing.frozen import lines_digest
from invoicing.kid import NumberDoesNotFitKid, kid_for
from invoicing.models import Invoice, InvoiceLine, InvoiceStatus
from invoicing.sale import ReadyDocument, TermsBuilder
from payments import queries as ledger
from payments.actions import receivables as payments
from payments.ledger import accounts_by_number
from payments.voucher_words import book_text
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import BankAccount, Organization

DISPATCH_FIRST = "invoicing.dispatch_first"
BATCH_SIZE = 50  # larger selections are cut by a job, so that nobody waits long for the series


class UnlawfulDate(DomainError):
    """The document would not be dated the day it is issued."""


class CreditExceedsInvoice(DomainError):
    """A credit note takes back more than is left of the invoice."""


@transaction.atomic
def finalize_invoices(
    organization: Organization, draft_ids: Sequence[UUID], *, actor: Actor, today: date, sends: bool = False
) -> list[Invoice]:
    """Number, date and freeze 1 to 50 drafts and open their receivables: all of them or none.

    Each draft must have been checked as it stands now (check_drafts), and nothing may be missing. With `sends` a worker
    hands each document to its customer, by the channels that are the customer's.
    """
    if not 1 <= len(draft_ids) <= BATCH_SIZE:
        raise ValueError(f"A batch holds 1 to {BATCH_SIZE} drafts, not {len(draft_ids)}.")
    invoices = queries.lock_drafts(organization, draft_ids)
    for invoice in invoices:
        refuse_finalized(invoice)
    conditions.refuse_waiting(invoices)
    spells.close_spells(organization, invoices)
    as_stored = {invoice.pk: invoice.payable_amount for invoice in invoices}
    credited = queries.lock_credited(organization, invoices)
    ready = _prepare(organization, invoices, credited, today)
    _refuse_unchecked(organization, ready, today)
    conditions.refuse_unsigned(ready)
    conditions.refuse_unapproved(organization, ready, as_stored)
    _refuse_excess_credit(organization, ready, credited)
    # Locked before the series, as everywhere: a payment takes the receivable first and the voucher series last.
    ledger.lock_receivables(organization.pk, [row.receivable_id for row in credited.values() if row.receivable_id])
    conditions.refuse_half_corrections(organization, invoices, credited)
    terms = TermsBuilder(organization, accounts_by_number(organization.pk))
    for item in ready:
        terms.prepare(item)

    _order_effects(organization, invoices, actor, sends=sends)  # needs no number, so it does not keep others waiting

    numbered = _number_all(organization, ready, actor)  # from here on only writes
    vouchers = payments.open_receivables(organization.pk, [terms(item) for item in ready])
    for item in ready:
        voucher = vouchers[item.receivable_id]
        item.invoice.voucher_id = voucher.pk if voucher else None
    for stretch, items in numbered:
        numbering.link(stretch, [item.invoice for item in items], [item.lines_digest for item in items])
        _freeze(organization, items)
    payments.settle_by_credit(organization.pk, _settlements(organization, ready, credited))

    _tell(invoices, actor)
    return invoices


def _prepare(
    organization: Organization, invoices: list[Invoice], credited: dict[UUID, Invoice], today: date
) -> list[ReadyDocument]:
    """Read the drafts into words and amounts; store what a new rate or date has changed."""
    lines_of = queries.lines_by_invoice(organization, [invoice.pk for invoice in invoices])
    attached = queries.attachments_by_invoice(organization, [invoice.pk for invoice in invoices])
    currencies = {invoice.currency for invoice in invoices}
    around = surroundings(organization, currencies=currencies, today=today)
    ready: list[ReadyDocument] = []
    stale_lines: list[InvoiceLine] = []
    for invoice in invoices:
        lines = lines_of[invoice.pk]
        rates_changed = composition.set_vat_rates(invoice, lines, around.rates, today)
        original = credited.get(invoice.credits_id) if invoice.credits_id else None
        given_back = queries.credited_of(organization, invoice, lines, original)
        composed = composition.compose(
            invoice, lines, invoice.customer, around, given_back, attachments=attached[invoice.pk]
        )
        if set_amounts(invoice, lines, composed.totals, given_back) or rates_changed:
            stale_lines += lines
        invoice.issue_date = composed.body.issue_date
        invoice.due_date = composed.body.due_date
        invoice.accounting_date = invoice.accounting_date or composed.body.issue_date
        invoice.snapshot = composed.body.to_json()
        snapshot = canonical_text(invoice.snapshot)
        invoice.body_hash = digest_of_text(snapshot)
        ready.append(ReadyDocument(invoice, lines, composed, snapshot=snapshot))
    _store_amounts(organization, stale_lines)
    for item in ready:
        item.lines_digest = lines_digest(item.lines)
    return ready


def _store_amounts(organization: Organization, lines: Sequence[InvoiceLine]) -> None:
    """Lines whose rate or amount is another today than when the draft was saved."""
    if not lines:
        return
    rows.execute(
        """UPDATE invoicing_invoiceline AS line
           SET vat_rate_percent = fresh.vat_rate_percent, net_amount = fresh.net_amount
           FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS fresh (id, vat_rate_percent, net_amount)
           WHERE line.organization_id = %s AND line.id = fresh.id""",
        [
            [line.pk for line in lines],
            [line.vat_rate_percent for line in lines],
            [line.net_amount for line in lines],
            organization.pk,
        ],
    )


def _refuse_unchecked(organization: Organization, ready: Sequence[ReadyDocument], today: date) -> None:
    checks = queries.checks_of_drafts(organization, [item.invoice.pk for item in ready])
    for item in ready:
        # Asked again: the day may be another than that of the check.
        for problem in unlawful_date(item.composed.body, today):
            raise UnlawfulDate(problem.sentence, field=problem.field)
        check = checks.get(item.invoice.pk)
        if check is not None:
            fatal = [finding for finding in check.findings if finding["is_fatal"]]
            if fatal and check.content_hash in {"", item.invoice.body_hash}:
                raise DraftIsIncomplete(
                    " ".join(finding["sentence"] for finding in fatal[:5]), invoice=item.invoice, findings=fatal
                )
        if check is None or check.content_hash != item.invoice.body_hash:
            raise DraftChangedSinceCheck(
                _("The draft for %(customer)s has changed since it was checked. Check it again.")
                % {"customer": item.invoice.customer.name}
            )


def _refuse_excess_credit(
    organization: Organization, ready: Sequence[ReadyDocument], credited: dict[UUID, Invoice]
) -> None:
    left = {
        pk: document.payable_amount - queries.credited_amount(organization, pk) for pk, document in credited.items()
    }
    for item in ready:
        pk = item.invoice.credits_id
        if pk is None:
            continue
        if item.invoice.payable_amount > left[pk]:
            raise CreditExceedsInvoice(
                _("Only %(left)s is left of invoice %(number)s. Lower the credit note.")
                % {"left": left[pk], "number": credited[pk].number},
                field="lines",
            )
        left[pk] -= item.invoice.payable_amount


def _number_all(
    organization: Organization, ready: Sequence[ReadyDocument], actor: Actor
) -> list[tuple[numbering.Stretch, list[ReadyDocument]]]:
    """Number the documents, each from its series: sales first, so that everybody takes the series in one order."""
    numbered = []
    for is_about_advance in (False, True):
        items = [item for item in ready if item.invoice.is_about_advance == is_about_advance]
        if not items:
            continue
        series = numbering.advance_series(organization) if is_about_advance else queries.default_series(organization)
        stretch = numbering.take_next(organization.pk, series, len(items))
        _number(items, stretch, actor)
        numbered.append((stretch, items))
    return numbered


def _number(ready: Sequence[ReadyDocument], stretch: numbering.Stretch, actor: Actor) -> None:
    for number, item in enumerate(ready, start=stretch.first_number):
        invoice = item.invoice
        invoice.series = stretch.series
        invoice.number = number
        invoice.kid = _kid_of(invoice, number, item.composed.account)
        invoice.status = InvoiceStatus.FINALIZED
        invoice.finalized_at = stretch.moved_at
        invoice.finalized_by = actor.name
        invoice.updated_at = stretch.moved_at
        invoice.version += 1
        invoice.receivable_id = item.receivable_id


def _kid_of(invoice: Invoice, number: int, account: BankAccount | None) -> str:
    if invoice.is_credit_note:
        return ""
    try:
        return kid_for(number, account)
    except NumberDoesNotFitKid:
        if invoice.is_about_advance:
            return ""  # a short KID has room for invoice numbers only: the request is paid with its number
        raise


def _settlements(
    organization: Organization, ready: Sequence[ReadyDocument], credited: dict[UUID, Invoice]
) -> list[payments.Settlement]:
    settlements = []
    for item in ready:
        original = credited.get(item.invoice.credits_id) if item.invoice.credits_id else None
        if original is not None and original.receivable_id and item.invoice.accounting_date:
            settlements.append(
                payments.Settlement(
                    credit_receivable_id=item.receivable_id,
                    receivable_id=original.receivable_id,
                    day=item.invoice.accounting_date,
                    text=book_text(
                        organization,
                        gettext_lazy("Credit note %(number)s against invoice %(original)s"),
                        number=item.invoice.number,
                        original=original.number,
                    ),
                    source_id=item.invoice.pk,
                )
            )
    return settlements


def _tell(invoices: Sequence[Invoice], actor: Actor) -> None:
    """One line of history for each document."""
    audit.record_each(
        actor,
        "invoice.finalized",
        [
            (
                invoice,
                {"number": invoice.number, "payable": str(invoice.payable_amount), "hash": invoice.hash},
            )
            for invoice in invoices
        ],
    )


def _order_effects(organization: Organization, invoices: Sequence[Invoice], actor: Actor, *, sends: bool) -> None:
    """The wish for the files of each document, and that it be sent."""
    outbox.put_each(
        organization.pk,
        [
            outbox.Effect(
                "invoicing.render_documents",
                invoice.pk,
                f"invoice:{invoice.pk}:documents",
                {},
                leaves_house=False,
            )
            for invoice in invoices
        ]
        + [
            outbox.Effect(
                DISPATCH_FIRST,
                invoice.pk,
                f"invoice:{invoice.pk}:dispatch",
                {"actor_id": actor.id, "actor_name": actor.name, "actor_kind": actor.kind},
            )
            for invoice in (invoices if sends else ())
        ],
    )


# One statement freezes the whole batch: the columns that finalizing decides, by document.
_FROZEN_NOW = (
    ("number", "bigint"),
    ("kid", "text"),
    ("issue_date", "date"),
    ("due_date", "date"),
    ("accounting_date", "date"),
    ("net_amount", "numeric"),
    ("vat_amount", "numeric"),
    ("rounding_amount", "numeric"),
    ("payable_amount", "numeric"),
    ("prepaid", "jsonb"),
    ("receivable_id", "uuid"),
    ("voucher_id", "uuid"),
    ("body_hash", "text"),
    ("previous_hash", "text"),
    ("hash", "text"),
    ("version", "integer"),
)
_FROZEN_NAMES = ("id", *(name for name, _kind in _FROZEN_NOW))
_frozen_values = rows.reader(*_FROZEN_NAMES)
_SET = ", ".join(f"{name} = fresh.{name}" for name, _kind in _FROZEN_NOW)
_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in _FROZEN_NOW)
_FREEZE = f"""
    UPDATE invoicing_invoice AS invoice
    SET status = 'finalized', series_id = %s, finalized_at = %s, finalized_by = %s, updated_at = %s,
        snapshot = fresh.snapshot, {_SET}
    FROM jsonb_to_recordset(%s::jsonb) AS fresh (snapshot jsonb, id uuid, {_COLUMNS})
    WHERE invoice.organization_id = %s AND invoice.id = fresh.id
"""  # noqa: S608 - names of our own columns


def _frozen_json(item: ReadyDocument) -> str:
    """One document's columns; the snapshot is JSON already, as it was hashed, and is set in as it stands."""
    columns = rows.to_json(dict(zip(_FROZEN_NAMES, _frozen_values(item.invoice), strict=True)))
    return f'{columns[:-1]},"snapshot":{item.snapshot}}}'


def _freeze(organization: Organization, ready: Sequence[ReadyDocument]) -> None:
    first = ready[0].invoice
    rows.execute(
        _FREEZE,
        [
            first.series_id,
            first.finalized_at,
            first.finalized_by,
            first.updated_at,
            f"[{','.join(map(_frozen_json, ready))}]",
            organization.pk,
        ],
    )
