"""What the pages of finance files show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from billing_backlog.forms.run_files import ErrorsForm, GenerateForm, ReceiptForm
from billing_backlog.forms.runs import ReasonForm
from billing_backlog.handing import words_of
from billing_backlog.models import FinanceTarget, Handing, RunFile
from billing_backlog.queries import run_files as queries
from foundation.templatetags.formatting import format_amount, language_of_page
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission

STAGES: dict[str, tuple[Any, str]] = {
    "undone": (gettext_lazy("Undone"), "void"),
    "errors": (gettext_lazy("Errors to correct"), "bad"),
    "received": (pgettext_lazy("finance file", "Received"), "paid"),
    "transferred": (pgettext_lazy("finance file", "Handed over"), "wait"),
    "generated": (pgettext_lazy("finance file", "Generated"), "draft"),
}


def stage_of(file: RunFile) -> str:
    """Where a file stands; `with_stage` has counted its errors."""
    if file.undone_at is not None:
        return "undone"
    if file.open_errors:  # type: ignore[attr-defined]  # annotated by with_stage
        return "errors"
    if file.received_at is not None:
        return "received"
    return "transferred" if file.transferred_at is not None else "generated"


def files_page(request: OrganizationRequest, *, refused: forms.BaseForm | None = None, at: str = "") -> dict[str, Any]:
    """The files with their stage, and what is ready for generation for each finance system."""
    organization = request.organization
    return {
        "files": [(file, STAGES[stage_of(file)]) for file in queries.list_files(organization)],
        "waiting": [
            each
            for target in queries.active_targets(organization)
            if (each := _waiting(request, target, refused if at == str(target.pk) else None)) is not None
        ],
        "may_generate": request.may(Permission.APPROVE_RUNS),
    }


def _waiting(
    request: OrganizationRequest, target: FinanceTarget, refused: forms.BaseForm | None
) -> dict[str, Any] | None:
    prepared = queries.prepared_runs(request.organization, target)
    if not prepared:
        return None
    until = max(each.run.until for each in prepared)
    return {
        "target": target,
        "prepared": prepared,
        "awaited": queries.awaited_runs(request.organization, target, until),
        "form": refused or generate_form(target, prepared),
    }


def generate_form(target: FinanceTarget, prepared: list[queries.Prepared], data: Any = None) -> GenerateForm:
    """The form by which prepared runs become a file; all of them are chosen to begin with."""
    language = language_of_page()
    runs = [
        (str(each.run.pk), f"{each.run.name} · {_lines(each.lines)} · {format_amount(each.amount, language)}")
        for each in prepared
    ]
    initial = {"run": [key for key, _words in runs], "key": jobs.new_key()}
    return GenerateForm(data, runs=runs, initial=initial, auto_id=f"id_{target.pk}_%s")


def _lines(count: int) -> str:
    return ngettext("%(count)s line", "%(count)s lines", count) % {"count": count}


def file_page(
    request: OrganizationRequest, file_id: UUID, *, refused: forms.BaseForm | None = None, at: str = ""
) -> dict[str, Any]:
    """One file: its identity, what became of it, and the next step."""
    organization = request.organization
    file = queries.get_file(organization, file_id)
    stage = stage_of(file)
    return {
        "file": file,
        "stage": stage,
        "stage_words": STAGES[stage],
        "steps": _steps(file, stage),
        "place": words_of(file.target),
        "is_by_hand": file.target.handing == Handing.BY_HAND,
        "runs": queries.runs_of_file(organization, file),
        "attempts": queries.attempts_of(organization, file),
        "receipts": queries.receipts_of(organization, file),
        "errors": queries.errors_of(organization, file),
        "correction": queries.correction_of(organization, file),
        "refused": refused,
        "at": at,
        "receipt_form": refused if at == "receipt" else ReceiptForm(),
        "errors_form": refused if at == "errors" else ErrorsForm(),
        "reason_form": refused if at == "undo" else ReasonForm(),
        "may_hand_over": request.may(Permission.APPROVE_RUNS),
        "may_prepare": request.may(Permission.PREPARE_RUNS),
    }


def _steps(file: RunFile, stage: str) -> list[dict[str, Any]]:
    """The way of a file, with what is done and which step is next."""
    steps = [
        (str(STAGES["generated"][0]), True, file.made_by),
        (str(STAGES["transferred"][0]), file.transferred_at is not None, str(file.target)),
        (_("Receipt"), file.received_at is not None, ""),
    ]
    if file.errors:  # type: ignore[attr-defined]  # annotated by with_stage
        steps.append((_("Errors corrected"), stage != "errors", ""))
    next_step = next((place for place, (_word, is_done, _said) in enumerate(steps) if not is_done), len(steps))
    return [
        {"word": word, "is_done": is_done, "said": said, "is_next": place == next_step and stage != "undone"}
        for place, (word, is_done, said) in enumerate(steps)
    ]
