"""Reminders as papers: what they say, kept and sent many at once, and never handed to somebody who has paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.encryption import seal
from foundation.ids import uuid7
from foundation.templatetags.formatting import format_amount
from invoicing.actions import deliveries as actions
from invoicing.actions import links
from invoicing.dispatching import printing
from invoicing.dispatching.plain import StandsOn
from invoicing.dispatching.senders import PASSWORD_COLUMN
from invoicing.models import CustomerPaper, Invoice, MailServer, PrintBatch, PublicLink
from invoicing.papers.demand import KIND_OF_STEP, Demand, Step
from invoicing.papers.demand_queries import demand_outcomes
from invoicing.papers.demand_words import WORDS, demand_words
from invoicing.papers.letter import said_by
from invoicing.papers.pdf import render_paper
from payments import queries as ledger
from payments.actions.additions import NewAddition, open_additions
from payments.holds import place_hold
from tenants.models import AuditEntry, Notice, Organization, OutboxRow
from tests import builders
from tests.invoicing import deliveries as sendings
from tests.invoicing import demands_world as world
from tests.invoicing import mail_server
from tests.invoicing.mail_server import MailHouse
from tests.invoicing.papers_world import text_of
from tests.invoicing.pdf_checker import failures
from tests.invoicing.public_pages import path_of, visitor
from tests.payments.by_hand import pay


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, organization: Organization) -> Iterator[MailHouse]:
    """A running mail server that the organization sends through."""
    path = mail_server.write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_server.running(path, **mail_server.with_password("nordlys", "a secret word")) as running:
        sealed = seal("a secret word", organization_id=organization.pk, column=PASSWORD_COLUMN)
        with builders.in_organization(organization):
            MailServer.objects.create(
                organization=organization,
                host="127.0.0.1",
                port=running.port,
                username="nordlys",
                password_sealed=sealed,
            )
        yield running


def _again(organization: Organization) -> None:
    with builders.in_organization(organization):
        rows = OutboxRow.objects.of(organization).filter(kind="invoicing.hand_over").exclude(state="sent")
        rows.update(not_before=timezone.now() - timedelta(minutes=1), lease_until=timezone.now() - timedelta(hours=1))
    builders.run_background()


@pytest.mark.parametrize("language", ["nb", "da", "sv", "en"])
def test_every_step_has_its_words_in_every_language(language: str) -> None:
    word = demand_words(language)
    for step in Step:
        assert word[f"title_{step}"]
        assert "{invoices}" in word[f"text_{step}"]
        assert "{invoices}" in word[f"subject_{step}"]
    for forms in WORDS.values():  # what is filled in is the same in all four
        assert len({tuple(sorted(set(_braces(form)))) for form in forms}) == 1, forms


def _braces(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]


def test_n7_n9_a_letter_tells_principal_fees_and_interest_apart_and_is_an_archive_pdf(
    organization: Organization,
) -> None:
    customer = builders.make_customer(organization, language="nb")
    one, other = (builders.make_finalized_invoice(organization, customer) for _time in range(2))
    demand = world.full_demand(organization, customer, one, other, step=Step.COLLECTION_NOTICE)
    principal = one.payable_amount - 300 + other.payable_amount

    data = render_paper(Demand.from_json(demand.to_json()), moment=timezone.now(), logo=None)

    text = " ".join(text_of(data).split())
    assert failures(data) == []
    assert (demand.principal, demand.fees, demand.interest) == (principal, Decimal("73.00"), Decimal("16.53"))
    assert demand.to_pay == principal + Decimal("39.53")
    for amount in (principal, Decimal("73.00"), Decimal("16.53"), demand.to_pay, one.payable_amount - 100):
        assert f"{amount:,.2f}".replace(",", " ").replace(".", ",") in text, (amount, text)
    assert "Inkassovarsel" in text
    assert "sender vi kravet til inkasso" in text  # N6: clear that collection follows, and after which day
    assert text.count(world.DEADLINE.strftime("%d.%m.%Y").lstrip("0")) + text.count("2026") > 1
    assert "12,00 %" in text  # N7: rate and from which day
    assert "Gebyr og renter er uten merverdiavgift" in text
    assert "Det omstridte beløpet kreves ikke" in text
    with pytest.raises(ValueError, match="last day"):
        replace(demand, deadline=None)


def test_a_letter_of_every_step_is_made_in_every_language(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    for language, step in zip(("nb", "da", "sv", "en", "en", "sv"), Step, strict=True):
        with builders.in_organization(organization):
            customer = invoice.customer
        customer.language = language
        demand = world.demand_of(organization, customer, world.claim_of(invoice), step=step)
        text = " ".join(text_of(render_paper(demand, moment=timezone.now(), logo=None)).split())
        assert demand_words(language)[f"title_{step}"] in text
        assert demand.kind == KIND_OF_STEP[step]
        assert "{" not in text
        assert invoice.kid in text.replace(" ", "")


def test_a_reminder_goes_by_e_mail_with_its_pdf_and_the_invoice_s_own_page(
    organization: Organization, house: MailHouse
) -> None:
    invoice = sendings.finalized(organization)
    new = world.new_demand(organization, invoice)

    [sent] = world.written(organization, new)
    assert world.written(organization, new) == [sent]  # under the same key: nothing more
    builders.run_background()

    [got] = house.got
    [delivery] = world.deliveries_of(organization, new.id)
    assert (delivery.state, delivery.subject_kind, delivery.dispatch_id) == ("sent", "reminder", sent.dispatch_id)
    assert got.message["Subject"] == f"Purring fra Nordlys Rådgivning AS: faktura {invoice.number}"
    assert got.file_names == [f"Purring-{builders.TODAY.isoformat()}.pdf"]
    address = next(word for word in got.text.split() if "/i/" in word or "://" in word)
    browser = visitor()
    answer = browser.get(path_of(address))
    assert answer.status_code == 302
    assert str(invoice.number) in browser.get(answer.headers["Location"]).content.decode()
    with builders.in_organization(organization):
        assert PublicLink.objects.of(organization).get(delivery_id=delivery.pk).subject_id == invoice.pk
        outcome = demand_outcomes(organization, [new.id])[new.id]
        verbs = set(AuditEntry.objects.of(organization).filter(subject_id=new.id).values_list("verb", flat=True))
        assert isinstance(said_by(CustomerPaper.objects.of(organization).get(pk=new.id)), Demand)
    assert outcome.handed_over_at == delivery.handed_over_at
    assert (outcome.state, outcome.withheld, outcome.failed) == ("handed_over", False, False)
    assert {"paper.made", "paper.sent", "delivery.sent"} <= verbs


def test_the_customer_s_page_shows_principal_fees_and_interest_apart_and_asks_for_all_of_it(
    organization: Organization,
) -> None:
    invoice = sendings.finalized(organization)
    assert invoice.receivable_id is not None
    browser, page = _entered(organization, invoice)
    before = _shown(browser, page)
    assert "Purregebyr" not in before
    added = {"fee": Decimal("38.00"), "interest": Decimal("12.33")}
    with builders.in_organization(organization), transaction.atomic():
        news = [
            NewAddition(id=uuid7(), principal_id=invoice.receivable_id, kind=kind, amount=amount, text="Purring")
            for kind, amount in added.items()
        ]
        open_additions(organization, news, day=builders.TODAY, now=timezone.now())

    told = _shown(browser, page)
    for amount in (invoice.payable_amount, *added.values(), invoice.payable_amount + Decimal("50.33")):
        assert format_amount(amount, "nb").replace("\u00a0", " ") in told, amount
    pay(organization, str(invoice.payable_amount), invoice.receivable_id)
    left = _shown(browser, page)
    assert '<span class="huge">50,33</span>' in left  # the invoice is paid, and what was added to it is not


def _entered(organization: Organization, invoice: Invoice) -> tuple[Client, str]:
    with builders.in_organization(organization):
        address = links.make_link(organization, invoice.pk, actor=builders.actor_of(organization), now=timezone.now())
    browser = visitor()
    return browser, browser.get(path_of(address)).headers["Location"]


def _shown(browser: Client, page: str) -> str:
    answer = browser.get(page)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_many_are_written_with_as_many_statements_as_one(organization: Organization) -> None:
    invoice = sendings.finalized(organization)
    counts = []
    for many in (1, 50):
        fresh = [world.new_demand(organization, invoice, key=f"of-{many}") for _time in range(many)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            written = world.written(organization, *fresh)
        counts.append(len(captured))
        assert [one.paper_id for one in written] == [new.id for new in fresh]
    assert counts[0] == counts[1] < 25, counts


def _paid(organization: Organization, invoice: Invoice) -> None:
    pay(organization, "1.00", invoice.receivable_id)


def _covered(organization: Organization, invoice: Invoice) -> None:
    pay(organization, "25.00", customer_id=invoice.customer_id)


def _disputed(organization: Organization, invoice: Invoice) -> None:
    assert invoice.receivable_id is not None
    with builders.in_organization(organization):
        place_hold(
            organization,
            invoice.receivable_id,
            kind="dispute",
            reason="Feil antall timer",
            actor=builders.actor_of(organization),
            now=timezone.now(),
        )


@pytest.mark.parametrize("happens", [_paid, _covered, _disputed])
def test_m_010_nothing_is_handed_over_when_the_claim_has_changed_since_it_was_written(
    organization: Organization, house: MailHouse, owner: Any, happens: Any
) -> None:
    invoice, unchanged = sendings.finalized(organization), sendings.finalized(organization)
    way = world.new_demand(organization, invoice).recipients[0]
    both = [way, replace(way, address="to@havglott.example")]
    new, other = world.new_demand(organization, invoice, recipients=both), world.new_demand(organization, unchanged)
    world.written(organization, new, other)

    happens(organization, invoice)
    builders.run_background()

    assert len(house.got) == 1
    told = world.deliveries_of(organization, new.id)
    assert [(one.state, one.reason_code, one.handed_over_at) for one in told] == [
        ("given_up", "claim_changed", None)
    ] * 2  # the chain, a letter, is not followed
    assert [one.state for one in world.deliveries_of(organization, other.id)] == ["sent"]
    _again(organization)
    assert len(house.got) == 1
    with builders.in_organization(organization):
        found = demand_outcomes(organization, [new.id, other.id])
        assert (found[new.id].withheld, found[new.id].failed, found[other.id].withheld) == (True, False, False)
        assert not Notice.objects.of(organization).exists()
        assert not PublicLink.objects.of(organization).filter(delivery_id__in=[one.pk for one in told]).exists()


def test_a_worker_killed_at_the_last_step_sends_nothing_again(organization: Organization, house: MailHouse) -> None:
    """Rather none than two (reliability cases 2 and 14)."""
    invoice, lost = sendings.finalized(organization), sendings.finalized(organization)
    killed, unanswered = world.new_demand(organization, invoice), world.new_demand(organization, lost)
    world.written(organization, killed)
    [delivery] = world.deliveries_of(organization, killed.id)
    with builders.in_organization(organization):
        actions.begin_delivery(organization, delivery.pk, now=timezone.now())
        actions.mark_handing_over(organization, delivery.pk, now=timezone.now())
    builders.run_background()
    house.hangs_up_after_data = True
    world.written(organization, unanswered)
    builders.run_background()
    house.hangs_up_after_data = False
    house.got.clear()

    _again(organization)

    assert house.got == []
    for new in (killed, unanswered):
        [told] = world.deliveries_of(organization, new.id)
        assert told.state == "unknown"
        with builders.in_organization(organization):
            outcome = demand_outcomes(organization, [new.id])[new.id]
        assert (outcome.may_have_left, outcome.withheld, outcome.failed) == (True, False, False)


def test_a_print_batch_leaves_out_what_is_no_longer_owed(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    paid, owed = (sendings.finalized(organization, email="", postal_code=code) for code in ("0001", "0002"))
    gone, stays = world.new_demand(organization, paid), world.new_demand(organization, owed)
    world.written(organization, gone, stays)
    client = client_of(owner)
    page = client.get(reverse("invoicing:list_letters", args=[organization.slug])).content.decode()
    assert page.count('name="id"') == 2
    with builders.in_organization(organization):
        waiting = [letter.delivery.pk for letter in printing.waiting_letters(organization)]
    pay(organization, "10.00", paid.receivable_id)

    address = reverse("invoicing:make_print_batch", args=[organization.slug])
    assert client.post(address, {"id": [str(pk) for pk in waiting], "key": "one"}).status_code == 302
    builders.run_background(3)

    [left] = world.deliveries_of(organization, gone.id)
    [printed] = world.deliveries_of(organization, stays.id)
    assert (left.state, left.reason_code, left.print_batch_id) == ("given_up", "claim_changed", None)
    with builders.in_organization(organization):
        batch = PrintBatch.objects.of(organization).get()
    assert (printed.print_batch_id, batch.sheets) == (batch.pk, 1)


def test_a_letter_holds_only_as_long_as_all_of_it_does(organization: Organization) -> None:
    from invoicing.actions.brake import still_holds
    from payments.standing import Standing

    invoice = builders.make_finalized_invoice(organization)
    assert invoice.receivable_id is not None
    claim = StandsOn(invoice.receivable_id, Decimal(500), held=Decimal(100), credit=Decimal(50))
    assert StandsOn.from_json(claim.to_json()) == claim
    right = Standing(Decimal(500), held=Decimal(100), credit=Decimal(50))
    assert still_holds([claim], {claim.receivable_id: right}, today=builders.TODAY)
    assert still_holds(
        [claim], {claim.receivable_id: replace(right, held=Decimal(0), credit=Decimal(0))}, today=builders.TODAY
    )
    for changed in (
        replace(right, open=Decimal(499)),
        replace(right, open=Decimal(501)),
        replace(right, held=Decimal(101)),
        replace(right, is_wholly_held=True),
        replace(right, has_pending=True),
        replace(right, credit=Decimal(51)),
    ):
        assert not still_holds([claim], {claim.receivable_id: changed}, today=builders.TODAY)
    until = replace(claim, until=builders.TODAY)
    assert StandsOn.from_json(until.to_json()) == until
    assert still_holds([until], {claim.receivable_id: right}, today=builders.TODAY)
    assert not still_holds([until], {claim.receivable_id: right}, today=builders.TODAY + timedelta(days=1))
    with builders.in_organization(organization):
        assert ledger.claim_of(organization.pk, claim.receivable_id).owed == invoice.payable_amount
