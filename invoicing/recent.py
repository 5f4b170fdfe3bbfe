"""Which documents somebody opened last, remembered in their own session and nowhere else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

SESSION_KEY = "recent_documents"
KEPT_MAX = 8
ORGANIZATIONS_MAX = 5  # beyond this the one that was visited longest ago is forgotten


def remember(session: SessionBase, organization_id: UUID, invoice_id: UUID) -> None:
    """Put the document first among those opened last; the session is written only when that changes something."""
    kept = dict(_kept(session))
    opened = kept.pop(str(organization_id), [])
    if opened[:1] == [str(invoice_id)]:
        return
    others = [other for other in opened if other != str(invoice_id)]
    newest = list(kept.items())[-(ORGANIZATIONS_MAX - 1) :]
    session[SESSION_KEY] = {**dict(newest), str(organization_id): [str(invoice_id), *others][:KEPT_MAX]}


def recent_ids(session: SessionBase, organization_id: UUID) -> list[UUID]:
    """The documents of an organization that were opened last, the newest first; they may be gone by now."""
    return [UUID(opened) for opened in _kept(session).get(str(organization_id), [])]


def _kept(session: SessionBase) -> dict[str, Any]:
    kept = session.get(SESSION_KEY)
    return kept if isinstance(kept, dict) else {}
