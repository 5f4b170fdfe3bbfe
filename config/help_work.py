"""What the pages of work and its billing are for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_HOURS = _(
    "Write down what you did, day by day, and hand it in. Whoever leads the project approves it or sends it back "
    "with a reason; approved work is changed by a correction only."
)
_APPROVAL = _(
    "Work that others handed in for your projects, and for those you stand in for. Approved, it becomes billable; "
    "sent back, its maker reads your reason."
)
_JOURNAL = _(
    "Approved work with its VAT treatment, account and dimensions. Released here, it can be billed; until then it "
    "waits."
)
_PROJECTS = _(
    "A project belongs to a customer and is led by one person. Its contracts say how work is billed, who bears "
    "which share, and up to what amount."
)
_CONTRACT = _(
    "What is agreed: the shares of the customers, the lines and how each is billed, schedules and limits. Work in "
    "the backlog keeps the price and the customer that it was taken in with."
)
_LIMITS = _(
    "An amount that is not to be exceeded stops work before it is billed. Ask for a higher one with a reason; "
    "when it is approved, what was stopped is checked again."
)
_REPORTS = _(
    "Work that is not billed yet by age, how soon work is billed, contracts against what is billed, what was "
    "written off, and the next days on which schedules bill. Each can be taken along as CSV or XLSX."
)
_ADVANCES = _(
    "An advance is asked for by a payment request, which is no invoice and states no VAT. When it is paid, the next "
    "invoices use it: they keep their whole VAT, and less is left to pay. What is not used can be paid back."
)
_QUOTES = _(
    "What is offered to a customer, who reads, accepts or declines it on the page behind a link. The answer holds for "
    "the very words that were shown. An accepted quote becomes an order, and its confirmation is mailed by itself."
)
_ORDERS = _(
    "What was agreed, frozen as it was accepted. An order is billed once: by a draft with its lines, or under a "
    "contract. Its page shows the invoices and how they stand."
)
_FINANCE = _(
    "Where invoices are issued in another finance system, a run’s basis becomes a file in that system’s layout. What "
    "is exported has left the backlog; the file is handed over once, its receipt must say the same count and sum, and "
    "what comes back as errors is corrected and takes the same steps again."
)
_RUNS = _(
    "A run bills what is ready through a day, one invoice per customer. Each facility is finished with the "
    "booking list’s own count and sum, differences from the last period are looked at, the basis is frozen, and "
    "the run is approved by its name."
)
_BOOKINGS = _(
    "Bookings of facilities with who uses them and who pays. The price follows the price list and the target group; "
    "another price, or none, has a written reason. A billable booking is found by billing runs at once, and one that "
    "is cancelled is never billed."
)
_PRICE_LISTS = _(
    "What a facility, or every facility of a group, costs for each target group. A new period begins with a copy, "
    "raised or lowered by a per cent; what is booked already keeps its price."
)
_BACKLOG = _(
    "Billable work that waits. Mark what the next invoices shall hold as ready; what stands in the way of an item "
    "is told with the way out. What became of it is asked of the invoices, so a credit note brings work back by "
    "itself."
)
_DRAFTS = _(
    "Drafts made of work that is ready. The project manager confirms them, with what becomes of hours that were "
    "taken off; then the accountant finalizes them or gives them back with a reason."
)
_BILLING = _(
    "Who approves work, whether the accountant releases it, whether drafts are confirmed, and what becomes of "
    "hours that are taken off a draft."
)
_VISITS = _(
    "Who goes to which customer on which day. A visit that is done goes to the backlog, or is billed at once where "
    "you decided so; one that is cancelled takes its bill back. Day sheets are printed with customer numbers."
)

_BY_ITSELF = _(
    "What becomes of work by itself: nothing, a draft that collects a week or a month, or an invoice; when it is done "
    "or the night before; sent or not. A customer may decide each of these for itself."
)
_BRING_ALONG = _(
    "The invoices that were formed the night before for a day’s visits, by whoever brings them along. Choose what is "
    "to be printed; a draft that was printed is printed again once it is an invoice."
)
_SUBSCRIPTIONS = _(
    "What customers pay for period by period. Each period is charged once, in advance or when it is over; a price, a "
    "pause or a stop holds from a day on, and part of a period is charged by its days. Whether invoices are made by "
    "themselves is decided for the customer."
)

WORK_HELP: dict[str, Any] = {
    **dict.fromkeys(("update_week", "show_day", "list_work", "create_work", "update_work"), _HOURS),
    **dict.fromkeys(("list_waiting_work", "list_deputies"), _APPROVAL),
    "list_journal": _JOURNAL,
    "update_billing": _BILLING,
    **dict.fromkeys(("update_automation", "choose_customer_automation", "update_customer_automation"), _BY_ITSELF),
    "list_bring_along": _BRING_ALONG,
    **dict.fromkeys(("list_projects", "create_project", "show_project", "update_project"), _PROJECTS),
    **dict.fromkeys(
        ("create_contract", "show_contract", "update_contract", "plan_milestones", "bill_progress"), _CONTRACT
    ),
    **dict.fromkeys(("set_limits", "ask_limit", "list_limit_requests", "show_limit_request"), _LIMITS),
    **dict.fromkeys(
        (
            "list_work_reports",
            "report_unbilled",
            "report_days",
            "report_contracts",
            "report_write_offs",
            "report_runs",
        ),
        _REPORTS,
    ),
    **dict.fromkeys(
        ("list_facilities", "create_facility", "update_facility", "list_runs", "open_run", "show_run"), _RUNS
    ),
    **dict.fromkeys(
        (
            "list_finance_targets",
            "create_finance_target",
            "update_finance_target",
            "list_run_files",
            "show_run_file",
        ),
        _FINANCE,
    ),
    **dict.fromkeys(("list_bookings", "create_booking", "show_booking", "update_booking"), _BOOKINGS),
    **dict.fromkeys(("list_price_lists", "create_price_list", "update_price_list", "copy_price_list"), _PRICE_LISTS),
    **dict.fromkeys(("list_backlog", "show_item"), _BACKLOG),
    **dict.fromkeys(("list_quotes", "create_quote", "show_quote", "update_quote", "show_customer_quote"), _QUOTES),
    **dict.fromkeys(("list_orders", "show_order", "contract_order"), _ORDERS),
    **dict.fromkeys(("list_advances", "ask_advance", "show_advance", "refund_advance", "use_advances"), _ADVANCES),
    **dict.fromkeys(("list_visits", "plan_visit", "show_visit", "change_visit", "show_day_sheets"), _VISITS),
    **dict.fromkeys(
        (
            "list_subscriptions",
            "create_subscription",
            "show_subscription",
            "update_subscription",
            "change_price",
            "pause_subscription",
            "resume_subscription",
            "stop_subscription",
        ),
        _SUBSCRIPTIONS,
    ),
    **dict.fromkeys(("list_proformas", "create_proformas", "show_proforma", "list_schedule_runs"), _DRAFTS),
}
