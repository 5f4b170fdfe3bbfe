"""The background doors of accounting systems. Imported whole, so that every task has its name."""

from accounting_sync.tasks import changes, connecting, exports, pushing, reconciling, reports

__all__ = ["changes", "connecting", "exports", "pushing", "reconciling", "reports"]
