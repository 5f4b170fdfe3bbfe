"""How the customers of the demo were reminded: each morning of the last weeks, by the timetable's own actions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from invoicing.actions import deliveries
from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome
from invoicing.models import Delivery
from reminders.actions.run import open_run
from reminders.actions.sending import send_chunk
from reminders.actions.withdrawing import settle_letters
from reminders.models import DunningRun, ReminderLetter, ReminderSettings
from reminders.queries.reminders import next_to_send
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

DAYS = 24
MORNING = time(8, 5)
TOOK_IT = Outcome(states.SENT, source="mail_server", reason="250 2.0.0 Ok: queued")


def remind_customers(organization: Organization) -> None:
    """Turn reminders on and let the last mornings pass; a company that has reminded anybody stays as it is."""
    with organization_context(organization.pk), translation.override(organization.language), transaction.atomic():
        if DunningRun.objects.of(organization).exists():
            return
        ReminderSettings.objects.create(organization=organization, is_on=True, needs_approval=False)
        today, zone = local_today(organization), ZoneInfo(organization.time_zone)
        for back in range(DAYS, 0, -1):
            day = today - timedelta(days=back)
            _pass(organization, day, datetime.combine(day, MORNING, zone))


def _pass(organization: Organization, day: date, now: datetime) -> None:
    """One morning: decided, sent, and taken by a mail server a little later."""
    robot = Actor.system()
    open_run(organization, actor=robot, today=day, now=now)
    while ids := next_to_send(organization, through=day, most=50):
        send_chunk(organization, ids, actor=robot, today=day, now=now)
    letters = ReminderLetter.objects.of(organization).filter(sent_at=now)
    _hand_over(organization, letters.values_list("paper_id", flat=True), now + timedelta(minutes=2))
    settle_letters(organization, actor=robot, today=day, now=now + timedelta(minutes=5))


def _hand_over(organization: Organization, paper_ids: Iterable[UUID], moment: datetime) -> None:
    """As a worker does it; letters on paper wait for the printer."""
    mails = Delivery.objects.of(organization).filter(subject_id__in=list(paper_ids), channel="email")
    for delivery_id in mails.order_by("id").values_list("pk", flat=True):
        if deliveries.begin_delivery(organization, delivery_id, now=moment) is None:
            continue
        deliveries.mark_handing_over(organization, delivery_id, now=moment)
        deliveries.settle_attempt(organization, delivery_id, TOOK_IT, now=moment)
