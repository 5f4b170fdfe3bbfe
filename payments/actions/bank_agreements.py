"""What the bank agreed to for one account, and where its money stands in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from payments.bank import queries as bank_queries
from payments.models import Account, BankAgreement
from tenants import audit
from tenants.audit import Actor
from tenants.models import BankAccount, Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What somebody writes down of the bank's papers."""

    account: Account
    source_format: str = ""
    creditor_number: str = ""
    direct_debit_number: str = ""
    customer_unit: str = ""
    further_kids: Sequence[tuple[int, str]] = ()


@transaction.atomic
def update_bank_agreement(
    organization: Organization, bank_account: BankAccount, terms: AgreementTerms, *, actor: Actor
) -> BankAgreement:
    """Write the agreement of an account down; nothing is recorded where nothing changes."""
    agreement = bank_queries.lock_agreement(organization, bank_account)
    before = _facts(agreement)
    agreement.account = terms.account
    agreement.source_format = terms.source_format
    agreement.creditor_number = terms.creditor_number
    agreement.direct_debit_number = terms.direct_debit_number
    agreement.customer_unit = terms.customer_unit
    agreement.further_kids = [[length, algorithm] for length, algorithm in terms.further_kids]
    changes = audit.changes(before, _facts(agreement))
    if changes:
        agreement.save()
        audit.record(actor, "bank_agreement.changed", agreement, changes=changes)
    return agreement


def _facts(agreement: BankAgreement) -> dict[str, str]:
    kids = ", ".join(f"{length} {algorithm}" for length, algorithm in agreement.further_kids)
    return {
        "account": str(agreement.account),
        "source_format": agreement.source_format,
        "creditor_number": agreement.creditor_number,
        "direct_debit_number": agreement.direct_debit_number,
        "customer_unit": agreement.customer_unit,
        "further_kids": kids,
    }
