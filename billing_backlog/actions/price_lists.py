"""Target groups, and the price lists that say what the use of facilities costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import ItemIsUnclear, StaleRecord
from billing_backlog.models import PriceList, PriceListRow, TargetGroup
from billing_backlog.price_lists import changed_by
from billing_backlog.price_terms import ListWords, PriceCell
from billing_backlog.queries.price_lists import (
    get_target_group,
    list_target_groups,
    lock_price_list,
    rows_in_use,
    rows_of_lists,
)
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

ROWS_MAX = 2_000  # of one list
GROUPS_MAX = 12  # target groups: as many as a grid has room for


@transaction.atomic
def create_target_group(organization: Organization, name: str, *, actor: Actor) -> TargetGroup:
    """A new target group; one that was taken out of use is used again, and twice is as good as once."""
    name = name.strip()
    if not name:
        raise ItemIsUnclear(_("Write what the target group is called."), field="name")
    found = TargetGroup.objects.of(organization).filter(name__iexact=name).first()
    if found is None and list_target_groups(organization).count() >= GROUPS_MAX:
        raise ItemIsUnclear(_("There is room for %(most)s target groups.") % {"most": GROUPS_MAX}, field="name")
    group = found or TargetGroup(organization=organization, name=name[:80])
    if found is None or found.archived_at is not None:
        group.archived_at = None
        group.save()
        audit.record(actor, "target_group.created", group)
    return group


@transaction.atomic
def archive_target_group(organization: Organization, group_id: UUID, *, actor: Actor, now: datetime) -> TargetGroup:
    """Take a target group out of use: nothing new is booked for it; twice is as good as once."""
    group = get_target_group(organization, group_id)
    if group.archived_at is None:
        group.archived_at = now
        group.save(update_fields=["archived_at"])
        audit.record(actor, "target_group.archived", group)
    return group


@transaction.atomic
def create_price_list(
    organization: Organization, words: ListWords, cells: Sequence[PriceCell], *, actor: Actor
) -> PriceList:
    """A new price list with its prices."""
    _refuse_taken_name(organization, words, None)
    stored = PriceList(
        organization=organization,
        name=words.name,
        valid_from=words.valid_from,
        valid_through=words.valid_through,
    )
    stored.save(force_insert=True)
    _write(organization, stored, cells, {})
    audit.record(actor, "price_list.created", stored, valid_from=stored.valid_from.isoformat(), prices=len(cells))
    return stored


@transaction.atomic
def update_price_list(
    organization: Organization,
    list_id: UUID,
    words: ListWords,
    cells: Sequence[PriceCell],
    *,
    version: int,
    actor: Actor,
) -> PriceList:
    """Write the list's name, validity and prices anew; what was booked before keeps the price that it has."""
    stored = lock_price_list(organization, list_id)
    if stored.version != version:
        raise StaleRecord(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"name": stored}
        )
    _refuse_taken_name(organization, words, stored)
    changes = audit.changes(
        {name: getattr(stored, name) for name in ("name", "valid_from", "valid_through")},
        {"name": words.name, "valid_from": words.valid_from, "valid_through": words.valid_through},
    )
    stored.name, stored.valid_from, stored.valid_through = words.name, words.valid_from, words.valid_through
    stored.version += 1
    stored.save(update_fields=["name", "valid_from", "valid_through", "version"])
    before = {_key_of(row): row for row in rows_of_lists(organization, [stored.pk])}
    changed = _write(organization, stored, cells, before)
    if changes or changed:
        audit.record(actor, "price_list.changed", stored, changes=changes, prices=changed)
    return stored


@transaction.atomic
def copy_price_list(
    organization: Organization, list_id: UUID, words: ListWords, *, percent: Decimal, actor: Actor
) -> PriceList:
    """The same prices for a new period, raised or lowered by a per cent; the old list ends the day before."""
    old = lock_price_list(organization, list_id)
    if words.valid_from <= old.valid_from:
        raise ItemIsUnclear(
            _("%(name)s is valid from %(day)s. The new list begins later.")
            % {"name": old, "day": old.valid_from.isoformat()},
            field="valid_from",
        )
    cells = [
        PriceCell(
            facility=row.facility,
            facility_group=row.facility_group,
            target_group_id=row.target_group_id,
            unit_code=row.unit_code,
            unit_price=changed_by(row.unit_price, percent),
            price_includes_vat=row.price_includes_vat,
        )
        for row in rows_of_lists(organization, [old.pk])
    ]
    new = create_price_list(organization, words, cells, actor=actor)
    last = words.valid_from - timedelta(days=1)
    if old.valid_through is None or old.valid_through > last:
        before, old.valid_through = old.valid_through, last
        old.version += 1
        old.save(update_fields=["valid_through", "version"])
        changes = audit.changes({"valid_through": before}, {"valid_through": last})
        audit.record(actor, "price_list.changed", old, changes=changes)
    return new


def _key_of(row: PriceListRow) -> tuple[UUID | None, str, UUID, str]:
    return row.facility_id, row.facility_group, row.target_group_id, row.unit_code


def _refuse_taken_name(organization: Organization, words: ListWords, own: PriceList | None) -> None:
    if not words.name.strip():
        raise ItemIsUnclear(_("Write what the price list is called."), field="name")
    if words.valid_through is not None and words.valid_through < words.valid_from:
        raise ItemIsUnclear(_("The list ends before it begins."), field="valid_through")
    same = PriceList.objects.of(organization).filter(name=words.name, valid_from=words.valid_from)
    if (same.exclude(pk=own.pk) if own else same).exists():
        raise ItemIsUnclear(_("There is a list of that name from the same day on."), field="name")


def _write(
    organization: Organization,
    stored: PriceList,
    cells: Sequence[PriceCell],
    before: Mapping[tuple[UUID | None, str, UUID, str], PriceListRow],
) -> int:
    """Make the list's prices these, and say how many were written, changed or taken away."""
    if len(cells) > ROWS_MAX:
        raise ItemIsUnclear(_("A price list holds at most %(most)s prices.") % {"most": ROWS_MAX})
    wanted = {cell.key: cell for cell in cells}
    if len(wanted) != len(cells):
        raise ItemIsUnclear(_("The same facility, target group and unit stands there twice."))
    gone = [row for key, row in before.items() if key not in wanted]
    if rows_in_use(organization, [row.pk for row in gone]):
        raise ItemIsUnclear(
            _("A price that bookings have been made by cannot be taken away. End the list and make a new one.")
        )
    PriceListRow.objects.of(organization).filter(pk__in=[row.pk for row in gone]).delete()
    fresh, changed = [], []
    for key, cell in wanted.items():
        row = before.get(key)
        if row is None:
            fresh.append(
                PriceListRow(
                    organization=organization,
                    price_list=stored,
                    facility=cell.facility,
                    facility_group=cell.facility_group,
                    target_group_id=cell.target_group_id,
                    unit_code=cell.unit_code,
                    unit_price=cell.unit_price,
                    price_includes_vat=cell.price_includes_vat,
                )
            )
        elif (row.unit_price, row.price_includes_vat) != (cell.unit_price, cell.price_includes_vat):
            row.unit_price, row.price_includes_vat = cell.unit_price, cell.price_includes_vat
            changed.append(row)
    rows.insert(organization.pk, fresh)
    rows.update(organization.pk, changed, ["unit_price", "price_includes_vat"])
    return len(gone) + len(fresh) + len(changed)
