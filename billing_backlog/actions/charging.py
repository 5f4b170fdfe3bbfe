"""Charging subscriptions: each period once, whoever comes twice or at once; what was missed is caught up with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing_backlog.actions.billing_by_itself import bill_by_itself
from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.stuck_news import Stuck, tell_stuck
from billing_backlog.actions.subscriptions import next_look
from billing_backlog.errors import NotCharged
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, ItemKind, MadeBy, Subscription
from billing_backlog.queries.items import items_by_id
from billing_backlog.queries.standing import standing_of
from billing_backlog.queries.subscriptions import (
    SYSTEM,
    Whole,
    due_subscriptions,
    lock_subscription,
    whole_subscription,
)
from billing_backlog.subscriptions import Charge, charges
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_amount, language_of_page
from foundation.transactions import read_only
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

logger = logging.getLogger(__name__)

SUBSCRIPTIONS_MAX = 500  # of one organization in one round; the next round takes the rest
PERIODS_MAX = 60  # of one subscription at once: five years of months
NOTICE_LENGTH_MAX = 500


def charge_subscriptions(organization: Organization, *, today: date, now: datetime) -> int:
    """Charge what is due in one organization, each subscription in a transaction of its own; how many charges.

    One that cannot be charged keeps no other back: it says why, and is tried again in the next round.
    """
    with read_only():
        due = due_subscriptions(organization, today=today, most=SUBSCRIPTIONS_MAX)
    actor = Actor.system()
    return sum(charge_subscription(organization, each, actor=actor, today=today, now=now) for each in due)


def charge_subscription(
    organization: Organization, subscription_id: UUID, *, actor: Actor, today: date, now: datetime
) -> int:
    """Charge what is due of one subscription and bill it as the customer is billed; how many charges were made."""
    try:
        with transaction.atomic():
            return _charge(organization, subscription_id, actor=actor, today=today, now=now)
    except DomainError as refusal:
        _leave_notice(organization, subscription_id, str(refusal), today)
    except Http404:
        raise
    except Exception:
        logger.exception("Subscription %s stumbled on %s", subscription_id, today)
        _leave_notice(organization, subscription_id, _("Something went wrong on our side. Try it again."), today)
    return 0


def _charge(organization: Organization, subscription_id: UUID, *, actor: Actor, today: date, now: datetime) -> int:
    subscription = lock_subscription(organization, subscription_id)
    whole = whole_subscription(organization, subscription)
    found = _at_once(charges(whole.terms, whole.charged, today))
    if found:
        item_ids = _take(organization, whole, found, actor=actor, now=now)
        subscription.notice = _bill(organization, whole, item_ids, actor=actor, today=today, now=now)
    subscription.due_on = next_look(organization, subscription, today)
    subscription.save(update_fields=["notice", "due_on"])
    if found:
        audit.record(
            actor,
            "subscription.charged",
            subscription,
            charges=len(found),
            amount=str(sum((each.amount for each in found), Decimal(0))),
        )
    return len(found)


def _at_once(found: Sequence[Charge]) -> list[Charge]:
    """The charges of the first periods: a period is never cut in the middle, its parts are rounded together."""
    firsts = sorted({each.period.first for each in found})[:PERIODS_MAX]
    return [each for each in found if each.period.first in firsts]


def _take(
    organization: Organization, whole: Whole, found: Sequence[Charge], *, actor: Actor, now: datetime
) -> list[UUID]:
    taken = take_items(organization, new_items(whole, found), actor=actor, now=now)
    for answer in taken:
        if answer.outcome != Outcome.NEW:
            raise NotCharged(answer.sentence or _("Something went wrong on our side. Try it again."))
    return [key for answer in taken for key in answer.item_ids]


def new_items(whole: Whole, found: Sequence[Charge]) -> list[NewItem]:
    """The charges as the backlog takes them, in the customer's language; the same charge again has the same name."""
    parts: dict[date, int] = {}
    for each in whole.charged:
        parts[each.period_first] = parts.get(each.period_first, 0) + 1
    told = []
    with translation.override(whole.subscription.customer.language):
        for charge in found:
            first = charge.period.first
            parts[first] = parts.get(first, 0) + 1
            name = first.isoformat() + (f"/{parts[first]}" if parts[first] > 1 else "")
            told.append(_new_item(whole.subscription, charge, name))
    return told


