"""Vouchers as files for any accounting system: how they are written, each file that was made, and what stands in it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models import Voucher
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

VOUCHER_NUMBER_MAX = 99_999_999  # eight digits: what a GBAT10 line has room for


class ExportFormat(models.TextChoices):
    """What a file of vouchers can be."""

    JOURNAL_CSV = "journal_csv", _("Journal as CSV")
    GBAT10 = "gbat10", "GBAT10"
    SAFT = "saft", "SAF-T Financial 1.30"


class ExportScope(models.TextChoices):
    """Which vouchers a file holds."""

    NEW = "new", pgettext_lazy("vouchers", "Only those that were in no file of this kind")
    PERIOD = "period", pgettext_lazy("vouchers", "All of a period, also those that were in a file before")


class Encoding(models.TextChoices):
    """How the letters of a GBAT10 file are written."""

    WINDOWS = "cp1252", "Windows-1252"
    UTF8 = "utf-8", "UTF-8"


class FileExportSettings(OrganizationOwned):
    """What the receiver of GBAT10 files calls our VAT codes and kinds of vouchers; its row is the queue for numbers."""

    vat_codes = models.JSONField(default=dict)  # our standard code → theirs; what is missing is called the same
    no_vat_code = models.CharField(_("Code for lines without VAT"), max_length=5, default="0")
    sales_type = models.IntegerField(_("Voucher type of sales"), default=10)
    payments_type = models.IntegerField(_("Voucher type of payments"), default=20)
    other_type = models.IntegerField(_("Voucher type of all others"), default=30)
    number_offset = models.IntegerField(_("Added to voucher numbers"), default=0)
    encoding = models.CharField(_("Characters"), max_length=8, choices=Encoding.choices, default=Encoding.WINDOWS)
    with_dimensions = models.BooleanField(_("Write project and department"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_export_settings"),
            models.CheckConstraint(condition=Q(encoding__in=Encoding.values), name="export_encoding_is_known"),
            models.CheckConstraint(
                condition=Q(sales_type__range=(0, 999), payments_type__range=(0, 999), other_type__range=(0, 999)),
                name="voucher_type_has_three_digits",
            ),
            models.CheckConstraint(
                condition=Q(number_offset__range=(0, VOUCHER_NUMBER_MAX)), name="voucher_offset_has_eight_digits"
            ),
        ]

    def __str__(self) -> str:
        return "GBAT10"


class ExportRun(OrganizationOwned):
    """A file of vouchers: its number, its bytes by their hash and its control totals; never changed."""

    number = models.IntegerField()  # without gaps
    format = models.CharField(_("Format"), max_length=12, choices=ExportFormat.choices)
    scope = models.CharField(_("Vouchers"), max_length=6, choices=ExportScope.choices)
    first_day = models.DateField(_("From"))  # as asked, or of the first voucher in it
    last_day = models.DateField(_("Through"))
    with_documents = models.BooleanField(default=False)
    with_opening = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)  # those of GBAT10 as they were
    vouchers = models.IntegerField(_("Vouchers"))
    lines = models.IntegerField(_("Lines"))
    documents = models.IntegerField(default=0)  # PDFs beside the vouchers
    debit = models.DecimalField(_("Debit"), max_digits=18, decimal_places=2)
    credit = models.DecimalField(_("Credit"), max_digits=18, decimal_places=2)
    totals = models.JSONField(default=dict)  # per account and per VAT code
    name = models.CharField(_("File"), max_length=120)
    content_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    job_id = models.UUIDField(editable=False)  # which made it, once
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="export_number_is_unique"),
            models.UniqueConstraint(fields=["organization", "job_id"], name="job_makes_one_export"),
            models.CheckConstraint(condition=Q(format__in=ExportFormat.values), name="export_format_is_known"),
            models.CheckConstraint(condition=Q(scope__in=ExportScope.values), name="export_scope_is_known"),
            models.CheckConstraint(condition=Q(debit=F("credit")), name="export_is_balanced"),
            models.CheckConstraint(
                condition=Q(number__gte=1, vouchers__gte=1, lines__gte=1, documents__gte=0),
                name="export_holds_vouchers",
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="export_days_run_forward"),
        ]
        indexes = [models.Index(fields=["organization", "format", "-number"], name="export_by_format")]

    def __str__(self) -> str:
        return self.name

    @property
    def difference(self) -> Decimal:
        """Debit less credit: nothing, or the file would not be there."""
        return self.debit - self.credit


class ExportedVoucher(OrganizationOwned):
    """A voucher in a file; in files of one format it is new once."""

    run = OrganizationForeignKey(ExportRun, on_delete=models.PROTECT, related_name="exported")
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=12)
    is_first = models.BooleanField()

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "run", "voucher"], name="voucher_stands_once_in_a_file"),
            models.UniqueConstraint(
                fields=["organization", "voucher", "format"],
                condition=Q(is_first=True),
                name="voucher_is_new_once_per_format",
            ),
        ]
