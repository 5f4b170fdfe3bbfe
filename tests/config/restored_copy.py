"""A process beside a restored database: says what it may do there, one JSON object of answers."""

from __future__ import annotations

import json
import sys

import django
from django.core import mail
from django.core.management import call_command


def main() -> None:
    """Try to send as a running installation would, before and after it is released."""
    django.setup()
    from django.conf import settings
    from django.db import connection, transaction

    from tenants import environment, outbox, queries
    from tenants.context import organization_context
    from tenants.models import OutboxRow, OutboxState
    from tenants.tasks import send_invitation

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CELERY_TASK_ALWAYS_EAGER = True
    from celery import current_app

    current_app.conf.task_always_eager = True
    mail.outbox = []
    answers: dict[str, object] = {}

    def send_all() -> int:
        for _round in range(3):
            outbox.hand_out_due_rows()
        # A nudge that a broker kept from before the restore.
        for organization_id in queries.all_organization_ids():
            with organization_context(organization_id), transaction.atomic():
                rows = list(OutboxRow.objects.of(organization_id).filter(kind="tenants.send_invitation"))
            for row in rows:
                send_invitation(str(organization_id), str(row.pk))
        return len(mail.outbox)

    with transaction.atomic():
        queries.all_organization_ids()
    answers["lock"] = environment.lock().value
    answers["sent_while_locked"] = send_all()
    try:
        environment.refuse_locked()
    except environment.SendingIsLocked:
        answers["refuses"] = True
    answers["waiting"] = environment.waiting().effects
    connection.close()
    try:
        call_command("release_environment", stdout=sys.stderr)
    except Exception as refusal:  # noqa: BLE001 - what the command says is the answer
        answers["asks_first"] = "--yes" in str(refusal)
    answers["still_locked"] = environment.lock().value
    call_command("release_environment", "--yes", stdout=sys.stderr)
    answers["lock_after_release"] = environment.lock().value
    answers["sent_after_release"] = send_all()
    for organization_id in queries.all_organization_ids():
        with organization_context(organization_id), transaction.atomic():
            states = OutboxRow.objects.of(organization_id).filter(kind="tenants.send_invitation").values_list("state")
            answers["states"] = [state for (state,) in states]
    assert OutboxState.SENT
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
