"""The exchange rate of a document is that of its invoice date, whenever it is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from foundation.errors import DomainError
from invoicing.actions import checks
from payments.models import ExchangeRate
from tenants.context import organization_context
from tenants.models import BankAccount, Organization
from tests import builders


def with_rates(organization: Organization, *rates: tuple[date, str]) -> None:
    with builders.in_organization(organization):
        BankAccount.objects.create(organization=organization, iban="NO9386011117947", bic="DEMONOKK", currency="EUR")
        for day, rate in rates:
            ExchangeRate.objects.create(
                organization=organization, currency="EUR", day=day, rate=Decimal(rate), source="Norges Bank"
            )


def test_a_document_takes_the_rate_of_its_invoice_date(organization: Organization) -> None:
    with_rates(organization, (date(2026, 11, 2), "11.50"), (date(2026, 11, 20), "12.00"))
    customer = builders.make_customer(organization, currency="EUR")
    backdated = builders.make_finalized_invoice(organization, customer, today=date(2026, 11, 19))
    current = builders.make_finalized_invoice(organization, customer)
    found = [
        (invoice.snapshot["exchange"]["rate"], invoice.snapshot["exchange"]["day"])
        for invoice in (
            builders.reload_invoice(organization, backdated),
            builders.reload_invoice(organization, current),
        )
        if invoice.snapshot
    ]
    assert [(Decimal(rate), day) for rate, day in found] == [
        (Decimal("11.5"), "2026-11-02"),
        (Decimal(12), "2026-11-20"),
    ]


def test_a_document_older_than_every_rate_is_refused(organization: Organization) -> None:
    with_rates(organization, (date(2026, 11, 20), "12.00"))
    customer = builders.make_customer(organization, currency="EUR")
    draft = builders.make_draft(organization, customer, issue_date=date(2026, 10, 31))
    with pytest.raises(DomainError, match="EUR"):
        builders.finalize_drafts(organization, [draft.pk])
    with organization_context(organization.pk):
        [check] = checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
    assert [finding["field"] for finding in check.findings] == ["currency"]
