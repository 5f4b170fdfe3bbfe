"""The background doors of tenants."""

from __future__ import annotations

import json
from smtplib import SMTPException
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from foundation.mail import send_message
from tenants import actions, outbox, queries, sealing
from tenants.audit_words import line_of
from tenants.bank_accounts import apply_due_bank_changes
from tenants.context import organization_context
from tenants.models import OutboxRow
from tenants.sweeps import sweep_organizations


@shared_task(name="tenants.seal_audit_everywhere")
def seal_audit_everywhere() -> int:
    """Chain the audit lines that have been committed since the last round."""
    return sealing.seal_everywhere()


@shared_task(name="tenants.wake_outbox")
def wake_outbox() -> int:
    """One more round of the relay, in case none is running."""
    sweep_organizations("Giving up", lambda organization: outbox.give_up_exhausted(organization.pk))
    return outbox.hand_out_due_rows()


@shared_task(name="tenants.publish_audit_heads")
def publish_audit_heads() -> str:
    """Write the head of every audit chain to a file outside the database: a cut tail shows against it."""
    heads = {}
    for organization_id in queries.all_organization_ids():
        sealing.seal(organization_id)  # also lines that the minutely round, which looks two days back, has left behind
        with organization_context(organization_id), transaction.atomic():
            organization = queries.get_open_organization(organization_id)
            sequence, link = sealing.chain_head(organization)
            heads[str(organization_id)] = {"sequence": sequence, "hash": link}
    folder = settings.DATA_DIR / "audit-heads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{timezone.localdate().isoformat()}.json"
    path.write_text(json.dumps(heads, indent=1, sort_keys=True), encoding="utf-8")
    return str(path)


@shared_task(name="tenants.clear_expired_sessions")
def clear_expired_sessions() -> None:
    """Remove sessions that have run out."""
    SessionStore.clear_expired()


@shared_task(name="tenants.send_invitation")
def send_invitation(organization_id: str, outbox_id: str) -> None:
    """Mail the link of an invitation; its secret is made here and stands nowhere but in the mail."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        renewed = actions.renew_invitation_secret(row.organization_id, row.subject_id)
        if renewed is None:  # accepted or withdrawn meanwhile
            outbox.finish(row)
            return
        invitation, secret = renewed
        path = reverse("accept_invitation", args=[invitation.organization_id, secret])
        context = {"invitation": invitation, "link": settings.BASE_URL + path}
        _mail(row, "tenants/invitation", invitation.email, context, invitation.invited_by.language)


@shared_task(name="tenants.apply_bank_changes")
def apply_bank_changes() -> int:
    """Let changes of bank accounts hold whose waiting day is over; returns how many."""
    return sweep_organizations(
        "Letting bank accounts hold",
        lambda organization: apply_due_bank_changes(organization.pk, now=timezone.now()),
    )


@shared_task(name="tenants.send_bank_notice")
def send_bank_notice(organization_id: str, outbox_id: str) -> None:
    """Tell one owner that somebody wants to change, or has changed, where customers pay to."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with transaction.atomic():
            organization = queries.get_open_organization(row.organization_id)
            entry = queries.get_audit_entry(organization, UUID(row.payload["entry_id"]))
            owner = queries.owner_of(organization, UUID(row.payload["user_id"]))
            change = queries.find_bank_change(organization, row.subject_id)
        if owner is None:  # no owner any more
            outbox.finish(row)
            return
        with translation.override(owner.language):
            changes = line_of(entry).details
        link = settings.BASE_URL + reverse("tenants:list_bank_accounts", args=[organization.slug])
        about: dict[str, object] = {"organization": organization, "entry": entry, "change": change}
        _mail(row, "tenants/bank_notice", owner.email, about | {"changes": changes, "link": link}, owner.language)


def _mail(row: OutboxRow, name: str, to: str, context: dict[str, object], language: str) -> None:
    try:
        send_message(name, to, context, language, key=str(row.pk))
    except (SMTPException, OSError) as error:
        outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
    else:
        outbox.finish(row)
