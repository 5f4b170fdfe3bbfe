"""Organizations, people and what they may do, the audit trail and the outbox."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.ids import uuid7
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class UserManager(BaseUserManager["User"]):
    """Users are made by signing up or by accepting an invitation; their e-mail address is their name to us."""

    def create_user(self, email: str, password: str | None = None, name: str = "") -> User:
        """A user with a hashed password; the address is stored in lower case."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in; belongs to organizations through memberships."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("E-mail address"), unique=True)
    name = models.CharField(_("Name"), max_length=120, blank=True)
    language = models.CharField(_("Language"), max_length=5, default="nb")
    has_single_key_shortcuts = models.BooleanField(_("Single-key shortcuts"), default=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Up to two capitals for the round badge."""
        words = (self.name or self.email).replace("@", " ").replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class Country(models.TextChoices):
    """Where an organization may keep its books."""

    NORWAY = "NO", _("Norway")
    DENMARK = "DK", _("Denmark")
    SWEDEN = "SE", _("Sweden")


class Organization(models.Model):
    """The tenant: a company or public body that invoices, with its legal identity."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("Address in the browser"), max_length=60, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    country = models.CharField(_("Country"), max_length=2, choices=Country.choices, default=Country.NORWAY)
    organization_number = models.CharField(_("Organization number"), max_length=20)
    is_vat_registered = models.BooleanField(_("Registered for VAT"), default=True)
    is_in_company_register = models.BooleanField(_("Registered in Foretaksregisteret"), default=True)
    street = models.CharField(_("Street address"), max_length=120)
    street_2 = models.CharField(_("Street address, second line"), max_length=120, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=12)
    city = models.CharField(_("City"), max_length=80)
    email = models.EmailField(_("E-mail address"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=30, blank=True)
    website = models.CharField(_("Website"), max_length=120, blank=True)
    language = models.CharField(_("Document language"), max_length=5, default="nb")
    time_zone = models.CharField(_("Time zone"), max_length=40, default="Europe/Oslo")
    base_currency = models.CharField(_("Currency of the books"), max_length=3, default="NOK")
    payment_terms_days = models.PositiveSmallIntegerField(_("Payment terms, days"), default=14)
    accent_color = models.CharField(_("Colour on documents"), max_length=7, blank=True)
    logo_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    document_footer = models.CharField(_("Footer on documents"), max_length=200, blank=True)
    national_id_purpose = models.CharField(_("Why national ids are kept"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def vat_number(self) -> str:
        """The VAT id as it stands in an e-invoice; empty when not registered for VAT."""
        if not self.is_vat_registered:
            return ""
        digits = self.organization_number
        return {"NO": f"NO{digits}MVA", "DK": f"DK{digits}", "SE": f"SE{digits}01"}[self.country]

    @property
    def endpoint_scheme(self) -> str:
        """The Peppol scheme of its own electronic address."""
        return {"NO": "0192", "DK": "0184", "SE": "0007"}[self.country]


class KidAlgorithm(models.TextChoices):
    """How the check digit of a payment reference is made, by the bank agreement of the account."""

    NONE = "none", _("No KID agreement")
    MOD10 = "mod10", "MOD10"
    MOD11 = "mod11", "MOD11"


class BankAccount(OrganizationOwned):
    """An account that customers pay to, with its agreement on payment references."""

    name = models.CharField(_("Name"), max_length=60, blank=True)
    account_number = models.CharField(_("Account number"), max_length=20, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default="NOK")
    kid_algorithm = models.CharField(
        _("Check digit of the KID"), max_length=5, choices=KidAlgorithm.choices, default=KidAlgorithm.NONE
    )
    kid_length = models.PositiveSmallIntegerField(_("Length of the KID"), default=0)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "currency"],
                condition=Q(is_active=True),
                name="one_active_account_per_currency",
            ),
            models.CheckConstraint(
                condition=Q(kid_algorithm="none", kid_length=0)
                | Q(kid_algorithm__in=["mod10", "mod11"], kid_length__gte=4, kid_length__lte=25),
                name="kid_length_is_4_to_25",
            ),
            models.CheckConstraint(condition=~Q(account_number="", iban=""), name="bank_account_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.name or self.account_number or self.iban


class Role(models.TextChoices):
    """What a person is to an organization; what each may do stands in permissions.py."""

    OWNER = "owner", _("Owner")
    ACCOUNTANT = "accountant", _("Accountant")
    PROJECT_MANAGER = "project_manager", _("Project manager")
    CASE_WORKER = "case_worker", _("Case worker")
    AUDITOR = "auditor", _("Auditor")


class Membership(OrganizationOwned):
    """A person's role in an organization."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("Role"), max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_person"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        ]


class Invitation(OrganizationOwned):
    """A role offered to an e-mail address, until it is accepted, withdrawn or too old."""

    email = models.EmailField(_("E-mail address"))
    role = models.CharField(_("Role"), max_length=20, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_address",
            ),
            models.UniqueConstraint(fields=["organization", "token_sha256"], name="invitation_token_is_unique"),
        ]


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


class LawFigure(models.Model):
    """A dated figure of the law: a VAT rate, a fee, an interest rate. Belongs to nobody; read-only for the app."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=40)
    variant = models.CharField(max_length=40, blank=True)  # VAT class, kind of debtor
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # exclusive; None: until a newer figure stands
    value = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=20)
    source = models.CharField(max_length=300)
    entered_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "kind", "variant", "valid_from"], name="law_figure_is_dated_once"
            ),
        ]
