"""The background doors of invoicing: ids in, fetch, call. Imported whole, so that every task has its name."""

from invoicing.tasks import deliveries, desk, documents, mail, network, pages, papers

__all__ = ["deliveries", "desk", "documents", "mail", "network", "pages", "papers"]
