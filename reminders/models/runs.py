"""What each morning decided, what was removed, and what was sent with which fee and interest."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from invoicing.models import CustomerPaper
from payments.models import Receivable
from reminders.models.plans import ReminderPlan, StepChoice
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

NOTHING = Decimal(0)


class DunningRun(OrganizationOwned):
    """The decisions of one local day: every open claim looked at once."""

    day = models.DateField()
    decided_at = models.DateTimeField(default=timezone.now, editable=False)
    looked_at = models.PositiveIntegerField(default=0)  # open claims
    planned = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=120)

    class Meta(OrganizationOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "day"], name="one_dunning_run_a_day")]

    def __str__(self) -> str:
        return self.day.isoformat()


INTEREST_NOTE = "interest_note"
AFTER_EVERY_STEP = 1_000  # the position of a note of interest, which comes when everything is paid


class ReminderLetter(OrganizationOwned):
    """One letter to one customer: about one claim, or about all that are due for a step; or a note of interest."""

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="reminder_letters")
    step = models.CharField(max_length=20)  # the furthest of its claims, or a note of interest
    paper = OrganizationForeignKey(CustomerPaper, on_delete=models.PROTECT, related_name="reminder_letters")
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    deadline = models.DateField(null=True)
    sent_by = models.CharField(max_length=120)
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    # It is known that it was handed over, or that it never will be.
    settled_at = models.DateTimeField(null=True, editable=False)
    # It reached nobody: paid or held in the moment of sending, or refused by every channel. Its fees are taken back.
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = models.CharField(max_length=40, blank=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "paper"], name="one_letter_per_paper"),
            models.CheckConstraint(
                condition=Q(step__in=[*StepChoice.values, INTEREST_NOTE]), name="letter_step_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "sent_at"], name="reminder_letter_by_time"),
            models.Index(fields=["organization", "customer"], name="reminder_letter_by_customer"),
            models.Index(
                fields=["organization", "sent_at", "id"], condition=Q(settled_at=None), name="reminder_letter_under_way"
            ),
        ]


class ReminderState(models.TextChoices):
    """Where one step of one claim stands."""

    WAITING = "waiting", _("Waits for approval")
    PLANNED = "planned", _("Will be sent")
    WITHHELD = "withheld", _("Held back")
    REMOVED = "removed", _("Removed")
    SENT = "sent", _("Sent")


class Reminder(OrganizationOwned):
    """One step of one claim's round, which happens once: planned, approved, removed, held back or sent."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="reminders")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="reminders")
    plan = OrganizationForeignKey(ReminderPlan, on_delete=models.PROTECT, null=True, related_name="reminders")
    run = OrganizationForeignKey(DunningRun, on_delete=models.PROTECT, null=True, related_name="reminders")
    letter = OrganizationForeignKey(ReminderLetter, on_delete=models.PROTECT, null=True, related_name="reminders")
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=20)  # of the plan, or a note of interest
    state = models.CharField(max_length=10, choices=ReminderState.choices)
    day = models.DateField()  # decided for; of what is sent: the day of sending
    # Why it goes, or why it does not: {"code", "paragraph", "figures"}.
    reason = models.JSONField(default=dict)
    owed = models.DecimalField(max_digits=18, decimal_places=2, default=NOTHING)  # of the principal, asked for
    held = models.DecimalField(max_digits=18, decimal_places=2, default=NOTHING)  # disputed, not asked for
    fee = models.DecimalField(max_digits=12, decimal_places=2, default=NOTHING)
    compensation = models.DecimalField(max_digits=12, decimal_places=2, default=NOTHING)
    interest = models.DecimalField(max_digits=14, decimal_places=2, default=NOTHING)
    deadline = models.DateField(null=True)
    additions = models.JSONField(default=list)  # ids of the claims opened for fee, compensation and interest
    decided_by = models.CharField(max_length=120)
    approved_by = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=120, blank=True)
    removed_reason = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)  # its letter reached nobody; its fee and interest are taken back
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "receivable", "round", "position"], name="each_step_happens_once"
            ),
            models.CheckConstraint(
                condition=Q(step__in=[*StepChoice.values, INTEREST_NOTE]), name="reminder_step_is_known"
            ),
            models.CheckConstraint(condition=Q(state__in=ReminderState.values), name="reminder_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="sent", letter__isnull=False, sent_at__isnull=False) | ~Q(state="sent"),
                name="what_is_sent_has_its_letter",
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0, compensation__gte=0, interest__gte=0, owed__gte=0),
                name="nothing_demanded_is_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "state", "day"],
                condition=Q(state__in=["waiting", "planned", "withheld"]),
                name="reminder_to_be_sent",
            ),
            models.Index(fields=["organization", "customer"], name="reminder_by_customer"),
            models.Index(fields=["organization", "sent_at"], name="reminder_by_time"),
            models.Index(fields=["organization", "letter"], name="reminder_by_letter"),
            models.Index(fields=["organization", "run"], name="reminder_by_run"),
        ]
