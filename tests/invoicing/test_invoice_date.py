"""An invoice is dated the day it is issued; the law knows one exception."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.errors import DomainError
from invoicing.actions import checks
from invoicing.actions.finalize import UnlawfulDate, finalize_invoices
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

NOVEMBER_END = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("today", "issue_date", "delivered"),
    [
        (date(2026, 12, 3), date(2026, 12, 3), date(2026, 12, 1)),
        (date(2026, 12, 3), NOVEMBER_END, date(2026, 11, 28)),
        (date(2026, 12, 17), NOVEMBER_END, NOVEMBER_END),  # the fifteenth working day
    ],
)
def test_today_and_the_end_of_last_month_are_lawful(
    organization: Organization, today: date, issue_date: date, delivered: date
) -> None:
    invoice = builders.make_finalized_invoice(organization, today=today, issue_date=issue_date, delivery_date=delivered)
    assert (invoice.issue_date, invoice.number) == (issue_date, 10001)


@pytest.mark.parametrize(
    ("today", "issue_date", "delivered"),
    [
        (date(2026, 12, 3), date(2026, 12, 4), date(2026, 12, 1)),  # the future
        (date(2026, 12, 3), date(2026, 12, 2), date(2026, 12, 1)),  # yesterday
        (date(2026, 12, 3), date(2026, 11, 29), date(2026, 11, 28)),  # not the month's last day
        (date(2026, 12, 3), NOVEMBER_END, date(2026, 12, 1)),  # delivered afterwards
        (date(2026, 12, 18), NOVEMBER_END, date(2026, 11, 28)),  # too late
    ],
)
def test_every_other_date_is_refused_and_nothing_is_numbered(
    organization: Organization, today: date, issue_date: date, delivered: date
) -> None:
    draft = builders.make_draft(organization, today=today, issue_date=issue_date, delivery_date=delivered)
    with organization_context(organization.pk):
        [check] = checks.check_drafts(organization, [draft.pk], today=today)
    assert {finding["field"] for finding in check.findings} == {"issue_date"}
    with pytest.raises(DomainError):
        builders.finalize_drafts(organization, [draft.pk], today)
    assert builders.reload_invoice(organization, draft).is_draft


def test_a_check_of_yesterday_does_not_carry_its_date_over(organization: Organization) -> None:
    yesterday = date(2026, 11, 20)
    draft = builders.make_draft(organization, today=yesterday, issue_date=yesterday)
    with organization_context(organization.pk):
        checks.check_drafts(organization, [draft.pk], today=yesterday)
        with pytest.raises(UnlawfulDate):
            finalize_invoices(organization, [draft.pk], actor=builders.actor_of(organization), today=builders.TODAY)
