"""Drafts, invoices and credit notes, their number series and files; how they are sent and what customers say."""

from invoicing.models.deliveries import (
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Dispatch,
    DispatchKind,
    EventSource,
    PrintBatch,
    ReceivedMessage,
)
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
    WaitsFor,
)
from invoicing.models.layouts import LayoutDefaults
from invoicing.models.pages import Enquiry, EnquiryKind, PublicLink
from invoicing.models.papers import CustomerPaper, PaperKind
from invoicing.models.sending import (
    AccessPoint,
    AccessPointKind,
    DeliverySettings,
    MailSecurity,
    MailServer,
    Participant,
    Reachability,
    Sender,
)
from invoicing.models.series import NumberSeries, SeriesCheck

__all__ = [
    "AccessPoint",
    "AccessPointKind",
    "ApprovalVerdict",
    "Attachment",
    "ChargeKind",
    "Correction",
    "CustomerPaper",
    "Delivery",
    "DeliveryEvent",
    "DeliverySettings",
    "DeliveryState",
    "Dispatch",
    "DispatchKind",
    "DocumentFile",
    "DocumentText",
    "DraftApproval",
    "DraftCheck",
    "DraftVersion",
    "EditingSpell",
    "Enquiry",
    "EnquiryKind",
    "EventSource",
    "FileKind",
    "Invoice",
    "InvoiceFollowUp",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceStatus",
    "LayoutDefaults",
    "MailSecurity",
    "MailServer",
    "NumberSeries",
    "PaperKind",
    "Participant",
    "PrintBatch",
    "PublicLink",
    "Reachability",
    "ReceivedMessage",
    "SavedView",
    "Sender",
    "SeriesCheck",
    "TextPlace",
    "WaitsFor",
]
