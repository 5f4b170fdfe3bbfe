"""Paying online: the accounts at providers, each attempt of a customer to pay, what providers told, saved methods."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from payments.models.payments import Payment
from payments.models.receivables import Hold, Receivable
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ProviderKind(models.TextChoices):
    """Who moves the money of those who pay online."""

    STRIPE = "stripe", "Stripe"
    VIPPS = "vipps", "Vipps MobilePay"
    DEMO = "demo", _("Demo provider")


class ProviderAccount(OrganizationOwned):
    """The organization's account at a payment provider, with what opens it and the way back, all sealed."""

    SECRETS_COLUMN = "provider_account.secrets"

    provider = models.CharField(_("Provider"), max_length=10, choices=ProviderKind.choices)
    secrets_sealed = models.BinaryField(editable=False)  # JSON: keys of the provider, and the secret of the way back
    hook_sha256 = models.CharField(max_length=64, editable=False)  # of the secret in the address of the way back
    account_reference = models.CharField(max_length=80, blank=True, editable=False)  # the provider's name for it
    currencies = models.JSONField(_("Currencies"), default=list)
    saves_methods = models.BooleanField(_("Customers may save their card"), default=False)
    is_live = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("In use"), default=True)
    connected_at = models.DateTimeField(null=True, editable=False)  # it knows us, and tells us what happens
    problem = models.CharField(max_length=500, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "provider"], name="one_account_per_provider"),
            models.CheckConstraint(condition=Q(provider__in=ProviderKind.values), name="provider_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.get_provider_display())


class SavedMethod(OrganizationOwned):
    """A card that a customer let the organization charge later: the provider's token, and what was agreed."""

    TOKEN_COLUMN = "saved_method.token"  # noqa: S105 - the place that the token is sealed for

    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="saved_methods")
    account = OrganizationForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="saved_methods")
    token_sealed = models.BinaryField(editable=False)
    token_sha256 = models.CharField(max_length=64, editable=False)  # the same token is kept once
    brand = models.CharField(max_length=30)
    last_digits = models.CharField(max_length=4, blank=True)
    expires = models.CharField(max_length=7, blank=True)  # 2030-08
    mandate_text = models.TextField()
    agreed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.CharField(max_length=120, blank=True, editable=False)
    problem = models.CharField(max_length=200, blank=True, editable=False)  # the last hard refusal

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "account", "token_sha256"], name="method_is_saved_once"),
            models.CheckConstraint(condition=~Q(mandate_text=""), name="saved_method_has_a_mandate"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "customer"], condition=Q(revoked_at=None), name="saved_method_by_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last_digits}" if self.last_digits else self.brand


class AttemptKind(models.TextChoices):
    """How the customer pays."""

    CHECKOUT = "checkout", _("On the provider's page")
    CHARGE = "charge", _("With a saved method")


