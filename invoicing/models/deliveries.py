"""Handing documents over: acts of sending, a delivery per channel and recipient, and what became of each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class DispatchKind(models.TextChoices):
    """Why a document was handed over."""

    FIRST = "first", _("First sending")
    AGAIN = "again", _("Sent again")
    REPLACED_CHANNEL = "channel", _("Sent by another channel")
    TEST = "test", _("Test")


class DeliveryState(models.TextChoices):
    """Where a delivery stands; `invoicing.dispatching.states` says which way leads out of each."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    OPENED = "opened", _("Opened")
    REJECTED = "rejected", _("Rejected")
    BOUNCED = "bounced", _("Bounced")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("May have been sent")
    GIVEN_UP = "given_up", _("Given up")


class EventSource(models.TextChoices):
    """Who said what became of a delivery."""

    SYSTEM = "system", _("Bilag")
    PERSON = "person", _("A member")
    MAIL_SERVER = "mail_server", _("Mail server")
    MAILBOX = "mailbox", _("Returned mail")
    ACCESS_POINT = "access_point", _("Access point")
    RECEIVER = "receiver", _("The receiver")
    PAGE = "page", _("Invoice page")


class Dispatch(OrganizationOwned):
    """One act of handing a document over, by a person or by itself; under its key it happens once."""

    subject_kind = models.CharField(max_length=40, default="invoice")  # invoice, or a PaperKind
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=DispatchKind.choices, default=DispatchKind.FIRST)
    key = models.CharField(max_length=80)
    language = models.CharField(max_length=5)
    # Channels that come after the one in use, in their order: {"channel", "recipient"}.
    chain = models.JSONField(default=list)
    # What the e-mail says and whom it comes from: a Letter of `invoicing.dispatching.plain`.
    letter = models.JSONField(default=dict)
    # The claims that the letter demands, as it demands them: {"receivable", "owed", "held"}. What no longer stands so
    # at the last moment is not handed over.
    stands_on = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    made_by_id = models.UUIDField(null=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "subject_id", "key"], name="dispatch_happens_once"),
            models.CheckConstraint(condition=Q(kind__in=DispatchKind.values), name="dispatch_kind_is_known"),
        ]


class Delivery(OrganizationOwned):
    """One attempt to hand a document to one recipient by one channel."""

    dispatch = OrganizationForeignKey(Dispatch, on_delete=models.PROTECT, related_name="deliveries")
    subject_kind = models.CharField(max_length=40, default="invoice")
    subject_id = models.UUIDField()
    channel = models.CharField(_("Channel"), max_length=10, choices=Channel.choices)
    recipient = models.CharField(_("Recipient"), max_length=254)
    recipient_name = models.CharField(max_length=160, blank=True)
    is_copy = models.BooleanField(default=False)  # Cc: nothing follows from its failing but that it is seen
    state = models.CharField(_("State"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    state_since = models.DateTimeField(default=timezone.now)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # when the time of this state is up
    handing_over_at = models.DateTimeField(null=True)  # set just before the step that cannot be taken back
    message_id = models.CharField(max_length=200, blank=True)  # Message-ID, or the instance id of the envelope
    external_id = models.CharField(max_length=200, blank=True)  # what the transport calls it
    handed_over_at = models.DateTimeField(null=True)  # the day of dispatch
    follows = OrganizationForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followers")
    print_batch = OrganizationForeignKey(
        "invoicing.PrintBatch", on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    settled_at = models.DateTimeField(null=True)  # somebody has seen that it came to nothing, and let it rest
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "dispatch", "channel", "recipient"], name="one_delivery_per_recipient"
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="delivery_channel_is_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "subject_id"], name="delivery_by_subject"),
            models.Index(fields=["organization", "state", "due_at"], name="delivery_by_state"),
            models.Index(
                fields=["organization", "message_id"], condition=~Q(message_id=""), name="delivery_by_message"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.recipient}"

    @property
    def has_arrived(self) -> bool:
        """Whether the recipient is known to have it."""
        return self.state in {DeliveryState.DELIVERED, DeliveryState.OPENED}

    @property
    def is_under_way(self) -> bool:
        """Whether something still happens to it by itself."""
        return self.state in {DeliveryState.QUEUED, DeliveryState.SENDING}


class DeliveryEvent(OrganizationOwned):
    """One thing that happened to a delivery; never changed."""

    delivery = OrganizationForeignKey(Delivery, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, blank=True)  # empty: no new state
    reason = models.CharField(max_length=500, blank=True)
    reason_code = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=20, choices=EventSource.choices)
    key = models.CharField(max_length=200, blank=True)  # what the source calls it: the same news twice is one
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "delivery", "source", "key"],
                condition=~Q(key=""),
                name="delivery_news_comes_once",
            ),
            models.CheckConstraint(condition=Q(source__in=EventSource.values), name="event_source_is_known"),
        ]
        indexes = [models.Index(fields=["organization", "delivery", "happened_at"], name="event_by_delivery")]


class ReceivedMessage(OrganizationOwned):
    """Something that came back from outside: a returned mail, a reply, a message level status, an invoice response."""

    kind = models.CharField(max_length=20)  # dsn, reply, mls, invoice_response, status
    external_id = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    delivery = OrganizationForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="messages")
    code = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=500, blank=True)  # why nothing came of it
    facts = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "external_id"], name="message_is_received_once"),
        ]
        indexes = [models.Index(fields=["organization", "received_at"], name="received_message_by_time")]


class PrintBatch(OrganizationOwned):
    """Documents printed together: one merged file, in the order of the envelopes."""

    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sheets = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    printed_by = models.CharField(max_length=120, blank=True)
    printed_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="print_batch_number_is_unique"),
        ]

    def __str__(self) -> str:
        return str(self.number)
