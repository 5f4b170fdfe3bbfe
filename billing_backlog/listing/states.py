"""The state of an item as the list tells it: read off what was done, never edited by hand (M-040)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.identifiers import lacks_identifier
from billing_backlog.models import BacklogItem
from billing_backlog.queries.standing import Standing
from foundation.money import round_amount
from invoicing.models import ChargeKind


class State(StrEnum):
    """Where an item stands."""

    NOT_READY = "not_ready"
    READY = "ready"
    DRAFTED = "drafted"
    INVOICED = "invoiced"
    WRITTEN_OFF = "written_off"
    HELD = "held"
    OVER_LIMIT = "over_limit"
    NO_NUMBER = "no_number"
    CANCELLED = "cancelled"


STOPPING = (State.HELD, State.OVER_LIMIT, State.NO_NUMBER)
LABELS: dict[State, Any] = {
    State.NOT_READY: pgettext_lazy("backlog", "Not judged"),
    State.READY: pgettext_lazy("backlog", "Ready"),
    State.DRAFTED: gettext_lazy("On a draft"),
    State.INVOICED: gettext_lazy("Invoiced"),
    State.WRITTEN_OFF: gettext_lazy("Written off"),
    State.HELD: gettext_lazy("In the journal"),
    State.OVER_LIMIT: gettext_lazy("Over the limit"),
    State.NO_NUMBER: gettext_lazy("No customer number"),
    State.CANCELLED: gettext_lazy("Cancelled"),
}
TONES = {
    State.NOT_READY: "wait",
    State.READY: "ok",
    State.DRAFTED: "draft",
    State.INVOICED: "final",
    State.WRITTEN_OFF: "credited",
    State.HELD: "wait",
    State.OVER_LIMIT: "warn",
    State.NO_NUMBER: "bad",
    State.CANCELLED: "credited",
}


def state_of(item: BacklogItem, standing: Standing) -> State:
    """Where the item stands now."""
    if item.is_cancelled:
        return State.CANCELLED
    if standing.on_draft:
        return State.DRAFTED
    if not standing.unbilled:
        return State.INVOICED if standing.billed else State.WRITTEN_OFF
    return stop_of(item) or (State.READY if item.is_ready else State.NOT_READY)


def stop_of(item: BacklogItem) -> State | None:
    """What keeps the item from being billed, if anything."""
    if item.released_at is None:
        return State.HELD
    if item.is_over_limit:
        return State.OVER_LIMIT
    return State.NO_NUMBER if lacks_identifier(item.customer) else None


@dataclass(frozen=True, slots=True)
class BacklogRow:
    """An item with what became of it."""

    item: BacklogItem
    standing: Standing

    @property
    def state(self) -> State:
        """Where it stands."""
        return state_of(self.item, self.standing)

    @property
    def label(self) -> str:
        """Its state in words; what is shown without being charged says so until it is judged (M-045)."""
        if self.state == State.NOT_READY and not self.is_charged:
            return str(gettext_lazy("Shown, not charged"))
        return str(LABELS[self.state])

    @property
    def tone(self) -> str:
        """How the state's pill looks."""
        return TONES[self.state]

    @property
    def is_charged(self) -> bool:
        """Whether it counts towards sums."""
        return self.item.charge_kind == ChargeKind.CHARGEABLE

    @property
    def quantity(self) -> Decimal:
        """What of it is open, on a draft or not; all of it once nothing is."""
        return self.standing.unbilled + self.standing.on_draft or self.item.quantity

    @property
    def amount(self) -> Decimal:
        """What that comes to without being rounded twice; nothing where it is not charged."""
        if not self.is_charged:
            return Decimal("0.00")
        whole = self.quantity == self.item.quantity
        return self.item.amount if whole else round_amount(self.quantity * self.item.unit_price)
