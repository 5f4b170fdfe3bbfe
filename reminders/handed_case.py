"""Putting together what a case says of its claims, and the documents that go with it; reads, and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from customers.models import Customer
from foundation import files
from foundation.errors import DomainError
from foundation.money import ZERO
from foundation.templatetags.formatting import format_day, language_of_page
from payments.additions import Addition, additions_of
from payments.models import Allocation, Receivable
from reminders.charging import NO_INTEREST, owed_since_due
from reminders.collection_facts import (
    HandedAddition,
    HandedClaim,
    HandedInterest,
    HandedParty,
    HandedReduction,
    SentReminder,
)
from reminders.models import CollectionAgency
from reminders.policy.interest import Interest, interest_of
from reminders.policy.law import DebtorKind, Law, NoFigure
from reminders.queries import past, sending
from reminders.queries.due import OpenClaim
from reminders.queries.past import SentStep
from reminders.queries.plans import Plans
from tenants.models import Organization

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class DocumentsAreMissing(DomainError):
    """A document that belongs to the claim is not made yet, or its bytes are not what they were."""


class RateIsNotKnown(DomainError):
    """The interest cannot be worked out through the day."""


@dataclass(slots=True)
class Past:
    """Everything about some claims that lies behind them, read together."""

    organization: Organization
    ids: Sequence[UUID]
    receivables: dict[UUID, Receivable] = field(init=False)
    sent: dict[UUID, list[SentStep]] = field(init=False)
    additions: dict[UUID, list[Addition]] = field(init=False)
    reductions: dict[UUID, list[Allocation]] = field(init=False)
    documents: dict[UUID, list[tuple[str, str]]] = field(init=False)
    papers: dict[UUID, str] = field(init=False)

    def __post_init__(self) -> None:
        organization, ids = self.organization, self.ids
        found = Receivable.objects.of(organization).filter(pk__in=list(ids)).select_related("customer")
        self.receivables = {claim.pk: claim for claim in found}
        self.sent = past.sent_steps(organization, ids)
        self.additions = additions_of(organization.pk, ids)
        self.reductions = past.reductions_by_claim(organization, ids)
        self.documents = past.documents_of(organization, ids)
        letters = {
            step.reminder.letter.paper_id for steps in self.sent.values() for step in steps if step.reminder.letter
        }
        self.papers = past.pdfs_of_papers(organization, letters)

    def steps(self, claim_id: UUID) -> tuple[SentReminder, ...]:
        """What was sent for the claim, each with the name of its letter among the documents."""
        return tuple(_sent(step, self.papers) for step in self.sent.get(claim_id, []))

    def files(self, claim_id: UUID) -> dict[str, str]:
        """The documents of the claim: name and hash. Refuses one that is not made yet."""
        number = fit_name(str(self.receivables[claim_id]))
        found = {f"documents/{number}.{ending}": sha256 for ending, sha256 in self.documents.get(claim_id, [])}
        if claim_id in self.documents and f"documents/{number}.pdf" not in found:
            raise _missing(f"{number}.pdf")
        for step in self.sent.get(claim_id, []):
            letter = step.reminder.letter
            if letter is not None:
                if letter.paper_id not in self.papers:
                    raise _missing(_name_of_letter(step))
                found[_name_of_letter(step)] = self.papers[letter.paper_id]
        return found


def fit_name(text: str) -> str:
    """The text as a part of a file's name."""
    return _UNFIT.sub("-", text).strip("-.") or "0"


def load_all(organization: Organization, wanted: dict[str, str]) -> dict[str, bytes]:
    """The bytes of the documents, each checked against its hash."""
    space, loaded = str(organization.pk), {}
    for name, sha256 in wanted.items():
        try:
            loaded[name] = files.load(space, sha256)
        except files.FileIsDamaged as damage:
            raise DocumentsAreMissing(
                _("The file %(name)s is not what was made. Restore it from the backup and try again.") % {"name": name}
            ) from damage
    return loaded


def handed_claims(behind: Past, claims: Iterable[OpenClaim], plans: Plans, law: Law, *, day: date) -> list[HandedClaim]:
    """The claims as they are handed over on the day, with interest through it."""
    wanted = list(claims)
    ids = [claim.receivable_id for claim in wanted]
    postings = sending.postings_of(behind.organization, ids)
    before = sending.interest_before(behind.organization, ids)
    handed = []
    for claim in wanted:
        interest = _interest(claim, postings.get(claim.receivable_id, []), plans, law, day)
        asked = before.get(claim.receivable_id, ZERO)
        handed.append(_handed(behind, claim, interest, max(interest.amount - asked, ZERO)))
    return handed


