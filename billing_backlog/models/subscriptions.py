"""What a customer pays for period by period: its terms, what it costs from which day, and when it rests."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import Project
from billing_backlog.subscriptions import TimeUnit, Timing
from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class TimingChoice(models.TextChoices):
    """When a period is charged."""

    ADVANCE = Timing.ADVANCE.value, _("In advance")
    ARREARS = Timing.ARREARS.value, _("When the period is over")


class TimeUnitChoice(models.TextChoices):
    """In what a period is counted."""

    WEEK = TimeUnit.WEEK.value, _("Weeks")
    MONTH = TimeUnit.MONTH.value, _("Months")


class Subscription(OrganizationOwned):
    """Something that a customer pays for period by period until it stops.

    What it has charged is asked of the backlog, whose items name it; `due_on` only says when to look next.
    """

    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("Customer")
    )
    project = OrganizationForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    product = OrganizationForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    name = models.CharField(_("Name"), max_length=120)
    text = models.CharField(_("Text on the invoice"), max_length=300)
    unit_code = models.CharField(_("Unit"), max_length=3, default="NAR")
    currency = models.CharField(_("Currency"), max_length=3)
    every = models.PositiveSmallIntegerField(_("Every"), default=1)
    time_unit = models.CharField(_("Weeks or months"), max_length=5, choices=TimeUnitChoice.choices, default="month")
    timing = models.CharField(_("Charged"), max_length=7, choices=TimingChoice.choices, default="advance")
    starts_on = models.DateField(_("Starts on"))
    periods_from = models.DateField(_("Periods are counted from"))  # the first day of the period in which it starts
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, blank=True)
    revenue_account = models.CharField(_("Revenue account"), max_length=10, blank=True)
    stops_on = models.DateField(_("Last day"), null=True, blank=True)
    stop_reason = models.CharField(_("Reason"), max_length=300, blank=True)
    due_on = models.DateField(null=True, editable=False)
    notice = models.CharField(max_length=500, blank=True, editable=False)  # why the last charge was not billed
    created_by = models.CharField(max_length=120, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(every__gte=1, every__lte=36), name="subscription_period_in_range"),
            models.CheckConstraint(
                condition=Q(time_unit__in=TimeUnitChoice.values), name="subscription_unit_of_time_is_known"
            ),
            models.CheckConstraint(condition=Q(timing__in=TimingChoice.values), name="subscription_timing_is_known"),
            models.CheckConstraint(
                condition=Q(periods_from__lte=F("starts_on")), name="subscription_starts_inside_a_period"
            ),
            models.CheckConstraint(
                condition=Q(stops_on=None) | ~Q(stop_reason=""), name="a_stopped_subscription_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_on"], condition=Q(due_on__isnull=False), name="subscription_by_due_day"
            ),
            models.Index(fields=["organization", "customer"], name="subscription_by_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionPrice(OrganizationOwned):
    """What a whole period costs from a day on; of two rows from the same day the later one holds. Never changed."""

    subscription = OrganizationForeignKey(Subscription, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateField(_("From"))
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6, default=Decimal(1))
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6)
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="subscription_price_is_not_negative"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="subscription_quantity_is_positive"),
        ]
        indexes = [
            models.Index(fields=["organization", "subscription", "valid_from"], name="price_by_subscription"),
        ]


class SubscriptionPause(OrganizationOwned):
    """Days on which nothing is charged; without a last day until it is resumed."""

    subscription = OrganizationForeignKey(Subscription, on_delete=models.PROTECT, related_name="pauses")
    first_day = models.DateField(_("From"))
    last_day = models.DateField(_("To"), null=True, blank=True)
    reason = models.CharField(_("Reason"), max_length=300)
    taken_back_at = models.DateTimeField(null=True, editable=False)  # resumed before it began
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="a_pause_runs_forward"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_pause_has_a_reason"),
        ]
        indexes = [models.Index(fields=["organization", "subscription"], name="pause_by_subscription")]
