"""Changing how an organization sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing.models import DeliverySettings
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization


class SendingChangedMeanwhile(DomainError):
    """Somebody else saved the rules of sending since they were shown."""


@transaction.atomic
def update_sending(
    organization: Organization, values: Mapping[str, Any], *, version: int, actor: Actor
) -> DeliverySettings:
    """Change the rules of sending; what is on its way keeps the time that it was given."""
    tenants.lock_organization(organization.pk)  # the row may not be there yet
    rules = DeliverySettings.objects.of(organization).first() or DeliverySettings(organization=organization)
    if rules.version != version:
        raise SendingChangedMeanwhile(
            _("Somebody else has changed how you send meanwhile. Compare with what stands there now and save again.")
        )
    before = {name: getattr(rules, "order" if name == "channels" else name) for name in values}
    changes = audit.changes(before, values)
    if not changes:
        return rules
    for name, value in values.items():
        setattr(rules, name, value)
    rules.version += 1
    rules.save()
    audit.record(actor, "sending.changed", rules, changes=changes)
    return rules
