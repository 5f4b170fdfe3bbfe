"""Visits to customers: planned, then done or cancelled; a visit that is done is billed as one item."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import ContractLine, Project
from customers.models import Customer, Product
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class Visit(OrganizationOwned):
    """Somebody goes to a customer on a day to do something; done, it becomes backlog (M-122).

    Planned, done or cancelled is told by its moments; what became of its work is asked of the item that names it.
    """

    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="visits", verbose_name=_("Customer")
    )
    line = OrganizationForeignKey(
        ContractLine, on_delete=models.PROTECT, null=True, related_name="visits", verbose_name=_("Contract line")
    )
    project = OrganizationForeignKey(
        Project, on_delete=models.PROTECT, null=True, related_name="visits", verbose_name=_("Project")
    )
    product = OrganizationForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="visits", verbose_name=_("Product")
    )
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Done by"))
    worker_name = models.CharField(_("Done by"), max_length=120, blank=True)  # who it is, also without an account
    planned_on = models.DateField(_("Day"))
    starts_at = models.TimeField(_("From"), null=True, blank=True)
    ends_at = models.TimeField(_("To"), null=True, blank=True)
    text = models.CharField(_("Text on the invoice"), max_length=500)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    unit_code = models.CharField(_("Unit"), max_length=3)
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6, null=True, blank=True)
    price_reason = models.CharField(_("Why another price"), max_length=300, blank=True)
    place = models.CharField(_("Place"), max_length=300, blank=True)
    note = models.CharField(_("Note for whoever goes there"), max_length=500, blank=True)  # on the day sheet alone
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.CharField(max_length=120, blank=True, editable=False)
    done_on = models.DateField(_("Done on"), null=True, editable=False)  # may be another day than was planned
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = models.CharField(max_length=120, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True, editable=False)
    source_system = models.CharField(_("Told by"), max_length=40, blank=True)
    source_order = models.CharField(_("Order there"), max_length=60, blank=True)
    source_line = models.CharField(_("Line there"), max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source_system", "source_order", "source_line"],
                condition=~Q(source_system=""),
                name="visit_told_of_twice_is_one_visit",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(cancelled_at=None), name="a_done_visit_is_not_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_on=None) | Q(done_at__isnull=False, done_on__isnull=False),
                name="a_done_visit_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | ~Q(cancelled_reason=""), name="a_cancelled_visit_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="visit_times_run_forward",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="visit_has_a_quantity"),
            models.CheckConstraint(
                condition=Q(unit_price=None) | Q(unit_price__gte=0), name="visit_price_is_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "planned_on", "starts_at", "id"], name="visit_by_day"),
            models.Index(fields=["organization", "worker", "planned_on"], name="visit_by_worker"),
            models.Index(fields=["organization", "customer", "-planned_on"], name="visit_by_customer"),
            models.Index(
                fields=["organization", "planned_on"],
                condition=Q(done_at=None, cancelled_at=None),
                name="visit_still_planned",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:160]

    @property
    def is_planned(self) -> bool:
        """Whether it is still to be done."""
        return self.done_at is None and self.cancelled_at is None

    @property
    def is_done(self) -> bool:
        """Whether somebody was there and did it."""
        return self.done_at is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.cancelled_at is not None

    @property
    def day(self) -> date:
        """The day it was done, else the day it is planned for."""
        return self.done_on or self.planned_on
