"""The settings in groups: the tabs of every settings page, and the pages of the open tab."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.navigation import Place, address_of
from tenants.permissions import Permission, may


def _page(label: Any, url_name: str, permission: Permission = Permission.VIEW_SETTINGS) -> Place:
    return Place(label, url_name, "", permission)


GROUPS: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        _("Company"),
        (
            _page(_("Company details"), "tenants:show_company"),
            _page(_("Bank accounts"), "tenants:list_bank_accounts"),
            _page(_("Bank agreements"), "payments:list_bank_agreements"),
        ),
    ),
    (
        _("Invoicing"),
        (
            _page(_("Approval and corrections"), "tenants:show_rules"),
            _page(_("Billing"), "billing_backlog:update_billing", Permission.EDIT_BILLING),
            _page(_("Finance systems"), "billing_backlog:list_finance_targets", Permission.EDIT_BILLING),
            _page(_("Billing by itself"), "billing_backlog:update_automation", Permission.EDIT_BILLING),
            _page(pgettext_lazy("settings", "Sending"), "invoicing:show_sending"),
            _page(_("Paying online"), "payments:show_online_payments"),
            _page(_("E-mail"), "invoicing:show_mail_settings"),
            _page(_("Access point"), "invoicing:show_access_point"),
            _page(_("Number series"), "invoicing:list_series"),
            _page(_("VAT"), "customers:show_vat"),
            _page(_("Own properties"), "customers:list_custom_properties"),
            _page(_("Own routines"), "tenants:list_routines"),
        ),
    ),
    (
        _("Templates"),
        (
            _page(_("Logo and look"), "tenants:show_document_settings"),
            _page(_("Texts"), "invoicing:show_texts"),
            _page(_("Layout"), "invoicing:update_layout", Permission.EDIT_SETTINGS),
        ),
    ),
    (
        _("Users and roles"),
        (
            _page(_("People"), "tenants:list_people"),
            _page(_("What each role may do"), "tenants:list_roles"),
        ),
    ),
    (
        _("Accounting"),
        (
            _page(_("Chart of accounts"), "payments:list_accounts"),
            _page(_("Exchange rates"), "payments:list_exchange_rates"),
            _page(_("Closed periods"), "payments:list_period_locks", Permission.VIEW_LEDGER),
            _page(_("Small differences"), "payments:update_payment_settings", Permission.EDIT_SETTINGS),
        ),
    ),
    (
        _("Data"),
        (
            _page(_("Audit trail"), "tenants:list_audit_entries", Permission.VIEW_AUDIT),
            _page(_("How long we keep things"), "show_retention"),
            _page(_("API and webhooks"), "show_api", Permission.MANAGE_API),
            _page(_("Move in"), "move_in", Permission.MOVE_IN),
        ),
    ),
)


def settings_groups(slug: str, role: str, path: str) -> list[dict[str, Any]]:
    """The groups that a role may see, each with its pages; the open page and its group are marked."""
    groups = []
    for label, places in GROUPS:
        pages = [
            {"label": place.label, "url": address_of(place, slug), "current": False}
            for place in places
            if may(role, place.permission) and address_of(place, slug)
        ]
        if pages:
            groups.append({"label": label, "pages": pages, "url": pages[0]["url"], "current": False})
    _mark_current(groups, path)
    return groups


def _mark_current(groups: list[dict[str, Any]], path: str) -> None:
    """The open page is the one with the longest address that the path lies under."""
    under = [(page, group) for group in groups for page in group["pages"] if path.startswith(page["url"])]
    if under:
        page, group = max(under, key=lambda pair: len(pair[0]["url"]))
        page["current"] = group["current"] = True
