"""Which installation a database belongs to, so that a copy does not send beside the original."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Environment(models.Model):
    """The one installation that may send from this database; belongs to no organization."""

    id = models.UUIDField(primary_key=True, editable=False)
    is_only = models.BooleanField(default=True, unique=True, editable=False)
    is_paused = models.BooleanField(default=False)  # after a restore, until somebody releases it
    adopted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_only=True), name="there_is_one_environment"),
        ]
