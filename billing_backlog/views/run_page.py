"""What the page of a billing run shows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from billing_backlog.forms.runs import AnswerForm, ApprovalForm, ControlForm, HoldForm, ReasonForm, ReturnForm
from billing_backlog.models import BillingRun, RunFacility
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import Rehearsal, rehearse_run
from billing_backlog.queries.run_files import files_of_run, waits_for_file
from billing_backlog.runs.differences import DifferenceKind
from billing_backlog.runs.overview import Overview, overview_of
from billing_backlog.runs.stored import stored_row
from billing_backlog.views.run_file_page import STAGES, stage_of
from foundation.dates import add_months
from foundation.templatetags.formatting import format_day, language_of_page
from invoicing.models import Invoice
from tenants.permissions import OrganizationRequest, Permission

LOOKED_AT_MAX = 200

DIFFERENCE_WORDS: dict[str, tuple[Any, str]] = {
    DifferenceKind.NEW: (gettext_lazy("New payer"), "warn"),
    DifferenceKind.MISSING: (gettext_lazy("Nothing this time"), "warn"),
    DifferenceKind.UP: (gettext_lazy("More than last time"), "warn"),
    DifferenceKind.DOWN: (gettext_lazy("Less than last time"), "warn"),
    DifferenceKind.DOUBLED: (gettext_lazy("Twice as many lines"), "warn"),
    DifferenceKind.ZERO: (gettext_lazy("Comes to nothing"), "warn"),
    DifferenceKind.FIRST_PRICE: (gettext_lazy("First time at this price"), "warn"),
    DifferenceKind.OWN_PRICE: (gettext_lazy("Price differs from the list"), "warn"),
}
OBSTACLE_WORDS: dict[str, tuple[Any, str]] = {
    "no_identifier": (gettext_lazy("No customer id"), "bad"),
    "over_limit": (gettext_lazy("Over the limit"), "warn"),
    "unreleased": (gettext_lazy("Not released"), "wait"),
    "not_ready": (gettext_lazy("Not ready"), "wait"),
    "held": (pgettext_lazy("billing run", "Held back"), "disputed"),
}


def first_values(today: date) -> dict[str, Any]:
    """What a new run begins with: the month that ended last, with a window from the 1st to the 9th (M-136)."""
    first = add_months(today.replace(day=1), -1)
    return {
        "period_from": first,
        "until": today.replace(day=1) - timedelta(days=1),
        "opens_on": today.replace(day=1),
        "closes_on": today.replace(day=9),
        "change_percent": Decimal(10),
    }


def run_page(
    request: OrganizationRequest, run_id: UUID, *, refused: forms.BaseForm | None = None, at: str = ""
) -> dict[str, Any]:
    """Everything on the page: the steps, the sums, each customer, what to look at, and the forms of the next step."""
    organization = request.organization
    run = queries.get_run(organization, run_id)
    rehearsal = None if run.is_frozen else rehearse_run(organization, run)
    documents = queries.documents_of(organization, run)
    overview = _overview(request, run, rehearsal)
    places = queries.facilities_of(organization, run)
    billed = sum((each.net_amount for each in documents), Decimal(0))
    filed = _filed(request, run)
    return {
        "run": run,
        **filed,
        "overview": overview,
        "difference": overview.prepared - overview.held_amount - (billed if documents else overview.amount),
        "customers": [(line, [OBSTACLE_WORDS[each] for each in line.obstacles]) for line in overview.customers],
        "places": [(place, _control_form(place, refused, at)) for place in places],
        "finished": len(_finished_places(places)),
        "finished_places": _finished_places(places),
        "billed_customers": _billed_customers(overview),
        "looked_at": _looked_at(rehearsal),
        "unanswered": len(rehearsal.unanswered) if rehearsal else 0,
        "obstacles": _obstacles(rehearsal),
        "documents": documents,
        "drafts": sum(1 for each in documents if each.is_draft),
        "generated": billed,
        "steps": _steps(run, places, overview, documents, filed),
        "refused": refused,
        "at": at,
        "answer_form": AnswerForm(),
        "hold_form": _again(refused, at, "hold") or HoldForm(customers=_billed_customers(overview)),
        "return_form": _again(refused, at, "back") or ReturnForm(places=_finished_places(places)),
        "reason_form": refused if at == "undo" else ReasonForm(),
        "approval_form": refused if at == "approve" else ApprovalForm(),
        "may_prepare": request.may(Permission.PREPARE_RUNS) and not run.is_frozen and run.undone_at is None,
        "may_approve": request.may(Permission.APPROVE_RUNS) and run.undone_at is None,
        "may_finalize": request.may(Permission.FINALIZE_INVOICES),
        "is_own": run.needs_second_person and run.prepared_by_id == request.user.pk,
    }


def _filed(request: OrganizationRequest, run: BillingRun) -> dict[str, Any]:
    """The files that hold a run whose invoices are issued elsewhere, and whether some of it waits for one."""
    if run.target_id is None or run.generated_at is None:
        return {"run_files": [], "waits_for_file": False}
    return {
        "run_files": [(file, STAGES[stage_of(file)]) for file in files_of_run(request.organization, run)],
        "waits_for_file": waits_for_file(request.organization, run),
    }


def _again(refused: forms.BaseForm | None, at: str, name: str) -> forms.BaseForm | None:
    return refused if at == name else None


def _billed_customers(overview: Overview) -> list[tuple[str, str]]:
    return [(str(line.customer_id), line.customer) for line in overview.customers if line.count]


def _finished_places(places: list[RunFacility]) -> list[tuple[str, str]]:
    return [(str(place.facility_id), str(place.facility)) for place in places if place.finished_at]


def _overview(request: OrganizationRequest, run: BillingRun, rehearsal: Rehearsal | None) -> Overview:
    past = queries.past_of(request.organization, run)
    if rehearsal is not None:
        return overview_of(rehearsal.rows, [(each.row, each.obstacle) for each in rehearsal.obstacles], past)
    frozen = queries.frozen_rows(request.organization, run)
    return overview_of([stored_row(row.content) for row in frozen], [], past)


def _control_form(place: RunFacility, refused: forms.BaseForm | None, at: str) -> forms.BaseForm:
    """The form of one facility; its fields have ids of their own, since several stand on the page."""
    if refused is not None and at == str(place.facility_id):
        return refused
    return ControlForm(auto_id=f"id_{place.facility_id}_%s")


def _looked_at(rehearsal: Rehearsal | None) -> list[dict[str, Any]]:
    if rehearsal is None:
        return []
    open_keys = {each.key for each in rehearsal.unanswered}
    told = sorted(rehearsal.differences, key=lambda each: each.key not in open_keys)
    return [
        {
            "difference": each,
            "words": DIFFERENCE_WORDS[each.kind][0],
            "is_open": each.key in open_keys,
        }
        for each in told[:LOOKED_AT_MAX]
    ]


def _obstacles(rehearsal: Rehearsal | None) -> list[tuple[Any, str, int]]:
    counts: dict[str, int] = {}
    for each in rehearsal.obstacles if rehearsal else []:
        counts[each.obstacle] = counts.get(each.obstacle, 0) + 1
    return [(*OBSTACLE_WORDS[name], count) for name, count in counts.items()]


def _steps(
    run: BillingRun,
    places: list[RunFacility],
    overview: Overview,
    documents: list[Invoice],
    filed: dict[str, Any],
) -> list[dict[str, Any]]:
    """The way of a run, with what is done and which step is next."""
    language = language_of_page()
    finished = sum(1 for place in places if place.finished_at)
    count = overview.billed_customers
    steps = []
    if run.opens_on and run.closes_on:
        window = f"{format_day(run.opens_on, language)}–{format_day(run.closes_on, language)}"
        steps.append((_("Window"), True, window))
    if places:
        said = _("%(done)s of %(all)s facilities") % {"done": finished, "all": len(places)}
        steps.append((_("Prepared"), finished == len(places), said))
    invoices = ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count}
    done = sum(1 for each in documents if not each.is_draft)
    numbered = ngettext("%(count)s invoice", "%(count)s invoices", done) % {"count": done}
    steps += [
        (_("Frozen"), run.is_frozen, run.frozen_by),
        (_("Approved"), run.approved_at is not None, run.approved_by),
    ]
    if run.target is not None:
        steps += _file_steps(run, filed)
    else:
        steps += [
            (_("Generated"), run.generated_at is not None, invoices if run.generated_at else ""),
            (_("Finalized"), bool(documents) and done == len(documents), numbered if done else ""),
        ]
    next_step = next((place for place, (_word, is_done, _said) in enumerate(steps) if not is_done), len(steps))
    return [
        {"word": word, "is_done": is_done, "said": said, "is_next": place == next_step and run.undone_at is None}
        for place, (word, is_done, said) in enumerate(steps)
    ]


def _file_steps(run: BillingRun, filed: dict[str, Any]) -> list[tuple[str, bool, str]]:
    """The way of what is invoiced elsewhere: ready, in a file, handed over, received."""
    files = [file for file, _words in filed["run_files"]]
    is_filed = bool(files) and not filed["waits_for_file"]
    return [
        (_("Ready for generation"), run.generated_at is not None, str(run.target)),
        (_("In a file"), is_filed, ", ".join(file.name for file in files)),
        (_("Handed over"), is_filed and all(file.transferred_at for file in files), ""),
        (_("Receipt"), is_filed and all(file.received_at for file in files), ""),
    ]
