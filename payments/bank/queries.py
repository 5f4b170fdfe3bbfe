"""Questions about bank files, their movements, and the claims that a movement may pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from foundation import rows
from payments import chart, queries
from payments.bank import matching
from payments.models import (
    BankAgreement,
    BankFile,
    BankLine,
    CsvMapping,
    ExchangeRate,
    Payment,
    Receivable,
    Refund,
    RefundChannel,
    RefundFile,
    RefundState,
)
from payments.reference import KidAgreement, KidAlgorithm
from tenants.models import BankAccount, Organization
from tenants.models import KidAlgorithm as AgreedAlgorithm


def agreements_of(account: BankAccount, agreement: BankAgreement | None) -> list[KidAgreement]:
    """Every KID that the bank lets through to this account: the account's own and the further ones."""
    found = []
    if account.kid_algorithm != AgreedAlgorithm.NONE:
        found.append(KidAgreement(account.kid_length, KidAlgorithm(account.kid_algorithm.upper())))
    for length, algorithm in agreement.further_kids if agreement else []:
        found.append(KidAgreement(int(length), KidAlgorithm(str(algorithm).upper())))
    return found


@dataclass(frozen=True, slots=True)
class AccountBooks:
    """One account: where its money stands in the books, and what holds for its movements."""

    agreement: BankAgreement
    books: matching.Books


def books_by_account(
    organization: Organization, lines: Iterable[BankLine], today: date, *, accounts: Iterable[BankAccount] = ()
) -> dict[UUID, AccountBooks]:
    """What holds today for the accounts of these movements; for those named also where nothing is agreed yet."""
    own = list(lines)
    agreements = agreements_by_account(organization)
    for account in accounts:
        agreements.setdefault(account.pk, BankAgreement(organization=organization, bank_account=account))
    locked_through = queries.lock_of_period(organization)
    with_rate = _currencies_with_rate(organization, own)
    return {
        account_id: AccountBooks(
            agreement,
            matching.Books(
                today=today,
                base_currency=organization.base_currency,
                locked_through=locked_through,
                currencies_with_rate=with_rate,
                agreements=agreements_of(agreement.bank_account, agreement),
            ),
        )
        for account_id, agreement in agreements.items()
    }


def _currencies_with_rate(organization: Organization, lines: Sequence[BankLine]) -> frozenset[str]:
    """The foreign currencies for which a rate stands on the first of these days already."""
    foreign = {line.currency for line in lines} - {organization.base_currency}
    if not foreign:
        return frozenset()
    first_day = min(line.day for line in lines if line.currency in foreign)
    rates = ExchangeRate.objects.of(organization).filter(currency__in=foreign, day__lte=first_day)
    return frozenset(rates.values_list("currency", flat=True).distinct())


def list_bank_accounts(organization: Organization) -> dict[str, BankAccount]:
    """Our accounts by each number that a bank may call them; those in use win."""
    found: dict[str, BankAccount] = {}
    for account in BankAccount.objects.of(organization).order_by("is_active", "id"):
        for number in (account.account_number, account.iban):
            if number:
                found[plain_number(number)] = account
    return found


def plain_number(account: str) -> str:
    """An account number as it is compared; a Norwegian IBAN is the number that it holds."""
    plain = "".join(sign for sign in account.upper() if sign.isalnum()).lstrip("0")
    return plain[4:].lstrip("0") if plain.startswith("NO") and len(plain) == 15 else plain


def lock_agreement(organization: Organization, account: BankAccount) -> BankAgreement:
    """The agreement of one account, locked; made where none stands: its money lies on the chart's bank account."""
    agreements = BankAgreement.objects.of(organization).select_related("bank_account")
    locked = agreements.select_for_update(no_key=True, of=("self",))
    found = locked.filter(bank_account_id=account.pk).first()
    if found is not None:
        return found
    bank = queries.accounts_by_purpose(organization.pk)[chart.BANK]
    BankAgreement.objects.of(organization).bulk_create(
        [BankAgreement(organization=organization, bank_account=account, account=bank)], ignore_conflicts=True
    )
    return locked.get(bank_account_id=account.pk)


def agreements_by_account(organization: Organization) -> dict[UUID, BankAgreement]:
    """The agreements by bank account."""
    agreements = rows.load(BankAgreement, "WHERE organization_id = %s", [organization.pk])
    accounts = rows.load(BankAccount, "WHERE organization_id = %s", [organization.pk])
    by_id = {account.pk: account for account in accounts}
    for agreement in agreements:
        agreement.bank_account = by_id[agreement.bank_account_id]
    return {agreement.bank_account_id: agreement for agreement in agreements}


def lock_bank_file(organization: Organization, file_id: UUID) -> BankFile:
    """One bank file, locked, or 404."""
    file = BankFile.objects.of(organization).select_for_update(no_key=True).filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def get_bank_file(organization: Organization, file_id: UUID) -> BankFile:
    """One bank file or 404."""
    file = BankFile.objects.of(organization).filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def list_bank_files(organization: Organization) -> QuerySet[BankFile]:
    """Bank files, the newest first."""
    return BankFile.objects.of(organization).order_by("-id")


