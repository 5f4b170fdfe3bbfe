"""Writing a claim off with the reminders behind it as evidence: counted, packed and kept with the loss."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation import files
from foundation.dates import add_months
from foundation.errors import DomainError
from payments import claim_queries
from payments import queries as ledger
from payments.actions import write_offs
from payments.actions.write_offs import MONTHS_OVERDUE, LossGround, LossTerms
from payments.claim_queries import OpenClaim
from reminders.collection_facts import SentReminder, to_json
from reminders.collection_files import zip_of
from reminders.handed_case import Past, load_all
from reminders.models import LossEvidence
from reminders.queries import collection as queries
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

REMINDERS_NEEDED: Final = 3  # regulation to the VAT act § 4-7-1: three normal reminders


class TooFewReminders(DomainError):
    """The VAT of a claim that is overdue comes back only after three reminders."""


class ClaimIsWithAgency(DomainError):
    """What an agency still collects is not lost yet."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a loss by the ground of being overdue: the reminders, and from which day on it is lawful."""

    wanted: OpenClaim
    reminders: tuple[SentReminder, ...]
    counted: int
    lawful_from: date

    @property
    def has_enough(self) -> bool:
        """Whether three reminders reached somebody."""
        return self.counted >= REMINDERS_NEEDED


def proof_of(organization: Organization, receivable_id: UUID) -> Proof:
    """What is known of a claim's reminders, or 404; reads only."""
    wanted = claim_queries.get_claim(organization, receivable_id)
    behind = Past(organization, [receivable_id])
    due = wanted.claim.due_date or wanted.claim.issue_date
    counted = sum(step.counts for step in behind.sent.get(receivable_id, []))
    return Proof(wanted, behind.steps(receivable_id), counted, add_months(due, MONTHS_OVERDUE))


@transaction.atomic
def write_off_with_evidence(
    organization: Organization, receivable_id: UUID, terms: LossTerms, *, actor: Actor, day: date, now: datetime
) -> LossEvidence:
    """Book the loss and keep the proof of it, both or neither.

    By the ground of being overdue VAT comes back only where three reminders are known to have reached the debtor.
    """
    ledger.lock_receivables(organization.pk, [receivable_id])
    case = queries.case_of_claim(organization, receivable_id)
    if case is not None:
        raise ClaimIsWithAgency(
            _("%(agency)s collects this claim in case %(number)s. Take the case back, or wait until it is closed.")
            % {"agency": case.agency, "number": case}
        )
    proof = proof_of(organization, receivable_id)
    if terms.takes_vat_back and terms.ground == LossGround.OVERDUE and not proof.has_enough:
        raise TooFewReminders(
            ngettext(
                "%(count)s reminder reached the customer, and VAT comes back after three (regulation § 4-7-1). "
                "Leave VAT, or choose another ground.",
                "%(count)s reminders reached the customer, and VAT comes back after three (regulation § 4-7-1). "
                "Leave VAT, or choose another ground.",
                proof.counted,
            )
            % {"count": proof.counted},
            field="takes_vat_back",
        )
    loss = write_offs.write_off_receivable(organization, receivable_id, terms, actor=actor, day=day, now=now)
    content = _packed(organization, proof, terms, day)
    files.store(str(organization.pk), content)
    evidence = LossEvidence.objects.create(
        organization=organization,
        receivable_id=receivable_id,
        allocation=loss,
        reminders=proof.counted,
        ground=terms.ground,
        takes_vat_back=terms.takes_vat_back,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        made_by=actor.name,
        made_at=now,
    )
    audit.record(actor, "receivable.loss_proved", proof.wanted.claim, count=proof.counted, sha256=evidence.sha256)
    return evidence


def _packed(organization: Organization, proof: Proof, terms: LossTerms, day: date) -> bytes:
    claim = proof.wanted.claim
    documents = load_all(organization, Past(organization, [claim.pk]).files(claim.pk))
    facts = {
        "creditor": organization.organization_number,
        "claim": claim.document_number,
        "customer": str(claim.customer.number),
        "issue_date": claim.issue_date.isoformat(),
        "due_date": claim.due_date.isoformat() if claim.due_date else None,
        "open": f"{proof.wanted.open} {claim.currency}",
        "ground": terms.ground,
        "takes_vat_back": terms.takes_vat_back,
        "booked_on": day.isoformat(),
        "reminders_that_count": proof.counted,
        "reminders": to_json(proof.reminders),
    }
    return zip_of(documents, facts)
