"""Each report with its columns: the same rows on the screen and in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.reports import answers
from billing_backlog.reports.answers import Answer
from billing_backlog.reports.asked import WorkAsked
from tenants.models import Organization


class CellKind(StrEnum):
    """How a column is shown."""

    TEXT = "text"
    DAY = "day"
    AMOUNT = "amount"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, how it is shown, and whether a narrow screen leaves it out."""

    label: Any
    kind: CellKind = CellKind.TEXT
    is_folded: bool = False
    is_summed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReport:
    """A report: what it answers, its columns and rows, and where the currency of a row stands."""

    title: Any
    text: Any
    columns: Sequence[Column]
    rows: Callable[[Organization, WorkAsked], Iterator[Answer]]
    currency_place: int
    has_period: bool = False
    url_name: str


def _amount(label: Any, *, is_folded: bool = True, is_summed: bool = True) -> Column:
    return Column(label, CellKind.AMOUNT, is_folded, is_summed)


_NUMBER, _PROJECT = Column(gettext_lazy("Project number")), Column(gettext_lazy("Project"))
_CUSTOMER = Column(gettext_lazy("Customer"), is_folded=True)
_CONTRACT = (Column(gettext_lazy("Contract number")), Column(gettext_lazy("Contract")))
_CURRENCY = Column(gettext_lazy("Currency"), is_folded=True)

WORK_REPORTS: Mapping[str, WorkReport] = {
    "unbilled": WorkReport(
        url_name="billing_backlog:report_unbilled",
        title=gettext_lazy("Unbilled value by age"),
        text=gettext_lazy("What is done and stands on no document, by days since the work"),
        columns=(
            _NUMBER,
            _PROJECT,
            _CUSTOMER,
            _CURRENCY,
            _amount(gettext_lazy("0–30 days")),
            _amount(gettext_lazy("31–60 days")),
            _amount(gettext_lazy("61–90 days")),
            _amount(gettext_lazy("Over 90 days")),
            _amount(gettext_lazy("Unbilled"), is_folded=False),
            Column(gettext_lazy("Oldest, days"), CellKind.NUMBER, is_folded=True),
        ),
        rows=answers.unbilled_by_age,
        currency_place=3,
    ),
    "days": WorkReport(
        url_name="billing_backlog:report_days",
        title=gettext_lazy("Days from work to invoice"),
        text=gettext_lazy("How long work waits for its invoice, project by project"),
        columns=(
            _NUMBER,
            _PROJECT,
            _CURRENCY,
            Column(gettext_lazy("Lines"), CellKind.NUMBER, is_folded=True),
            _amount(pgettext_lazy("amount", "Billed"), is_folded=True),
            Column(gettext_lazy("Days on average"), CellKind.NUMBER, is_folded=True),
            Column(gettext_lazy("Days, weighed by amount"), CellKind.NUMBER),
            Column(gettext_lazy("Longest, days"), CellKind.NUMBER, is_folded=True),
        ),
        rows=answers.lag_to_invoice,
        currency_place=2,
        has_period=True,
    ),
    "contracts": WorkReport(
        url_name="billing_backlog:report_contracts",
        title=gettext_lazy("Billed against contract value"),
        text=gettext_lazy("What was agreed, what is billed of it and what remains"),
        columns=(
            *_CONTRACT,
            _CUSTOMER,
            _CURRENCY,
            _amount(gettext_lazy("Contract value")),
            _amount(gettext_lazy("Not to exceed"), is_summed=False),
            _amount(pgettext_lazy("amount", "Billed"), is_folded=False),
            _amount(gettext_lazy("On drafts")),
            _amount(gettext_lazy("Unbilled")),
            _amount(gettext_lazy("Remaining")),
        ),
        rows=answers.billed_against_value,
        currency_place=3,
    ),
    "write_offs": WorkReport(
        url_name="billing_backlog:report_write_offs",
        title=gettext_lazy("Work written off"),
        text=gettext_lazy("What was given up, by whom and why"),
        columns=(
            Column(gettext_lazy("Day"), CellKind.DAY),
            Column(gettext_lazy("Project number"), is_folded=True),
            _CUSTOMER,
            Column(gettext_lazy("Text"), is_folded=True),
            _CURRENCY,
            Column(gettext_lazy("Quantity"), CellKind.NUMBER, is_folded=True),
            _amount(gettext_lazy("Amount"), is_folded=False),
            Column(gettext_lazy("Reason")),
            Column(gettext_lazy("By"), is_folded=True),
        ),
        rows=answers.write_offs,
        currency_place=4,
        has_period=True,
    ),
    "runs": WorkReport(
        url_name="billing_backlog:report_runs",
        title=gettext_lazy("Coming run dates"),
        text=gettext_lazy("When schedules bill next, and what is ready for them"),
        columns=(
            Column(gettext_lazy("Run date"), CellKind.DAY),
            Column(gettext_lazy("Work through"), CellKind.DAY, is_folded=True),
            Column(gettext_lazy("Contract number"), is_folded=True),
            Column(gettext_lazy("Contract")),
            _CUSTOMER,
            Column(gettext_lazy("Lines"), is_folded=True),
            _CURRENCY,
            _amount(gettext_lazy("Ready now"), is_folded=False, is_summed=False),
            _amount(gettext_lazy("Not ready"), is_summed=False),
        ),
        rows=answers.runs_to_come,
        currency_place=6,
    ),
}
