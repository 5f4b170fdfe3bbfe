"""Pictures of figures as the numbers of an SVG: scales, bars and lines. Pure: no words of a language, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

WIDTH = 600  # of a wide chart's own coordinates
LEFT, RIGHT, TOP, BOTTOM = 56, 592, 24, 150
BAR_LEFT, BAR_LENGTH_MAX, BAR_STEP = 98, 202, 27
STEPS = 3  # lines across a chart above the lowest
BAR_SHARE = Decimal("0.62")  # of a column's place that its bar takes
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Bar:
    """One lying bar with the place of its words."""

    label: Any
    value: Decimal
    width: Decimal
    y: int
    style: str

    @property
    def text_y(self) -> int:
        """The line that the words stand on."""
        return self.y + 11

    @property
    def value_x(self) -> Decimal:
        """Where the amount is written."""
        return BAR_LEFT + self.width + 8


@dataclass(frozen=True, slots=True)
class Column:
    """One standing bar, or one point of a line."""

    label: Any
    value: Decimal
    x: Decimal  # the middle
    y: Decimal
    width: Decimal = Decimal(0)
    is_named: bool = True

    @property
    def left(self) -> Decimal:
        """The left edge of the bar."""
        return self.x - self.width / 2

    @property
    def height(self) -> Decimal:
        """From the lowest line up."""
        return BOTTOM - self.y


@dataclass(frozen=True, slots=True)
class Grid:
    """One line across the chart with its value."""

    value: Decimal
    y: Decimal

    @property
    def text_y(self) -> Decimal:
        """The line that the value stands on."""
        return self.y + 4


@dataclass(frozen=True, slots=True)
class Chart:
    """A wide chart: its lines across and its columns or points from left to right."""

    grid: tuple[Grid, ...]
    columns: tuple[Column, ...]

    @property
    def line(self) -> str:
        """The path through all points."""
        return "".join(f"{'L' if place else 'M'}{point.x} {point.y}" for place, point in enumerate(self.columns))

    @property
    def area(self) -> str:
        """The path of what lies under the line."""
        if not self.columns:
            return ""
        return f"{self.line}L{self.columns[-1].x} {BOTTOM}L{self.columns[0].x} {BOTTOM}z"


def bars(values: Sequence[tuple[Any, Decimal]]) -> list[Bar]:
    """Lying bars below one another, the longest as long as there is room; nothing below zero is drawn."""
    most = max((value for _label, value in values), default=Decimal(0))
    return [
        Bar(
            label=label,
            value=value,
            width=max(Decimal(0), value * BAR_LENGTH_MAX / most).quantize(TENTH) if most > 0 else Decimal(0),
            y=2 + place * BAR_STEP,
            style=f"b{min(place, 4)}",
        )
        for place, (label, value) in enumerate(values)
    ]


def columns(values: Sequence[tuple[Any, Decimal]], *, named_every: int = 1, at_edges: bool = False) -> Chart:
    """Columns from left to right over a scale of round numbers; points of a line stand at the edges."""
    top = round_top(max((value for _label, value in values), default=Decimal(0)))
    count = len(values)
    room = Decimal(RIGHT - LEFT)
    step = room / max(1, count - 1 if at_edges else count)
    made = [
        Column(
            label=label,
            value=value,
            x=(LEFT + step * (place if at_edges else place + Decimal("0.5"))).quantize(TENTH),
            y=_height(value, top),
            width=(step * BAR_SHARE).quantize(TENTH),
            is_named=(count - 1 - place) % named_every == 0,
        )
        for place, (label, value) in enumerate(values)
    ]
    lines = [Grid(top * part / STEPS, _height(top * part / STEPS, top)) for part in range(STEPS + 1)]
    return Chart(tuple(lines), tuple(made))


def _height(value: Decimal, top: Decimal) -> Decimal:
    share = max(Decimal(0), min(value, top)) / top
    return (BOTTOM - share * (BOTTOM - TOP)).quantize(TENTH)


def round_top(most: Decimal) -> Decimal:
    """The end of a scale: at least the largest value, and a round number on each of its lines."""
    if most <= 0:
        return Decimal(STEPS)
    part = most / STEPS
    power = Decimal(10) ** part.adjusted()
    for round_part in (1, 2, 5, 10):
        if round_part * power >= part:
            return STEPS * round_part * power
    return (part / power).to_integral_value(ROUND_CEILING) * power * STEPS
