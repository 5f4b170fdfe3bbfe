"""Which items the list finds: what somebody may see, what is open, and what the question asks for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, TruncWeek

from billing_backlog.listing.asked import KINDS_OF_TAB, ME, Asked, BacklogRequest, Group, Tab
from billing_backlog.models import BacklogItem
from billing_backlog.queries.billed import told_of
from billing_backlog.queries.items import WITH
from billing_backlog.queries.projects import visible_projects
from customers.models import CustomerKind
from foundation import rows
from invoicing.models import InvoiceKind, InvoiceLine, InvoiceStatus
from tenants.models import Organization, User

UNSWEPT = timedelta(days=1)  # the sweep comes every minute; a day without it is an alarm elsewhere
UNSWEPT_MAX = 20_000

# Whose number is missing, as billing_backlog.identifiers says it of one customer.
LACKS_NUMBER = Q(customer__kind=CustomerKind.INTERNAL, customer__resource_number="") | Q(
    customer__organization_number="", customer__vat_number=""
) & ~Q(customer__kind__in=[CustomerKind.INTERNAL, CustomerKind.CONSUMER])
STOPPED = Q(released_at=None) | Q(is_over_limit=True) | LACKS_NUMBER

# What documents, files or write-offs of the last day have changed since the sweep looked at it: items without anything
# left that are not settled yet, and settled ones that a credit note or a returned row has opened again.
_UNSWEPT = f"""SELECT i.id, i.settled_at IS NOT NULL,
  i.quantity - s.taken
    - coalesce((SELECT sum(w.quantity) FROM billing_backlog_writeoff w
                WHERE w.organization_id = %(organization)s AND w.item_id = i.id), 0),
  i.quantity, s.is_drafted
FROM billing_backlog_backlogitem i
CROSS JOIN LATERAL (
  SELECT coalesce(sum(t.billed + t.drafted), 0) AS taken, coalesce(bool_or(t.is_drafted), false) AS is_drafted
  FROM ({told_of("= i.id")}) t) s
WHERE i.organization_id = %(organization)s AND i.cancelled_at IS NULL AND i.id IN (
  SELECT l.source_id FROM invoicing_invoice d
  JOIN invoicing_invoiceline l ON l.organization_id = d.organization_id AND l.invoice_id = d.id
  JOIN billing_backlog_backlogitem t ON t.organization_id = l.organization_id AND t.id = l.source_id
  WHERE d.organization_id = %(organization)s AND d.status = 'finalized' AND d.updated_at > %(since)s
    AND (t.settled_at IS NULL OR t.settled_at < d.updated_at)
  UNION
  SELECT w.item_id FROM billing_backlog_writeoff w
  JOIN billing_backlog_backlogitem t ON t.organization_id = w.organization_id AND t.id = w.item_id
  WHERE w.organization_id = %(organization)s AND t.settled_at IS NULL
  UNION
  SELECT r.item_id FROM billing_backlog_runfilerow r
  JOIN billing_backlog_backlogitem t ON t.organization_id = r.organization_id AND t.id = r.item_id
  WHERE r.organization_id = %(organization)s
    AND CASE WHEN t.settled_at IS NULL THEN r.taken_back_at IS NULL ELSE r.taken_back_at > %(since)s END)
LIMIT %(most)s"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the list, when, and whether the role shows every project."""

    organization: Organization
    user: User
    may_see_all: bool
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Unswept:
    """What the hint `settled_at` does not say yet: items that are done with, and items that are open again."""

    done: Collection[UUID] = ()
    open_again: Collection[UUID] = ()


def visible_items(reader: Reader) -> QuerySet[BacklogItem]:
    """The items that somebody may see: all, or those of the own projects and facilities."""
    found = BacklogItem.objects.of(reader.organization)
    if reader.may_see_all:
        return found
    projects = visible_projects(reader.organization, reader.user, may_see_all=False, today=reader.today)
    return found.filter(Q(project__in=projects.order_by().values("pk")) | Q(facility__case_worker=reader.user))


