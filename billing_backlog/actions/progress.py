"""Billing a fixed price as it progresses: the next per cent or the next amount, never more than was agreed (M-054)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_ready
from billing_backlog.billing_methods import Progress, next_progress
from billing_backlog.errors import ContractIsUnclear, StaleRecord
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, BillingMethod, ContractLine, ItemKind
from billing_backlog.queries.contracts import lock_contract, progress_items
from billing_backlog.queries.items import items_by_id
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants.audit import Actor
from tenants.models import Organization

SYSTEM = "progress"
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPart:
    """The part that is billed next: by how much is done in all, or by an amount; numbered from 1 on."""

    number: int
    day: date
    text: str
    done_percent: Decimal | None = None
    amount: Decimal | None = None
    is_ready: bool = True


@transaction.atomic
def bill_progress(
    organization: Organization, line_id: UUID, part: NextPart, *, actor: Actor, now: datetime
) -> list[BacklogItem]:
    """Make the next part of a fixed price billable, an item for each customer's share; the rest of it stays.

    The same part twice is one part: its number is taken.
    """
    line = ContractLine.objects.of(organization).filter(pk=line_id).first()
    if line is None:
        raise Http404
    line.contract = lock_contract(organization, line.contract_id)
    if line.billing_method != BillingMethod.PROGRESS or line.amount is None:
        raise ContractIsUnclear(_("Only a fixed price that is billed by progress has a next part."), field="amount")
    before = progress_items(organization, line)
    numbers = {item.source_line: item for item in before}
    if part.number != next_number(before):
        if str(part.number) in numbers:
            return [item for item in before if item.source_line == str(part.number)]
        raise StaleRecord(_("Another part was billed meanwhile. Look at what is left, then save again."))
    progress = _progress(line.amount, before, part)
    [answer] = take_items(organization, [_item_of(line, part, progress, actor)], actor=actor, now=now)
    if answer.outcome == Outcome.REFUSED:
        raise ContractIsUnclear(answer.sentence, field=answer.field)
    if part.is_ready:
        mark_ready(organization, answer.item_ids, actor=actor, now=now)
    stored = items_by_id(organization, answer.item_ids)
    return [stored[key] for key in answer.item_ids]


def next_number(items: list[BacklogItem]) -> int:
    """The number of the part that comes after these."""
    return max((int(item.source_line) for item in items if item.source_line.isdigit()), default=0) + 1


def taken_of(items: list[BacklogItem]) -> Decimal:
    """What of the agreed amount was made billable."""
    return sum((item.amount for item in items if not item.is_cancelled), ZERO)


def _progress(agreed: Decimal, before: list[BacklogItem], part: NextPart) -> Progress:
    """The next part, or a refusal that names the field and says what is left."""
    taken = taken_of(before)
    try:
        return next_progress(agreed, taken, done_percent=part.done_percent, amount=part.amount)
    except ValueError:
        language = language_of_page()
        words = {"left": format_amount(agreed - taken, language), "agreed": format_amount(agreed, language)}
        raise _refusal(part, words) from None


def _refusal(part: NextPart, words: dict[str, str]) -> DomainError:
    if (part.done_percent is None) == (part.amount is None):
        return ContractIsUnclear(_("Write either how much is done in all, or the next amount."), field="amount")
    if part.amount is not None:
        sentence = _("%(left)s of %(agreed)s is left. Bill more than nothing, and no more than that.")
        return ContractIsUnclear(sentence % words, field="amount")
    sentence = _("Write more than was done before, and at most 100. %(left)s of %(agreed)s is left.")
    return ContractIsUnclear(sentence % words, field="done_percent")


def _item_of(line: ContractLine, part: NextPart, progress: Progress, actor: Actor) -> NewItem:
    return NewItem(
        kind=ItemKind.PROGRESS,
        day=part.day,
        quantity=Decimal(1),
        unit_code="NAR",
        text=part.text or line.name,
        line_id=line.pk,
        rule_price=progress.next_amount,
        price_rule=_("Contract %(number)s, %(line)s") % {"number": line.contract.number, "line": line.name},
        approved_by=actor.name,
        source=Source(SYSTEM, str(line.pk), str(part.number)),
    )
