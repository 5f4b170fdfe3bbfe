"""Jobs in words: what each kind of long work is called, what it works on, and who may have it done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job as people read of it."""

    label: Any
    items: Any = ""  # the heading over what became of each item
    subject_view: str = ""  # the page of one item
    again: str = ""  # the permission to have the failed ones done again; empty: it is begun from its own page


KINDS: dict[str, JobKind] = {
    "invoicing.finalize_many": JobKind(
        gettext_lazy("Finalize drafts"), gettext_lazy("Drafts"), "invoicing:show_invoice", "finalize_invoices"
    ),
    "invoicing.change_many": JobKind(
        gettext_lazy("Change many invoices"), gettext_lazy("Invoices"), "invoicing:show_invoice", "edit_follow_up"
    ),
    "invoicing.look_up_customers": JobKind(
        gettext_lazy("Look up customers in the network"),
        gettext_lazy("Customers"),
        "customers:show_customer",
        "edit_customers",
    ),
    "invoicing.take_proof": JobKind(gettext_lazy("Take proof of a period")),
    "invoicing.export_invoices": JobKind(gettext_lazy("Export invoices")),
    "invoicing.make_print_file": JobKind(gettext_lazy("Put letters together for printing")),
    "invoicing.send_many": JobKind(
        gettext_lazy("Send invoices"), gettext_lazy("Invoices"), "invoicing:show_invoice", "send_invoices"
    ),
    "invoicing.send_again": JobKind(
        gettext_lazy("Send again"), gettext_lazy("Invoices"), "invoicing:show_invoice", "send_invoices"
    ),
    "invoicing.send_statements": JobKind(
        gettext_lazy("Send statements of account"),
        gettext_lazy("Customers"),
        "customers:show_customer",
        "send_invoices",
    ),
    "billing_backlog.make_proformas": JobKind(
        gettext_lazy("Make drafts from backlog"), gettext_lazy("Drafts"), "invoicing:show_invoice", "mark_ready"
    ),
    "billing_backlog.confirm_many": JobKind(
        gettext_lazy("Confirm drafts"), gettext_lazy("Drafts"), "invoicing:show_invoice", "confirm_proformas"
    ),
    "billing_backlog.act_on_items": JobKind(
        gettext_lazy("Change work in the backlog"), gettext_lazy("Lines"), "billing_backlog:show_item", "mark_ready"
    ),
    "billing_backlog.export_backlog": JobKind(gettext_lazy("Export the billing backlog")),
    "billing_backlog.rehearse_import": JobKind(gettext_lazy("Rehearse a file of work"), gettext_lazy("Rows")),
    "billing_backlog.take_import": JobKind(gettext_lazy("Take a file of work in"), gettext_lazy("Rows")),
    "billing_backlog.print_bring_along": JobKind(gettext_lazy("Print what is brought along")),
    "billing_backlog.generate_run": JobKind(gettext_lazy("Generate a billing run")),
    "billing_backlog.export_report": JobKind(gettext_lazy("Export a report")),
    "payments.export_report": JobKind(gettext_lazy("Export a report")),
    "payments.write_saft": JobKind(gettext_lazy("SAF-T file")),
    "accounting_sync.write_export": JobKind(gettext_lazy("File of vouchers")),
    "payments.post_bank_file": JobKind(gettext_lazy("Match a bank file")),
    "payments.charge_many": JobKind(
        gettext_lazy("Charge saved cards"), gettext_lazy("Invoices"), "payments:show_receivable"
    ),
    "config.rehearse_import": JobKind(gettext_lazy("Rehearse an import"), gettext_lazy("Rows")),
    "config.import_records": JobKind(gettext_lazy("Import"), gettext_lazy("Rows")),
    "config.rehearse_move_in": JobKind(gettext_lazy("Rehearse the move-in")),
    "config.move_in": JobKind(gettext_lazy("Move in")),
    "config.export_records": JobKind(gettext_lazy("Export customers or products")),
}


def kind_of(name: str) -> JobKind:
    """The words of a kind; of one that this release does not know, its name."""
    return KINDS.get(name) or JobKind(name.rpartition(".")[2].replace("_", " ").capitalize())
