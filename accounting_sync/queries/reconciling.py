"""Questions about months: what of ours they hold, which are to be compared, how the last comparisons ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet, Sum
from django.http import Http404

from accounting_sync.mapping.entries import Remote
from accounting_sync.mapping.reconciling import Posted
from accounting_sync.mapping.storing import remote_of_json
from accounting_sync.models import (
    FOUND_THERE,
    Connection,
    ConnectionState,
    Reconciliation,
    ReconciliationState,
    StrayDocument,
    StrayState,
    SyncState,
)
from accounting_sync.providers.base import PREPARING, first_made
from foundation import rows
from tenants.models import Organization

VOUCHERS_MAX = 50_000  # of one month
MONTHS_MAX = 36
FINDINGS_MAX = 500  # that one comparison keeps
NIGHTS_LOOK_BACK = 3  # months that every night looks at again; older ones once, and when somebody asks
PAYS = "pay"  # how steps begin that pay something, and what was found there as a payment
BESIDE = ("attach",)  # what steps make that are not the voucher itself

_MONTH = """
    SELECT item.id, item.state, item.kind, item.number, coalesce(item.pushed_day, item.day), item.currency, item.amount,
           item.base_amount, item.accounts, item.remote, item.done, item.remote_id, item.reason, item.voucher_id,
           v.year, v.number,
           coalesce((SELECT sum(p.amount) FROM payments_posting p
                     JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
                     WHERE p.organization_id = item.organization_id AND p.voucher_id = item.voucher_id
                       AND a.purpose = 'receivables'), 0)
    FROM accounting_sync_syncitem item
    JOIN payments_voucher v ON v.organization_id = item.organization_id AND v.id = item.voucher_id
    WHERE item.organization_id = %(organization)s AND item.connection_id = %(connection)s
      AND coalesce(item.pushed_day, item.day) >= %(first)s AND coalesce(item.pushed_day, item.day) <= %(last)s
    ORDER BY item.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class MonthItem:
    """One sync item of a month; posted where it has arrived."""

    id: UUID
    voucher_id: UUID
    state: str
    kind: str  # of the voucher
    number: str
    day: date
    effect: Decimal
    done: dict[str, Any]
    posted: Posted | None
    came_back: bool = False  # a payment that was found there and registered here
    was_said: bool = False  # somebody has looked there: the accounting system cannot be asked

    @property
    def has_arrived(self) -> bool:
        """Whether it stands there, as far as anybody knows."""
        return self.state in (SyncState.CONFIRMED, SyncState.DIFFERS)

    @property
    def can_be_asked_for(self) -> bool:
        """Whether what its steps made is known well enough to be read."""
        return bool(self.done) and not self.was_said


def items_of_month(connection: Connection, month: date) -> list[MonthItem]:
    """Everything chosen on a connection whose accounting day lies in the month; one statement."""
    values = {
        "organization": connection.organization_id,
        "connection": connection.pk,
        "first": month,
        "last": last_day_of(month),
        "most": VOUCHERS_MAX,
    }
    currency = connection.organization.base_currency
    return [_item(row, currency) for row in rows.fetch_all(_MONTH, values)]


def _item(row: Sequence[Any], base_currency: str) -> MonthItem:
    pk, state, kind, number, day, currency, total, base_total, accounts, remote, done, remote_id, reason = row[:13]
    voucher_id, year, voucher_number, effect = row[13:]
    made, why = json.loads(done), json.loads(reason)
    code, came_back = why.get("code", ""), FOUND_THERE in made
    told = json.loads(remote) or first_made(made)
    posted = None
    if told and state in (SyncState.CONFIRMED, SyncState.DIFFERS):
        then = remote_of_json(told)
        posted = Posted(
            key=str(pk),
            numbers=(number, f"{year}-{voucher_number:05d}"),
            day=day,
            currency=currency,
            total=total,
            base_currency=base_currency,
            base_total=base_total,
            effect=effect,
            then=then,
            ids=_ids(made, then, remote_id),
            paid=frozenset(value["id"] for step, value in made.items() if step.startswith(PAYS) and value.get("id")),
            accounts={code: Decimal(amount) for code, amount in json.loads(accounts).items()},
            accepted=_accepted(why),
        )
    return MonthItem(pk, voucher_id, state, kind, number, day, effect, made, posted, came_back, was_said=code == "said")


def _ids(made: dict[str, Any], then: Remote, remote_id: str) -> frozenset[str]:
    own = {value.get("id", "") for step, value in made.items() if not step.startswith((PREPARING, *BESIDE))}
    return frozenset(own | {then.id, remote_id}) - {""}


