"""Questions about the end of the road: what is ready for an agency, what it has, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, QuerySet
from django.http import Http404

from foundation import rows
from foundation.money import ZERO
from payments.additions import Addition, additions_of
from payments.models import Allocation, ReceivableBalance
from reminders.models import (
    CollectionAgency,
    CollectionCase,
    CollectionClaim,
    CollectionFile,
    CollectionNews,
    CollectionStatusFile,
    LossEvidence,
)
from reminders.policy.law import Law, Step
from reminders.queries.due import OpenClaim, open_claims_by_id
from reminders.queries.past import SentStep, sent_steps
from tenants.models import Organization

READY_MAX = 500
CASES_SHOWN_MAX = 200
FIRST_CASE = 1001
# Where the debtor must be warned by us before an agency is asked (inkassoloven § 9; Danish inkassoloven § 10).
NOTICE_FIRST = frozenset({"NO", "DK"})

# What a plan has brought to this step, and what was warned of collection; nothing of it stands with an agency.
_READY = """
    SELECT b.receivable_id
    FROM payments_receivablebalance b
    WHERE b.organization_id = %s AND b.currency_amount > 0
      AND EXISTS (
        SELECT 1 FROM reminders_reminder r
        WHERE r.organization_id = b.organization_id AND r.receivable_id = b.receivable_id
          AND (r.step = 'collection' AND r.state IN ('waiting', 'planned', 'withheld')
               OR r.step = 'collection_notice' AND r.state = 'sent' AND r.withdrawn_at IS NULL))
      AND NOT EXISTS (
        SELECT 1 FROM reminders_collectionclaim c
        WHERE c.organization_id = b.organization_id AND c.receivable_id = b.receivable_id AND c.ended_at IS NULL)
    ORDER BY b.due_date, b.receivable_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ReadyClaim:
    """A claim that could be handed over, what was added to it, and what stands in the way."""

    claim: OpenClaim
    additions: tuple[Addition, ...]
    notice: SentStep | None
    stops: tuple[str, ...]

    @property
    def added(self) -> Decimal:
        """What is open of fees, compensation and interest."""
        return sum((each.open for each in self.additions), ZERO)

    @property
    def total(self) -> Decimal:
        """All that is owed for it."""
        return self.claim.open + self.added


