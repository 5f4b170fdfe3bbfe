"""Who has agreed to pay for what: projects, their contracts, and the lines that say how work is billed."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from customers.vat import VatTreatment
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class BillingMethod(models.TextChoices):
    """How the work under a contract line becomes lines of an invoice."""

    TIME_AND_MATERIAL = "time_and_material", _("Time and material")
    FIXED_PRICE = "fixed_price", _("Fixed price with milestones")
    PROGRESS = "progress", _("Progress of a fixed price")
    RECURRING = "recurring", _("Recurring")
    PER_BOOKING = "per_booking", _("Per booking")
    PER_VISIT = "per_visit", _("Per visit")


class Frequency(models.TextChoices):
    """How often a schedule runs."""

    NONE = "", _("No schedule")
    WEEKLY = "weekly", _("Every week")
    BIWEEKLY = "biweekly", _("Every second week")
    MONTHLY = "monthly", _("Every month")


class Project(OrganizationOwned):
    """Something that is worked on, led by one person."""

    number = models.CharField(_("Project number"), max_length=20)
    name = models.CharField(_("Name"), max_length=160)
    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="projects", verbose_name=_("Customer")
    )
    manager = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Project manager")
    )
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, blank=True)
    dimensions = models.JSONField(_("Dimensions"), default=dict, blank=True)
    closed_on = models.DateField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="project_number_is_unique"),
        ]
        indexes = [
            models.Index(fields=["organization", "customer"], name="project_by_customer"),
            models.Index(fields=["organization", "manager"], name="project_by_manager"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Contract(OrganizationOwned):
    """What was agreed for a project: with whom, for how long, up to what, and how its invoices look."""

    project = OrganizationForeignKey(Project, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(_("Contract number"), max_length=20)
    name = models.CharField(_("Name"), max_length=160)
    currency = models.CharField(_("Currency"), max_length=3)
    fixed_exchange_rate = models.DecimalField(
        _("Fixed exchange rate"), max_digits=18, decimal_places=8, null=True, blank=True
    )
    limit_amount = models.DecimalField(
        _("Not to exceed, without VAT"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("To"), null=True, blank=True)
    buyer_reference = models.CharField(_("Their reference"), max_length=80, blank=True)
    order_reference = models.CharField(_("Order number"), max_length=80, blank=True)
    note = models.CharField(_("Message on the invoice"), max_length=1000, blank=True)
    # How its drafts are laid out (invoicing.layouts); empty: as the customer's or the organization's.
    layout = models.JSONField(_("Layout"), default=dict, db_default=Value({}, models.JSONField()), blank=True)
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="contract_number_is_unique"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="contract_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(limit_amount=None) | Q(limit_amount__gt=0), name="contract_limit_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(fixed_exchange_rate=None) | Q(fixed_exchange_rate__gt=0),
                name="contract_exchange_rate_is_positive",
            ),
        ]
        indexes = [models.Index(fields=["organization", "project"], name="contract_by_project")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ContractCustomer(OrganizationOwned):
    """A customer's share of a contract: together they bear all of it (M-037)."""

    contract = OrganizationForeignKey(Contract, on_delete=models.CASCADE, related_name="customers")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="contracts")
    share_percent = models.DecimalField(_("Share, %"), max_digits=7, decimal_places=4, default=Decimal(100))
    limit_amount = models.DecimalField(
        _("Not to exceed, without VAT"), max_digits=16, decimal_places=2, null=True, blank=True
    )

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "contract", "customer"], name="one_share_per_customer"),
            models.CheckConstraint(condition=Q(share_percent__gt=0, share_percent__lte=100), name="share_in_range"),
            models.CheckConstraint(
                condition=Q(limit_amount=None) | Q(limit_amount__gt=0), name="customer_limit_is_positive"
            ),
        ]


