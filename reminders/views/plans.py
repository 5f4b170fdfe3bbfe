"""The doors to plans: which holds for whom, their steps, and the words of each step."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.documents.words import LANGUAGES
from invoicing.papers.demand_page import page_of_demand
from reminders.actions import plans as actions
from reminders.forms.plans import COUNTRIES, LevelTextsForm, PlanSheet, empty_level
from reminders.law import current_law
from reminders.letters import WORDS
from reminders.models import Debtor, ReminderLevel, ReminderPlan
from reminders.plan_terms import breaks_later, plain_plan
from reminders.queries import plans as queries
from reminders.queries.plans import get_level, get_plan
from reminders.queries.plans import plain_plan as stored_plan
from reminders.sampling import NO_LETTER, sample_letter
from reminders.step_words import step_word
from reminders.views.plans_shown import name_of_copy, plans_by_country
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
LANGUAGE_WORDS = {"nb": "Norsk", "da": "Dansk", "sv": "Svenska", "en": "English"}  # each in its own words


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_plans(request: OrganizationRequest) -> HttpResponse:
    """Every plan as a row of steps: the own ones, and the lawful ones where there is none."""
    organization = request.organization
    today, law = local_today(organization), current_law()
    countries = plans_by_country(organization, law=law, day=today)
    context = {
        "shown": [each for each in countries if each.is_used],
        "others": [each for each in countries if not each.is_used],
        "plan_count": queries.list_plans(organization).count(),
        "may_edit": request.may(Permission.EDIT_REMINDER_PLANS),
    }
    return render(request, "reminders/list_plans.html", context)


@require_POST
@organization_view(Permission.EDIT_REMINDER_PLANS)
def adopt_plan(request: OrganizationRequest) -> HttpResponse:
    """Make the lawful plan of a country and kind the organization's own, and go on to change it."""
    country, debtor = request.POST.get("country", ""), request.POST.get("debtor", "")
    if country not in {*COUNTRIES, ""} or debtor not in Debtor.values:
        messages.error(request, _("Choose the country and the kind of customers."))
        return go_to(request, _list_address(request))
    name = name_of_copy(country, Debtor(debtor))
    plan = actions.adopt_plan(
        request.organization, country=country, debtor=debtor, name=name, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("It is your own plan now. Nothing is changed yet."))
    return go_to(request, _address(request, plan.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def create_plan(request: OrganizationRequest) -> HttpResponse:
    """A new plan, beginning with the steps of another where one is named."""
    with read_only():
        sheet = PlanSheet(data=request.POST) if request.method == "POST" else _copied(request)
        if not _is_sent(request, sheet):
            return _sheet_page(request, sheet, None)
    today = local_today(request.organization)
    try:
        plan = actions.create_plan(
            request.organization, sheet.terms(), actor=request.actor, today=today, now=timezone.now()
        )
    except DomainError as refusal:
        sheet.show(refusal)
        with read_only():
            return _sheet_page(request, sheet, None)
    return _saved(request, plan, sheet)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def update_plan(request: OrganizationRequest, plan_id: UUID) -> HttpResponse:
    """Change a plan; one that breaks the law is refused, each breach at its step."""
    organization = request.organization
    with read_only():
        plan = get_plan(organization, plan_id)
        sheet = PlanSheet(data=request.POST if request.method == "POST" else None, plan=plan)
        if not _is_sent(request, sheet):
            return _sheet_page(request, sheet, plan)
    version, today = sheet.head.cleaned_data.get("version") or 0, local_today(organization)
    try:
        actions.update_plan(organization, plan_id, sheet.terms(), version=version, actor=request.actor, today=today)
    except DomainError as refusal:
        sheet.show(refusal)
        with read_only():
            return _sheet_page(request, sheet, plan)
    return _saved(request, plan, sheet)


@require_safe
@organization_view(Permission.EDIT_REMINDER_PLANS)
def new_plan_step(request: OrganizationRequest) -> HttpResponse:
    """A row for one more step of the plan's form."""
    return render(request, "reminders/_plan_step.html", {"row": empty_level()})


@require_POST
@organization_view(Permission.EDIT_REMINDER_PLANS)
def make_plan_default(request: OrganizationRequest, plan_id: UUID) -> HttpResponse:
    """Let the plan hold where no other is chosen."""
    plan = actions.make_plan_default(request.organization, plan_id, actor=request.actor)
    messages.success(request, _("%(plan)s holds where no other plan is chosen.") % {"plan": plan.name})
    return go_to(request, _list_address(request))


@require_POST
@organization_view(Permission.EDIT_REMINDER_PLANS)
def archive_plan(request: OrganizationRequest, plan_id: UUID) -> HttpResponse:
    """Take a plan out of use."""
    try:
        actions.archive_plan(request.organization, plan_id, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, _address(request, plan_id))
    messages.success(request, _("The plan is taken out of use."))
    return go_to(request, _list_address(request))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_REMINDER_PLANS)
def update_level_texts(request: OrganizationRequest, plan_id: UUID, level_id: UUID) -> HttpResponse:
    """The own words of a step in one language, with the letter as it would be."""
    organization = request.organization
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else organization.language[:2].replace("no", "nb")
    language = language if language in LANGUAGES else LANGUAGES[0]
    with read_only():
        level = get_level(organization, plan_id, level_id)
    own = level.texts.get(language, {})
    form = LevelTextsForm(
        request.POST if request.method == "POST" else None, initial={**own, "version": level.plan.version}
    )
    if form.is_bound and form.is_valid():
        own = {name: form.cleaned_data[name] for name in ("subject", "body")}
        try:
            if "preview" not in request.POST:
                return _words_saved(request, level, language, own, form.cleaned_data["version"] or 0)
        except DomainError as refusal:
            show_refusal(form, refusal)
    with read_only():
        return _words_page(request, level, form, language, own)


def _words_saved(
    request: OrganizationRequest, level: ReminderLevel, language: str, own: dict[str, str], version: int
) -> HttpResponse:
    texts = {**level.texts, language: own}
    actions.update_level_texts(
        request.organization, level.plan_id, level.pk, texts, version=version, actor=request.actor
    )
    messages.success(request, _("Saved"))
    return go_to(request, f"{request.path}?language={language}")


def _words_page(
    request: OrganizationRequest, level: ReminderLevel, form: LevelTextsForm, language: str, own: dict[str, str]
) -> HttpResponse:
    organization, now = request.organization, timezone.now()
    page = None
    if level.step not in NO_LETTER:
        day = local_today(organization)
        letter = sample_letter(
            organization, level, own, language=language, buyer_name=_("The customer"), day=day, law=current_law()
        )
        page = page_of_demand(letter, now)
    context = {
        "level": level,
        "plan": level.plan,
        "title": step_word(level.step),
        "form": form,
        "languages": [
            (code, LANGUAGE_WORDS[code], code == language, bool(level.texts.get(code))) for code in LANGUAGES
        ],
        "page": page,
        "words": WORDS,
    }
    status = INVALID if form.is_bound and form.errors else 200
    return render(request, "reminders/plan_words.html", context, status=status)


def _is_sent(request: OrganizationRequest, sheet: PlanSheet) -> bool:
    """Whether the form is to be stored: sent, readable, and not only asked for one more row."""
    if request.method != "POST":
        return False
    if "add" in request.POST:
        sheet.add()
        return False
    return sheet.is_valid()


def _copied(request: OrganizationRequest) -> PlanSheet:
    """A new plan with the steps of a stored one, or with one step."""
    try:
        plan = get_plan(request.organization, UUID(request.GET.get("copy", "")))
    except ValueError:
        initial = {"country": request.organization.country, "debtor": Debtor.BUSINESS, "spacing_days": 7}
        return PlanSheet(initial=initial, steps=[{"step": "reminder", "days": 14, "deadline_days": 14}])
    stored = PlanSheet(plan=plan)
    head = {**stored.head.initial, "name": "", "is_default": False, "version": None}
    return PlanSheet(initial=head, steps=[{**row.initial, "level_id": None} for row in stored.levels])


def _sheet_page(request: OrganizationRequest, sheet: PlanSheet, plan: ReminderPlan | None) -> HttpResponse:
    is_adding = "add" in request.POST
    organization = request.organization
    ahead = None
    if plan is not None:
        ahead = breaks_later(
            stored_plan(plan),
            country=plan.country,
            debtor=plan.debtor,
            law=current_law(),
            day=local_today(organization),
        )
    context = {
        "sheet": sheet,
        "plan": plan,
        "ahead": ahead,
        "errors": [] if is_adding else sheet.row_errors,
        "worded": [(level, step_word(level.step)) for level in plan.levels.all() if level.step not in NO_LETTER]
        if plan
        else [],
    }
    return render(request, "reminders/edit_plan.html", context, status=200 if is_adding else sheet.status)


def _saved(request: OrganizationRequest, plan: ReminderPlan, sheet: PlanSheet) -> HttpResponse:
    """Back to the plans; what a known change of the law will break is told at once."""
    terms = sheet.terms()
    messages.success(request, _("%(plan)s is saved.") % {"plan": terms.values["name"]})
    with read_only():
        ahead = breaks_later(
            plain_plan(terms),
            country=terms.values["country"],
            debtor=terms.values["debtor"],
            law=current_law(),
            day=local_today(request.organization),
        )
    if ahead is not None:
        messages.warning(request, _("The law changes: look at the plan again before it does."))
    return HttpResponseRedirect(_list_address(request) + f"#plan-{plan.pk.hex}")


def _list_address(request: OrganizationRequest) -> str:
    return reverse("reminders:list_plans", args=[request.organization.slug])


def _address(request: OrganizationRequest, plan_id: UUID) -> str:
    return reverse("reminders:update_plan", args=[request.organization.slug, plan_id])
