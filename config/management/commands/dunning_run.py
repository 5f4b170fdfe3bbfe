"""Decide the day's reminders and send them, or only say which would go and why; once, however often it is called."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from config.organization_figures import organization_ids
from foundation.transactions import read_only
from reminders.actions.run import open_run
from reminders.law import current_law
from reminders.law_words import sentence_of
from reminders.queries.due import Decided, decide_all, deciding_on
from reminders.queries.plans import settings_of
from reminders.queries.reminders import count_by_state
from reminders.tasks.dunning import send_planned
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written!r} is no day; write it as 2026-11-30") from error


class Command(BaseCommand):
    """What needs approval is decided and waits; everything else that is due today goes out."""

    help = "Decide the day's reminders and send them; with --rehearse only say which would go."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--rehearse", action="store_true", help="write nothing; say which would go and why")
        parser.add_argument("--day", metavar="DATE", type=_day, help="with --rehearse: as of this day")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["organization"]
        ids = organization_ids(slug) if slug else []
        if not ids:
            raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug}, returncode=2)
        if options["day"] and not options["rehearse"]:
            raise CommandError("--day goes with --rehearse: reminders are sent on the day itself.", returncode=2)
        with organization_context(ids[0]):
            with read_only():
                organization = Organization.objects.get(pk=ids[0])
            if options["rehearse"]:
                self._rehearse(organization, options["day"] or local_today(organization), is_json=options["json"])
            else:
                self._run(organization, is_json=options["json"])

    def _rehearse(self, organization: Organization, day: date, *, is_json: bool) -> None:
        with read_only():
            deciding = deciding_on(organization, day, current_law())
            due = [_told(each) for each in decide_all(organization, deciding) if each.decision.kind == "send"]
        if is_json:
            self.stdout.write(
                json.dumps({"organization": organization.slug, "day": day.isoformat(), "due": due}, ensure_ascii=False)
            )
            return
        self.stdout.write(f"{organization.slug} {day}: {len(due)} due")
        for each in due:
            self.stdout.write(f"  {each['number']} {each['customer']}: {each['step']}, {each['open']} ({each['why']})")

    def _run(self, organization: Organization, *, is_json: bool) -> None:
        with read_only():
            settings = settings_of(organization)
        if settings.is_paused:
            raise CommandError(_("Reminders are paused: %(why)s") % {"why": settings.paused_reason}, returncode=1)
        if not settings.is_on:
            raise CommandError(_("Reminders are turned off. Turn them on in their settings first."), returncode=1)
        today, now = local_today(organization), timezone.now()
        run = open_run(organization, actor=Actor.system(), today=today, now=now)
        while send_planned(organization):
            pass
        with read_only():
            counts = count_by_state(organization, day=today)
        told = {
            "organization": organization.slug,
            "day": today.isoformat(),
            "decided_now": run is not None,
            "looked_at": run.looked_at if run else None,
            "states": counts,
        }
        if is_json:
            self.stdout.write(json.dumps(told))
            return
        states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing due"
        self.stdout.write(f"{organization.slug} {today}: {states}")


def _told(decided: Decided) -> dict[str, str]:
    level = decided.decision.level
    assert level is not None
    return {
        "number": decided.claim.number,
        "customer": decided.claim.customer_name,
        "due": decided.claim.due_date.isoformat(),
        "step": level.step.value,
        "currency": decided.claim.currency,
        "open": str(decided.claim.asked),
        "why": sentence_of(decided.decision.reason),
    }
