"""Taking in billable work: the same thing told twice is one thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from billing_backlog.intake.composing import compose_items
from billing_backlog.intake.plain import NewItem, Outcome, Taken
from billing_backlog.models import BacklogItem, Contract
from billing_backlog.queries.intake import backlog_settings, known_items, surroundings_of
from billing_backlog.queries.limits import limit_book
from foundation import rows
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

TOLD_MAX = 1_000
# What is compared to tell whether the same thing was told in the same words.
SAID = ("kind", "customer_id", "day", "quantity", "unit_price", "text", "currency", "charge_kind")


def take_items(organization: Organization, new: Sequence[NewItem], *, actor: Actor, now: datetime) -> list[Taken]:
    """Store what is told, at most a thousand pieces of work, and answer each: new, known, differing or refused.

    One that is refused does not keep the others out. Set-based: as many statements for a thousand as for one.
    """
    if len(new) > TOLD_MAX:
        raise ValueError(f"At most {TOLD_MAX} pieces of work at once, not {len(new)}.")
    try:
        return _take(organization, new, actor=actor, now=now)
    except IntegrityError:
        # Somebody told the same at the same moment; by now it is known.
        return _take(organization, new, actor=actor, now=now)


@transaction.atomic
def _take(organization: Organization, new: Sequence[NewItem], *, actor: Actor, now: datetime) -> list[Taken]:
    around = surroundings_of(organization, new)
    told = [(place, item.source) for place, item in enumerate(new) if item.source is not None]
    known = known_items(organization, told)
    is_released = not backlog_settings(organization).uses_journal
    first_of: dict[object, int] = {}
    answers: list[Taken] = []
    fresh: list[BacklogItem] = []
    for place, item in enumerate(new):
        try:
            items = compose_items(item, around, now=now, is_released=is_released)
        except DomainError as refusal:
            answers.append(Taken(Outcome.REFUSED, (), str(refusal), refusal.field))
            continue
        before = known.get(place)
        earlier = first_of.setdefault(item.source, place) if item.source else place
        if earlier != place:
            before = [row for row in fresh if row.pk in answers[earlier].item_ids] or known.get(earlier)
        if before:
            answers.append(_compared(before, items))
            continue
        fresh += items
        answers.append(Taken(Outcome.NEW, tuple(row.pk for row in items)))
    check_limits(organization, fresh)
    rows.insert(organization.pk, fresh)
    audit.record_each(actor, "backlog.taken", [(item, _facts(item)) for item in fresh], now=now)
    return answers


def _compared(before: Sequence[BacklogItem], items: Sequence[BacklogItem]) -> Taken:
    said = [tuple(getattr(item, name) for name in SAID) for item in before]
    says = [tuple(getattr(item, name) for name in SAID) for item in items]
    return Taken(Outcome.KNOWN if said == says else Outcome.DIFFERS, tuple(item.pk for item in before))


def check_limits(organization: Organization, items: Sequence[BacklogItem]) -> None:
    """Say on new items whether they keep the limits of their contracts; the contracts are locked meanwhile."""
    contracts = sorted({item.contract_id for item in items if item.contract_id is not None})
    if not contracts:
        return
    list(Contract.objects.of(organization).filter(pk__in=contracts).order_by("id").select_for_update(no_key=True))
    book = limit_book(organization, contracts)
    if book.amounts:
        for item in items:
            item.is_over_limit = not book.enter(item)


def _facts(item: BacklogItem) -> dict[str, str]:
    source = f"{item.source_system} {item.source_order} {item.source_line}".strip()
    return {"amount": str(item.amount), **({"source": source} if source else {})}
