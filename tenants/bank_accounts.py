"""Where customers pay to: whatever diverts money waits for a second person or a day, and every owner is told.

Only the first account of a company, a new name, and taking an account out of use while another stays hold at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from tenants import audit, notices, outbox, queries
from tenants.audit import Actor
from tenants.models import AuditEntry, BankAccount, BankAccountChange, Organization, Role, User

BANK_NOTICE_TASK = "tenants.send_bank_notice"
WAITING_TIME = timedelta(days=1)
CHANGES_PER_ROUND = 50
FACTS = ("account_number", "iban", "bic", "currency", "kid_algorithm", "kid_length", "is_active", "name")
ACCOUNTS_PATH = "settings/bank-accounts/"


class AccountStands(DomainError):
    """An account in that currency is in use."""


class ChangeIsWaiting(DomainError):
    """A change of the same account waits already."""


class LastAccountMustStay(DomainError):
    """Customers can always pay somewhere."""


class SecondPersonIsNeeded(DomainError):
    """Nobody approves a change that they asked for."""


class ChangeHasEnded(DomainError):
    """The change holds already, or somebody has stopped it."""


def facts_of(account: BankAccount) -> dict[str, Any]:
    """What an account says, as a change keeps it and as the audit trail shows it."""
    return {name: getattr(account, name) for name in FACTS}


def write_bank_account(organization: Organization, account: BankAccount, *, actor: Actor) -> AuditEntry | None:
    """Write an account in the caller's transaction; the audit line, or None where nothing changed."""
    is_new = account._state.adding
    account.organization = organization
    before = {} if is_new else facts_of(queries.get_bank_account(organization, account.pk))
    changes = audit.changes(before, facts_of(account))
    if not changes:
        return None
    try:
        with transaction.atomic():
            account.save(force_insert=is_new)
    except IntegrityError as error:
        raise _account_stands(account.currency) from error
    return audit.record(actor, "bank_account.changed", account, changes=changes)


@transaction.atomic
def request_bank_change(
    organization: Organization, account: BankAccount, *, user: User, actor: Actor, now: datetime
) -> BankAccountChange | None:
    """Add or change an account: the change that now waits, or None where it holds at once or nothing changed."""
    queries.lock_organization(organization.pk)
    standing = list(queries.list_bank_accounts(organization))
    before = _before(standing, account)
    wanted = facts_of(account)
    if not audit.changes(before, wanted):
        return None
    waiting = list(queries.list_waiting_bank_changes(organization))
    _refuse_second_change(account, waiting)
    _refuse_taken_currency(account, standing, waiting)
    _refuse_last_account(account, standing)
    if _holds_at_once(before, wanted, standing):
        entry = write_bank_account(organization, account, actor=actor)
        if entry is not None:
            _tell_owners(organization, entry, "bank_change.done", actor, account.pk)
        return None
    change = BankAccountChange.objects.create(
        organization=organization,
        account_id=None if account._state.adding else account.pk,
        values=wanted,
        requested_by=user,
        requested_at=now,
        takes_effect_at=now + WAITING_TIME,
    )
    entry = audit.record(actor, "bank_change.requested", change, changes=audit.changes(before, wanted))
    _tell_owners(organization, entry, "bank_change.waiting", actor, change.pk)
    return change


@transaction.atomic
def approve_bank_change(
    organization: Organization, change_id: UUID, *, user: User, actor: Actor, now: datetime
) -> BankAccount:
    """A second person lets the change hold at once."""
    queries.lock_organization(organization.pk)
    change = _open_change(organization, change_id)
    if change.requested_by_id == user.pk:
        raise SecondPersonIsNeeded(
            _("You asked for this change yourself. Another owner approves it, or it takes effect by itself.")
        )
    change.approved_by = user
    change.save(update_fields=["approved_by"])
    audit.record(actor, "bank_change.approved", change)
    return _apply(organization, change, actor=actor, now=now)


@transaction.atomic
def withdraw_bank_change(
    organization: Organization, change_id: UUID, *, user: User, actor: Actor, now: datetime
) -> BankAccountChange:
    """Stop a change that waits; customers go on paying to the account that stands."""
    queries.lock_organization(organization.pk)
    change = _open_change(organization, change_id)
    change.withdrawn_by, change.withdrawn_at = user, now
    change.save(update_fields=["withdrawn_by", "withdrawn_at"])
    entry = audit.record(actor, "bank_change.withdrawn", change)
    _tell_owners(organization, entry, "bank_change.cancelled", actor, change.pk)
    return change


def apply_due_bank_changes(organization_id: UUID, *, now: datetime) -> int:
    """Let the changes hold whose waiting day is over, each in its own transaction and once; returns how many."""
    with transaction.atomic():
        organization = queries.get_open_organization(organization_id)
        due = list(queries.due_bank_changes(organization, now)[:CHANGES_PER_ROUND])
    return sum(_apply_due(organization, change_id, now=now) for change_id in due)


