"""Handing finance files over, each attempt written down, and telling the receiver that one has come (M-149)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import FileIsNotReady
from billing_backlog.handing import words_of
from billing_backlog.models import Handing, RunFile, TransferAttempt, TransferOutcome
from billing_backlog.queries import run_files as queries
from foundation.transfer import Handed
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

TRANSFER = "billing_backlog.transfer_file"
TELL = "billing_backlog.tell_receiver"


@transaction.atomic
def start_transfer(organization: Organization, file_id: UUID, *, actor: Actor, now: datetime) -> RunFile:
    """Let the file be handed over in the background; what goes by hand is noted as handed over at once.

    Twice is as good as once: a file that was handed over is not sent again.
    """
    file = queries.lock_file(organization, file_id)
    if file.undone_at is not None:
        raise FileIsNotReady(_("%(name)s was taken back.") % {"name": file.name})
    if file.transferred_at is not None:
        return file
    if file.target.handing == Handing.BY_HAND:
        return settle_transfer(organization, file_id, TransferOutcome.BY_HAND, reason="", actor=actor, now=now)
    if outbox.make_due_of(organization.pk, TRANSFER, file.pk):
        return file
    attempt = len(queries.attempts_of(organization, file)) + 1
    key = f"run_file:{file.pk}:{attempt}"
    payload = {"actor_kind": actor.kind, "actor_id": str(actor.id or ""), "actor_name": actor.name}
    outbox.put_each(organization.pk, [outbox.Effect(TRANSFER, file.pk, key, payload)])
    audit.record(actor, "run_file.transfer_started", file, place=words_of(file.target))
    return file


@transaction.atomic
def settle_transfer(
    organization: Organization, file_id: UUID, outcome: str, *, reason: str, actor: Actor, now: datetime
) -> RunFile:
    """Write down what an attempt came to; where the file is there, its receiver is told."""
    file = queries.lock_file(organization, file_id)
    TransferAttempt.objects.create(
        organization=organization,
        file=file,
        outcome=outcome,
        place=words_of(file.target)[:300],
        reason=reason[:500],
        made_by=actor.name,
        made_at=now,
    )
    if outcome == TransferOutcome.FAILED:
        audit.record(actor, "run_file.transfer_failed", file, reason=reason[:300])
        return file
    if file.transferred_at is None:
        file.transferred_at = now
        file.save(update_fields=["transferred_at"])
        audit.record(actor, "run_file.transferred", file, sha256=file.sha256, place=words_of(file.target))
        if file.target.receiver_email:
            effect = outbox.Effect(TELL, file.pk, f"run_file_told:{file.pk}", {})
            outbox.put_each(organization.pk, [effect])
    return file


def outcome_of(handed: Handed) -> TransferOutcome:
    """The outcome of an attempt that did not fail."""
    return TransferOutcome.SENT if handed is Handed.SENT else TransferOutcome.WAS_THERE
