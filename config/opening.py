"""Opening the books of a new company: what every room needs before the first draft."""

from __future__ import annotations

from django.db import transaction

from foundation.ids import uuid7
from invoicing import numbering
from payments.actions.charts import open_chart
from tenants.actions import insert_organization
from tenants.audit import Actor
from tenants.bank_accounts import write_bank_account
from tenants.context import organization_context
from tenants.models import BankAccount, Organization, User

FIRST_NUMBER = 10001


def open_company(
    organization: Organization,
    *,
    owner: User,
    first_number: int = FIRST_NUMBER,
    bank_account: BankAccount | None = None,
) -> Organization:
    """Write the organization with its owner, chart of accounts, number series and account: all of it or nothing."""
    organization.pk = organization.pk or uuid7()
    with organization_context(organization.pk), transaction.atomic():
        insert_organization(organization, owner=owner, actor=Actor.person(owner))
        open_chart(organization)
        numbering.open_series(organization, code="main", name="Hovedserie", first_number=first_number)
        if bank_account is not None:
            write_bank_account(organization, bank_account, actor=Actor.person(owner))
    return organization
