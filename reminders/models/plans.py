"""Plans: which step comes how many days from the due date, with which fee; and who has another plan."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from payments.models import Receivable
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class Debtor(models.TextChoices):
    """Whom the law tells apart."""

    CONSUMER = "consumer", _("Consumers")
    BUSINESS = "business", _("Businesses")
    PUBLIC = "public", _("Public bodies")


class StepChoice(models.TextChoices):
    """What is sent, in the order in which it may come."""

    NOTICE = "notice", _("Notice before it is due")
    FRIENDLY = "friendly", _("Friendly reminder")
    REMINDER = "reminder", _("Reminder")
    COLLECTION_NOTICE = "collection_notice", _("Notice before collection")
    PAYMENT_DEMAND = "payment_demand", _("Own demand for payment")
    COLLECTION = "collection", _("Ready for collection")


class DayCountChoice(models.TextChoices):
    """How days are counted for interest."""

    ACTUAL = "actual/365", _("Days as they are, of 365")
    MONTHS = "30/360", _("Months of 30 days, of 360")


class ReminderPlan(OrganizationOwned):
    """Steps in their order, for the customers of a country and kind, or for those that name it."""

    name = models.CharField(_("Name"), max_length=80)
    country = models.CharField(_("Country of the customer"), max_length=2, blank=True)  # empty: any other
    debtor = models.CharField(_("For"), max_length=10, choices=Debtor.choices)
    is_default = models.BooleanField(_("Used where no other plan is chosen"), default=True)
    spacing_days = models.PositiveSmallIntegerField(_("Days between two steps, at least"), default=7)
    fee_is_agreed = models.BooleanField(_("Fees are agreed in our terms"), default=False)
    agreed_rate = models.DecimalField(
        _("Agreed interest, % a year"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    day_count = models.CharField(
        _("Days of interest"), max_length=10, choices=DayCountChoice.choices, default=DayCountChoice.ACTUAL
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "country", "debtor"],
                condition=Q(is_default=True, archived_at=None),
                name="one_plan_by_default",
            ),
            models.CheckConstraint(condition=Q(debtor__in=Debtor.values), name="plan_debtor_is_known"),
            models.CheckConstraint(condition=Q(day_count__in=DayCountChoice.values), name="day_count_is_known"),
            models.CheckConstraint(condition=Q(spacing_days__gte=1), name="steps_are_days_apart"),
        ]

    def __str__(self) -> str:
        return self.name


class ReminderLevel(OrganizationOwned):
    """One step of a plan."""

    plan = OrganizationForeignKey(ReminderPlan, on_delete=models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField()
    step = models.CharField(_("Step"), max_length=20, choices=StepChoice.choices)
    days = models.SmallIntegerField(_("Days after the due date"))  # negative: before it
    wants_fee = models.BooleanField(_("With the lawful fee"), default=False)
    agreed_fee = models.DecimalField(  # None: as much as the law allows
        _("Fee, where it is less than the lawful one"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    wants_compensation = models.BooleanField(_("With the compensation for late payment"), default=False)
    wants_interest = models.BooleanField(_("With interest"), default=False)
    deadline_days = models.PositiveSmallIntegerField(_("New deadline, days"), default=14)
    needs_approval = models.BooleanField(_("Somebody approves it"), default=False)
    minimum = models.DecimalField(_("Only from"), max_digits=12, decimal_places=2, default=Decimal(0))
    # By language: {"nb": {"subject": …, "body": …}}; what is empty is said in the built-in words.
    texts = models.JSONField(default=dict, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "plan", "position"], name="one_step_per_place"),
            models.CheckConstraint(condition=Q(step__in=StepChoice.values), name="step_is_known"),
            models.CheckConstraint(condition=Q(days__gte=-60, days__lte=365), name="step_is_within_a_year"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.get_step_display())


class PlanChoice(OrganizationOwned):
    """What holds for one customer or one claim instead: another plan, or no reminders at all."""

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="reminder_choices")
    receivable = OrganizationForeignKey(
        Receivable, on_delete=models.PROTECT, null=True, related_name="reminder_choices"
    )
    plan = OrganizationForeignKey(ReminderPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="choices")
    is_stopped = models.BooleanField(_("No reminders"), default=False)
    consolidates = models.BooleanField(_("One letter for everything"), null=True, blank=True)
    # A new round begins the plan from its first step again; fees of earlier rounds count by the law.
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    reason = models.CharField(_("Reason"), max_length=300, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"], condition=Q(customer__isnull=False), name="one_choice_per_customer"
            ),
            models.UniqueConstraint(
                fields=["organization", "receivable"],
                condition=Q(receivable__isnull=False),
                name="one_choice_per_claim",
            ),
            models.CheckConstraint(
                condition=Q(customer=None, receivable__isnull=False) | Q(customer__isnull=False, receivable=None),
                name="choice_is_for_a_customer_or_a_claim",
            ),
        ]
