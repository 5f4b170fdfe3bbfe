"""Drafts, invoices and credit notes, their number series and their files."""

from invoicing.models.desk import (
    ApprovalVerdict,
    Attachment,
    Correction,
    DocumentText,
    DraftApproval,
    DraftVersion,
    EditingSpell,
    SavedView,
    TextPlace,
)
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
    "ApprovalVerdict",
    "Attachment",
    "ChargeKind",
    "Correction",
    "DocumentFile",
    "DocumentText",
    "DraftApproval",
    "DraftCheck",
    "DraftVersion",
    "EditingSpell",
    "FileKind",
    "Invoice",
    "InvoiceFollowUp",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceStatus",
    "NumberSeries",
    "SavedView",
    "SeriesCheck",
    "TextPlace",
]
