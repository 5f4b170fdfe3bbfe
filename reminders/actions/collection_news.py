"""What agencies tell of cases: rehearsed from a file, taken once, and noted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from reminders.actions.collection import close_case, refuse_closed
from reminders.collection_states import CLOSED, may_follow
from reminders.collection_status import News, StatusRow, read_status
from reminders.models import CaseState, CollectionCase, CollectionNews, CollectionStatusFile
from reminders.queries import collection as queries
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

NAME_LENGTH = 120


class NewsDoesNotFit(DomainError):
    """The case cannot come into that state from where it stands."""


class NothingIsGood(DomainError):
    """No row of the file can be taken."""


@dataclass(frozen=True, slots=True)
class RehearsedRow:
    """A row of a status file, its case, and what would become of it: new, known or faulty."""

    row: StatusRow
    case: CollectionCase | None
    outcome: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a status file."""

    taken: int
    known: int
    faulty: int


@transaction.atomic
def keep_status_file(
    organization: Organization, name: str, content: bytes, *, actor: Actor, today: date, now: datetime
) -> CollectionStatusFile:
    """Keep an uploaded status file to be rehearsed; the same bytes are the same file. Refuses what is no such table."""
    read_status(content, today=today)
    sha256 = files.store(str(organization.pk), content)
    found = queries.status_file_with(organization, sha256)
    if found is not None:
        return found
    file = CollectionStatusFile.objects.create(
        organization=organization,
        name=name[:NAME_LENGTH] or "status",
        sha256=sha256,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
    audit.record(actor, "collection.status_uploaded", file, sha256=sha256)
    return file


def rehearse_status_file(organization: Organization, file: CollectionStatusFile, *, today: date) -> list[RehearsedRow]:
    """What would become of each row if the file were taken now; changes nothing."""
    rows = read_status(files.load(str(organization.pk), file.sha256), today=today)
    cases = queries.cases_numbered(organization, [row.case_number for row in rows if not row.fault])
    return _judged(organization, rows, cases)


@transaction.atomic
def take_status_file(organization: Organization, file_id: UUID, *, actor: Actor, today: date, now: datetime) -> Taken:
    """Take every good row of the file: rows that are known or faulty change nothing, and twice is as good as once."""
    file = queries.status_file(organization, file_id)
    rows = read_status(files.load(str(organization.pk), file.sha256), today=today)
    cases = queries.lock_cases_numbered(organization, [row.case_number for row in rows if not row.fault])
    judged = _judged(organization, rows, cases)
    good = [each for each in judged if each.outcome == "new"]
    known = sum(each.outcome == "known" for each in judged)
    if not good and not known:
        raise NothingIsGood(_("No row of the file can be taken. Mend it and choose it again."))
    for each in good:
        assert each.case is not None
        _apply(each.case, _news_of(each.row), actor=actor, now=now)
    if file.taken_at is None:
        file.taken_at = now
        file.save(update_fields=["taken_at"])
        audit.record(actor, "collection.status_taken", file, count=len(good))
    return Taken(len(good), known, len(judged) - len(good) - known)


@transaction.atomic
def note_case_status(
    organization: Organization, case_id: UUID, news: News, *, actor: Actor, now: datetime
) -> CollectionCase:
    """Note by hand what the agency told of one case; the same news twice is one."""
    case = queries.lock_case(organization, case_id)
    if (case.pk, news.fingerprint) in queries.fingerprints_of(organization, [case]):
        return case
    refuse_closed(case)
    if not may_follow(case.state, news.state):
        raise NewsDoesNotFit(_sentence(case.state, news.state), field="state")
    _apply(case, news, actor=actor, now=now)
    return case


def _judged(
    organization: Organization, rows: Sequence[StatusRow], cases: dict[int, CollectionCase]
) -> list[RehearsedRow]:
    known = queries.fingerprints_of(organization, cases.values())
    states = {case.pk: case.state for case in cases.values()}
    judged = []
    for row in rows:
        case = cases.get(row.case_number)
        fault = row.fault or ("" if case else _("There is no case %(number)s.") % {"number": row.case_number})
        if fault or case is None:
            judged.append(RehearsedRow(row, case, "fault", fault))
            continue
        mark = (case.pk, _news_of(row).fingerprint)
        if mark in known:
            judged.append(RehearsedRow(row, case, "known"))
        elif not may_follow(states[case.pk], row.state):
            judged.append(RehearsedRow(row, case, "fault", _sentence(states[case.pk], row.state)))
        else:
            known.add(mark)
            states[case.pk] = row.state
            judged.append(RehearsedRow(row, case, "new"))
    return judged


def _news_of(row: StatusRow) -> News:
    assert row.day is not None
    return News(state=row.state, day=row.day, paid=row.paid, text=row.text)


def _sentence(state: str, news: str) -> str:
    return _("The case is “%(state)s”, after which “%(news)s” cannot come.") % {
        "state": CaseState(state).label,
        "news": CaseState(news).label,
    }


def _apply(case: CollectionCase, news: News, *, actor: Actor, now: datetime) -> None:
    CollectionNews.objects.create(
        organization_id=case.organization_id,
        case=case,
        state=news.state,
        paid=news.paid,
        day=news.day,
        text=news.text,
        fingerprint=news.fingerprint,
        made_by=actor.name,
        made_at=now,
    )
    told = {"amount": f"{news.paid} {case.currency}"} if news.paid else {}
    if news.state in CLOSED:
        close_case(case, CaseState(news.state), reason=news.text, actor=actor, now=now)
    else:
        case.state = news.state
        case.save(update_fields=["state"])
    audit.record(actor, "collection.status_noted", case, about=news.state, **told)
