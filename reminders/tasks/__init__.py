"""The background doors of reminders: ids in, fetch, call. Imported whole, so that every task has its name."""

from reminders.tasks import collection, dunning, effect

__all__ = ["collection", "dunning", "effect"]
