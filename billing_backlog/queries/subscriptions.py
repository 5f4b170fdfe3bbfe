"""Subscriptions of an organization: who may see them, what they say, what they have charged, and which are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404

from billing_backlog.models import BacklogItem, Project, Subscription, SubscriptionPause, SubscriptionPrice
from billing_backlog.subscriptions import Charged, Pause, Price, State, Terms, TimeUnit, Timing
from foundation import rows
from foundation.money import round_amount
from invoicing.models import Invoice
from tenants.models import Organization

SYSTEM = "subscriptions"  # as the items name their teller
WITH = ("customer", "project", "product")
WEEKS_PER_MONTH = Decimal(52) / Decimal(12)

_INVOICES = """SELECT DISTINCT l.source_id, l.invoice_id FROM invoicing_invoiceline l
WHERE l.organization_id = %s AND l.source_id = ANY(%s::uuid[])"""
_OF_INVOICE = """SELECT DISTINCT i.source_order FROM invoicing_invoiceline l
JOIN billing_backlog_backlogitem i ON i.organization_id = l.organization_id AND i.id = l.source_id
WHERE l.organization_id = %s AND l.invoice_id = %s AND i.source_system = 'subscriptions'"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A subscription with what it costs, when it rests, and what it has charged."""

    subscription: Subscription
    terms: Terms
    items: Sequence[BacklogItem]
    charged: Sequence[Charged]


def visible_subscriptions(organization: Organization, projects: QuerySet[Project] | None) -> QuerySet[Subscription]:
    """The subscriptions that somebody may see: all, or those of no project and of the projects that are given."""
    found = Subscription.objects.of(organization).select_related(*WITH)
    if projects is None:
        return found
    return found.filter(Q(project=None) | Q(project__in=projects.order_by().values("pk")))


def list_subscriptions(
    visible: QuerySet[Subscription], organization: Organization, *, today: date, words: str = "", state: str = ""
) -> QuerySet[Subscription]:
    """The visible subscriptions in a state whose name or customer has the words, with today's price and quantity."""
    found = visible.annotate(
        price_today=_price_of(organization, today, "unit_price"),
        quantity_today=_price_of(organization, today, "quantity"),
        is_resting=Exists(_pauses_on(organization, today)),
    )
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(customer__name__icontains=word))
    return found.filter(state_is(state, today)) if state else found


def state_is(state: str, today: date) -> Q:
    """The condition of a state, as `subscriptions.state_on` says it of one; needs `is_resting`."""
    stopped = Q(stops_on__lt=today) | Q(stops_on__lt=F("starts_on"))
    scheduled = Q(starts_on__gt=today)
    goes_on = Q(stops_on=None) | (Q(stops_on__gte=today) & Q(stops_on__gte=F("starts_on")))
    return {
        State.STOPPED: stopped,
        State.SCHEDULED: scheduled & goes_on,
        State.PAUSED: ~scheduled & goes_on & Q(is_resting=True),
        State.RUNNING: ~scheduled & goes_on & Q(is_resting=False),
    }[State(state)]


def monthly_values(found: QuerySet[Any], today: date) -> list[tuple[str, Decimal]]:
    """What the running ones among them come to in a month, by currency: a week is twelve fifty-seconds of a month."""
    running = found.filter(state_is(State.RUNNING, today))
    sums: dict[str, Decimal] = {}
    groups = running.order_by().values("currency", "time_unit", "every")
    for group in groups.annotate(value=Sum(F("price_today") * F("quantity_today"))):
        months = group["every"] / WEEKS_PER_MONTH if group["time_unit"] == TimeUnit.WEEK else Decimal(group["every"])
        sums[group["currency"]] = sums.get(group["currency"], Decimal(0)) + group["value"] / months
    return sorted((currency, round_amount(value)) for currency, value in sums.items())


def get_subscription(visible: QuerySet[Subscription], subscription_id: UUID) -> Subscription:
    """One of the visible subscriptions, or 404."""
    found = visible.filter(pk=subscription_id).first()
    if found is None:
        raise Http404
    return found


def lock_subscription(organization: Organization, subscription_id: UUID) -> Subscription:
    """One subscription, locked until the transaction ends, or 404."""
    found = Subscription.objects.of(organization).select_related(*WITH).filter(pk=subscription_id)
    locked = found.select_for_update(of=("self",), no_key=True).first()
    if locked is None:
        raise Http404
    return locked


