"""Changes of the chart of accounts."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from payments import chart, queries
from payments.models import Account
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


class AccountNumberStands(DomainError):
    """The chart holds an account of that number."""


class AccountIsNeeded(DomainError):
    """An account that posting rules ask for cannot go out of use."""


def open_chart(organization: Organization) -> list[Account]:
    """Give a new organization its small chart of accounts."""
    return Account.objects.bulk_create(
        Account(organization=organization, number=account.number, name=account.name, purpose=account.purpose)
        for account in chart.CHART
    )


@transaction.atomic
def add_account(organization: Organization, *, number: str, name: str, actor: Actor) -> Account:
    """A further account of the chart; revenue accounts, of class 3, can be chosen on products and lines."""
    try:
        with transaction.atomic():
            account = Account.objects.create(organization=organization, number=number, name=name)
    except IntegrityError as error:
        raise AccountNumberStands(
            _("The chart holds an account %(number)s already. Change that one.") % {"number": number}, field="number"
        ) from error
    audit.record(actor, "account.added", account)
    return account


@transaction.atomic
def update_account(
    organization: Organization, account_id: UUID, *, name: str, is_active: bool, actor: Actor
) -> Account:
    """Rename an account or take it out of use; its number and what is posted stay."""
    account = queries.get_account(organization, account_id)
    if account.purpose and not is_active:
        raise AccountIsNeeded(
            _("Postings are made on this account by rule, so it stays in use. You can give it another name."),
            field="is_active",
        )
    before = {"name": account.name, "is_active": account.is_active}
    account.name, account.is_active = name, is_active
    changes = audit.changes(before, {"name": name, "is_active": is_active})
    if changes:
        account.save(update_fields=["name", "is_active"])
        audit.record(actor, "account.changed", account, changes=changes)
    return account
