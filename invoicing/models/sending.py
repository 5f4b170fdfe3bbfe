"""How an organization sends: its order of channels, its senders and servers, and who can be reached in Peppol."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from customers.channels import Channel
from tenants.scoping import OrganizationOwned

# EHF before e-mail before paper; eFaktura is chosen where a bank agreement exists.
USUAL_CHANNELS = (Channel.EHF.value, Channel.EMAIL.value, Channel.PAPER.value)


class DeliverySettings(OrganizationOwned):
    """The organization's own rules of sending; where no row stands, the defaults hold."""

    channels = models.JSONField(_("Order of channels"), default=list)  # empty: the usual one
    sends_when_finalized = models.BooleanField(_("Send when a document is finalized"), default=True)
    # Without this a customer who can receive EHF waits in the queue for a person, and never gets a PDF alone.
    leaves_ehf = models.BooleanField(_("Send by the next channel when EHF fails"), default=False)
    email_deadline_hours = models.PositiveSmallIntegerField(_("Hours until an e-mail has failed"), default=24)
    ehf_deadline_hours = models.PositiveSmallIntegerField(_("Hours until an EHF has failed"), default=48)
    paper_deadline_hours = models.PositiveSmallIntegerField(_("Hours until a letter is overdue"), default=72)
    link_days_after_paid = models.PositiveSmallIntegerField(_("Days a link lives after payment"), default=60)
    may_use_own_address = models.BooleanField(_("Members may send from their own address"), default=False)
    copy_to = models.EmailField(_("Copy of every e-mail to"), blank=True)
    attaches_ehf = models.BooleanField(_("Attach the EHF to e-mails"), default=False)
    window_left_mm = models.PositiveSmallIntegerField(_("Address from the left, mm"), default=20)
    window_top_mm = models.PositiveSmallIntegerField(_("Address from the top, mm"), default=46)
    # Of the secret in the address to which a mail service hands returned mail; empty: there is none.
    mail_hook_sha256 = models.CharField(max_length=64, blank=True, editable=False, default="", db_default="")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_set_of_delivery_settings"),
        ]

    def __str__(self) -> str:
        return pgettext("settings", "Sending")

    @property
    def order(self) -> list[str]:
        """The channels in the order in which they are tried."""
        return list(self.channels) or list(USUAL_CHANNELS)


class Sender(OrganizationOwned):
    """An address that e-mails may come from: that of the company, of a team."""

    name = models.CharField(_("Name"), max_length=80)
    address = models.EmailField(_("E-mail address"))
    reply_to = models.EmailField(_("Replies to"), blank=True)
    is_default = models.BooleanField(_("Used unless another is chosen"), default=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address"], condition=Q(archived_at=None), name="sender_address_is_unique"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(is_default=True, archived_at=None), name="one_default_sender"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class MailSecurity(models.TextChoices):
    """How the connection to a mail server is secured."""

    STARTTLS = "starttls", "STARTTLS"
    TLS = "tls", "TLS"


class MailServer(OrganizationOwned):
    """The organization's own mail server; without one, the installation's is used."""

    host = models.CharField(_("Server"), max_length=200)
    port = models.PositiveIntegerField(_("Port"), default=587)
    security = models.CharField(
        _("Security"), max_length=10, choices=MailSecurity.choices, default=MailSecurity.STARTTLS
    )
    username = models.CharField(_("User name"), max_length=200, blank=True)
    password_sealed = models.BinaryField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    tested_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=500, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_mail_server"),
            models.CheckConstraint(condition=Q(security__in=MailSecurity.values), name="mail_is_always_encrypted"),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class AccessPointKind(models.TextChoices):
    """What carries EHF into the network."""

    FOLDER = "folder", _("Folder")
    PHOSS = "phoss", "phoss AP"
    HOSTED = "hosted", _("Hosted access point")


class AccessPoint(OrganizationOwned):
    """The organization's way into Peppol; without one, files are dropped in a folder of the installation."""

    TOKEN_COLUMN = "access_point.token"  # noqa: S105 - the place that the token is sealed for

    kind = models.CharField(_("Kind"), max_length=10, choices=AccessPointKind.choices, default=AccessPointKind.FOLDER)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    account = models.CharField(_("Account"), max_length=100, blank=True)
    token_sealed = models.BinaryField(null=True, editable=False)
    hook_sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the secret in the way back
    is_active = models.BooleanField(default=True)
    tested_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=500, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_access_point"),
            models.CheckConstraint(condition=Q(kind__in=AccessPointKind.values), name="access_point_kind_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Reachability(models.TextChoices):
    """Whether somebody can receive a document through Peppol; a time-out is no answer."""

    YES = "yes", _("Receives EHF")
    NO = "no", _("Does not receive EHF")
    UNKNOWN = "unknown", _("Not known")


class Participant(OrganizationOwned):
    """What a look-up in Peppol said of an electronic address, and until when it holds."""

    scheme = models.CharField(max_length=4)
    identifier = models.CharField(max_length=60)
    answer = models.CharField(max_length=10, choices=Reachability.choices)
    document_types = models.JSONField(default=list)
    provider = models.CharField(max_length=200, blank=True)  # host of its metadata
    problem = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "scheme", "identifier"], name="one_answer_per_participant"),
            models.CheckConstraint(condition=Q(answer__in=Reachability.values), name="reachability_is_known"),
        ]
