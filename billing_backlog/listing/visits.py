"""Visits as lists show them: where each stands, read off what was done, and the documents that bill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.models import BacklogItem, Visit
from billing_backlog.queries.standing import Standing, standing_of
from billing_backlog.queries.stands import Stand, stands_of
from billing_backlog.queries.visits import items_of_visits, lines_of_items
from customers.units import unit_word
from foundation.templatetags.formatting import language_of_page
from invoicing.models import Invoice
from tenants.models import Organization


class VisitState(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    DONE = "done"
    DRAFTED = "drafted"
    BILLED = "billed"
    CANCELLED = "cancelled"


LABELS: dict[VisitState, Any] = {
    VisitState.PLANNED: pgettext_lazy("visit", "Planned"),
    VisitState.DONE: pgettext_lazy("visit", "Done"),
    VisitState.DRAFTED: gettext_lazy("On a draft"),
    VisitState.BILLED: gettext_lazy("Invoiced"),
    VisitState.CANCELLED: gettext_lazy("Cancelled"),
}
TONES = {
    VisitState.PLANNED: "wait",
    VisitState.DONE: "ok",
    VisitState.DRAFTED: "draft",
    VisitState.BILLED: "final",
    VisitState.CANCELLED: "credited",
}
STATES = (VisitState.PLANNED, VisitState.DONE, VisitState.BILLED, VisitState.CANCELLED)  # that can be asked for


@dataclass(frozen=True, slots=True)
class VisitDocument:
    """A document that bills a visit, or takes the bill back, and where it stands."""

    invoice: Invoice
    stand: Stand


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with its work in the backlog and the documents of that."""

    visit: Visit
    unit: str
    items: tuple[tuple[BacklogItem, Standing], ...] = ()
    documents: tuple[VisitDocument, ...] = ()

    @property
    def state(self) -> VisitState:
        """Where it stands."""
        if self.visit.is_cancelled:
            return VisitState.CANCELLED
        if any(standing.on_draft for _item, standing in self.items):
            return VisitState.DRAFTED
        if any(standing.billed for _item, standing in self.items):
            return VisitState.BILLED
        return VisitState.DONE if self.visit.is_done else VisitState.PLANNED

    @property
    def label(self) -> str:
        """Its state in words."""
        return str(LABELS[self.state])

    @property
    def tone(self) -> str:
        """How the state's pill looks."""
        return TONES[self.state]


def visit_rows(organization: Organization, visits: Sequence[Visit], *, today: date) -> list[VisitRow]:
    """The visits with what became of them, in as many statements as one takes."""
    language = language_of_page()
    items = items_of_visits(organization, [visit.pk for visit in visits])
    every = [item for each in items.values() for item in each]
    standing = standing_of(organization, every)
    lines = lines_of_items(organization, [item.pk for item in every])
    stands = stands_of(organization, {line.invoice_id: line.invoice for line in lines}.values(), today=today)
    documents: dict[UUID, dict[UUID, VisitDocument]] = {}
    for line in lines:
        told = VisitDocument(line.invoice, stands[line.invoice_id])
        documents.setdefault(line.source_id, {})[line.invoice_id] = told  # type: ignore[arg-type]  # asked for
    return [
        VisitRow(
            visit,
            unit_word(visit.unit_code, visit.quantity, language),
            tuple((item, standing[item.pk]) for item in items.get(visit.pk, ())),
            tuple(
                {
                    key: document
                    for item in items.get(visit.pk, ())
                    for key, document in documents.get(item.pk, {}).items()
                }.values()
            ),
        )
        for visit in visits
    ]
