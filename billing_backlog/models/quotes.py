"""Quotes as customers see and answer them, and the order confirmations that they become."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing_backlog.models.projects import Contract, Project
from customers.models import VAT_TREATMENT_CHOICES, Customer, Product
from invoicing.models import Invoice
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class QuoteState(models.TextChoices):
    """Where a quote stands on a day; derived from its facts."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", pgettext_lazy("quote", "Sent")
    ACCEPTED = "accepted", pgettext_lazy("quote", "Accepted")
    DECLINED = "declined", pgettext_lazy("quote", "Declined")
    EXPIRED = "expired", pgettext_lazy("quote", "Expired")
    WITHDRAWN = "withdrawn", pgettext_lazy("quote", "Withdrawn")


class OfferSeries(OrganizationOwned):
    """The number that was given last to a quote or an order confirmation; each kind counts by itself."""

    kind = models.CharField(max_length=20)
    last_number = models.PositiveIntegerField(default=0)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind"], name="one_series_per_kind_of_offer"),
        ]


class Quote(OrganizationOwned):
    """What is offered to a customer: changed until it is answered, and as it was shown from then on."""

    number = models.PositiveIntegerField(editable=False)
    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="quotes", verbose_name=_("Customer")
    )
    project = OrganizationForeignKey(
        Project, on_delete=models.PROTECT, null=True, related_name="quotes", verbose_name=_("Project")
    )
    responsible = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    contact_name = models.CharField(_("Contact"), max_length=120, blank=True)
    contact_email = models.EmailField(_("E-mail address"), blank=True)
    title = models.CharField(_("Title"), max_length=160)
    text = models.TextField(_("Text"), max_length=5000, blank=True)
    language = models.CharField(_("Language"), max_length=5)
    currency = models.CharField(_("Currency"), max_length=3)
    prices_include_vat = models.BooleanField(_("Prices include VAT"), default=False)
    valid_until = models.DateField(_("Valid through"))
    delivery_date = models.DateField(_("Delivery date"), null=True, blank=True)
    buyer_reference = models.CharField(_("Their reference"), max_length=80, blank=True)
    net_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    payable_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by_name = models.CharField(max_length=120, blank=True, editable=False)
    accepted_sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the words that were shown
    accepted_note = models.CharField(max_length=300, blank=True, editable=False)  # how, where staff has entered it
    declined_at = models.DateTimeField(null=True, editable=False)
    declined_reason = models.CharField(max_length=1000, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="quote_number_is_unique"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_sha256="")
                | (Q(accepted_at__isnull=False) & ~Q(accepted_sha256="") & ~Q(accepted_by_name="")),
                name="acceptance_names_who_and_what",
            ),
            models.CheckConstraint(
                condition=(
                    Q(accepted_at=None, declined_at=None)
                    | Q(accepted_at=None, withdrawn_at=None)
                    | Q(declined_at=None, withdrawn_at=None)
                ),
                name="quote_has_one_answer",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""), name="withdrawing_a_quote_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-number", "-id"], name="quote_by_number"),
            models.Index(fields=["organization", "customer", "-number"], name="quote_by_customer"),
        ]

    def __str__(self) -> str:
        return str(_("Quote %(number)s") % {"number": self.number})

    @property
    def is_answered(self) -> bool:
        """Whether the customer has said yes or no: nothing in it changes any more."""
        return self.accepted_at is not None or self.declined_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return not self.is_answered and self.withdrawn_at is None

    def state_on(self, day: date) -> QuoteState:
        """Where it stands on that day."""
        if self.accepted_at is not None:
            return QuoteState.ACCEPTED
        if self.declined_at is not None:
            return QuoteState.DECLINED
        if self.withdrawn_at is not None:
            return QuoteState.WITHDRAWN
        if self.sent_at is None:
            return QuoteState.DRAFT
        return QuoteState.EXPIRED if self.valid_until < day else QuoteState.SENT


class QuoteLine(OrganizationOwned):
    """One line of a quote."""

    quote = OrganizationForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = OrganizationForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="quote_lines")
    description = models.CharField(_("Description"), max_length=500)
    detail = models.CharField(_("Second text"), max_length=1000, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6, default=1)
    unit_code = models.CharField(_("Unit"), max_length=3, default="NAR")
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6)
    discount_percent = models.DecimalField(_("Discount, %"), max_digits=7, decimal_places=4, default=Decimal(0))
    vat_treatment = models.CharField(_("VAT"), max_length=20, choices=VAT_TREATMENT_CHOICES)
    net_amount = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quoted_quantity_is_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="quoted_price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="quoted_discount_in_range"
            ),
        ]
        indexes = [models.Index(fields=["organization", "quote", "position"], name="quote_line_by_quote")]


class QuoteVersion(OrganizationOwned):
    """What a customer was shown of a quote, word for word; an acceptance names its hash."""

    quote = OrganizationForeignKey(Quote, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()  # QuotePaper of `billing_backlog.quoting.papers`
    sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "quote", "number"], name="quote_versions_are_counted"),
        ]


class OrderConfirmation(OrganizationOwned):
    """What was agreed: a frozen copy of the accepted quote, and the contract that it became."""

    number = models.PositiveIntegerField(editable=False)
    quote = OrganizationForeignKey(Quote, on_delete=models.PROTECT, related_name="orders")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    contract = OrganizationForeignKey(Contract, on_delete=models.PROTECT, null=True, related_name="orders")
    title = models.CharField(_("Title"), max_length=160)
    currency = models.CharField(_("Currency"), max_length=3)
    delivery_date = models.DateField(_("Delivery date"), null=True)
    net_amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2)
    payable_amount = models.DecimalField(max_digits=16, decimal_places=2)
    content = models.JSONField()  # QuotePaper of `billing_backlog.quoting.papers`
    sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="order_number_is_unique"),
            models.UniqueConstraint(fields=["organization", "quote"], name="one_order_per_quote"),
            models.UniqueConstraint(
                fields=["organization", "contract"], condition=Q(contract__isnull=False), name="one_order_per_contract"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-number", "-id"], name="order_by_number"),
            models.Index(fields=["organization", "customer", "-number"], name="order_by_customer"),
        ]

    def __str__(self) -> str:
        return str(_("Order %(number)s") % {"number": self.number})


class OrderDraft(OrganizationOwned):
    """The draft or invoice that bills an order; a deleted draft takes it along, and another can be made."""

    order = OrganizationForeignKey(OrderConfirmation, on_delete=models.CASCADE, related_name="drafts")
    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="order_drafts")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "order"], name="order_is_billed_by_one_document"),
            models.UniqueConstraint(fields=["organization", "invoice"], name="document_bills_one_order"),
        ]


class OfferMail(OrganizationOwned):
    """One e-mail with a quote or an order confirmation: to whom, by whom, and what became of it."""

    quote = OrganizationForeignKey(Quote, on_delete=models.CASCADE, related_name="mails")
    order = OrganizationForeignKey(OrderConfirmation, on_delete=models.CASCADE, null=True, related_name="mails")
    version = OrganizationForeignKey(QuoteVersion, on_delete=models.CASCADE, null=True, related_name="mails")
    recipient = models.EmailField()
    message = models.CharField(max_length=2000, blank=True)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    failed_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(order=None, version__isnull=False) | Q(order__isnull=False, version=None),
                name="offer_mail_has_one_paper",
            ),
        ]
        indexes = [models.Index(fields=["organization", "quote", "-asked_at"], name="offer_mail_by_quote")]
