"""Entering a dated figure of the law: by the operator, with its source, through the login that owns the tables.

The application itself can only read these figures. Who entered one, and from which source, stands in its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from tenants.models import LawFigure

OWNER: Final = "owner"
# What the product has no row of yet: the Norwegian act of 2026 that is not in force, and its fee.
EXPECTED: Final = frozenset({"new_debt_collection_act", "fee_letter_fee_max"})


class FigureIsUnclear(DomainError):
    """A figure has a country, a known kind, days in their order, a value and a source."""


class FigureOverlaps(DomainError):
    """Another figure of the same kind holds in the same days."""


@dataclass(frozen=True, slots=True)
class NewFigure:
    """A figure as the operator tells it; `variant` None: whom the figures of this kind were for until now."""

    country: str
    kind: str
    valid_from: date
    valid_to: date | None
    value: Decimal
    unit: str
    source: str
    entered_by: str
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """The figure as it stands, and the open one that it has closed."""

    figure: LawFigure
    closed: LawFigure | None


def enter_law_figure(new: NewFigure, *, replaces: bool = False) -> Entered:
    """Store a figure; the open one before it ends on its first day, and any other overlap is refused.

    With `replaces` it takes the place of a figure of the same first day that an operator has entered.
    """
    with transaction.atomic(using=OWNER):
        alike = LawFigure.objects.using(OWNER).select_for_update().filter(country=new.country, kind=new.kind)
        _refuse_unclear(new)
        figure = _figure(new, alike)
        alike = alike.filter(variant=figure.variant)
        if replaces:
            _remove_replaced(alike, figure)
        closed = alike.filter(valid_to=None, valid_from__lt=figure.valid_from).first()
        _refuse_overlap(alike.exclude(pk=closed.pk) if closed else alike, figure)
        if closed is not None:
            closed.valid_to = figure.valid_from
            closed.save(using=OWNER, update_fields=["valid_to"])
        figure.save(using=OWNER, force_insert=True)
    return Entered(figure, closed)


def _refuse_unclear(new: NewFigure) -> None:
    known = set(LawFigure.objects.using(OWNER).values_list("kind", flat=True)) | EXPECTED
    if new.kind not in known:
        raise FigureIsUnclear(_("No figure is of the kind %(kind)s. Known are: %(known)s.") % _kinds(new.kind, known))
    if not new.source.strip():
        raise FigureIsUnclear(_("A figure of the law is entered with its source: name it with --source."))
    if not new.entered_by.strip():
        raise FigureIsUnclear(_("Say who enters the figure: --by NAME."))
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise FigureIsUnclear(_("The figure ends before it begins: --to is the first day on which it no longer holds."))
    if new.value < 0:
        raise FigureIsUnclear(_("A figure of the law is not below zero."))


def _kinds(kind: str, known: set[str]) -> dict[str, str]:
    return {"kind": kind, "known": ", ".join(sorted(known))}


def _figure(new: NewFigure, alike: QuerySet[LawFigure]) -> LawFigure:
    newest = alike.order_by("-valid_from").first()
    return LawFigure(
        country=new.country,
        kind=new.kind,
        variant=new.variant if new.variant is not None else newest.variant if newest else "",
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        value=new.value,
        unit=(new.unit or (newest.unit if newest else ""))[:20],
        source=new.source.strip()[:300],
        entered_by=new.entered_by.strip()[:120],
    )


def _remove_replaced(alike: QuerySet[LawFigure], figure: LawFigure) -> None:
    found = alike.filter(valid_from=figure.valid_from).exclude(entered_by="").first()
    if found is None:
        raise FigureIsUnclear(_("No figure of that first day was entered by an operator: there is none to replace."))
    found.delete(using=OWNER)


def _refuse_overlap(alike: QuerySet[LawFigure], figure: LawFigure) -> None:
    until = Q(valid_from__lt=figure.valid_to) if figure.valid_to else Q()
    found = alike.filter(Q(valid_to=None) | Q(valid_to__gt=figure.valid_from)).filter(until).order_by("valid_from")
    for other in found:
        raise FigureOverlaps(
            _("%(value)s holds already from %(first)s until %(last)s (%(source)s). Choose days that are free.")
            % {
                "value": other.value.normalize(),
                "first": other.valid_from,
                "last": other.valid_to or "…",
                "source": other.source,
            }
        )
