"""Who may do what: one enum, one role table, one decorator."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from foundation.transactions import read_only
from tenants import queries
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, Role, User


class Permission(StrEnum):
    """One name per verb that may be refused."""

    VIEW_INVOICES = "view_invoices"
    EDIT_DRAFTS = "edit_drafts"
    DELETE_DRAFTS = "delete_drafts"
    FINALIZE_INVOICES = "finalize_invoices"
    CREDIT_INVOICES = "credit_invoices"
    CORRECT_INVOICES = "correct_invoices"
    APPROVE_INVOICES = "approve_invoices"
    SEND_INVOICES = "send_invoices"
    ANSWER_CUSTOMERS = "answer_customers"
    EDIT_FOLLOW_UP = "edit_follow_up"
    SHARE_VIEWS = "share_views"
    EXPORT_DATA = "export_data"
    IMPORT_DATA = "import_data"
    TAKE_PROOF = "take_proof"
    VIEW_CUSTOMERS = "view_customers"
    EDIT_CUSTOMERS = "edit_customers"
    REVEAL_NATIONAL_ID = "reveal_national_id"
    ERASE_PERSONAL_DATA = "erase_personal_data"
    VIEW_PRODUCTS = "view_products"
    EDIT_PRODUCTS = "edit_products"
    VIEW_BACKLOG = "view_backlog"
    VIEW_ALL_PROJECTS = "view_all_projects"
    ENTER_WORK = "enter_work"
    APPROVE_WORK = "approve_work"
    EDIT_CONTRACTS = "edit_contracts"
    MARK_READY = "mark_ready"
    CONFIRM_PROFORMAS = "confirm_proformas"
    RELEASE_WORK = "release_work"
    PREPARE_RUNS = "prepare_runs"
    APPROVE_RUNS = "approve_runs"
    EDIT_BILLING = "edit_billing"
    VIEW_LEDGER = "view_ledger"
    VIEW_PAYMENTS = "view_payments"
    REGISTER_PAYMENTS = "register_payments"
    REFUND_PAYMENTS = "refund_payments"
    WRITE_OFF_CLAIMS = "write_off_claims"
    CHARGE_METHODS = "charge_methods"
    HOLD_CLAIMS = "hold_claims"
    SEND_REMINDERS = "send_reminders"
    EDIT_REMINDER_PLANS = "edit_reminder_plans"
    HAND_TO_COLLECTION = "hand_to_collection"
    CONNECT_ACCOUNTING = "connect_accounting"
    SYNC_VOUCHERS = "sync_vouchers"
    CLOSE_PERIODS = "close_periods"
    MOVE_IN = "move_in"
    EDIT_EXCHANGE_RATES = "edit_exchange_rates"
    VIEW_AUDIT = "view_audit"
    VIEW_SETTINGS = "view_settings"
    EDIT_SETTINGS = "edit_settings"
    EDIT_BANK_ACCOUNTS = "edit_bank_accounts"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_API = "manage_api"


_READ = {Permission.VIEW_INVOICES, Permission.VIEW_CUSTOMERS, Permission.VIEW_PRODUCTS, Permission.VIEW_PAYMENTS}

_WRITE_DRAFTS = {
    Permission.EDIT_DRAFTS,
    Permission.DELETE_DRAFTS,
    Permission.EDIT_FOLLOW_UP,
    Permission.EXPORT_DATA,
    Permission.ANSWER_CUSTOMERS,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ACCOUNTANT: frozenset(Permission)
    - {
        Permission.MANAGE_MEMBERS,
        Permission.MANAGE_API,
        Permission.EDIT_BANK_ACCOUNTS,
        Permission.ERASE_PERSONAL_DATA,
        Permission.MOVE_IN,
    },
    Role.PROJECT_MANAGER: frozenset(
        _READ
        | _WRITE_DRAFTS
        | {
            Permission.VIEW_BACKLOG,
            Permission.ENTER_WORK,
            Permission.APPROVE_WORK,
            Permission.EDIT_CONTRACTS,
            Permission.MARK_READY,
            Permission.CONFIRM_PROFORMAS,
        }
    ),
    Role.CASE_WORKER: frozenset(
        _READ
        | _WRITE_DRAFTS
        | {
            Permission.EDIT_CUSTOMERS,
            Permission.VIEW_BACKLOG,
            Permission.VIEW_ALL_PROJECTS,
            Permission.ENTER_WORK,
            Permission.MARK_READY,
            Permission.PREPARE_RUNS,
        }
    ),
    Role.AUDITOR: frozenset(
        _READ
        | {
            Permission.VIEW_BACKLOG,
            Permission.VIEW_ALL_PROJECTS,
            Permission.VIEW_LEDGER,
            Permission.VIEW_AUDIT,
            Permission.VIEW_SETTINGS,
            Permission.EXPORT_DATA,
            Permission.TAKE_PROOF,
        }
    ),
}


def may(role: str, permission: Permission) -> bool:
    """Whether the role carries the permission."""
    return permission in ROLE_PERMISSIONS[Role(role)]


class OrganizationRequest(HttpRequest):
    """A request inside an organization, by a member of it."""

    organization: Organization
    membership: queries.MembershipOf
    actor: Actor
    htmx: HtmxDetails
    user: User

    may: Callable[[Permission], bool]  # whether the member holds a permission


P = ParamSpec("P")
OrganizationView = Callable[Concatenate[OrganizationRequest, P], HttpResponse]


def organization_view(permission: Permission) -> Callable[[OrganizationView[P]], Callable[..., HttpResponse]]:
    """A view inside an organization: 404 to strangers, 403 to members without the right, GET in one reading."""

    def decorate(view: OrganizationView[P]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def enter(request: HttpRequest, organization: str, **kwargs: Any) -> HttpResponse:
            # The frame of the page names them all, so they are asked for once.
            memberships = queries.memberships_of(cast(User, request.user).pk)
            membership = next((one for one in memberships if one.slug == organization), None)
            if membership is None:
                raise Http404
            request.memberships = memberships  # type: ignore[attr-defined]  # read by the frame
            with organization_context(membership.organization_id):
                return _answer(view, cast(OrganizationRequest, request), membership, permission, kwargs)

        enter.permission = permission  # type: ignore[attr-defined]  # read by the permission table test
        return enter

    return decorate


def _answer(
    view: Callable[..., HttpResponse],
    request: OrganizationRequest,
    membership: queries.MembershipOf,
    permission: Permission,
    kwargs: dict[str, Any],
) -> HttpResponse:
    request.membership = membership
    request.actor = Actor.person(request.user)
    request.may = lambda wanted: may(membership.role, wanted)
    if request.method in {"GET", "HEAD"}:
        with read_only():
            request.organization = queries.get_open_organization(membership.organization_id)
            _refuse_without(membership, permission)
            return view(request, **kwargs)
    with read_only():
        request.organization = queries.get_open_organization(membership.organization_id)
    _refuse_without(membership, permission)
    return view(request, **kwargs)


def _refuse_without(membership: queries.MembershipOf, permission: Permission) -> None:
    if not may(membership.role, permission):
        raise PermissionDenied


def granted(role: str) -> frozenset[Permission]:
    """Everything that a role may do."""
    return ROLE_PERMISSIONS[Role(role)]


def organization_id_of(request: OrganizationRequest) -> UUID:
    """The id of the organization that the request is inside."""
    return request.organization.pk
