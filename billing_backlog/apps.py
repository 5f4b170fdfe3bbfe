"""The room of billable work."""

from django.apps import AppConfig


class BillingBacklogConfig(AppConfig):
    name = "billing_backlog"
