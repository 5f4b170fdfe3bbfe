"""What an export of the list holds: a row for each item, its columns in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from billing_backlog.listing.states import BacklogRow
from billing_backlog.queries.items import items_by_id
from billing_backlog.queries.standing import standing_of
from customers.units import unit_name
from foundation.spreadsheets import Cell
from foundation.templatetags.formatting import language_of_page
from tenants.models import Organization


def header() -> list[str]:
    """The names of the columns."""
    return [
        _("Day"),
        _("Kind"),
        _("Text"),
        _("Text for us"),
        _("Customer number"),
        _("Customer"),
        _("Project"),
        _("Contract"),
        _("Done by"),
        _("Quantity"),
        _("Unit"),
        _("Price"),
        _("Amount"),
        _("Currency"),
        _("Charge"),
        _("State"),
        _("Billed quantity"),
        _("Unbilled quantity"),
        _("Approved by"),
        _("Price by"),
        _("Why another price"),
        _("Told by"),
        _("Order there"),
        _("Line there"),
    ]


def rows_of(organization: Organization, item_ids: Sequence[UUID]) -> Iterator[list[Cell]]:
    """The items in the given order; amounts are what is open of each, as the list shows it."""
    found = items_by_id(organization, item_ids)
    standing = standing_of(organization, list(found.values()))
    language = language_of_page()
    for item_id in item_ids:
        if item_id not in found:
            continue
        item, stands = found[item_id], standing[item_id]
        row = BacklogRow(item, stands)
        yield [
            item.day,
            str(item.get_kind_display()),
            item.text,
            item.internal_text,
            item.customer.number,
            item.customer.name,
            str(item.project or ""),
            str(item.contract or ""),
            item.performed_by,
            row.quantity,
            unit_name(item.unit_code, language),
            item.unit_price,
            row.amount,
            item.currency,
            str(item.get_charge_kind_display()),
            row.label,
            stands.billed,
            stands.unbilled,
            item.approved_by,
            item.price_rule,
            item.price_reason,
            item.source_system,
            item.source_order,
            item.source_line,
        ]
