"""Why something cannot be done with money; each sentence says what can be done instead."""

from __future__ import annotations

from foundation.errors import DomainError


class NotPositive(DomainError):
    """An amount of nothing, or less."""


class NotYet(DomainError):
    """A day that is still to come."""


class RateIsMissing(DomainError):
    """Money in a currency for which no exchange rate stands on its day."""


class FeeIsTooLarge(DomainError):
    """The bank kept as much as was paid, or more."""


class CurrencyDiffers(DomainError):
    """Money in another currency than the claim's is applied by telling both amounts."""


class NothingIsLeft(DomainError):
    """All of the payment is used already."""


class NothingIsLost(DomainError):
    """A payment request is no sale: it is withdrawn, not written off."""


class NothingIsOwed(DomainError):
    """The claim is settled."""


class MoreThanThereIs(DomainError):
    """More than what is open on the claim, or left of the payment."""


class IsUndoneAlready(DomainError):
    """It was undone before; once is enough."""


class CreditStays(DomainError):
    """A credit note reduces its own invoice: that is undone by nobody."""


class PaymentIsInUse(DomainError):
    """Some of it was paid back, so it cannot be taken back as if it had never come."""


class RefundIsTooLarge(DomainError):
    """More than the unused rest of what was received."""


class RefundHasEnded(DomainError):
    """It was paid out, refused or cancelled."""


class ReasonIsMissing(DomainError):
    """Whoever reads it later must be told why."""


class VatStays(DomainError):
    """The law does not let output VAT be taken back for this claim yet."""


class FileIsRead(DomainError):
    """A bank file that has come to its end is not read again."""


class LineIsSettled(DomainError):
    """Somebody has seen to this movement already."""


class LineCannotPay(DomainError):
    """Money that went out, or was announced only, pays nothing."""


class NothingIsChosen(DomainError):
    """The form names nothing to work on."""


class MappingIsIncomplete(DomainError):
    """The columns do not say enough to read a bank's CSV file by them."""


class CannotPayOnline(DomainError):
    """No provider takes this claim's currency now, or the account is out of use."""


class PaymentIsUnderWay(DomainError):
    """The customer has done their part, and the money has not come yet."""


class NotPaidOnline(DomainError):
    """Money that did not come through a provider cannot go back through one."""


class ProviderIsNotReady(DomainError):
    """The account at the provider is not connected, or its keys are missing."""


class SettingsChangedMeanwhile(DomainError):
    """Somebody saved the same settings after they were read."""


class TotalDiffers(DomainError):
    """What is paid now is not what somebody has looked at."""


class AccountIsMissing(DomainError):
    """Nobody can be paid without an account that the bank takes."""


class BooksAreOpen(DomainError):
    """The books move here once."""


class DirectDebitIsNotAgreed(DomainError):
    """Nothing is drawn without an agreement with the bank."""


class BankWouldRefuse(DomainError):
    """The file would not come through at the bank."""


class IsPaidOutAlready(DomainError):
    """A provider has paid this out before."""


class FeeDiffers(DomainError):
    """What came and the fee do not come to what is said to be paid out."""
