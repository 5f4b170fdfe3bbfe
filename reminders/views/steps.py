"""The doors to single steps: take one out, put it back, approve, send by hand, hold, begin anew; and to the pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from foundation.htmx import go_to
from foundation.transactions import read_only
from payments import claim_queries
from payments.models import Receivable
from payments.views.doing import INVALID, Question, address_of_claim, ask, is_done, sent
from reminders.actions import many, pausing, steps
from reminders.forms.steps import HoldManyForm, ReasonForm
from reminders.law import current_law
from reminders.queries import desk
from reminders.queries.due import OpenClaim, open_claims_by_id
from reminders.queries.reminders import get_reminder
from reminders.step_words import step_word
from reminders.views.rows import chosen_of, way_to
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def approve_steps(request: OrganizationRequest) -> HttpResponse:
    """Let what waits for approval go: the chosen ones, or all of today."""
    organization = request.organization
    with read_only():
        if request.POST.get("all"):
            today = local_today(organization)
            waiting = desk.waiting_through(organization, today, most=many.CHOSEN_MAX)
        else:
            waiting = desk.waiting_of(organization, chosen_of(request))
    count = steps.approve_steps(organization, waiting, actor=request.actor, now=timezone.now())
    if count:
        messages.success(
            request, ngettext("%(count)s is approved.", "%(count)s are approved.", count) % {"count": count}
        )
    else:
        messages.info(request, _("Nothing of what you chose waits for approval."))
    return go_to(request, _home(request))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_REMINDERS)
def remove_step(request: OrganizationRequest, receivable_id: UUID, position: int) -> HttpResponse:
    """Take one step of one claim out, with the reason."""
    organization = request.organization
    with read_only():
        claim = claim_queries.get_claim(organization, receivable_id).claim
    form = ReasonForm(sent(request))

    def act() -> None:
        steps.remove_step(
            organization,
            receivable_id,
            position=position,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            day=local_today(organization),
            now=timezone.now(),
        )

    if is_done(form, act):
        messages.success(request, _("The step is taken out. The plan of %(number)s goes on.") % {"number": claim})
        return go_to(request, _home(request))
    return ask(request, form, _removing(request, claim))


def _removing(request: OrganizationRequest, claim: Receivable) -> Question:
    return Question(
        heading=_("Take the next step of %(number)s out?") % {"number": claim},
        button=_("Take it out"),
        back=_home(request),
        back_label=_("Reminders"),
        sentences=(
            _("Only this one step falls away. The next one comes on its own day, unless it is paid."),
            _("You can put it back from the page of the invoice."),
        ),
        facts=((_("Customer"), claim.customer.name),),
        is_dangerous=False,
    )


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def put_back(request: OrganizationRequest, reminder_id: UUID) -> HttpResponse:
    """Let a step that was taken out come after all."""
    organization = request.organization
    with read_only():
        reminder = get_reminder(organization, reminder_id)
    steps.put_back(organization, reminder_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(step)s comes again when its day is there.") % {"step": step_word(reminder.step)})
    return go_to(request, address_of_claim(request, reminder.receivable))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_REMINDERS)
def start_round(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Begin the plan of one claim from its first step again, with the reason."""
    organization = request.organization
    with read_only():
        claim = claim_queries.get_claim(organization, receivable_id).claim
    form = ReasonForm(sent(request))

    def act() -> None:
        reason = form.cleaned_data["reason"]
        steps.start_round(organization, receivable_id, reason=reason, actor=request.actor, now=timezone.now())

    back = address_of_claim(request, claim)
    if is_done(form, act):
        messages.success(request, _("The plan of %(number)s begins again.") % {"number": claim})
        return go_to(request, back)
    question = Question(
        heading=_("Begin again with %(number)s?") % {"number": claim},
        button=_("Begin again"),
        back=back,
        back_label=str(claim),
        sentences=(_("The plan starts from its first step. Fees charged before still count towards the lawful ones."),),
        is_dangerous=False,
    )
    return ask(request, form, question)


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def skip_steps(request: OrganizationRequest) -> HttpResponse:
    """Take the next step of the chosen claims out: first the reason, then the act."""
    organization = request.organization
    form = ReasonForm(request.POST if "confirmed" in request.POST else None)
    with read_only():
        places = _places(request)

    def act() -> None:
        many.skip_steps(
            organization,
            places,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            day=local_today(organization),
            now=timezone.now(),
        )

    told = ngettext("%(count)s step is taken out.", "%(count)s steps are taken out.", len(places))
    return _do_with_many(request, form, act, told, heading=_("Skip the step"), button=_("Skip the step"))


