"""The end of the road: agencies, the cases handed to them, what became of each, and the proof of a loss."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from payments.models import Allocation, Receivable
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

# What people write of an agency.
AGENCY_COLUMNS = (
    "name", "organization_number", "client_number", "email", "layout", "handing", "host", "port", "username",
    "fingerprint", "folder", "is_active",
)  # fmt: skip


class CaseLayout(models.TextChoices):
    """How the claims of a case are written for an agency."""

    CSV = "csv", "CSV"
    XML = "xml", "XML"


class CaseHanding(models.TextChoices):
    """How the files of a case reach an agency."""

    BY_HAND = "by_hand", _("Downloaded and handed over by hand")
    FOLDER = "folder", _("Laid into a folder on this server")
    SFTP = "sftp", _("Sent by SFTP")


class CollectionAgency(OrganizationOwned):
    """A collection agency, our client number there, and how it takes cases."""

    SECRET_COLUMN = "collection_agency.secret"  # noqa: S105 - the place that the secret is sealed for

    name = models.CharField(_("Name"), max_length=120)
    organization_number = models.CharField(_("Organization number"), max_length=20, blank=True)
    client_number = models.CharField(_("Our client number there"), max_length=30)
    email = models.EmailField(_("E-mail address"), blank=True)
    layout = models.CharField(_("Format"), max_length=3, choices=CaseLayout.choices, default=CaseLayout.CSV)
    handing = models.CharField(_("Handed over"), max_length=8, choices=CaseHanding.choices, default=CaseHanding.BY_HAND)
    host = models.CharField(_("Server"), max_length=200, blank=True)
    port = models.IntegerField(_("Port"), default=22)
    username = models.CharField(_("User name"), max_length=80, blank=True)
    fingerprint = models.CharField(_("Key of the server"), max_length=80, blank=True)
    folder = models.CharField(_("Folder"), max_length=200, blank=True)
    secret_sealed = models.BinaryField(null=True, editable=False)
    is_active = models.BooleanField(_("In use"), default=True)
    version = models.IntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="agency_name_is_unique"),
            models.CheckConstraint(condition=Q(layout__in=CaseLayout.values), name="agency_layout_is_known"),
            models.CheckConstraint(condition=Q(handing__in=CaseHanding.values), name="agency_handing_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_secret(self) -> bool:
        """Whether a password or key is kept."""
        return self.secret_sealed is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person carries the files there."""
        return self.handing == CaseHanding.BY_HAND


class CaseState(models.TextChoices):
    """Where a case stands; `reminders.collection_states` says which way leads out of each."""

    HANDED_OVER = "handed_over", _("Handed over")
    RECEIVED = "received", pgettext_lazy("collection case", "Received")
    ACTIVE = "active", _("Being collected")
    PART_PAID = "part_paid", _("Partly paid")
    INSTALMENTS = "instalments", _("Paid in instalments")
    PAID = "paid", _("Paid to the agency")
    SETTLED = "settled", _("Settled")
    WITHDRAWN = "withdrawn", _("Taken back")
    CLOSED_UNPAID = "closed_unpaid", _("Closed unpaid")


CLOSED_STATES = (CaseState.SETTLED.value, CaseState.WITHDRAWN.value, CaseState.CLOSED_UNPAID.value)


class CollectionCase(OrganizationOwned):
    """Claims of one debtor in the hands of an agency, as they were on the day; what was handed over never changes."""

    number = models.IntegerField(_("Case number"))
    agency = OrganizationForeignKey(CollectionAgency, on_delete=models.PROTECT, related_name="cases")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, related_name="collection_cases")
    currency = models.CharField(max_length=3)
    day = models.DateField(_("Handed over"))
    snapshot = models.JSONField()  # a HandedCase of `reminders.collection_facts`
    snapshot_sha256 = models.CharField(max_length=64)
    principal = models.DecimalField(max_digits=18, decimal_places=2)
    additions = models.DecimalField(max_digits=18, decimal_places=2)  # fees and compensation still open
    interest = models.DecimalField(max_digits=18, decimal_places=2)  # through the day, asked for before or not
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(_("State"), max_length=14, choices=CaseState.choices, default=CaseState.HANDED_OVER)
    transferred_at = models.DateTimeField(null=True, editable=False)
    transfer_fault = models.CharField(max_length=500, blank=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)  # of payments up to here the agency has been told
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.CharField(max_length=120, blank=True, editable=False)
    closed_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="case_number_is_unique"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED_STATES, closed_at__isnull=False)
                | (~Q(state__in=CLOSED_STATES) & Q(closed_at=None)),
                name="closed_case_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer"], name="case_by_customer"),
            models.Index(fields=["organization"], condition=Q(closed_at=None), name="open_case"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def total(self) -> object:
        """All that was handed over."""
        return self.principal + self.additions + self.interest

    @property
    def is_open(self) -> bool:
        """Whether the claims are still in the agency's hands."""
        return self.closed_at is None


class CollectionClaim(OrganizationOwned):
    """A claim of a case; while its case is open, we ask for nothing ourselves and it stands in no other."""

    case = OrganizationForeignKey(CollectionCase, on_delete=models.PROTECT, related_name="claims")
    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="collection_claims")
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "receivable"], condition=Q(ended_at=None), name="claim_is_in_one_open_case"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "case"], name="claim_by_case"),
            models.Index(fields=["organization", "receivable"], name="case_by_claim"),
        ]


class CollectionFile(OrganizationOwned):
    """A file of a case, kept once under its hash and handed out as it was written."""

    case = OrganizationForeignKey(CollectionCase, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.IntegerField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "case", "name"], name="case_file_is_written_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionNews(OrganizationOwned):
    """One thing that an agency told of a case; the same news twice is one."""

    case = OrganizationForeignKey(CollectionCase, on_delete=models.PROTECT, related_name="news")
    state = models.CharField(max_length=14, choices=CaseState.choices)
    paid = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    day = models.DateField()
    text = models.CharField(max_length=300, blank=True)
    fingerprint = models.CharField(max_length=64)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "case", "fingerprint"], name="case_news_comes_once"),
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_news_state_is_known"),
        ]


class CollectionStatusFile(OrganizationOwned):
    """What an agency told of many cases in one file: rehearsed first, then taken; the same file is one."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    taken_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="status_file_is_read_once"),
        ]

    def __str__(self) -> str:
        return self.name


class LossEvidence(OrganizationOwned):
    """The reminders that stand behind a loss, packed on the day it was booked (regulation to the VAT act § 4-7-1)."""

    receivable = OrganizationForeignKey(Receivable, on_delete=models.PROTECT, related_name="loss_evidence")
    allocation = OrganizationForeignKey(Allocation, on_delete=models.PROTECT, related_name="loss_evidence")
    reminders = models.IntegerField()  # that were sent after the due date and reached somebody
    ground = models.CharField(max_length=12)
    takes_vat_back = models.BooleanField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.IntegerField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "allocation"], name="loss_is_proved_once"),
        ]
        indexes = [models.Index(fields=["organization", "receivable"], name="evidence_by_claim")]
