"""Where a document stands: draft, open, overdue, paid or credited. Derived from its amounts and dates, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from invoicing.models import InvoiceStatus
from invoicing.models.invoices import TAKING_BACK


class Standing(models.TextChoices):
    """One word for a person; the code names the pill's colour."""

    DRAFT = "draft", _("Draft")
    FINAL = "final", _("Final")
    PART_PAID = "part", _("Part paid")
    PAID = "paid", _("Paid")
    OVERDUE = "overdue", _("Overdue")
    CREDITED = "credited", _("Credited")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAmounts:
    """What decides the standing of one document."""

    kind: str
    status: str
    due_date: date | None
    payable: Decimal
    open: Decimal | None  # None: no receivable was opened
    credited: Decimal


def standing_of(amounts: DocumentAmounts, today: date) -> Standing:
    """The first that fits of: draft, credited, paid, overdue, part paid, final."""
    if amounts.status == InvoiceStatus.DRAFT:
        return Standing.DRAFT
    if amounts.kind in TAKING_BACK or amounts.open is None:
        return Standing.FINAL
    if amounts.credited and amounts.credited >= amounts.payable:
        return Standing.CREDITED
    if amounts.open <= 0:
        return Standing.PAID
    if amounts.due_date is not None and amounts.due_date < today:
        return Standing.OVERDUE
    if amounts.open < amounts.payable - amounts.credited:
        return Standing.PART_PAID
    return Standing.FINAL
