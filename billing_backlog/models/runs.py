"""Billing runs: who has prepared what, what was frozen, who approved it, and what became of each difference."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.items import BacklogItem
from billing_backlog.models.projects import Facility
from customers.models import Customer
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class RunScope(models.TextChoices):
    """Which work a run bills."""

    EVERYTHING = "everything", _("All work that is ready")
    FACILITIES = "facilities", _("The use of facilities")


class BillingRun(OrganizationOwned):
    """Bills what is ready through a day, one invoice per customer: prepared, frozen, approved and generated once.

    Each step is a fact with its moment. What is frozen never changes; what was generated can be undone until it is
    finalized or transferred, and stays in the books as undone.
    """

    name = models.CharField(_("Name"), max_length=120)
    scope = models.CharField(_("Bills"), max_length=12, choices=RunScope.choices, default=RunScope.EVERYTHING)
    period_from = models.DateField(_("Period from"))
    until = models.DateField(_("Through"))
    opens_on = models.DateField(_("Window opens"), null=True, blank=True)
    closes_on = models.DateField(_("Window closes"), null=True, blank=True)
    change_percent = models.DecimalField(
        _("Tell of changes from, %"), max_digits=5, decimal_places=2, default=Decimal(10)
    )
    needs_second_person = models.BooleanField(_("A second person approves"), default=False)
    # Where its invoices are issued elsewhere: the finance system that its file is for; empty: drafts are made here.
    target = OrganizationForeignKey(
        "billing_backlog.FinanceTarget", on_delete=models.PROTECT, null=True, blank=True, related_name="runs",
        verbose_name=_("Makes"),
    )  # fmt: skip
    # The file whose returned rows it sends again.
    corrects = OrganizationForeignKey(
        "billing_backlog.RunFile", on_delete=models.PROTECT, null=True, related_name="corrections", editable=False
    )
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    frozen_by = models.CharField(max_length=120, blank=True, editable=False)
    basis_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    control = models.JSONField(default=dict, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.CharField(max_length=120, blank=True, editable=False)
    generated_at = models.DateTimeField(null=True, editable=False)
    manifest_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.CharField(max_length=120, blank=True, editable=False)
    undone_reason = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "scope", "until"],
                condition=Q(undone_at=None, corrects=None),
                name="one_run_per_scope_and_day",
            ),
            models.UniqueConstraint(
                fields=["organization", "corrects"],
                condition=Q(corrects__isnull=False, undone_at=None, generated_at=None),
                name="one_correction_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | Q(target__isnull=False), name="a_correction_has_its_target"
            ),
            models.CheckConstraint(condition=Q(scope__in=RunScope.values), name="run_scope_is_known"),
            models.CheckConstraint(condition=Q(until__gte=F("period_from")), name="run_period_runs_forward"),
            models.CheckConstraint(
                condition=Q(closes_on=None) | Q(opens_on__isnull=False, closes_on__gte=F("opens_on")),
                name="run_window_runs_forward",
            ),
            models.CheckConstraint(condition=Q(change_percent__gt=0), name="change_percent_is_positive"),
            models.CheckConstraint(
                condition=Q(frozen_at=None, approved_at=None) | (Q(frozen_at__isnull=False) & ~Q(basis_sha256="")),
                name="only_a_frozen_run_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(generated_at=None) | Q(approved_at__isnull=False), name="only_an_approved_run_is_generated"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | ~Q(undone_reason=""), name="undoing_a_run_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-until", "-id"], name="run_by_day")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_frozen(self) -> bool:
        """Whether its basis stands fast."""
        return self.frozen_at is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen in it."""
        return self.generated_at is not None or self.undone_at is not None


class RunFacility(OrganizationOwned):
    """A facility in a run: whoever takes it finishes it with the control total of the booking list (M-141, M-146)."""

    run = OrganizationForeignKey(BillingRun, on_delete=models.CASCADE, related_name="facilities")
    facility = OrganizationForeignKey(Facility, on_delete=models.PROTECT, related_name="runs")
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    control_count = models.PositiveIntegerField(_("Lines on the booking list"), null=True)
    control_amount = models.DecimalField(_("Sum of the booking list"), max_digits=16, decimal_places=2, null=True)
    finished_by = models.CharField(max_length=120, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "facility"], name="facility_stands_once_in_a_run"),
            models.CheckConstraint(
                condition=Q(finished_at=None)
                | Q(taken_by__isnull=False, control_count__isnull=False, control_amount__isnull=False),
                name="facility_is_finished_with_its_control",
            ),
        ]


class RunHold(OrganizationOwned):
    """A customer whom a run leaves out, without stopping it."""

    run = OrganizationForeignKey(BillingRun, on_delete=models.CASCADE, related_name="holds")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="run_holds")
    reason = models.CharField(_("Reason"), max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "customer"], name="customer_is_held_once_in_a_run"),
            models.CheckConstraint(condition=~Q(reason=""), name="holding_back_has_a_reason"),
        ]


class RunAnswer(OrganizationOwned):
    """That somebody looked at a difference from the last period, and what there is to say of it."""

    run = OrganizationForeignKey(BillingRun, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=64)  # of the difference with its figures
    kind = models.CharField(max_length=12)
    label = models.CharField(max_length=300)
    explanation = models.CharField(_("Explanation"), max_length=300, blank=True)  # empty: accepted as it is
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "key"], name="difference_is_answered_once"),
        ]


class RunRow(OrganizationOwned):
    """One row of a frozen basis: what it said, with its hash; never changed, whatever becomes of the item."""

    run = OrganizationForeignKey(BillingRun, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField()
    item = OrganizationForeignKey(BacklogItem, on_delete=models.PROTECT, related_name="run_rows")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="run_rows")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "item"], name="item_stands_once_in_a_basis"),
            models.UniqueConstraint(fields=["organization", "run", "position"], name="basis_has_its_order"),
        ]
        indexes = [models.Index(fields=["organization", "run", "customer"], name="basis_by_customer")]
