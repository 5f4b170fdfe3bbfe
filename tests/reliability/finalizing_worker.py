"""A web process that finalizes one draft and stands still at a named point.

    python -m tests.reliability.finalizing_worker ORGANIZATION DRAFT TODAY POINT FILE

Points: `before_commit` (all is written, nothing is committed), `after_commit` (committed, nobody was answered).
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import django

from tests.reliability.processes import stand_still


def main(organization_id: str, draft_id: str, today: str, point: str, file: str) -> None:
    """Finalize up to the point."""
    django.setup()
    from django.db import connection, transaction

    from invoicing.actions import finalize
    from tenants import queries
    from tenants.audit import Actor
    from tenants.context import organization_context

    commit = connection.commit

    def commit_and_stop() -> None:
        if point == "after_commit":
            commit()
        stand_still(Path(file))

    with organization_context(UUID(organization_id)):
        with transaction.atomic():
            organization = queries.get_open_organization(UUID(organization_id))
        setattr(connection, "commit", commit_and_stop)  # noqa: B010 - a method, replaced on purpose
        finalize.finalize_invoices(
            organization, [UUID(draft_id)], actor=Actor.system("A process"), today=date.fromisoformat(today)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