class AttemptState(models.TextChoices):
    """Where an attempt stands; the rules of what follows what are in `payments.online.states`."""

    CREATED = "created", pgettext_lazy("payment", "Being prepared")
    PENDING = "pending", pgettext_lazy("payment", "With the customer")
    PROCESSING = "processing", pgettext_lazy("payment", "On its way")
    AUTHORIZED = "authorized", pgettext_lazy("payment", "Reserved")
    CAPTURED = "captured", pgettext_lazy("payment", "Paid")
    FAILED = "failed", pgettext_lazy("payment", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("payment", "Cancelled")
    EXPIRED = "expired", pgettext_lazy("payment", "Expired")
    UNKNOWN = "unknown", pgettext_lazy("payment", "Not known")


class Decline(models.TextChoices):
    """What a refusal asks for: another try, another method, or the customer."""

    SOFT = "soft", _("May be tried again")
    HARD = "hard", _("Another method is needed")
    CUSTOMER = "customer", _("The customer must confirm")


class PaymentAttempt(OrganizationOwned):
    """One try of one customer to pay one or several claims online; its id is the key that the provider is told."""

    account = OrganizationForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="attempts")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(max_length=10, choices=AttemptKind.choices)
    saved_method = OrganizationForeignKey(SavedMethod, on_delete=models.PROTECT, null=True, related_name="charges")
    key = models.CharField(max_length=120)  # the same key is the same attempt
    claims_key = models.CharField(max_length=64)  # of the claims that it pays
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    state = models.CharField(max_length=12, choices=AttemptState.choices, default=AttemptState.CREATED)
    state_since = models.DateTimeField()
    look_at = models.DateTimeField()  # when the provider is asked again, or the attempt given up
    looks = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()  # the provider's page closes
    checkout_reference = models.CharField(max_length=120, blank=True)  # the provider's name of the page
    payment_reference = models.CharField(max_length=120, blank=True)  # and of the money
    address = models.TextField(blank=True)  # of the provider's page
    return_path = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=5, default="nb")
    saves_method = models.BooleanField(default=False)
    mandate_text = models.TextField(blank=True)
    cancel_asked_at = models.DateTimeField(null=True)
    decline = models.CharField(max_length=10, choices=Decline.choices, blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    payment = OrganizationForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="attempts")
    receipt_wanted_at = models.DateTimeField(null=True)  # both sides get a receipt of what was paid here
    dispute_reference = models.CharField(max_length=120, blank=True)
    dispute_state = models.CharField(max_length=10, blank=True)
    hold = OrganizationForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="attempts")
    started_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="attempt_is_made_once"),
            models.UniqueConstraint(
                fields=["organization", "claims_key"],
                condition=Q(
                    state__in=["created", "pending", "processing", "authorized", "unknown"],
                    cancel_asked_at=None,
                ),
                name="one_open_attempt_per_claims",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_is_positive"),
            models.CheckConstraint(condition=Q(state__in=AttemptState.values), name="attempt_state_is_known"),
            models.CheckConstraint(
                condition=Q(kind="charge", saved_method__isnull=False) | Q(kind="checkout", saved_method=None),
                name="charge_names_its_method",
            ),
            models.CheckConstraint(
                condition=~Q(state="captured") | Q(payment__isnull=False), name="captured_attempt_has_a_payment"
            ),
            models.CheckConstraint(
                condition=Q(dispute_state__in=["", "open", "won", "lost"]), name="dispute_state_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "look_at"],
                condition=Q(state__in=["created", "pending", "processing", "authorized", "unknown"]),
                name="attempt_to_look_at",
            ),
            models.Index(
                fields=["organization", "payment_reference"],
                condition=~Q(payment_reference=""),
                name="attempt_by_reference",
            ),
            models.Index(fields=["organization", "customer", "-created_at"], name="attempt_by_customer"),
            models.Index(fields=["organization", "payment"], name="attempt_by_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class AttemptPart(OrganizationOwned):
    """What an attempt pays of one claim."""

    attempt = OrganizationForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="parts")
    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="attempt_parts")
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "attempt", "receivable"], name="attempt_pays_claim_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_part_is_positive"),
        ]
        indexes = [models.Index(fields=["organization", "receivable"], name="attempt_part_by_claim")]


class ProviderEvent(OrganizationOwned):
    """What a provider told us once, never changed: a nudge to ask it how things stand."""

    account = OrganizationForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    attempt_reference = models.CharField(max_length=120, blank=True)  # our key, where the provider says it
    payment_reference = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "account", "event_id"], name="event_is_kept_once"),
        ]


class DemoCheckout(OrganizationOwned):
    """What the demo provider knows: the far side of an attempt, kept inside the application."""

    attempt = OrganizationForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="demo_checkouts")
    state = models.CharField(max_length=10, default="open")  # open, paid, declined, closed
    captures = models.JSONField(default=list)  # [reference, amount]
    refunds = models.JSONField(default=dict)  # our key → amount
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "attempt"], name="one_demo_checkout_per_attempt"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "paid", "declined", "closed"]), name="demo_checkout_state_is_known"
            ),
        ]
