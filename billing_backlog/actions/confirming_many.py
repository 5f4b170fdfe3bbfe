"""Confirming many drafts in a job: a result for each, and one failure stops none of the others (M-056)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.actions.confirming import Decisions
from billing_backlog.actions.timesheets import hand_over
from billing_backlog.errors import NotToConfirm
from billing_backlog.models import Proforma, ProformaStep
from invoicing.actions.many import label_of
from tenants import jobs
from tenants.audit import Actor
from tenants.models import Job, Organization

CONFIRM = "billing_backlog.confirm_many"
AT_ONCE_MAX = 250


@transaction.atomic
def start_confirming(organization: Organization, chosen: Sequence[Proforma], *, actor: Actor, key: str) -> Job:
    """Begin the job that confirms these drafts; under one key it is begun once."""
    if not chosen:
        raise NotToConfirm(_("No draft is chosen. Tick some rows in the list and try again."))
    if len(chosen) > AT_ONCE_MAX:
        raise NotToConfirm(_("At most %(most)s drafts at a time. Choose fewer.") % {"most": AT_ONCE_MAX})
    items = [(proforma.invoice_id, label_of(proforma.invoice)) for proforma in chosen]
    return jobs.start(organization, CONFIRM, actor=actor, parameters={}, items=items, key=key)


def confirm_one(
    organization: Organization, invoice_id: UUID, *, actor: Actor, today: date, now: datetime
) -> ProformaStep:
    """Confirm a draft as it stands; what was taken off its lines becomes what the organization has decided of it."""
    try:
        return hand_over(organization, invoice_id, decisions=Decisions(), actor=actor, today=today, now=now)
    except Http404 as error:
        raise NotToConfirm(_("The draft is not there any more.")) from error
