"""What is to be billed: one item for one customer, and what was given up of it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import Contract, ContractLine, Facility, Milestone, Project
from billing_backlog.models.work import WorkEntry
from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from customers.vat import VatTreatment
from invoicing.models import ChargeKind
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ItemKind(models.TextChoices):
    """What was done or sold."""

    TIME = "time", _("Hours")
    EXPENSE = "expense", _("Expense")
    MATERIAL = "material", _("Material")
    FEE = "fee", _("Fee")
    MILESTONE = "milestone", _("Milestone")
    PROGRESS = "progress", _("Progress")
    RECURRING = "recurring", _("Recurring charge")
    BOOKING = "booking", _("Booking")
    VISIT = "visit", _("Visit")
    ADVANCE = "advance", _("Advance")


class BacklogItem(OrganizationOwned):
    """One thing to be billed to one customer.

    What of it is billed is asked of the documents: their lines name the item. Whoever tells of the same source, order
    and line again is answered with the item that is there. Once a line names it, what it says stays as it is.
    """

    kind = models.CharField(_("Kind"), max_length=10, choices=ItemKind.choices)
    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="items", verbose_name=_("Customer")
    )
    project = OrganizationForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="items")
    contract = OrganizationForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="items")
    line = OrganizationForeignKey(ContractLine, on_delete=models.PROTECT, null=True, related_name="items")
    milestone = OrganizationForeignKey(Milestone, on_delete=models.PROTECT, null=True, related_name="items")
    facility = OrganizationForeignKey(Facility, on_delete=models.PROTECT, null=True, related_name="items")
    entry = OrganizationForeignKey(WorkEntry, on_delete=models.PROTECT, null=True, related_name="items")
    product = OrganizationForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="items")
    share_number = models.PositiveSmallIntegerField(default=1)  # which customer's share of the same work
    day = models.DateField(_("Day"))  # of the delivery, or the last day of the period
    period_from = models.DateField(_("Period from"), null=True, blank=True)
    text = models.CharField(_("Text on the invoice"), max_length=500)
    internal_text = models.CharField(_("Text for us"), max_length=500, blank=True)
    performed_by = models.CharField(_("Done by"), max_length=120, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    unit_code = models.CharField(_("Unit"), max_length=3)
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6)
    price_includes_vat = models.BooleanField(_("Price includes VAT"), default=False)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3)
    charge_kind = models.CharField(
        _("Charge"), max_length=14, choices=ChargeKind.choices, default=ChargeKind.CHARGEABLE
    )
    rule_price = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # what the price rule says
    price_rule = models.CharField(_("Price by"), max_length=120, blank=True)
    price_reason = models.CharField(_("Why another price"), max_length=300, blank=True)
    vat_treatment = models.CharField(
        _("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, default=VatTreatment.STANDARD.value
    )
    revenue_account = models.CharField(_("Revenue account"), max_length=10, default="3000")
    dimensions = models.JSONField(_("Dimensions"), default=dict, blank=True)
    accounting_date = models.DateField(_("Accounting date"), null=True, blank=True)  # else that of its document
    source_system = models.CharField(_("Told by"), max_length=40, blank=True)
    source_order = models.CharField(_("Order there"), max_length=60, blank=True)
    source_line = models.CharField(_("Line there"), max_length=60, blank=True)
    approved_by = models.CharField(_("Approved by"), max_length=120, blank=True)
    released_at = models.DateTimeField(null=True, editable=False)  # empty while the accountant's journal holds it
    is_over_limit = models.BooleanField(default=False, editable=False)  # as it was last checked (M-042)
    ready_at = models.DateTimeField(null=True, editable=False)
    ready_by = models.CharField(max_length=120, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, editable=False)  # nothing was left to bill; lists pass it over
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source_system", "source_order", "source_line", "share_number"],
                condition=~Q(source_system=""),
                name="told_of_twice_is_one_item",
            ),
            models.UniqueConstraint(
                fields=["organization", "entry", "customer"],
                condition=Q(entry__isnull=False),
                name="one_item_per_entry_and_customer",
            ),
            models.UniqueConstraint(
                fields=["organization", "milestone", "customer"],
                condition=Q(milestone__isnull=False, kind="milestone"),
                name="one_item_per_milestone_and_customer",
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="item_has_a_quantity"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="item_price_is_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="item_kind_is_known"),
            models.CheckConstraint(condition=Q(charge_kind__in=ChargeKind.values), name="item_charge_is_known"),
            models.CheckConstraint(
                condition=Q(rule_price=None) | Q(unit_price=F("rule_price")) | ~Q(price_reason=""),
                name="another_price_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ready_at=None) | Q(cancelled_at=None, is_over_limit=False, released_at__isnull=False),
                name="only_what_may_be_billed_is_ready",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | ~Q(cancelled_reason=""), name="cancellation_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(period_from=None) | Q(period_from__lte=F("day")), name="item_period_runs_forward"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-day", "-id"],
                condition=Q(settled_at=None, cancelled_at=None),
                name="open_item_by_day",
            ),
            models.Index(
                fields=["organization", "project", "-day", "-id"],
                condition=Q(settled_at=None, cancelled_at=None),
                name="open_item_by_project",
            ),
            models.Index(
                fields=["organization", "customer", "-day", "-id"],
                condition=Q(settled_at=None, cancelled_at=None),
                name="open_item_by_customer",
            ),
            models.Index(
                fields=["organization", "facility", "day"],
                condition=Q(facility__isnull=False),
                name="item_by_facility",
            ),
            models.Index(
                fields=["organization", "contract", "customer"],
                condition=Q(contract__isnull=False),
                name="item_by_contract",
            ),
            models.Index(
                fields=["organization", "line"], condition=Q(line__isnull=False), name="item_by_contract_line"
            ),
            models.Index(
                fields=["organization", "customer", "currency", "day"],
                condition=Q(ready_at__isnull=False, settled_at=None),
                name="ready_item",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:160]

    @property
    def is_ready(self) -> bool:
        """Whether somebody has marked it for billing."""
        return self.ready_at is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether it will never be billed."""
        return self.cancelled_at is not None


class WriteOff(OrganizationOwned):
    """A quantity of an item that will not be billed; taken back only by another row of the opposite sign."""

    item = OrganizationForeignKey(BacklogItem, on_delete=models.PROTECT, related_name="write_offs")
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    reason = models.CharField(_("Reason"), max_length=300)
    reverses = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=Decimal(0)), name="write_off_has_a_quantity"),
            models.CheckConstraint(condition=~Q(reason=""), name="write_off_has_a_reason"),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=Q(reverses__isnull=False),
                name="write_off_reversed_once",
            ),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="write_off_by_item")]
