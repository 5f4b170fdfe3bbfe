"""How an organization takes in money."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from payments.models import PaymentSettings
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def update_payment_settings(
    organization: Organization, *, small_difference_max: Decimal, actor: Actor
) -> PaymentSettings:
    """Say up to which amount a rest on a claim is closed as a small difference; 0 closes none."""
    PaymentSettings.objects.bulk_create([PaymentSettings(organization=organization)], ignore_conflicts=True)
    settings = PaymentSettings.objects.of(organization).select_for_update(no_key=True).get()
    before = {"small_difference_max": settings.small_difference_max}
    changes = audit.changes(before, {"small_difference_max": small_difference_max})
    if changes:
        settings.small_difference_max = small_difference_max
        settings.save(update_fields=["small_difference_max"])
        audit.record(actor, "payment_settings.changed", settings, changes=changes)
    return settings
