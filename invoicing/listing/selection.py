"""Which documents somebody has chosen in the list: one by one, or all that the list's filter finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing.listing.address import read_columns, request_of
from invoicing.listing.ordering import order_of
from invoicing.listing.page import ids_matching, matching
from invoicing.listing.properties.registry import book_of
from invoicing.models import Invoice
from tenants.models import Organization

CHOSEN_MAX = 10_000
QUERY_LENGTH_MAX = 4_000
COLUMNS_FIRST = ("number", "customer", "standing", "kind", "issued", "due", "currency", "amount", "open", "updated")


class SelectionRefused(DomainError):
    """The chosen documents are too few or too many to work on."""


class NothingIsChosen(SelectionRefused):
    """No document of the organization is among the chosen ones."""


class TooManyAreChosen(SelectionRefused):
    """More documents than one job works on."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Documents ticked one by one, or everything that the list's address finds."""

    ids: tuple[UUID, ...] = ()
    is_all: bool = False
    query: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not self.ids and not self.is_all


def read_selection(form: QueryDict, address: QueryDict) -> Selection:
    """What the list's form sends: `all` with the list's own address, or an `id` for each ticked row."""
    if form.get("all") == "1":
        query = form.get("query", "") or address.urlencode()
        return Selection(is_all=True, query=query.removeprefix("?")[:QUERY_LENGTH_MAX])
    found: dict[UUID, None] = {}
    for typed in form.getlist("id")[: CHOSEN_MAX + 1]:
        try:
            found[UUID(typed)] = None
        except ValueError:
            continue
    return Selection(ids=tuple(found))


def chosen_ids(
    organization: Organization, selection: Selection, *, today: date, user_id: UUID | None = None
) -> Sequence[UUID]:
    """The ids of the chosen documents, at most as many as one job works on; refuses when there are none or more."""
    if selection.is_all:
        wanted = request_of(QueryDict(selection.query), user_id=user_id)
        found = ids_matching(organization, wanted, today=today, most=CHOSEN_MAX)
    else:
        found = list(selection.ids)
    if not found:
        raise NothingIsChosen(_("No document is chosen. Tick some rows in the list and try again."))
    if len(found) > CHOSEN_MAX:
        raise TooManyAreChosen(
            _("At most %(most)s documents at a time. Narrow the filter and try again.") % {"most": CHOSEN_MAX}
        )
    return found


def ordered_ids(
    organization: Organization, query: str, *, today: date, user_id: UUID | None = None
) -> QuerySet[Invoice, UUID]:
    """The ids of everything that the list's address finds, in its order; to be read piece by piece."""
    wanted = request_of(QueryDict(query), user_id=user_id)
    book = book_of(organization)
    rows = matching(organization, wanted, today=today, book=book)
    if rows is None:
        return Invoice.objects.none().values_list("pk", flat=True)
    order = order_of(book, wanted.order_name)
    if order.expression is not None:
        rows = rows.alias(**{order.column: order.expression})
    sign = "-" if wanted.is_descending else ""
    return rows.order_by(f"{sign}{order.column}", f"{sign}id").values_list("pk", flat=True)


def columns_of_address(address: QueryDict) -> tuple[str, ...]:
    """The names of the properties that the list's address shows as columns."""
    return read_columns(address.get("columns", "")) or COLUMNS_FIRST
