"""The background doors of payments: ids in, fetch, call. Imported whole, so that every task has its name."""

from payments.tasks import bank, online, online_refunds, promises, reports

__all__ = ["bank", "online", "online_refunds", "promises", "reports"]