def _accepted(reason: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """What somebody lets stand: the differences that they saw, or that it is gone."""
    if "accepted" not in reason:
        return frozenset()
    if reason.get("code") == "gone":
        return frozenset({("gone", "")})
    return frozenset((str(name), str(theirs)) for name, _ours, theirs in reason.get("differences", []))


def last_day_of(month: date) -> date:
    """The last day of the month that begins on the day."""
    return next_month(month) - timedelta(days=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def months_due(connection: Connection, today: date) -> list[date]:
    """The months that the night compares: the newest few, and older ones that were never compared, the oldest first."""
    held = rows.fetch_all(
        """SELECT DISTINCT date_trunc('month', coalesce(pushed_day, day))::date FROM accounting_sync_syncitem
           WHERE organization_id = %s AND connection_id = %s AND state IN ('confirmed', 'differs')""",
        [connection.organization_id, connection.pk],
    )
    done = set(_done(connection).values_list("month", flat=True))
    newest = today.replace(day=1)
    for _step in range(NIGHTS_LOOK_BACK - 1):
        newest = (newest - timedelta(days=1)).replace(day=1)
    return sorted(month for (month,) in held if month >= newest or month not in done)[-MONTHS_MAX:]


def _done(connection: Connection) -> QuerySet[Reconciliation]:
    return Reconciliation.objects.of(connection.organization_id).filter(
        connection=connection, state=ReconciliationState.DONE
    )


def latest_months(organization: Organization, *, connection: Connection | None = None) -> QuerySet[Reconciliation]:
    """For each connection and month the last comparison that was finished, the newest month first."""
    done = Reconciliation.objects.of(organization).filter(state=ReconciliationState.DONE)
    if connection is not None:
        done = done.filter(connection=connection)
    newest = done.order_by("connection_id", "month", "-id").distinct("connection_id", "month").values("pk")
    return (
        Reconciliation.objects.of(organization)
        .filter(pk__in=newest)
        .select_related("connection")
        .order_by("-month", "connection__name", "id")
    )


@dataclass(frozen=True, slots=True)
class Balance:
    """The receivables of all that was compared: with us, and as the accounting systems tell; when the last was read."""

    ours: Decimal
    theirs: Decimal
    read_at: Any

    @property
    def difference(self) -> Decimal:
        """Theirs less ours."""
        return self.theirs - self.ours


def balance_of(organization: Organization) -> Balance | None:
    """Over all connections that are not closed; None where nothing was compared yet."""
    told = (
        latest_months(organization)
        .exclude(connection__state=ConnectionState.CLOSED)
        .order_by()
        .aggregate(ours=Sum("ours"), theirs=Sum("theirs"), read_at=Max("ended_at"))
    )
    if told["read_at"] is None:
        return None
    return Balance(told["ours"], told["theirs"], told["read_at"])


def open_strays(organization: Organization) -> QuerySet[StrayDocument]:
    """What stands somewhere and should be deleted there, the newest first."""
    found = StrayDocument.objects.of(organization).filter(state=StrayState.OPEN)
    return found.exclude(connection__state=ConnectionState.CLOSED).select_related("connection", "item").order_by("-id")


def lock_stray(organization: Organization, stray_id: UUID) -> StrayDocument:
    """One stray under its row lock, with its item, or 404."""
    strays = StrayDocument.objects.of(organization).select_for_update(of=("self",)).select_related("item")
    found = strays.filter(pk=stray_id).first()
    if found is None:
        raise Http404
    return found


def standing_months(connection: Connection) -> list[Reconciliation]:
    """The comparisons of a connection that wait or are under way."""
    open_states = (ReconciliationState.ASKED, ReconciliationState.UNDER_WAY)
    found = Reconciliation.objects.of(connection.organization_id).filter(connection=connection, state__in=open_states)
    return list(found.order_by("id"))


def get_reconciliation(organization: Organization, reconciliation_id: UUID) -> Reconciliation:
    """One comparison with its connection, or 404."""
    found = Reconciliation.objects.of(organization).select_related("connection").filter(pk=reconciliation_id).first()
    if found is None:
        raise Http404
    return found


def lock_reconciliation(organization: Organization, reconciliation_id: UUID) -> Reconciliation:
    """One comparison under its row lock, or 404."""
    found = Reconciliation.objects.of(organization).select_for_update(of=("self",)).filter(pk=reconciliation_id).first()
    if found is None:
        raise Http404
    return found


def known_elsewhere(connection: Connection, remote_ids: Collection[str]) -> set[str]:
    """Which of these stand for vouchers of ours whatever their month: they are no strays."""
    found = rows.fetch_all(
        """SELECT remote_id FROM accounting_sync_syncitem
           WHERE organization_id = %s AND connection_id = %s AND remote_id = ANY(%s)""",
        [connection.organization_id, connection.pk, list(remote_ids)],
    )
    return {remote_id for (remote_id,) in found}


def account_labels(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """What the accounting system calls its accounts."""
    found = rows.fetch_all(
        """SELECT DISTINCT ON (code) code, label FROM (
             SELECT CASE WHEN code = '' THEN remote_id ELSE code END AS code, label FROM accounting_sync_remotechoice
             WHERE organization_id = %(organization)s AND connection_id = %(connection)s
               AND kind IN ('accounts', 'payment_accounts')
             UNION ALL
             SELECT CASE WHEN remote_code = '' THEN remote_id ELSE remote_code END, remote_label
             FROM accounting_sync_accountmapping
             WHERE organization_id = %(organization)s AND connection_id = %(connection)s AND kind = 'account') AS told
           WHERE code = ANY(%(codes)s) ORDER BY code, label""",
        {"organization": connection.organization_id, "connection": connection.pk, "codes": list(codes)},
    )
    return dict(found)
