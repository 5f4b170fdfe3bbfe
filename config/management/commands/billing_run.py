"""Bill what is ready through a day: rehearse it, or make the drafts, once, however often it is called."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from billing_backlog.actions.run_generating import generate_batch
from billing_backlog.actions.runs import answer_differences, approve_run, freeze_run, open_run
from billing_backlog.models import BillingRun, RunScope
from billing_backlog.queries import runs as queries
from billing_backlog.queries.rehearsing import Rehearsal, rehearse_run
from billing_backlog.runs.reporting import rehearsal_to_json
from config.organization_figures import organization_ids
from foundation.errors import DomainError
from foundation.transactions import read_only
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
    """Whoever calls it approves: each difference from the last period is accepted in the command's name.

    Where the organization demands a second person, the run is approved on its page instead.
    """

    help = "Bill what is ready through a day, one draft per customer; with --rehearse only say what would happen."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--until", metavar="DATE", type=_day, required=True, help="the last day of work")
        parser.add_argument(
            "--facilities", action="store_true", help="only the use of facilities, prepared by the case workers"
        )
        parser.add_argument("--rehearse", action="store_true", help="write nothing; say what would happen")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["organization"]
        ids = organization_ids(slug) if slug else []
        if not ids:
            raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug}, returncode=2)
        scope = RunScope.FACILITIES if options["facilities"] else RunScope.EVERYTHING
        with organization_context(ids[0]):
            with read_only():
                organization = Organization.objects.get(pk=ids[0])
                run = queries.find_run(organization, scope, options["until"]) or _new_run(scope, options["until"])
                rehearsal = None if run.is_frozen else rehearse_run(organization, run)
            if options["rehearse"]:
                if rehearsal is None:
                    raise CommandError(_("“%(name)s” is frozen already.") % {"name": run.name}, returncode=1)
                self._tell_rehearsal(organization, run, rehearsal, is_json=options["json"])
                return
            try:
                made = _carry_out(organization, run)
            except DomainError as refusal:
                raise CommandError(str(refusal), returncode=1) from refusal
            self._tell_run(organization, run, made, is_json=options["json"])

    def _tell_rehearsal(
        self, organization: Organization, run: BillingRun, rehearsal: Rehearsal, *, is_json: bool
    ) -> None:
        told = {"organization": organization.slug, "until": run.until.isoformat(), **rehearsal_to_json(rehearsal)}
        if is_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        total = told["control"]["total"]
        self.stdout.write(
            f"{organization.slug}: {total['count']} lines for {told['control']['customers']} customers, "
            f"{total['amount']}; {len(told['left_out'])} lines left out"
        )
        for each in told["differences"]:
            self.stdout.write(f"  {each['kind']}: {each['customer']}, {each['before']} → {each['now']} {each['note']}")

    def _tell_run(self, organization: Organization, run: BillingRun, made: int, *, is_json: bool) -> None:
        with read_only():
            run = queries.get_run(organization, run.pk)
            documents = queries.documents_of(organization, run)
            told = {
                "organization": organization.slug,
                "run": str(run.pk),
                "name": run.name,
                "made_now": made,
                "drafts": [
                    {"id": str(each.pk), "customer": each.customer.number, "net": str(each.net_amount)}
                    for each in documents
                ],
                "control": run.control,
                "basis_sha256": run.basis_sha256,
                "manifest_sha256": run.manifest_sha256,
            }
        if is_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(f"{organization.slug}: “{run.name}” has {len(documents)} drafts, {made} of them made now")


def _new_run(scope: RunScope, until: date) -> BillingRun:
    first = until.replace(day=1)
    return BillingRun(name=f"{until:%Y-%m-%d}", scope=scope, period_from=first, until=until)


def _carry_out(organization: Organization, run: BillingRun) -> int:
    """Open, freeze, approve and generate, each step only where it is not done yet; how many drafts were made now."""
    actor = Actor.system("billing_run")
    now = timezone.now()
    run = open_run(organization, run, actor=actor, now=now)
    if not run.is_frozen:
        with read_only():
            keys = [each.key for each in rehearse_run(organization, run).unanswered]
        answer_differences(organization, run.pk, keys, explanation="", actor=actor)
        run = freeze_run(organization, run.pk, actor=actor, now=now)
    approve_run(organization, run.pk, typed_name=run.name, actor=actor, now=now)
    made = 0
    while batch := generate_batch(
        organization, run.pk, actor=actor, today=local_today(organization), now=timezone.now()
    ):
        made += len(batch)
    return made
