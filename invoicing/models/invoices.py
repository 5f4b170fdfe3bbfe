"""One table for drafts, invoices, credit notes and payment requests, and the lines on them."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from customers.vat import VatTreatment
from invoicing.models.series import NumberSeries
from payments.models import Receivable, Voucher
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class InvoiceKind(models.TextChoices):
    """Payment requests ask for advances: no invoice number, no VAT, no revenue (bokføringsforskriften § 5-2-6)."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    PAYMENT_REQUEST = "payment_request", _("Payment request")
    WITHDRAWAL = "withdrawal", _("Withdrawn payment request")


# What takes another document back, and what concerns advances: neither a sale nor an EHF, in a series of its own.
TAKING_BACK = frozenset({InvoiceKind.CREDIT_NOTE, InvoiceKind.WITHDRAWAL})
ABOUT_ADVANCES = frozenset({InvoiceKind.PAYMENT_REQUEST, InvoiceKind.WITHDRAWAL})


class InvoiceStatus(models.TextChoices):
    """The whole life cycle; all else is a row of fact or a question."""

    DRAFT = "draft", _("Draft")
    FINALIZED = "finalized", _("Finalized")


class ChargeKind(models.TextChoices):
    """Complimentary and non-chargeable lines are shown and not summed."""

    CHARGEABLE = "chargeable", _("Chargeable")
    COMPLIMENTARY = "complimentary", _("Complimentary")
    NON_CHARGEABLE = "non_chargeable", _("Non-chargeable")


class WaitsFor(models.TextChoices):
    """What a draft waits for before it may be finalized; whoever made it wait lets it go."""

    NOTHING = "", _("Nothing")
    CONFIRMATION = "confirmation", _("The project manager's confirmation")
    WORK_DAY = "work_day", _("The day of the work")


