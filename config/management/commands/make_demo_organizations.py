"""Make the demo organizations, or what is missing of them."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.backlog import make_backlog
from config.demo.bank import take_in_bank_file
from config.demo.companies import demo_companies
from config.demo.deliveries import send_documents
from config.demo.maker import documents_and_pdfs, make_documents, open_demo_company
from config.demo.online import pay_online
from config.demo.papers import send_papers
from config.demo.payments import receive_payments
from config.demo.people import NAMES, PASSWORD_FILE, demo_people
from config.demo.plan import CREDIT_NOTES, INVOICES
from config.demo.reminders import remind_customers
from foundation.files import only_one
from tenants import sealing
from tenants.models import Organization, Role

PDF_SECONDS_MAX = 1800.0
PDF_POLL_SECONDS = 2.0


class Command(BaseCommand):
    """Three organizations with half a year of documents; run again, it makes only what is missing."""

    help = "Make the demo organizations, or what is missing of them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="until every PDF is made")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("Demo organizations are not made in production.", returncode=1)
        with only_one(settings.DATA_DIR / "demo.lock") as is_alone:
            if not is_alone:
                raise CommandError("The demo organizations are being made already.", returncode=1)
            organizations = self._make()
        sealing.seal_everywhere()  # at once, rather than at the timetable's next minute
        if options["wait"]:
            self._wait_for_pdfs(organizations)
        self._say_pdfs(organizations)

    def _make(self) -> list[Organization]:
        people, password = demo_people(settings.DATA_DIR)
        email = NAMES[Role.OWNER][0]
        self._say(f"Demo: sign in as {email} with the password {password} ({settings.DATA_DIR / PASSWORD_FILE})")
        companies = demo_companies()
        whole = len(companies) * (INVOICES + CREDIT_NOTES)
        organizations, before = [], 0
        for company in companies:
            organization = open_demo_company(company, people)
            organizations.append(organization)

            def progress(done: int, _count: int, before: int = before) -> None:
                self._say(f"Demo: {before + done} of {whole} invoices finalized")

            for refusal in make_documents(company, organization, people, progress=progress):
                self._say(f"Demo: set aside: {refusal}")
            send_documents(company, organization, people)
            receive_payments(company, organization, people)
            pay_online(organization, people)
            take_in_bank_file(company, organization, people)
            send_papers(organization, people)
            remind_customers(organization)
            make_backlog(organization, people, folder=settings.DATA_DIR / "demo")
            before += INVOICES + CREDIT_NOTES
        return organizations

    def _wait_for_pdfs(self, organizations: Sequence[Organization]) -> None:
        until = time.monotonic() + PDF_SECONDS_MAX
        while time.monotonic() < until:
            counts = [documents_and_pdfs(organization) for organization in organizations]
            if all(made == count for count, made in counts):
                return
            self._say_pdfs(organizations)
            time.sleep(PDF_POLL_SECONDS)
        raise CommandError("The PDFs were not made in time. Is a worker running?", returncode=1)

    def _say_pdfs(self, organizations: Sequence[Organization]) -> None:
        counts = [documents_and_pdfs(organization) for organization in organizations]
        self._say(f"PDF: {sum(made for _count, made in counts)} of {sum(count for count, _made in counts)}")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