def cases_open(organization: Organization, receivable_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these claims that are in the hands of an agency now."""
    found = CollectionClaim.objects.of(organization).filter(receivable_id__in=list(receivable_ids), ended_at=None)
    return set(found.values_list("receivable_id", flat=True))


def ready_claims(organization: Organization, law: Law, *, today: date) -> list[ReadyClaim]:
    """What has come to the end of its plan, or was warned of collection; bounded, the longest due first."""
    found = [row[0] for row in rows.fetch_all(_READY, [organization.pk, READY_MAX])]
    return judged_claims(organization, found, law, today=today)


def judged_claims(organization: Organization, ids: Iterable[UUID], law: Law, *, today: date) -> list[ReadyClaim]:
    """These claims where they are open, each with everything that stands in the way of handing it over."""
    claims = open_claims_by_id(organization, ids, day=today)
    sent, additions = sent_steps(organization, claims), additions_of(organization.pk, claims)
    judged = []
    for claim in sorted(claims.values(), key=lambda each: (each.due_date, str(each.receivable_id))):
        steps = sent.get(claim.receivable_id, [])
        notice = next((each for each in reversed(steps) if each.reminder.step == Step.COLLECTION_NOTICE.value), None)
        stops = (*_stops_of_claim(claim), *_stops_of_notice(claim, notice, law, today))
        judged.append(ReadyClaim(claim, tuple(additions[claim.receivable_id]), notice, stops))
    return judged


def _stops_of_claim(claim: OpenClaim) -> tuple[str, ...]:
    stops = list(claim.stops)
    if claim.held and not any(stop.startswith("held_") for stop in stops):
        stops.append("partly_held")
    if claim.credit and "covered_by_credit" not in stops:
        stops.append("has_credit")
    return tuple(stops)


def _stops_of_notice(claim: OpenClaim, notice: SentStep | None, law: Law, today: date) -> tuple[str, ...]:
    if claim.country not in NOTICE_FIRST or (claim.country == "NO" and law.is_new_act(today)):
        return ()
    if notice is None:
        return ("no_collection_notice",)
    if not notice.reached:
        return ("notice_reached_nobody",)
    deadline = notice.reminder.deadline
    return ("deadline_is_running",) if deadline is None or deadline >= today else ()


def list_agencies(organization: Organization) -> list[CollectionAgency]:
    """The agencies, those in use first."""
    return list(CollectionAgency.objects.of(organization).order_by("-is_active", "name", "id"))


def get_agency(organization: Organization, agency_id: UUID) -> CollectionAgency:
    """One agency or 404."""
    found = CollectionAgency.objects.of(organization).filter(pk=agency_id).first()
    if found is None:
        raise Http404
    return found


def lock_agency(organization: Organization, agency_id: UUID) -> CollectionAgency:
    """One agency, locked, or 404."""
    found = CollectionAgency.objects.of(organization).select_for_update().filter(pk=agency_id).first()
    if found is None:
        raise Http404
    return found


def agency_named(organization: Organization, name: str) -> CollectionAgency | None:
    """The agency of this name."""
    return CollectionAgency.objects.of(organization).filter(name=name).first()


def list_cases(organization: Organization, state: str) -> QuerySet[CollectionCase]:
    """The cases of a state, or all that are open, or all that are closed; the newest first."""
    found = CollectionCase.objects.of(organization).select_related("agency", "customer").defer("snapshot")
    if state in {"open", "closed"}:
        found = found.filter(closed_at__isnull=state == "open")
    elif state:
        found = found.filter(state=state)
    return found.order_by("-number")[:CASES_SHOWN_MAX]


def get_case(organization: Organization, case_id: UUID) -> CollectionCase:
    """One case with its agency and debtor, or 404."""
    found = CollectionCase.objects.of(organization).select_related("agency", "customer").filter(pk=case_id).first()
    if found is None:
        raise Http404
    return found


def lock_case(organization: Organization, case_id: UUID) -> CollectionCase:
    """One case, locked, or 404."""
    rows_found = CollectionCase.objects.of(organization).select_for_update(of=("self",)).select_related("agency")
    found = rows_found.filter(pk=case_id).first()
    if found is None:
        raise Http404
    return found


def cases_numbered(organization: Organization, numbers: Iterable[int]) -> dict[int, CollectionCase]:
    """The cases of these numbers."""
    found = CollectionCase.objects.of(organization).filter(number__in=set(numbers)).select_related("customer", "agency")
    return {case.number: case for case in found.defer("snapshot")}


def lock_cases_numbered(organization: Organization, numbers: Iterable[int]) -> dict[int, CollectionCase]:
    """The cases of these numbers, locked in the order of their ids."""
    found = CollectionCase.objects.of(organization).filter(number__in=set(numbers)).select_for_update(of=("self",))
    return {case.number: case for case in found.order_by("pk")}


def next_number(organization: Organization) -> int:
    """The number after the last case; asked under the organization's lock."""
    last = CollectionCase.objects.of(organization).aggregate(most=Max("number"))["most"]
    return (last or FIRST_CASE - 1) + 1


def case_of_claim(organization: Organization, receivable_id: UUID) -> CollectionCase | None:
    """The open case that a claim stands in."""
    found = CollectionClaim.objects.of(organization).filter(receivable_id=receivable_id, ended_at=None)
    claim = found.select_related("case__agency").first()
    return claim.case if claim else None


def files_of_case(organization: Organization, case: CollectionCase) -> list[CollectionFile]:
    """The files of a case by name."""
    return list(CollectionFile.objects.of(organization).filter(case=case).order_by("name"))


def get_file(organization: Organization, case_id: UUID, file_id: UUID) -> CollectionFile:
    """One file of a case with its case, or 404."""
    rows_found = CollectionFile.objects.of(organization).select_related("case")
    found = rows_found.filter(pk=file_id, case_id=case_id).first()
    if found is None:
        raise Http404
    return found


def news_of_case(organization: Organization, case: CollectionCase) -> list[CollectionNews]:
    """What the agency told, in the order in which it was told here."""
    return list(CollectionNews.objects.of(organization).filter(case=case).order_by("made_at", "id")[:CASES_SHOWN_MAX])


def fingerprints_of(organization: Organization, cases: Iterable[CollectionCase]) -> set[tuple[UUID, str]]:
    """The news of these cases that are known."""
    found = CollectionNews.objects.of(organization).filter(case__in=[case.pk for case in cases])
    return set(found.values_list("case_id", "fingerprint"))


def status_file(organization: Organization, file_id: UUID) -> CollectionStatusFile:
    """One status file, or 404."""
    found = CollectionStatusFile.objects.of(organization).filter(pk=file_id).first()
    if found is None:
        raise Http404
    return found


def status_file_with(organization: Organization, sha256: str) -> CollectionStatusFile | None:
    """The status file of these bytes."""
    return CollectionStatusFile.objects.of(organization).filter(sha256=sha256).first()


def claim_ids_of(organization: Organization, case: CollectionCase) -> list[UUID]:
    """The claims of a case and everything that was added to them."""
    own = list(CollectionClaim.objects.of(organization).filter(case=case).values_list("receivable_id", flat=True))
    return [*own, *(each.receivable_id for found in additions_of(organization.pk, own).values() for each in found)]


def open_of(organization: Organization, ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What is open on each of these claims now."""
    found = ReceivableBalance.objects.of(organization).filter(receivable_id__in=list(ids))
    return dict(found.values_list("receivable_id", "currency_amount"))


def paid_since(organization: Organization, case: CollectionCase) -> list[Allocation]:
    """What has reduced the claims of a case since it was handed over, the oldest first."""
    ids = claim_ids_of(organization, case)
    found = Allocation.objects.of(organization).filter(receivable_id__in=ids, allocated_at__gt=case.made_at)
    return list(found.select_related("receivable", "voucher").order_by("allocated_at", "id")[:CASES_SHOWN_MAX])


def settled_cases(organization: Organization, *, most: int) -> list[UUID]:
    """Open cases whose claims, and all that was added to them, are settled."""
    found = rows.fetch_all(
        """SELECT k.id FROM reminders_collectioncase k
           WHERE k.organization_id = %s AND k.closed_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM reminders_collectionclaim c
             JOIN payments_receivable r ON r.organization_id = c.organization_id
              AND (r.id = c.receivable_id OR r.principal_id = c.receivable_id)
             JOIN payments_receivablebalance b ON b.organization_id = r.organization_id AND b.receivable_id = r.id
             WHERE c.organization_id = k.organization_id AND c.case_id = k.id AND b.currency_amount > 0)
           ORDER BY k.id LIMIT %s""",
        [organization.pk, most],
    )
    return [row[0] for row in found]


def untold_since(case: CollectionCase) -> datetime:
    """From which moment on payments have not been told to the agency."""
    return case.told_at or case.made_at


def get_evidence(organization: Organization, evidence_id: UUID) -> LossEvidence:
    """The packed proof of a loss, or 404."""
    found = LossEvidence.objects.of(organization).select_related("receivable").filter(pk=evidence_id).first()
    if found is None:
        raise Http404
    return found


def evidence_of(organization: Organization, receivable_id: UUID) -> list[LossEvidence]:
    """The proofs of losses on a claim, the newest first."""
    return list(LossEvidence.objects.of(organization).filter(receivable_id=receivable_id).order_by("-made_at", "-id"))
