"""Handing claims over to a collection agency, taking a case back, and closing what is settled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation import files
from foundation.canonical import digest
from foundation.errors import DomainError
from foundation.ids import uuid7
from payments import queries as ledger
from payments.actions.reminding import note_reminded
from payments.additions import additions_of
from reminders.collection_facts import HandedCase, to_json
from reminders.collection_files import csv_of_case, xml_of_case, zip_of
from reminders.collection_words import sentence_of_stop
from reminders.handed_case import Past, agency_of, creditor_of, debtor_of, handed_claims, load_all
from reminders.law import current_law
from reminders.models import (
    CaseLayout,
    CaseState,
    CollectionAgency,
    CollectionCase,
    CollectionClaim,
    CollectionFile,
    Reminder,
    ReminderState,
    StepChoice,
)
from reminders.policy.law import Law
from reminders.queries import collection as queries
from reminders.queries.collection import ReadyClaim
from reminders.queries.plans import Plans, plans_of
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization

CLAIMS_MAX = 200
REASON_LENGTH = 300
SETTLED_AT_ONCE = 50
WAITING = (ReminderState.WAITING, ReminderState.PLANNED, ReminderState.WITHHELD)


class NothingIsChosen(DomainError):
    """Somebody picks what is handed over."""


class ClaimIsStopped(DomainError):
    """Something stands in the way of handing the claim over."""


class AgencyIsOut(DomainError):
    """The agency is not in use any more."""


class CaseIsClosed(DomainError):
    """What is closed stays closed."""


class ReasonIsMissing(DomainError):
    """Whoever reads it later must be told why."""


@dataclass(frozen=True, slots=True)
class _Handing:
    """What every case of one hand-over rests on, read once after the claims were locked."""

    organization: Organization
    agency: CollectionAgency
    behind: Past
    plans: Plans
    law: Law
    day: date


@transaction.atomic
def hand_to_collection(
    organization: Organization,
    receivable_ids: Iterable[UUID],
    agency_id: UUID,
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> list[CollectionCase]:
    """Hand the chosen claims over: one case per debtor and currency, frozen as it stands now; all of them or none.

    Balances, holds, pending payments and the notice before collection are read again under lock.
    """
    wanted = sorted(set(receivable_ids))
    if not wanted:
        raise NothingIsChosen(_("Choose at least one claim."))
    if len(wanted) > CLAIMS_MAX:
        raise NothingIsChosen(_("Choose at most %(most)s claims at once.") % {"most": CLAIMS_MAX})
    tenants.lock_organization(organization.pk)  # one hand-over at a time: the cases are numbered without gaps
    agency = queries.lock_agency(organization, agency_id)
    if not agency.is_active:
        raise AgencyIsOut(_("%(name)s is out of use. Choose another agency.") % {"name": agency}, field="agency")
    added = [each.receivable_id for found in additions_of(organization.pk, wanted).values() for each in found]
    if not ledger.lock_receivables(organization.pk, [*wanted, *added]).keys() >= set(wanted):
        raise Http404
    law = current_law()
    ready = queries.judged_claims(organization, wanted, law, today=today)
    _refuse_stopped(ready, wanted)
    handing = _Handing(organization, agency, Past(organization, wanted), plans_of(organization), law, today)
    number = queries.next_number(organization)
    cases = []
    for place, (_key, group) in enumerate(groupby(sorted(ready, key=_debtor), key=_debtor)):
        cases.append(_open_case(handing, list(group), number + place, actor=actor, now=now))
    _note_handed(organization, wanted, actor=actor, now=now)
    told = [(case, {"agency": agency.name, "amount": f"{case.total} {case.currency}"}) for case in cases]
    audit.record_each(actor, "collection.handed_over", told, now=now)
    return cases


def _debtor(ready: ReadyClaim) -> tuple[str, str]:
    return str(ready.claim.customer_id), ready.claim.currency


def _refuse_stopped(ready: Sequence[ReadyClaim], wanted: Sequence[UUID]) -> None:
    if len(ready) < len(wanted):
        raise ClaimIsStopped(_("One of the claims is settled meanwhile. Look at the list again."))
    for each in ready:
        if each.stops:
            told = {"number": each.claim.number, "why": sentence_of_stop(each.stops[0])}
            raise ClaimIsStopped(_("%(number)s was not handed over: %(why)s") % told)


def _open_case(
    handing: _Handing, ready: Sequence[ReadyClaim], number: int, *, actor: Actor, now: datetime
) -> CollectionCase:
    organization, agency = handing.organization, handing.agency
    claims = [each.claim for each in ready]
    customer = handing.behind.receivables[claims[0].receivable_id].customer
    facts = HandedCase(
        number=number,
        day=handing.day,
        currency=claims[0].currency,
        creditor=creditor_of(organization),
        agency=agency_of(agency),
        debtor=debtor_of(customer),
        claims=tuple(handed_claims(handing.behind, claims, handing.plans, handing.law, day=handing.day)),
    )
    kept = to_json(facts)
    case = CollectionCase.objects.create(
        id=uuid7(),
        organization=organization,
        number=number,
        agency=agency,
        customer=customer,
        currency=facts.currency,
        day=facts.day,
        snapshot=kept,
        snapshot_sha256=digest(kept),
        principal=facts.principal,
        additions=facts.additions,
        interest=facts.interest,
        made_by=actor.name,
        made_at=now,
    )
    CollectionClaim.objects.bulk_create(
        CollectionClaim(organization=organization, case=case, receivable_id=claim.receivable_id) for claim in claims
    )
    wanted = {name: sha for claim in claims for name, sha in handing.behind.files(claim.receivable_id).items()}
    _keep_files(case, facts, load_all(organization, wanted), now=now)
    return case


def _keep_files(case: CollectionCase, facts: HandedCase, documents: dict[str, bytes], *, now: datetime) -> None:
    is_xml = case.agency.layout == CaseLayout.XML
    name = f"case-{case.number}.{'xml' if is_xml else 'csv'}"
    data = xml_of_case(facts) if is_xml else csv_of_case(facts)
    told = {"case": case.number, "creditor": facts.creditor.organization_number, "day": case.day.isoformat()}
    packed = zip_of({**documents, name: data}, told)
    for file_name, content in ((name, data), (f"case-{case.number}.zip", packed)):
        files.store(str(case.organization_id), content)
        CollectionFile.objects.create(
            organization_id=case.organization_id,
            case=case,
            name=file_name,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            made_at=now,
        )


def _note_handed(organization: Organization, ids: Sequence[UUID], *, actor: Actor, now: datetime) -> None:
    """What still waited for these claims is done with: an agency asks for them now."""
    waiting = Reminder.objects.of(organization).filter(receivable_id__in=ids, state__in=WAITING)
    waiting.update(
        state=ReminderState.REMOVED,
        removed_by=actor.name,
        removed_reason=_("Handed over to collection"),
        changed_at=now,
    )
    note_reminded(organization.pk, [(key, StepChoice.COLLECTION.value, now) for key in ids])


@transaction.atomic
def take_case_back(
    organization: Organization, case_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> CollectionCase:
    """Withdraw a case: its claims are ours to ask for again."""
    if not reason.strip():
        raise ReasonIsMissing(_("Say why the case is taken back."), field="reason")
    case = queries.lock_case(organization, case_id)
    refuse_closed(case)
    close_case(case, CaseState.WITHDRAWN, reason=reason.strip()[:REASON_LENGTH], actor=actor, now=now)
    audit.record(actor, "collection.taken_back", case, reason=case.closed_reason)
    return case


def refuse_closed(case: CollectionCase) -> None:
    """What is closed stays closed."""
    if not case.is_open:
        raise CaseIsClosed(_("Case %(number)s is closed.") % {"number": case})


def close_case(case: CollectionCase, state: CaseState, *, reason: str, actor: Actor, now: datetime) -> None:
    """Close a locked case and let its claims go, in the caller's transaction."""
    case.state, case.closed_at, case.closed_by, case.closed_reason = state, now, actor.name, reason
    case.save(update_fields=["state", "closed_at", "closed_by", "closed_reason"])
    CollectionClaim.objects.of(case.organization_id).filter(case=case, ended_at=None).update(ended_at=now)


def close_settled_cases(organization: Organization, *, actor: Actor, now: datetime) -> int:
    """Close the open cases of which nothing is owed any more; how many there were. Each by itself."""
    with transaction.atomic():
        found = queries.settled_cases(organization, most=SETTLED_AT_ONCE)
    return sum(_close_settled(organization, case_id, actor=actor, now=now) for case_id in found)


@transaction.atomic
def _close_settled(organization: Organization, case_id: UUID, *, actor: Actor, now: datetime) -> bool:
    case = queries.lock_case(organization, case_id)
    ids = queries.claim_ids_of(organization, case)
    ledger.lock_receivables(organization.pk, ids)
    if not case.is_open or any(amount > 0 for amount in queries.open_of(organization, ids).values()):
        return False
    close_case(case, CaseState.SETTLED, reason="", actor=actor, now=now)
    audit.record(actor, "collection.settled", case)
    return True


@transaction.atomic
def note_agency_told(organization: Organization, case_id: UUID, *, actor: Actor, now: datetime) -> CollectionCase:
    """Note that the agency knows of what has come in here up to now."""
    case = queries.lock_case(organization, case_id)
    case.told_at = now
    case.save(update_fields=["told_at"])
    audit.record(actor, "collection.agency_told", case)
    return case
