"""Move-ins of tests: the request that the pages would make of some files, rehearsed and switched by the real jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation

from config.importing.columns import CUSTOMER_COLUMNS, PRODUCT_COLUMNS, suggested
from config.moving_in import rehearsing, switching
from config.moving_in.asked import MovedFile, MoveInRequest, table_of
from config.moving_in.columns import open_item_columns
from foundation import files
from tenants import jobs
from tenants.models import Job, Organization
from tests import builders

DAY = date(2026, 10, 31)


def ask(
    organization: Organization, contents: Mapping[str, str | bytes], total: Decimal | str, **more: int
) -> MoveInRequest:
    """The request that the pages make of these files, with the columns that their names tell."""
    columns = {
        "customers": CUSTOMER_COLUMNS,
        "products": PRODUCT_COLUMNS,
        "open_items": open_item_columns(organization.base_currency),
    }
    moved = {}
    for kind, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        file = MovedFile(files.store(str(organization.pk), data), f"{kind}.csv")
        mapping = suggested(columns[kind], table_of(organization, file).header)
        moved[kind] = MovedFile(file.sha256, file.name, mapping)
    return MoveInRequest(day=DAY, control_total=Decimal(total), files=moved, **more)


def rehearse(organization: Organization, asked: MoveInRequest) -> Job:
    with builders.in_organization(organization), translation.override("en"):
        job = rehearsing.start_rehearsal(organization, asked, actor=builders.actor_of(organization), key=jobs.new_key())
    return finish(organization, job)


def switch(organization: Organization, rehearsal: Job) -> Job:
    with builders.in_organization(organization):
        job = switching.start_switch(organization, rehearsal.pk, actor=builders.actor_of(organization))
    return finish(organization, job)


def finish(organization: Organization, job: Job) -> Job:
    builders.run_background()
    with builders.in_organization(organization):
        return Job.objects.of(organization).get(pk=job.pk)


def move_things(organization: Organization) -> dict[str, Any]:
    """A rehearsal that waits for a worker, and the request that it was made of."""
    with builders.in_organization(organization):
        asked = ask(organization, {"customers": f"Kundenr;Navn\n7001;Fra {organization.slug} AS\n"}, "0").to_json()
        actor = builders.actor_of(organization)
        job = jobs.start(organization, rehearsing.REHEARSE, actor=actor, parameters=asked, key=jobs.new_key())
    return {
        "move_in_asked": files.store(str(organization.pk), json.dumps(asked).encode()),
        "move_rehearsal": job.pk,
    }
