"""Questions about organizations, people and law figures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models import Case, Count, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.http import Http404

from foundation import rows
from foundation.alphabet import name_key
from tenants.models import (
    AuditEntry,
    BankAccount,
    BankAccountChange,
    Invitation,
    Job,
    JobItem,
    JobState,
    LawFigure,
    Membership,
    Organization,
    RecordVersion,
    Role,
    Routine,
    User,
)

PARTS_MAX = 200  # of a record that are looked back at together


@dataclass(frozen=True, slots=True)
class MembershipOf:
    """A user's place in one organization."""

    organization_id: UUID
    membership_id: UUID
    slug: str
    name: str
    role: str


def memberships_of(user_id: UUID) -> list[MembershipOf]:
    """Every organization of a user, by name; asked before any organization is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM memberships_of(%s)", [user_id])
        return [MembershipOf(*row) for row in cursor.fetchall()]


def all_organization_ids() -> list[UUID]:
    """Every organization, for sweeps that enter them one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM all_organization_ids()")
        return [row[0] for row in cursor.fetchall()]


def organizations_with_unsealed_audit(limit: int) -> list[UUID]:
    """Organizations that have audit lines outside the chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_with_unsealed_audit(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def get_session(user_id: UUID, session_id: int) -> UserSession:
    """One of a user's own sessions, or 404."""
    session = UserSession.objects.filter(user_id=user_id, pk=session_id).first()
    if session is None:
        raise Http404
    return session


def get_open_organization(organization_id: UUID) -> Organization:
    """The organization that is open in this transaction."""
    found = rows.load(Organization, "WHERE id = %s", [organization_id])
    if not found:
        raise Organization.DoesNotExist(f"No organization {organization_id} is open here.")
    return found[0]


def lock_organization(organization_id: UUID) -> Organization:
    """The organization's row, locked first of all locks."""
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def list_bank_accounts(organization: Organization) -> QuerySet[BankAccount]:
    """Accounts in use first."""
    return BankAccount.objects.of(organization).order_by("-is_active", "currency", "id")


def bank_account_for(organization: Organization, currency: str) -> BankAccount | None:
    """The account in use that receives this currency, else the one of the base currency."""
    accounts = {
        account.currency: account
        for account in BankAccount.objects.of(organization).filter(
            is_active=True, currency__in=[currency, organization.base_currency]
        )
    }
    return accounts.get(currency) or accounts.get(organization.base_currency)


def get_bank_account(organization: Organization, account_id: UUID) -> BankAccount:
    """One account or 404."""
    account = BankAccount.objects.of(organization).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def list_waiting_bank_changes(organization: Organization) -> QuerySet[BankAccountChange]:
    """Changes of where customers pay to that neither hold nor are stopped, the one that holds soonest first."""
    return (
        BankAccountChange.objects.of(organization)
        .filter(applied_at=None, withdrawn_at=None)
        .select_related("requested_by")
        .order_by("takes_effect_at", "id")
    )


def due_bank_changes(organization: Organization, now: datetime) -> QuerySet[BankAccountChange, UUID]:
    """The ids of waiting changes whose day has come."""
    return list_waiting_bank_changes(organization).filter(takes_effect_at__lte=now).values_list("pk", flat=True)


def find_bank_change(organization: Organization, change_id: UUID) -> BankAccountChange | None:
    """One change of a bank account, or None where the id is that of something else."""
    return BankAccountChange.objects.of(organization).filter(pk=change_id).first()


def lock_bank_change(organization: Organization, change_id: UUID) -> BankAccountChange | None:
    """One change, locked; None where it is gone."""
    return BankAccountChange.objects.of(organization).select_for_update(no_key=True).filter(pk=change_id).first()


def get_bank_change(organization: Organization, change_id: UUID) -> BankAccountChange:
    """One change, locked, or 404."""
    change = lock_bank_change(organization, change_id)
    if change is None:
        raise Http404
    return change


def newest_routine(organization: Organization, step: str) -> Routine | None:
    """The version of a step's routine that holds, also where its text is empty; None where none was written."""
    return Routine.objects.of(organization).filter(step=step).order_by("-version").first()