def text_of(subscription: Subscription, charge: Charge) -> str:
    """What the line says: the agreed text, and of a part of a period how many of its days."""
    if charge.is_given_back:
        words = ngettext(
            "Given back: %(text)s, %(days)s of %(all)s day", "Given back: %(text)s, %(days)s of %(all)s days",
            charge.period.days,
        )  # fmt: skip
    elif charge.is_whole:
        return subscription.text
    else:
        words = ngettext("%(text)s, %(days)s of %(all)s day", "%(text)s, %(days)s of %(all)s days", charge.period.days)
    return words % {"text": subscription.text, "days": charge.days, "all": charge.period.days}


def _new_item(subscription: Subscription, charge: Charge, name: str) -> NewItem:
    return NewItem(
        kind=ItemKind.RECURRING.value,
        customer_id=subscription.customer_id,
        project_id=subscription.project_id,
        product_id=subscription.product_id,
        day=charge.last,
        period_from=charge.first,
        quantity=charge.quantity,
        unit_code=subscription.unit_code,
        unit_price=charge.unit_price,
        rule_price=charge.unit_price,
        price_rule=_("Subscription %(name)s") % {"name": subscription.name},
        price_includes_vat=False,
        text=text_of(subscription, charge),
        currency=subscription.currency,
        vat_treatment=subscription.vat_treatment,
        revenue_account=subscription.revenue_account,
        approved_by=subscription.created_by,
        source=Source(SYSTEM, str(subscription.pk), name),
    )


def _bill(
    organization: Organization, whole: Whole, item_ids: Sequence[UUID], *, actor: Actor, today: date, now: datetime
) -> str:
    """Mark the charges ready and bill them as the customer is billed; why they were not, or nothing."""
    marked = mark_ready(organization, item_ids, actor=actor, now=now)
    if marked.refused:
        return str(marked.refused[0][1])
    fresh = list(items_by_id(organization, item_ids).values())
    together = [*fresh, *_given_back_before(organization, whole)]
    if sum(item.amount for item in together) < 0:
        given_back = -sum((item.amount for item in together), Decimal(0))
        return _("%(amount)s is given back. It stands in the backlog: bill it with the next invoice, or credit.") % {
            "amount": f"{format_amount(given_back, language_of_page())} {whole.subscription.currency}"
        }
    try:
        with transaction.atomic():
            bill_by_itself(
                organization,
                [item.pk for item in together],
                made_by=MadeBy.SUBSCRIPTION,
                actor=actor,
                today=today,
                now=now,
            )
    except DomainError as refusal:
        return str(refusal)
    return ""


def _given_back_before(organization: Organization, whole: Whole) -> list[BacklogItem]:
    """What this subscription gave back earlier and no document has taken into account."""
    waiting = [item for item in whole.items if item.quantity < 0 and item.is_ready and not item.is_cancelled]
    standing = standing_of(organization, waiting)
    return [item for item in waiting if standing[item.pk].unbilled]


@transaction.atomic
def _leave_notice(organization: Organization, subscription_id: UUID, reason: str, today: date) -> None:
    """Say on the subscription, and to those who can mend it, why it was not charged."""
    subscription = lock_subscription(organization, subscription_id)
    if subscription.notice != reason[:NOTICE_LENGTH_MAX]:
        subscription.notice = reason[:NOTICE_LENGTH_MAX]
        subscription.save(update_fields=["notice"])
        key = f"billing-stuck:{subscription.pk}:{today}"
        link = f"subscriptions/{subscription.pk}/"
        tell_stuck(organization, [Stuck(subscription.customer.name, subscription.notice, link, key)])
        audit.record(Actor.system(), "subscription.not_charged", subscription, reason=subscription.notice)
