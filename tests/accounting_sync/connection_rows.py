"""A connection as it stands in the middle of its life, written straight into the tables: for walls and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from accounting_sync.models import (
    AccountMapping,
    Connection,
    CustomerChange,
    CustomerLink,
    PaymentProposal,
    Permit,
    PushAttempt,
    Reconciliation,
    ReconciliationReport,
    RemoteChoice,
    StrayDocument,
    SyncItem,
)
from accounting_sync.secrets import seal_secrets
from customers.models import Customer
from foundation import files
from foundation.encryption import seal
from foundation.ids import uuid7
from payments.models import Voucher
from tenants.models import Membership, Organization
from tests.builders import in_organization

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECRETS = {"access_token": "standing-access-token", "refresh_token": "standing-refresh-token"}
VAT_CODES = (("HIGH", "Utgående mva, høy sats", "25"), ("EXEMPT", "Innenlands omsetning fritatt for mva", "0"))


def keep_connection(organization: Organization, **changes: Any) -> Connection:
    """A connection to Fiken whose lists were read, with a mapping, a link and a voucher on its way."""
    customer = Customer.objects.of(organization).order_by("number").first()
    membership = Membership.objects.of(organization).order_by("id").first()
    voucher = Voucher.objects.of(organization).order_by("year", "number").first()
    assert customer is not None
    assert membership is not None
    assert voucher is not None
    row = Connection(
        organization=organization, system="fiken", name=f"Fiken {uuid7()}", mode="journal",
        options={"company": "proveselskap"}, start_day=voucher.day, created_by="Kari Nordmann", lists_read_at=NOW,
        **changes,
    )  # fmt: skip
    row.secrets_sealed = seal_secrets(row, SECRETS)
    row.save()
    common = {"organization": organization, "connection": row}
    for code, label, rate in VAT_CODES:
        RemoteChoice.objects.create(
            **common, kind="vat_codes", remote_id=code, code=code, label=label, facts={"rate": rate}
        )
    RemoteChoice.objects.create(**common, kind="accounts", remote_id="1500", code="1500", label="Kundefordringer")
    pointing = {"remote_id": "1500", "remote_code": "1500", "changed_by": "Kari Nordmann"}
    AccountMapping.objects.create(**common, kind="account", local_key="1500", customer=customer, **pointing)
    CustomerLink.objects.create(**common, customer=customer, remote_id="77", linked_by="Bilag")
    sealed = seal("verifier", organization_id=organization.pk, column=Permit.VERIFIER_COLUMN)
    Permit.objects.create(
        **common, user=membership.user, state_sha256=uuid7().hex * 2, verifier_sealed=sealed,
        expires_at=NOW + timedelta(minutes=10),
    )  # fmt: skip
    item = SyncItem.objects.create(
        **common, voucher=voucher, day=voucher.day, kind=voucher.kind, number="10001", currency="NOK", customer=customer
    )
    PushAttempt.objects.create(organization=organization, item=item, step="create", method="POST", path="/sales")
    month = Reconciliation.objects.create(**common, month=voucher.day.replace(day=1), asked_by="Kari Nordmann")
    content = f"%PDF-1.7 {month.pk}".encode()
    ReconciliationReport.objects.create(
        organization=organization, reconciliation=month, name="reconciliation.pdf",
        sha256=files.store(str(organization.pk), content), size_bytes=len(content),
    )  # fmt: skip
    StrayDocument.objects.create(**common, item=item, remote_id="90", number="10001", day=voucher.day)
    PaymentProposal.objects.create(
        **common, remote_id="501", day=voucher.day, currency="NOK", amount=100, document_number="10001"
    )
    CustomerChange.objects.create(**common, customer=customer, fields={"city": ["Oslo", "Bergen"]})
    return row


def connection_things(organization: Organization) -> dict[str, UUID]:
    """The same for addresses."""
    with in_organization(organization):
        row = keep_connection(organization)
        exception = AccountMapping.objects.of(organization).get(connection=row)
        item = SyncItem.objects.of(organization).get(connection=row)
        return {
            "connection": row.pk,
            "mapping_exception": exception.pk,
            "sync_item": item.pk,
            "reconciliation": Reconciliation.objects.of(organization).get(connection=row).pk,
            "stray": StrayDocument.objects.of(organization).get(connection=row).pk,
            "proposal": PaymentProposal.objects.of(organization).get(connection=row).pk,
            "customer_link": CustomerLink.objects.of(organization).get(connection=row).pk,
            "customer_change": CustomerChange.objects.of(organization).get(connection=row).pk,
        }
