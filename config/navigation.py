"""The places of an organization: what the side navigation and the command palette list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tenants.permissions import Permission, may


@dataclass(frozen=True, slots=True)
class Place:
    """One page that somebody with the permission may go to."""

    label: Any
    url_name: str
    icon: str
    permission: Permission
    key: str = ""
    is_own: bool = False  # a person's own page, the same in every organization


OVERVIEW = Place(gettext_lazy("Overview"), "overview", "home", Permission.VIEW_INVOICES, "g o")
INVOICES = Place(gettext_lazy("Invoices"), "invoicing:list_invoices", "invoice", Permission.VIEW_INVOICES, "g i")
ENQUIRIES = Place(
    gettext_lazy("From customers"), "invoicing:list_enquiries", "chat", Permission.ANSWER_CUSTOMERS, "g e"
)
DELIVERIES = Place(gettext_lazy("Deliveries"), "invoicing:list_undelivered", "mail", Permission.VIEW_INVOICES)
HOURS = Place(gettext_lazy("Hours"), "billing_backlog:update_week", "clock", Permission.ENTER_WORK, "g h")
BACKLOG = Place(
    gettext_lazy("Billing backlog"), "billing_backlog:list_backlog", "clock", Permission.VIEW_BACKLOG, "g b"
)
TO_APPROVE = Place(
    gettext_lazy("To approve"), "billing_backlog:list_waiting_work", "check", Permission.APPROVE_WORK, "g a"
)
QUOTES = Place(gettext_lazy("Quotes"), "billing_backlog:list_quotes", "pen", Permission.VIEW_INVOICES)
VISITS = Place(gettext_lazy("Visits"), "billing_backlog:list_visits", "check", Permission.VIEW_BACKLOG)
BOOKINGS = Place(gettext_lazy("Bookings"), "billing_backlog:list_bookings", "clock", Permission.VIEW_BACKLOG)
SUBSCRIPTIONS = Place(
    gettext_lazy("Subscriptions"), "billing_backlog:list_subscriptions", "sync", Permission.VIEW_BACKLOG
)
PROJECTS = Place(gettext_lazy("Projects"), "billing_backlog:list_projects", "stack", Permission.VIEW_BACKLOG, "g j")
RUNS = Place(gettext_lazy("Billing runs"), "billing_backlog:list_runs", "stack", Permission.PREPARE_RUNS, "g r")
CUSTOMERS = Place(gettext_lazy("Customers"), "customers:list_customers", "users", Permission.VIEW_CUSTOMERS, "g c")
PRODUCTS = Place(gettext_lazy("Products"), "customers:list_products", "box", Permission.VIEW_PRODUCTS, "g v")
PAYMENTS = Place(gettext_lazy("Payments"), "payments:list_payments", "bank", Permission.VIEW_PAYMENTS, "g p")
REMINDERS = Place(gettext_lazy("Reminders"), "reminders:list_upcoming", "bell", Permission.VIEW_PAYMENTS, "g d")
ACCOUNTING = Place(gettext_lazy("Accounting"), "accounting_sync:show_overview", "sync", Permission.VIEW_LEDGER, "g k")
NUMBERS = Place(gettext_lazy("Number ledger"), "invoicing:number_ledger", "hash", Permission.VIEW_LEDGER)
REPORTS = Place(gettext_lazy("Reports"), "payments:list_reports", "chart", Permission.VIEW_LEDGER, "g l")
CHART = Place(gettext_lazy("Chart of accounts"), "payments:list_accounts", "book", Permission.VIEW_SETTINGS)
SETTINGS = Place(gettext_lazy("Settings"), "tenants:show_company", "tune", Permission.VIEW_SETTINGS, "g s")

GROUPS: tuple[tuple[Any, tuple[Place, ...], bool], ...] = (
    ("", (OVERVIEW,), False),
    (
        gettext_lazy("Sell"),
        (INVOICES, QUOTES, DELIVERIES, ENQUIRIES, CUSTOMERS, PRODUCTS),
        False,
    ),
    (
        gettext_lazy("Work"),
        (BACKLOG, RUNS, HOURS, TO_APPROVE, PROJECTS, VISITS, BOOKINGS, SUBSCRIPTIONS),
        False,
    ),
    (gettext_lazy("Collect"), (PAYMENTS, REMINDERS), False),
    (gettext_lazy("Books"), (ACCOUNTING, REPORTS, NUMBERS, CHART), False),
    ("", (SETTINGS,), True),
)
OTHER_PLACES: tuple[Place, ...] = (
    Place(gettext_lazy("New invoice"), "invoicing:create_draft", "plus", Permission.EDIT_DRAFTS, "n"),
    Place(gettext_lazy("Waiting for approval"), "invoicing:list_waiting_approvals", "check", Permission.VIEW_INVOICES),
    Place(gettext_lazy("Facilities"), "billing_backlog:list_facilities", "box", Permission.VIEW_BACKLOG),
    Place(gettext_lazy("New billing run"), "billing_backlog:open_run", "plus", Permission.PREPARE_RUNS),
    Place(gettext_lazy("Journal"), "billing_backlog:list_journal", "book", Permission.RELEASE_WORK),
    Place(gettext_lazy("Expenses, material and fees"), "billing_backlog:list_work", "file", Permission.ENTER_WORK),
    Place(gettext_lazy("Write an expense down"), "billing_backlog:create_work", "plus", Permission.ENTER_WORK),
    Place(gettext_lazy("Deputies"), "billing_backlog:list_deputies", "users", Permission.APPROVE_WORK),
    Place(gettext_lazy("How work is billed"), "billing_backlog:update_billing", "tune", Permission.EDIT_BILLING),
    Place(gettext_lazy("New customer"), "customers:create_customer", "plus", Permission.EDIT_CUSTOMERS),
    Place(gettext_lazy("New product"), "create_product", "plus", Permission.EDIT_PRODUCTS),
    Place(gettext_lazy("Import work"), "billing_backlog:upload_work_file", "up", Permission.PREPARE_RUNS),
    Place(gettext_lazy("Import customers"), "import_customers", "up", Permission.IMPORT_DATA),
    Place(gettext_lazy("Import products"), "import_products", "up", Permission.IMPORT_DATA),
    Place(gettext_lazy("Export invoices"), "invoicing:export_invoices", "get", Permission.EXPORT_DATA),
    Place(gettext_lazy("Export customers"), "export_customers", "get", Permission.EXPORT_DATA),
    Place(gettext_lazy("Export products"), "export_products", "get", Permission.EXPORT_DATA),
    Place(gettext_lazy("Logo, colour and terms"), "tenants:show_document_settings", "file", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Bank accounts"), "tenants:list_bank_accounts", "bank", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Approval and corrections"), "tenants:show_rules", "tune", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Register payment"), "payments:register_payment", "plus", Permission.REGISTER_PAYMENTS),
    Place(gettext_lazy("Bank movements to match"), "payments:list_bank_lines", "bank", Permission.VIEW_PAYMENTS),
    Place(gettext_lazy("Bank files"), "payments:list_bank_files", "up", Permission.VIEW_PAYMENTS),
    Place(gettext_lazy("Charge saved cards"), "payments:choose_charges", "credit", Permission.CHARGE_METHODS),
    Place(gettext_lazy("Customer credit"), "payments:list_credits", "bank", Permission.VIEW_PAYMENTS),
    Place(gettext_lazy("AvtaleGiro"), "payments:list_direct_debits", "bank", Permission.VIEW_PAYMENTS),
    Place(gettext_lazy("Refunds"), "payments:list_refunds", "out", Permission.VIEW_PAYMENTS),
    Place(gettext_lazy("Closed periods"), "payments:list_period_locks", "lock", Permission.VIEW_LEDGER),
    Place(gettext_lazy("Small differences"), "payments:update_payment_settings", "tune", Permission.EDIT_SETTINGS),
    Place(gettext_lazy("Letters to print"), "invoicing:list_letters", "file", Permission.VIEW_INVOICES),
    Place(pgettext_lazy("settings", "Sending"), "invoicing:show_sending", "tune", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Access point"), "invoicing:show_access_point", "out", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Number series"), "invoicing:list_series", "hash", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Texts on documents"), "invoicing:show_texts", "pen", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Layout of new drafts"), "invoicing:update_layout", "cols", Permission.EDIT_SETTINGS),
    Place(gettext_lazy("Own properties"), "customers:list_custom_properties", "cols", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("How long we keep things"), "show_retention", "clock", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("API and webhooks"), "show_api", "sync", Permission.MANAGE_API),
    Place(gettext_lazy("Move in"), "move_in", "up", Permission.MOVE_IN),
    Place(gettext_lazy("VAT"), "customers:show_vat", "book", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Own routines"), "tenants:list_routines", "book", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("What each role may do"), "tenants:list_roles", "users", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("People and invitations"), "tenants:list_people", "user", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Exchange rates"), "payments:list_exchange_rates", "sync", Permission.VIEW_SETTINGS),
    Place(gettext_lazy("Ageing"), "payments:show_ageing", "chart", Permission.VIEW_LEDGER),
    Place(gettext_lazy("Open items"), "payments:show_open_items", "chart", Permission.VIEW_LEDGER),
    Place(gettext_lazy("Received payments"), "payments:show_received_payments", "chart", Permission.VIEW_LEDGER),
    Place(gettext_lazy("VAT report"), "payments:show_vat_report", "chart", Permission.VIEW_LEDGER),
    Place(gettext_lazy("Month end"), "show_month_end", "check", Permission.VIEW_LEDGER),
    Place(
        gettext_lazy("Connect an accounting system"),
        "accounting_sync:choose_system",
        "plus",
        Permission.CONNECT_ACCOUNTING,
    ),
    Place(gettext_lazy("Files for accounting"), "accounting_sync:list_exports", "get", Permission.VIEW_LEDGER),
    Place(gettext_lazy("SAF-T file"), "payments:start_saft", "get", Permission.VIEW_LEDGER),
    Place(gettext_lazy("Proof of a period"), "invoicing:start_proof", "check", Permission.TAKE_PROOF),
    Place(gettext_lazy("Jobs"), "tenants:list_jobs", "clock", Permission.VIEW_INVOICES),
    Place(gettext_lazy("Notices"), "tenants:list_notices", "bell", Permission.VIEW_INVOICES, "g m"),
    Place(gettext_lazy("Audit trail"), "tenants:list_audit_entries", "clock", Permission.VIEW_AUDIT),
    Place(gettext_lazy("All keys"), "account_keys", "keys", Permission.VIEW_INVOICES, is_own=True),
    Place(gettext_lazy("Profile"), "account_profile", "user", Permission.VIEW_INVOICES, is_own=True),
    Place(gettext_lazy("Account and sign-in"), "mfa_index", "shield", Permission.VIEW_INVOICES, is_own=True),
    Place(gettext_lazy("Accessibility"), "accessibility", "info", Permission.VIEW_INVOICES, is_own=True),
)


# Places of kinds of work that not every organization bills, by the setting that says so.
KINDS_OF_WORK: dict[str, tuple[Place, ...]] = {
    "bills_projects": (HOURS, TO_APPROVE, PROJECTS),
    "bills_bookings": (BOOKINGS,),
    "bills_visits": (VISITS,),
    "bills_subscriptions": (SUBSCRIPTIONS,),
}


def navigation(
    slug: str, role: str, path: str, counts: dict[str, str], unused: Collection[Place] = ()
) -> list[dict[str, Any]]:
    """The groups of the side navigation for a role; the item whose page is open is marked.

    What the organization has no use for is left out, unless its page is open.
    """
    groups = []
    for label, places, at_foot in GROUPS:
        items = [
            _item(place, slug, counts)
            for place in places
            if may(role, place.permission) and (place not in unused or path.startswith(address_of(place, slug) or "?"))
        ]
        groups.append({"label": label, "at_foot": at_foot, "items": [item for item in items if item["url"]]})
    _mark_current([item for group in groups for item in group["items"]], slug, path)
    return [group for group in groups if group["items"]]


def find_places(slug: str, role: str, words: str) -> list[dict[str, Any]]:
    """Every place whose name holds the words, as entries of the palette."""
    own = [place for _label, places, _foot in GROUPS for place in places]
    entries = []
    for place in [*own, *OTHER_PLACES]:
        url = address_of(place, slug)
        if url and may(role, place.permission) and words.casefold() in str(place.label).casefold():
            keys = place.key.upper() if place.key else ""
            entries.append({"label": place.label, "url": url, "icon": place.icon, "note": "", "key": keys})
    return entries


def address_of(place: Place, slug: str) -> str:
    """The place's address in an organization; empty where no room serves it."""
    try:
        return reverse(place.url_name, args=[] if place.is_own else [slug])
    except NoReverseMatch:
        return ""


def _item(place: Place, slug: str, counts: dict[str, str]) -> dict[str, Any]:
    return {
        "label": place.label,
        "url": address_of(place, slug),
        "icon": place.icon,
        "key": place.key,
        "count": counts.get(place.url_name, ""),
        "current": False,
    }


def _mark_current(items: list[dict[str, Any]], slug: str, path: str) -> None:
    """The open page belongs to the item with the longest address that it lies under."""
    start = f"/{slug}/"
    # Pages of the settings that other rooms serve.
    own = path if not path.startswith(f"{start}exchange-rates/") else f"{start}settings/"
    under = [item for item in items if own == item["url"] or (item["url"] != start and own.startswith(item["url"]))]
    if under:
        max(under, key=lambda item: len(item["url"]))["current"] = True


def count_label(count: int, most: int) -> str:
    """A count for the frame: nothing for none, and no more digits than fit."""
    if not count:
        return ""
    return str(count) if count <= most else _("%(most)s+") % {"most": most}
