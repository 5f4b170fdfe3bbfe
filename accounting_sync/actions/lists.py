"""The accounting system's own lists as they were last read, and what became of the mappings that point into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounting_sync.actions.mappings import suggest_missing
from accounting_sync.lanes import Lane
from accounting_sync.models import AccountMapping, Connection, ConnectionState, MappingKind, RemoteChoice
from accounting_sync.news import tell_owners
from accounting_sync.providers.base import Choice
from accounting_sync.queries.connections import adapter_of, lock_connection, mappings_of
from accounting_sync.queries.mappings import lists_for, read_choices
from foundation.ids import uuid7
from tenants import audit
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.models import Organization

LISTED_MAX = 5_000  # rows of one list; more is no list that anybody chooses from
ID_MAX, CODE_MAX, LABEL_MAX, FACT_MAX = 100, 60, 200, 200


@transaction.atomic
def keep_lists(
    organization: Organization,
    connection: Connection,
    lane: Lane,
    lists: Mapping[str, Sequence[Choice]],
    *,
    now: datetime,
) -> None:
    """Write what was read; what is not there any more is marked, and so are mappings that point to it.

    What nobody has mapped yet is given what it probably is called, for a person to look at.
    """
    row = lock_connection(organization, connection.pk)
    lane.refuse_if_lost()
    for kind, choices in lists.items():
        _keep_list(row, kind, choices, now)
    row.lists_read_at, row.reached_at = now, now
    row.problem, row.problem_since = "", None
    row.save(update_fields=["lists_read_at", "reached_at", "problem", "problem_since"])
    _mark_mappings(organization, row, set(lists), now)
    suggest_missing(organization, row, now=now, today=local_today(organization))


@transaction.atomic
def choose_only_company(connection: Connection, lane: Lane, option: str, company: Choice) -> None:
    """Where the keys open one company alone, that is the one."""
    row = lock_connection(connection.organization, connection.pk)
    lane.refuse_if_lost()
    row.options = {**row.options, option: company.id}
    row.save(update_fields=["options"])
    connection.options = row.options
    audit.record(Actor.system(), "connection.options_changed", row, changes={option: ["", company.label[:LABEL_MAX]]})


@transaction.atomic
def note_reached(connection: Connection, lane: Lane, *, now: datetime) -> None:
    """The accounting system answers as it should."""
    row = lock_connection(connection.organization, connection.pk)
    lane.refuse_if_lost()
    row.reached_at, row.problem, row.problem_since = now, "", None
    row.save(update_fields=["reached_at", "problem", "problem_since"])


@transaction.atomic
def note_problem(connection: Connection, text: str, *, now: datetime) -> None:
    """What the accounting system said when it was asked; told on the page of the connection."""
    row = lock_connection(connection.organization, connection.pk)
    if row.state == ConnectionState.CLOSED:
        return
    row.problem, row.problem_since = text[:500], row.problem_since or now
    row.save(update_fields=["problem", "problem_since"])


def _keep_list(row: Connection, kind: str, choices: Sequence[Choice], now: datetime) -> None:
    fresh = {
        choice.id: RemoteChoice(
            id=uuid7(),
            organization_id=row.organization_id,
            connection=row,
            kind=kind,
            remote_id=choice.id,
            code=choice.code[:CODE_MAX],
            label=" ".join(choice.label.split())[:LABEL_MAX],
            facts={name: str(value)[:FACT_MAX] for name, value in choice.facts.items()},
            read_at=now,
        )
        for choice in choices[:LISTED_MAX]
        if choice.id and len(choice.id) <= ID_MAX
    }
    RemoteChoice.objects.bulk_create(
        fresh.values(),
        update_conflicts=True,
        unique_fields=["organization", "connection", "kind", "remote_id"],
        update_fields=["code", "label", "facts", "read_at", "vanished_at"],
    )
    gone = RemoteChoice.objects.of(row.organization_id).filter(connection=row, kind=kind, vanished_at=None)
    gone.exclude(remote_id__in=list(fresh)).update(vanished_at=now)


def _mark_mappings(organization: Organization, row: Connection, read: set[str], now: datetime) -> None:
    """Vanished where none of the lists that it is chosen from names it any more; told to the owners once."""
    adapter, choices = adapter_of(row), read_choices(row)
    changed, retold = [], []
    for mapping in mappings_of(row).select_for_update(of=("self",)):
        is_account = mapping.kind == MappingKind.ACCOUNT
        purpose = "bank" if is_account else ""  # of both lists: what is in either is there
        kinds = lists_for(adapter, mapping.kind, purpose=purpose, dimension=mapping.local_key.partition(":")[0])
        if not kinds or not read.issuperset(kinds):
            continue  # typed, or of a list that was not read now
        there = next((target for target in choices.of(kinds) if target.id == mapping.remote_id), None)
        is_there = there is not None
        if there is not None and dict(there.facts) != mapping.facts:
            mapping.facts = dict(there.facts)  # somebody has changed there what adapters go by
            retold.append(mapping)
        if is_there == (mapping.vanished_at is None):
            continue
        mapping.vanished_at = None if is_there else now
        changed.append(mapping)
    AccountMapping.objects.bulk_update(changed, ["vanished_at"])
    AccountMapping.objects.bulk_update(retold, ["facts"])
    for mapping in changed:
        if mapping.vanished_at is not None:
            what = f"{mapping.remote_code} {mapping.remote_label}".strip() or mapping.remote_id
            key = f"lost:{mapping.pk}:{local_today(organization).isoformat()}"
            tell_owners(organization, "connection.mapping_lost", row, key=key, what=what)
