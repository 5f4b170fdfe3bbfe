"""Money that has come in, what it pays, and what is paid back."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from payments.models.ledger import Account, Voucher
from payments.models.receivables import Receivable
from tenants.models import BankAccount
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class PaymentMethod(models.TextChoices):
    """How the customer paid."""

    BANK = "bank", _("Bank transfer")
    CARD = "card", _("Card")
    WALLET = "wallet", _("Vipps or MobilePay")
    DIRECT_DEBIT = "direct_debit", _("Direct debit")
    CASH = "cash", _("Cash")
    OTHER = "other", _("Other")


class PaymentSource(models.TextChoices):
    """Who told us of the money."""

    MANUAL = "manual", _("Registered by hand")
    BANK_FILE = "bank_file", _("Bank file")
    ONLINE = "online", _("Paid online")
    MOVED_IN = "moved_in", _("Moved in")
    ACCOUNTING = "accounting", _("Accounting system")


class Payment(OrganizationOwned):
    """Money that has come in, kept in full: what it has paid, what was paid back, and what still belongs to the payer.

    What it says never changes; how it is used is the sum of its allocations and refunds, which the database checks.
    """

    key = models.CharField(max_length=120)  # whoever tells of the same money again says the same key
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="payments")
    day = models.DateField(_("Received on"))
    currency = models.CharField(_("Currency"), max_length=3)
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)  # what it was worth in the books when it came
    fee = models.DecimalField(_("Bank fee"), max_digits=18, decimal_places=2, default=Decimal(0))  # kept by the bank
    method = models.CharField(_("Method"), max_length=12, choices=PaymentMethod.choices)
    source = models.CharField(max_length=10, choices=PaymentSource.choices)
    account = OrganizationForeignKey(Account, on_delete=models.PROTECT, related_name="payments")  # where it stands
    reference = models.CharField(_("Reference"), max_length=140, blank=True)
    payer_name = models.CharField(_("Payer"), max_length=140, blank=True)
    payer_account = models.CharField(_("Payer's account"), max_length=40, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="payments")
    applied = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    refunded = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    reversed = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))  # it never came, after all
    unapplied = models.DecimalField(max_digits=18, decimal_places=2)
    unapplied_base = models.DecimalField(max_digits=18, decimal_places=2)  # its part of the liability in the books
    registered_by = models.CharField(max_length=120)
    registered_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="payment_is_kept_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, base_amount__gte=0), name="payment_is_positive"),
            models.CheckConstraint(condition=Q(fee__gte=0, fee__lt=F("amount")), name="fee_is_less_than_the_payment"),
            models.CheckConstraint(
                condition=Q(applied__gte=0, refunded__gte=0, reversed__gte=0, unapplied__gte=0, unapplied_base__gte=0),
                name="parts_of_payment_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(amount=F("applied") + F("refunded") + F("reversed") + F("unapplied")),
                name="every_krone_of_a_payment_is_somewhere",
            ),
            models.CheckConstraint(condition=Q(source__in=PaymentSource.values), name="payment_source_is_known"),
            models.CheckConstraint(condition=Q(method__in=PaymentMethod.values), name="payment_method_is_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "-day", "-id"], name="payment_by_day"),
            models.Index(fields=["organization", "customer", "-day"], name="payment_by_customer"),
            models.Index(fields=["organization", "amount"], name="payment_by_amount"),
            models.Index(fields=["organization", "customer"], condition=Q(unapplied__gt=0), name="payment_with_a_rest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.day.isoformat()}"

    @property
    def payer(self) -> str:
        """Who paid, as far as anybody knows."""
        return self.payer_name or (self.customer.name if self.customer else "")

    @property
    def is_reversed(self) -> bool:
        """Whether the money turned out not to have come."""
        return self.reversed > 0


class AllocationKind(models.TextChoices):
    """What reduces the claim."""

    CREDIT = "credit", pgettext_lazy("what reduces a claim", "Credit note")
    PAYMENT = "payment", pgettext_lazy("what reduces a claim", "Payment")
    WRITE_OFF = "write_off", _("Written off")
    DIFFERENCE = "difference", _("Small difference")
    GIVEN_BACK = "given_back", _("Given back")  # of a payment request: what is not asked for any more
    WAIVED = "waived", pgettext_lazy("what reduces a claim", "Waived")  # of a fee or interest


class Allocation(OrganizationOwned):
    """What reduces one receivable: a payment, a credit or a loss; undone by a reversing allocation, never changed."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=10, choices=AllocationKind.choices, default=AllocationKind.CREDIT)
    credit_receivable = OrganizationForeignKey(
        Receivable, on_delete=models.PROTECT, related_name="credit_allocations", null=True
    )
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations", null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # of the receivable's currency
    base_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # the claim's part in the books
    payment_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # of the payment's currency
    source_base_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # what its source gave for it
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="allocations")
    reverses = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reversals")
    allocated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="allocation_is_not_zero"),
            models.CheckConstraint(
                condition=Q(credit_receivable=None) | ~Q(credit_receivable=F("receivable")),
                name="allocation_has_two_sides",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="credit", credit_receivable__isnull=False, payment__isnull=True, payment_amount__isnull=True
                )
                | Q(kind="payment", credit_receivable__isnull=True, payment__isnull=False, payment_amount__isnull=False)
                | Q(
                    kind__in=["write_off", "difference", "given_back", "waived"],
                    credit_receivable__isnull=True,
                    payment__isnull=True,
                    payment_amount__isnull=True,
                ),
                name="allocation_has_a_source",
            ),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=Q(reverses__isnull=False),
                name="allocation_is_reversed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "receivable"], name="allocation_by_receivable"),
            models.Index(fields=["organization", "credit_receivable"], name="allocation_by_credit"),
            models.Index(
                fields=["organization", "payment"],
                condition=Q(payment__isnull=False),
                include=["payment_amount"],
                name="allocation_by_payment",
            ),
            models.Index(fields=["organization", "voucher"], name="allocation_by_voucher"),
        ]


