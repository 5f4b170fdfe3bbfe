"""Long work that runs in the background with a result per item, and the notices that tell people of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.job_words import kind_of
from tenants.models.people import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class JobState(models.TextChoices):
    """Of a job and of each of its items; none without an exit."""

    SCHEDULED = "scheduled", _("Scheduled")
    PROCESSING = "processing", _("Processing")
    COMPLETE = "complete", _("Complete")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(OrganizationOwned):
    """One long piece of work: who asked for it, how far it has come and what it gave."""

    kind = models.CharField(max_length=60)  # the task's name
    state = models.CharField(_("State"), max_length=10, choices=JobState.choices, default=JobState.SCHEDULED)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # failed ones included
    failed = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)  # of a file: sha256, name, size, content_type
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_is_known"),
            models.CheckConstraint(
                condition=Q(done__lte=models.F("total"), failed__lte=models.F("done")), name="job_counts_add_up"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-created_at", "-id"], name="job_by_time")]

    def __str__(self) -> str:
        return str(kind_of(self.kind).label)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.state in {JobState.COMPLETE, JobState.FAILED, JobState.CANCELLED}


class JobItem(OrganizationOwned):
    """One thing that a job works on, with what became of it."""

    job = OrganizationForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    subject_id = models.UUIDField(null=True)
    label = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.SCHEDULED)
    reason = models.CharField(max_length=500, blank=True)  # why it failed, or what it became
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "job", "position"], name="job_item_position_is_unique"),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_item_state_is_known"),
        ]
        indexes = [models.Index(fields=["organization", "job", "state", "position"], name="job_item_by_state")]


class Notice(OrganizationOwned):
    """Something that one person should know, shown inside the application until it is read."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    link = models.CharField(max_length=300, blank=True)  # a path of our own
    key = models.CharField(max_length=160)  # the same news is told once
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "key"], name="notice_is_told_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "user", "-created_at", "-id"], name="notice_by_person"),
            models.Index(fields=["organization", "user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]