def newest_routines(organization: Organization) -> dict[str, Routine]:
    """The version that holds of every step that has any, by step."""
    versions = Routine.objects.of(organization).order_by("step", "-version").distinct("step")
    return {routine.step: routine for routine in versions}


def list_routine_versions(organization: Organization, step: str, most: int) -> list[Routine]:
    """The newest versions of a step's routine, newest first."""
    return list(Routine.objects.of(organization).filter(step=step).order_by("-version")[:most])


def count_members_by_role(organization: Organization) -> dict[str, int]:
    """How many people have each role."""
    counts = Membership.objects.of(organization).values("role").annotate(people=Count("pk")).order_by()
    return {row["role"]: row["people"] for row in counts}


def list_vat_figures(country: str) -> QuerySet[LawFigure]:
    """Every dated VAT rate of a country with its source, by class, newest first."""
    return LawFigure.objects.filter(country=country, kind="vat_pct").order_by("variant", "-valid_from")


def list_law_figures() -> QuerySet[LawFigure]:
    """Every dated figure of the law, of every country."""
    return LawFigure.objects.order_by("country", "kind", "variant", "valid_from")


def list_memberships(organization: Organization) -> QuerySet[Membership]:
    """The people of an organization with their users."""
    return (
        Membership.objects.of(organization)
        .select_related("user")
        .order_by(name_key("user__name", organization.language), "user__email", "id")
    )


def count_owners(organization: Organization) -> int:
    """How many people own the organization."""
    return Membership.objects.of(organization).filter(role=Role.OWNER).count()


def get_membership(organization: Organization, membership_id: UUID) -> Membership:
    """One membership with its user, or 404."""
    membership = Membership.objects.of(organization).select_related("user").filter(pk=membership_id).first()
    if membership is None:
        raise Http404
    return membership


def get_user(user_id: UUID) -> User:
    """One person as stored now."""
    return User.objects.get(pk=user_id)


def owner_of(organization: Organization, user_id: UUID) -> User | None:
    """The person, while they own the organization."""
    owners = Membership.objects.of(organization).filter(user_id=user_id, role=Role.OWNER)
    membership = owners.select_related("user").first()
    return None if membership is None else membership.user