def unswept(organization: Organization, now: datetime) -> Unswept:
    """What has been billed, given up or credited since the sweep last looked, so that lists are exact at once."""
    params = {"organization": organization.pk, "since": now - UNSWEPT, "most": UNSWEPT_MAX}
    done, again = [], []
    for key, is_settled, rest, quantity, is_drafted in rows.fetch_all(_UNSWEPT, params):
        is_open = is_drafted or rest * quantity > 0
        if is_settled and is_open:
            again.append(key)
        elif not is_settled and not is_open:
            done.append(key)
    return Unswept(done, again)


def drafted_ids(organization: Organization) -> QuerySet[InvoiceLine, Any]:
    """The items that stand on a draft."""
    return (
        InvoiceLine.objects.of(organization)
        .filter(source_id__isnull=False, invoice__status=InvoiceStatus.DRAFT)
        .exclude(invoice__kind=InvoiceKind.CREDIT_NOTE)
        .exclude(source__has_key="replaces")
        .order_by()
        .values("source_id")
    )


def open_items(reader: Reader, changed: Unswept) -> QuerySet[BacklogItem]:
    """What of the visible items is not done with: adjusted, billed and cancelled work has left the list (M-041)."""
    found = visible_items(reader).filter(cancelled_at=None)
    is_open = Q(settled_at=None)
    if changed.open_again:
        is_open |= Q(pk__in=list(changed.open_again))
    found = found.filter(is_open)
    return found.exclude(pk__in=list(changed.done)) if changed.done else found


def matching(reader: Reader, wanted: BacklogRequest, changed: Unswept) -> QuerySet[BacklogItem]:
    """The items that the question lets through, with what they belong to; in no order."""
    found = visible_items(reader).filter(cancelled_at=None) if wanted.shows_invoiced else open_items(reader, changed)
    found = in_tab(found, wanted.tab, reader.user)
    found = _named(found, wanted, reader)
    if wanted.words:
        for word in wanted.words.split():
            found = found.filter(
                Q(text__icontains=word) | Q(performed_by__icontains=word) | Q(customer__name__icontains=word)
            )
    if wanted.state:
        found = _in_state(found, wanted.state, reader.organization)
    return found.select_related(*WITH, "facility").order_by()


def in_tab(found: QuerySet[BacklogItem], tab: Tab, user: User) -> QuerySet[BacklogItem]:
    """What of these items stands under the tab."""
    if tab in KINDS_OF_TAB:
        return found.filter(kind__in=KINDS_OF_TAB[tab])
    if tab == Tab.STOPPED:
        return found.filter(STOPPED)
    if tab == Tab.MINE:
        return found.filter(project__manager=user)
    return found


def _named(found: QuerySet[BacklogItem], wanted: BacklogRequest, reader: Reader) -> QuerySet[BacklogItem]:
    for name in ("project", "contract", "customer", "facility"):
        if value := getattr(wanted, name):
            found = found.filter(**{f"{name}_id": value})
    if wanted.until:
        found = found.filter(day__lte=wanted.until)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.manager:
        manager = reader.user.pk if wanted.manager == ME else UUID(wanted.manager)
        found = found.filter(project__manager_id=manager)
    if wanted.least is not None:
        found = found.filter(amount__gte=wanted.least)
    if wanted.most is not None:
        found = found.filter(amount__lte=wanted.most)
    return found


def _in_state(found: QuerySet[BacklogItem], state: Asked, organization: Organization) -> QuerySet[BacklogItem]:
    drafted = Q(pk__in=drafted_ids(organization))
    if state == Asked.DRAFTED:
        return found.filter(drafted)
    found = found.exclude(drafted)
    if state == Asked.STOPPED:
        return found.filter(STOPPED)
    found = found.exclude(STOPPED)
    return found.filter(ready_at__isnull=state != Asked.READY)


def grouped(found: Any, group: Group) -> Any:
    """The items with `group_name`, by which their groups are ordered, and `group_id`, which tells groups apart."""
    by = {
        Group.PROJECT: (Coalesce(F("project__number"), Value("")), F("project_id")),
        Group.CUSTOMER: (F("customer__name"), F("customer_id")),
        Group.CONTRACT: (Coalesce(F("contract__number"), Value("")), F("contract_id")),
        Group.PERSON: (F("performed_by"), F("performed_by")),
        Group.WEEK: (TruncWeek("day"), TruncWeek("day")),
    }
    if group not in by:
        return found.annotate(group_name=Value(""), group_id=Value(""))
    name, key = by[group]
    return found.annotate(group_name=name, group_id=key)
