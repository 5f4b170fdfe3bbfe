"""A worker that hands one document over and stands still at a named point.

    python -m tests.reliability.handing_worker ORGANIZATION OUTBOX_ROW POINT FILE

Points: `marked` (it is written down that handing over is next, and nothing has left), `accepted` (the access point has
taken it, and nobody has written that down).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import django

from tests.reliability.processes import stand_still


def main(organization_id: str, outbox_id: str, point: str, file: str) -> None:
    """Run the task up to the point."""
    django.setup()
    from invoicing.actions import deliveries
    from invoicing.delivery.peppol import phoss
    from invoicing.tasks.deliveries import hand_over

    def stop_here(*_values: Any, **_named: Any) -> Any:
        stand_still(Path(file))

    if point == "marked":
        phoss.PhossCarrier.send = stop_here  # type: ignore[method-assign]
    else:
        deliveries.settle_attempt = stop_here
    hand_over(organization_id, outbox_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
