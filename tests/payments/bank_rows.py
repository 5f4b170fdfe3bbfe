"""One of everything that comes of bank files, for tests that try every address and every table."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from foundation import files
from foundation.ids import uuid7
from payments.actions import bank_files
from payments.actions.bank_files import Upload
from payments.bank import queries as bank_queries
from payments.models import (
    BankFile,
    BankLine,
    CsvMapping,
    DirectDebitClaim,
    DirectDebitFile,
    DirectDebitMandate,
    KnownPayer,
    Payment,
    Payout,
    PayoutPart,
    Receivable,
    RefundFile,
)
from tenants.context import organization_context
from tenants.models import BankAccount, Organization
from tests import bank_file_builders as banks
from tests import builders
from tests.bank_file_builders import Paid

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def take(organization: Organization, data: bytes, name: str = "bank.xml") -> bank_files.Taken:
    """The file as somebody uploads it."""
    with organization_context(organization.pk):
        return bank_files.take_bank_file(
            organization,
            Upload(name=name, data=data, source="upload"),
            actor=builders.actor_of(organization),
            today=builders.TODAY,
            now=NOW,
        )


def camt(payments: list[Paid], **options: Any) -> bytes:
    """A camt.054 for the organization's account."""
    return banks.camt054_file(payments, account=builders.ACCOUNT_NUMBER, **options)


def bank_things(organization: Organization) -> dict[str, Any]:
    """A file with a movement that waits, a CSV file whose columns nobody has said, and a payment file."""
    file = take(organization, camt([Paid("", "812.00", text=f"Hei fra {organization.slug}", day=builders.TODAY)])).file
    csv = banks.csv_statement([Paid("", "12.00", text=organization.slug)])
    with builders.in_organization(organization):
        account = BankAccount.objects.of(organization).order_by("id")[0]
        line = BankLine.objects.of(organization).get(file=file)
        out = keep_refund_file(organization, account)
        drawn = keep_direct_debit_file(organization, account)
    return {
        "bank_file": file.pk,
        "bank_line": line.pk,
        "csv_upload": files.store(str(organization.pk), csv),
        "refund_file": out.pk,
        "direct_debit_file": drawn.pk,
    }


def keep_refund_file(organization: Organization, account: BankAccount) -> RefundFile:
    """A payment file of one refund, inside the open organization."""
    return RefundFile.objects.create(
        organization=organization,
        sha256=files.store(str(organization.pk), b"<Document/>"),
        message_id=f"R{uuid7().hex[:20]}",
        bank_account=account,
        pay_on=builders.TODAY,
        currency="NOK",
        count=1,
        total=Decimal("100.00"),
        made_by="Kari Nordmann",
    )


def keep_direct_debit_file(organization: Organization, account: BankAccount) -> DirectDebitFile:
    """A file of one claim to draw, inside the open organization."""
    return DirectDebitFile.objects.create(
        organization=organization,
        sha256=files.store(str(organization.pk), b"NY000010"),
        number=1,
        bank_account=account,
        count=1,
        total=Decimal("100.00"),
        cancelled_count=0,
        cancelled_total=Decimal(0),
        made_by="Kari Nordmann",
    )


def keep_bank_rows(organization: Organization, account: BankAccount) -> None:
    """One row of every table of bank files inside the open organization; the movement is posted as a payment."""
    here = {"organization": organization}
    payments = Payment.objects.of(organization).exclude(customer=None).select_related("customer")
    payment = payments.order_by("id")[0]
    bank_queries.lock_agreement(organization, account)
    file = BankFile.objects.create(
        **here, sha256=EMPTY_SHA256, name="bank.xml", size=0, source="upload", taken_by="Kari"
    )
    line = BankLine.objects.create(
        **here,
        file=file,
        position=1,
        place=3,
        bank_account=account,
        day=builders.TODAY,
        amount=payment.amount,
        currency="NOK",
        kind="credit",
        fingerprint=EMPTY_SHA256,
        outcome="posted",
        reason="exact",
        payment=payment,
        settled_by="Kari",
        settled_at=NOW,
    )
    CsvMapping.objects.create(
        **here, name="Konto", header=EMPTY_SHA256, bank_account=account, rules={}, saved_by="Kari"
    )
    mandate = DirectDebitMandate.objects.create(**here, bank_account=account, kid="0000104632")
    DirectDebitClaim.objects.create(
        **here,
        file=keep_direct_debit_file(organization, account),
        receivable=Receivable.objects.of(organization).order_by("id")[0],
        mandate=mandate,
        due_day=builders.TODAY,
        amount=Decimal("100.00"),
    )
    voucher = payment.voucher
    payout = Payout.objects.create(
        **here, bank_line=line, settled=Decimal("10.00"), fee=Decimal(0), voucher=voucher, made_by="Kari"
    )
    PayoutPart.objects.create(**here, payout=payout, posting=voucher.postings.order_by("position")[0])
    assert payment.customer is not None
    KnownPayer.objects.create(**here, payer_account="97104444001", customer=payment.customer, last_day=builders.TODAY)
    keep_refund_file(organization, account)
