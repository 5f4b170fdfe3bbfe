"""What the list comes to: by state, by group and by tab, to the øre, each in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from billing_backlog.listing.asked import KINDS_OF_TAB, Group, Tab
from billing_backlog.listing.finding import LACKS_NUMBER, STOPPED, grouped
from billing_backlog.listing.states import State
from billing_backlog.models import BacklogItem
from billing_backlog.queries.billed import told_of
from foundation import rows
from tenants.models import Organization, User

ZERO = Decimal("0.00")

# One pass: the sums of the groups come out of the same statement as those of everything. What became of the items is
# fetched for all of them at once, by their ids: looked up one by one, a hundred thousand took twice as long.
_SUMS = """WITH found AS MATERIALIZED ({found}),
stood AS (
  SELECT f.*, coalesce(b.drafted, 0) AS drafted,
    CASE WHEN sign(f.quantity) * (f.quantity - coalesce(b.taken, 0) - coalesce(w.given_up, 0)) > 0
         THEN f.quantity - coalesce(b.taken, 0) - coalesce(w.given_up, 0) ELSE 0 END AS rest
  FROM found f
  LEFT JOIN (
    SELECT t.item_id, sum(t.billed + t.drafted) AS taken, sum(t.drafted) AS drafted
    FROM ({told}) t GROUP BY t.item_id) b ON b.item_id = f.id
  LEFT JOIN (
    SELECT o.item_id, sum(o.quantity) AS given_up FROM billing_backlog_writeoff o
    WHERE o.organization_id = %s AND o.item_id IN (SELECT id FROM found) GROUP BY o.item_id) w ON w.item_id = f.id),
told AS (
  SELECT stood.*, CASE WHEN drafted <> 0 THEN 'drafted' WHEN rest = 0 THEN 'invoiced' WHEN stop <> '' THEN stop
                       WHEN marked THEN 'ready' ELSE 'not_ready' END AS state
  FROM stood)
SELECT {by}, grouping({by}) = 1, currency, state, count(*), count(DISTINCT customer_id),
  coalesce(sum(CASE WHEN rest + drafted IN (quantity, 0) THEN amount ELSE round((rest + drafted) * unit_price, 2) END)
           FILTER (WHERE charge_kind = 'chargeable'), 0)
FROM told GROUP BY GROUPING SETS ((currency, state), ({by}, currency, state))"""

_TOLD = told_of("IN (SELECT id FROM found)", organization="%s")


@dataclass(frozen=True, slots=True)
class Sum:
    """Some items in one state and currency: how many, of how many customers, and what they come to without VAT."""

    group: Any
    currency: str
    state: State
    count: int
    customers: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of everything that was found, and those of its groups."""

    whole: list[Sum]
    groups: list[Sum]

    def of_group(self, key: Any) -> dict[str, Decimal]:
        """What one group comes to, by currency."""
        found: dict[str, Decimal] = {}
        for each in self.groups:
            if each.group == key:
                found[each.currency] = found.get(each.currency, ZERO) + each.amount
        return found


def sums_of(organization: Organization, found: QuerySet[BacklogItem], group: Group = Group.NONE) -> Sums:
    """The sums of what was found by currency and state, and the same for each group of it."""
    stop = Case(
        When(released_at=None, then=Value(State.HELD.value)),
        When(is_over_limit=True, then=Value(State.OVER_LIMIT.value)),
        When(LACKS_NUMBER, then=Value(State.NO_NUMBER.value)),
        default=Value(""),
        output_field=CharField(),
    )
    marked = Case(When(ready_at=None, then=Value(False)), default=Value(True))
    asked: Any = grouped(found.select_related(None), group).annotate(stop=stop, marked=marked)
    columns = ("id", "customer_id", "currency", "quantity", "unit_price", "amount", "charge_kind")
    sql, values = asked.values(*columns, "stop", "marked", "group_id").query.sql_with_params()
    rows_found = rows.fetch_all(_SUMS.format(found=sql, told=_TOLD, by="group_id"), [*values, *[organization.pk] * 3])
    sums = Sums([], [])
    for key, is_whole, currency, state, count, customers, amount in rows_found:
        (sums.whole if is_whole else sums.groups).append(Sum(key, currency, State(state), count, customers, amount))
    return sums


def counts_by_tab(found: QuerySet[BacklogItem], user: User) -> Mapping[Tab, int]:
    """How many of the open items stand under each tab."""
    asked: dict[str, Any] = {tab.value: Count("pk", filter=Q(kind__in=kinds)) for tab, kinds in KINDS_OF_TAB.items()}
    asked["all"] = Count("pk")
    asked[Tab.STOPPED.value] = Count("pk", filter=STOPPED)
    asked[Tab.MINE.value] = Count("pk", filter=Q(project__manager=user))
    counted = found.order_by().aggregate(**asked)
    return {tab: counted[tab.value or "all"] for tab in Tab}
