"""The deliveries of a document as a person reads them: each act of sending, to whom, where it stands, what is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states, wording
from invoicing.dispatching.network_words import answer_words
from invoicing.models import Delivery, DeliveryEvent, Dispatch
from tenants.models import Organization

EVENTS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class EventShown:
    """One thing that happened, and who said so."""

    what: str
    reason: str
    source: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One attempt to reach one recipient."""

    delivery: Delivery
    events: tuple[EventShown, ...]

    @property
    def channel(self) -> str:
        """By which channel."""
        return wording.channel_word(self.delivery.channel)

    @property
    def recipient(self) -> str:
        """To whom."""
        return wording.recipient_word(self.delivery.recipient)

    @property
    def state(self) -> str:
        """Where it stands, in a word."""
        return wording.state_word(self.delivery.state, self.delivery.channel)

    @property
    def tone(self) -> str:
        """The colour of that word."""
        return wording.TONES.get(self.delivery.state, "")

    @property
    def reason(self) -> str:
        """Why, as a sentence; nothing for what went well."""
        # What a server said of a success stands among the events, for whoever looks for it.
        words = "" if self.delivery.state in states.HANDED_OVER else self.delivery.reason
        return reason_of(self.delivery.reason_code, words)

    @property
    def next_step(self) -> str:
        """What comes next; nothing where somebody has let it rest."""
        if self.delivery.settled_at is not None:
            return ""
        return wording.next_step(self.delivery.channel, self.delivery.state, self.delivery.reason_code)

    @property
    def until(self) -> datetime | None:
        """When the time of the state is up."""
        return self.delivery.due_at if self.delivery.settled_at is None else None


@dataclass(slots=True)
class ActShown:
    """One act of sending with its deliveries, the first recipient first."""

    dispatch: Dispatch
    deliveries: list[DeliveryShown] = field(default_factory=list)


def acts_of(organization: Organization, subject_id: UUID) -> list[ActShown]:
    """Every act of sending of a document, the newest first; two questions, however many there are."""
    deliveries = sendings.deliveries_of(organization, subject_id)
    events = sendings.events_of(organization, [delivery.pk for delivery in deliveries])
    acts: dict[UUID, ActShown] = {}
    for delivery in deliveries:
        acts.setdefault(delivery.dispatch_id, ActShown(delivery.dispatch))
    for delivery in reversed(deliveries):
        told = tuple(_event(event, delivery.channel) for event in events[delivery.pk][:EVENTS_SHOWN_MAX])
        acts[delivery.dispatch_id].deliveries.append(DeliveryShown(delivery, told))
    return sorted(acts.values(), key=lambda act: (act.dispatch.made_at, act.dispatch.pk), reverse=True)


def reason_of(code: str, words: str) -> str:
    """Our sentence for a code, with the words of whoever said it."""
    return " ".join(part for part in (wording.sentence_of(code), words) if part)


def standing_of(acts: Sequence[ActShown]) -> states.Standing:
    """How all of it stands together."""
    return sendings.standing_of(shown.delivery for act in acts for shown in act.deliveries)


def _event(event: DeliveryEvent, channel: str) -> EventShown:
    what = wording.state_word(event.state, channel) if event.state else ""
    words = " ".join(part for part in (event.reason, answer_words(event.facts)) if part)
    return EventShown(what, reason_of(event.reason_code, words), event.get_source_display(), event.happened_at)
