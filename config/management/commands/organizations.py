"""List the organizations with their counts."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.organization_figures import OrganizationFigures, figures_of, organization_ids


class Command(BaseCommand):
    """Say which organizations there are and what they hold."""

    help = "List the organizations with their counts."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        figures = [figures_of(organization_id) for organization_id in organization_ids()]
        if options["json"]:
            self.stdout.write(json.dumps({"organizations": [item.to_json() for item in figures]}, ensure_ascii=False))
        elif figures:
            for item in figures:
                self.stdout.write(_as_text(item))
        else:
            self.stdout.write("There are no organizations.")


def _as_text(item: OrganizationFigures) -> str:
    return (
        f"{item.slug}: {item.name} ({item.country}), {item.members} members, {item.customers} customers, "
        f"{item.products} products, {item.drafts} drafts, {item.invoices} invoices, {item.credit_notes} credit notes"
    )
