"""The file of the document behind a voucher."""

from __future__ import annotations

from uuid import UUID

from foundation import files, rows
from foundation.transactions import read_only
from tenants.models import Organization

_FILE = """
    SELECT f.sha256 FROM invoicing_invoice i
    JOIN invoicing_documentfile f ON f.organization_id = i.organization_id AND f.subject_id = i.id
    WHERE i.organization_id = %s AND i.voucher_id = %s AND f.kind = 'pdf'
"""


def pdf_of_voucher(organization: Organization, voucher_id: UUID) -> bytes | None:
    """The PDF of the invoice or credit note that the voucher posted; None as long as there is none."""
    with read_only():
        found = rows.fetch_all(_FILE, [organization.pk, voucher_id])
    return files.load(str(organization.pk), found[0][0]) if found else None
