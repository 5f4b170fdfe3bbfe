"""Finance files of billing runs: for which systems they are written, what stands in them, and what became of each."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.finance_files.targets import TARGETS, TargetCode
from billing_backlog.models.items import BacklogItem
from billing_backlog.models.runs import BillingRun
from customers.models import Customer
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

GL07 = "gl07"
ORDER_NUMBER_MAX = 999_999_999  # nine digits: what the narrowest layout has room for
FILES_OF_DAY_MAX = 99  # the running number has two digits


class TargetLayout(models.TextChoices):
    """The layouts in which invoice basis is written."""

    LG04 = TargetCode.LG04.value, TARGETS[TargetCode.LG04].name
    VISMA_FL = TargetCode.VISMA_FL.value, TARGETS[TargetCode.VISMA_FL].name
    KOMMFAKT = TargetCode.KOMMFAKT.value, TARGETS[TargetCode.KOMMFAKT].name
    FACTUM = TargetCode.FACTUM.value, TARGETS[TargetCode.FACTUM].name
    CSV = TargetCode.CSV.value, TARGETS[TargetCode.CSV].name


class Handing(models.TextChoices):
    """How a file reaches the finance system."""

    BY_HAND = "by_hand", _("Downloaded and handed over by hand")
    FOLDER = "folder", _("Laid into a folder on this server")
    SFTP = "sftp", _("Sent by SFTP")


class PersonId(models.TextChoices):
    """By which number a finance system knows people."""

    NATIONAL_ID = "national_id", _("National id")
    CUSTOMER_NUMBER = "customer_number", _("Our customer number")


class FinanceTarget(OrganizationOwned):
    """A finance system that invoices for the organization: its layout, our sign there, our numbers, and the way."""

    SECRET_COLUMN = "finance_target.secret"  # noqa: S105 - the place that the secret is sealed for

    name = models.CharField(_("Name"), max_length=80)
    layout = models.CharField(_("Layout"), max_length=10, choices=TargetLayout.choices)
    system_code = models.CharField(_("Sender’s system code"), max_length=6)
    header = models.JSONField(default=dict, blank=True)  # what else the layout must be told, by the record's names
    dimensions = models.JSONField(default=list, blank=True)  # by position: {"name", "is_required", "is_project"}
    person_id = models.CharField(
        _("People are known by"), max_length=16, choices=PersonId.choices, default=PersonId.NATIONAL_ID
    )
    uses_crlf = models.BooleanField(_("Lines end as on Windows"), default=False)
    order_from = models.PositiveIntegerField(_("Order numbers from"))
    order_to = models.PositiveIntegerField(_("to"))
    order_next = models.PositiveIntegerField(editable=False)
    posts_internal = models.BooleanField(_("Internal customers are posted in a GL07 file"), default=False)
    income_account = models.CharField(_("Account for income"), max_length=10, blank=True)
    cost_account = models.CharField(_("Account for costs"), max_length=10, blank=True)
    handing = models.CharField(_("Handed over"), max_length=8, choices=Handing.choices, default=Handing.BY_HAND)
    host = models.CharField(_("Server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("Port"), default=22)
    username = models.CharField(_("User name"), max_length=80, blank=True)
    fingerprint = models.CharField(_("Key of the server"), max_length=80, blank=True)
    folder = models.CharField(_("Folder"), max_length=200, blank=True)
    secret_sealed = models.BinaryField(null=True, editable=False)
    receiver_email = models.EmailField(_("E-mail address of the receiver"), blank=True)
    is_active = models.BooleanField(_("In use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="finance_target_name_is_unique"),
            models.CheckConstraint(condition=Q(layout__in=TargetLayout.values), name="target_layout_is_known"),
            models.CheckConstraint(condition=Q(handing__in=Handing.values), name="target_handing_is_known"),
            models.CheckConstraint(condition=Q(person_id__in=PersonId.values), name="target_person_id_is_known"),
            models.CheckConstraint(
                condition=Q(
                    order_from__gte=1,
                    order_to__lte=ORDER_NUMBER_MAX,
                    order_next__gte=F("order_from"),
                    order_next__lte=F("order_to") + Value(1),
                ),
                name="order_series_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_secret(self) -> bool:
        """Whether a password or key is kept."""
        return self.secret_sealed is not None

    @property
    def asks_national_id(self) -> bool:
        """Whether people stand in its files by their national id."""
        return self.person_id == PersonId.NATIONAL_ID


class PostingString(OrganizationOwned):
    """How the use of a group of facilities is posted at the receiver, and what its invoices say (M-154)."""

    target = OrganizationForeignKey(FinanceTarget, on_delete=models.CASCADE, related_name="posting_strings")
    group = models.CharField(_("Group of facilities"), max_length=80, blank=True)  # empty: all that has no own
    article = models.CharField(_("Article"), max_length=15)
    values = models.JSONField(default=list, blank=True)  # of the target's dimensions, by position
    header_text = models.CharField(_("Text at the head of the invoice"), max_length=120, blank=True)
    contact_department = models.CharField(_("Department to ask"), max_length=60, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "target", "group"], name="one_posting_string_per_group"),
            models.CheckConstraint(condition=~Q(article=""), name="posting_string_has_an_article"),
        ]


class RunFile(OrganizationOwned):
    """A finance file: its identity of the day, its bytes by their hash, and what a receipt has to repeat.

    What was written never changes. Until it is transferred it can be taken back, and stays in the books as undone.
    """

    target = OrganizationForeignKey(FinanceTarget, on_delete=models.PROTECT, related_name="files")
    layout = models.CharField(max_length=10)  # the target's, or GL07 for what is posted internally
    day = models.DateField()
    number = models.PositiveSmallIntegerField()  # of that day (M-147)
    name = models.CharField(_("File"), max_length=20)
    sha256 = models.CharField(max_length=64)
    log_sha256 = models.CharField(max_length=64)
    orders = models.PositiveIntegerField(_("Orders"))
    lines = models.PositiveIntegerField(_("Lines"))
    amount = models.DecimalField(_("Sum"), max_digits=16, decimal_places=2)  # as its layout tells it, with VAT or not
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.CharField(max_length=120)
    transferred_at = models.DateTimeField(null=True, editable=False)
    received_at = models.DateTimeField(null=True, editable=False)  # the receipt that agrees
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.CharField(max_length=120, blank=True, editable=False)
    undone_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "day", "number"], name="finance_file_has_its_own_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=FILES_OF_DAY_MAX), name="finance_file_number_has_two_digits"
            ),
            models.CheckConstraint(condition=Q(orders__gte=1, lines__gte=1), name="finance_file_has_orders"),
            models.CheckConstraint(
                condition=Q(undone_at=None) | (Q(transferred_at=None) & ~Q(undone_reason="")),
                name="what_is_transferred_is_not_undone",
            ),
            models.CheckConstraint(
                condition=Q(received_at=None) | Q(transferred_at__isnull=False), name="only_a_sent_file_is_received"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-day", "-number"], name="finance_file_by_day")]

    def __str__(self) -> str:
        return self.name


class RunOrder(OrganizationOwned):
    """What one customer is invoiced by a file, under a number of the series that is ours at the receiver (M-151)."""

    file = OrganizationForeignKey(RunFile, on_delete=models.PROTECT, related_name="run_orders")
    target = OrganizationForeignKey(FinanceTarget, on_delete=models.PROTECT, related_name="run_orders")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="run_orders")
    number = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "target", "number"], name="order_number_is_unique_per_series"
            ),
            models.UniqueConstraint(fields=["organization", "file", "customer"], name="one_order_per_customer"),
        ]


class RunFileRow(OrganizationOwned):
    """A quantity of an item that somebody else invoices: exported by a run, then on a line of an order.

    It counts as billed until it is taken back.
    """

    run = OrganizationForeignKey(BillingRun, on_delete=models.PROTECT, related_name="file_rows")
    item = OrganizationForeignKey(BacklogItem, on_delete=models.PROTECT, related_name="file_rows")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="file_rows")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    net_amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_code = models.CharField(max_length=4)  # standard tax code
    is_charged = models.BooleanField(default=True)
    order = OrganizationForeignKey(RunOrder, on_delete=models.PROTECT, null=True, related_name="rows")
    line = models.PositiveIntegerField(null=True)  # in its order
    taken_back_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "item"], name="item_is_exported_once_by_a_run"),
            models.CheckConstraint(condition=~Q(quantity=Decimal(0)), name="exported_row_has_a_quantity"),
            models.CheckConstraint(
                condition=Q(order=None, line=None) | Q(order__isnull=False, line__isnull=False),
                name="exported_row_has_its_place",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "item"], condition=Q(taken_back_at=None), name="standing_row_by_item"),
            models.Index(fields=["organization", "order", "line"], name="exported_row_by_order"),
        ]


class TransferOutcome(models.TextChoices):
    """What an attempt at handing a file over came to."""

    SENT = "sent", _("Sent")
    WAS_THERE = "was_there", _("Was there already")
    BY_HAND = "by_hand", _("Handed over by hand")
    FAILED = "failed", _("Failed")


class TransferAttempt(OrganizationOwned):
    """One attempt at handing a file over."""

    file = OrganizationForeignKey(RunFile, on_delete=models.PROTECT, related_name="attempts")
    outcome = models.CharField(max_length=10, choices=TransferOutcome.choices)
    place = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=TransferOutcome.values), name="transfer_outcome_is_known"),
            models.CheckConstraint(condition=~Q(outcome="failed") | ~Q(reason=""), name="failed_transfer_has_a_reason"),
        ]
        indexes = [models.Index(fields=["organization", "file", "made_at"], name="attempt_by_file")]


class FileReceipt(OrganizationOwned):
    """What the receiver says to have got of a file: it must be what was sent (M-150)."""

    file = OrganizationForeignKey(RunFile, on_delete=models.PROTECT, related_name="receipts")
    lines = models.PositiveIntegerField(_("Lines"))
    amount = models.DecimalField(_("Sum"), max_digits=16, decimal_places=2)
    received_by = models.CharField(_("Who confirmed it"), max_length=120)
    agrees = models.BooleanField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "file", "made_at"], name="receipt_by_file")]


class ReturnedError(OrganizationOwned):
    """A row that the receiver could not invoice, and why: it is back in the backlog to be corrected (M-152)."""

    file = OrganizationForeignKey(RunFile, on_delete=models.PROTECT, related_name="returned_errors")
    row = OrganizationForeignKey(RunFileRow, on_delete=models.PROTECT, related_name="returned_errors")
    text = models.CharField(_("Error"), max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "row"], name="row_is_returned_once"),
            models.CheckConstraint(condition=~Q(text=""), name="returned_error_has_a_text"),
        ]
        indexes = [models.Index(fields=["organization", "file"], name="returned_error_by_file")]