def due_subscriptions(organization: Organization, *, today: date, most: int) -> list[UUID]:
    """The subscriptions that are to be looked at, those that have waited longest first."""
    due = Subscription.objects.of(organization).filter(due_on__lte=today).order_by("due_on", "id")
    return list(due.values_list("pk", flat=True)[:most])


def whole_subscription(organization: Organization, subscription: Subscription) -> Whole:
    """A subscription with its prices and pauses, and the items that say what it has charged."""
    items = list(
        BacklogItem.objects.of(organization)
        .filter(source_system=SYSTEM, source_order=str(subscription.pk))
        .order_by("created_at", "id")
    )
    terms = terms_of(organization, subscription)
    return Whole(subscription, terms, items, [charged_by(item) for item in items])


def terms_of(organization: Organization, subscription: Subscription) -> Terms:
    """What was agreed, as the rules take it."""
    return Terms(
        starts_on=subscription.starts_on,
        periods_from=subscription.periods_from,
        every=subscription.every,
        unit=TimeUnit(subscription.time_unit),
        timing=Timing(subscription.timing),
        prices=tuple(
            Price(row.valid_from, row.unit_price, row.quantity) for row in prices_of(organization, subscription)
        ),
        pauses=tuple(Pause(row.first_day, row.last_day) for row in pauses_of(organization, subscription)),
        stops_on=subscription.stops_on,
    )


def prices_of(organization: Organization, subscription: Subscription) -> list[SubscriptionPrice]:
    """Its prices in the order in which they hold; of two from the same day the later one comes last."""
    found = SubscriptionPrice.objects.of(organization).filter(subscription=subscription)
    return list(found.order_by("valid_from", "made_at", "id"))


def pauses_of(organization: Organization, subscription: Subscription) -> list[SubscriptionPause]:
    """Its pauses that hold, the earliest first."""
    found = SubscriptionPause.objects.of(organization).filter(subscription=subscription, taken_back_at=None)
    return list(found.order_by("first_day", "id"))


def charged_by(item: BacklogItem) -> Charged:
    """The days that an item of a subscription charges, or gives back."""
    period_first = date.fromisoformat(item.source_line[:10])
    return Charged(period_first, item.period_from or item.day, item.day, item.quantity < 0)


def invoices_of_items(organization: Organization, item_ids: Collection[UUID]) -> dict[UUID, list[Invoice]]:
    """The documents on which each of these items stands."""
    pairs = rows.fetch_all(_INVOICES, [organization.pk, list(item_ids)]) if item_ids else []
    named = {invoice_id for _item, invoice_id in pairs}
    invoices = {row.pk: row for row in Invoice.objects.of(organization).filter(pk__in=named).defer("snapshot")}
    found: dict[UUID, list[Invoice]] = {}
    for item_id, invoice_id in pairs:
        found.setdefault(item_id, []).append(invoices[invoice_id])
    return found


def subscriptions_of_invoice(organization: Organization, invoice_id: UUID) -> list[Subscription]:
    """The subscriptions whose charges stand on a document."""
    ids = [order for (order,) in rows.fetch_all(_OF_INVOICE, [organization.pk, invoice_id])]
    found = Subscription.objects.of(organization).select_related(*WITH).filter(pk__in=ids)
    return list(found.order_by("name", "id"))


def _price_of(organization: Organization, today: date, column: str) -> Any:
    """What holds today, or from the start where it has not begun."""
    prices = SubscriptionPrice.objects.of(organization).filter(subscription_id=OuterRef("pk"))
    in_force = prices.filter(Q(valid_from__lte=today) | Q(valid_from__lte=OuterRef("starts_on")))
    return Subquery(in_force.order_by("-valid_from", "-made_at", "-id").values(column)[:1])


def _pauses_on(organization: Organization, today: date) -> QuerySet[SubscriptionPause]:
    return SubscriptionPause.objects.of(organization).filter(
        Q(last_day=None) | Q(last_day__gte=today),
        subscription_id=OuterRef("pk"),
        taken_back_at=None,
        first_day__lte=today,
    )
