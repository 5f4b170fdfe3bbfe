"""The payment reference of a document number, by the agreement of the account that is paid to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.errors import DomainError
from payments.reference import KidAgreement, KidAlgorithm, make_kid
from tenants.models import BankAccount
from tenants.models import KidAlgorithm as AgreedAlgorithm


class NumberDoesNotFitKid(DomainError):
    """The number has more digits than the agreed KID has room for."""


def kid_for(number: int, account: BankAccount | None) -> str:
    """The KID for a document number; empty where the account has no agreement."""
    if account is None or account.kid_algorithm == AgreedAlgorithm.NONE:
        return ""
    agreement = KidAgreement(account.kid_length, KidAlgorithm(account.kid_algorithm.upper()))
    try:
        return make_kid(str(number), agreement)
    except ValueError as error:
        raise NumberDoesNotFitKid(
            _("The number %(number)s does not fit a KID of %(length)s digits. Agree on a longer KID with the bank.")
            % {"number": number, "length": account.kid_length},
            field="kid_length",
        ) from error
