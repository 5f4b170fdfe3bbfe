"""Connections to accounting systems, what they call our accounts and codes, and whom they know our customers as."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class ConnectionState(models.TextChoices):
    """Where a connection stands."""

    SETTING_UP = "setting_up", pgettext_lazy("accounting system", "Being set up")
    ACTIVE = "active", pgettext_lazy("accounting system", "Connected")
    PAUSED = "paused", pgettext_lazy("accounting system", "Paused")
    ACCESS_ENDED = "access_ended", pgettext_lazy("accounting system", "Access ended")
    CLOSED = "closed", pgettext_lazy("accounting system", "Disconnected")


class PushTime(models.TextChoices):
    """When vouchers are chosen and pushed."""

    AT_ONCE = "at_once", _("Within a minute")
    DAILY = "daily", _("Once a day")


class Opening(models.TextChoices):
    """What is done with documents that are older than the start date."""

    NONE = "none", _("They are in the accounting system already")
    OPEN_DOCUMENTS = "open", _("Push those that were not paid on the start date")


class Connection(OrganizationOwned):
    """One company in one accounting system; closed, it keeps its history."""

    SECRETS_COLUMN = "accounting_sync_connection.secrets_sealed"

    system = models.CharField(max_length=24)
    name = models.CharField(_("Name"), max_length=80)
    mode = models.CharField(_("What is pushed"), max_length=10)
    state = models.CharField(max_length=12, choices=ConnectionState.choices, default=ConnectionState.SETTING_UP)
    options = models.JSONField(default=dict)  # what the adapter needs to know: company, journal, …
    secrets_sealed = models.BinaryField(null=True, editable=False)
    secrets_version = models.PositiveIntegerField(default=0, editable=False)  # of the token that stands
    token_expires_at = models.DateTimeField(null=True, editable=False)
    start_day = models.DateField(_("Push from"), null=True, blank=True)
    opening = models.CharField(
        _("Older documents"), max_length=6, choices=Opening.choices, default=Opening.NONE, db_default=Opening.NONE
    )
    push_time = models.CharField(_("When"), max_length=8, choices=PushTime.choices, default=PushTime.AT_ONCE)
    push_hour = models.PositiveSmallIntegerField(_("Hour"), default=6)  # of the organization's day, for daily pushes
    attaches_files = models.BooleanField(_("Send the PDF with the document"), default=True)
    sends_customers = models.BooleanField(
        _("Send changes of linked customers"), default=True, db_default=Value(True)
    )  # where the accounting system takes them
    applies_payments = models.BooleanField(
        _("Register payments found there that match exactly"), default=False, db_default=Value(False)
    )
    # The last voucher of each year that was looked at; the last local day on which a daily push chose.
    swept = models.JSONField(default=dict, editable=False)
    swept_day = models.DateField(null=True, editable=False)
    # One worker at a time: its token and until when it may act.
    lane = models.UUIDField(null=True, editable=False)
    lane_until = models.DateTimeField(null=True, editable=False)
    calls = models.JSONField(default=list, editable=False)  # moments of the latest calls, for the limits
    sleeps_until = models.DateTimeField(null=True, editable=False)
    closed_through = models.DateField(null=True, editable=False)  # as the accounting system says
    problem = models.CharField(max_length=500, blank=True, editable=False)
    problem_since = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)  # in a row
    # When payments and customers were last asked for, and from which moment on customers are asked for next.
    changes_read_at = models.DateTimeField(null=True, editable=False)
    lists_read_at = models.DateTimeField(null=True, editable=False)
    reached_at = models.DateTimeField(null=True, editable=False)  # it last answered as it should
    activated_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=~Q(state="closed"), name="connection_name_is_unique"
            ),
            models.CheckConstraint(condition=Q(state__in=ConnectionState.values), name="connection_state_is_known"),
            models.CheckConstraint(condition=Q(mode__in=["journal", "document"]), name="connection_mode_is_known"),
            models.CheckConstraint(condition=Q(push_hour__lte=23), name="push_hour_is_of_a_day"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(start_day__isnull=False, secrets_sealed__isnull=False),
                name="active_connection_has_start_and_keys",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(secrets_sealed__isnull=True), name="closed_connection_keeps_no_keys"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether vouchers are pushed."""
        return self.state == ConnectionState.ACTIVE


