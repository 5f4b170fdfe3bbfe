"""A file of vouchers as it stands in the books, written straight into the tables: for tests of walls and addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.models import ExportedVoucher, ExportRun, FileExportSettings
from foundation import files
from foundation.ids import uuid7
from payments.models import Voucher
from tenants.models import Organization
from tests.builders import in_organization

DAY = date(2026, 11, 21)


def keep_export(organization: Organization, number: int = 1) -> ExportRun:
    """One file with its first voucher, and the settings of GBAT10."""
    voucher = Voucher.objects.of(organization).order_by("year", "number").first()
    assert voucher is not None
    content = f"voucher_key;{organization.pk};{number}\r\n".encode()
    FileExportSettings.objects.get_or_create(organization=organization)
    run = ExportRun.objects.create(
        organization=organization, number=number, format="journal_csv", scope="new", first_day=DAY, last_day=DAY,
        vouchers=1, lines=2, debit=Decimal("1250.00"), credit=Decimal("1250.00"),
        totals={
            "accounts": [
                {"number": "1500", "name": "Kundefordringer", "lines": 1, "debit": "1250.00", "credit": "0.00"},
                {"number": "3100", "name": "Salgsinntekt", "lines": 1, "debit": "0.00", "credit": "1250.00"},
            ],
            "codes": [{"code": "52", "lines": 1, "base": "1250.00", "vat": "0.00"}],
        },
        name=f"journal-{number:04d}.csv", content_type="text/csv",
        sha256=files.store(str(organization.pk), content), size_bytes=len(content), job_id=uuid7(),
        made_by="Kari Nordmann",
    )  # fmt: skip
    ExportedVoucher.objects.create(
        organization=organization, run=run, voucher=voucher, format="journal_csv", is_first=number == 1
    )
    return run


def export_things(organization: Organization) -> dict[str, Any]:
    """The same for addresses, inside the organization."""
    with in_organization(organization):
        return {"export": keep_export(organization).pk}
