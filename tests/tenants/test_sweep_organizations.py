"""The same work everywhere: one organization's trouble is its own."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from tenants.context import current_organization_id
from tenants.models import Organization
from tenants.sweeps import sweep_organizations


def test_every_organization_is_entered_and_what_is_done_is_summed(organization: Any, other_organization: Any) -> None:
    seen: dict[str, bool] = {}

    def work(each: Organization) -> int:
        seen[each.slug] = current_organization_id() == each.pk
        return 2

    assert sweep_organizations("Counting", work) == 4
    assert seen == {organization.slug: True, other_organization.slug: True}
    assert sweep_organizations("Counting", work, among={other_organization.pk}) == 2


def test_one_organization_s_trouble_is_told_and_keeps_nobody_waiting(
    organization: Any, other_organization: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def work(each: Organization) -> int:
        if each.pk == organization.pk:
            raise ValueError("a stone")
        return 1

    with caplog.at_level(logging.ERROR):
        assert sweep_organizations("Counting", work) == 1
    assert f"Counting stumbled over the organization {organization.pk}" in caplog.text
    assert "a stone" in caplog.text


def test_a_task_that_has_had_its_time_ends(organization: Any, other_organization: Any) -> None:
    entered = []

    def work(each: Organization) -> int:
        entered.append(each.slug)
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        sweep_organizations("Counting", work)
    assert len(entered) == 1
