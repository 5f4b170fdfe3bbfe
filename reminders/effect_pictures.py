"""What was paid after which step as a picture: the numbers of its SVG, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from foundation import charts
from reminders.models import StepChoice
from reminders.queries.effect import AFTER_DUE, AT_AGENCY, BEFORE_DUE, StepShare

# A step keeps its colour, whichever others were paid after.
STYLES: Final = {
    BEFORE_DUE: "b0",
    StepChoice.NOTICE.value: "b0",
    AFTER_DUE: "b1",
    StepChoice.FRIENDLY.value: "b1",
    StepChoice.REMINDER.value: "b2",
    StepChoice.COLLECTION_NOTICE.value: "b3",
    StepChoice.PAYMENT_DEMAND.value: "b3",
    AT_AGENCY: "b4",
}


def steps_picture(shares: Sequence[StepShare]) -> dict[str, Any] | None:
    """The shares as lying bars, in the order of the road; None where nothing was paid."""
    values = [(share.label, share.percent) for share in shares]
    if not values:
        return None
    words = "; ".join(f"{label} {percent} %" for label, percent in values)
    bars = [replace(bar, style=STYLES[share.step]) for bar, share in zip(charts.bars(values), shares, strict=True)]
    return {"bars": bars, "height": len(values) * charts.BAR_STEP, "words": words}
