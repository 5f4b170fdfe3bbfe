"""Charging contract lines that recur: each period once, when it is over, ready for the contract's schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_ready
from billing_backlog.billing_methods import run_dates
from billing_backlog.intake.plain import NewItem, Source
from billing_backlog.models import BacklogItem, BillingMethod, Contract, ContractLine, Frequency, ItemKind
from billing_backlog.queries.subscriptions import charged_by
from billing_backlog.subscriptions import Charge, Charged, Price, Terms, TimeUnit, Timing, charges
from foundation.dates import add_months
from tenants.audit import Actor
from tenants.models import Organization

SYSTEM = "contracts"  # as the items name their teller
LINES_MAX = 1_000
CHARGES_MAX = 60  # of one line at once
_YEAR_OF_MONTHS = 12


def charge_recurring_lines(
    organization: Organization, *, today: date, now: datetime, contract_id: UUID | None = None
) -> int:
    """Take what recurring lines charge for periods that are over into the backlog, ready; how many charges.

    Contract by contract, each in a transaction of its own unless one is open.
    """
    found = ContractLine.objects.of(organization).filter(
        billing_method=BillingMethod.RECURRING, unit_price__isnull=False, contract__starts_on__lte=today
    )
    if contract_id is not None:
        found = found.filter(contract_id=contract_id)
    by_contract: dict[UUID, list[ContractLine]] = {}
    for line in found.select_related("contract__project__customer", "contract__project__manager").order_by(
        "contract_id", "position", "id"
    )[:LINES_MAX]:
        by_contract.setdefault(line.contract_id, []).append(line)
    return sum(_charge(organization, key, lines, today, now) for key, lines in by_contract.items())


def terms_of_line(line: ContractLine) -> Terms:
    """What a recurring line charges: its price for each stretch between its run dates, or for each month."""
    contract = line.contract
    ends = min((day for day in (line.ended_on, contract.ends_on) if day), default=None)
    return Terms(
        starts_on=contract.starts_on,
        periods_from=_first_of_period(line),
        every=2 if line.frequency == Frequency.BIWEEKLY else 1,
        unit=TimeUnit.WEEK if line.frequency in {Frequency.WEEKLY, Frequency.BIWEEKLY} else TimeUnit.MONTH,
        timing=Timing.ARREARS,
        prices=(Price(contract.starts_on, line.unit_price),) if line.unit_price is not None else (),
        stops_on=ends,
    )


def _first_of_period(line: ContractLine) -> date:
    """The run date on which the first period begins, on the contract's first day or before it."""
    starts_on: date = line.contract.starts_on
    day = line.schedule_day
    if day is None:
        return starts_on
    if line.frequency == Frequency.MONTHLY:
        for months in range(_YEAR_OF_MONTHS):
            month = add_months(starts_on, -months, day_of_month=day)
            if month.day == day and month <= starts_on:
                return month
        return starts_on
    first_run = next(run_dates(line.frequency, day, starts_on=starts_on, until=starts_on + timedelta(days=7)))
    weeks = 2 if line.frequency == Frequency.BIWEEKLY else 1
    return first_run if first_run == starts_on else first_run - timedelta(weeks=weeks)


@transaction.atomic
def _charge(
    organization: Organization, contract_id: UUID, lines: Sequence[ContractLine], today: date, now: datetime
) -> int:
    list(Contract.objects.of(organization).filter(pk=contract_id).select_for_update(no_key=True))
    before = _charged_by_line(organization, lines)
    new = []
    for line in lines:
        found = charges(terms_of_line(line), before.get(str(line.pk), []), today)
        # What was charged beyond an end that came later is credited by whoever ended the contract.
        new += [_new_item(line, charge) for charge in found if not charge.is_given_back][:CHARGES_MAX]
    if not new:
        return 0
    actor = Actor.system()
    taken = take_items(organization, new, actor=actor, now=now)
    mark_ready(organization, [key for answer in taken for key in answer.item_ids], actor=actor, now=now)
    return len(new)


def _charged_by_line(organization: Organization, lines: Sequence[ContractLine]) -> dict[str, list[Charged]]:
    found = BacklogItem.objects.of(organization).filter(
        source_system=SYSTEM, source_order__in=[str(line.pk) for line in lines]
    )
    told: dict[str, list[Charged]] = {}
    for item in found.order_by("created_at", "id"):
        told.setdefault(item.source_order, []).append(charged_by(item))
    return told


def _new_item(line: ContractLine, charge: Charge) -> NewItem:
    text = line.name
    if not charge.is_whole:
        with translation.override(line.contract.project.customer.language):
            words = ngettext(
                "%(text)s, %(days)s of %(all)s day", "%(text)s, %(days)s of %(all)s days", charge.period.days
            )
            text = words % {"text": line.name, "days": charge.days, "all": charge.period.days}
    return NewItem(
        kind=ItemKind.RECURRING.value,
        line_id=line.pk,
        day=charge.last,
        period_from=charge.first,
        quantity=charge.quantity,
        unit_code=line.unit_code,
        unit_price=charge.unit_price,
        rule_price=charge.unit_price,
        price_rule=_("Contract %(number)s, %(line)s") % {"number": line.contract.number, "line": line.name},
        price_includes_vat=False,
        text=text,
        approved_by=str(line.contract.project.manager or "Bilag"),
        source=Source(SYSTEM, str(line.pk), f"{charge.period.first.isoformat()}/{charge.first.isoformat()}"),
    )
