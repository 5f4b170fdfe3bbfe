"""What is composed of all rooms: settings, URLs, the Celery app with its timetable, the frame around every page."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
