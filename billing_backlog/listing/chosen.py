"""Which items somebody has chosen in the list: one by one, or all that the list finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from billing_backlog.errors import ItemIsUnclear
from billing_backlog.listing.asked import request_of
from billing_backlog.listing.finding import Reader, matching, unswept, visible_items

CHOSEN_MAX = 10_000
QUERY_LENGTH_MAX = 2_000


def chosen_ids(reader: Reader, form: QueryDict) -> list[UUID]:
    """The ids of the chosen items among the visible ones, in the list's order of days; refuses none and too many."""
    if form.get("all") == "1":
        found = _all_that(reader, form)
    else:
        typed = _ids(form.getlist("id"))
        visible = set(visible_items(reader).filter(pk__in=typed).values_list("pk", flat=True))
        found = [key for key in typed if key in visible]
    if not found:
        raise ItemIsUnclear(_("Nothing is chosen. Tick some lines in the list and try again."))
    if len(found) > CHOSEN_MAX:
        raise ItemIsUnclear(
            _("At most %(most)s lines at a time. Narrow the filter and try again.") % {"most": CHOSEN_MAX}
        )
    return found


def asked_in(form: Mapping[str, str]) -> QueryDict:
    """The list's own address as the form carries it."""
    return QueryDict(form.get("query", "").removeprefix("?")[:QUERY_LENGTH_MAX])


def _all_that(reader: Reader, form: QueryDict) -> list[UUID]:
    wanted = request_of(asked_in(form).dict())
    found = matching(reader, wanted, unswept(reader.organization, reader.now))
    return list(found.select_related(None).order_by("-day", "-id").values_list("pk", flat=True)[: CHOSEN_MAX + 1])


def _ids(typed: Sequence[str]) -> list[UUID]:
    found: dict[UUID, None] = {}
    for text in typed[: CHOSEN_MAX + 1]:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
    return list(found)
