"""Refunds that go by the bank: collected into one payment file, handed over, and never into two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import files
from foundation.ids import uuid7
from foundation.templatetags.formatting import format_amount, language_of_page
from payments import errors
from payments.actions.refunds import hand_over_refund
from payments.bank import queries as bank_queries
from payments.bank_files.pain001 import PainVersion, PaymentOrder, PaymentParty, write_pain001
from payments.bank_files.pain001 import Refund as PaymentOut
from payments.models import Refund, RefundFile, RefundState
from tenants import audit
from tenants.audit import Actor
from tenants.models import BankAccount, Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFileTerms:
    """What one file pays: which refunds, from which account, when, and the total that a person has looked at."""

    refund_ids: Sequence[UUID]
    bank_account: BankAccount
    pay_on: date
    seen_total: Decimal
    version: str = PainVersion.V09.value


@transaction.atomic
def make_refund_file(
    organization: Organization, terms: RefundFileTerms, *, actor: Actor, today: date, now: datetime
) -> RefundFile:
    """Write the chosen refunds into a payment file and say of each that the bank has it: all of them or none.

    One that was stopped or is in another file meanwhile makes the total differ, and nothing is written.
    """
    if not terms.refund_ids:
        raise errors.NothingIsChosen(_("Tick the refunds that the file shall pay."))
    if terms.pay_on < today:
        raise errors.NotYet(_("Choose a day from today on: the bank pays nothing in the past."), field="pay_on")
    refunds = bank_queries.lock_refunds_for_bank(organization, terms.refund_ids, RefundState.REQUESTED)
    currencies = {refund.payment.currency for refund in refunds}
    total = sum((refund.amount for refund in refunds), Decimal(0))
    if not refunds or total != terms.seen_total or len(currencies) != 1:
        raise errors.TotalDiffers(
            _("The refunds come to %(total)s now, and %(seen)s was expected. Look at them again, one currency a file.")
            % {"total": _shown(total), "seen": _shown(terms.seen_total)}
        )
    without = [refund for refund in refunds if not refund.payee_account]
    if without:
        raise errors.AccountIsMissing(
            _("%(payee)s has no account to pay to. Stop that refund and ask for it again with the account.")
            % {"payee": without[0].payee_name or without[0].payment.payer_name}
        )
    message_id = f"R{now:%Y%m%d%H%M%S}{uuid7().hex[-12:]}"
    sha256 = files.store(str(organization.pk), _bytes_of(organization, terms, refunds, message_id, now))
    file = RefundFile.objects.create(
        organization=organization,
        sha256=sha256,
        message_id=message_id,
        bank_account=terms.bank_account,
        pay_on=terms.pay_on,
        currency=currencies.pop(),
        count=len(refunds),
        total=total,
        made_by=actor.name,
        made_at=now,
    )
    for refund in refunds:
        hand_over_refund(organization, refund.pk, provider_reference=message_id, actor=actor)
    audit.record(actor, "refund_file.made", file, count=file.count, amount=f"{file.total} {file.currency}")
    return file


def _bytes_of(
    organization: Organization, terms: RefundFileTerms, refunds: Sequence[Refund], message_id: str, now: datetime
) -> bytes:
    account = terms.bank_account
    payer = PaymentParty(
        name=organization.name,
        account=account.account_number or account.iban,
        bic=account.bic,
        country=organization.country,
    )
    order = PaymentOrder(
        identifier=message_id,
        made_at=now,
        execution_day=terms.pay_on,
        payer=payer,
        refunds=[_payment_out(refund) for refund in refunds],
    )
    try:
        return write_pain001(order, version=PainVersion(terms.version))
    except ValueError as error:
        raise errors.AccountIsMissing(
            _("The bank would refuse the file: %(reason)s Stop that refund and ask for it again.") % {"reason": error}
        ) from error


def _payment_out(refund: Refund) -> PaymentOut:
    payment = refund.payment
    name = refund.payee_name or (payment.customer.name if payment.customer else payment.payer_name)
    return PaymentOut(
        identifier=refund.pk.hex,
        receiver=PaymentParty(name=name or refund.payee_account, account=refund.payee_account),
        amount=refund.amount,
        currency=payment.currency,
        text=refund.reason,
    )


def _shown(amount: Decimal) -> str:
    return format_amount(amount, language_of_page())
