"""The organization's own ways with reminders."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.scoping import OrganizationOwned

LAST_HOUR = 23


class ReminderSettings(OrganizationOwned):
    """Whether and how reminders go out by themselves; without a row nothing does."""

    is_on = models.BooleanField(_("Reminders go out by themselves"), default=False)
    hour = models.PositiveSmallIntegerField(_("From this hour of the day"), default=8)
    needs_approval = models.BooleanField(_("Somebody approves them each day"), default=False)
    consolidates = models.BooleanField(_("One letter for everything that a customer owes"), default=False)
    minimum = models.DecimalField(
        _("Nothing is sent for less than"), max_digits=12, decimal_places=2, default=Decimal(50)
    )
    # None: the age of the bank's files does not matter.
    bank_days_max = models.PositiveSmallIntegerField(
        _("Wait when the bank has not been read for so many days"), null=True, blank=True
    )
    paused_at = models.DateTimeField(null=True, editable=False)
    paused_by = models.CharField(max_length=120, blank=True, editable=False)
    paused_reason = models.CharField(max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_row_of_reminder_settings"),
            models.CheckConstraint(condition=Q(hour__lte=LAST_HOUR), name="reminder_hour_is_of_a_day"),
            models.CheckConstraint(condition=Q(minimum__gte=0), name="reminder_minimum_is_not_negative"),
        ]

    @property
    def is_paused(self) -> bool:
        """Whether everything waits until somebody lets it go on."""
        return self.paused_at is not None
