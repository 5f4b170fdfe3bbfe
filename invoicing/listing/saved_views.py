"""Saved views: which a person sees, and what each asks the list for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.http import Http404

from invoicing.listing.address import SORT, read_columns
from invoicing.listing.filters import filters_from_json
from invoicing.listing.page import ListRequest, Show, matching
from invoicing.listing.properties.registry import Book
from invoicing.models import SavedView
from tenants.models import Organization

VIEWS_OWN_MAX = 20
VIEWS_SHOWN_MAX = 40
COUNTED_MAX = 1_000


def list_views(organization: Organization, user_id: UUID) -> list[SavedView]:
    """A person's own views in their order, then those that others share, by their names."""
    rows = SavedView.objects.of(organization).filter(Q(owner_id=user_id) | Q(is_shared=True)).select_related("owner")
    found = list(rows[: VIEWS_SHOWN_MAX * 2])
    found.sort(key=lambda view: (view.owner_id != user_id, view.position if view.owner_id == user_id else 0, view.name))
    return found[:VIEWS_SHOWN_MAX]


def own_views(organization: Organization, user_id: UUID) -> list[SavedView]:
    """A person's own views in their order."""
    return list(SavedView.objects.of(organization).filter(owner_id=user_id).order_by("position", "created_at", "id"))


def get_view(organization: Organization, view_id: UUID, user_id: UUID) -> SavedView:
    """One view that the person may see, or 404."""
    rows = SavedView.objects.of(organization).filter(Q(owner_id=user_id) | Q(is_shared=True))
    view = rows.select_related("owner").filter(pk=view_id).first()
    if view is None:
        raise Http404
    return view


def lock_view(organization: Organization, view_id: UUID, user_id: UUID) -> SavedView:
    """One view that the person may see, locked, or 404."""
    rows = SavedView.objects.of(organization).filter(Q(owner_id=user_id) | Q(is_shared=True))
    view = rows.select_for_update(no_key=True).filter(pk=view_id).first()
    if view is None:
        raise Http404
    return view


def request_of_view(view: SavedView, wanted: ListRequest) -> ListRequest:
    """What the view asks for: its filters, columns and order under the words and page of the address."""
    columns = ",".join(str(name) for name in view.columns) if isinstance(view.columns, list) else ""
    return replace(
        wanted,
        show=Show.ALL,
        groups=filters_from_json(view.filters),
        columns=read_columns(columns),
        sort=wanted.sort or (view.sort if SORT.fullmatch(view.sort) else ""),
    )


def counts_of(book: Book, requests: list[ListRequest], *, today: date) -> list[int]:
    """How many documents each request finds, counted no further than COUNTED_MAX, in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for wanted in requests:
        rows = matching(book.organization, wanted, today=today, book=book)
        assert rows is not None, "views search by no words"
        counted, parameters = rows.order_by().values("pk")[:COUNTED_MAX].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({counted}) counted)")  # noqa: S608 - written by the object mapper
        values += parameters
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [int(count) for count in cursor.fetchone()]
