"""A worker that makes the files of one document and stands still at a named point.

    python -m tests.reliability.rendering_worker ORGANIZATION OUTBOX_ROW POINT FILE

Points: `drawing` (the PDF is being made), `stored` (the bytes lie in the store, the rows are not written).
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
    from invoicing.actions import documents
    from invoicing.tasks.documents import render_documents

    def stop_here(*_values: Any, **_named: Any) -> Any:
        stand_still(Path(file))

    setattr(documents, {"drawing": "render_pdf", "stored": "_keep"}[point], stop_here)
    render_documents(organization_id, outbox_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
