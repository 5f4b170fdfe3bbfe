"""The room of accounting systems."""

from django.apps import AppConfig


class AccountingSyncConfig(AppConfig):
    name = "accounting_sync"