def _interest(
    claim: OpenClaim, postings: Iterable[tuple[date, Decimal]], plans: Plans, law: Law, day: date
) -> Interest:
    debtor = claim.debtor or DebtorKind.BUSINESS
    _plan_id, plan = plans.plan_for(claim.plan_id, claim.country, debtor)
    if day <= claim.due_date:
        return NO_INTEREST
    try:
        return interest_of(
            owed_since_due(claim.due_date, postings),
            through=day,
            law=law,
            country=claim.country,
            debtor=debtor,
            day_count=plan.day_count,
            agreed_rate=plan.agreed_rate,
        )
    except NoFigure as unknown:
        raise RateIsNotKnown(
            _("No rate of late interest is known in %(country)s for %(day)s. Have it entered with its source first.")
            % {"country": unknown.country, "day": format_day(unknown.day, language_of_page())}
        ) from unknown


def _handed(behind: Past, claim: OpenClaim, interest: Interest, asked_now: Decimal) -> HandedClaim:
    receivable = behind.receivables[claim.receivable_id]
    reductions = behind.reductions.get(receivable.pk, [])
    reduced = sum((each.amount for each in reductions), ZERO)
    return HandedClaim(
        receivable_id=str(receivable.pk),
        number=receivable.document_number,
        issue_date=receivable.issue_date,
        due_date=claim.due_date,
        original=claim.open + reduced,
        open=claim.open,
        kid=receivable.kid,
        interest=asked_now,
        reductions=tuple(
            HandedReduction(day=each.voucher.day, kind=each.kind, amount=each.amount) for each in reductions
        ),
        additions=tuple(
            HandedAddition(
                number=each.document_number, kind=each.kind, day=each.day, amount=each.amount, open=each.open
            )
            for each in behind.additions[receivable.pk]
        ),
        interest_parts=tuple(
            HandedInterest(
                first=part.first,
                last=part.last,
                days=part.days,
                rate=part.rate,
                principal=part.principal,
                amount=amount,
            )
            for part, amount in zip(interest.parts, interest.rounded_parts(), strict=True)
        ),
        reminders=behind.steps(receivable.pk),
        files=tuple(sorted(behind.files(receivable.pk))),
    )


def _sent(step: SentStep, papers: dict[UUID, str]) -> SentReminder:
    reminder, delivery = step.reminder, step.channel
    has_file = reminder.letter is not None and reminder.letter.paper_id in papers
    return SentReminder(
        step=reminder.step,
        day=reminder.day,
        deadline=reminder.deadline,
        channel=delivery.channel if delivery else "",
        arrived_at=step.arrived_at,
        standing=step.standing.value,
        fee=reminder.fee,
        compensation=reminder.compensation,
        interest=reminder.interest,
        file=_name_of_letter(step) if has_file else "",
    )


def _name_of_letter(step: SentStep) -> str:
    letter = step.reminder.letter
    assert letter is not None
    return f"reminders/{step.reminder.day.isoformat()}-{letter.step}-{str(letter.pk)[-8:]}.pdf"


def _missing(name: str) -> DocumentsAreMissing:
    return DocumentsAreMissing(_("%(name)s is not made yet. Wait a minute and try again.") % {"name": name})


def creditor_of(organization: Organization) -> HandedParty:
    """The organization as the file names it."""
    return HandedParty(
        name=organization.name,
        organization_number=organization.organization_number,
        street=organization.street,
        street_2=organization.street_2,
        postal_code=organization.postal_code,
        city=organization.city,
        country=organization.country,
        language=organization.language,
        email=organization.email,
        phone=organization.phone,
    )


def agency_of(agency: CollectionAgency) -> HandedParty:
    """The agency, with our client number there."""
    return HandedParty(name=agency.name, number=agency.client_number, organization_number=agency.organization_number)


def debtor_of(customer: Customer) -> HandedParty:
    """The customer by our own number; a national id is never handed out here."""
    return HandedParty(
        number=str(customer.number),
        kind=customer.kind,
        name=customer.name,
        organization_number=customer.organization_number,
        contact_name=customer.contact_name,
        street=customer.street,
        street_2=customer.street_2,
        postal_code=customer.postal_code,
        city=customer.city,
        country=customer.country,
        language=customer.language,
        email=customer.email,
        phone=customer.phone,
    )
