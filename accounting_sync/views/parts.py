"""What the pages of a connection share: the words of its state, its tabs, and what is still to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting_sync.actions.connections import READ_LISTS, TEST
from accounting_sync.actions.permits import EXCHANGE
from accounting_sync.models import Connection, ConnectionState, Permit
from accounting_sync.providers.base import Adapter, ListKind, Stage
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.queries.connections import adapter_of, get_connection, mappings_of
from accounting_sync.queries.permits import newest_permit, waits_for
from accounting_sync.secrets import open_secrets
from tenants.permissions import OrganizationRequest, Permission

INVALID = 422
PILLS: Mapping[str, str] = {
    ConnectionState.SETTING_UP: "draft",
    ConnectionState.ACTIVE: "ok",
    ConnectionState.PAUSED: "warn",
    ConnectionState.ACCESS_ENDED: "bad",
    ConnectionState.CLOSED: "draft",
}
WORK_WORDS: Mapping[str, Any] = {
    EXCHANGE: gettext_lazy("Connecting"),
    READ_LISTS: gettext_lazy("Reading accounts and codes"),
    TEST: gettext_lazy("Trying the connection"),
}
SHOWN_LETTERS, HIDDEN_UNDER = 4, 12  # of a key: its last letters, and none of a short one


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting up."""

    label: str
    hint: str
    address: str
    is_done: bool
    is_current: bool


def page_of(request: OrganizationRequest, connection_id: UUID, tab: str) -> dict[str, Any]:
    """What every page of a connection shows around its own part."""
    connection = get_connection(request.organization, connection_id)
    adapter = adapter_of(connection)
    return {
        "connection": connection,
        "adapter": adapter,
        "pill": PILLS[connection.state],
        "is_preview": adapter.stage == Stage.PREVIEW,
        "is_open": connection.state != ConnectionState.CLOSED,
        "may_connect": request.may(Permission.CONNECT_ACCOUNTING),
        "tab": tab,
    }


def state_of(connection: Connection, adapter: Adapter) -> dict[str, Any]:
    """How the connection stands: what is under way, what went wrong, and the last letters of its keys."""
    waiting = waits_for(connection, [EXCHANGE, READ_LISTS, TEST])
    permit = newest_permit(connection) if isinstance(adapter.entering, OAuthCode) else None
    denied = permit.problem if permit is not None and _is_newer(permit, connection) else ""
    return {
        "working": next((WORK_WORDS[kind] for kind in WORK_WORDS if kind in waiting), ""),
        "problem": denied or connection.problem,
        "is_let_in": connection.secrets_sealed is not None,
        "has_page": isinstance(adapter.entering, OAuthCode),
        "is_set_up": is_set_up(type(adapter)),
        "hints": key_hints(connection, adapter),
    }


def _is_newer(permit: Permit, connection: Connection) -> bool:
    """Whether nothing has gone well since this visit."""
    return permit.used_at is not None and (connection.reached_at is None or connection.reached_at < permit.used_at)


def key_hints(connection: Connection, adapter: Adapter) -> list[tuple[Any, str]]:
    """The keys that were pasted, as far as they may be seen."""
    if isinstance(adapter.entering, OAuthCode):
        return []
    kept = open_secrets(connection)
    return [
        (key.label, _hinted(kept[key.name]) if key.is_secret else kept[key.name])
        for key in adapter.entering.keys
        if kept.get(key.name)
    ]


def _hinted(secret: str) -> str:
    return "••••" + (secret[-SHOWN_LETTERS:] if len(secret) >= HIDDEN_UNDER else "")


def is_set_up(adapter: type[Adapter]) -> bool:
    """Whether whoever runs the installation has registered it where that is needed."""
    return not isinstance(adapter.entering, OAuthCode) or bool(settings.LEDGER_CLIENTS.get(adapter.entering.client))


def steps_of(request: OrganizationRequest, connection: Connection, adapter: Adapter, missing: int) -> list[Step]:
    """The way from nothing to pushing, with the first step that is not done as the current one."""
    unset = [
        option
        for option in adapter.options
        if option.is_required and adapter.mode in option.modes and not connection.options.get(option.name)
    ]
    unseen = mappings_of(connection).filter(is_suggested=True, vanished_at=None).count()
    has_read = connection.lists_read_at is not None
    asks_company = any(option.choices == ListKind.COMPANIES for option in adapter.options)
    own = [request.organization.slug, connection.pk]
    here = reverse("accounting_sync:show_connection", args=own)
    mapped = has_read and not unset and not missing and not unseen
    plan: list[tuple[str, str, str, bool]] = [
        (_("Connect"), adapter.label, here, connection.secrets_sealed is not None),
        (_("Company") if asks_company else _("Choices"), _("What vouchers go to"), here, has_read and not unset),
        (
            _("Mapping"),
            _("Accounts and VAT codes"),
            reverse("accounting_sync:show_mapping", args=own),
            mapped,
        ),
        (
            _("Preview"),
            _("Your newest vouchers"),
            reverse("accounting_sync:show_preview", args=own),
            connection.activated_at is not None,
        ),
        (
            _("Activate"),
            _("Push from a day on"),
            reverse("accounting_sync:update_push_terms", args=own),
            connection.activated_at is not None,
        ),
    ]
    current = next((place for place, each in enumerate(plan) if not each[3]), len(plan))
    return [
        Step(label, hint, address, is_done, place == current)
        for place, (label, hint, address, is_done) in enumerate(plan)
    ]
