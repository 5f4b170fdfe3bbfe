"""Finalizing documents that nobody looks at first; those who can mend what is missing are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from billing_backlog.actions.stuck_news import Stuck, tell_stuck
from invoicing.actions.finalize import BATCH_SIZE
from invoicing.actions.many import finalize_batch
from invoicing.models import Invoice
from tenants.audit import Actor
from tenants.models import Organization


def finalize_by_itself(
    organization: Organization, drafts: Iterable[Invoice], *, sends: Collection[UUID], actor: Actor, today: date
) -> None:
    """Finalize these drafts, and send those whose ids are named (M-127, M-130).

    One that cannot be finalized stays a draft, and who can mend it is told what is missing; the others go on.
    """
    stuck = []
    by_id = {draft.pk: draft for draft in drafts}
    for is_sent in (True, False):
        ids = [key for key in by_id if (key in sends) == is_sent]
        for first in range(0, len(ids), BATCH_SIZE):
            batch = ids[first : first + BATCH_SIZE]
            outcomes = finalize_batch(organization, batch, actor=actor, today=today, sends=is_sent)
            stuck += [
                Stuck(by_id[key].customer.name, outcome.reason, f"invoices/{key}/", f"billing-stuck:{key}")
                for key, outcome in outcomes.items()
                if not outcome.is_done
            ]
    tell_stuck(organization, stuck)
