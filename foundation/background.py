"""Starting a background task by its name."""

from __future__ import annotations

from celery import current_app


class UnknownTask(LookupError):
    """No task of this name is registered."""


def task_exists(task_name: str) -> bool:
    """Whether a worker would know this name."""
    return task_name in current_app.tasks


def start_task(task_name: str, **ids: object) -> None:
    """Hand the ids to the named task; an unknown name fails here, at once."""
    if not task_exists(task_name):
        raise UnknownTask(task_name)
    current_app.tasks[task_name].apply_async(kwargs=ids)
