"""The effect of reminders as files: begun once, written by a worker, kept for whoever asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.spreadsheets import Cell, FileFormat
from payments.actions.reports import write_table_file
from payments.reports.tables import Table
from reminders.queries.effect import month_steps
from reminders.queries.trying import CLAIMS_MAX, list_candidates, steps_beside, try_plan
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "reminders.export_effect"


@dataclass(frozen=True, slots=True)
class EffectAsked:
    """As of which day, and with which plan instead."""

    today: date
    plan: str = ""


@transaction.atomic
def export_effect(
    organization: Organization, report: str, asked: EffectAsked, *, file_format: FileFormat, actor: Actor, key: str
) -> Job:
    """Begin the job that writes the effect of reminders, or of a plan that is tried, into a file."""
    parameters = {
        "report": report,
        "file_format": file_format.value,
        "today": asked.today.isoformat(),
        "plan": asked.plan,
    }
    return jobs.start(organization, EXPORT, actor=actor, parameters=parameters, key=key)


def write_effect(work: Work) -> None:
    """Write all rows of the table, and keep the file under its hash; a job that is stopped leaves none."""
    parameters = work.job.parameters
    asked = EffectAsked(date.fromisoformat(parameters["today"]), parameters["plan"])
    table = _TABLES[parameters["report"]]
    write_table_file(work, table, asked, f"{table.title} {asked.today.isoformat()}")


def _effect_header(organization: Organization) -> Sequence[str]:
    money = organization.base_currency
    return [
        _("Month"),
        _("Step"),
        _("Sent"),
        _("Reached nobody"),
        f"{_('Fees and interest')}, {money}",
        f"{_('Paid after the step')}, {money}",
        _("Claims settled"),
    ]


def _effect_rows(organization: Organization, asked: EffectAsked) -> Iterator[Sequence[Cell]]:
    for row in month_steps(organization, today=asked.today):
        yield [row.month, str(row.label), row.sent, row.withdrawn, row.added, row.amount, row.claims]


def _simulation_header(_organization: Organization) -> Sequence[str]:
    return [
        _("Step"),
        _("Letters, present plans"),
        _("Letters, tried plan"),
        _("Fees, present plans"),
        _("Fees, tried plan"),
        _("Compensation, present plans"),
        _("Compensation, tried plan"),
        _("Paid before it, present plans"),
        _("Paid before it, tried plan"),
    ]


def _simulation_rows(organization: Organization, asked: EffectAsked) -> Iterator[Sequence[Cell]]:
    candidates = {each.key: each for each in list_candidates(organization)}
    if asked.plan not in candidates:
        return  # the plan was archived since
    tried = try_plan(organization, candidates[asked.plan], today=asked.today, most=CLAIMS_MAX)
    for row in steps_beside(tried):
        yield [
            str(row.label),
            row.present.letters,
            row.changed.letters,
            row.present.fees,
            row.changed.fees,
            row.present.compensation,
            row.changed.compensation,
            row.paid_before_present,
            row.paid_before_changed,
        ]


_TABLES = {
    "effect": Table(gettext_lazy("Effect of reminders"), _effect_header, _effect_rows),
    "simulation": Table(gettext_lazy("Plan tried on last year"), _simulation_header, _simulation_rows),
}
