"""What was asked of the bank by AvtaleGiro: files of claims and cancellations, and the claims in them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models.bank import DirectDebitMandate
from payments.models.receivables import Receivable
from tenants.models import BankAccount
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class DirectDebitFile(OrganizationOwned):
    """A file of claims and cancellations for the bank, kept under its hash."""

    sha256 = models.CharField(max_length=64)
    number = models.IntegerField()  # of the transmission: the bank refuses one that it has seen
    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="direct_debit_files")
    count = models.IntegerField()
    total = models.DecimalField(max_digits=18, decimal_places=2)
    cancelled_count = models.IntegerField()
    cancelled_total = models.DecimalField(max_digits=18, decimal_places=2)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="direct_debit_file_has_its_number"),
            models.CheckConstraint(
                condition=Q(count__gt=0, total__gt=0) | Q(cancelled_count__gt=0, cancelled_total__gt=0),
                name="direct_debit_file_is_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"AvtaleGiro {self.number}"


class DirectDebitState(models.TextChoices):
    """What holds for a claim at the bank."""

    IN_FILE = "in_file", pgettext_lazy("direct debit", "At the bank")
    CANCELLED = "cancelled", pgettext_lazy("direct debit", "Cancelled")


class DirectDebitClaim(OrganizationOwned):
    """That the bank was asked to draw an invoice; what was asked never changes, and it is cancelled at most once."""

    file = OrganizationForeignKey(DirectDebitFile, on_delete=models.PROTECT, related_name="claims")
    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="direct_debits")
    mandate = OrganizationForeignKey(DirectDebitMandate, on_delete=models.PROTECT, related_name="claims")
    due_day = models.DateField(_("Due date"))
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2)
    state = models.CharField(max_length=10, choices=DirectDebitState.choices, default=DirectDebitState.IN_FILE)
    cancelled_in = OrganizationForeignKey(
        DirectDebitFile, on_delete=models.PROTECT, null=True, related_name="cancellations"
    )

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "receivable"],
                condition=Q(state="in_file"),
                name="one_direct_debit_per_receivable",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="direct_debit_is_positive"),
            models.CheckConstraint(
                condition=Q(state="in_file", cancelled_in=None) | Q(state="cancelled", cancelled_in__isnull=False),
                name="cancelled_direct_debit_names_its_file",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_day"], condition=Q(state="in_file"), name="direct_debit_by_due_day"
            ),
        ]

    def __str__(self) -> str:
        return str(self.receivable)
