"""Approval of drafts: ask for it, give it, refuse it with a reason, withdraw the request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.drafts import refuse_finalized, refuse_stale
from invoicing.drafting import approvals
from invoicing.models import ApprovalVerdict, DraftApproval, Invoice, InvoiceFollowUp
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization


class ApprovalIsNotNeeded(DomainError):
    """The draft may be finalized without a second person."""


class NobodyMayApprove(DomainError):
    """There is no second person in the organization whose role allows approving."""


class NotASecondPerson(DomainError):
    """Whoever made or presented a draft does not approve it."""


class NothingToJudge(DomainError):
    """The draft does not wait for this answer."""


@transaction.atomic
def ask_approval(
    organization: Organization, invoice_id: UUID, *, version: int, actor: Actor, now: datetime, today: date
) -> DraftApproval:
    """Ask those who may to approve the draft as it stands; asking twice asks once."""
    draft = _lock(organization, invoice_id, version)
    state = approvals.state_of(organization, draft, today)
    if not state.is_needed:
        raise ApprovalIsNotNeeded(_("This draft needs no approval. It can be finalized."))
    if state.newest is not None and (state.is_waiting or state.is_approved):
        return state.newest
    maker = approvals.maker_of(organization, draft)
    others = approvals.approvers(organization, besides=[maker, actor.id])
    if not others:
        raise NobodyMayApprove(
            _("Nobody else may approve it. Invite an owner or an accountant, or change when approval is needed.")
        )
    asked = _say(draft, ApprovalVerdict.REQUESTED, actor=actor, maker=maker, now=now)
    facts = _facts(draft, actor)
    _tell(draft, "approval.requested", asked, [user.pk for user in others], facts)
    return asked


@transaction.atomic
def approve_draft(
    organization: Organization, invoice_id: UUID, *, version: int, actor: Actor, now: datetime, today: date
) -> DraftApproval:
    """Approve the draft as it stands, as somebody who has no hand in it; approving twice approves once."""
    draft = _lock(organization, invoice_id, version)
    state = approvals.state_of(organization, draft, today)
    if not state.is_needed:
        raise ApprovalIsNotNeeded(_("This draft needs no approval. It can be finalized."))
    if state.newest is not None and state.is_approved:
        return state.newest
    maker = approvals.maker_of(organization, draft)
    _refuse_own_hand(organization, draft, maker, actor)
    given = _say(draft, ApprovalVerdict.APPROVED, actor=actor, maker=maker, now=now)
    asker = approvals.asker_of(organization, draft)
    _tell(draft, "approval.approved", given, [asker, maker], _facts(draft, actor))
    return given


@transaction.atomic
def refuse_draft(
    organization: Organization,
    invoice_id: UUID,
    *,
    version: int,
    reason: str,
    actor: Actor,
    now: datetime,
    today: date,
) -> DraftApproval:
    """Refuse the draft with a reason and give it back to its maker, who is told."""
    draft = _lock(organization, invoice_id, version)
    if not reason.strip():
        raise NothingToJudge(_("Say why. The maker of the draft needs to know what to change."), field="reason")
    state = approvals.state_of(organization, draft, today)
    if not (state.is_waiting or state.is_approved):
        raise NothingToJudge(_("This draft does not wait for approval. There is nothing to refuse."))
    maker = approvals.maker_of(organization, draft)
    asker = approvals.asker_of(organization, draft)
    refused = _say(draft, ApprovalVerdict.REFUSED, actor=actor, maker=maker, now=now, reason=reason.strip())
    if maker or asker:
        InvoiceFollowUp.objects.of(organization).filter(invoice_id=draft.pk).update(owner_id=maker or asker)
    _tell(draft, "approval.refused", refused, [maker, asker], {**_facts(draft, actor), "reason": reason.strip()})
    return refused


@transaction.atomic
def withdraw_approval(
    organization: Organization, invoice_id: UUID, *, version: int, actor: Actor, now: datetime, today: date
) -> DraftApproval:
    """Take a request back before it is answered."""
    draft = _lock(organization, invoice_id, version)
    state = approvals.state_of(organization, draft, today)
    if not state.is_waiting:
        raise NothingToJudge(_("This draft does not wait for approval. There is nothing to withdraw."))
    maker = approvals.maker_of(organization, draft)
    return _say(draft, ApprovalVerdict.WITHDRAWN, actor=actor, maker=maker, now=now)


def _lock(organization: Organization, invoice_id: UUID, version: int) -> Invoice:
    draft = queries.lock_invoice(organization, invoice_id)
    refuse_finalized(draft)
    refuse_stale(draft, version)
    return draft


def _refuse_own_hand(organization: Organization, draft: Invoice, maker: UUID | None, actor: Actor) -> None:
    if actor.id is None or actor.id == maker or actor.id in approvals.askers_of(organization, draft):
        raise NotASecondPerson(
            _("You have made or presented this draft. Somebody else must approve it: ask an owner or an accountant.")
        )


def _say(
    draft: Invoice, verdict: ApprovalVerdict, *, actor: Actor, maker: UUID | None, now: datetime, reason: str = ""
) -> DraftApproval:
    said = DraftApproval.objects.create(
        organization_id=draft.organization_id,
        invoice=draft,
        version=draft.version,
        verdict=verdict,
        reason=reason,
        user_id=actor.id,
        actor_name=actor.name,
        made_by_id=maker,
        given_at=now,
    )
    facts = {"payable": str(draft.payable_amount), "customer": draft.customer.name}
    audit.record(actor, f"approval.{verdict}", draft, **facts, **({"reason": reason} if reason else {}))
    return said


def _facts(draft: Invoice, actor: Actor) -> dict[str, Any]:
    return {
        "by": actor.name,
        "customer": draft.customer.name,
        "amount": str(draft.payable_amount),
        "currency": draft.currency,
    }


def _tell(
    draft: Invoice, kind: str, said: DraftApproval, users: list[UUID | None] | list[UUID], facts: dict[str, Any]
) -> None:
    """A notice to each of them but the one who has just spoken."""
    told = {user for user in users if user is not None and user != said.user_id}
    link = f"invoices/{draft.pk}/finalize/" if kind == "approval.requested" else f"invoices/{draft.pk}/"
    notices.tell(
        draft.organization_id,
        [notices.News(user, kind, facts, link, f"{kind}:{said.pk}") for user in sorted(told)],
    )
