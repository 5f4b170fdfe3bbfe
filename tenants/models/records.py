"""The audit trail and the outbox."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class AuditEntry(OrganizationOwned):
    """One line of the audit trail: who did what to which thing, when. Never changed, never deleted."""

    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    actor_kind = models.CharField(max_length=10)  # user, system
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject_label = models.CharField(max_length=160, blank=True)
    facts = models.JSONField(default=dict)  # before and after, as the verb needs them

    class Meta(OrganizationOwned.Meta):
        indexes = [
            models.Index(fields=["organization", "subject_id", "-recorded_at"], name="audit_by_subject"),
            models.Index(fields=["organization", "-recorded_at", "-id"], name="audit_by_time"),
        ]


class AuditSeal(OrganizationOwned):
    """The place of one audit entry in the chain: each seal holds the hash of its entry and of the seal before."""

    sequence = models.BigIntegerField()
    entry = OrganizationForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="seals")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="audit_sequence_is_unique"),
            models.UniqueConstraint(fields=["organization", "entry"], name="audit_entry_is_sealed_once"),
        ]


class AuditErasure(OrganizationOwned):
    """That the words of one audit line were erased: the hash that it was sealed with, and that of what is left."""

    entry = OrganizationForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="erasures")
    erased_by = OrganizationForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="+")  # the line that tells it
    digest = models.CharField(max_length=64)
    remaining_digest = models.CharField(max_length=64)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "entry"], name="audit_line_is_erased_once"),
        ]
        indexes = [models.Index(fields=["organization", "erased_by"], name="audit_erasure_by_cause")]


class OutboxState(models.TextChoices):
    """None without an exit: unknown is asked about, failed is shown and can be tried again."""

    NEW = "new", _("Waiting")
    SENDING = "sending", _("Under way")
    SENT = "sent", _("Done")
    UNKNOWN = "unknown", _("Outcome unknown")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class OutboxRow(OrganizationOwned):
    """An outside effect that a business transaction has decided; a relay hands it to a worker."""

    kind = models.CharField(max_length=60)  # the task's name
    key = models.CharField(max_length=160)  # stable: the same effect never stands here twice
    subject_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    leaves_house = models.BooleanField(default=True)  # waits where sending is locked; work within goes on
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.NEW)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="outbox_key_is_unique"),
            models.CheckConstraint(condition=Q(state__in=OutboxState.values), name="outbox_state_is_known"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "not_before"],
                condition=Q(state__in=["new", "sending"]),
                name="outbox_due",
            ),
            models.Index(fields=["organization", "subject_id"], name="outbox_by_subject"),
            models.Index(
                fields=["organization", "state"], condition=Q(state__in=["failed", "unknown"]), name="outbox_stuck"
            ),
        ]
