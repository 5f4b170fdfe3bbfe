"""What of drafts is paid in advance, as whoever knows of the advances says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import prepaying, queries
from invoicing.actions.draft_lines import total_draft
from invoicing.actions.drafts import refuse_finalized
from invoicing.models import Invoice, InvoiceKind
from invoicing.prepaying import PrepaidPart
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


class CannotBePrepaid(DomainError):
    """Only an invoice can be paid in advance."""


@transaction.atomic
def set_prepaid(
    organization: Organization, wanted: Mapping[UUID, Sequence[PrepaidPart]], *, actor: Actor, today: date
) -> list[Invoice]:
    """Say which advances pay how much of each draft, in place of what was said before; revenue and VAT stay whole.

    More than what a draft comes to is brought down to that. A draft about which nothing changes keeps its version.
    """
    drafts = queries.lock_drafts(organization, list(wanted))
    for draft in drafts:
        refuse_finalized(draft)
        if draft.kind != InvoiceKind.INVOICE:
            raise CannotBePrepaid(_("Only an invoice can be paid by an advance."))
        before = list(draft.prepaid)
        draft.prepaid = [part.to_json() for part in wanted[draft.pk] if part.amount > 0]
        lines = queries.list_lines(draft)
        total_draft(draft, lines, organization, today)
        if draft.prepaid == before:
            continue
        draft.version += 1
        draft.updated_at = timezone.now()
        draft.save(update_fields=["prepaid", "payable_amount", "rounding_amount", "version", "updated_at"])
        audit.record(
            actor,
            "draft.prepaid",
            draft,
            amount=str(prepaying.sum_of(draft.prepaid)),
            advances=", ".join(part["label"] for part in draft.prepaid),
        )
    return drafts
