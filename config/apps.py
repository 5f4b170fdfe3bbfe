from django.apps import AppConfig

from config.processes import settle


class FrameConfig(AppConfig):
    """The last app to be ready: by then everything is loaded."""

    name = "config"

    def ready(self) -> None:
        settle()
