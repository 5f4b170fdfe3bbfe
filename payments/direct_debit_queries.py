"""Questions about AvtaleGiro: mandates, what may be drawn, what must be cancelled, and the files that were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404

from foundation.dates import add_months, next_banking_day
from payments import queries
from payments.bank import claims as bank_claims
from payments.models import (
    BankAgreement,
    DirectDebitClaim,
    DirectDebitFile,
    DirectDebitMandate,
    DirectDebitState,
    ReceivableBalance,
)
from tenants.models import Organization

COUNTRY, CURRENCY = "NO", "NOK"
BANK_TIME, BANK_CLOSES = ZoneInfo("Europe/Oslo"), time(14)  # what comes later is taken on the next banking day
DAYS_AHEAD_MIN = 4  # from the day on which the bank takes the file
MONTHS_AHEAD_MAX = 12
CLAIMS_MAX = 2_000  # of one file; the rest waits for the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A claim that may be drawn: by which mandate, when, and how much."""

    balance: ReceivableBalance
    mandate: DirectDebitMandate
    due_day: date
    amount: Decimal

    @property
    def is_moved(self) -> bool:
        """Whether it is drawn later than it falls due: the bank takes no claim that comes so late."""
        return self.due_day != self.balance.due_date


@dataclass(frozen=True, slots=True)
class NextFile:
    """What would go to the bank now."""

    taken_on: date  # if it is there before 14:00 on this day
    drawings: Sequence[Drawing]
    cancellations: Sequence[DirectDebitClaim]
    too_late: Sequence[DirectDebitClaim]  # should not be drawn any more, and will be

    @property
    def total(self) -> Decimal:
        """What would be drawn."""
        return sum((drawing.amount for drawing in self.drawings), Decimal(0))

    @property
    def cancelled_total(self) -> Decimal:
        """What would no longer be drawn."""
        return sum((claim.amount for claim in self.cancellations), Decimal(0))

    def __bool__(self) -> bool:
        return bool(self.drawings or self.cancellations)


def direct_debit_agreement(organization: Organization, *, locks: bool = False) -> BankAgreement | None:
    """The agreement on AvtaleGiro of the account in use; locked where a file is made, so that files come in a row."""
    rows = BankAgreement.objects.of(organization).select_related("bank_account")
    if locks:
        rows = rows.select_for_update(no_key=True, of=("self",))
    return (
        rows.filter(bank_account__is_active=True, bank_account__currency=CURRENCY)
        .exclude(Q(customer_unit="") | Q(direct_debit_number="") | Q(bank_account__account_number=""))
        .first()
    )


def taken_on(moment: datetime) -> date:
    """On which banking day the bank takes a file that comes at a moment: before 14:00 on the day itself."""
    there = moment.astimezone(BANK_TIME)
    return next_banking_day(there.date() + timedelta(days=there.time() >= BANK_CLOSES), COUNTRY)


def lawful_due_day(due_date: date | None, taken: date) -> date | None:
    """When a claim of a file that the bank takes on a day may be drawn; None beyond a year.

    On its own day, or else the first banking day that is far enough ahead.
    """
    if due_date is None or due_date > add_months(taken, MONTHS_AHEAD_MAX):
        return None
    return next_banking_day(max(due_date, taken + timedelta(days=DAYS_AHEAD_MIN)), COUNTRY)


def next_file(
    organization: Organization, agreement: BankAgreement, *, today: date, now: datetime, locks: bool = False
) -> NextFile:
    """What would go to the bank now; under the locks of all its claims where it is written down.

    A claim may be cancelled until 14:00 on the banking day before it is drawn.
    """
    taken = taken_on(now)
    mandates = DirectDebitMandate.objects.of(organization).filter(bank_account_id=agreement.bank_account_id)
    by_kid = {mandate.kid: mandate for mandate in mandates.filter(is_active=True)}
    asked = DirectDebitClaim.objects.of(organization).filter(state=DirectDebitState.IN_FILE)
    open_now = _open_with_mandate(organization, agreement).exclude(receivable_id__in=asked.values("receivable_id"))
    candidates = list(open_now.order_by("due_date", "receivable_id")[:CLAIMS_MAX])
    waiting = asked.filter(due_day__gt=today, mandate__bank_account_id=agreement.bank_account_id)
    standing = list(waiting.select_related("receivable__customer", "mandate").order_by("due_day", "id"))
    ids = [row.receivable_id for row in candidates] + [claim.receivable_id for claim in standing]
    owed = bank_claims.lock_what_is_open(organization.pk, ids) if locks else _what_is_open(organization, ids)
    held = {hold.receivable_id for hold in queries.standing_holds(organization, ids, today=today)}
    drawings = []
    for row in candidates:
        day, amount = lawful_due_day(row.due_date, taken), owed.get(row.receivable_id, Decimal(0))
        mandate = by_kid.get(row.receivable.kid)
        if day and mandate and amount > 0 and row.receivable_id not in held:
            drawings.append(Drawing(balance=row, mandate=mandate, due_day=day, amount=amount))
    ended = [
        claim
        for claim in standing
        if owed.get(claim.receivable_id, Decimal(0)) < claim.amount
        or claim.receivable_id in held
        or not claim.mandate.is_active
    ]
    in_time = [claim for claim in ended if claim.due_day > taken]
    return NextFile(taken, drawings, in_time, [claim for claim in ended if claim.due_day <= taken])


def _open_with_mandate(organization: Organization, agreement: BankAgreement) -> QuerySet[ReceivableBalance]:
    """Open claims in kroner whose KID a payer lets be drawn."""
    active = DirectDebitMandate.objects.of(organization).filter(
        bank_account_id=agreement.bank_account_id, is_active=True
    )
    rows = ReceivableBalance.objects.of(organization).filter(
        currency_amount__gt=0,
        currency=CURRENCY,
        due_date__isnull=False,
        receivable__kid__in=active.values("kid"),
    )
    return rows.select_related("receivable", "customer")


def _what_is_open(organization: Organization, ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    rows = ReceivableBalance.objects.of(organization).filter(receivable_id__in=ids)
    return dict(rows.values_list("receivable_id", "currency_amount"))


def last_number(organization: Organization) -> int:
    """The number of the newest file; 0 where none was made."""
    newest = DirectDebitFile.objects.of(organization).order_by("-number").values_list("number", flat=True)
    return newest.first() or 0


def list_mandates(organization: Organization) -> QuerySet[DirectDebitMandate]:
    """Mandates with their customers, those that hold first, the newest first."""
    asked = DirectDebitClaim.objects.of(organization).filter(mandate_id=OuterRef("pk"), state=DirectDebitState.IN_FILE)
    sums = asked.order_by().values("mandate_id").annotate(sum=Sum("amount")).values("sum")
    rows = DirectDebitMandate.objects.of(organization).select_related("customer")
    return rows.annotate(asked=Subquery(sums)).order_by("-is_active", "-told_at", "-id")


def list_direct_debit_files(organization: Organization) -> QuerySet[DirectDebitFile]:
    """Files that were made, the newest first."""
    return DirectDebitFile.objects.of(organization).order_by("-number")


def get_direct_debit_file(organization: Organization, file_id: UUID) -> DirectDebitFile:
    """One file or 404."""
    file = DirectDebitFile.objects.of(organization).filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file
