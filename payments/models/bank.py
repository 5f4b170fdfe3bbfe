"""What banks tell: files that were taken in, the movements in them, known payers, and files that go to the bank."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from payments.models.payments import Payment, Refund
from tenants.models import BankAccount
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class BankFileState(models.TextChoices):
    """How far a bank file has come."""

    KEPT = "kept", _("Waiting to be read")
    POSTING = "posting", _("Being matched")
    DONE = "done", pgettext_lazy("bank file", "Taken in")
    REFUSED = "refused", pgettext_lazy("bank file", "Refused")


class BankFileSource(models.TextChoices):
    """How a bank file came here."""

    UPLOAD = "upload", _("Uploaded")
    FOLDER = "folder", _("Drop folder")
    COMMAND = "command", _("Command")


class CsvMapping(OrganizationOwned):
    """Which column of a bank's CSV file is which, as somebody has said it; known again by the header."""

    name = models.CharField(_("Name"), max_length=60)
    header = models.CharField(max_length=64)  # fingerprint of the header row
    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="csv_mappings")
    rules = models.JSONField()
    saved_by = models.CharField(max_length=120)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "header"], name="one_csv_mapping_per_header"),
        ]

    def __str__(self) -> str:
        return self.name


class BankFile(OrganizationOwned):
    """A file of a bank, kept under its hash: taken in whole or not at all."""

    sha256 = models.CharField(max_length=64)
    name = models.CharField(_("File"), max_length=200)
    size = models.IntegerField()
    source = models.CharField(max_length=8, choices=BankFileSource.choices)
    state = models.CharField(max_length=8, choices=BankFileState.choices, default=BankFileState.KEPT)
    format = models.CharField(max_length=12, blank=True)
    message_id = models.CharField(max_length=140, blank=True)
    is_copy = models.BooleanField(default=False)  # the bank says that it has sent it before
    faults = models.JSONField(default=list)  # why it is refused: line, code and values
    warnings = models.JSONField(default=list)
    line_count = models.IntegerField(default=0)  # movements that are new here
    repeated_count = models.IntegerField(default=0)  # movements that another file had told of before
    announced_count = models.IntegerField(default=0)  # not yet booked by the bank: they come again
    sums = models.JSONField(default=dict)  # money in less money out of the new movements, by currency
    job_id = models.UUIDField(null=True)
    taken_by = models.CharField(max_length=120)
    taken_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(
        null=True, editable=False
    )  # the years of the law are over: payers and bytes went

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="bank_file_is_taken_once"),
            models.CheckConstraint(condition=Q(state__in=BankFileState.values), name="bank_file_state_is_known"),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="newest_bank_file")]

    def __str__(self) -> str:
        return self.name


class LineOutcome(models.TextChoices):
    """What has become of a movement."""

    UNREAD = "unread", _("Not matched yet")
    WAITING = "waiting", _("To match")
    POSTED = "posted", pgettext_lazy("bank line", "Matched")
    SETTLED = "settled", pgettext_lazy("bank line", "Settled by hand")
    IGNORED = "ignored", pgettext_lazy("bank line", "Not ours")


class BankLine(OrganizationOwned):
    """One movement on an account as the bank told it; what it says never changes, what became of it does."""

    file = OrganizationForeignKey(BankFile, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField()
    place = models.IntegerField()  # the line of the file where a person would look
    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    day = models.DateField(_("Date"))
    value_day = models.DateField(null=True)
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2)
    is_out = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10)
    is_lump_sum = models.BooleanField(default=False)
    reference = models.CharField(_("Reference"), max_length=140, blank=True)
    reference_kind = models.CharField(max_length=4, blank=True)
    is_reference_valid = models.BooleanField(default=True)
    other_references = models.JSONField(default=list)
    documents = models.JSONField(default=list)
    text = models.CharField(_("Message"), max_length=1000, blank=True)
    payer_name = models.CharField(_("Payer"), max_length=140, blank=True)
    payer_account = models.CharField(_("Payer's account"), max_length=40, blank=True)
    payer_number = models.CharField(max_length=20, blank=True)
    archive_reference = models.CharField(max_length=140, blank=True)
    bank_code = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=LineOutcome.choices, default=LineOutcome.UNREAD)
    reason = models.CharField(max_length=24, blank=True)
    reason_values = models.JSONField(default=dict)
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="bank_lines")
    refund = OrganizationForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="bank_lines")
    note = models.CharField(_("Note"), max_length=300, blank=True)
    settled_by = models.CharField(max_length=120, blank=True)
    settled_at = models.DateTimeField(null=True)
    undone = models.IntegerField(default=0)  # how often what it posted was taken back

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="bank_line_is_kept_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="bank_line_is_not_negative"),
            models.CheckConstraint(condition=Q(outcome__in=LineOutcome.values), name="bank_line_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=["unread", "waiting"], settled_at__isnull=True)
                | Q(outcome__in=["posted", "settled", "ignored"], settled_at__isnull=False),
                name="bank_line_says_when_it_was_settled",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="posted") | Q(payment__isnull=False), name="posted_bank_line_has_its_payment"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "file", "position"], name="bank_line_by_file"),
            models.Index(
                fields=["organization", "-day", "-id"], condition=Q(outcome="waiting"), name="bank_line_that_waits"
            ),
            models.Index(fields=["organization", "outcome", "-day", "-id"], name="bank_line_by_outcome"),
            models.Index(
                fields=["organization", "payment"], condition=Q(payment__isnull=False), name="bank_line_by_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.signed_amount} {self.currency}"

    @property
    def signed_amount(self) -> Decimal:
        """Positive for money in, negative for money out."""
        return -self.amount if self.is_out else self.amount

    @property
    def payment_key(self) -> str:
        """The key of the payment that it is: the same however often the bank tells of it, another once undone."""
        return f"bank:{self.fingerprint}" + (f":{self.undone}" if self.undone else "")


class KnownPayer(OrganizationOwned):
    """From which account a customer's invoices were paid, and how often: learned, never typed."""

    payer_account = models.CharField(max_length=40)
    customer = OrganizationForeignKey(Customer, on_delete=models.CASCADE, related_name="known_payers")
    count = models.IntegerField(default=1)
    last_day = models.DateField()

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "payer_account", "customer"], name="known_payer_is_one"),
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="known_payer_by_customer")]


class RefundFile(OrganizationOwned):
    """A file that asks the bank to pay refunds out, kept under its hash."""

    sha256 = models.CharField(max_length=64)
    message_id = models.CharField(max_length=35)
    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="refund_files")
    pay_on = models.DateField()
    currency = models.CharField(max_length=3)
    count = models.IntegerField()
    total = models.DecimalField(max_digits=18, decimal_places=2)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "message_id"], name="refund_file_has_its_number"),
            models.CheckConstraint(condition=Q(count__gt=0, total__gt=0), name="refund_file_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.message_id


class DirectDebitMandate(OrganizationOwned):
    """That a payer lets claims with this KID be drawn by AvtaleGiro, as the bank's mandate file told it."""

    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="mandates")
    kid = models.CharField(max_length=25)
    wants_notice = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="mandates")
    told_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "bank_account", "kid"], name="one_mandate_per_kid"),
        ]
