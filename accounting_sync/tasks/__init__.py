"""The background doors of accounting systems. Imported whole, so that every task has its name."""

from accounting_sync.tasks import connecting, exports, pushing

__all__ = ["connecting", "exports", "pushing"]
