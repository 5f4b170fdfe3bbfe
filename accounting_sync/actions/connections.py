"""Connections are made, given new keys and options, paused, and ended; their history stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.models import Connection, ConnectionState, SyncItem, SyncState
from accounting_sync.providers.base import Adapter, Stage
from accounting_sync.providers.entering import Key, OAuthCode
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.connections import adapter_of, list_connections, lock_connection, names_company
from accounting_sync.secrets import open_secrets, seal_secrets
from accounting_sync.terms import ConnectionTerms
from foundation.errors import DomainError
from foundation.ids import uuid7
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization, OutboxRow

READ_LISTS = "accounting_sync.read_lists"
TEST = "accounting_sync.test_connection"
REVOKE = "accounting_sync.revoke_access"
CONNECTIONS_MAX = 20


class ConnectionRefused(DomainError):
    """A connection cannot be made or changed so."""


class ConnectionIsClosed(DomainError):
    """A connection that was ended is history."""


@transaction.atomic
def create_connection(organization: Organization, terms: ConnectionTerms, *, actor: Actor, now: datetime) -> Connection:
    """A connection that is being set up: nothing is pushed before somebody activates it."""
    adapter = adapters()[terms.system]
    if adapter.stage == Stage.PREVIEW and not terms.knows_what_is_unverified:
        raise ConnectionRefused(_("Say that you know what is not verified yet."), field="knows_what_is_unverified")
    if terms.mode not in adapter.modes:
        raise ConnectionRefused(_("Choose what is pushed."), field="mode")
    refuse_taken_name(organization, terms.name)
    _refuse_too_many(organization)
    row = Connection(
        organization=organization,
        system=terms.system,
        name=terms.name,
        mode=terms.mode,
        options={name: value for name, value in terms.options.items() if value},
        created_by=actor.name,
        created_at=now,
    )
    if not isinstance(adapter.entering, OAuthCode):
        _take_keys(row, adapter, terms.keys, kept={})
    row.save(force_insert=True)
    audit.record(actor, "connection.created", row, system=adapter.label, mode=row.mode)
    if row.secrets_sealed is not None:
        ask_worker(row, READ_LISTS)
    return row


@transaction.atomic
def update_keys(
    organization: Organization, connection_id: UUID, keys: Mapping[str, str], *, actor: Actor
) -> Connection:
    """Other keys, which a worker tries; a connection whose access had ended goes on where it stood."""
    row = lock_open(organization, connection_id)
    _take_keys(row, adapters()[row.system], keys, kept=open_secrets(row))
    let_in_again(row)
    row.save()
    audit.record(actor, "connection.keys_changed", row)
    ask_worker(row, READ_LISTS)
    return row


@transaction.atomic
def update_options(
    organization: Organization, connection_id: UUID, options: Mapping[str, str], *, actor: Actor
) -> Connection:
    """What the connection must know beside its keys; the company stays what it is once vouchers were pushed."""
    row = lock_open(organization, connection_id)
    adapter = adapter_of(row)
    fixed = {option.name for option in adapter.options if names_company(option)}
    moved = [name for name in fixed if name in options and row.options.get(name, "") != options[name]]
    if row.activated_at is not None and moved:
        raise ConnectionRefused(
            _("Vouchers were pushed there already. Connect the other company as a connection of its own."),
            field=moved[0],
        )
    known = {option.name for option in adapter.options}
    before = dict(row.options)
    typed = {name: value for name, value in options.items() if name in known}
    row.options = {name: value for name, value in {**before, **typed}.items() if value}
    row.version += 1
    row.save(update_fields=["options", "version"])
    audit.record(actor, "connection.options_changed", row, changes=audit.changes(before, row.options))
    if moved:
        ask_worker(row, READ_LISTS)
    return row


@transaction.atomic
def ask_for_lists(organization: Organization, connection_id: UUID, *, actor: Actor) -> Connection:
    """Have a worker read the accounting system's own lists again."""
    row = _asked(organization, connection_id)
    if ask_worker(row, READ_LISTS):
        audit.record(actor, "connection.refreshed", row)
    return row


@transaction.atomic
def ask_for_test(organization: Organization, connection_id: UUID, *, actor: Actor) -> Connection:
    """Have a worker try whether the accounting system lets us in."""
    row = _asked(organization, connection_id)
    if ask_worker(row, TEST):
        audit.record(actor, "connection.tested", row)
    return row


@transaction.atomic
def pause_connection(organization: Organization, connection_id: UUID, *, actor: Actor) -> Connection:
    """Push nothing until somebody goes on; what is posted meanwhile is pushed then."""
    row = lock_open(organization, connection_id)
    if row.state == ConnectionState.ACTIVE:
        row.state = ConnectionState.PAUSED
        row.save(update_fields=["state"])
        audit.record(actor, "connection.paused", row)
    return row


