"""Lists for machines: pages by the key of their last row, from a cursor that the page before has given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import Field

from foundation.api.problems import CallRefused
from foundation.api.values import Sent, Text
from foundation.keyset import CURSOR_LENGTH_MAX, Key, Page, is_cursor, page_of

LIMIT_MAX = 200
_M = TypeVar("_M", bound=Model)


class PageAsked(Sent):
    """Which part of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=LIMIT_MAX, description="How many at most.")
    after: Text = Field(
        default="", max_length=CURSOR_LENGTH_MAX, description="`next` of the page before; empty for the first."
    )


def page_after(rows: QuerySet[_M], keys: Sequence[Key], asked: PageAsked) -> Page[_M]:
    """The page that is asked for; a cursor that we did not give is refused, or a loop would begin anew for ever."""
    if asked.after and not is_cursor(keys, asked.after):
        raise bad_cursor()
    query = QueryDict(mutable=True)
    query["after"] = asked.after
    return page_of(rows, keys, query, asked.limit)


def bad_cursor() -> CallRefused:
    """The refusal of a cursor that is none of this list's."""
    sentence: Any = _("The cursor is none that this list has given. Begin again without `after`.")
    return CallRefused(422, "bad_cursor", sentence, errors=[("after", sentence)])
