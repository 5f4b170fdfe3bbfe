"""Whatever one organization does, in whatever order, no row of another one moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from invoicing.actions import drafts
from invoicing.models import Invoice
from invoicing.queries import list_lines
from tenants import sealing
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.committed_world import World, committed_world, fingerprint

Command = Callable[[Organization, Random], object]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


def some_draft(organization: Organization, random: Random) -> Invoice:
    with builders.in_organization(organization):
        found = list(Invoice.objects.filter(status="draft", kind="invoice").order_by("pk"))
    return random.choice(found) if found else builders.make_draft(organization)


def write_draft(organization: Organization, random: Random) -> None:
    lines = [builders.line(f"Linje {number}") for number in range(random.randint(1, 5))]
    builders.make_draft(organization, lines=lines)


def change_draft(organization: Organization, random: Random) -> None:
    draft = some_draft(organization, random)
    with builders.in_organization(organization):
        kept = [{"id": line.pk, **builders.line("Endret")} for line in list_lines(draft)]
    with organization_context(organization.pk):
        drafts.update_draft(
            organization,
            draft.pk,
            version=draft.version,
            header={"note": f"{random.random()}"},
            lines=kept,
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )


def delete_draft(organization: Organization, random: Random) -> None:
    draft = some_draft(organization, random)
    with organization_context(organization.pk):
        drafts.delete_draft(organization, draft.pk, actor=builders.actor_of(organization))


def finalize_draft(organization: Organization, random: Random) -> None:
    builders.finalize_drafts(organization, [some_draft(organization, random).pk])


def seal(organization: Organization, random: Random) -> None:
    sealing.seal(organization.pk)


COMMANDS: tuple[Command, ...] = (write_draft, change_draft, delete_draft, finalize_draft, seal)


def test_commands_of_two_organizations_in_random_order_move_only_their_own_rows(world: World) -> None:
    random = Random(builders.SEED)
    both = (world.organization, world.other)

    for step in range(builders.scaled(200, 24)):
        own, other = random.sample(both, 2)
        command = random.choice(COMMANDS)
        before = fingerprint(organization_id=other.pk)
        command(own, random)
        assert fingerprint(organization_id=other.pk) == before, f"step {step}: {command}, seed {builders.SEED}"
