"""Sending a document: one act under one key, a delivery per recipient, and channels that take over from each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from invoicing import queries as documents
from invoicing.actions import deliveries, dispatch
from invoicing.actions.dispatch import first_sending
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import News, Outcome, Recipient, Sending
from invoicing.dispatching.plan import EHF, EMAIL, ORDER, PAPER, Missing, Reach, plan_of
from invoicing.dispatching.states import Standing, Told
from invoicing.errors import NotFinalized
from invoicing.models import Delivery, DeliveryEvent, DeliverySettings, Invoice, Participant
from tenants.audit import Actor
from tenants.models import AuditEntry, Notice, Organization, OutboxRow
from tests import builders

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SYSTEM = Actor.system()
MAIL = Recipient("email", "faktura@kunde.example", "Kunde AS")


def _finalized(organization: Organization, **customer: Any) -> Invoice:
    buyer = builders.make_customer(organization, **{"email": "faktura@kunde.example", **customer})
    draft = builders.make_draft(organization, buyer)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    with builders.in_organization(organization):
        return documents.get_invoice(organization, invoice.pk)


def _send(organization: Organization, invoice: Invoice, key: str = "first", *recipients: Recipient, **more: Any) -> Any:
    sending = Sending("first", key, recipients or (MAIL,), **more)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=SYSTEM, now=NOW)
        return act, sendings.deliveries_of_dispatch(organization, act)


def _tell(organization: Organization, delivery_id: UUID, state: str, **more: Any) -> Delivery:
    with builders.in_organization(organization):
        return deliveries.tell_delivery(
            organization, delivery_id, News(state, "mail_server", **more), now=NOW + timedelta(hours=1)
        )


def _summary(organization: Organization, invoice: Invoice) -> str:
    with builders.in_organization(organization):
        row = documents.follow_up_of(organization, invoice.pk)
    return row.delivery_summary if row else ""


def test_a_document_is_sent_to_everybody_with_a_delivery_each(organization: Organization) -> None:
    invoice = _finalized(organization)

    _act, made = _send(
        organization,
        invoice,
        "first",
        MAIL,
        *[Recipient("email", f"kopi{n}@kunde.example", "", True) for n in range(9)],
    )

    assert [delivery.state for delivery in made] == ["queued"] * 10
    assert sum(delivery.is_copy for delivery in made) == 9
    with builders.in_organization(organization):
        effects = OutboxRow.objects.of(organization).filter(kind="invoicing.hand_over")
        assert {row.subject_id for row in effects} == {delivery.pk for delivery in made}
        assert AuditEntry.objects.of(organization).filter(verb="invoice.dispatched").count() == 1
    assert _summary(organization, invoice) == Standing.UNDER_WAY


def test_m_098_ten_copies_are_one_too_many(organization: Organization) -> None:
    invoice = _finalized(organization)
    copies = [Recipient("email", f"kopi{n}@kunde.example", "", True) for n in range(10)]

    with pytest.raises(dispatch.TooManyCopies, match="9"):
        _send(organization, invoice, "first", MAIL, *copies)

    with builders.in_organization(organization):
        assert not Delivery.objects.of(organization).exists()


def test_under_one_key_it_is_sent_once(organization: Organization) -> None:
    invoice = _finalized(organization)

    first, made = _send(organization, invoice)
    second, again = _send(organization, invoice)
    third, _more = _send(organization, invoice, "again:1")

    assert first.pk == second.pk != third.pk
    assert [one.pk for one in made] == [one.pk for one in again]


def test_a_draft_is_not_sent(organization: Organization) -> None:
    draft = builders.make_draft(organization)

    with pytest.raises(NotFinalized):
        _send(organization, draft)


def test_a_bounce_goes_on_by_the_next_channel_and_is_told_once(organization: Organization) -> None:
    invoice = _finalized(organization)
    _act, [mail] = _send(organization, invoice, chain=(Recipient("paper", "Storgata 1, 0001 Oslo, NO"),))

    for _time in range(2):
        _tell(organization, mail.pk, "sent")
    told = _tell(organization, mail.pk, "bounced", reason="550 no such user", key="dsn-1")
    _tell(organization, mail.pk, "bounced", reason="550 no such user", key="dsn-1")

    with builders.in_organization(organization):
        letters = Delivery.objects.of(organization).filter(channel="paper")
        assert [letter.follows_id for letter in letters] == [mail.pk]
        assert DeliveryEvent.objects.of(organization).filter(delivery=mail.pk, key="dsn-1").count() == 1
    assert (told.state, told.reason) == ("bounced", "550 no such user")
    assert _summary(organization, invoice) == Standing.UNDER_WAY


def test_what_nobody_got_reddens_the_document_and_tells_its_owner(organization: Organization, owner: Any) -> None:
    invoice = _finalized(organization)
    sending = Sending("first", "first", (MAIL,))
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.person(owner), now=NOW)
        [mail] = sendings.deliveries_of_dispatch(organization, act)

    _tell(organization, mail.pk, "sending")
    _tell(organization, mail.pk, "failed", reason="530 no")

    assert _summary(organization, invoice) == Standing.NOBODY
    with builders.in_organization(organization):
        assert Notice.objects.of(organization).filter(user=owner, kind="delivery.lost").count() == 1
        assert [one.pk for one in sendings.stuck_deliveries(organization, NOW)] == [mail.pk]


def test_a_copy_that_bounces_is_seen_and_nothing_follows(organization: Organization) -> None:
    invoice = _finalized(organization)
    copy = Recipient("email", "kopi@kunde.example", "", True)
    _act, [mail, second] = _send(
        organization, invoice, "first", MAIL, copy, chain=(Recipient("paper", "Storgata 1, 0001 Oslo, NO"),)
    )

    _tell(organization, mail.pk, "sent")
    _tell(organization, second.pk, "sending")
    _tell(organization, second.pk, "bounced")

    with builders.in_organization(organization):
        assert Delivery.objects.of(organization).count() == 2
        assert not sendings.stuck_deliveries(organization, NOW).exists()
    assert _summary(organization, invoice) == Standing.HANDED_OVER


def test_a_worker_that_died_after_handing_over_is_remembered(organization: Organization) -> None:
    invoice = _finalized(organization)
    _act, [mail] = _send(organization, invoice)
    with builders.in_organization(organization):
        first = deliveries.begin_delivery(organization, mail.pk, now=NOW)
        deliveries.mark_handing_over(organization, mail.pk, now=NOW)
        second = deliveries.begin_delivery(organization, mail.pk, now=NOW + timedelta(minutes=6))

        assert first is not None
        assert second is not None
        assert (first.may_have_been_handed_over, second.may_have_been_handed_over) == (False, True)
        assert first.message_id == second.message_id

        deliveries.settle_attempt(organization, mail.pk, Outcome("unknown"), now=NOW)
        assert deliveries.begin_delivery(organization, mail.pk, now=NOW) is None


def test_what_goes_back_to_the_queue_has_the_time_that_is_left(organization: Organization) -> None:
    invoice = _finalized(organization)
    _act, [mail] = _send(organization, invoice)
    with builders.in_organization(organization):
        deliveries.begin_delivery(organization, mail.pk, now=NOW + timedelta(hours=5))
        queued = deliveries.settle_attempt(
            organization, mail.pk, Outcome("queued", "451 later"), now=NOW + timedelta(hours=5)
        )
        assert queued.due_at == NOW + timedelta(hours=24)
        ended = deliveries.end_overdue(organization, mail.pk, now=NOW + timedelta(hours=25))

    assert (ended.state, ended.reason_code) == ("failed", "time_is_up")


def test_giving_up_needs_a_reason_and_empties_the_queue(organization: Organization, owner: Any) -> None:
    invoice = _finalized(organization)
    _act, [mail] = _send(organization, invoice)
    _tell(organization, mail.pk, "failed")
    with builders.in_organization(organization):
        for _time in range(2):
            deliveries.settle_delivery(
                organization, mail.pk, reason="Handed over at the counter", actor=Actor.person(owner), now=NOW
            )
        assert not sendings.stuck_deliveries(organization, NOW).exists()
        assert AuditEntry.objects.of(organization).filter(verb="delivery.settled").count() == 1


def test_the_database_keeps_deliveries_as_they_were_sent(organization: Organization) -> None:
    invoice = _finalized(organization)
    _act, [mail] = _send(organization, invoice)
    with builders.in_organization(organization):
        rows = Delivery.objects.of(organization).filter(pk=mail.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(recipient="somebody@else.example")


def test_every_state_has_an_exit() -> None:
    for state in states.FOLLOWS:
        waits = states.due_at(state, "ehf", NOW, states.Deadlines()) is not None
        assert states.FOLLOWS[state], state
        assert waits or state in states.ARRIVED | states.LOST | {"unknown", "given_up"}, state
        if waits:
            assert states.may_follow(state, states.after_time_limit(state)), state


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ([], Standing.NONE),
        ([Told("queued")], Standing.UNDER_WAY),
        ([Told("failed")], Standing.NOBODY),
        ([Told("unknown")], Standing.NOBODY),
        ([Told("failed"), Told("sent")], Standing.HANDED_OVER),
        ([Told("bounced"), Told("sent", is_copy=True)], Standing.NOBODY),
        ([Told("opened"), Told("bounced")], Standing.ARRIVED),
        ([Told("opened"), Told("rejected", is_by_receiver=True)], Standing.REFUSED),
    ],
)
def test_a_document_is_nobodys_until_somebody_has_it(told: list[Told], standing: Standing) -> None:
    assert states.standing_of(told) == standing


REACHABLE = Reach(
    endpoint="0192:999888777", wants_ehf=True, email="a@b.example", postal_address="Gata 1, 0001 Oslo, NO"
)


def test_the_company_s_own_copy_goes_with_the_email_that_takes_over(organization: Organization) -> None:
    invoice = _finalized(organization)
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, copy_to="arkiv@nordlys.example")
    ehf = Recipient("ehf", "0192:999888777")
    _act, [delivery] = _send(organization, invoice, "first", ehf, chain=(MAIL,))

    _tell(organization, delivery.pk, "sending")
    _tell(organization, delivery.pk, "failed")

    with builders.in_organization(organization):
        followers = Delivery.objects.of(organization).filter(follows=delivery.pk).order_by("id")
        assert [(one.recipient, one.is_copy) for one in followers] == [
            (MAIL.address, False),
            ("arkiv@nordlys.example", True),
        ]


def test_who_can_receive_ehf_gets_nothing_else_by_itself() -> None:
    assert [step.channel for step in plan_of(REACHABLE, [EHF, EMAIL, PAPER], leaves_ehf=False).steps] == [EHF]
    assert [step.channel for step in plan_of(REACHABLE, [EHF, EMAIL], leaves_ehf=True).steps] == [EHF, EMAIL]


@pytest.mark.parametrize("wants", [True, False])
@pytest.mark.parametrize("answer", [True, False, None])
@pytest.mark.parametrize("is_silent", [True, False])
@pytest.mark.parametrize("has_chosen", [True, False])
def test_who_can_receive_ehf_never_gets_only_a_pdf_unless_somebody_chose_so(
    *, wants: bool, answer: bool | None, is_silent: bool, has_chosen: bool
) -> None:
    asked = is_silent and answer is None
    reach = replace(REACHABLE, wants_ehf=wants, receives_ehf=answer, is_asked_after=asked)
    may_receive = answer is True or (answer is None and (wants or asked))
    for order in permutations((EHF, EMAIL, PAPER)):
        plan = plan_of(reach, order, leaves_ehf=has_chosen)
        by_itself = [step.channel for step in plan.steps]
        before = list(order[: order.index(EHF)])  # an order in which something stands before EHF is a choice
        if not may_receive:
            assert by_itself == [channel for channel in order if channel != EHF]
        elif has_chosen:
            assert by_itself == list(order)
        else:
            assert by_itself == [*before, EHF]
            assert [step.channel for step in plan.after_no] == list(order[order.index(EHF) + 1 :])
            assert [step.channel for step in first_sending(plan).chain_after_no] == list(order[order.index(EHF) + 1 :])
    without = plan_of(replace(reach, is_structured=False), ORDER, leaves_ehf=False)
    assert [step.channel for step in without.steps] == [EMAIL, PAPER]


@pytest.mark.parametrize(
    ("code", "follower"),
    [
        ("not_in_network", ["email"]),
        ("kind_not_received", ["email"]),
        ("time_is_up", []),
        ("refused_by_access_point", []),
    ],
)
def test_only_the_network_s_clear_no_goes_on_from_ehf_by_itself(
    organization: Organization, code: str, follower: list[str]
) -> None:
    invoice = _finalized(organization)
    ehf = Recipient("ehf", "0192:999888777")
    _act, [delivery] = _send(organization, invoice, "first", ehf, chain_after_no=(MAIL,))

    _tell(organization, delivery.pk, "sending")
    _tell(organization, delivery.pk, "failed", reason_code=code)

    with builders.in_organization(organization):
        rows = Delivery.objects.of(organization).filter(follows=delivery.pk)
        assert [one.channel for one in rows] == follower
        assert [one.pk for one in sendings.stuck_deliveries(organization, NOW)] == ([] if follower else [delivery.pk])


@pytest.mark.parametrize(("answer", "first"), [(True, EHF), (None, EHF), (False, EMAIL)])
def test_only_a_clear_no_leaves_ehf(*, answer: bool | None, first: str) -> None:
    reach = Reach(endpoint="0192:999888777", wants_ehf=True, receives_ehf=answer, email="a@b.example")
    plan = plan_of(reach, [EHF, EMAIL], leaves_ehf=False)

    assert plan.first is not None
    assert plan.first.channel == first
    assert plan.left_out == ({EHF: Missing.NOT_REACHABLE} if answer is False else {})


def test_m_008_the_plan_follows_the_customer_then_the_organization(organization: Organization) -> None:
    invoice = _finalized(organization, channels=["paper", "email"], street="Storgata 1", city="Oslo")
    other = _finalized(organization, street="Storgata 1", city="Oslo")
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, channels=["email", "paper"])
        chosen = sendings.plan_for(organization, documents.get_invoice(organization, invoice.pk), now=NOW)
        default = sendings.plan_for(organization, documents.get_invoice(organization, other.pk), now=NOW)

    assert [step.channel for step in chosen.steps] == [PAPER, EMAIL]
    assert [step.channel for step in default.steps] == [EMAIL, PAPER]


def test_an_answer_of_the_network_holds_as_long_as_it_says(organization: Organization) -> None:
    invoice = _finalized(organization, wants_ehf=True)
    with builders.in_organization(organization):
        body_endpoint = sendings.reach_of(organization, invoice, now=NOW).endpoint
        scheme, _colon, identifier = body_endpoint.partition(":")
        Participant.objects.create(
            organization=organization,
            scheme=scheme,
            identifier=identifier,
            answer="no",
            valid_until=NOW + timedelta(hours=1),
        )
        assert sendings.reach_of(organization, invoice, now=NOW).receives_ehf is False
        assert sendings.reach_of(organization, invoice, now=NOW + timedelta(hours=2)).receives_ehf is None
