"""One of everything that collection keeps, written straight into the tables: for tests of walls and addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation import files
from payments.models import Allocation, Receivable
from reminders.collection_facts import HandedCase, HandedClaim, HandedParty, to_json
from reminders.models import (
    CollectionAgency,
    CollectionCase,
    CollectionClaim,
    CollectionFile,
    CollectionNews,
    CollectionStatusFile,
    LossEvidence,
)
from tenants.models import Organization
from tests.builders import in_organization

DAY = date(2026, 4, 29)


def keep_collection(organization: Organization, receivable_id: UUID, allocation_id: UUID | None) -> dict[str, Any]:
    """An agency with an open case of the claim, its file, its news and a status file; and the proof of a loss."""
    here, told = {"organization": organization}, {"made_by": "Kari Nordmann"}
    space = str(organization.pk)
    claim = Receivable.objects.of(organization).select_related("customer").get(pk=receivable_id)
    agency = CollectionAgency.objects.create(**here, name="Fjordkred Inkasso AS", client_number="K-4711")
    facts = HandedCase(
        number=1, day=DAY, currency=claim.currency, creditor=HandedParty(name=organization.name),
        agency=HandedParty(name=agency.name, number="K-4711"), debtor=HandedParty(name=str(claim.customer)),
        claims=(
            HandedClaim(
                receivable_id=str(claim.pk), number=str(claim), issue_date=DAY, due_date=DAY, original=Decimal(1),
                open=Decimal(1),
            ),
        ),
    )  # fmt: skip
    case = CollectionCase.objects.create(
        **here, **told, number=1, agency=agency, customer=claim.customer, currency=claim.currency, day=DAY,
        snapshot=to_json(facts), snapshot_sha256="0" * 64, principal=Decimal(1), additions=Decimal(0),
        interest=Decimal(0),
    )  # fmt: skip
    CollectionClaim.objects.create(**here, case=case, receivable=claim)
    kept = files.store(space, b"case_number")
    file = CollectionFile.objects.create(**here, case=case, name="case-1.csv", sha256=kept, size_bytes=11)
    CollectionNews.objects.create(**here, **told, case=case, state="received", day=DAY, fingerprint="0" * 64)
    status = f"case_number;status;day\n1;active;{DAY.isoformat()}".encode()
    status_file = CollectionStatusFile.objects.create(
        **here, name="status.csv", sha256=files.store(space, status), uploaded_by="Kari Nordmann"
    )
    allocation_id = allocation_id or Allocation.objects.of(organization).values_list("pk", flat=True).first()
    assert allocation_id is not None
    proof = LossEvidence.objects.create(
        **here, **told, receivable=claim, allocation_id=allocation_id, reminders=3, ground="overdue",
        takes_vat_back=True, sha256=kept, size_bytes=11,
    )  # fmt: skip
    return {
        "agency": agency.pk,
        "collection_case": case.pk,
        "case_file": file.pk,
        "status_file": status_file.pk,
        "loss_evidence": proof.pk,
        "collected_claim": claim.pk,
    }


def collection_things(organization: Organization, receivable_id: UUID) -> dict[str, Any]:
    """The same for addresses, inside the organization."""
    with in_organization(organization):
        return keep_collection(organization, receivable_id, None)
