"""What machines hold: tokens to call with, what their calls have done, and where they want to be told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.models.people import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

CALLS_PER_MINUTE = 600


class ApiToken(OrganizationOwned):
    """A key to the API for one program: shown once, kept as a hash, good for what its scopes say."""

    name = models.CharField(_("Name"), max_length=80)
    secret_sha256 = models.CharField(max_length=64, editable=False)
    first_characters = models.CharField(max_length=16, editable=False)
    scopes = models.JSONField(pgettext_lazy("what a token may do", "May"), default=list)
    calls_per_minute = models.PositiveIntegerField(_("Calls a minute"), default=CALLS_PER_MINUTE)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("Holds through"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "secret_sha256"], name="api_token_secret_is_unique"),
            models.CheckConstraint(condition=Q(calls_per_minute__gt=0), name="api_token_may_call"),
        ]
        # A call names its secret before its organization is known.
        indexes = [models.Index(fields=["secret_sha256"], name="api_token_by_secret")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_revoked(self) -> bool:
        """Whether somebody has taken it back."""
        return self.revoked_at is not None


class ApiCall(OrganizationOwned):
    """What a call with a key has done, so that the same call again is answered without doing it again."""

    token = OrganizationForeignKey(ApiToken, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=120)
    operation = models.CharField(max_length=300)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="api_key_is_used_once"),
        ]
        indexes = [models.Index(fields=["organization", "created_at"], name="api_call_by_time")]


class WebhookEndpoint(OrganizationOwned):
    """An address of somebody else's that wants to be told what happens here."""

    url = models.CharField(_("Address"), max_length=500)
    description = models.CharField(_("What it is for"), max_length=120, blank=True)
    events = models.JSONField(_("Tell of"), default=list)
    secret_sealed = models.BinaryField(editable=False)
    # After a rotation both sign for a while, so that the receiver can change over without losing anything.
    old_secret_sealed = models.BinaryField(null=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(_("In use"), default=True)
    paused_at = models.DateTimeField(null=True, editable=False)  # it has refused us too often
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row
    sequence = models.BigIntegerField(default=0, editable=False)  # how far the sealed audit trail was read for it
    last_status = models.PositiveSmallIntegerField(null=True, editable=False)
    last_answer = models.CharField(max_length=300, blank=True, editable=False)
    last_tried_at = models.DateTimeField(null=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(url__startswith="http"), name="webhook_goes_over_http"),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_listening(self) -> bool:
        """Whether it is told of what happens now."""
        return self.is_active and self.paused_at is None and self.removed_at is None


class WebhookEvent(OrganizationOwned):
    """Something that has happened, as it is told: the same for everybody who wants to know, and told under one id."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160)  # what happened once is one event
    subject_id = models.UUIDField(null=True)
    content = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="webhook_event_happens_once"),
        ]
        indexes = [models.Index(fields=["organization", "created_at"], name="webhook_event_by_time")]


class WebhookState(models.TextChoices):
    """Of one event on its way to one address."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up")


class WebhookDelivery(OrganizationOwned):
    """One event on its way to one address: how often it was tried and what was answered."""

    endpoint = OrganizationForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = OrganizationForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(_("State"), max_length=10, choices=WebhookState.choices, default=WebhookState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_answer = models.CharField(max_length=300, blank=True)
    last_tried_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "endpoint", "event"], name="webhook_is_told_once"),
            models.CheckConstraint(condition=Q(state__in=WebhookState.values), name="webhook_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "endpoint", "-created_at", "-id"], name="webhook_by_endpoint"),
            models.Index(fields=["organization", "event"], name="webhook_by_event"),
        ]
