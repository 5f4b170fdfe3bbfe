"""How an organization bills its work."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import WhoMay
from tenants.scoping import OrganizationOwned


class ReducedRest(models.TextChoices):
    """What becomes of the rest when less of an item is billed than there is (M-051, C6)."""

    WRITE_OFF = "write_off", _("Written off")
    RETURN = "return", _("Back in the backlog")
    NEXT = "next", _("On the next invoice")


class BacklogSettings(OrganizationOwned):
    """The organization's own ways with its backlog; without a row, the defaults."""

    uses_journal = models.BooleanField(
        _("The accountant releases approved work before it can be billed"), default=False
    )
    reduced_rest = models.CharField(
        _("What becomes of hours that are taken off a draft"),
        max_length=10,
        choices=ReducedRest.choices,
        default=ReducedRest.RETURN,
    )
    notice_days = models.PositiveSmallIntegerField(_("Notice before cut-off, days"), default=3)
    confirms_proformas = models.BooleanField(
        _("The project manager confirms drafts before they are finalized"), default=True
    )
    own_approval_by = models.CharField(
        _("Who may approve own work"), max_length=10, choices=WhoMay.choices, default=WhoMay.OWNERS
    )
    attaches_timesheet = models.BooleanField(
        _("A timesheet goes with every confirmed draft that bills hours"), default=False
    )
    bills_projects = models.BooleanField(_("Hours and projects"), default=True, db_default=models.Value(True))
    bills_bookings = models.BooleanField(_("Bookings of facilities"), default=False, db_default=models.Value(False))
    bills_visits = models.BooleanField(_("Visits"), default=False, db_default=models.Value(False))
    bills_subscriptions = models.BooleanField(_("Subscriptions"), default=False, db_default=models.Value(False))
    hides_names = models.BooleanField(_("Customers do not see who did and approved the work"), default=False)
    dimension_names = models.JSONField(_("Dimensions"), default=list, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_row_of_backlog_settings"),
            models.CheckConstraint(condition=Q(reduced_rest__in=ReducedRest.values), name="reduced_rest_is_known"),
            models.CheckConstraint(condition=Q(own_approval_by__in=WhoMay.values), name="own_approval_is_known"),
            models.CheckConstraint(condition=Q(notice_days__lte=31), name="notice_comes_within_a_month"),
        ]
