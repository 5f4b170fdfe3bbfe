"""What a confirmation is bound to: the work on the lines of a draft, which nobody changes unseen after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from invoicing.corrections import REPLACES
from invoicing.models import InvoiceLine

CONFIRMED_BY = "confirmed_by"  # in a line's source: who has confirmed what it says
CONFIRMED_ON = "confirmed_on"
HIDES_NAMES = "hides_names"  # the customer is not told who did and approved the work
SUBSCRIPTIONS = "subscriptions"  # in a line's source: who told of the work, when it is charged period by period
WHOLE = "whole"  # in a line's source under "credit": a part of it is never credited (M-052)
Work = dict[UUID, tuple[Any, ...]]


def work_on(lines: Iterable[InvoiceLine]) -> Work:
    """What is billed by each line: of which thing, how much, at which price and whether it is charged."""
    return {
        line.pk: (
            line.source_id,
            line.quantity,
            line.unit_code,
            line.unit_price,
            line.discount_percent,
            line.discount_amount,
            line.charge_kind,
        )
        for line in lines
    }


def is_confirmed(lines: Iterable[InvoiceLine]) -> bool:
    """Whether somebody has confirmed the work on these lines; a correction stands on its own."""
    return any(CONFIRMED_BY in line.source and REPLACES not in line.source for line in lines)
