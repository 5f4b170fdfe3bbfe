"""The counts beside the places: each organization's own, as of the moment at which they are asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from config.queries import frame_counts
from tests import builders
from tests.invoicing import deliveries


def test_each_organization_counts_its_own(organization: Any, other_organization: Any) -> None:
    builders.make_draft(organization)
    for _each in range(2):
        builders.make_draft(other_organization)
    now = timezone.now()
    for each, drafts in ((organization, 1), (other_organization, 2), (organization, 1)):
        with builders.in_organization(each):
            assert frame_counts(each, now)["drafts"] == drafts


def test_a_letter_is_late_when_its_time_is_over(organization: Any) -> None:
    letter = deliveries.sent(organization, deliveries.finalized(organization), channel="paper")
    assert letter.due_at is not None
    with builders.in_organization(organization):
        assert frame_counts(organization, letter.due_at - timedelta(minutes=1))["undelivered"] == 0
        assert frame_counts(organization, letter.due_at + timedelta(minutes=1))["undelivered"] == 1
