"""AvtaleGiro: what a payer lets be drawn is asked for once, in a file as the bank reads it, and cancelled in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation import files
from foundation.errors import DomainError
from invoicing.models import Invoice
from payments import direct_debit_queries, errors, holds, queries
from payments.actions.direct_debits import make_direct_debit_file, type_of_claim
from payments.bank import queries as bank_queries
from payments.bank_files.nets_files import NetsAssignment, NetsTransmission, read_nets_file
from payments.models import BankAgreement, DirectDebitClaim, DirectDebitFile, Receivable
from tenants.models import AuditEntry, BankAccount, Organization
from tests import bank_file_builders as banks
from tests import builders
from tests.payments import by_hand
from tests.payments.bank_rows import NOW, take

PRICE = Decimal("3125.00")  # two hours at 1250 with VAT
LATER = builders.TODAY + timedelta(days=14)


def invoice_of(organization: Organization, days: int = 14) -> Invoice:
    """An invoice that falls due so many days from today."""
    due = builders.TODAY + timedelta(days=days)
    return builders.make_finalized_invoice(organization, due_date=due, has_own_due_date=True)


def claim_of(invoice: Invoice) -> UUID:
    assert invoice.receivable_id is not None
    return invoice.receivable_id


def kid_of(organization: Organization, invoice: Invoice) -> str:
    with builders.in_organization(organization):
        return Receivable.objects.of(organization).get(pk=claim_of(invoice)).kid


def tell_mandates(organization: Organization, *mandates: tuple[str, Invoice, bool]) -> None:
    """The bank's file: what it registers, the invoice whose KID it is, and whether the payer wants notice."""
    told = [(kind, kid_of(organization, invoice), notice) for kind, invoice, notice in mandates]
    take(organization, banks.mandate_file(told, account=builders.ACCOUNT_NUMBER), "avtale.txt")


