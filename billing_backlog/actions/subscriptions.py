"""Starting subscriptions and changing what they charge from a day on: price, pause, stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import StaleRecord, SubscriptionHasCharged, SubscriptionIsUnclear
from billing_backlog.models import Subscription, SubscriptionPause, SubscriptionPrice
from billing_backlog.queries.subscriptions import lock_subscription, pauses_of, whole_subscription
from billing_backlog.subscriptions import (
    State,
    TimeUnit,
    charged_through,
    first_period,
    outlook,
    state_on,
    stopped,
)
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

WORDS = ("name", "text", "unit_code", "product_id", "project_id", "vat_treatment", "revenue_account")
TERMS = ("customer_id", "currency", "every", "time_unit", "timing", "starts_on", "periods_from")
STARTS_BACK = timedelta(days=3 * 366)  # further back nobody means it
STARTS_AHEAD = timedelta(days=5 * 366)
_DAY = timedelta(days=1)


@transaction.atomic
def start_subscription(
    organization: Organization, *, values: Mapping[str, Any], actor: Actor, today: date, now: datetime
) -> Subscription:
    """Write a new subscription with its first price; one that starts later is scheduled until then."""
    subscription = Subscription(organization=organization, created_by=actor.name[:120])
    for name in (*WORDS, *TERMS):
        setattr(subscription, name, values[name])
    _refuse_senseless(subscription, today)
    subscription.save(force_insert=True)
    _keep_price(subscription, subscription.starts_on, values, actor=actor, now=now)
    _look_again(organization, subscription, today)
    audit.record(
        actor,
        "subscription.started",
        subscription,
        price=str(values["unit_price"]),
        starts_on=subscription.starts_on.isoformat(),
    )
    return subscription


@transaction.atomic
def update_subscription(
    organization: Organization,
    subscription_id: UUID,
    *,
    values: Mapping[str, Any],
    version: int,
    actor: Actor,
    today: date,
) -> Subscription:
    """Change what a subscription says from now on; its terms only until it has charged something."""
    subscription = lock_subscription(organization, subscription_id)
    if subscription.version != version:
        raise StaleRecord(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.")
            % {"name": subscription}
        )
    has_charged = bool(whole_subscription(organization, subscription).items)
    columns = {name: values[name] for name in ((*WORDS,) if has_charged else (*WORDS, *TERMS)) if name in values}
    changes = audit.changes({name: getattr(subscription, name) for name in columns}, columns)
    if changes:
        for name, value in columns.items():
            setattr(subscription, name, value)
        if not has_charged:
            _refuse_senseless(subscription, today)
        subscription.version += 1
        subscription.save(update_fields=[*columns, "version"])
        _look_again(organization, subscription, today)
        audit.record(actor, "subscription.changed", subscription, changes=changes)
    return subscription


@transaction.atomic
def change_price(
    organization: Organization,
    subscription_id: UUID,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    today: date,
    now: datetime,
) -> SubscriptionPrice:
    """Let another price or quantity hold from a day on; a period in which it falls is split at that day."""
    subscription = lock_subscription(organization, subscription_id)
    _refuse_stopped(organization, subscription, today)
    since: date = values["valid_from"]
    if since < subscription.starts_on:
        raise SubscriptionIsUnclear(
            _("It starts on %(day)s. Choose that day or a later one.") % {"day": _told(subscription.starts_on)},
            field="valid_from",
        )
    through = charged_through(whole_subscription(organization, subscription).charged)
    if through is not None and since <= through:
        raise SubscriptionHasCharged(
            _(
                "Everything through %(through)s is charged at the old price. Let the new price hold from %(next)s, or "
                "credit the invoice."
            )
            % {"through": _told(through), "next": _told(through + _DAY)},
            field="valid_from",
        )
    price = _keep_price(subscription, since, values, actor=actor, now=now)
    _look_again(organization, subscription, today)
    audit.record(
        actor, "subscription.price_changed", subscription, price=str(price.unit_price), since=since.isoformat()
    )
    return price


@transaction.atomic
def pause_subscription(
    organization: Organization,
    subscription_id: UUID,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    today: date,
    now: datetime,
) -> SubscriptionPause:
    """Charge nothing from a day on, through a day or until it is resumed; days charged already are given back."""
    subscription = lock_subscription(organization, subscription_id)
    _refuse_stopped(organization, subscription, today)
    first, last = values["first_day"], values["last_day"]
    if last is not None and last < first:
        raise SubscriptionIsUnclear(_("The last day comes before the first one."), field="last_day")
    for other in pauses_of(organization, subscription):
        if (other.last_day is None or first <= other.last_day) and (last is None or other.first_day <= last):
            raise SubscriptionIsUnclear(
                _("It is paused from %(day)s already. Resume it first, or choose other days.")
                % {"day": _told(other.first_day)},
                field="first_day",
            )
    pause = SubscriptionPause(
        organization=organization,
        subscription=subscription,
        first_day=first,
        last_day=last,
        reason=values["reason"][:300],
        made_by=actor.name[:120],
        made_at=now,
    )
    pause.save(force_insert=True)
    _look_again(organization, subscription, today)
    audit.record(actor, "subscription.paused", subscription, since=first.isoformat(), reason=pause.reason)
    return pause


@transaction.atomic
def resume_subscription(
    organization: Organization,
    subscription_id: UUID,
    pause_id: UUID,
    *,
    from_day: date,
    actor: Actor,
    today: date,
    now: datetime,
) -> Subscription:
    """Charge again from a day on; a pause that has not begun by then is taken back."""
    subscription = lock_subscription(organization, subscription_id)
    pause = next((each for each in pauses_of(organization, subscription) if each.pk == pause_id), None)
    if pause is None or (pause.last_day is not None and pause.last_day < from_day):
        raise SubscriptionIsUnclear(_("The pause is over by that day already."), field="from_day")
    if from_day <= pause.first_day:
        pause.taken_back_at = now
    else:
        pause.last_day = from_day - _DAY
    pause.save(update_fields=["taken_back_at", "last_day"])
    _look_again(organization, subscription, today)
    audit.record(actor, "subscription.resumed", subscription, since=from_day.isoformat())
    return subscription


@transaction.atomic
def stop_subscription(
    organization: Organization,
    subscription_id: UUID,
    *,
    last_day: date | None,
    reason: str,
    actor: Actor,
    today: date,
) -> Subscription:
    """Charge nothing after a day, or after the end of the running period; what was charged beyond is given back."""
    subscription = lock_subscription(organization, subscription_id)
    _refuse_stopped(organization, subscription, today)
    terms = whole_subscription(organization, subscription).terms
    subscription.stops_on = stops_on = stopped(terms, last_day, today).stops_on
    subscription.stop_reason = reason[:300]
    subscription.version += 1
    subscription.save(update_fields=["stops_on", "stop_reason", "version"])
    _look_again(organization, subscription, today)
    audit.record(actor, "subscription.stopped", subscription, last_day=str(stops_on), reason=reason)
    return subscription


@transaction.atomic
def keep_subscription(organization: Organization, subscription_id: UUID, *, actor: Actor, today: date) -> Subscription:
    """Let a subscription that was to stop go on; one that has stopped is started anew instead."""
    subscription = lock_subscription(organization, subscription_id)
    _refuse_stopped(organization, subscription, today)
    if subscription.stops_on is not None:
        subscription.stops_on, subscription.stop_reason = None, ""
        subscription.version += 1
        subscription.save(update_fields=["stops_on", "stop_reason", "version"])
        _look_again(organization, subscription, today)
        audit.record(actor, "subscription.kept", subscription)
    return subscription


def next_look(organization: Organization, subscription: Subscription, today: date) -> date | None:
    """The day on which something is to be charged: today where something is due, None where nothing is known."""
    whole = whole_subscription(organization, subscription)
    ahead = outlook(whole.terms, whole.charged, today, most=1)
    return today if ahead.due else ahead.next_day


def _look_again(organization: Organization, subscription: Subscription, today: date) -> None:
    subscription.due_on = next_look(organization, subscription, today)
    subscription.save(update_fields=["due_on"])


def _keep_price(
    subscription: Subscription, since: date, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> SubscriptionPrice:
    price = SubscriptionPrice(
        organization_id=subscription.organization_id,
        subscription=subscription,
        valid_from=since,
        quantity=values.get("quantity") or Decimal(1),
        unit_price=values["unit_price"],
        reason=values.get("reason", "")[:300],
        made_by=actor.name[:120],
        made_at=now,
    )
    price.save(force_insert=True)
    return price


def _refuse_senseless(subscription: Subscription, today: date) -> None:
    starts_on, periods_from = subscription.starts_on, subscription.periods_from
    if not today - STARTS_BACK <= starts_on <= today + STARTS_AHEAD:
        raise SubscriptionIsUnclear(
            _("Choose a start within the last three years or the next five."), field="starts_on"
        )
    if periods_from > starts_on:
        raise SubscriptionIsUnclear(
            _("Periods are counted from the start or from an earlier day."), field="periods_from"
        )
    first = first_period(periods_from, subscription.every, TimeUnit(subscription.time_unit))
    if starts_on not in first:
        raise SubscriptionIsUnclear(
            _("The start lies outside the first period. Count the periods from a later day."), field="periods_from"
        )


def _refuse_stopped(organization: Organization, subscription: Subscription, today: date) -> None:
    if subscription.stops_on is None:
        return
    if state_on(whole_subscription(organization, subscription).terms, today) == State.STOPPED:
        raise SubscriptionIsUnclear(_("The subscription has stopped. Start a new one."))


def _told(day: date) -> str:
    return format_day(day, language_of_page())