def list_open_invitations(organization: Organization) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted or withdrawn, newest first."""
    return (
        Invitation.objects.of(organization)
        .filter(accepted_at=None, withdrawn_at=None)
        .select_related("invited_by")
        .order_by("-created_at", "-id")
    )


def get_invitation(organization: Organization, invitation_id: UUID) -> Invitation:
    """One invitation or 404."""
    invitation = Invitation.objects.of(organization).filter(pk=invitation_id).first()
    if invitation is None:
        raise Http404
    return invitation


def open_invitation(organization_id: UUID, token_sha256: str, now: datetime) -> Invitation | None:
    """The invitation that a link leads to, while it can be accepted."""
    return (
        Invitation.objects.of(organization_id)
        .select_related("organization", "invited_by")
        .filter(token_sha256=token_sha256, accepted_at=None, withdrawn_at=None, expires_at__gte=now)
        .first()
    )


def get_audit_entry(organization: Organization, entry_id: UUID) -> AuditEntry:
    """One line of the audit trail, or 404."""
    entry = AuditEntry.objects.of(organization).filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    return entry


def list_history(organization: Organization, *, subject_id: UUID | None = None, text: str = "") -> QuerySet[AuditEntry]:
    """Audit lines, newest first, of one subject or of all, that hold a text."""
    entries = AuditEntry.objects.of(organization).order_by("-recorded_at", "-id")
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    if text:
        entries = entries.filter(
            Q(verb__icontains=text) | Q(actor_name__icontains=text) | Q(subject_label__icontains=text)
        )
    return entries


def list_history_of(
    organization: Organization, subject_ids: Iterable[UUID], *, among: QuerySet[Any, UUID], verbs: Iterable[str]
) -> QuerySet[AuditEntry]:
    """Audit lines of these subjects, and of others only those of some verbs, newest first."""
    entries = AuditEntry.objects.of(organization)
    others = entries.filter(subject_id__in=among, verb__in=list(verbs))
    # Two questions put together: the index by subject answers both, which it would not do for one with an "or".
    return entries.filter(subject_id__in=list(subject_ids)).union(others).order_by("-recorded_at", "-id")


@dataclass(frozen=True, slots=True)
class VersionOf:
    """What a record said from a moment on, its numbers digit for digit."""

    recorded_at: datetime
    is_removed: bool
    content: dict[str, Any]


def version_at(organization: Organization, subject_id: UUID, moment: datetime | None) -> VersionOf | None:
    """The version of a record that held at a moment, or the newest; None where nothing is kept that far back."""
    kept = RecordVersion.objects.of(organization).filter(subject_id=subject_id)
    if moment is not None:
        kept = kept.filter(recorded_at__lte=moment)
    text = Cast("content", TextField())  # a number of JSON would become a float
    found = kept.annotate(text=text).order_by("-recorded_at", "-id")
    row = found.values_list("recorded_at", "is_removed", "text").first()
    return None if row is None else VersionOf(row[0], row[1], json.loads(row[2], parse_float=Decimal))


def versions_beneath(
    organization: Organization, kind: str, owner: tuple[str, UUID], moment: datetime | None
) -> dict[UUID, VersionOf]:
    """The version that held at a moment, or the newest, of each record of a kind that belonged to another record.

    The owner is the column that named it and its id. Records that are gone are among them.
    """
    column, owner_id = owner
    kept = RecordVersion.objects.of(organization).filter(subject_kind=kind, **{f"content__{column}": str(owner_id)})
    if moment is not None:
        kept = kept.filter(recorded_at__lte=moment)
    newest = kept.order_by("subject_id", "-recorded_at", "-id").distinct("subject_id")[:PARTS_MAX]
    return {row.subject_id: VersionOf(row.recorded_at, row.is_removed, row.content) for row in newest}


def version_moments(organization: Organization, subject_id: UUID) -> QuerySet[RecordVersion, datetime]:
    """When a record changed, newest first."""
    kept = RecordVersion.objects.of(organization).filter(subject_id=subject_id)
    return kept.order_by("-recorded_at", "-id").values_list("recorded_at", flat=True)


def first_version_moment(organization: Organization, subject_id: UUID) -> datetime | None:
    """Since when it is kept what a record says."""
    kept = RecordVersion.objects.of(organization).filter(subject_id=subject_id)
    return kept.order_by("recorded_at", "id").values_list("recorded_at", flat=True).first()


def law_figure(country: str, kind: str, variant: str, day: date) -> Decimal | None:
    """The figure in force on a day, or None where the table holds none."""
    return (
        LawFigure.objects.filter(country=country, kind=kind, variant=variant, valid_from__lte=day)
        .exclude(valid_to__lte=day)
        .order_by("-valid_from")
        .values_list("value", flat=True)
        .first()
    )


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A VAT rate of one class with the days it holds; valid_to is exclusive."""

    variant: str
    percent: Decimal
    valid_from: date
    valid_to: date | None


def vat_rates(country: str) -> list[DatedRate]:
    """Every dated VAT rate of a country, newest first: one question for any number of lines."""
    found = rows.fetch_all(
        """SELECT variant, value, valid_from, valid_to FROM tenants_lawfigure
           WHERE country = %s AND kind = 'vat_pct' ORDER BY variant, valid_from DESC""",
        [country],
    )
    return [DatedRate(*row) for row in found]


def list_jobs(organization: Organization, starter_id: UUID | None) -> QuerySet[Job]:
    """Long jobs with their starters, newest first: one person's, or everybody's."""
    found = Job.objects.of(organization).select_related("started_by").order_by("-created_at", "-id")
    return found if starter_id is None else found.filter(started_by_id=starter_id)


def get_job(organization: Organization, job_id: UUID) -> Job:
    """One job with its starter, or 404."""
    job = Job.objects.of(organization).select_related("started_by").filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def list_job_items(job: Job, state: str = "") -> QuerySet[JobItem]:
    """What became of each item: failed ones first, then what is done, then what waits; or those of one state."""
    rank = Case(
        When(state=JobState.FAILED, then=Value(0)),
        When(state=JobState.COMPLETE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    items = JobItem.objects.of(job.organization_id).filter(job_id=job.pk).annotate(rank=rank)
    return items.filter(state=state) if state else items
