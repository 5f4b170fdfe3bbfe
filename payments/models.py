"""The ledger: accounts, vouchers, postings, receivables and what settles them."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from foundation.canonical import digest
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class Account(OrganizationOwned):
    """An account of the organization's small chart, by Norwegian standard numbers unless mapped otherwise."""

    number = models.CharField(_("Account"), max_length=10)
    name = models.CharField(_("Name"), max_length=80)
    purpose = models.CharField(max_length=40, blank=True)  # what posting rules know it by; empty: only by number
    is_active = models.BooleanField(_("In use"), default=True)  # out of use: not offered any more

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="account_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "purpose"], condition=~Q(purpose=""), name="account_purpose_is_unique"
            ),
            models.CheckConstraint(condition=Q(purpose="") | Q(is_active=True), name="account_of_a_rule_stays_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ExchangeRate(OrganizationOwned):
    """Units of the base currency for one unit of a currency, from a day on."""

    currency = models.CharField(_("Currency"), max_length=3)
    day = models.DateField(_("Date"))
    rate = models.DecimalField(_("Rate"), max_digits=18, decimal_places=8)
    source = models.CharField(_("Source"), max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "currency", "day"], name="one_exchange_rate_per_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_is_positive"),
        ]


class VoucherSeries(OrganizationOwned):
    """The last voucher number of a year; its row is the queue, and holds the head of the chain."""

    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64)
    # Set by a trigger when the number moves: the moment under the lock, and the transaction that moved it.
    moved_at = models.DateTimeField(null=True, editable=False)
    moved_transaction = models.BigIntegerField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "year"], name="one_voucher_series_per_year"),
        ]

    @property
    def genesis_hash(self) -> str:
        """The hash before the first voucher: what the series is, so that changing it breaks the chain."""
        return digest([self.id, self.organization_id, self.year])


class VoucherKind(models.TextChoices):
    """What happened."""

    SALE = "sale", _("Sale")
    CREDIT = "credit", _("Credit note")
    SETTLEMENT = "settlement", _("Settlement")
    PAYMENT = "payment", _("Payment")  # money that somebody recorded or a bank file told
    ONLINE_PAYMENT = "online", _("Online payment")  # money that the customer paid by a provider
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")


class Voucher(OrganizationOwned):
    """A dated, balanced set of postings with its source; never changed, reversed by another voucher."""

    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    day = models.DateField(_("Accounting date"))
    kind = models.CharField(max_length=12, choices=VoucherKind.choices)
    text = models.CharField(max_length=160)
    source_kind = models.CharField(max_length=40)
    source_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    reverses = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="reversals")
    posted_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(editable=False)  # only its own transaction may post on it
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "year", "number"], name="voucher_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=Q(reverses__isnull=False),
                name="voucher_is_reversed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "source_id"], name="voucher_by_source"),
            models.Index(fields=["organization", "-day", "-number"], name="voucher_by_day"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number as people write it: year and number."""
        return f"{self.year}-{self.number:05d}"


class ReceivableKind(models.TextChoices):
    """What the claim came from."""

    INVOICE = "invoice", _("Invoice")
    CREDIT = "credit", _("Credit note")
    FEE = "fee", _("Fee")
    INTEREST = "interest", _("Interest")
    OPENING = "opening", _("Opening balance")


class Receivable(OrganizationOwned):
    """An open claim on a customer, negative for a credit; its balance is the sum of its postings."""

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="receivables")
    kind = models.CharField(max_length=10, choices=ReceivableKind.choices)
    document_number = models.CharField(max_length=30)
    kid = models.CharField(max_length=25, blank=True)
    currency = models.CharField(max_length=3)
    issue_date = models.DateField()
    due_date = models.DateField(null=True)
    principal = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="additions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ReceivableKind.values), name="receivable_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["fee", "interest"], principal__isnull=False)
                | (~Q(kind__in=["fee", "interest"]) & Q(principal=None)),
                name="additions_name_their_principal",
            ),
            models.UniqueConstraint(
                fields=["organization", "kid"], condition=~Q(kid=""), name="kid_names_one_receivable"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "due_date"], name="receivable_by_customer"),
            models.Index(fields=["organization", "principal"], name="receivable_by_principal"),
        ]

    def __str__(self) -> str:
        return self.document_number


class ReceivableBalance(OrganizationOwned):
    """What is owed on a receivable: the sum of its postings, kept by the ledger for lists to ask what is open."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="balances")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="balances")
    currency = models.CharField(max_length=3)
    due_date = models.DateField(null=True)
    currency_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "receivable"], name="one_balance_per_receivable"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "due_date", "receivable"],
                condition=~Q(currency_amount=0),
                # Sums of what is open are read from the index alone.
                include=["customer", "currency", "amount", "currency_amount"],
                name="open_balance_by_due_date",
            ),
        ]


class Posting(OrganizationOwned):
    """One signed amount on one account: debit positive, credit negative, in the base currency."""

    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="postings")
    position = models.PositiveSmallIntegerField()
    account = OrganizationForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency_amount = models.DecimalField(max_digits=18, decimal_places=2)
    vat_code = models.CharField(max_length=10, blank=True)
    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, null=True, related_name="postings")
    dimensions = models.JSONField(default=dict)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "voucher", "position"], name="posting_position_is_unique"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "receivable"],
                condition=Q(receivable__isnull=False),
                include=["currency_amount"],
                name="posting_by_receivable",
            ),
            models.Index(fields=["organization", "account"], name="posting_by_account"),
        ]


class Allocation(OrganizationOwned):
    """The part of a credit that settles one receivable; undone by a reversing allocation, never changed."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="allocations")
    credit_receivable = OrganizationForeignKey(
        Receivable, on_delete=models.PROTECT, related_name="credit_allocations", null=True
    )
    amount = models.DecimalField(max_digits=18, decimal_places=2)
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
            models.CheckConstraint(condition=Q(credit_receivable__isnull=False), name="allocation_has_a_source"),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                condition=Q(reverses__isnull=False),
                name="allocation_is_reversed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "receivable"], name="allocation_by_receivable"),
            models.Index(fields=["organization", "credit_receivable"], name="allocation_by_credit"),
            models.Index(fields=["organization", "voucher"], name="allocation_by_voucher"),
        ]


class HoldKind(models.TextChoices):
    """Why a claim is not pressed."""

    DISPUTE = "dispute", _("Disputed")
    PROMISE = "promise", _("Promised to be paid by a date")
    INSTALMENTS = "instalments", _("Paid in instalments")
    CUSTOMER = "customer", _("On hold for the customer")
    INSOLVENCY = "insolvency", _("Insolvent")
    REJECTED = "rejected", _("Rejected by the buyer")


class Hold(OrganizationOwned):
    """A fact about a receivable or a part of it: nothing is asked of the debtor while it stands."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12, choices=HoldKind.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # of the claim's currency; None: all of it
    reason = models.CharField(_("Reason"), max_length=500)
    until = models.DateField(_("Until"), null=True)  # the last day on which it stands
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_is_known"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="held_amount_is_positive"),
        ]
        indexes = [
            models.Index(fields=["organization", "receivable"], condition=Q(released_at=None), name="standing_hold"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
