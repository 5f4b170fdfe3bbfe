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
_RUNS = _(
    "A run bills what is ready through a day, one invoice per customer. Each facility is finished with the "
    "booking list’s own count and sum, differences from the last period are looked at, the basis is frozen, and "
    "the run is approved by its name."
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

WORK_HELP: dict[str, Any] = {
    **dict.fromkeys(("update_week", "show_day", "list_work", "create_work", "update_work"), _HOURS),
    **dict.fromkeys(("list_waiting_work", "list_deputies"), _APPROVAL),
    "list_journal": _JOURNAL,
    "update_billing": _BILLING,
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
    **dict.fromkeys(("list_backlog", "show_item"), _BACKLOG),
    **dict.fromkeys(("list_proformas", "create_proformas", "show_proforma", "list_schedule_runs"), _DRAFTS),
}
