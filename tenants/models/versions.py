"""What records said earlier, and texts and changes that hold from a moment on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models.organizations import BankAccount
from tenants.models.people import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class RecordVersion(OrganizationOwned):
    """What one record said from a moment on; written by a trigger of its table, whoever changed the record."""

    subject_kind = models.CharField(max_length=40)  # customer, contact, product, organization, bankaccount, …
    subject_id = models.UUIDField()
    recorded_at = models.DateTimeField(editable=False)
    is_removed = models.BooleanField(default=False)
    content = models.JSONField(default=dict)  # column → value, as PostgreSQL's to_jsonb writes them

    class Meta(OrganizationOwned.Meta):
        indexes = [
            models.Index(
                fields=["organization", "subject_id", "-recorded_at", "-id"], name="record_version_by_subject"
            ),
        ]


class RoutineStep(models.TextChoices):
    """The steps of invoicing that an organization's own routine may govern."""

    DRAFT = "draft", _("Writing a draft")
    APPROVE = "approve", _("Approving")
    FINALIZE = "finalize", _("Finalizing")
    CORRECT = "correct", _("Correcting and crediting")
    SEND = "send", _("Sending")
    IMPORT = "import", _("Importing")
    CUSTOMER = "customer", _("Registering a customer")


class Routine(OrganizationOwned):
    """One version of an organization's own text on how a step is done; the newest one is shown at the step."""

    step = models.CharField(_("Step"), max_length=12, choices=RoutineStep.choices)
    version = models.PositiveIntegerField()
    text = models.TextField(_("Text"), max_length=10_000, blank=True)  # an empty text ends the routine
    written_by = models.CharField(max_length=120)
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "step", "version"], name="routine_version_is_unique"),
            models.CheckConstraint(condition=Q(step__in=RoutineStep.values), name="routine_step_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.get_step_display())


class BankAccountChange(OrganizationOwned):
    """A change of where customers pay to, waiting for a second person or for its day."""

    account = OrganizationForeignKey(BankAccount, on_delete=models.CASCADE, null=True, related_name="changes")
    values = models.JSONField(default=dict)  # the whole account as it shall be
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    takes_effect_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("requested_by")),
                name="bank_change_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(withdrawn_at=None), name="bank_change_ends_one_way"
            ),
            models.UniqueConstraint(
                fields=["organization", "account"],
                condition=Q(applied_at=None, withdrawn_at=None, account__isnull=False),
                name="one_waiting_change_per_account",
            ),
        ]

    def __str__(self) -> str:
        return str(self.values.get("name") or self.values.get("account_number") or self.values.get("iban") or "")

    @property
    def is_waiting(self) -> bool:
        """Whether it may still be approved, stopped, or take effect by itself."""
        return self.applied_at is None and self.withdrawn_at is None