@require_POST
@organization_view(Permission.HOLD_CLAIMS)
def hold_claims(request: OrganizationRequest) -> HttpResponse:
    """Hold the chosen claims back: first the reason, then the act."""
    form = HoldManyForm(request.POST if "confirmed" in request.POST else None)
    chosen = chosen_of(request)

    def act() -> None:
        said = form.cleaned_data
        many.hold_claims(
            request.organization,
            chosen,
            actor=request.actor,
            now=timezone.now(),
            kind=said["kind"],
            reason=said["reason"],
            until=said["until"],
        )

    told = ngettext("%(count)s invoice is held back.", "%(count)s invoices are held back.", len(chosen))
    return _do_with_many(request, form, act, told, heading=_("Put on hold"), button=_("Put on hold"))


def _do_with_many(
    request: OrganizationRequest, form: Form, act: Callable[[], None], told: str, *, heading: str, button: str
) -> HttpResponse:
    """Ask for what the form wants to know of the chosen claims; do it where that was said."""
    chosen = chosen_of(request)
    with read_only():
        claims = open_claims_by_id(request.organization, chosen, day=local_today(request.organization))
    if not claims:
        messages.error(request, _("No invoice is chosen. Tick some rows in the list and try again."))
        return go_to(request, _home(request))
    if is_done(form, act):
        messages.success(request, told % {"count": len(claims)})
        return go_to(request, _home(request))
    context = {
        "form": form,
        "heading": heading,
        "button": button,
        "claims": sorted(claims.values(), key=_in_order),
        "sums": desk.asked_sums(claims.values()),
        "back": _home(request),
    }
    with read_only():
        return render(request, "reminders/ask_for_many.html", context, status=INVALID if form.is_bound else 200)


def _places(request: OrganizationRequest) -> list[tuple[UUID, int]]:
    """The chosen claims with the place of their next step; what has none any more is left out."""
    found = desk.next_places(
        request.organization, chosen_of(request), today=local_today(request.organization), law=current_law()
    )
    return list(found.items())


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_REMINDERS)
def pause_reminders(request: OrganizationRequest) -> HttpResponse:
    """Let everything wait, with the reason."""
    form = ReasonForm(sent(request))

    def act() -> None:
        reason = form.cleaned_data["reason"]
        pausing.pause_all(request.organization, reason=reason, actor=request.actor, now=timezone.now())

    if is_done(form, act):
        messages.success(request, _("All reminders wait until somebody lets them go on."))
        return go_to(request, _home(request))
    question = Question(
        heading=_("Put all reminders on hold?"),
        button=_("Put all on hold"),
        back=_home(request),
        back_label=_("Reminders"),
        sentences=(
            _("Nothing is decided or sent until somebody lets it go on. What is owed stays the same."),
            _("Afterwards each invoice is caught up by one step, never by several at once."),
        ),
        is_dangerous=False,
    )
    return ask(request, form, question)


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def resume_reminders(request: OrganizationRequest) -> HttpResponse:
    """Let reminders go on."""
    pausing.resume_all(request.organization, actor=request.actor, now=timezone.now())
    messages.success(request, _("Reminders go on."))
    return go_to(request, _home(request))


def _home(request: OrganizationRequest) -> str:
    return way_to(request, "reminders:list_upcoming")


def _in_order(claim: OpenClaim) -> tuple[Any, str]:
    return claim.due_date, claim.number
