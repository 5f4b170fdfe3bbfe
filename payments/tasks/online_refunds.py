"""The background doors to refunds through a provider: asked for once, settled when the provider says so."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.transactions import read_only
from payments.actions.online import keep_returned_refund
from payments.actions.refunds import REFUND_AT_PROVIDER, end_refund, hand_over_refund, settle_refund
from payments.models import PaymentAttempt, Refund, RefundState
from payments.online import queries
from payments.online.news import tell_staff
from payments.providers import base
from payments.providers.base import NoAnswer, RefundOrder, RefundOutcome, Refused
from payments.providers.finding import provider_of
from payments.tasks.working import at_provider
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.models import Organization

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
FORGOTTEN_AFTER = timedelta(days=3)


@shared_task(name=REFUND_AT_PROVIDER, soft_time_limit=60, time_limit=90)
def refund_at_provider(organization_id: str, outbox_id: str) -> None:
    """Send money back to where it came from, once."""
    with at_provider(organization_id, outbox_id) as work:
        if work is not None:
            _refund(work[0], work[1].subject_id, is_again=work[1].attempts > 1)


def _refund(organization: Organization, refund_id: UUID, *, is_again: bool) -> None:
    """Ask the provider once for one refund; what was asked before is looked for first."""
    with read_only():
        refund = queries.get_refund(organization, refund_id)
        attempt = queries.attempt_of_payment(organization, refund.payment)
    if refund.state not in {RefundState.REQUESTED, RefundState.HANDED_OVER}:
        return
    if attempt is None:
        _settle(organization, refund, RefundOutcome(base.REFUND_REFUSED, text=_("It was not paid online.")))
        return
    provider = provider_of(organization, attempt.account)
    order = _refund_order(refund, attempt)
    # From here on nobody can cancel it: the provider knows it by our key.
    hand_over_refund(organization, refund.pk, provider_reference=str(refund.pk), actor=Actor.system())
    found = provider.find_refund(order) if is_again else None
    try:
        outcome = found or provider.refund(order)
    except Refused as refusal:
        outcome = RefundOutcome(base.REFUND_REFUSED, text=str(refusal))
    _settle(organization, refund, outcome)


def _refund_order(refund: Refund, attempt: PaymentAttempt) -> RefundOrder:
    reference = refund.payment.reference or attempt.payment_reference
    return RefundOrder(str(refund.pk), reference, refund.amount, refund.payment.currency)


def _settle(organization: Organization, refund: Refund, outcome: RefundOutcome) -> None:
    now, actor = timezone.now(), Actor.system()
    if outcome.state == base.REFUND_DONE:
        settle_refund(organization, refund.pk, actor=actor, day=local_today(organization), now=now)
    elif outcome.state == base.REFUND_REFUSED:
        end_refund(organization, refund.pk, is_cancelled=False, problem=outcome.text, actor=actor, now=now)
        facts = {"amount": str(refund.amount), "currency": refund.payment.currency, "reason": outcome.text}
        with transaction.atomic():
            tell_staff(
                organization,
                "online.refund_failed",
                facts,
                link=f"payments/{refund.payment_id}/",
                key=f"refund:{refund.pk}",
            )


def look_at_refunds(organization: Organization) -> None:
    """Ask about the refunds that a provider has taken and not said the last word of."""
    with read_only():
        waiting = queries.refunds_on_their_way(organization, SWEEP_SIZE)
        asked = queries.subjects_waiting(organization, REFUND_AT_PROVIDER) if waiting else set()
    for refund_id in waiting:
        refund, found, is_told = _ask_about(organization, refund_id)
        if found is not None:
            _settle(organization, refund, found)
        elif is_told and refund_id not in asked and refund.requested_at < timezone.now() - FORGOTTEN_AFTER:
            # Nobody asks for it any more, and it never came there: the money is the customer's to use again.
            text = _("The provider knows nothing of it.")
            _settle(organization, refund, RefundOutcome(base.REFUND_REFUSED, text=text))


def look_at_paid_refunds(organization: Organization, attempt: PaymentAttempt) -> None:
    """Ask whether what counted as paid back came back: a card that is closed takes no money."""
    with read_only():
        paid = queries.refunds_paid_of(organization, attempt, SWEEP_SIZE)
    for refund_id in paid:
        refund, found, _is_told = _ask_about(organization, refund_id)
        if found is not None and found.state == base.REFUND_REFUSED:
            keep_returned_refund(organization, refund, problem=found.text, now=timezone.now())


def _ask_about(organization: Organization, refund_id: UUID) -> tuple[Refund, RefundOutcome | None, bool]:
    """One refund, what the provider says of it, and whether it has answered at all."""
    with read_only():
        refund = queries.get_refund(organization, refund_id)
        attempt = queries.attempt_of_payment(organization, refund.payment)
    if attempt is None:
        return refund, None, False
    try:
        found = provider_of(organization, attempt.account).find_refund(_refund_order(refund, attempt))
    except (NoAnswer, Refused) as error:
        logger.info("The provider says nothing of refund %s: %s", refund_id, error)
        return refund, None, False
    return refund, found, True