class Permit(OrganizationOwned):
    """One visit to an accounting system's own page, on which the owner lets us in; good once and for a short time."""

    VERIFIER_COLUMN = "accounting_sync_permit.verifier_sealed"

    connection = OrganizationForeignKey(Connection, on_delete=models.CASCADE, related_name="permits")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    state_sha256 = models.CharField(max_length=64)
    verifier_sealed = models.BinaryField(editable=False)
    code_sealed = models.BinaryField(null=True, editable=False)  # until a worker has exchanged it
    returned = models.JSONField(default=dict)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "state_sha256"], name="permit_state_is_unique"),
        ]
        indexes = [models.Index(fields=["organization", "connection"], name="permit_by_connection")]


class RemoteChoice(OrganizationOwned):
    """One row of the accounting system's own lists, as it was last read."""

    connection = OrganizationForeignKey(Connection, on_delete=models.CASCADE, related_name="choices")
    kind = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=100)
    code = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    read_at = models.DateTimeField(default=timezone.now, editable=False)
    vanished_at = models.DateTimeField(null=True, editable=False)  # it is not in the list any more

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "kind", "remote_id"], name="remote_choice_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}".strip()


class MappingKind(models.TextChoices):
    """What is mapped."""

    ACCOUNT = "account", _("Account")
    VAT = "vat", _("VAT")
    DIMENSION = "dimension", _("Dimension")


class AccountMapping(OrganizationOwned):
    """What one of our accounts, VAT treatments or dimension values is called in the accounting system."""

    connection = OrganizationForeignKey(Connection, on_delete=models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=10, choices=MappingKind.choices)
    # Accounts: the number. VAT: treatment:rate:country, such as standard:25:NO. Dimensions: kind:value.
    local_key = models.CharField(max_length=100)
    customer = OrganizationForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="account_mappings"
    )  # an exception for one customer
    remote_id = models.CharField(max_length=100)
    remote_code = models.CharField(max_length=60, blank=True)
    remote_label = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    is_suggested = models.BooleanField(default=False)  # chosen by us, not looked at by anybody yet
    vanished_at = models.DateTimeField(null=True)  # what it points to is not there any more
    changed_by = models.CharField(max_length=120)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "kind", "local_key", "customer"],
                nulls_distinct=False,
                name="one_mapping_per_key_and_customer",
            ),
            models.CheckConstraint(condition=Q(kind__in=MappingKind.values), name="mapping_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.local_key


class LinkState(models.TextChoices):
    """Whether we know whom the accounting system means."""

    LINKED = "linked", pgettext_lazy("customer", "Linked")
    CONFLICT = "conflict", pgettext_lazy("customer", "Several fit")
    MISSING = "missing", pgettext_lazy("customer", "Not there any more")


class CustomerLink(OrganizationOwned):
    """One of our customers as the accounting system knows it."""

    connection = OrganizationForeignKey(Connection, on_delete=models.CASCADE, related_name="links")
    customer = OrganizationForeignKey(Customer, on_delete=models.CASCADE, related_name="links")
    state = models.CharField(max_length=8, choices=LinkState.choices, default=LinkState.LINKED)
    remote_id = models.CharField(max_length=100, blank=True)
    remote_number = models.CharField(max_length=60, blank=True)
    remote_name = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    candidates = models.JSONField(default=list)  # where several fit: id, number, name, organization_number
    pushed_version = models.PositiveIntegerField(default=0)  # of the customer, as it was last told
    # What the accounting system itself said of the customer when it was last read: field → value.
    there = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    refused = models.CharField(max_length=500, blank=True, db_default="")  # why our last change was not taken
    failures = models.PositiveSmallIntegerField(default=0, db_default=Value(0))  # in a row, of telling a change
    next_at = models.DateTimeField(null=True)  # before that, a change that failed is not told again
    linked_by = models.CharField(max_length=120)
    linked_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "connection", "customer"], name="one_link_per_customer"),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="link_state_is_known"),
            models.CheckConstraint(condition=Q(state="conflict") | ~Q(remote_id=""), name="link_names_somebody"),
        ]
        indexes = [models.Index(fields=["organization", "connection", "remote_id"], name="link_by_remote")]
