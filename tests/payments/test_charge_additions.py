"""Fees, compensation and interest: claims of their own beside a claim, paid with it and given up by a voucher."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from foundation.errors import DomainError
from foundation.ids import uuid7
from payments import proof, queries
from payments.actions.additions import NewAddition, open_additions, waive_additions
from payments.additions import additions_of
from payments.models import Allocation, Posting, Receivable, Voucher
from tenants.audit import Actor
from tenants.models import AuditEntry
from tests import builders
from tests.bank_file_builders import Paid
from tests.payments import by_hand
from tests.payments.bank_rows import NOW, camt, take
from tests.payments.claims import ClaimTerms, open_claim, owed

TODAY = builders.TODAY
ME = Actor.system("Kari")


def charge(organization: Any, principal: UUID, **amounts: str) -> dict[str, UUID]:
    """Charge what is named by its kind; the ids of what was charged."""
    new = [
        NewAddition(id=uuid7(), principal_id=principal, kind=kind, amount=Decimal(amount), text=f"{kind} på krav")
        for kind, amount in amounts.items()
    ]
    with builders.in_organization(organization), transaction.atomic():
        open_additions(organization, new, day=TODAY, now=NOW)
    return {item.kind: item.id for item in new}


def waive(organization: Any, *ids: UUID, reason: str = "Betalt i tide") -> list[Allocation]:
    with builders.in_organization(organization):
        return waive_additions(organization, ids, reason=reason, actor=ME, day=TODAY, now=NOW)


@pytest.fixture
def claim(organization: Any) -> UUID:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        return open_claim(organization, customer.pk, ClaimTerms(amount=Decimal("1000.00"), kid="1000012"))


def test_additions_stand_beside_their_claim_without_vat(organization: Any, claim: UUID) -> None:
    first = charge(organization, claim, fee="38.00", interest="12.33", compensation="430.00")
    charge(organization, claim, fee="38.00")

    with builders.in_organization(organization):
        [found] = additions_of(organization.pk, [claim]).values()
        number = str(Receivable.objects.of(organization).get(pk=claim))
        assert [(each.document_number, each.amount, each.open) for each in found] == [
            (f"{number}-G1", Decimal("38.00"), Decimal("38.00")),
            (f"{number}-R1", Decimal("12.33"), Decimal("12.33")),
            (f"{number}-K1", Decimal("430.00"), Decimal("430.00")),
            (f"{number}-G2", Decimal("38.00"), Decimal("38.00")),
        ]
        posted = Posting.objects.of(organization).filter(voucher__source_id__in=first.values(), receivable=None)
        on_accounts = posted.values_list("account__number", "amount", "vat_code")
        assert sorted(on_accounts) == [
            ("3950", Decimal("-38.00"), ""),
            ("3955", Decimal("-430.00"), ""),
            ("8050", Decimal("-12.33"), ""),
        ]
        kinds = Voucher.objects.of(organization).filter(source_id__in=first.values()).values_list("kind", flat=True)
        assert sorted(kinds) == ["fee", "fee", "interest"]
        assert owed(organization, claim) == 1000
        assert list(proof.ledger_problems(organization)) == []
        verbs = AuditEntry.objects.of(organization).filter(subject_id=claim, verb="receivable.charged")
        assert verbs.count() == 4

        # The same charged again is charged once; a credit, an addition and nothing at all take none.
        again = NewAddition(id=first["fee"], principal_id=claim, kind="fee", amount=Decimal(38), text="x")
        with transaction.atomic():
            assert open_additions(organization, [again], day=TODAY, now=NOW) == [first["fee"]]
        assert len(additions_of(organization.pk, [claim])[claim]) == 4
        on_fee = NewAddition(id=uuid7(), principal_id=first["fee"], kind="fee", amount=Decimal(1), text="x")
        with pytest.raises(ValueError, match="not added"), transaction.atomic():
            open_additions(organization, [on_fee], day=TODAY, now=NOW)
        nothing = NewAddition(id=uuid7(), principal_id=claim, kind="fee", amount=Decimal(0), text="x")
        with pytest.raises(DomainError), transaction.atomic():
            open_additions(organization, [nothing], day=TODAY, now=NOW)


def test_many_are_charged_with_as_few_statements_as_one(organization: Any, other_organization: Any) -> None:
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        claims = [open_claim(organization, customer.pk, ClaimTerms(amount=Decimal(100))) for _ in range(30)]
    counts = []
    for some in (claims[:1], claims[1:]):
        new = [NewAddition(id=uuid7(), principal_id=each, kind="fee", amount=Decimal(38), text="x") for each in some]
        with builders.in_organization(organization), CaptureQueriesContext(connection) as spent, transaction.atomic():
            open_additions(organization, new, day=TODAY, now=NOW)
        counts.append(len(spent))
    assert counts[0] == counts[1] < 20

    with builders.in_organization(other_organization), pytest.raises(Http404), transaction.atomic():
        open_additions(other_organization, new, day=TODAY, now=NOW)
    with builders.in_organization(other_organization), pytest.raises(Http404):
        waive_additions(other_organization, [new[0].id], reason="x", actor=ME, day=TODAY, now=NOW)


def test_money_pays_the_claim_first_and_then_what_was_added(organization: Any, claim: UUID) -> None:
    added = charge(organization, claim, fee="38.00", interest="12.33")

    def left() -> list[Decimal]:
        with builders.in_organization(organization):
            return [owed(organization, key) for key in (claim, added["fee"], added["interest"])]

    first = by_hand.pay(organization, "600.00", claim)
    assert left() == [400, 38, Decimal("12.33")]
    second = by_hand.pay(organization, "420.00", claim)
    assert left() == [0, 18, Decimal("12.33")]
    third = by_hand.pay(organization, "100.00", claim)
    assert left() == [0, 0, 0]
    assert (first.unapplied, second.unapplied, third.unapplied) == (Decimal(0), Decimal(0), Decimal("69.67"))
    with builders.in_organization(organization):
        assert list(proof.ledger_problems(organization)) == []
        money = queries.money_on(organization.pk, [added["fee"]])[added["fee"]]
        assert money.applied == 38
        assert waive_additions(organization, [added["fee"]], reason="x", actor=ME, day=TODAY, now=NOW) == []


@pytest.mark.parametrize(
    ("paid", "reason", "outcome"),
    [("3175.33", "exact", "posted"), ("3125.00", "part", "posted"), ("3180.00", "over", "waiting")],
)
def test_a_bank_file_pays_all_of_it(organization: Any, paid: str, reason: str, outcome: str) -> None:
    invoice = builders.make_finalized_invoice(organization)
    assert invoice.receivable_id is not None
    added = charge(organization, invoice.receivable_id, fee="38.00", interest="12.33")
    with builders.in_organization(organization):
        kid = Receivable.objects.of(organization).get(pk=invoice.receivable_id).kid

    file = take(organization, camt([Paid(kid, paid, day=TODAY)])).file

    with builders.in_organization(organization):
        [line] = file.lines.all()
        assert (line.reason, line.outcome) == (reason, outcome)
        assert owed(organization, invoice.receivable_id) == 0
        rest = sum(owed(organization, key) for key in added.values())
        assert rest == (Decimal("50.33") if reason == "part" else 0)


def test_what_is_open_is_given_up_once(organization: Any, claim: UUID) -> None:
    added = charge(organization, claim, fee="38.00", interest="12.33", compensation="430.00")
    by_hand.pay(organization, "1010.00", claim)  # ten of the fee

    assert {row.amount for row in waive(organization, *added.values())} == {
        Decimal("28.00"),
        Decimal("12.33"),
        Decimal("430.00"),
    }
    assert waive(organization, *added.values()) == []

    with builders.in_organization(organization):
        assert all(each.open == 0 for each in additions_of(organization.pk, [claim])[claim])
        assert {each.amount for each in additions_of(organization.pk, [claim])[claim]} == {
            Decimal("38.00"),
            Decimal("12.33"),
            Decimal("430.00"),
        }
        assert queries.money_on(organization.pk, [added["interest"]])[added["interest"]].applied == 0
        assert queries.money_on(organization.pk, [added["fee"]])[added["fee"]].applied == 10
        assert list(proof.ledger_problems(organization)) == []
        assert AuditEntry.objects.of(organization).filter(verb="receivable.waived").count() == 3
    with pytest.raises(DomainError):
        waive(organization, added["fee"], reason=" ")
    with pytest.raises(Http404):
        waive(organization, claim)


def test_the_database_lets_a_claim_say_how_far_reminders_came_and_nothing_else(organization: Any, claim: UUID) -> None:
    with builders.in_organization(organization):
        rows = Receivable.objects.of(organization).filter(pk=claim)
        for changes in ({"kid": "1"}, {"due_date": TODAY}, {"kind": "opening"}, {"created_at": NOW}):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**changes)
        with pytest.raises(IntegrityError), transaction.atomic():
            Receivable.objects.create(
                organization=organization,
                customer=rows[0].customer,
                kind="compensation",
                currency="NOK",
                document_number="1",
                issue_date=TODAY,
            )
