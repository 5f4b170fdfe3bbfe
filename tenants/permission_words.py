"""What each permission lets a person do, in words, in the order in which the table of roles shows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tenants.models import Role
from tenants.permissions import ROLE_PERMISSIONS, Permission

P = Permission
GROUPS: tuple[tuple[Any, dict[Permission, Any]], ...] = (
    (
        _("Invoices"),
        {
            P.VIEW_INVOICES: _("See invoices and drafts"),
            P.EDIT_DRAFTS: _("Write drafts"),
            P.DELETE_DRAFTS: _("Delete drafts"),
            P.APPROVE_INVOICES: _("Approve what somebody else wrote"),
            P.FINALIZE_INVOICES: _("Finalize: give numbers"),
            P.CREDIT_INVOICES: _("Make credit notes"),
            P.CORRECT_INVOICES: _("Correct and reissue, void"),
            P.SEND_INVOICES: _("Send invoices, print letters, and see to what nobody got"),
            P.ANSWER_CUSTOMERS: _("Answer what customers say of invoices"),
            P.EDIT_FOLLOW_UP: _("Change the owner and own properties of invoices"),
            P.SHARE_VIEWS: _("Share saved views with everybody"),
        },
    ),
    (
        _("Customers and products"),
        {
            P.VIEW_CUSTOMERS: _("See customers"),
            P.EDIT_CUSTOMERS: _("Register and change customers"),
            P.REVEAL_NATIONAL_ID: _("Look at national ids"),
            P.ERASE_PERSONAL_DATA: _("Give out and erase what is kept of a person"),
            P.VIEW_PRODUCTS: _("See products"),
            P.EDIT_PRODUCTS: _("Register and change products"),
            P.IMPORT_DATA: _("Import customers and products"),
        },
    ),
    (
        _("Billing backlog"),
        {
            P.VIEW_BACKLOG: _("See billable work of own projects"),
            P.VIEW_ALL_PROJECTS: _("See the work of every project"),
            P.ENTER_WORK: _("Write down hours, expenses, material and fees"),
            P.APPROVE_WORK: _("Approve what others wrote down"),
            P.EDIT_CONTRACTS: _("Register projects and contracts"),
            P.MARK_READY: _("Mark work ready for billing, write it off, cancel it"),
            P.CONFIRM_PROFORMAS: _("Make drafts of work and confirm them"),
            P.RELEASE_WORK: _("Release approved work for billing"),
            P.PREPARE_RUNS: _("Prepare billing runs"),
            P.APPROVE_RUNS: _("Approve and generate billing runs"),
            P.EDIT_BILLING: _("Change how work is billed"),
        },
    ),
    (
        _("Payments"),
        {
            P.VIEW_PAYMENTS: _("See payments and what is owed"),
            P.REGISTER_PAYMENTS: _("Register payments, take in bank files, use money on invoices"),
            P.REFUND_PAYMENTS: _("Pay money back to customers"),
            P.WRITE_OFF_CLAIMS: _("Write claims off as lost"),
            P.CHARGE_METHODS: _("Charge and remove saved cards"),
            P.HOLD_CLAIMS: _("Hold claims back and release them"),
            P.SEND_REMINDERS: _("Send and remove reminders, and pause them"),
            P.EDIT_REMINDER_PLANS: _("Change how customers are reminded"),
            P.HAND_TO_COLLECTION: _("Hand claims over to collection"),
        },
    ),
    (
        _("Books and proof"),
        {
            P.VIEW_LEDGER: _("See vouchers and the number ledger"),
            P.CONNECT_ACCOUNTING: _("Connect accounting systems and say what our accounts are called there"),
            P.SYNC_VOUCHERS: _("Push vouchers to accounting systems and mend what was stopped"),
            P.CLOSE_PERIODS: _("Close periods and open them again"),
            P.EDIT_EXCHANGE_RATES: _("Enter exchange rates"),
            P.VIEW_AUDIT: _("See the audit trail"),
            P.EXPORT_DATA: _("Export lists"),
            P.TAKE_PROOF: _("Take proof packs"),
        },
    ),
    (
        _("Settings"),
        {
            P.VIEW_SETTINGS: _("See the settings"),
            P.EDIT_SETTINGS: _("Change the settings"),
            P.EDIT_BANK_ACCOUNTS: _("Ask for and approve changes of bank accounts"),
            P.MOVE_IN: _("Move in from another system"),
            P.MANAGE_MEMBERS: _("Invite people and change roles"),
            P.MANAGE_API: _("Give programs keys, and have them told what happens"),
        },
    ),
)
OTHERS = _("Other")


def table_of_roles() -> list[tuple[Any, list[tuple[Any, list[bool]]]]]:
    """Groups of permissions in words, each with whether every role holds it, in the order of the roles."""
    described = {permission for _label, words in GROUPS for permission in words}
    rest = {permission: permission.value.replace("_", " ") for permission in Permission if permission not in described}
    groups = [*GROUPS, (OTHERS, rest)] if rest else GROUPS
    return [
        (
            label,
            [(words, [permission in ROLE_PERMISSIONS[role] for role in Role]) for permission, words in wanted.items()],
        )
        for label, wanted in groups
    ]
