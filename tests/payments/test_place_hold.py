"""Holds: a claim, or a part of it, that is not pressed while somebody has a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from payments import holds, queries
from payments.models import Hold
from tenants.audit import Actor
from tenants.models import AuditEntry
from tests import builders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
SYSTEM = Actor.system()


@pytest.fixture
def claim(organization: Any) -> Any:
    return builders.make_finalized_invoice(organization).receivable_id


def _place(organization: Any, claim: Any, **terms: Any) -> Hold:
    with builders.in_organization(organization):
        told: Any = {"kind": "dispute", "reason": "Feil pris", **terms}
        return holds.place_hold(organization, claim, actor=SYSTEM, now=NOW, **told)


def _standing(organization: Any, claim: Any, day: date = TODAY) -> list[Hold]:
    with builders.in_organization(organization):
        return queries.standing_holds(organization, [claim], today=day)


def test_a_hold_stands_until_it_is_released(organization: Any, claim: Any) -> None:
    hold = _place(organization, claim)
    assert [one.pk for one in _standing(organization, claim)] == [hold.pk]

    with builders.in_organization(organization):
        for _time in range(2):
            holds.release_hold(organization, hold.pk, reason="Prisen var riktig", actor=SYSTEM, now=NOW)

    assert _standing(organization, claim) == []
    with builders.in_organization(organization):
        verbs = AuditEntry.objects.of(organization).filter(subject_id=claim).order_by("recorded_at")
        assert list(verbs.values_list("verb", flat=True)) == ["hold.placed", "hold.released"]
        assert len(queries.holds_of(organization, claim)) == 1


def test_a_promise_ends_by_itself_after_its_last_day(organization: Any, claim: Any) -> None:
    _place(organization, claim, kind="promise", until=TODAY + timedelta(days=3))

    assert len(_standing(organization, claim, TODAY + timedelta(days=3))) == 1
    assert _standing(organization, claim, TODAY + timedelta(days=4)) == []


def test_a_part_larger_than_what_is_owed_is_all_of_it(organization: Any, claim: Any) -> None:
    assert _place(organization, claim, amount=Decimal("1.00")).amount == Decimal("1.00")
    assert _place(organization, claim, amount=Decimal("9999999.00")).amount is None


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"reason": "  "}, holds.HoldHasNoReason),
        ({"amount": Decimal(0)}, holds.HoldIsTooLarge),
        ({"amount": Decimal("-5")}, holds.HoldIsTooLarge),
        ({"until": TODAY - timedelta(days=1)}, holds.HoldHasEnded),
        ({"kind": "no-such-kind"}, ValueError),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(organization: Any, claim: Any, terms: Any, refusal: Any) -> None:
    with pytest.raises(refusal):
        _place(organization, claim, **terms)

    assert _standing(organization, claim) == []


def test_what_is_settled_is_not_held(organization: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])

    with pytest.raises(holds.ClaimIsSettled):
        _place(organization, invoice.receivable_id)


def test_somebody_elses_claim_is_not_there(organization: Any, other_organization: Any) -> None:
    theirs = builders.make_finalized_invoice(other_organization).receivable_id

    with pytest.raises(Http404):
        _place(organization, theirs)


def test_the_database_keeps_what_a_hold_says(organization: Any, claim: Any) -> None:
    hold = _place(organization, claim)
    with builders.in_organization(organization):
        rows = Hold.objects.of(organization).filter(pk=hold.pk)
        for change in ({"reason": "Noe annet"}, {"kind": "promise"}, {"amount": Decimal(1)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)


def test_a_claim_knows_since_when_nothing_is_owed(organization: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    assert invoice.receivable_id is not None
    with builders.in_organization(organization):
        open_claim = queries.claim_of(organization.pk, invoice.receivable_id)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    with builders.in_organization(organization):
        settled = queries.claim_of(organization.pk, invoice.receivable_id)

    assert (open_claim.owed, open_claim.settled_at) == (invoice.payable_amount, None)
    assert settled.owed == 0
    assert settled.settled_at is not None
