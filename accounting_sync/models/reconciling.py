"""What the accounting system says by now: months compared, strays, and what came back from there."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from accounting_sync.models.connections import Connection
from accounting_sync.models.items import SyncItem
from customers.models import Customer
from payments.models import Payment, Receivable
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ReconciliationState(models.TextChoices):
    """How far the comparing of a month has come."""

    ASKED = "asked", pgettext_lazy("reconciliation", "Waiting to begin")
    UNDER_WAY = "under_way", pgettext_lazy("reconciliation", "Under way")
    DONE = "done", pgettext_lazy("reconciliation", "Done")
    FAILED = "failed", pgettext_lazy("reconciliation", "Not finished")


class Reconciliation(OrganizationOwned):
    """One comparison of a month's vouchers with what the accounting system says of them; ended, it stands for ever."""

    connection = OrganizationForeignKey(Connection, on_delete=models.PROTECT, related_name="reconciliations")
    month = models.DateField()  # its first day
    state = models.CharField(max_length=10, choices=ReconciliationState.choices, default=ReconciliationState.ASKED)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=500, blank=True)
    expected = models.IntegerField(default=0)  # how many there are to compare, and how many were so far
    compared = models.IntegerField(default=0)
    # Of the vouchers of the month: all but those that were left out, and how many of them …
    vouchers = models.IntegerField(default=0)
    agree = models.IntegerField(default=0)
    differ = models.IntegerField(default=0)  # altered, gone, doubled
    untold = models.IntegerField(default=0)  # the accounting system says too little to compare them
    absent = models.IntegerField(default=0)  # not pushed yet, or stopped
    left_out = models.IntegerField(default=0)
    # What the month's vouchers do to the receivables, in the books' currency: with us, and as the system tells.
    ours = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    theirs = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    # [{code, label, ours, theirs}]: sums of their accounts over what they tell, debit positive, the books' currency.
    accounts = models.JSONField(default=list)
    # [{item, number, kind, day, code, differences, amount}]: what was found, as it stood then.
    findings = models.JSONField(default=list)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReconciliationState.values), name="reconciliation_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed"]) | Q(ended_at__isnull=False),
                name="ended_reconciliation_names_its_end",
            ),
            models.CheckConstraint(
                condition=Q(vouchers=F("agree") + F("differ") + F("untold") + F("absent")),
                name="every_voucher_of_a_reconciliation_is_somewhere",
            ),
            models.UniqueConstraint(
                fields=["organization", "connection", "month"],
                condition=Q(state__in=["asked", "under_way"]),
                name="a_month_is_reconciled_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "connection", "month", "-id"], name="reconciliation_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def difference(self) -> Decimal:
        """Theirs less ours."""
        return self.theirs - self.ours

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in (ReconciliationState.DONE, ReconciliationState.FAILED)


class StrayState(models.TextChoices):
    """What has become of a document that stands there and should not."""

    OPEN = "open", pgettext_lazy("stray document", "To be deleted there")
    GONE = "gone", pgettext_lazy("stray document", "Deleted there")
    ACCEPTED = "accepted", pgettext_lazy("stray document", "Let stand")


class StrayDocument(OrganizationOwned):
    """Something in the accounting system with the number of a voucher of ours that we did not put there."""

    connection = OrganizationForeignKey(Connection, on_delete=models.PROTECT, related_name="strays")
    item = OrganizationForeignKey(SyncItem, on_delete=models.PROTECT, related_name="strays")  # whose number it bears
    remote_id = models.CharField(max_length=120)
    number = models.CharField(max_length=60)
    day = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    total = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    state = models.CharField(max_length=8, choices=StrayState.choices, default=StrayState.OPEN)
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "item", "remote_id"], name="stray_document_stands_once"
            ),
            models.CheckConstraint(condition=Q(state__in=StrayState.values), name="stray_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(settled_at__isnull=False), name="settled_stray_names_its_moment"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ProposalState(models.TextChoices):
    """What has become of a payment that was found there."""

    OPEN = "open", pgettext_lazy("payment found in the accounting system", "New")
    TAKEN = "taken", pgettext_lazy("payment found in the accounting system", "Registered")
    KNOWN = "known", pgettext_lazy("payment found in the accounting system", "Registered before")
    IGNORED = "ignored", pgettext_lazy("payment found in the accounting system", "Ignored")


class PaymentProposal(OrganizationOwned):
    """Money that the accounting system knows of and that did not come from us."""

    connection = OrganizationForeignKey(Connection, on_delete=models.PROTECT, related_name="proposals")
    remote_id = models.CharField(max_length=120)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    document_number = models.CharField(max_length=60, blank=True)
    kid = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=140, blank=True)
    text = models.CharField(max_length=300, blank=True)
    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, null=True, related_name="proposals")
    # One of ours that may be the same money, known to us from elsewhere, such as a bank file.
    like = OrganizationForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=ProposalState.choices, default=ProposalState.OPEN)
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="proposals")
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "remote_id"], name="remote_payment_is_proposed_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["taken", "known"]) | Q(payment__isnull=False), name="taken_proposal_has_payment"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(settled_at__isnull=False), name="settled_proposal_names_its_moment"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-day", "-id"], condition=Q(state="open"), name="open_proposal_by_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.day.isoformat()}"


class CustomerChangeState(models.TextChoices):
    """What has become of a customer's change there."""

    OPEN = "open", pgettext_lazy("change of a customer", "New")
    TAKEN = "taken", pgettext_lazy("change of a customer", "Taken over")
    IGNORED = "ignored", pgettext_lazy("change of a customer", "Ignored")
    GONE = "gone", pgettext_lazy("change of a customer", "The same again")


class CustomerChange(OrganizationOwned):
    """A linked customer that the accounting system knows otherwise than we do; one row per customer and connection."""

    connection = OrganizationForeignKey(Connection, on_delete=models.CASCADE, related_name="customer_changes")
    customer = OrganizationForeignKey(Customer, on_delete=models.CASCADE, related_name="changes_there")
    fields = models.JSONField(default=dict)  # name of the field → [ours, theirs], as they stood when it was found
    state = models.CharField(max_length=8, choices=CustomerChangeState.choices, default=CustomerChangeState.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "customer"], name="one_change_per_customer_and_connection"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CustomerChangeState.values), name="customer_change_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(settled_at__isnull=False), name="settled_change_names_its_moment"
            ),
        ]
