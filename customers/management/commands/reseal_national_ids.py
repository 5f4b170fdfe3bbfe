"""Seal every national id anew under the newest key, so that an older key can be thrown away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from customers.actions.national_ids import reseal_national_ids
from tenants import queries
from tenants.audit import Actor
from tenants.context import organization_context

ROUNDS_MAX = 10_000


class Command(BaseCommand):
    help = "Seal every national id under the newest key of BILAG_ENCRYPTION_KEYS; run it after adding a key."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all organizations in short transactions; what is done stays done when it is stopped."""
        resealed = 0
        for organization_id in queries.all_organization_ids():
            with organization_context(organization_id):
                with transaction.atomic():
                    organization = queries.get_open_organization(organization_id)
                for _round in range(ROUNDS_MAX):
                    done = reseal_national_ids(organization, actor=Actor.system())
                    resealed += done
                    if not done:
                        break
        self.stdout.write(f"{resealed} national ids are sealed anew.")
