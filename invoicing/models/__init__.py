"""Drafts, invoices and credit notes, their number series and their files."""

from invoicing.models.documents import DocumentFile, FileKind
from invoicing.models.invoices import (
    ChargeKind,
    DraftCheck,
    Invoice,
    InvoiceFollowUp,
    InvoiceKind,
    InvoiceLine,
    InvoiceStatus,
)
from invoicing.models.series import NumberSeries, SeriesCheck

__all__ = [
    "ChargeKind",
    "DocumentFile",
    "DraftCheck",
    "FileKind",
    "Invoice",
    "InvoiceFollowUp",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceStatus",
    "NumberSeries",
    "SeriesCheck",
]