class Invoice(OrganizationOwned):
    """A document to a customer: a draft until it is finalized, frozen from then on."""

    kind = models.CharField(max_length=16, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    status = models.CharField(max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("Customer")
    )
    series = OrganizationForeignKey(NumberSeries, on_delete=models.PROTECT, null=True, related_name="invoices")
    number = models.BigIntegerField(null=True)
    kid = models.CharField(max_length=25, blank=True)
    issue_date = models.DateField(_("Invoice date"), null=True, blank=True)
    due_date = models.DateField(_("Due date"), null=True, blank=True)
    has_own_due_date = models.BooleanField(default=False)  # typed by hand; dropped when the invoice date changes
    accounting_date = models.DateField(_("Accounting date"), null=True, blank=True)
    payment_terms_days = models.PositiveSmallIntegerField(_("Payment terms, days"), default=14)
    delivery_date = models.DateField(_("Delivery date"), null=True, blank=True)
    period_from = models.DateField(_("Period from"), null=True, blank=True)
    period_to = models.DateField(_("Period to"), null=True, blank=True)
    delivery_name = models.CharField(_("Delivered to"), max_length=120, blank=True)
    delivery_street = models.CharField(_("Delivery address"), max_length=120, blank=True)
    delivery_postal_code = models.CharField(_("Postal code"), max_length=12, blank=True)
    delivery_city = models.CharField(_("City"), max_length=80, blank=True)
    delivery_country = models.CharField(_("Country"), max_length=2, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default="NOK")
    fixed_exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    language = models.CharField(_("Language"), max_length=5, default="nb")
    prices_include_vat = models.BooleanField(_("Prices include VAT"), default=False)
    discount_percent = models.DecimalField(_("Discount, %"), max_digits=7, decimal_places=4, default=Decimal(0))
    discount_amount = models.DecimalField(_("Discount, amount"), max_digits=16, decimal_places=2, default=Decimal(0))
    discount_reason = models.CharField(_("Reason for the discount"), max_length=100, blank=True)
    buyer_reference = models.CharField(_("Their reference"), max_length=80, blank=True)
    order_reference = models.CharField(_("Order number"), max_length=80, blank=True)
    our_reference = models.CharField(_("Our reference"), max_length=80, blank=True)
    contract_reference = models.CharField(_("Contract"), max_length=80, blank=True)
    project_reference = models.CharField(_("Project"), max_length=80, blank=True)
    note = models.TextField(_("Message on the invoice"), max_length=5000, blank=True)
    internal_note = models.TextField(_("Note for us"), max_length=5000, blank=True)
    # How the lines are printed (invoicing.layouts); empty: every line, in the sections that are typed.
    layout = models.JSONField(_("Layout"), default=dict, db_default=Value({}, models.JSONField()), blank=True)
    # What of it is paid in advance: id, label and amount of each advance that is used (invoicing.prepaying).
    prepaid = models.JSONField(
        _("Prepaid"), default=list, db_default=Value([], models.JSONField()), blank=True, editable=False
    )
    waits_for = models.CharField(
        max_length=12, choices=WaitsFor.choices, default=WaitsFor.NOTHING, db_default="", blank=True, editable=False
    )
    credits = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_notes")
    credit_reason = models.CharField(_("Reason for the credit"), max_length=300, blank=True)

    net_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    rounding_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    payable_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, null=True, related_name="invoices")
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, null=True, related_name="invoices")
    snapshot = models.JSONField(null=True, editable=False)
    body_hash = models.CharField(max_length=64, blank=True, editable=False)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)
    finalized_at = models.DateTimeField(null=True, editable=False)
    finalized_by = models.CharField(max_length=120, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="invoice_number_is_unique"),
            models.CheckConstraint(
                condition=Q(status="draft", number=None, series=None, finalized_at=None, hash="")
                | (
                    Q(status="finalized", finalized_at__isnull=False, snapshot__isnull=False, issue_date__isnull=False)
                    & Q(number__isnull=False, series__isnull=False)
                    & ~Q(hash="")
                ),
                name="number_exactly_when_finalized",
            ),
            models.CheckConstraint(condition=Q(kind__in=InvoiceKind.values), name="invoice_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["credit_note", "withdrawal"]) | Q(credits=None), name="only_credit_notes_credit"
            ),
            models.CheckConstraint(
                condition=Q(prepaid=[]) | Q(kind__in=["invoice", "credit_note"]), name="only_sales_are_prepaid"
            ),
            models.CheckConstraint(
                condition=Q(waits_for="") | Q(status="draft", waits_for__in=WaitsFor.values), name="only_drafts_wait"
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100, discount_amount__gte=0),
                name="invoice_discount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(period_from=None, period_to=None)
                | Q(period_from__isnull=False, period_to__gte=models.F("period_from")),
                name="invoice_period_runs_forward",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "-issue_date", "-id"],
                # Sums of what was issued, and how soon after delivery, are read from the index alone.
                include=["status", "kind", "currency", "net_amount", "delivery_date", "period_to"],
                name="document_by_date",
            ),
            models.Index(fields=["organization", "-number"], name="invoice_by_number"),
            # Where drafts come first, a filter that fits few of them would otherwise read every document.
            models.Index(
                fields=["organization", "id"], condition=Q(number__isnull=True), name="invoice_without_number"
            ),
            models.Index(fields=["organization", "customer", "-issue_date", "-id"], name="invoice_by_customer"),
            models.Index(fields=["organization", "customer"], condition=~Q(prepaid=[]), name="prepaid_document"),
            models.Index(fields=["organization", "status", "-updated_at", "-id"], name="invoice_by_status"),
            models.Index(fields=["organization", "due_date", "id"], name="invoice_by_due_date"),
            models.Index(fields=["organization", "-payable_amount", "-id"], name="invoice_by_amount"),
            models.Index(
                fields=["organization", "credits"], condition=Q(credits__isnull=False), name="invoice_by_credited"
            ),
            models.Index(fields=["organization", "receivable"], name="invoice_by_receivable"),
            models.Index(
                fields=["organization", "waits_for", "id"], condition=~Q(waits_for=""), name="draft_that_waits"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number) if self.number else str(self.get_kind_display())

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed and deleted."""
        return self.status == InvoiceStatus.DRAFT

    @property
    def is_credit_note(self) -> bool:
        """Whether it reduces another document: a credit note, or the withdrawal of a payment request."""
        return self.kind in TAKING_BACK

    @property
    def is_about_advance(self) -> bool:
        """Whether it asks for an advance or withdraws such a request: no sale, no VAT, no EHF."""
        return self.kind in ABOUT_ADVANCES


class InvoiceLine(OrganizationOwned):
    """One line; keeps its id through the life of the document."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = OrganizationForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="lines")
    product_number = models.CharField(max_length=30, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    description = models.CharField(_("Description"), max_length=500)
    detail = models.CharField(_("Second text"), max_length=1000, blank=True)
    internal_text = models.CharField(_("Text for us"), max_length=500, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6, default=1)
    unit_code = models.CharField(_("Unit"), max_length=3, default="NAR")
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6)
    discount_percent = models.DecimalField(_("Discount, %"), max_digits=7, decimal_places=4, default=Decimal(0))
    discount_amount = models.DecimalField(_("Discount, amount"), max_digits=16, decimal_places=2, default=Decimal(0))
    charge_kind = models.CharField(
        _("Charge"), max_length=14, choices=ChargeKind.choices, default=ChargeKind.CHARGEABLE
    )
    vat_treatment = models.CharField(
        _("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES, default=VatTreatment.STANDARD.value
    )
    vat_reason = models.CharField(_("Reason for no VAT"), max_length=200, blank=True)
    vat_rate_percent = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0))  # by the delivery date
    delivery_date = models.DateField(_("Delivery date"), null=True, blank=True)
    period_from = models.DateField(_("Period from"), null=True, blank=True)
    period_to = models.DateField(_("Period to"), null=True, blank=True)
    revenue_account = models.CharField(_("Revenue account"), max_length=10, default="3000")
    dimensions = models.JSONField(default=dict, blank=True)
    locked_fields = models.JSONField(default=list, blank=True)
    source = models.JSONField(default=dict, blank=True)  # kind, id, label, who approved, price rule, reason
    # What of the rooms above the line bills, and on a credit note what it takes back.
    source_id = models.UUIDField(null=True, editable=False)
    credits_line = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_lines")
    net_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    section = models.CharField(_("Section"), max_length=120, blank=True)  # neighbours of one name stand under it

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(charge_kind__in=ChargeKind.values), name="charge_kind_is_known"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="line_price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100, discount_amount__gte=0),
                name="line_discount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(vat_treatment__in=[treatment.value for treatment in VatTreatment]),
                name="line_vat_treatment_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "invoice", "position"], name="line_by_invoice"),
            models.Index(
                fields=["organization", "credits_line"],
                condition=Q(credits_line__isnull=False),
                name="line_by_credited_line",
            ),
            models.Index(
                fields=["organization", "source_id"], condition=Q(source_id__isnull=False), name="line_by_source"
            ),
            models.Index(
                fields=["organization", "product"], condition=Q(product__isnull=False), name="line_by_product"
            ),
        ]


class InvoiceFollowUp(OrganizationOwned):
    """What stays changeable on a finalized document."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="follow_ups")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    custom_properties = models.JSONField(default=dict)
    delivery_summary = models.CharField(max_length=20, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice"], name="one_follow_up_per_invoice"),
        ]
        indexes = [
            # Counted on every page.
            models.Index(
                fields=["organization", "invoice"], condition=Q(delivery_summary="nobody"), name="nobody_has_document"
            ),
        ]


class DraftCheck(OrganizationOwned):
    """What the statutory and EHF checks said of one state of a draft, told by the hash of its content."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="checks")
    content_hash = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    rules_version = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice"], name="one_check_per_draft"),
        ]
