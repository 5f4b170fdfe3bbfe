"""Number series: the only source of document numbers."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.canonical import digest
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class NumberSeries(OrganizationOwned):
    """A gapless run of numbers within its own range; its row is the queue and holds the head of the chain."""

    code = models.CharField(_("Series"), max_length=20)
    name = models.CharField(_("Name"), max_length=80)
    first_number = models.BigIntegerField(_("First number"), default=10001)
    last_allowed = models.BigIntegerField(_("Last number allowed"), default=999_999_999)
    last_number = models.BigIntegerField()  # the last number given; first_number - 1 before the first
    head_hash = models.CharField(max_length=64)
    is_default = models.BooleanField(_("Used by default"), default=True)
    # Set by a trigger when the number moves: the moment under the lock, and the transaction that moved it.
    moved_at = models.DateTimeField(null=True, editable=False)
    moved_transaction = models.BigIntegerField(null=True, editable=False)
    row_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="series_code_is_unique"),
            models.UniqueConstraint(fields=["organization"], condition=Q(is_default=True), name="one_default_series"),
            models.CheckConstraint(
                condition=Q(first_number__gte=1, last_allowed__gte=F("first_number")), name="series_range_is_forward"
            ),
            models.CheckConstraint(
                condition=Q(last_number__gte=F("first_number") - 1, last_number__lte=F("last_allowed")),
                name="series_stays_in_its_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def genesis_hash(self) -> str:
        """The hash before the first document: what the series is, so that changing it breaks the chain."""
        return digest([str(self.id), self.code, self.name, self.first_number, self.last_allowed])

    def content_hash(self) -> str:
        """The hash of everything this row says, against a change of the row alone."""
        return digest(
            [
                self.genesis_hash,
                self.organization_id,
                self.last_number,
                self.head_hash,
                self.is_default,
                self.moved_at,
                self.moved_transaction,
                self.created_at,
            ]
        )


class SeriesCheck(OrganizationOwned):
    """What the nightly check said of one series."""

    series = OrganizationForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="checks")
    checked_at = models.DateTimeField(default=timezone.now)
    last_number = models.BigIntegerField()
    documents = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "series", "-checked_at"], name="series_check_by_series")]

    @property
    def is_whole(self) -> bool:
        """Whether every number and hash was in place."""
        return not self.problems