@transaction.atomic
def _apply_due(organization: Organization, change_id: UUID, *, now: datetime) -> bool:
    queries.lock_organization(organization.pk)
    change = queries.lock_bank_change(organization, change_id)
    if change is None or not change.is_waiting:
        return False
    actor = Actor.system()
    try:
        _apply(organization, change, actor=actor, now=now)
    except AccountStands as refusal:
        # Another account took the currency meanwhile: the change can never hold, so it ends and the owners hear why.
        change.withdrawn_at = now
        change.save(update_fields=["withdrawn_at"])
        entry = audit.record(actor, "bank_change.withdrawn", change, reason=str(refusal))
        _tell_owners(organization, entry, "bank_change.cancelled", actor, change.pk)
        return False
    return True


def _apply(organization: Organization, change: BankAccountChange, *, actor: Actor, now: datetime) -> BankAccount:
    account = BankAccount(organization=organization)
    if change.account_id is not None:
        account = queries.get_bank_account(organization, change.account_id)
    for name in FACTS:
        setattr(account, name, change.values[name])
    entry = write_bank_account(organization, account, actor=actor)
    change.applied_at = now
    change.save(update_fields=["applied_at"])
    if entry is not None:
        _tell_owners(organization, entry, "bank_change.done", actor, change.pk)
    return account


def _open_change(organization: Organization, change_id: UUID) -> BankAccountChange:
    change = queries.get_bank_change(organization, change_id)
    if change.is_waiting:
        return change
    raise ChangeHasEnded(
        _("The change holds already. Change the account again to go back.")
        if change.applied_at
        else _("The change is stopped already. Ask for it again.")
    )


def _before(standing: list[BankAccount], account: BankAccount) -> dict[str, Any]:
    return next((facts_of(row) for row in standing if row.pk == account.pk), {})


def _holds_at_once(before: Mapping[str, Any], wanted: Mapping[str, Any], standing: list[BankAccount]) -> bool:
    """The first account diverts nothing; neither does another name, nor an account that nobody pays to any more."""
    if not standing:
        return True
    if not before:
        return False
    changed = {name for name in FACTS if before[name] != wanted[name]}
    return changed <= {"name"} or (changed <= {"name", "is_active"} and not wanted["is_active"])


def _refuse_second_change(account: BankAccount, waiting: list[BankAccountChange]) -> None:
    if any(change.account_id == account.pk for change in waiting):
        raise ChangeIsWaiting(_("A change of this account waits already. Stop that one first, then change it."))


def _refuse_taken_currency(account: BankAccount, standing: list[BankAccount], waiting: list[BankAccountChange]) -> None:
    if not account.is_active:
        return
    if any(row.is_active and row.currency == account.currency and row.pk != account.pk for row in standing):
        raise _account_stands(account.currency)
    if any(change.values["is_active"] and change.values["currency"] == account.currency for change in waiting):
        raise ChangeIsWaiting(
            _("Another account for %(currency)s waits already. Stop that change first.")
            % {"currency": account.currency},
            field="currency",
        )


def _refuse_last_account(account: BankAccount, standing: list[BankAccount]) -> None:
    others = [row for row in standing if row.is_active and row.pk != account.pk]
    was_active = any(row.is_active and row.pk == account.pk for row in standing)
    if was_active and not account.is_active and not others:
        raise LastAccountMustStay(
            _("This is the only account in use, and invoices need one. Change its number instead."), field="is_active"
        )


def _account_stands(currency: str) -> AccountStands:
    return AccountStands(
        _("An account for %(currency)s is in use already. Change that one, or take it out of use first.")
        % {"currency": currency},
        field="currency",
    )


def _tell_owners(organization: Organization, entry: AuditEntry, news: str, actor: Actor, subject_id: UUID) -> None:
    """Mail and an in-app notice to every owner, in the caller's transaction."""
    owners = list(queries.list_memberships(organization).filter(role=Role.OWNER))
    outbox.put_each(
        organization.pk,
        [
            outbox.Effect(
                kind=BANK_NOTICE_TASK,
                subject_id=subject_id,
                key=f"bank_notice:{entry.pk}:{owner.user_id}",
                payload={"user_id": str(owner.user_id), "entry_id": str(entry.pk)},
            )
            for owner in owners
        ],
    )
    notices.tell(
        organization.pk,
        [
            notices.News(
                user_id=owner.user_id,
                kind=news,
                facts={"by": actor.name, "text": entry.subject_label},
                link=ACCOUNTS_PATH,
                key=f"{news}:{entry.pk}",
            )
            for owner in owners
        ],
    )
