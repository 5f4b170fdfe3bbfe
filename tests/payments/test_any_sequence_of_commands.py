"""After any sequence of commands: applied and credit are what was received, and the ledger is whole."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from payments import proof
from payments.models import PaymentSettings, Posting
from tests import builders
from tests.payments import claims
from tests.payments.commands import COMMANDS, Desk

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEQUENCES = builders.scaled(100, 2)
LENGTH = builders.scaled(120, 60)


@pytest.mark.parametrize("sequence", range(SEQUENCES))
def test_every_krone_is_somewhere(organization: Any, sequence: int) -> None:
    seed = builders.SEED + sequence
    with builders.in_organization(organization):
        PaymentSettings.objects.create(organization=organization, small_difference_max=Decimal(5))
    customers = [builders.make_customer(organization).pk for _ in range(2)]
    desk = Desk(organization, customers, random.Random(seed), NOW)
    for _step in range(LENGTH):
        desk.act()
    print(f"seed {seed}: taken {desk.taken}, refused {desk.refused}")

    with builders.in_organization(organization):
        received, used = claims.received_and_used(organization)
        assert received == used > 0
        assert list(proof.ledger_problems(organization)) == []
        settled = claims.settled_claims(organization)
        for claim in desk.claims + desk.charges:
            posted = Posting.objects.of(organization).filter(receivable_id=claim)
            left = sum((row.currency_amount for row in posted), Decimal(0))
            assert left >= 0, claim
            assert (left == 0) == (claim in settled), claim
    assert len(desk.taken) > len({name for name, _ in COMMANDS}) / 2, desk.taken
