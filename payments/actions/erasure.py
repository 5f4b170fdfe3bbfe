"""Forgetting payers: what the law does not have kept when a person is erased, and bank files when their years are over.

What a bank told of a movement is documentation of the books: it stays for the years of the law, also when the payer is
erased as a customer, and is forgotten with its file when they are over.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from payments.models import (
    BankFile,
    BankFileState,
    BankLine,
    CustomerHold,
    DirectDebitMandate,
    KnownPayer,
    LineOutcome,
    Payment,
)
from tenants.models import Organization


def forget_payer(organization: Organization, customer_id: UUID) -> None:
    """Forget from which accounts a customer paid and what was noted of its payments, in the caller's transaction."""
    KnownPayer.objects.of(organization).filter(customer_id=customer_id).delete()
    DirectDebitMandate.objects.of(organization).filter(customer_id=customer_id).update(customer=None)
    Payment.objects.of(organization).filter(customer_id=customer_id).exclude(note="").update(note="")
    held = CustomerHold.objects.of(organization).filter(customer_id=customer_id).values_list("pk", flat=True)
    with connection.cursor() as cursor:
        # By a function of the database: the application itself may not change what a hold says.
        cursor.execute("SELECT forget_customer_holds(%s::uuid[])", [list(held)])


@transaction.atomic
def forget_bank_files(organization: Organization, before: datetime, most: int) -> list[str]:
    """Forget what files that came before said of payers, but those that somebody still has to look at.

    Returns the hashes of the files: their bytes may go.
    """
    open_lines = BankLine.objects.of(organization).filter(
        file_id=OuterRef("pk"), outcome__in=[LineOutcome.UNREAD, LineOutcome.WAITING]
    )
    files = BankFile.objects.of(organization).filter(
        taken_at__lt=before, forgotten_at=None, state__in=[BankFileState.DONE, BankFileState.REFUSED]
    )
    found = list(files.exclude(Exists(open_lines)).order_by("taken_at", "id").values_list("pk", "sha256")[:most])
    with connection.cursor() as cursor:
        for file_id, _sha256 in found:
            # By a function of the database: the application itself may not change what a bank told.
            cursor.execute("SELECT forget_bank_file(%s)", [file_id])
    return [sha256 for _file_id, sha256 in found]
