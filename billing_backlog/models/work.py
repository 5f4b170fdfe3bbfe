"""Work as its maker wrote it down, and who may approve it for whom."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import ContractLine, Project
from customers.models import Product
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class WorkKind(models.TextChoices):
    """What somebody writes down."""

    TIME = "time", _("Hours")
    EXPENSE = "expense", _("Expense")
    MATERIAL = "material", _("Material")
    FEE = "fee", _("Fee")


class WorkEntry(OrganizationOwned):
    """Hours, an expense, material or a fee as its maker wrote it down; approved, it becomes backlog (M-024)."""

    project = OrganizationForeignKey(
        Project, on_delete=models.PROTECT, related_name="entries", verbose_name=_("Project")
    )
    line = OrganizationForeignKey(
        ContractLine, on_delete=models.PROTECT, null=True, related_name="entries", verbose_name=_("Contract line")
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=WorkKind.choices, default=WorkKind.TIME)
    product = OrganizationForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="entries", verbose_name=_("Product")
    )
    corrects = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    day = models.DateField(_("Day"))
    performed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("Done by"))
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    unit_code = models.CharField(_("Unit"), max_length=3, default="HUR")
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6, null=True, blank=True)
    markup_percent = models.DecimalField(_("Mark-up, %"), max_digits=7, decimal_places=2, default=Decimal(0))
    price_reason = models.CharField(_("Why this price"), max_length=300, blank=True)
    text = models.CharField(_("Text on the invoice"), max_length=500)
    internal_text = models.CharField(_("Text for us"), max_length=500, blank=True)
    is_billable = models.BooleanField(_("To be billed"), default=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    receipt_name = models.CharField(max_length=120, blank=True, editable=False)
    receipt_media_type = models.CharField(max_length=60, blank=True, editable=False)
    sends_receipt = models.BooleanField(_("Send the receipt with the invoice"), default=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    approved_for = models.ForeignKey(  # whose deputy approved
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    returned_reason = models.CharField(max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WorkKind.values), name="work_kind_is_known"),
            models.CheckConstraint(condition=~Q(quantity=0), name="entry_has_a_quantity"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(corrects__isnull=False), name="only_a_correction_is_negative"
            ),
            models.CheckConstraint(
                condition=Q(unit_price=None) | Q(unit_price__gte=0), name="entry_price_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(markup_percent__gte=0, markup_percent__lte=1000), name="entry_markup_in_range"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False, submitted_at__isnull=False),
                name="entry_is_approved_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "project", "-day"], name="entry_by_project"),
            models.Index(fields=["organization", "performed_by", "-day"], name="entry_by_worker"),
            models.Index(
                fields=["organization", "day"],
                condition=Q(approved_at=None, submitted_at__isnull=False),
                name="entry_that_waits_for_approval",
            ),
            models.Index(
                fields=["organization", "corrects"], condition=Q(corrects__isnull=False), name="entry_by_corrected"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_approved(self) -> bool:
        """Whether it has become backlog."""
        return self.approved_at is not None


class Deputy(OrganizationOwned):
    """Who approves in somebody's place while that person is away."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("Away"))
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("Deputy"))
    first_day = models.DateField(_("From"))
    last_day = models.DateField(_("To"))
    ended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="deputy_period_runs_forward"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="deputy_is_somebody_else"),
        ]
        indexes = [models.Index(fields=["organization", "deputy", "last_day"], name="deputy_by_person")]
