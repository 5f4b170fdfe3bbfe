"""What is pushed, how far it has come, and every attempt at it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from accounting_sync.models.connections import Connection
from customers.models import Customer
from payments.models import Voucher
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class SyncState(models.TextChoices):
    """How far a voucher has come on its way; each state has a way out."""

    WAITING = "waiting", pgettext_lazy("voucher", "Queued")
    BLOCKED = "blocked", pgettext_lazy("voucher", "Stopped")  # until something of ours is mended
    SENDING = "sending", pgettext_lazy("voucher", "Being sent")
    UNKNOWN = "unknown", pgettext_lazy("voucher", "Being looked for")  # it may have arrived
    SENT = "sent", pgettext_lazy("voucher", "Sent")  # not read back yet
    CONFIRMED = "confirmed", pgettext_lazy("voucher", "Posted")
    REFUSED = "refused", pgettext_lazy("voucher", "Refused")
    DIFFERS = "differs", pgettext_lazy("voucher", "Differs")
    LEFT_OUT = "left_out", pgettext_lazy("voucher", "Left out")


UNDER_WAY = (SyncState.WAITING, SyncState.SENDING, SyncState.UNKNOWN, SyncState.SENT)
STOPPED = (SyncState.BLOCKED, SyncState.REFUSED, SyncState.DIFFERS)
ARRIVED = (SyncState.SENT, SyncState.CONFIRMED, SyncState.DIFFERS)
# Stands in the place of a step where the money was booked there by somebody else, and registered here afterwards.
FOUND_THERE = "payment_there"


class SyncItem(OrganizationOwned):
    """One voucher's passage to one accounting system, which happens once."""

    connection = OrganizationForeignKey(Connection, on_delete=models.PROTECT, related_name="items")
    voucher = OrganizationForeignKey(Voucher, on_delete=models.PROTECT, related_name="sync_items")
    event = models.CharField(max_length=10, default="post")
    # Raised where what was pushed is gone there and is pushed again: the key of the attempts changes with it.
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=SyncState.choices, default=SyncState.WAITING)
    # Why it stands where it stands: {"code", …facts}; put into words by `words.reason_in_words`.
    reason = models.JSONField(default=dict)
    step = models.CharField(max_length=20, blank=True)  # the writing call that is or may be under way
    done = models.JSONField(default=dict)  # step → what it made
    attempts = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)  # times that it was looked for in vain
    next_at = models.DateTimeField(default=timezone.now)
    # For lists and comparing, as they were when it was chosen or pushed.
    day = models.DateField()
    kind = models.CharField(max_length=12)  # of the voucher
    number = models.CharField(max_length=30)
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="sync_items")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    base_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    accounts = models.JSONField(default=dict)  # their account code → what was pushed, debit positive, base currency
    pushed_day = models.DateField(null=True)  # where somebody moved it to an open period
    payload_hash = models.CharField(max_length=64, blank=True)  # of the calls, as the preview shows it
    remote_id = models.CharField(max_length=120, blank=True)
    remote_number = models.CharField(max_length=60, blank=True)
    remote = models.JSONField(default=dict)  # as it was read back
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "voucher", "event"], name="each_voucher_is_pushed_once"
            ),
            models.CheckConstraint(condition=Q(state__in=SyncState.values), name="sync_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False) & ~Q(remote_id=""),
                name="confirmed_item_names_its_remote",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sending", "unknown"]) | ~Q(step=""), name="sending_item_names_its_step"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "connection", "next_at"],
                condition=Q(state__in=["waiting", "sending", "unknown", "sent"]),
                name="sync_item_due",
            ),
            models.Index(fields=["organization", "connection", "state", "-day"], name="sync_item_by_state"),
            models.Index(fields=["organization", "voucher"], name="sync_item_by_voucher"),
            models.Index(fields=["organization", "connection", "remote_id"], name="sync_item_by_remote"),
            models.Index(fields=["organization", "connection", "-id"], name="sync_item_newest"),
            models.Index(fields=["organization", "connection", "day"], name="sync_item_by_day"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def came_back(self) -> bool:
        """Whether it is a payment that was found there and registered here: nothing of it was ever pushed."""
        return FOUND_THERE in self.done


class PushAttempt(OrganizationOwned):
    """One call for one item and what came of it; never changed."""

    item = OrganizationForeignKey(SyncItem, on_delete=models.PROTECT, related_name="tries")
    step = models.CharField(max_length=20)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    request = models.TextField(blank=True)  # without secrets, cut off
    status = models.PositiveSmallIntegerField(null=True)  # None: no answer
    answer = models.TextField(blank=True)
    outcome = models.CharField(max_length=20)  # done, or the kind of problem
    milliseconds = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "item", "-id"], name="push_attempt_by_item")]
