"""Who approves in somebody's place while that person is away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.errors import DeputyRefused
from billing_backlog.models import Deputy
from billing_backlog.queries.work import lock_deputies, lock_worker
from foundation import rows
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Membership, Organization, User
from tenants.notices import News, tell
from tenants.permissions import Permission, may

AWAY_MAX = timedelta(days=366)


@transaction.atomic
def make_deputy(
    organization: Organization, person: User, deputy: User, *, first_day: date, last_day: date, actor: Actor
) -> Deputy:
    """Let somebody approve in the person's place from the first day through the last, and tell that somebody."""
    lock_worker(organization, person)
    standing = lock_deputies(organization, person.pk)
    _refuse(organization, person, deputy, first_day=first_day, last_day=last_day)
    for other in standing:
        if other.first_day <= last_day and first_day <= other.last_day:
            language = language_of_page()
            raise DeputyRefused(
                _("%(person)s has a deputy from %(first)s to %(last)s already. End that one first.")
                % {
                    "person": person,
                    "first": format_day(other.first_day, language),
                    "last": format_day(other.last_day, language),
                },
                field="first_day",
            )
    made = Deputy(organization=organization, person=person, deputy=deputy, first_day=first_day, last_day=last_day)
    rows.insert(organization.pk, [made])
    days = {"first": first_day.isoformat(), "last": last_day.isoformat()}
    audit.record(actor, "deputy.made", made, person=str(person), deputy=str(deputy), **days)
    facts = {"person": str(person), **days}
    tell(organization.pk, [News(deputy.pk, "work.deputy", facts, "work/deputies/", f"deputy:{made.pk}")])
    return made


@transaction.atomic
def end_deputy(
    organization: Organization, deputy_id: UUID, *, actor: Actor, now: datetime, whose: User | None
) -> Deputy:
    """End it now; twice is as good as once. `whose`: only that person's own, or anybody's for None."""
    found = Deputy.objects.of(organization).select_related("person", "deputy").filter(pk=deputy_id)
    if whose is not None:
        found = found.filter(person=whose)
    row = found.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise Http404
    if row.ended_at is None:
        row.ended_at = now
        rows.update(organization.pk, [row], ["ended_at"])
        audit.record(actor, "deputy.ended", row, person=str(row.person), deputy=str(row.deputy))
    return row


def _refuse(organization: Organization, person: User, deputy: User, *, first_day: date, last_day: date) -> None:
    if person.pk == deputy.pk:
        raise DeputyRefused(_("Somebody else stands in. Choose another person."), field="deputy")
    if last_day < first_day:
        raise DeputyRefused(_("The last day comes before the first. Choose a later one."), field="last_day")
    if last_day - first_day > AWAY_MAX:
        raise DeputyRefused(_("A deputy stands in for at most a year. Choose an earlier last day."), field="last_day")
    role = Membership.objects.of(organization).filter(user=deputy).values_list("role", flat=True).first()
    if role is None or not may(role, Permission.APPROVE_WORK):
        raise DeputyRefused(_("That person’s role does not allow approving work."), field="deputy")
