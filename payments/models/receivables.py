"""Claims on customers: what is owed, what holds it back."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ReceivableKind(models.TextChoices):
    """What the claim came from."""

    INVOICE = "invoice", _("Invoice")
    CREDIT = "credit", _("Credit note")
    ADVANCE = "advance", _("Payment request")
    FEE = "fee", _("Fee")
    COMPENSATION = "compensation", _("Compensation")
    INTEREST = "interest", _("Interest")
    OPENING = "opening", _("Opening balance")


ADDITION_KINDS = (ReceivableKind.FEE, ReceivableKind.COMPENSATION, ReceivableKind.INTEREST)


class Receivable(OrganizationOwned):
    """An open claim on a customer, negative for a credit; its balance is the sum of its postings."""

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="receivables")
    kind = models.CharField(max_length=12, choices=ReceivableKind.choices)
    document_number = models.CharField(max_length=30)
    kid = models.CharField(max_length=25, blank=True)
    currency = models.CharField(max_length=3)
    issue_date = models.DateField()
    due_date = models.DateField(null=True)
    principal = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="additions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # How far reminders have come; the only two columns that ever change.
    reminder_step = models.CharField(max_length=20, blank=True, default="", db_default="")
    reminded_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReceivableKind.values), name="receivable_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["fee", "compensation", "interest"], principal__isnull=False)
                | (~Q(kind__in=["fee", "compensation", "interest"]) & Q(principal=None)),
                name="additions_name_their_principal",
            ),
            models.UniqueConstraint(
                fields=["organization", "kid"], condition=~Q(kid=""), name="kid_names_one_receivable"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "due_date"], name="receivable_by_customer"),
            models.Index(fields=["organization", "document_number"], name="receivable_by_number"),
            models.Index(fields=["organization", "principal"], name="receivable_by_principal"),
            models.Index(
                fields=["organization", "reminder_step"], condition=~Q(reminder_step=""), name="receivable_by_reminder"
            ),
        ]

    def __str__(self) -> str:
        return self.document_number


class ReceivableBalance(OrganizationOwned):
    """What is owed on a receivable: the sum of its postings, kept by the ledger for lists to ask what is open."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="balances")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="balances")
    currency = models.CharField(max_length=3)
    due_date = models.DateField(null=True)
    currency_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "receivable"], name="one_balance_per_receivable"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_date", "receivable"],
                condition=~Q(currency_amount=0),
                # Sums of what is open are read from the index alone.
                include=["customer", "currency", "amount", "currency_amount"],
                name="open_balance_by_due_date",
            ),
            models.Index(
                fields=["organization", "customer"], condition=~Q(currency_amount=0), name="open_balance_by_customer"
            ),
        ]


class HoldKind(models.TextChoices):
    """Why a claim is not pressed."""

    DISPUTE = "dispute", _("Disputed")
    PROMISE = "promise", _("Promised to be paid by a date")
    INSTALMENTS = "instalments", _("Paid in instalments")
    CUSTOMER = "customer", _("On hold for the customer")
    INSOLVENCY = "insolvency", _("Insolvent")
    REJECTED = "rejected", _("Rejected by the buyer")


class Hold(OrganizationOwned):
    """A fact about a receivable or a part of it: nothing is asked of the debtor while it stands."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12, choices=HoldKind.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # of the claim's currency; None: all of it
    reason = models.CharField(_("Reason"), max_length=500)
    until = models.DateField(_("Until"), null=True)  # the last day on which it stands
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_is_known"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="held_amount_is_positive"),
        ]
        indexes = [
            models.Index(fields=["organization", "receivable"], condition=Q(released_at=None), name="standing_hold"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Instalment(OrganizationOwned):
    """One part of a plan of instalments: so much by this day; the plan is the hold that it belongs to."""

    hold = OrganizationForeignKey(Hold, on_delete=models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField()
    due_date = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "hold", "position"], name="instalment_position_is_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_is_positive"),
        ]


class CustomerHoldKind(models.TextChoices):
    """Why nothing at all is asked of a customer."""

    CUSTOMER = "customer", _("On hold for the customer")
    INSOLVENCY = "insolvency", _("Insolvent")


class CustomerHold(OrganizationOwned):
    """A fact about a customer: none of its claims is pressed while it stands."""

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12, choices=CustomerHoldKind.choices)
    reason = models.CharField(_("Reason"), max_length=500)
    until = models.DateField(_("Until"), null=True)  # the last day on which it stands
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CustomerHoldKind.values), name="customer_hold_kind_is_known"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "customer"], condition=Q(released_at=None), name="standing_customer_hold"
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
