"""Giving a confirmed draft back to its project manager, with the reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.confirming import work_hash
from billing_backlog.actions.pulling import take_confirmation_back
from billing_backlog.errors import NotToReturn
from billing_backlog.models import Proforma, ProformaStep, StepKind
from billing_backlog.queries.proformas import lock_proforma
from foundation import rows
from invoicing import queries as invoices
from invoicing.actions import spells
from invoicing.actions.drafts import refuse_finalized
from invoicing.models import Invoice, WaitsFor
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization

REASON_LENGTH_MAX = 500


@transaction.atomic
def return_proforma(
    organization: Organization, invoice_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> ProformaStep:
    """Let a confirmed draft wait for its project manager again, who is told why; twice is as good as once."""
    invoice = invoices.lock_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    proforma = lock_proforma(organization, invoice_id)
    last = ProformaStep.objects.of(organization).filter(proforma=proforma).order_by("-id").first()
    if not reason.strip():
        raise NotToReturn(_("Write what is to be changed."), field="reason")
    if invoice.waits_for == WaitsFor.CONFIRMATION:
        if last is not None and last.kind == StepKind.RETURNED:
            return last
        raise NotToReturn(_("The draft is not confirmed yet. It waits for the project manager already."))
    spells.close_spells(organization, [invoice])
    invoice.organization = organization
    step = ProformaStep(
        organization=organization,
        proforma=proforma,
        kind=StepKind.RETURNED,
        work_hash=work_hash(invoices.list_lines(invoice)),
        reason=reason.strip()[:REASON_LENGTH_MAX],
        made_by=actor.name,
        made_at=now,
    )
    rows.insert(organization.pk, [step])
    take_confirmation_back(organization, invoice, actor=actor)
    audit.record(actor, "proforma.returned", invoice, reason=step.reason)
    _tell_manager(proforma, invoice, step, actor)
    return step


def _tell_manager(proforma: Proforma, invoice: Invoice, step: ProformaStep, actor: Actor) -> None:
    project = proforma.contract.project if proforma.contract else None
    manager_id = (project.manager_id if project else None) or proforma.manager_id
    if manager_id is None or manager_id == actor.id:
        return
    facts = {"by": actor.name, "customer": invoice.customer.name, "reason": step.reason}
    link = f"backlog/drafts/{invoice.pk}/"
    news = notices.News(manager_id, "proforma.returned", facts, link, f"proforma:{step.pk}")
    notices.tell(invoice.organization_id, [news])
