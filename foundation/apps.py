"""Loads the tasks of every room, so that they can be started by name."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FoundationConfig(AppConfig):
    name = "foundation"

    def ready(self) -> None:
        # Tasks are called by name; the names exist only once their modules are loaded.
        autodiscover_modules("tasks")
