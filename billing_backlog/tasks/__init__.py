"""The background doors of the billing backlog: ids in, fetch, call. Imported whole, so that every task has its name."""

from billing_backlog.tasks import backlog, drafts, imports, reports, runs, work

__all__ = ["backlog", "drafts", "imports", "reports", "runs", "work"]
