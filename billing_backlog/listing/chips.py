"""The conditions of the list in words, and what may be chosen for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.listing.asked import ME, Asked, BacklogRequest, Group, address_of
from billing_backlog.listing.finding import Reader, visible_items
from billing_backlog.models import BacklogItem, Contract, Facility, ItemKind, Project
from customers.models import Customer
from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from tenants.models import Membership, Organization

CHOICES_MAX = 100
STATES: tuple[tuple[Asked, Any], ...] = (
    (Asked.NOT_READY, pgettext_lazy("backlog", "Not judged")),
    (Asked.READY, pgettext_lazy("backlog", "Ready")),
    (Asked.STOPPED, gettext_lazy("Stopped")),
    (Asked.DRAFTED, gettext_lazy("On a draft")),
)
GROUPS: tuple[tuple[Group, Any], ...] = (
    (Group.PROJECT, gettext_lazy("Project")),
    (Group.CUSTOMER, gettext_lazy("Customer")),
    (Group.CONTRACT, gettext_lazy("Contract")),
    (Group.PERSON, gettext_lazy("Person")),
    (Group.WEEK, gettext_lazy("Week")),
    (Group.NONE, gettext_lazy("Nothing")),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition: its words, and the address without it."""

    label: str
    operator: str
    value: str
    remove_url: str


def chips_of(reader: Reader, wanted: BacklogRequest) -> list[Chip]:
    """The conditions of the question, in the order of the form."""
    language, organization = language_of_page(), reader.organization
    is_, told = _("is"), Teller(organization, wanted)
    from_, to = _("at least"), _("at most")
    given: list[tuple[str, Any, str, Callable[[], str]]] = [
        ("until", _("Period"), _("through"), lambda: format_day(wanted.until, language) if wanted.until else ""),
        ("project", _("Project"), is_, lambda: told.name_of(Project, wanted.project)),
        ("contract", _("Contract"), is_, lambda: told.name_of(Contract, wanted.contract)),
        ("manager", _("Project manager"), is_, told.manager),
        ("customer", _("Customer"), is_, lambda: told.name_of(Customer, wanted.customer)),
        ("facility", _("Facility"), is_, lambda: told.name_of(Facility, wanted.facility)),
        ("kind", _("Kind"), is_, lambda: str(ItemKind(wanted.kind).label)),
        ("state", _("State"), is_, lambda: str(dict(STATES)[wanted.state])),
        ("least", _("Amount"), from_, lambda: format_amount(wanted.least, language) if wanted.least else "0"),
        ("most", _("Amount"), to, lambda: format_amount(wanted.most, language) if wanted.most else "0"),
        ("words", _("Text"), _("has"), lambda: wanted.words),
    ]
    usual = BacklogRequest()
    return [
        Chip(str(label), operator, value(), address_of(wanted, **{name: getattr(usual, name)}))
        for name, label, operator, value in given
        if getattr(wanted, name) != getattr(usual, name)
    ]


@dataclass(frozen=True, slots=True)
class Teller:
    """Names what conditions point at."""

    organization: Organization
    wanted: BacklogRequest

    def name_of(self, model: Any, key: UUID | None) -> str:
        """The record's name; words for one that is not here."""
        found = model.objects.of(self.organization).filter(pk=key).first()
        return str(found) if found is not None else _("nothing that is here")

    def manager(self) -> str:
        """The manager's name, or "me"."""
        if self.wanted.manager == ME:
            return _("me")
        members = Membership.objects.of(self.organization).select_related("user")
        found = members.filter(user_id=self.wanted.manager).first()
        return str(found.user) if found is not None else _("nobody who is here")


def choices_for(reader: Reader) -> dict[str, Any]:
    """What may be chosen in the filter's form: what visible items belong to."""
    organization, items = reader.organization, visible_items(reader).order_by()
    managers = Membership.objects.of(organization).select_related("user").order_by("user__name")
    return {
        "projects": _present(Project.objects.of(organization), items, "project_id").order_by("number")[:CHOICES_MAX],
        "customers": _present(Customer.objects.of(organization), items, "customer_id").order_by("name")[:CHOICES_MAX],
        "facilities": _present(Facility.objects.of(organization), items, "facility_id").order_by("number")[
            :CHOICES_MAX
        ],
        "managers": managers[:CHOICES_MAX],
        "kinds": ItemKind.choices,
        "states": STATES,
    }


def _present(found: QuerySet[Any], items: QuerySet[BacklogItem], column: str) -> QuerySet[Any]:
    named = items.filter(cancelled_at=None, settled_at=None).values(column)
    return found.filter(pk__in=named)