def outcomes_of_files(organization: Organization, file_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """How many movements of each file have come to what."""
    counted = BankLine.objects.of(organization).filter(file_id__in=list(file_ids)).values("file_id", "outcome")
    found: dict[UUID, dict[str, int]] = {}
    for row in counted.annotate(count=Count("id")).order_by():
        found.setdefault(row["file_id"], {})[row["outcome"]] = row["count"]
    return found


def next_unread_lines(organization: Organization, file_id: UUID, most: int, *, after: int = 0) -> list[BankLine]:
    """The first movements of a file, beyond a position, that nobody has matched yet, locked.

    Whoever goes through a large file says how far it came: else each batch would walk over all before it.
    """
    return rows.load(
        BankLine,
        """WHERE organization_id = %s AND file_id = %s AND "position" > %s AND outcome = 'unread'
           ORDER BY "position" LIMIT %s FOR NO KEY UPDATE""",
        [organization.pk, file_id, after, most],
    )


def lock_bank_line(organization: Organization, line_id: UUID) -> BankLine:
    """One movement, locked before every claim and payment, or 404."""
    lines = BankLine.objects.of(organization).select_related("bank_account")
    line = lines.select_for_update(no_key=True, of=("self",)).filter(pk=line_id).first()
    if line is None:
        raise Http404
    return line


def get_bank_line(organization: Organization, line_id: UUID) -> BankLine:
    """One movement with what came of it, or 404."""
    lines = BankLine.objects.of(organization).select_related("bank_account", "file", "payment__customer", "refund")
    line = lines.filter(pk=line_id).first()
    if line is None:
        raise Http404
    return line


def list_bank_lines(organization: Organization, outcomes: Sequence[str]) -> QuerySet[BankLine]:
    """Movements that have come to one of these, with their accounts."""
    lines = BankLine.objects.of(organization).filter(outcome__in=outcomes)
    return lines.select_related("bank_account", "payment__customer")


def lines_of_file(organization: Organization, file_id: UUID) -> QuerySet[BankLine]:
    """The movements of one file with what came of them."""
    return BankLine.objects.of(organization).filter(file_id=file_id).select_related("payment__customer")


def count_outcomes(organization: Organization) -> dict[str, int]:
    """How many movements have come to what."""
    counted = BankLine.objects.of(organization).values("outcome").annotate(count=Count("id")).order_by()
    return {row["outcome"]: row["count"] for row in counted}


def search_lines(lines: QuerySet[BankLine], words: str) -> QuerySet[BankLine]:
    """Those whose payer, message, reference or archive reference holds the words."""
    plain = words.strip()
    if not plain:
        return lines
    return lines.filter(
        Q(payer_name__icontains=plain)
        | Q(text__icontains=plain)
        | Q(reference__icontains=plain)
        | Q(archive_reference__icontains=plain)
        | Q(payer_account__icontains=plain)
    )


def standing_fingerprints(organization_id: UUID, fingerprints: Sequence[str]) -> set[str]:
    """Which of these movements were told of before."""
    return {
        told
        for (told,) in rows.fetch_all(
            """SELECT fingerprint FROM payments_bankline
               WHERE organization_id = %s AND fingerprint = ANY(%s::text[])""",
            [organization_id, list(fingerprints)],
        )
    }


def payments_like(organization: Organization, line: BankLine, *, limit: int = 5) -> list[Payment]:
    """The payments that a reversal may take back: as much, still standing, by the same reference or payer first."""
    payments = Payment.objects.of(organization).select_related("customer")
    found = payments.filter(amount=line.amount, currency=line.currency, reversed=0, day__lte=line.day)
    ranked = sorted(
        found.order_by("-day", "-id")[:50],
        key=lambda payment: (
            bool(line.reference) and payment.reference == line.reference,
            bool(line.payer_account) and payment.payer_account == line.payer_account,
            bool(line.payer_name) and payment.payer_name.casefold() == line.payer_name.casefold(),
            payment.day,
        ),
        reverse=True,
    )
    return ranked[:limit]


def refunds_like(organization: Organization, line: BankLine, *, limit: int = 5) -> list[Refund]:
    """The refunds on their way to the bank that this money out may be."""
    refunds = Refund.objects.of(organization).select_related("payment__customer")
    found = refunds.filter(
        amount=line.amount,
        payment__currency=line.currency,
        channel=RefundChannel.BANK_FILE,
        state=RefundState.HANDED_OVER,
    )
    return list(found.order_by("requested_at", "id")[:limit])


def customers_by_kid(organization: Organization, kids: Iterable[str]) -> dict[str, UUID]:
    """Whose claims carry these KIDs."""
    found = Receivable.objects.of(organization).filter(kid__in=[kid for kid in kids if kid])
    return dict(found.values_list("kid", "customer_id"))


def mapping_of_header(organization: Organization, header: str) -> CsvMapping | None:
    """What somebody has said of files with this header."""
    return CsvMapping.objects.of(organization).select_related("bank_account").filter(header=header).first()


def list_refunds_for_bank(organization: Organization, state: str) -> QuerySet[Refund]:
    """Refunds that go by a payment file, in one state, the oldest first."""
    refunds = Refund.objects.of(organization).filter(channel=RefundChannel.BANK_FILE, state=state)
    return refunds.select_related("payment__customer").order_by("requested_at", "id")


def lock_refunds_for_bank(organization: Organization, refund_ids: Sequence[UUID], state: str) -> list[Refund]:
    """Those of these refunds that wait to go by a payment file, locked with their payments in one order."""
    refunds = Refund.objects.of(organization).filter(
        pk__in=list(refund_ids), channel=RefundChannel.BANK_FILE, state=state
    )
    locked = refunds.select_related("payment__customer").select_for_update(of=("self", "payment"), no_key=True)
    return list(locked.order_by("payment_id", "id"))


def get_refund_file(organization: Organization, file_id: UUID) -> RefundFile:
    """One payment file or 404."""
    file = RefundFile.objects.of(organization).filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def list_refund_files(organization: Organization) -> QuerySet[RefundFile]:
    """Payment files that were made, the newest first."""
    return RefundFile.objects.of(organization).select_related("bank_account").order_by("-id")