class RefundState(models.TextChoices):
    """Where money that is paid back stands."""

    REQUESTED = "requested", _("Waiting to be paid out")
    HANDED_OVER = "handed_over", _("On its way")  # in a file to the bank, or asked of the provider
    DONE = "done", _("Paid back")
    FAILED = "failed", pgettext_lazy("refund", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("refund", "Cancelled")


class RefundChannel(models.TextChoices):
    """How money goes back."""

    BY_HAND = "by_hand", _("Paid out by hand")
    BANK_FILE = "bank_file", _("Payment file to the bank")
    PROVIDER = "provider", _("Back to the card or wallet")
    CHARGEBACK = "chargeback", _("Taken back by the customer’s bank")


class Refund(OrganizationOwned):
    """Money that goes back to the payer out of a payment's unapplied rest; set aside once it is asked for."""

    key = models.CharField(max_length=120)
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2)  # of the payment's currency
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)  # its part of the liability in the books
    reason = models.CharField(_("Reason"), max_length=300)
    channel = models.CharField(max_length=10, choices=RefundChannel.choices)
    state = models.CharField(max_length=12, choices=RefundState.choices, default=RefundState.REQUESTED)
    payee_name = models.CharField(_("Payee"), max_length=140, blank=True)
    payee_account = models.CharField(_("Payee's account"), max_length=40, blank=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, null=True, related_name="refunds")
    requested_by = models.CharField(max_length=120)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="refund_is_asked_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, base_amount__gte=0), name="refund_is_positive"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="done", voucher__isnull=False) | (~Q(state="done") & Q(voucher__isnull=True)),
                name="refund_is_booked_when_done",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "payment"], name="refund_by_payment"),
            models.Index(
                fields=["organization", "channel"],
                condition=Q(state__in=["requested", "handed_over"]),
                name="refund_on_its_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class PaymentSettings(OrganizationOwned):
    """How an organization takes in money."""

    small_difference_max = models.DecimalField(
        _("Small difference"), max_digits=8, decimal_places=2, default=Decimal(0)
    )

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_payment_settings"),
            models.CheckConstraint(
                condition=Q(small_difference_max__gte=0, small_difference_max__lte=100),
                name="small_difference_is_small",
            ),
        ]

    def __str__(self) -> str:
        return gettext("small differences")


class BankAgreement(OrganizationOwned):
    """What the bank tells about one account, and where its money stands in the books."""

    bank_account = OrganizationForeignKey(BankAccount, on_delete=models.PROTECT, related_name="agreements")
    account = OrganizationForeignKey(Account, on_delete=models.PROTECT, related_name="agreements")
    # One source of payments per account: two files that tell of the same money would be two payments.
    source_format = models.CharField(max_length=10, blank=True)
    creditor_number = models.CharField(max_length=8, blank=True)  # Danish FIK, eight digits beginning with 8
    direct_debit_number = models.CharField(max_length=9, blank=True)  # the agreement on AvtaleGiro
    customer_unit = models.CharField(max_length=8, blank=True)  # who we are as a sender of files to the bank
    further_kids = models.JSONField(default=list)  # [length, "MOD10" or "MOD11"] beside the account's own: two at most

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "bank_account"], name="one_agreement_per_bank_account"),
            models.CheckConstraint(
                condition=Q(source_format__in=["", "ocr", "camt.053", "camt.054", "bgmax", "csv"]),
                name="source_of_payments_is_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.bank_account)


class PeriodLock(OrganizationOwned):
    """Up to which day the books are closed, from a moment on; the newest row stands, none is ever changed."""

    locked_through = models.DateField(_("Closed through"), null=True)  # None: everything is open again
    reason = models.CharField(_("Reason"), max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="newest_period_lock")]

    def __str__(self) -> str:
        return self.locked_through.isoformat() if self.locked_through else gettext("all open")
