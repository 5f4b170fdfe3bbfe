"""The rows of accounting systems."""

from accounting_sync.models.connections import (
    AccountMapping,
    Connection,
    ConnectionState,
    CustomerLink,
    LinkState,
    MappingKind,
    Opening,
    Permit,
    PushTime,
    RemoteChoice,
)
from accounting_sync.models.exports import (
    Encoding,
    ExportedVoucher,
    ExportFormat,
    ExportRun,
    ExportScope,
    FileExportSettings,
)
from accounting_sync.models.items import ARRIVED, STOPPED, UNDER_WAY, PushAttempt, SyncItem, SyncState

__all__ = [
    "ARRIVED",
    "STOPPED",
    "UNDER_WAY",
    "AccountMapping",
    "Connection",
    "ConnectionState",
    "CustomerLink",
    "Encoding",
    "ExportFormat",
    "ExportRun",
    "ExportScope",
    "ExportedVoucher",
    "FileExportSettings",
    "LinkState",
    "MappingKind",
    "Opening",
    "Permit",
    "PushAttempt",
    "PushTime",
    "RemoteChoice",
    "SyncItem",
    "SyncState",
]
