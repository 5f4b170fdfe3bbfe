"""What payment providers paid out: one sum on the bank account, and every movement that it holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.bank import BankLine
from payments.models.ledger import Posting, Voucher
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class Payout(OrganizationOwned):
    """That a movement on the bank account is a provider's payout; undone by a reversing voucher, never changed."""

    bank_line = OrganizationForeignKey(BankLine, on_delete=models.PROTECT, related_name="payouts")
    settled = models.DecimalField(max_digits=18, decimal_places=2)  # what left the clearing account, in the books
    fee = models.DecimalField(_("Fee"), max_digits=18, decimal_places=2)  # of the movement's currency
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="payouts")
    reversal = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, null=True, related_name="payouts_undone")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "bank_line"],
                condition=Q(reversal=None),
                name="one_payout_per_bank_line",
            ),
            models.CheckConstraint(condition=Q(fee__gte=0), name="payout_fee_is_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.bank_line)


class PayoutPart(OrganizationOwned):
    """A movement of the clearing account that a payout holds: each is paid out once, unless that was undone."""

    payout = OrganizationForeignKey(Payout, on_delete=models.PROTECT, related_name="parts")
    posting = OrganizationForeignKey(Posting, on_delete=models.PROTECT, related_name="payout_parts")
    is_undone = models.BooleanField(default=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "posting"], condition=Q(is_undone=False), name="posting_is_paid_out_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "payout"], name="payout_part_by_payout")]
