"""What somebody says of a bank's CSV files is saved, and holds for every later file with the same header."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from payments.bank.csv_mappings import rules_of
from payments.bank_files.csv_file import CsvMapping as Columns
from payments.models import CsvMapping
from tenants import audit
from tenants.audit import Actor
from tenants.models import BankAccount, Organization


@transaction.atomic
def save_csv_mapping(
    organization: Organization, header: str, columns: Columns, *, account: BankAccount, actor: Actor, now: datetime
) -> CsvMapping:
    """Save which column is which for files with this header; saying it again replaces what was said."""
    told = {
        "name": str(account)[:60],
        "bank_account": account,
        "rules": rules_of(columns),
        "saved_by": actor.name,
        "saved_at": now,
    }
    mapping, is_new = CsvMapping.objects.of(organization).update_or_create(
        organization=organization, header=header, defaults=told
    )
    audit.record(actor, "csv_mapping.saved", mapping, is_new=is_new)
    return mapping