@transaction.atomic
def resume_connection(organization: Organization, connection_id: UUID, *, actor: Actor) -> Connection:
    """Push again, at once."""
    row = lock_open(organization, connection_id)
    if row.state == ConnectionState.PAUSED:
        row.state, row.sleeps_until, row.failures, row.swept = ConnectionState.ACTIVE, None, 0, {}
        row.save(update_fields=["state", "sleeps_until", "failures", "swept"])
        audit.record(actor, "connection.resumed", row)
    return row


@transaction.atomic
def disconnect(organization: Organization, connection_id: UUID, *, actor: Actor, now: datetime) -> Connection:
    """End a connection for good: its keys are wiped and the accounting system is told; what was pushed is kept."""
    row = lock_connection(organization, connection_id)
    if row.state == ConnectionState.CLOSED:
        return row
    if _has_doubtful_items(row):
        raise ConnectionRefused(
            _("A voucher is on its way, and nobody knows yet whether it has arrived. Wait until it is found.")
        )
    secrets = row.secrets_sealed
    row.state, row.closed_at, row.secrets_sealed, row.token_expires_at = ConnectionState.CLOSED, now, None, None
    row.lane = row.lane_until = None  # whoever speaks there now writes nothing more
    row.save()
    audit.record(actor, "connection.closed", row)
    if secrets is not None and isinstance(adapters()[row.system].entering, OAuthCode):
        sealed = bytes(secrets).hex()
        key = f"{REVOKE}:{row.pk}"
        outbox.put_each(organization.pk, [outbox.Effect(REVOKE, row.pk, key, {"sealed": sealed}, leaves_house=True)])
    return row


@transaction.atomic
def forget_sealed(organization: Organization, outbox_id: UUID) -> None:
    """The keys of a closed connection stand nowhere any more."""
    OutboxRow.objects.of(organization).filter(pk=outbox_id, kind=REVOKE).update(payload={})


@transaction.atomic
def ask_for_all(organization: Organization, connection_ids: Sequence[UUID]) -> int:
    """Have the lists of these connections read; how many were not asked for already."""
    return sum(ask_worker(lock_open(organization, pk), READ_LISTS) for pk in connection_ids)


def ask_worker(row: Connection, kind: str) -> bool:
    """Put the work in the outbox, or find that it waits there already; whether it is new."""
    if outbox.make_due_of(row.organization_id, kind, row.pk):
        return False
    effect = outbox.Effect(kind, row.pk, f"{kind}:{row.pk}:{uuid7()}", {}, leaves_house=True)
    outbox.put_each(row.organization_id, [effect])
    return True


def let_in_again(row: Connection) -> None:
    """The lane is free and nothing is wrong any more; it goes on pushing where it did before its access ended."""
    if row.state == ConnectionState.ACCESS_ENDED:
        row.state = ConnectionState.ACTIVE
    row.problem, row.problem_since, row.failures = "", None, 0
    row.lane = row.lane_until = row.sleeps_until = None


def lock_open(organization: Organization, connection_id: UUID) -> Connection:
    """A connection under its row lock that was not ended."""
    row = lock_connection(organization, connection_id)
    if row.state == ConnectionState.CLOSED:
        raise ConnectionIsClosed(_("This connection was ended. Connect anew; what was pushed is not pushed again."))
    return row


def refuse_taken_name(organization: Organization, name: str, *, but: UUID | None = None) -> None:
    """No two open connections are called the same."""
    others = list_connections(organization).filter(name=name)
    if (others.exclude(pk=but) if but is not None else others).exists():
        raise ConnectionRefused(_("Another connection is called that. Choose another name."), field="name")


def _refuse_too_many(organization: Organization) -> None:
    if list_connections(organization).count() >= CONNECTIONS_MAX:
        raise ConnectionRefused(
            _("There are %(most)s connections already. End one that is not used.") % {"most": CONNECTIONS_MAX}
        )


def _asked(organization: Organization, connection_id: UUID) -> Connection:
    row = lock_open(organization, connection_id)
    if row.secrets_sealed is None:
        raise ConnectionRefused(_("Connect first: we are not let in yet."))
    return row


def _take_keys(row: Connection, adapter: type[Adapter], keys: Mapping[str, str], kept: Mapping[str, str]) -> None:
    """Seal what was typed with what is kept beside it; tokens that were made from old keys are forgotten."""
    names: Sequence[Key] = getattr(adapter.entering, "keys", ())
    sealed = {key.name: keys.get(key.name) or kept.get(key.name, "") for key in names}
    missing = [key.name for key in names if key.is_required and not sealed[key.name]]
    if missing:
        raise ConnectionRefused(_("Enter all keys that the accounting system has given you."), field=missing[0])
    row.secrets_sealed = seal_secrets(row, {name: value for name, value in sealed.items() if value})
    row.secrets_version += 1
    row.token_expires_at = None


def _has_doubtful_items(row: Connection) -> bool:
    found = SyncItem.objects.of(row.organization_id).filter(connection=row)
    return found.filter(state__in=[SyncState.SENDING, SyncState.UNKNOWN]).exists()
