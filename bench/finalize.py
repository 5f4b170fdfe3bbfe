"""Finalizing against hand-written SQL that writes the same rows, under the same login, row security and triggers."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bench import finalize_floor, measure, world
from invoicing.actions.finalize import BATCH_SIZE, finalize_invoices
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

ACTOR = Actor.system("Bench")
CLIENTS = 8


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Batches of 100 as two of fifty, one at a time, and eight clients on one series."""
    batches, singles = (4, 60) if quick else (20, 400)
    with world.fresh_database():
        return [*_batches(batches), *_singles(singles), *_clients(singles)]


def _batches(count: int) -> list[dict[str, Any]]:
    ours, floor = measure.Spent(), measure.Spent()
    organizations = [world.make_organization(1), world.make_organization(2)]
    _warm_up(organizations)
    drafts = world.make_drafts(organizations[0], 100 * count)
    floor_drafts = finalize_floor.prepare(organizations[1], world.make_drafts(organizations[1], 100 * count))
    pid = world.backend_pid()
    for turn in range(count):  # side by side, so that both meet the same minute of the machine
        if turn % 5 == 0:
            world.refresh_statistics()
        own = drafts[100 * turn : 100 * (turn + 1)]
        with measure.spending(pid) as spent:
            for start in range(0, 100, BATCH_SIZE):
                measure.time_part(ours, partial(finalize, organizations[0], own[start : start + BATCH_SIZE]))
        _add(ours, spent)
        rows = floor_drafts[100 * turn : 100 * (turn + 1)]
        with measure.spending(pid) as spent:
            for start in range(0, 100, BATCH_SIZE):
                batch = rows[start : start + BATCH_SIZE]
                measure.time_part(floor, partial(finalize_floor.finalize, organizations[1], batch))
        _add(floor, spent)
    documents = 100 * count
    per_document = ours.processor / documents * 1000
    return [
        measure.row("finalize, batch of 100", per_document, floor.processor / documents * 1000, "ms CPU/doc", bar=4.0),
        measure.limit_row("finalize, batch of 100, limit", per_document, 2.0, "ms CPU/doc"),
        measure.limit_row("finalize, batch of 50 holds", _held_ms(organizations[0]), 50.0, "ms"),
    ]


def _singles(count: int) -> list[dict[str, Any]]:
    organizations = [world.make_organization(3), world.make_organization(4)]
    drafts = world.make_drafts(organizations[0], count)
    floor_drafts = finalize_floor.prepare(organizations[1], world.make_drafts(organizations[1], count))
    world.refresh_statistics()
    pid = world.backend_pid()
    ours, floor = measure.Spent(), measure.Spent()
    for start in range(0, count, 20):
        with measure.spending(pid) as spent:
            for draft in drafts[start : start + 20]:
                finalize(organizations[0], [draft])
        _add(ours, spent)
        with measure.spending(pid) as spent:
            for prepared in floor_drafts[start : start + 20]:
                finalize_floor.finalize(organizations[1], [prepared])
        _add(floor, spent)
    return [
        measure.row(
            "finalize one, 1 client",
            ours.processor / count * 1000,
            floor.processor / count * 1000,
            "ms CPU/doc",
            bar=4.0,
        )
    ]


def _clients(count: int) -> list[dict[str, Any]]:
    """Throughput kept with eight clients on one series: ours may lose no larger share than the floor."""
    kept = {}
    for name, number, work in (("ours", 5, _finalize_alone), ("floor", 7, _floor_alone)):
        rates = []
        for clients in (1, CLIENTS):
            organization = world.make_organization(number + (clients > 1))
            drafts = world.make_drafts(organization, count)
            items: list[Any] = list(drafts) if name == "ours" else finalize_floor.prepare(organization, drafts)
            rates.append(count / _race(organization, items, clients, work))
            _refuse_gaps(organization, count)
        kept[name] = rates[1] / rates[0]
    return [
        measure.row("finalize one, 8 clients: share lost", 1 / kept["ours"], 1 / kept["floor"], "slowdown", bar=1.1)
    ]


def _race(organization: Organization, items: list[Any], clients: int, work: Any) -> float:
    errors: list[BaseException] = []
    spent = measure.Spent()

    def client(own: list[Any]) -> None:
        try:
            for item in own:
                work(organization, item)
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that measures
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(items[start::clients],)) for start in range(clients)]

    def all_of_them() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    measure.time_part(spent, all_of_them)
    if errors:
        raise errors[0]
    return spent.parts[0]


def _finalize_alone(organization: Organization, draft: UUID) -> None:
    finalize(organization, [draft])


def _floor_alone(organization: Organization, prepared: Any) -> None:
    finalize_floor.finalize(organization, [prepared])


def finalize(organization: Organization, drafts: list[UUID]) -> None:
    """One batch, as a view or job would do it after the checks."""
    with organization_context(organization.pk):
        finalize_invoices(organization, drafts, actor=ACTOR, today=builders.TODAY)


def _held_ms(organization: Organization) -> float:
    """How long a batch of fifty holds the series: from the moment it moved to the COMMIT."""
    drafts = world.make_drafts(organization, 150, seed=2)
    held = []
    for start in range(0, 150, 50):
        with organization_context(organization.pk), transaction.atomic():
            finalize_invoices(organization, drafts[start : start + 50], actor=ACTOR, today=builders.TODAY)
            with connection.cursor() as cursor:
                cursor.execute(
                    """SELECT extract(epoch FROM clock_timestamp() - moved_at) * 1000 FROM invoicing_numberseries
                       WHERE organization_id = %s""",
                    [organization.pk],
                )
                held.append(float(cursor.fetchone()[0]))
    return sorted(held)[1]


def _warm_up(organizations: list[Organization]) -> None:
    for organization in organizations:
        drafts = world.make_drafts(organization, 400, seed=1)
        for start in range(0, len(drafts), BATCH_SIZE):
            finalize(organization, drafts[start : start + BATCH_SIZE])
    world.refresh_statistics()


def _refuse_gaps(organization: Organization, count: int) -> None:
    with builders.in_organization(organization):
        numbers = list(Invoice.objects.exclude(number=None).order_by("number").values_list("number", flat=True))
    if numbers != list(range(10001, 10001 + count)):
        raise AssertionError(f"{organization.slug}: the numbers have gaps")


def _add(total: measure.Spent, spent: measure.Spent) -> None:
    total.client += spent.client
    total.server += spent.server
    total.wall += spent.wall
