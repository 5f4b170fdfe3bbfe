"""AvtaleGiro: what may be drawn is asked in one file, what is settled or held meanwhile is cancelled."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import files
from foundation.templatetags.formatting import format_amount, language_of_page
from payments import direct_debit_queries, errors
from payments.bank_files.avtalegiro import (
    BANK_NOTIFIES,
    CANCELLED,
    PAYEE_NOTIFIES,
    Claim,
    ClaimAssignment,
    write_claims,
)
from payments.bank_files.faults import BankFileRefused
from payments.bank_files.nets_files import NetsTransmission, read_nets_file
from payments.direct_debit_queries import Drawing, NextFile
from payments.models import BankAgreement, DirectDebitClaim, DirectDebitFile, DirectDebitMandate, DirectDebitState
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def make_direct_debit_file(
    organization: Organization, *, seen_total: Decimal, actor: Actor, today: date, now: datetime
) -> DirectDebitFile:
    """Ask the bank for everything that may be drawn, and cancel what may no longer be: each claim goes once.

    What was paid, credited or held since somebody looked makes the total differ, and nothing is written. What comes too
    late for its day at the bank is asked for on the first day that it takes.
    """
    agreement = direct_debit_queries.direct_debit_agreement(organization, locks=True)
    if agreement is None:
        raise errors.DirectDebitIsNotAgreed(
            _("No account in kroner has an AvtaleGiro agreement. Write it down under Settings, Bank agreements.")
        )
    found = direct_debit_queries.next_file(organization, agreement, today=today, now=now, locks=True)
    if not found:
        raise errors.NothingIsChosen(_("Nothing waits to be drawn or cancelled."))
    if found.total != seen_total:
        raise errors.TotalDiffers(
            _("The claims come to %(total)s now, and %(seen)s was expected. Look at them again and make the file.")
            % {"total": _shown(found.total), "seen": _shown(seen_total)}
        )
    file = _keep_file(organization, agreement, found, {"made_by": actor.name, "made_at": now})
    DirectDebitClaim.objects.of(organization).bulk_create(
        DirectDebitClaim(
            organization=organization,
            file=file,
            receivable_id=drawing.balance.receivable_id,
            mandate=drawing.mandate,
            due_day=drawing.due_day,
            amount=drawing.amount,
        )
        for drawing in found.drawings
    )
    DirectDebitClaim.objects.of(organization).filter(pk__in=[claim.pk for claim in found.cancellations]).update(
        state=DirectDebitState.CANCELLED, cancelled_in=file
    )
    audit.record(actor, "direct_debit.asked", file, count=file.count, amount=f"{file.total} NOK")
    return file


def _keep_file(
    organization: Organization, agreement: BankAgreement, found: NextFile, told: dict[str, Any]
) -> DirectDebitFile:
    number = direct_debit_queries.last_number(organization) + 1
    data = _bytes_of(agreement, found, number)
    return DirectDebitFile.objects.create(
        organization=organization,
        sha256=files.store(str(organization.pk), data),
        number=number,
        bank_account=agreement.bank_account,
        count=len(found.drawings),
        total=found.total,
        cancelled_count=len(found.cancellations),
        cancelled_total=found.cancelled_total,
        **told,
    )


def _bytes_of(agreement: BankAgreement, found: NextFile, number: int) -> bytes:
    """The file, read back as the bank will read it before anybody sees it."""
    account = agreement.bank_account.account_number
    cancelled = tuple(_cancellation(place, claim) for place, claim in enumerate(found.cancellations, start=1))
    claims = tuple(_claim(place, drawing) for place, drawing in enumerate(found.drawings, start=1))
    assignments = [
        ClaimAssignment(number=str(2 * number - 1), account=account, claims=cancelled, is_cancellation=True),
        ClaimAssignment(number=str(2 * number), account=account, claims=claims),
    ]
    try:
        data = write_claims(
            [assignment for assignment in assignments if assignment.claims],
            sender=agreement.customer_unit,
            transmission=str(number),
        )
        sent = cast(tuple[NetsTransmission, ...], read_nets_file(data).source)
    except (ValueError, BankFileRefused) as error:
        raise errors.BankWouldRefuse(
            _("The bank would refuse the file: %(reason)s Look at the bank agreement and the KIDs.") % {"reason": error}
        ) from error
    read = [each for transmission in sent for each in transmission.assignments]
    counts = sum(each.count for each in read), sum(each.net for each in read)
    total = found.total + found.cancelled_total
    if counts != (len(claims) + len(cancelled), _minor(total)):
        raise errors.BankWouldRefuse(_("The file does not say what was asked for. Nothing is written; tell support."))
    return data


def _claim(place: int, drawing: Drawing) -> Claim:
    receivable = drawing.balance.receivable
    return Claim(
        number=place,
        claim_type=type_of_claim(drawing.mandate),
        due_day=drawing.due_day,
        minor=_minor(drawing.amount),
        kid=receivable.kid,
        short_name=drawing.balance.customer.name,
        reference=receivable.document_number,
    )


def type_of_claim(mandate: DirectDebitMandate) -> str:
    """Who tells the payer before money is drawn: the bank, where the payer has asked it to."""
    return BANK_NOTIFIES if mandate.wants_notice else PAYEE_NOTIFIES


def _cancellation(place: int, claim: DirectDebitClaim) -> Claim:
    receivable = claim.receivable
    return Claim(
        number=place,
        claim_type=CANCELLED,
        due_day=claim.due_day,
        minor=_minor(claim.amount),
        kid=receivable.kid,
        short_name=receivable.customer.name,
        reference=receivable.document_number,
    )


def _minor(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _shown(amount: Decimal) -> str:
    return format_amount(amount, language_of_page())
