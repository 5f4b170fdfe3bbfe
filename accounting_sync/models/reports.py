"""What was said of a compared month on paper."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounting_sync.models.reconciling import Reconciliation
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ReconciliationReport(OrganizationOwned):
    """The PDF of one comparison: its bytes by their hash, and what made them; never changed."""

    reconciliation = OrganizationForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="reports")
    name = models.CharField(max_length=160)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    versions = models.JSONField(default=dict)  # template, fonts, renderer
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "reconciliation"], name="reconciliation_has_one_report"),
        ]

    def __str__(self) -> str:
        return self.name
