"""Programs are told what happens: signed, in the order of the trail, again until they take it, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from config.webhooks import actions, delivering, telling
from config.webhooks.actions import AddressIsRefused, Listening
from config.webhooks.kinds import READ_FROM, WORDS, News
from customers.actions.customers import update_customer
from tenants import outbox
from tenants.audit import Actor
from tenants.audit_words import VERBS
from tenants.models import AuditEntry, Notice, OutboxRow, OutboxState, WebhookDelivery, WebhookEndpoint
from tests import builders
from tests.api.machine_rows import make_endpoint
from tests.api.programs import program_of
from tests.api.receiver import Receiver, is_ours, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def tell(organization: Any) -> int:
    """Look for news as the timetable does, and let what is due go out."""
    count = telling.tell_everywhere()
    deliver(organization)
    return count


def deliver(organization: Any) -> None:
    with builders.in_organization(organization):
        OutboxRow.objects.filter(kind=telling.DELIVER, state=OutboxState.NEW).update(not_before=datetime.now(UTC))
        due = list(OutboxRow.objects.filter(kind=telling.DELIVER, state=OutboxState.NEW).values_list("pk", flat=True))
        OutboxRow.objects.filter(pk__in=due).update(state=OutboxState.SENDING, attempts=1)
        for key in due:
            row = outbox.begin(organization.pk, key)
            assert row is not None
            delivering.deliver(row, now=datetime.now(UTC))


def stored(organization: Any, endpoint: Any) -> tuple[WebhookEndpoint, list[WebhookDelivery]]:
    with builders.in_organization(organization):
        rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("id")
        return WebhookEndpoint.objects.get(pk=endpoint.pk), list(rows)


def test_every_kind_has_words_and_every_verb_exists() -> None:
    assert set(WORDS) == set(News) - {News.TEST}
    assert {kind for kinds in READ_FROM.values() for kind in kinds} == set(WORDS)
    assert set(READ_FROM) - set(VERBS) - {"delivery.sent"} == set()


def test_what_happens_is_told_once_and_signed(organization: Any, other_organization: Any, receiver: Receiver) -> None:
    endpoint = make_endpoint(organization, receiver.url)
    make_endpoint(other_organization, receiver.url)
    customer = builders.make_customer(organization)
    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        update_customer(organization, customer.pk, values={"city": "Molde"}, version=customer.version, actor=actor)
    work = builders.take_work(organization, builders.work(builders.make_contract_line(organization)), ready=True)
    [proforma] = builders.make_proformas_of(organization, work)
    [invoice] = builders.finalize_drafts(organization, [proforma.invoice_id])
    paid = {"claim_id": str(invoice.receivable_id), "amount": str(invoice.payable_amount)}
    payment = {"day": builders.TODAY.isoformat(), "amount": paid["amount"], "pays": [paid]}
    assert program_of(organization).post("/payments", payment).status_code == 201

    tell(organization)
    told = {event["type"]: event["data"] for event in receiver.events}
    assert set(told) == {News.CUSTOMER, News.FINALIZED, News.BILLED, News.PAYMENT, News.PAID}
    assert {event["organization"] for event in receiver.events} == {organization.slug}
    assert told[News.CUSTOMER]["customer_id"] == str(customer.pk)
    assert told[News.FINALIZED]["number"] == told[News.PAID]["number"] == invoice.number
    assert Decimal(told[News.FINALIZED]["payable_amount"]) == invoice.payable_amount
    assert told[News.BILLED]["item_ids"] == [str(item.pk) for item in work]
    for headers, body in receiver.got:
        assert is_ours(headers, body, "secret")
        assert not is_ours(headers, body + b" ", "secret")
        assert not is_ours(headers, body, "another")
    ids = [event["id"] for event in receiver.events]
    assert len(ids) == len(set(ids)) == len(stored(organization, endpoint)[1])
    assert tell(organization) == 0
    assert len(receiver.got) == len(ids)


def test_an_event_is_tried_until_it_is_taken(organization: Any, receiver: Receiver) -> None:
    endpoint = make_endpoint(organization, receiver.url)
    receiver.answers = [500, None, 302, 204]
    with builders.in_organization(organization):
        now = datetime.now(UTC)
        actions.test_endpoint(organization, endpoint.pk, actor=Actor.system(), now=now)

    for attempts, status in enumerate([500, None, 302, 204], start=1):
        deliver(organization)
        kept, [delivery] = stored(organization, endpoint)
        assert (delivery.attempts, delivery.last_status) == (attempts, status)
        assert kept.failures == (0 if status == 204 else attempts)
    assert delivery.state == "delivered"
    assert len({event["id"] for event in receiver.events}) == 1
    deliver(organization)
    assert len(receiver.got) == 4

    with builders.in_organization(organization):
        actions.send_again(organization, delivery.pk, actor=Actor.system(), now=now)
    receiver.answers = [503]
    deliver(organization)
    with builders.in_organization(organization):
        WebhookDelivery.objects.update(created_at=now - timedelta(days=3, minutes=1))
    receiver.answers = [503]
    deliver(organization)
    assert stored(organization, endpoint)[1][0].state == "given_up"


def test_an_address_that_refuses_too_often_is_left_alone(organization: Any, owner: Any, receiver: Receiver) -> None:
    endpoint = make_endpoint(organization, receiver.url, failures=delivering.FAILURES_MAX - 1)
    receiver.answers = [401]
    builders.make_finalized_invoice(organization)
    tell(organization)

    kept, deliveries = stored(organization, endpoint)
    assert kept.paused_at is not None
    assert len(deliveries) > 0
    calls = len(receiver.got)
    tell(organization)
    assert len(receiver.got) == calls
    with builders.in_organization(organization):
        assert Notice.objects.filter(user=owner, kind="webhook.paused").count() == 1
        actions.resume_endpoint(organization, endpoint.pk, actor=Actor.system())
    tell(organization)
    assert {delivery.state for delivery in stored(organization, endpoint)[1]} == {"delivered"}


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://169.254.169.254/latest", "http://example.com/", "ftp://example.com/", "x", ""]
)
def test_nothing_is_sent_inside_a_network(organization: Any, owner: Any, url: str) -> None:
    wanted = Listening(url=url, description="", events=[News.PAID])
    with builders.in_organization(organization), pytest.raises(AddressIsRefused):
        actions.create_endpoint(organization, wanted, user=owner, actor=Actor.person(owner))


def test_in_production_this_machine_is_not_spoken_to(organization: Any, owner: Any, settings: Any) -> None:
    settings.IS_PRODUCTION = True
    wanted = Listening(url="https://127.0.0.1/", description="", events=[News.PAID])
    with builders.in_organization(organization), pytest.raises(AddressIsRefused):
        actions.create_endpoint(organization, wanted, user=owner, actor=Actor.person(owner))


def test_an_owner_does_it_all_on_the_page(organization: Any, owner: Any, client_of: Any, receiver: Receiver) -> None:
    browser, start = client_of(owner), f"/{organization.slug}/settings/api/"
    fields = {"name": "Kasse", "scopes": ["customers:read"], "calls_per_minute": "60", "holds_through": "2099-01-01"}
    assert browser.post(f"{start}tokens/new/", {**fields, "scopes": []}).status_code == 422
    made = browser.post(f"{start}tokens/new/", fields).content.decode()
    secret = made.partition('value="bilag_')[2].partition('"')[0]
    assert len(secret) == 43
    assert secret not in browser.get(start).content.decode()

    listening = {"url": receiver.url, "events": [News.FINALIZED], "is_active": "on"}
    page = browser.post(f"{start}webhooks/new/", listening).content.decode()
    first = "whsec_" + page.partition('value="whsec_')[2].partition('"')[0]
    with builders.in_organization(organization):
        endpoint = WebhookEndpoint.objects.get()
        assert first.encode() not in bytes(endpoint.secret_sealed)
    here = f"{start}webhooks/{endpoint.pk}/"
    page = browser.post(f"{here}rotate/").content.decode()
    second = "whsec_" + page.partition('value="whsec_')[2].partition('"')[0]
    assert browser.post(f"{here}test/").status_code == 302
    deliver(organization)
    [(headers, body)] = receiver.got
    assert is_ours(headers, body, first)
    assert is_ours(headers, body, second)
    assert first != second

    [delivery] = stored(organization, endpoint)[1]
    assert browser.post(f"{start}deliveries/{delivery.pk}/again/").headers["Location"] == here
    assert "hello" in browser.get(here).content.decode()
    assert browser.post(here, {**listening, "url": "http://10.0.0.1/"}).status_code == 422
    assert browser.post(here, {**listening, "description": "Lager"}).status_code == 302
    assert browser.post(f"{here}remove/").status_code == 302
    assert browser.get(here).status_code == 404
    with builders.in_organization(organization):
        verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"api_token.made", "webhook.added", "webhook.rotated", "webhook.changed", "webhook.removed"} <= verbs
