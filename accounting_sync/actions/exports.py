"""Asking for a file of vouchers, and how GBAT10 files are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.files.asked import Asked
from accounting_sync.models import ExportScope, FileExportSettings
from accounting_sync.queries import exports as queries
from accounting_sync.queries.exported_vouchers import count_chosen, voucher_marks
from foundation.errors import DomainError
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.models import Job, Organization

EXPORT = "accounting_sync.write_export"


class NothingToExport(DomainError):
    """A file holds at least one voucher."""


class SettingsChanged(DomainError):
    """Somebody else has changed the settings meanwhile."""


@transaction.atomic
def start_export(organization: Organization, asked: Asked, *, actor: Actor, key: str) -> Job:
    """Begin the job that writes the vouchers into a file; under one key it is begun once."""
    refuse_nothing(asked, count_chosen(organization, asked, voucher_marks(organization)).vouchers)
    return jobs.start(organization, EXPORT, actor=actor, parameters=asked.to_json(), key=key)


def refuse_nothing(asked: Asked, vouchers: int) -> None:
    """Refuse a file without vouchers, and say how to get one."""
    if vouchers:
        return
    if asked.scope == ExportScope.NEW:
        raise NothingToExport(
            _("Every voucher of these days is in a file of this kind already. Choose a whole period to get them again.")
        )
    raise NothingToExport(_("No voucher was posted in these days. Choose other days."), field="first")


@transaction.atomic
def update_export_settings(
    organization: Organization, values: Mapping[str, Any], *, version: int, actor: Actor
) -> FileExportSettings:
    """Say what the receiver of GBAT10 files calls our codes and kinds; files that were made stay as they are."""
    settings = queries.lock_export_settings(organization)
    if settings.version != version:
        raise SettingsChanged(_("Somebody else has changed these settings meanwhile. Look at them and save again."))
    changes = audit.changes({name: getattr(settings, name) for name in values}, values)
    if changes:
        for name, value in values.items():
            setattr(settings, name, value)
        settings.version += 1
        settings.save(update_fields=[*values, "version"])
        audit.record(actor, "export_settings.changed", settings, changes=changes)
    return settings
