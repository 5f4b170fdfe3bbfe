"""A worker that works on one job and stands still at a named point.

    python -m tests.reliability.job_worker ORGANIZATION OUTBOX_ROW POINT BATCH FILE

Points: `finalized` (a batch is committed, its items are not marked), `marked` (they are, the next batch has not begun).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import django

from tests.reliability.processes import stand_still


def main(organization_id: str, outbox_id: str, point: str, batch: str, file: str) -> None:
    """Run the task up to the point."""
    django.setup()
    from invoicing.tasks import documents as tasks
    from tenants import jobs

    mark = jobs.mark

    def mark_and_stop(*values: Any) -> None:
        if point == "marked":
            mark(*values)
        stand_still(Path(file))

    for place, name, value in ((tasks, "BATCH_SIZE", int(batch)), (jobs, "mark", mark_and_stop)):
        setattr(place, name, value)
    tasks.finalize_many(organization_id, outbox_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
