"""What follows from what is decided about billing by itself, said in a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing_backlog.automation import Automation, Period, Posting, Timing

_NOTHING = _("Nothing is made by itself: work that is done waits in the backlog.")
_COLLECTED: dict[tuple[Timing, Period], Any] = {
    (Timing.DONE, Period.WEEK): _(
        "When work is done it is put on the customer’s open draft of the week. You finalize the draft when the week is "
        "over."
    ),
    (Timing.DONE, Period.MONTH): _(
        "When work is done it is put on the customer’s open draft of the month. You finalize the draft when the month "
        "is over."
    ),
    (Timing.NIGHT_BEFORE, Period.WEEK): _(
        "The night before, planned visits are put on a draft. When their day begins they join the customer’s draft of "
        "the week, which you finalize when the week is over."
    ),
    (Timing.NIGHT_BEFORE, Period.MONTH): _(
        "The night before, planned visits are put on a draft. When their day begins they join the customer’s draft of "
        "the month, which you finalize when the month is over."
    ),
}
_FINALIZED: dict[tuple[Timing, bool], Any] = {
    (Timing.DONE, True): _("When work is done its invoice is made, numbered and sent."),
    (Timing.DONE, False): _("When work is done its invoice is made and numbered. Nothing is sent."),
    (Timing.NIGHT_BEFORE, True): _(
        "The night before, the invoice is formed, dated on the day of the work. When that day begins it is numbered "
        "and sent. If the visit is cancelled, it is taken back."
    ),
    (Timing.NIGHT_BEFORE, False): _(
        "The night before, the invoice is formed, dated on the day of the work. When that day begins it is numbered, "
        "to be printed and brought along. If the visit is cancelled, it is taken back."
    ),
}


def sentence_of(way: Automation) -> str:
    """What becomes of the work of a customer for whom this holds."""
    if way.posting == Posting.NONE:
        return str(_NOTHING)
    if way.posting == Posting.COLLECT:
        return str(_COLLECTED[way.timing, way.period])
    return str(_FINALIZED[way.timing, way.sends])