def at(day: date, clock: str = "10:00") -> datetime:
    """A moment where the bank is."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo("Europe/Oslo"))


def make(organization: Organization, seen: Decimal, now: datetime = NOW) -> DirectDebitFile:
    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        return make_direct_debit_file(organization, seen_total=seen, actor=actor, today=now.date(), now=now)


def read(organization: Organization, file: DirectDebitFile) -> list[NetsAssignment]:
    source = read_nets_file(files.load(str(organization.pk), file.sha256)).source
    [sent] = cast(tuple[NetsTransmission, ...], source)
    assert (sent.sender, int(sent.number)) == ("00112233", file.number)
    return list(sent.assignments)


def asked(organization: Organization) -> list[DirectDebitClaim]:
    with builders.in_organization(organization):
        return list(DirectDebitClaim.objects.of(organization).order_by("id"))


@pytest.fixture
def agreed(organization: Organization) -> Organization:
    """The organization with an agreement on AvtaleGiro."""
    with builders.in_organization(organization):
        bank_queries.lock_agreement(organization, BankAccount.objects.of(organization).get())
        BankAgreement.objects.of(organization).update(direct_debit_number="123456789", customer_unit="00112233")
    return organization


def test_the_bank_reads_what_was_asked_for_and_is_asked_once(agreed: Organization) -> None:
    later = invoice_of(agreed)
    near = invoice_of(agreed, 1)
    year = invoice_of(agreed, 400)
    held, paid, ended, without = (invoice_of(agreed) for _turn in range(4))
    tell_mandates(
        agreed, *(("1", each, each is later) for each in (later, near, year, held, paid)), ("2", ended, False)
    )
    by_hand.pay(agreed, str(PRICE), paid.receivable_id)
    with builders.in_organization(agreed):
        actor = builders.actor_of(agreed)
        holds.place_hold(agreed, claim_of(held), actor=actor, now=NOW, kind="dispute", reason="Feil pris")

    with pytest.raises(errors.TotalDiffers):
        make(agreed, PRICE)
    assert asked(agreed) == []
    file = make(agreed, 2 * PRICE)

    [assignment] = read(agreed, file)
    # It is Saturday: the bank takes the file on Monday, and a claim that falls due before is drawn four days later.
    assert [(each.kid, each.due_day, each.minor, each.claim_type) for each in assignment.claims] == [
        (kid_of(agreed, near), date(2026, 11, 27), 312500, "02"),
        (kid_of(agreed, later), next_day(LATER), 312500, "21"),
    ]
    assert (assignment.account, assignment.net) == (builders.ACCOUNT_NUMBER, 625000)
    assert (file.count, file.total, file.cancelled_count) == (2, 2 * PRICE, 0)
    with pytest.raises(errors.NothingIsChosen):
        make(agreed, Decimal(0))
    with builders.in_organization(agreed):
        assert AuditEntry.objects.of(agreed).filter(verb="direct_debit.asked").count() == 1
    assert without.receivable_id not in {claim.receivable_id for claim in asked(agreed)}


def next_day(day: date) -> date:
    found = direct_debit_queries.lawful_due_day(day, direct_debit_queries.taken_on(NOW))
    assert found is not None
    return found


TAKEN = [
    (at(date(2026, 11, 23), "13:59"), date(2026, 11, 23)),
    (at(date(2026, 11, 23), "14:00"), date(2026, 11, 24)),
    (datetime(2026, 11, 23, 12, 59, tzinfo=UTC), date(2026, 11, 23)),
    (datetime(2026, 7, 6, 12, 0, tzinfo=UTC), date(2026, 7, 7)),  # summer time: it is 14:00
    (at(date(2026, 11, 20), "14:01"), date(2026, 11, 23)),  # Friday
    (at(date(2026, 11, 21)), date(2026, 11, 23)),
    (at(date(2026, 12, 23), "14:00"), date(2026, 12, 28)),  # Christmas Eve and a weekend
    (at(date(2027, 3, 24), "14:00"), date(2027, 3, 30)),  # Easter
    (at(date(2026, 5, 13), "15:00"), date(2026, 5, 15)),  # Ascension Day
]


def test_the_bank_takes_a_file_until_two_o_clock_on_a_banking_day() -> None:
    assert [direct_debit_queries.taken_on(moment) for moment, _day in TAKEN] == [day for _moment, day in TAKEN]


def test_a_day_without_banks_moves_to_the_next_and_a_year_is_the_end() -> None:
    lawful = direct_debit_queries.lawful_due_day

    assert lawful(date(2026, 12, 24), builders.TODAY) == date(2026, 12, 28), "Christmas, and a weekend"
    assert lawful(date(2026, 1, 1), date(2026, 12, 21)) == date(2026, 12, 28)
    assert lawful(date(2027, 11, 21), builders.TODAY) == date(2027, 11, 22)
    assert lawful(date(2027, 11, 22), builders.TODAY) is None
    assert lawful(None, builders.TODAY) is None


def test_a_claim_that_comes_too_late_is_moved_and_a_minute_decides(agreed: Organization) -> None:
    invoice = invoice_of(agreed, 6)  # Friday 27 November
    tell_mandates(agreed, ("1", invoice, True))
    due = date(2026, 11, 27)
    with builders.in_organization(agreed):
        agreement = direct_debit_queries.direct_debit_agreement(agreed)
        assert agreement is not None
        for clock, wanted, moved in (("13:59", due, False), ("14:00", date(2026, 11, 30), True)):
            moment = at(date(2026, 11, 23), clock)
            found = direct_debit_queries.next_file(agreed, agreement, today=moment.date(), now=moment)
            assert [(each.due_day, each.is_moved) for each in found.drawings] == [(wanted, moved)], clock
    [assignment] = read(agreed, make(agreed, PRICE, at(date(2026, 11, 23), "14:00")))
    assert [each.due_day for each in assignment.claims] == [date(2026, 11, 30)]


def test_what_the_bank_says_of_a_mandate_last_holds(agreed: Organization) -> None:
    invoice = invoice_of(agreed)
    for kind, notice, wanted in (
        ("0", True, "21"),  # active when the agreement began
        ("1", False, "02"),  # changed: the payer wants no notice from the bank any more
        ("2", False, None),  # stopped
        ("1", True, "21"),  # and new again
    ):
        tell_mandates(agreed, (kind, invoice, notice))
        with builders.in_organization(agreed):
            agreement = direct_debit_queries.direct_debit_agreement(agreed)
            assert agreement is not None
            found = direct_debit_queries.next_file(agreed, agreement, today=builders.TODAY, now=NOW)
        assert [type_of_claim(each.mandate) for each in found.drawings] == ([wanted] if wanted else [])


def test_what_is_settled_held_or_without_mandate_since_is_cancelled_in_the_next_file(agreed: Organization) -> None:
    stays, paid, held, ended = (invoice_of(agreed) for _turn in range(4))
    tell_mandates(agreed, *(("1", each, False) for each in (stays, paid, held, ended)))
    make(agreed, 4 * PRICE)
    by_hand.pay(agreed, "25.00", paid.receivable_id)
    tell_mandates(agreed, ("2", ended, False))
    with builders.in_organization(agreed):
        actor = builders.actor_of(agreed)
        hold = holds.place_hold(agreed, claim_of(held), actor=actor, now=NOW, kind="dispute", reason="Feil")

    file = make(agreed, Decimal(0))

    [assignment] = read(agreed, file)
    assert {each.claim_type for each in assignment.claims} == {"93"}
    assert {each.kid for each in assignment.claims} == {kid_of(agreed, each) for each in (paid, held, ended)}
    assert [each.minor for each in assignment.claims] == [312500] * 3
    states = {claim.receivable_id: claim.state for claim in asked(agreed)}
    assert states[claim_of(stays)] == "in_file"
    assert sorted(states.values()) == ["cancelled"] * 3 + ["in_file"]
    with builders.in_organization(agreed):
        holds.release_hold(agreed, hold.pk, reason="Rettet", actor=actor, now=NOW)
    [again] = read(agreed, make(agreed, 2 * PRICE - 25))
    assert [each.minor for each in again.claims] == [310000, 312500], "what is open now is asked for anew"
    assert len(asked(agreed)) == 6


def test_a_claim_is_cancelled_until_the_banking_day_before_and_then_it_is_told(
    agreed: Organization, accountant: Any, client_of: Callable[[Any], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = invoice_of(agreed)  # Saturday 5 December: drawn on Monday
    tell_mandates(agreed, ("1", invoice, False))
    make(agreed, PRICE)
    by_hand.pay(agreed, str(PRICE), invoice.receivable_id)
    friday = date(2026, 12, 4)
    accountant.language = "en"
    accountant.save()

    with pytest.raises(errors.NothingIsChosen):
        make(agreed, Decimal(0), at(friday, "14:00"))
    monkeypatch.setattr(timezone, "now", lambda: at(friday, "14:00"))
    page = client_of(accountant).get(f"/{agreed.slug}/payments/direct-debit/")
    monkeypatch.undo()
    assert [claim.receivable_id for claim in page.context["too_late"]] == [claim_of(invoice)]
    assert "too late to cancel" in page.content.decode()
    assert [claim.state for claim in asked(agreed)] == ["in_file"]
    make(agreed, Decimal(0), at(friday, "13:59"))
    assert [claim.state for claim in asked(agreed)] == ["cancelled"]


def test_without_an_agreement_nothing_is_asked(organization: Organization) -> None:
    invoice = invoice_of(organization)
    tell_mandates(organization, ("1", invoice, False))

    with pytest.raises(DomainError, match="AvtaleGiro"):
        make(organization, PRICE)


def test_the_page_makes_the_file_for_those_who_may(
    agreed: Organization, accountant: Any, auditor: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    url = f"/{agreed.slug}/payments/direct-debit/"
    invoices = [invoice_of(agreed) for _turn in range(3)]
    tell_mandates(agreed, ("1", invoices[0], False))
    client = client_of(accountant)
    with CaptureQueriesContext(connection) as few:
        page = client.get(url)
    tell_mandates(agreed, *(("1", each, False) for each in invoices[1:]))
    with CaptureQueriesContext(connection) as many:
        client.get(url)

    wrong = client.post(f"{url}file/", {"total": "1,00"})
    assert client_of(auditor).post(f"{url}file/", {"total": "9375,00"}).status_code == 403
    assert client_of(stranger).get(url).status_code == 404
    assert asked(agreed) == []
    made = client.post(f"{url}file/", {"total": "9375,00"})

    assert (page.context["next"].total, wrong.status_code, made.status_code) == (PRICE, 422, 302)
    assert len(few) == len(many) < 30
    with builders.in_organization(agreed):
        file = DirectDebitFile.objects.of(agreed).get()
    kept = client_of(auditor).get(f"{url}files/{file.pk}/")
    assert kept["Content-Disposition"].startswith("attachment")
    assert b"".join(kept.streaming_content).startswith(b"NY000010")  # type: ignore[attr-defined]


def test_the_database_keeps_what_was_asked(agreed: Organization) -> None:
    invoice = invoice_of(agreed)
    tell_mandates(agreed, ("1", invoice, False))
    file = make(agreed, PRICE)

    with builders.in_organization(agreed):
        claims, kept = DirectDebitClaim.objects.of(agreed), DirectDebitFile.objects.of(agreed)
        for change in (
            lambda: claims.update(amount=1),
            claims.delete,
            lambda: kept.update(total=1),
            lambda: (claims.update(state="cancelled", cancelled_in=file), claims.update(state="in_file")),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert queries.balances(agreed.pk, [claim_of(invoice)])[claim_of(invoice)].currency_amount == PRICE
