"""Every change of saved views: their filters, names, order, who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.text import UnprintableText, clean_line
from invoicing.listing import saved_views as queries
from invoicing.listing.address import groups_with_tab
from invoicing.listing.filters import filters_to_json
from invoicing.listing.page import ListRequest
from invoicing.models import SavedView
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

NAME_LENGTH_MAX = 60


class ViewNameRefused(DomainError):
    """A view needs a name of its own."""


class TooManyViews(DomainError):
    """A person has a bounded number of views."""


class ViewOfSomebodyElse(DomainError):
    """A shared view is changed by its owner or by who may share views."""


@transaction.atomic
def save_view(
    organization: Organization, name: str, wanted: ListRequest, *, actor: Actor, is_shared: bool = False
) -> SavedView:
    """Keep the filters, columns and order of the list under a name, as the last of the person's tabs."""
    assert actor.id is not None
    own = queries.own_views(organization, actor.id)
    if len(own) >= queries.VIEWS_OWN_MAX:
        raise TooManyViews(
            _("You have %(most)s views. Delete one that you do not use.") % {"most": queries.VIEWS_OWN_MAX}
        )
    view = SavedView(
        organization=organization,
        owner_id=actor.id,
        name=_free_name(own, name),
        is_shared=is_shared,
        position=max((each.position for each in own), default=0) + 1,
        **_content(wanted),
    )
    view.save(force_insert=True)
    audit.record(actor, "view.saved", view, name=view.name)
    return view


@transaction.atomic
def update_view(
    organization: Organization, view_id: UUID, wanted: ListRequest, *, actor: Actor, may_share: bool
) -> SavedView:
    """Let the view show what the list shows now; conditions that no longer make sense are dropped with it."""
    view = _lock(organization, view_id, actor, may_share=may_share)
    for name, value in _content(wanted).items():
        setattr(view, name, value)
    view.save(update_fields=["filters", "columns", "sort"])
    audit.record(actor, "view.changed", view, name=view.name)
    return view


@transaction.atomic
def rename_view(organization: Organization, view_id: UUID, name: str, *, actor: Actor, may_share: bool) -> SavedView:
    """Give the view another name."""
    view = _lock(organization, view_id, actor, may_share=may_share)
    others = [each for each in queries.own_views(organization, view.owner_id) if each.pk != view.pk]
    before, view.name = view.name, _free_name(others, name)
    if view.name != before:
        view.save(update_fields=["name"])
        audit.record(actor, "view.renamed", view, changes={"name": [before, view.name]})
    return view


@transaction.atomic
def share_view(organization: Organization, view_id: UUID, *, is_shared: bool, actor: Actor) -> SavedView:
    """Show the view to everybody, or to its owner alone."""
    assert actor.id is not None
    view = queries.lock_view(organization, view_id, actor.id)
    if view.is_shared != is_shared:
        view.is_shared = is_shared
        view.save(update_fields=["is_shared"])
        audit.record(actor, "view.shared" if is_shared else "view.unshared", view, name=view.name)
    return view


@transaction.atomic
def move_view(organization: Organization, view_id: UUID, *, is_up: bool, actor: Actor) -> None:
    """Change places with the neighbour among the person's own tabs."""
    assert actor.id is not None
    own = queries.own_views(organization, actor.id)
    at = next((place for place, each in enumerate(own) if each.pk == view_id), None)
    if at is None:
        view = queries.lock_view(organization, view_id, actor.id)
        raise ViewOfSomebodyElse(_("%(name)s belongs to somebody else; its place is not yours.") % {"name": view.name})
    to = at - 1 if is_up else at + 1
    if not 0 <= to < len(own):
        return
    own[at], own[to] = own[to], own[at]
    for position, each in enumerate(own, start=1):
        each.position = position
    SavedView.objects.bulk_update(own, ["position"])
    audit.record(actor, "view.moved", own[to], name=own[to].name)


@transaction.atomic
def delete_view(organization: Organization, view_id: UUID, *, actor: Actor, may_share: bool) -> None:
    """Forget the view; no document changes."""
    view = _lock(organization, view_id, actor, may_share=may_share)
    audit.record(actor, "view.deleted", view, name=view.name)
    view.delete()


def _lock(organization: Organization, view_id: UUID, actor: Actor, *, may_share: bool) -> SavedView:
    assert actor.id is not None
    view = queries.lock_view(organization, view_id, actor.id)
    if view.owner_id != actor.id and not may_share:
        raise ViewOfSomebodyElse(
            _("%(name)s is shared by somebody else. Save it under a name of your own and change that.")
            % {"name": view.name}
        )
    return view


def _content(wanted: ListRequest) -> Mapping[str, Any]:
    return {"filters": filters_to_json(groups_with_tab(wanted)), "columns": list(wanted.columns), "sort": wanted.sort}


def _free_name(others: list[SavedView], typed: str) -> str:
    try:
        name = clean_line(typed)
    except UnprintableText as error:
        raise ViewNameRefused(_("The name holds a character that cannot be shown."), field="name") from error
    if not name:
        raise ViewNameRefused(_("Give the view a name."), field="name")
    if len(name) > NAME_LENGTH_MAX:
        raise ViewNameRefused(_("A name has at most %(most)s characters.") % {"most": NAME_LENGTH_MAX}, field="name")
    if any(each.name.casefold() == name.casefold() for each in others):
        raise ViewNameRefused(_("You have a view of that name. Choose another name."), field="name")
    return name
