"""What the billing backlog refuses, named after the rules."""

from __future__ import annotations

from foundation.errors import DomainError


class ItemIsUnclear(DomainError):
    """What was told cannot become an item; the field says which part of it."""


class PriceNeedsReason(DomainError):
    """Another price than the price rule's is taken only with a written reason (M-155)."""


class NotReady(DomainError):
    """Only what is marked ready reaches a draft (M-028)."""


class CannotBeReady(DomainError):
    """Something stands in the way of billing the item."""


class LimitIsExceeded(CannotBeReady):
    """The item would exceed a not-to-exceed amount (M-042)."""


class NothingLeft(CannotBeReady):
    """The item is billed or written off already, or stands on a draft."""


class StandsOnDocument(DomainError):
    """The item stands on a draft or a document, and is changed there or by a credit note."""


class StaleRecord(DomainError):
    """Somebody else has saved the same record since it was opened."""


class WorkIsUnclear(DomainError):
    """What was written down cannot be work: its day, its hours, its price or its text."""


class WorkIsSubmitted(DomainError):
    """What waits for approval, or is approved, is not changed where it was written."""


class WorkIsNotWaiting(DomainError):
    """Only what waits for approval is approved or returned."""


class OwnWork(DomainError):
    """The organization has decided who may approve the own work."""


class DeputyRefused(DomainError):
    """Somebody cannot stand in for that person in those days."""


class ContractIsUnclear(DomainError):
    """What was agreed cannot be billed by as it is written; the field says which part of it."""


class WorkStandsInTheWay(DomainError):
    """What was worked or billed under it keeps it from being changed so."""


class LimitNeedsApproval(DomainError):
    """A limit is raised by whoever sees all projects; the others ask for it."""


class AnsweredAlready(DomainError):
    """Somebody else has answered."""


class DoesNotFit(DomainError):
    """The work is another customer's, contract's or currency's than the draft's."""


class NotToConfirm(DomainError):
    """What the draft says cannot be confirmed as it stands."""


class NotToReturn(DomainError):
    """Only a confirmed draft that is not finalized goes back to its project manager."""


class ScheduleWasRun(DomainError):
    """Only a run date that failed is tried again."""


class RunIsNotReady(DomainError):
    """Something must be done before the run can go on."""


class RunIsOver(DomainError):
    """The step was taken already, or the run was undone."""


class ControlDiffers(DomainError):
    """The control total is not that of the basis (M-141)."""


class WrongName(DomainError):
    """The run is approved by its name, so that nobody approves another one (M-143)."""


class YourOwnRun(DomainError):
    """Whoever prepared a run does not approve it where a second person is demanded."""


class RunHasMoved(DomainError):
    """A row of the basis is not what was frozen."""


class VisitIsOver(DomainError):
    """A visit that is done or cancelled is not planned anew, and done work is not cancelled but credited."""


class TargetIsUnclear(DomainError):
    """What is said of a finance system cannot be used as it is written; the field says which part of it."""


class FileIsNotReady(DomainError):
    """Something must be done before the finance file can go on its way."""


class FileDoesNotFit(DomainError):
    """The basis cannot be written in the target's layout; the sentences say where and why."""


class FileIsOnItsWay(DomainError):
    """What was handed over is not taken back: its errors are."""


class SeriesIsUsedUp(DomainError):
    """No order number is left of those that are reserved for us at the receiver (M-151)."""


class SubscriptionIsUnclear(DomainError):
    """What was agreed for a subscription cannot be charged as it is written; the field says which part of it."""


class SubscriptionHasCharged(DomainError):
    """Time that is charged keeps its price: the new one holds from a later day, or the invoice is credited."""


class NotCharged(DomainError):
    """The backlog does not take the charge as it stands; the sentence says what to change."""


class NoPriceFound(DomainError):
    """No price list says what the use costs; the sentence names what is missing."""


class BookedAlready(DomainError):
    """The facility takes one at a time, and somebody else is there at that moment."""


class BookingIsCancelled(DomainError):
    """What does not take place is not changed any more."""


class QuoteIsUnclear(DomainError):
    """What was typed cannot become a quote; the field says which part of it."""


class QuoteIsClosed(DomainError):
    """A quote that is answered, withdrawn or past its last day takes no answer and no change."""


class QuoteHasChanged(DomainError):
    """An acceptance holds for the words that were shown, not for others."""


class OrderIsTaken(DomainError):
    """An order is billed by a contract or by one draft, once."""


class AdvanceIsUnclear(DomainError):
    """What is asked for in advance cannot be asked for like that; the field says which part of it."""


class AdvanceIsTooSmall(DomainError):
    """More of an advance would be used or paid back than is left of it (M-053)."""


class RetainerIsOver(DomainError):
    """Only a retainer is filled up, and only until it is ended."""


class NothingToBring(DomainError):
    """No document of that day is there to be printed."""
