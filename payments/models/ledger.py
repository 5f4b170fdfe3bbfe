"""The ledger: accounts, vouchers and postings, and the exchange rates that they are kept by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.canonical import digest
from payments.models.receivables import Receivable
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
    APPLICATION = "application", _("Payment applied")  # money that stood unapplied pays a claim, or no longer does
    WRITE_OFF = "write_off", _("Written off")
    PAYOUT = "payout", _("Payout")  # what a payment provider paid out to the bank account
    ADVANCE = "advance", _("Payment request")  # what is asked for before anything is delivered, or no longer is
    FEE = "fee", _("Fee")  # of a reminder, or the compensation that the law gives instead
    INTEREST = "interest", _("Interest")  # for late payment
    OPENING = "opening", _("Opening balance")  # what another system held when the books moved here


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
