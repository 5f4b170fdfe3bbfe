"""Advances and retainers: what a customer has been asked to pay before anything is delivered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import Contract
from customers.models import Customer
from invoicing.models import Invoice
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class AdvanceKind(models.TextChoices):
    """Paid once and used up, or kept filled while work goes on."""

    ADVANCE = "advance", _("Advance")
    RETAINER = "retainer", _("Retainer")


class Advance(OrganizationOwned):
    """Money asked for in advance by a payment request, to be used on invoices (M-053).

    What of it is paid, used and available is never kept here: it is the sum of what the ledger and the invoices say.
    A retainer is filled again by further advances that name the first.
    """

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="advances")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="advances")
    contract = OrganizationForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="advances")
    kind = models.CharField(_("Kind"), max_length=10, choices=AdvanceKind.choices, default=AdvanceKind.ADVANCE)
    name = models.CharField(_("What it is for"), max_length=120)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3)
    applies_itself = models.BooleanField(_("Use it on the next invoices by itself"), default=True)
    refill_below = models.DecimalField(_("Fill up when less is left than"), max_digits=16, decimal_places=2, null=True)
    refill_amount = models.DecimalField(_("Fill up with"), max_digits=16, decimal_places=2, null=True)
    refills = OrganizationForeignKey("self", on_delete=models.CASCADE, null=True, related_name="refilled_by")
    ended_at = models.DateTimeField(null=True)  # a retainer that is not filled up any more
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice"], name="one_advance_per_request"),
            models.CheckConstraint(condition=Q(kind__in=AdvanceKind.values), name="advance_kind_is_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="advance_is_positive"),
            models.CheckConstraint(
                condition=Q(kind="advance", refill_below=None, refill_amount=None, ended_at=None)
                | Q(kind="retainer", refills__isnull=False, refill_below=None, refill_amount=None)
                | Q(
                    kind="retainer",
                    refills=None,
                    refill_below__isnull=False,
                    refill_below__gte=0,
                    refill_amount__isnull=False,
                    refill_amount__gt=0,
                ),
                name="retainers_say_when_they_are_filled",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer"], name="advance_by_customer"),
            models.Index(
                fields=["organization", "contract"], condition=Q(contract__isnull=False), name="advance_by_contract"
            ),
            models.Index(fields=["organization", "refills"], condition=Q(refills__isnull=False), name="advance_refill"),
        ]

    def __str__(self) -> str:
        return self.name
