"""Drafts that were made from backlog, what was said of them, and the schedules that make them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import Contract
from billing_backlog.models.runs import BillingRun
from invoicing.models import Invoice
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class MadeBy(models.TextChoices):
    """What has made a draft from backlog."""

    HAND = "hand", _("By hand")
    SCHEDULE = "schedule", _("By schedule")
    RUN = "run", _("By a billing run")
    WORK_DONE = "work_done", _("By itself when the work was done")
    NIGHT_BEFORE = "night_before", _("By itself the night before")
    SUBSCRIPTION = "subscription", _("By a subscription")


class Proforma(OrganizationOwned):
    """That a document was made from backlog: by what, for which contract, through which day of work."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="proformas")
    contract = OrganizationForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="proformas")
    run = OrganizationForeignKey(BillingRun, on_delete=models.PROTECT, null=True, related_name="proformas")
    manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_by = models.CharField(max_length=12, choices=MadeBy.choices)
    cut_off = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice"], name="one_proforma_per_document"),
            models.CheckConstraint(condition=Q(made_by__in=MadeBy.values), name="proforma_maker_is_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "contract"], name="proforma_by_contract"),
            models.Index(fields=["organization", "run"], condition=Q(run__isnull=False), name="proforma_by_run"),
        ]


class StepKind(models.TextChoices):
    """What was said of a proforma."""

    CONFIRMED = "confirmed", _("Confirmed")
    RETURNED = "returned", _("Returned")


class ProformaStep(OrganizationOwned):
    """A project manager's confirmation, or the accountant's return of it, bound to what the lines said (M-031)."""

    proforma = OrganizationForeignKey(Proforma, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    work_hash = models.CharField(max_length=64)  # of quantities, prices and charges as they stood
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="proforma_step_is_known"),
            models.CheckConstraint(condition=~Q(kind="returned", reason=""), name="a_return_has_a_reason"),
        ]
        indexes = [models.Index(fields=["organization", "proforma", "id"], name="step_by_proforma")]


class ScheduleState(models.TextChoices):
    """What became of a run date of a contract's schedule (M-035)."""

    NOT_RUN = "not_run", _("Not run")
    SUCCESSFUL = "successful", _("Successful")
    FAILED = "failed", _("Failed")


class ScheduleRun(OrganizationOwned):
    """One run date of a contract: done once, however many schedulers there are (M-036, M-038)."""

    contract = OrganizationForeignKey(Contract, on_delete=models.CASCADE, related_name="schedule_runs")
    run_date = models.DateField()
    cut_off = models.DateField()
    state = models.CharField(max_length=10, choices=ScheduleState.choices, default=ScheduleState.NOT_RUN)
    reason = models.CharField(max_length=300, blank=True)
    drafts = models.PositiveIntegerField(default=0)
    ran_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "contract", "run_date"], name="one_run_per_contract_and_day"
            ),
            models.CheckConstraint(condition=Q(state__in=ScheduleState.values), name="schedule_state_is_known"),
        ]
        indexes = [models.Index(fields=["organization", "state", "run_date"], name="schedule_run_by_state")]
