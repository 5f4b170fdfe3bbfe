"""A provider's payout is booked in one act: what it holds leaves the clearing account, and the fee is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from config.month_end import month_end
from foundation.ids import uuid7
from payments import queries
from payments.actions.refunds import RefundTerms, request_refund
from payments.actions.registering import register_payments
from payments.models import BankLine, Payment, Payout, PayoutPart, Posting
from payments.online.payout_matching import BankMovement, Clearing, suggest_payout
from payments.proof import ledger_problems
from payments.reports.control import control_as_of
from tenants.models import Organization
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments.bank_rows import NOW, camt, take
from tests.payments.claims import money

HTMX = {"HX-Request": "true"}
DAY = date(2026, 11, 18)
AT_PROVIDER = {"account__purpose": "provider_clearing"}
Captured = tuple[int, str, str]  # days before the payout, the amount, the provider


def _parts(*captured: Captured) -> list[Clearing]:
    return [
        Clearing(
            posting_id=uuid7(),
            day=DAY - timedelta(days=age),
            provider=provider,
            kind="online" if Decimal(amount) > 0 else "refund",
            text="",
            amount=Decimal(amount),
            currency="NOK",
            currency_amount=Decimal(amount),
        )
        for age, amount, provider in captured
    ]


STRIPE = [(5, "100.00", "stripe"), (4, "250.00", "stripe"), (4, "-50.00", "stripe"), (2, "400.00", "stripe")]
VIPPS = [(6, "1000.00", "vipps"), (3, "500.00", "vipps")]
SUGGESTED: dict[str, tuple[str, str, list[Captured], tuple[int, str] | None]] = {
    "everything": ("700.00", "STRIPE PAYMENTS", STRIPE, (4, "0.00")),
    "through a day, with what went back": ("300.00", "Stripe", STRIPE, (3, "0.00")),
    "between two payouts": ("600.00", "Stripe", STRIPE, (3, "0.00")),
    "less a fee": ("980.00", "Utbetaling Vipps MobilePay AS", VIPPS, (1, "20.00")),
    "less a fee of both days": ("1470.00", "Vipps", VIPPS, (2, "30.00")),
    "more than any fee": ("800.00", "Vipps", VIPPS, None),
    "more than there is": ("1500.01", "Vipps", VIPPS, None),
    "no name, but several to the øre": ("350.00", "Overføring", [*STRIPE, *VIPPS], (2, "0.00")),
    "no name and one payment alone": ("400.00", "Overføring", STRIPE[3:], None),
    "no name and less a fee": ("690.00", "Overføring", STRIPE, None),
    "the other one's name": ("700.00", "Vipps", STRIPE, None),
    "drawn by the provider": ("-50.00", "Stripe", [(1, "-50.00", "stripe")], (1, "0.00")),
    "later than the payout": ("400.00", "Stripe", [(-1, "400.00", "stripe")], None),
}


@pytest.mark.parametrize("case", SUGGESTED)
def test_what_a_payout_may_hold(case: str) -> None:
    amount, text, captured, wanted = SUGGESTED[case]
    movement = BankMovement(day=DAY, amount=Decimal(amount), currency="NOK", text=text)
    found = suggest_payout(movement, _parts(*captured))
    assert (found and (len(found.parts), str(found.fee))) == wanted


def _capture(
    organization: Organization, *amounts: str, provider: str = "stripe", days: bool = False, **more: Any
) -> None:
    """Money that came online two days before the payout, or each on a day of its own."""
    clearing = queries.accounts_by_purpose(organization.pk)["provider_clearing"].pk
    terms = [
        money(
            organization,
            amount,
            **{
                "key": f"{provider}:account:{uuid7()}",
                "source": "online",
                "method": "card",
                "account_id": clearing,
                "day": DAY - timedelta(days=2 + place if days else 2),
                "payer_name": "Nordhavn Marine AS",
                **more,
            },
        )
        for place, amount in enumerate(amounts)
    ]
    with transaction.atomic():
        register_payments(organization, terms, actor=builders.actor_of(organization), now=NOW)


def _stands(organization: Organization, purpose: str) -> Decimal:
    account = queries.accounts_by_purpose(organization.pk)[purpose]
    return sum((row.amount for row in Posting.objects.of(organization).filter(account=account)), Decimal(0))


def _waiting(organization: Organization) -> list[BankLine]:
    with builders.in_organization(organization):
        return list(BankLine.objects.of(organization).filter(outcome="waiting").order_by("position"))


@pytest.fixture
def desk(organization: Organization, accountant: Any, client_of: Callable[[Any], Client]) -> Callable[..., Any]:
    """Somebody at the work list: a verb on a movement with the fields of its form."""
    client = client_of(accountant)

    def act(line_id: UUID, verb: str = "", **fields: Any) -> Any:
        url = f"/{organization.slug}/payments/bank/{line_id}/"
        return client.post(f"{url}{verb}/", fields, headers=HTMX) if verb else client.get(url)

    return act


def _ticked(page: Any) -> list[str]:
    return [row.key for row in page.context["payout"].rows if row.is_chosen]


def _whole(organization: Organization) -> list[str]:
    return list(ledger_problems(organization))


def test_a_payout_is_booked_in_one_act_explained_at_the_months_end_and_undone(
    organization: Organization, other_organization: Organization, desk: Callable[..., Any]
) -> None:
    with builders.in_organization(organization):
        _capture(organization, "1000.00", "500.00", provider="vipps")
        _capture(organization, "200.00", fee=Decimal("4.00"))
    take(organization, camt([Paid("", "1467.50", text="Vipps MobilePay AS utbetaling"), Paid("", "9.00", text="x")]))
    line, other = _waiting(organization)
    page = desk(line.pk)
    assert page.context["payout"].is_likely
    assert page.context["payout"].fee == Decimal("32.50")
    assert not desk(other.pk).context["payout"].is_likely
    fields = {"part": _ticked(page), "fee": "32,50"}

    assert desk(line.pk, "payout", **fields).status_code == 200
    assert desk(line.pk, "payout", **fields).status_code == 422, "once is enough"
    with builders.in_organization(organization):
        assert _stands(organization, "provider_clearing") == Decimal("196.00")
        assert _stands(organization, "bank") == Decimal("1467.50")
        assert _stands(organization, "bank_fees") == Decimal("36.50")
        month = month_end(organization, (date(2026, 11, 1), date(2026, 11, 30)), now=NOW)
        found = month.control
        assert month.problems == 0
        assert (found.clearing.posted, found.clearing.counted) == (Decimal("196.00"), Decimal("196.00"))
        assert [(each.provider, each.count, each.amount) for each in found.at_providers] == [
            ("stripe", 1, Decimal("196.00"))
        ]
        before = control_as_of(organization, DAY - timedelta(days=1))
        assert before.clearing.posted == before.clearing.counted == Decimal("1696.00"), "as of the day before"
        assert _whole(organization) == []

    assert str(desk(line.pk).context["payout_made"].voucher_id) in desk(line.pk).content.decode()
    assert desk(line.pk, "reopen", reason="Feil utbetaling").status_code == 200
    with builders.in_organization(organization):
        assert _stands(organization, "provider_clearing") == Decimal("1696.00")
        assert _stands(organization, "bank") == 0
        assert Payout.objects.of(organization).get().reversal_id is not None
        assert _whole(organization) == []
    again = desk(line.pk)
    assert _ticked(again) == fields["part"]
    assert desk(line.pk, "payout", **fields).status_code == 200, "and said again"
    with builders.in_organization(organization):
        assert (Payout.objects.of(organization).count(), _whole(organization)) == (2, [])
    with builders.in_organization(other_organization):
        assert not Payout.objects.of(other_organization).exists()


def test_what_does_not_come_to_the_payout_is_refused_and_nothing_changes(
    organization: Organization,
    desk: Callable[..., Any],
    case_worker: Any,
    stranger: Any,
    client_of: Callable[[Any], Client],
) -> None:
    with builders.in_organization(organization):
        _capture(organization, "300.00", "200.00")
        _capture(organization, "70.00", day=DAY + timedelta(days=1))
    take(organization, camt([Paid("", "495.00", text="Stripe"), Paid("", "600.00", text="Stripe")]))
    line, larger = _waiting(organization)
    parts = _ticked(desk(line.pk))
    assert len(parts) == 2
    with builders.in_organization(organization):
        later = str(Posting.objects.of(organization).get(amount=Decimal("70.00")).pk)
    refused: list[tuple[BankLine, dict[str, Any]]] = [
        (line, {"part": parts, "fee": "6,00"}),
        (line, {"part": parts, "fee": "-5"}),
        (line, {"part": parts, "fee": "mye"}),
        (line, {"part": parts[:1], "fee": "0"}),
        (line, {"part": [], "fee": "0"}),
        (line, {"part": [later], "fee": "0"}),
        (line, {"part": [str(uuid7())], "fee": "0"}),
        (larger, {"part": parts, "fee": "0"}),
    ]
    for each, fields in refused:
        assert desk(each.pk, "payout", **fields).status_code == 422, fields
    url = f"/{organization.slug}/payments/bank/{line.pk}/payout/"
    assert client_of(case_worker).post(url, {"part": parts, "fee": "5"}).status_code == 403
    assert client_of(stranger).post(url, {"part": parts, "fee": "5"}).status_code == 404
    with builders.in_organization(organization):
        assert not Payout.objects.of(organization).exists()
        assert _stands(organization, "provider_clearing") == Decimal("570.00")
    assert desk(line.pk, "payout", part=parts, fee="5").status_code == 200
    assert desk(larger.pk, "payout", part=parts, fee="0").status_code == 422, "paid out once"
    with builders.in_organization(organization):
        for statement in (
            lambda: PayoutPart.objects.of(organization).update(is_undone=False, posting_id=uuid7()),
            lambda: Payout.objects.of(organization).update(settled=Decimal(1)),
            lambda: Payout.objects.of(organization).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                statement()


def test_a_provider_that_draws_money_is_booked_and_undone_as_well(
    organization: Organization, desk: Callable[..., Any]
) -> None:
    with builders.in_organization(organization):
        _capture(organization, "300.00")
        payment = Payment.objects.of(organization).get()
        terms = RefundTerms(key="back", amount=Decimal(300), channel="by_hand", reason="Angret")
        actor = builders.actor_of(organization)
        request_refund(organization, payment.pk, terms, actor=actor, day=DAY, now=NOW)
    take(organization, camt([Paid("", "300.00", text="Stripe"), Paid("", "315.00", text="Stripe", is_negative=True)]))
    paid_out, drawn = _waiting(organization)
    with builders.in_organization(organization):
        came, went = (row.pk for row in Posting.objects.of(organization).filter(**AT_PROVIDER).order_by("-amount"))
    assert desk(paid_out.pk, "payout", part=str(came), fee="0").status_code == 200
    assert [row.key for row in desk(drawn.pk).context["payout"].rows] == [str(went)]
    assert desk(drawn.pk, "payout", part=str(went), fee="0").status_code == 422
    assert desk(drawn.pk, "payout", part=str(went), fee="15,00").status_code == 200
    with builders.in_organization(organization):
        assert _stands(organization, "provider_clearing") == 0
        assert _stands(organization, "bank") == Decimal(-15)
        assert _stands(organization, "bank_fees") == Decimal(15)
    assert desk(drawn.pk, "reopen", reason="Feil").status_code == 200
    with builders.in_organization(organization):
        assert _stands(organization, "provider_clearing") == -300
        assert _whole(organization) == []


def test_a_payout_that_says_another_sum_is_named(organization: Organization, desk: Callable[..., Any]) -> None:
    with builders.in_organization(organization):
        _capture(organization, "300.00")
    take(organization, camt([Paid("", "300.00", text="Stripe"), Paid("", "5.00", text="Stripe")]))
    line, other = _waiting(organization)
    assert desk(line.pk, "payout", part=_ticked(desk(line.pk)), fee="").status_code == 200
    with builders.in_organization(organization):
        payout = Payout.objects.of(organization).get()
        assert _whole(organization) == []
        forged = Payout.objects.create(
            organization=organization, bank_line=other, settled=Decimal(5), fee=Decimal(0), voucher=payout.voucher
        )
        PayoutPart.objects.of(organization).update(is_undone=True)
        assert _whole(organization) == [
            f"Payout {forged.pk}: says 5.00 was paid out, what it holds comes to another sum.",
            f"Payout {payout.pk}: is undone in part only.",
        ]


def test_a_payout_of_several_currencies_and_many_days_names_what_the_rate_won(
    organization: Organization, desk: Callable[..., Any]
) -> None:
    with builders.in_organization(organization):
        _capture(organization, *["10.00"] * 41, provider="vipps", days=True)
        _capture(organization, "100.00", currency="EUR", base_amount=Decimal("1150.00"))
    take(organization, camt([Paid("", "405.00", text="Vipps"), Paid("", "1160.00", text="Stripe")]))
    many, foreign = _waiting(organization)
    page = desk(many.pk)
    assert len(page.context["payout"].rows) == 42, "one row for each day and kind"
    assert desk(many.pk, "payout", part=_ticked(page), fee="5").status_code == 200
    page = desk(foreign.pk)
    [row] = [row for row in page.context["payout"].rows if row.currency == "EUR"]
    assert desk(foreign.pk, "payout", part=[row.key], fee="12,00").status_code == 200
    with builders.in_organization(organization):
        assert _stands(organization, "provider_clearing") == 0
        assert _stands(organization, "currency_gain") == Decimal("-22.00")
        assert _stands(organization, "bank_fees") == Decimal("17.00")
        assert _whole(organization) == []
