"""Rows of claims as the pages of reminders show them: words, tones and ways on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from payments import claim_queries
from payments.views.doing import address_of_claim
from reminders.law_words import sentence_of
from reminders.models import ReminderState, StepChoice
from reminders.policy.law import Reason
from reminders.queries.desk import Coming, Held, asked_sums
from reminders.step_words import short_word, tone_of
from tenants.permissions import OrganizationRequest

CHOSEN_MAX = 500


@dataclass(frozen=True, slots=True)
class ComingShown:
    """One step of one claim that comes."""

    row: Coming
    url: str
    when: str
    days: int
    is_late: bool
    label: str
    tone: str
    why: str

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to approve it before it goes."""
        return self.row.state == ReminderState.WAITING

    @property
    def is_collection(self) -> bool:
        """Whether it is handed over by a person instead of sent."""
        return self.row.step == StepChoice.COLLECTION


@dataclass(frozen=True, slots=True)
class DayShown:
    """What goes out on one day, with the sum that it asks for."""

    day: date
    name: str
    rows: Sequence[ComingShown]
    sums: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class HeldShown:
    """A claim that is kept back."""

    row: Held
    url: str
    words: str
    icon: str
    release_url: str


def days_of(request: OrganizationRequest, coming: Sequence[Coming], shown: Sequence[Coming], today: date) -> list[Any]:
    """The rows of a page under their days; the sums are those of the whole day."""
    urls = addresses(request, [row.claim.receivable_id for row in shown])
    days: dict[date, list[ComingShown]] = {}
    for row in shown:
        days.setdefault(row.on, []).append(
            ComingShown(
                row=row,
                url=urls.get(row.claim.receivable_id, ""),
                when=days_over(row.claim.due_date, today),
                days=abs((today - row.claim.due_date).days),
                is_late=row.claim.due_date < today,
                label=short_word(row.step),
                tone=tone_of(row.step),
                why=sentence_of(row.reason),
            )
        )
    return [
        DayShown(day, _day_name(day, today), rows, asked_sums(row.claim for row in coming if row.on == day))
        for day, rows in days.items()
    ]


def held_rows(request: OrganizationRequest, held: Sequence[Held]) -> list[HeldShown]:
    """The claims that are kept back, each with its reason in words and the way out."""
    urls = addresses(request, [row.claim.receivable_id for row in held])
    return [
        HeldShown(
            row=row,
            url=urls.get(row.claim.receivable_id, ""),
            words=sentence_of(Reason(row.code)),
            icon=_icon_of(row.code),
            release_url=_release_url(request, row),
        )
        for row in held
    ]


def addresses(request: OrganizationRequest, receivable_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The page of each claim: that of its document, else its own; one question."""
    found = claim_queries.claims_by_id(request.organization, receivable_ids)
    return {each.claim.pk: address_of_claim(request, each.claim) for each in found}


def days_over(due: date, today: date) -> str:
    """How late a claim is, or when it is due, in a few words."""
    days = (today - due).days
    if days > 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", days) % {"days": days}
    if days == 0:
        return _("due today")
    return ngettext("due in %(days)s day", "due in %(days)s days", -days) % {"days": -days}


def chosen_of(request: HttpRequest) -> list[UUID]:
    """The claims that are ticked; what is no id is none of ours."""
    sent = request.POST if request.method == "POST" else request.GET
    found = []
    for text in sent.getlist("id")[: CHOSEN_MAX + 1]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def way_to(request: OrganizationRequest, name: str, *arguments: Any) -> str:
    """The address of a page of ours, empty where it is not there."""
    try:
        return reverse(name, args=[request.organization.slug, *arguments])
    except NoReverseMatch:
        return ""


def _day_name(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    return _("Tomorrow") if (day - today).days == 1 else ""


def _icon_of(code: str) -> str:
    if "dispute" in code or "rejected" in code:
        return "chat"
    return {"payment_is_pending": "sync", "covered_by_credit": "bank", "reached_nobody": "mail"}.get(code, "pause")


def _release_url(request: OrganizationRequest, row: Held) -> str:
    if row.hold is not None:
        return way_to(request, "payments:release_hold", row.hold.pk)
    if row.customer_hold is not None:
        return way_to(request, "payments:release_customer_hold", row.customer_hold.pk)
    if row.code == "customer_is_stopped":
        return way_to(request, "reminders:choose_for_customer", row.claim.customer_id)
    if row.code == "claim_is_stopped":
        return way_to(request, "reminders:choose_for_claim", row.claim.receivable_id)
    return ""