class ContractLine(OrganizationOwned):
    """A part of a contract, and how the work under it is billed (M-023)."""

    contract = OrganizationForeignKey(Contract, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    name = models.CharField(_("Name"), max_length=160)
    billing_method = models.CharField(_("Billed by"), max_length=20, choices=BillingMethod.choices)
    product = OrganizationForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="contract_lines")
    unit_code = models.CharField(_("Unit"), max_length=3, default="HUR")
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField(_("Agreed amount"), max_digits=16, decimal_places=2, null=True, blank=True)
    limit_amount = models.DecimalField(
        _("Not to exceed, without VAT"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, blank=True)
    revenue_account = models.CharField(_("Revenue account"), max_length=10, blank=True)
    frequency = models.CharField(_("Billed"), max_length=8, choices=Frequency.choices, blank=True)
    schedule_day = models.PositiveSmallIntegerField(_("Day"), null=True, blank=True)  # 1–7 of a week, 1–31 of a month
    runs_per_month = models.PositiveSmallIntegerField(_("Times a month"), default=1)
    ended_on = models.DateField(_("Ended on"), null=True, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(billing_method__in=BillingMethod.values), name="billing_method_is_known"
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="frequency_is_known"),
            models.CheckConstraint(
                condition=(Q(frequency="") & Q(schedule_day=None))
                | Q(frequency="monthly", schedule_day__isnull=False, schedule_day__gte=1, schedule_day__lte=31)
                | Q(
                    frequency__in=["weekly", "biweekly"],
                    schedule_day__isnull=False,
                    schedule_day__gte=1,
                    schedule_day__lte=7,
                ),
                name="schedule_has_its_day",
            ),
            models.CheckConstraint(condition=Q(runs_per_month__gte=1, runs_per_month__lte=4), name="runs_in_range"),
            models.CheckConstraint(
                condition=~Q(billing_method__in=["fixed_price", "progress"]) | Q(amount__isnull=False, amount__gt=0),
                name="a_fixed_price_has_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(limit_amount=None) | Q(limit_amount__gt=0), name="line_limit_is_positive"
            ),
        ]
        indexes = [models.Index(fields=["organization", "contract", "position"], name="contract_line_by_contract")]

    def __str__(self) -> str:
        return self.name


class LineCustomer(OrganizationOwned):
    """A limit for one customer on one contract line (M-042)."""

    line = OrganizationForeignKey(ContractLine, on_delete=models.CASCADE, related_name="customers")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    limit_amount = models.DecimalField(_("Not to exceed, without VAT"), max_digits=16, decimal_places=2)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "line", "customer"], name="one_limit_per_line_and_customer"
            ),
            models.CheckConstraint(condition=Q(limit_amount__gt=0), name="line_customer_limit_is_positive"),
        ]


class Milestone(OrganizationOwned):
    """A part of a fixed price, billable at a day or an event; all of them make up the line's amount (M-055).

    Each customer of the contract has an item of its own for its share, so each can be readied separately (M-037).
    """

    line = OrganizationForeignKey(ContractLine, on_delete=models.CASCADE, related_name="milestones")
    position = models.PositiveIntegerField()
    name = models.CharField(_("Name"), max_length=160)
    amount = models.DecimalField(_("Amount without VAT"), max_digits=16, decimal_places=2)
    planned_on = models.DateField(_("Planned on"))
    removed_at = models.DateTimeField(null=True, editable=False)  # its items are cancelled; it counts no more

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="milestone_has_an_amount"),
        ]
        indexes = [models.Index(fields=["organization", "line", "position"], name="milestone_by_line")]

    def __str__(self) -> str:
        return self.name


class Facility(OrganizationOwned):
    """A hall, field or room that is let out, and who of the case workers sees to its billing."""

    number = models.CharField(_("Facility number"), max_length=20)
    name = models.CharField(_("Name"), max_length=160)
    group = models.CharField(_("Group"), max_length=80, blank=True)
    case_worker = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Case worker")
    )
    is_billable = models.BooleanField(_("Its use is billed"), default=True)
    takes_one_at_a_time = models.BooleanField(
        _("Warn when it is booked twice at the same time"), default=False, db_default=models.Value(False)
    )
    revenue_account = models.CharField(_("Revenue account"), max_length=10, default="3000")
    vat_treatment = models.CharField(
        _("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, default=VatTreatment.STANDARD.value
    )
    dimensions = models.JSONField(_("Dimensions"), default=dict, blank=True)
    header_text = models.CharField(_("Text at the head of the invoice"), max_length=300, blank=True)
    contact_department = models.CharField(_("Department to ask"), max_length=120, blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="facility_number_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
