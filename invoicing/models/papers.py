"""Papers that a customer gets beside invoices: receipts and statements of account, each as it was once."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from foundation.canonical import digest
from payments.models import Payment
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class PaperKind(models.TextChoices):
    """What the customer is told."""

    RECEIPT = "receipt", _("Receipt")
    STATEMENT = "statement", _("Statement of account")
    REMINDER = "reminder", _("Reminder")  # any friendly letter too, also one before the due date
    COLLECTION_NOTICE = "collection_notice", _("Notice before collection")
    INTEREST_NOTE = "interest_note", _("Interest note")


# Papers that ask for money that is late, or soon due: what they say may have been paid since.
DEMANDS = (PaperKind.REMINDER.value, PaperKind.COLLECTION_NOTICE.value, PaperKind.INTEREST_NOTE.value)


class CustomerPaper(OrganizationOwned):
    """A receipt, a statement or a demand as it was on its day; never changed, and the same words are one paper."""

    kind = models.CharField(max_length=20, choices=PaperKind.choices)
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="papers")
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="papers")
    day = models.DateField()  # paid on, or as of
    language = models.CharField(max_length=5)
    snapshot = models.JSONField()  # Receipt or Statement of `invoicing.papers.facts`, Demand of `.demand`
    snapshot_sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer", "kind", "snapshot_sha256"], name="the_same_words_are_one_paper"
            ),
            models.CheckConstraint(condition=Q(kind__in=PaperKind.values), name="paper_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="receipt", payment__isnull=False) | (~Q(kind="receipt") & Q(payment__isnull=True)),
                name="receipt_names_its_payment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "payment"], condition=Q(payment__isnull=False), name="paper_by_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day.isoformat()}"


def hash_of_words(snapshot: dict[str, Any], key: str = "") -> str:
    """What makes two papers the same one; a demand is one under its key, for the same may be demanded twice."""
    return digest([snapshot, key] if key else [snapshot])
