"""The organization's accounts at payment providers: their keys, how they are connected, and whether they are in use."""

from __future__ import annotations

import secrets as chance
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.ids import uuid7
from payments import errors
from payments.models import ProviderAccount, ProviderKind
from payments.online import queries
from payments.online.accounts import CURRENCIES, NEEDED, AccountTerms
from payments.online.news import tell_staff
from payments.online.secrets import HOOK, hash_of, open_secrets, seal_secrets
from payments.providers.base import Connection
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

CONNECT = "payments.connect_provider"
HOOK_BYTES = 32


@transaction.atomic
def update_provider_account(organization: Organization, terms: AccountTerms, *, actor: Actor) -> ProviderAccount:
    """Keep an account at a provider; new keys are connected by a worker before anybody can pay through it."""
    row = queries.lock_account(organization, terms.provider)
    if row is not None and row.version != terms.version:
        raise errors.SettingsChangedMeanwhile(
            _("Somebody else has saved this meanwhile. Reload the page and try again.")
        )
    given = {name: value for name, value in terms.secrets.items() if value and name in NEEDED[terms.provider]}
    kept = open_secrets(row) if row is not None else {HOOK: chance.token_urlsafe(HOOK_BYTES)}
    missing = [name for name in NEEDED[terms.provider] if not given.get(name) and not kept.get(name)]
    if missing:
        raise errors.ProviderIsNotReady(_("Enter all keys that the provider has given you."), field=missing[0])
    is_elsewhere = any(kept.get(name) != value for name, value in given.items())
    is_new = row is None
    row = row or ProviderAccount(organization=organization, provider=terms.provider, version=0)
    before = _told(row)
    row.currencies = [code for code in CURRENCIES[terms.provider] if code in terms.currencies]
    row.saves_methods, row.is_active = terms.saves_methods, terms.is_active
    row.secrets_sealed, row.hook_sha256 = seal_secrets(organization.pk, {**kept, **given}), hash_of(kept[HOOK])
    row.version += 1
    if is_elsewhere or is_new:
        row.connected_at, row.problem = None, ""
    row.save()
    changes = audit.changes(before, _told(row))
    audit.record(actor, "provider.changed", row, changes=changes, keys="new" if given else "kept")
    if row.connected_at is None and terms.provider != ProviderKind.DEMO:
        _ask_to_connect(row)
    return row


def _told(row: ProviderAccount) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("provider", "currencies", "saves_methods", "is_active")}


def _ask_to_connect(row: ProviderAccount) -> None:
    effect = outbox.Effect(CONNECT, row.pk, f"{CONNECT}:{row.pk}:{uuid7()}", {}, leaves_house=True)
    outbox.put_each(row.organization_id, [effect])


@transaction.atomic
def connect_again(organization: Organization, provider: str, *, actor: Actor) -> ProviderAccount:
    """Have a worker make us known to the provider once more."""
    row = queries.lock_account(organization, provider)
    if row is None:
        raise errors.ProviderIsNotReady(_("Save the keys first."))
    if not queries.is_waiting(organization, row.pk, CONNECT):
        audit.record(actor, "provider.tested", row)
        _ask_to_connect(row)
    return row


@transaction.atomic
def keep_connection(organization: Organization, provider: str, connection: Connection, *, now: datetime) -> None:
    """The provider knows us and tells us what happens from now on."""
    row = queries.lock_account(organization, provider)
    if row is None:
        return
    row.secrets_sealed = seal_secrets(organization.pk, {**open_secrets(row), **connection.secrets})
    row.account_reference, row.is_live = connection.account_reference[:80], connection.is_live
    row.connected_at, row.problem = now, ""
    row.save()
    audit.record(Actor.system(), "provider.connected", row, account=row.account_reference, is_live=row.is_live)


@transaction.atomic
def keep_problem(organization: Organization, provider: str, problem: str) -> None:
    """The provider would not have us: said on the settings page, and to those who look after the money."""
    row = queries.lock_account(organization, provider)
    if row is None:
        return
    row.problem = problem[:500]
    row.save(update_fields=["problem"])
    facts = {"provider": str(row), "reason": problem[:200]}
    tell_staff(
        organization, "online.refused", facts, link="settings/online-payments/", key=f"provider:{row.pk}:{row.version}"
    )


@transaction.atomic
def open_demo_provider(organization: Organization, *, actor: Actor, now: datetime) -> ProviderAccount:
    """Give an organization of the demo the provider that moves no money; never in production."""
    if settings.IS_PRODUCTION:
        raise PermissionDenied
    standing = queries.find_account(organization, ProviderKind.DEMO)
    if standing is not None:
        return standing
    hook = chance.token_urlsafe(HOOK_BYTES)
    row = ProviderAccount.objects.create(
        organization=organization,
        provider=ProviderKind.DEMO,
        secrets_sealed=seal_secrets(organization.pk, {HOOK: hook}),
        hook_sha256=hash_of(hook),
        account_reference="demo",
        currencies=list(CURRENCIES[ProviderKind.DEMO]),
        saves_methods=True,
        connected_at=now,
    )
    audit.record(actor, "provider.connected", row, account="demo", is_live=False)
    return row
