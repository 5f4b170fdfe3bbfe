"""Dating a draft: the dates that the law allows today are offered, and one of them is taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import rows
from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.draft_lines import AMOUNT_FIELDS, total_draft
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.dating import LawfulDate, lawful_dates
from invoicing.models import Invoice, InvoiceLine
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


class DateIsNotLawful(DomainError):
    """The document may not carry that date today."""


def dates_of(
    organization: Organization, invoice: Invoice, lines: Iterable[InvoiceLine], today: date
) -> list[LawfulDate]:
    """The dates that the draft may carry when it is finalized today."""
    days = [invoice.delivery_date, invoice.period_to]
    for line in lines:
        days += [line.delivery_date, line.period_to]
    return lawful_dates(today, [day for day in days if day is not None], organization.country)


@transaction.atomic
def date_draft(
    organization: Organization,
    invoice_id: UUID,
    *,
    version: int,
    issue_date: date | None,
    actor: Actor,
    today: date,
    now: datetime,
) -> Invoice:
    """Give the draft one of its lawful dates, or none: then it is dated the day it is finalized."""
    invoice = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    refuse_stale(invoice, version)
    lines = queries.list_lines(invoice)
    offered = {choice.day for choice in dates_of(organization, invoice, lines, today)}
    if issue_date is not None and issue_date not in offered:
        raise DateIsNotLawful(
            _("The document may not carry that date. Choose today, or the end of last month while that is allowed."),
            field="issue_date",
        )
    wanted = None if issue_date == today else issue_date
    if wanted == invoice.issue_date:
        return invoice
    before = invoice.issue_date
    invoice.issue_date = wanted
    invoice.has_own_due_date = False
    total_draft(invoice, lines, organization, today)
    rows.update(organization.pk, lines, AMOUNT_FIELDS)
    invoice.version += 1
    invoice.updated_at = now
    invoice.save()
    audit.record(actor, "draft.changed", invoice, changes=audit.changes({"issue_date": before}, {"issue_date": wanted}))
    return invoice
