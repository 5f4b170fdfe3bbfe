"""Money in every state, and how it is taken in, for tests that try every table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation.ids import uuid7
from payments import queries
from payments.actions.applying import reverse_payment
from payments.actions.refunds import RefundTerms, request_refund
from payments.actions.registering import register_payment
from payments.models import BankAgreement, OpeningBalance, Payment, PaymentSettings, PeriodLock
from payments.terms import Part, PaymentTerms
from tenants.audit import Actor
from tenants.models import BankAccount, Organization

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
SYSTEM = Actor.system()
LONG_AGO = date(2020, 1, 31)


def keep_money(organization: Organization, account: BankAccount, claim: UUID) -> None:
    """A payment that is used in part, refunds that wait and that left, one taken back, agreements and a closed year."""
    used = _register(organization, "used", parts=[Part(receivable_id=claim, amount=Decimal("10.00"))])
    for channel in ("bank_file", "by_hand"):
        _refund(organization, used, channel)
    taken_back = _register(organization, "taken back")
    reverse_payment(organization, taken_back.pk, reason="Kom aldri", actor=SYSTEM, day=TODAY, now=NOW)
    here = {"organization": organization}
    PaymentSettings.objects.create(**here, small_difference_max=Decimal("1.00"))
    bank = queries.accounts_by_purpose(organization.pk)["bank"]
    if not BankAgreement.objects.of(organization).filter(bank_account=account).exists():
        BankAgreement.objects.create(**here, bank_account=account, account=bank)
    OpeningBalance.objects.create(**here, day=LONG_AGO, total=0, claims=0, payments=0, made_by="Kari Nordmann")
    PeriodLock.objects.create(**here, locked_through=LONG_AGO, reason="Levert", made_by="Kari Nordmann")


def _register(organization: Organization, key: str, **more: Any) -> Payment:
    terms = PaymentTerms(
        key=f"manual:{key}",
        day=TODAY,
        currency="NOK",
        amount=Decimal("100.00"),
        method="bank",
        source="manual",
        account_id=queries.accounts_by_purpose(organization.pk)["bank"].pk,
        **more,
    )
    return register_payment(organization, terms, actor=SYSTEM, today=TODAY, now=NOW).payment


def _refund(organization: Organization, payment: Payment, channel: str) -> None:
    back = RefundTerms(
        key=str(uuid7()), amount=Decimal("20.00"), channel=channel, reason="For mye", payee_account="86011117947"
    )
    request_refund(organization, payment.pk, back, actor=SYSTEM, day=TODAY, now=NOW)
