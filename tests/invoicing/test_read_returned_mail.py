"""Returned mail: a notification changes the one delivery that it speaks of, and everything else changes nothing."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime
from email.message import Message
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from invoicing.actions import dispatch
from invoicing.actions.deliveries import tell_delivery
from invoicing.actions.senders import renew_mail_hook
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import News, Recipient, Sending
from invoicing.dispatching.returned_mail import read_returned
from invoicing.models import Delivery, DeliveryEvent, ReceivedMessage
from invoicing.tasks.mail import read_returned_mail
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders
from tests.invoicing.messages_back import returned_mail as _report

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _sent(organization: Organization, *, count: int = 1) -> list[Delivery]:
    invoice = builders.make_finalized_invoice(organization)
    recipients = tuple(
        Recipient("email", f"post{place}@havglott.example", "", is_copy=place > 0) for place in range(count)
    )
    sending = Sending("first", "first", recipients, (Recipient("paper", "Kaiveien 12, 0000 Nordhavn, NO"),))
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=NOW)
        made = sendings.deliveries_of_dispatch(organization, act)
        return [tell_delivery(organization, one.pk, News("sent", "mail_server"), now=NOW) for one in made]


def _post(organization: Organization, *messages: bytes) -> list[int]:
    with builders.in_organization(organization):
        secret = renew_mail_hook(organization, actor=Actor.system())
    client = Client()
    answers = [
        client.generic("POST", f"/hooks/mail/{secret}/", message, content_type="message/rfc822").status_code
        for message in messages
    ]
    read_returned_mail()
    return answers


def _states(organization: Organization) -> list[tuple[str, str]]:
    with builders.in_organization(organization):
        return sorted(Delivery.objects.of(organization).values_list("recipient", "state"))


def _received(organization: Organization) -> list[ReceivedMessage]:
    with builders.in_organization(organization):
        return list(ReceivedMessage.objects.of(organization).order_by("received_at"))


def test_a_hard_bounce_changes_its_delivery_alone_and_goes_on_by_the_next_channel(organization: Organization) -> None:
    first, second = _sent(organization, count=2)

    assert _post(organization, _report(first)) == [202]

    assert _states(organization) == [
        ("Kaiveien 12, 0000 Nordhavn, NO", "queued"),
        ("post0@havglott.example", "bounced"),
        ("post1@havglott.example", "sent"),
    ]
    [message] = _received(organization)
    assert (message.delivery_id, message.code, message.problem) == (first.pk, "5.1.1", "")
    with builders.in_organization(organization):
        told = sendings.get_delivery(organization, first.pk)
        assert (told.reason_code, second.state) == ("no_such_address", "sent")
        assert "No such user" in told.reason


def test_the_same_notification_twice_is_one(organization: Organization) -> None:
    [delivery] = _sent(organization)

    _post(organization, _report(delivery), _report(delivery))
    _post(organization, _report(delivery))

    assert len(_received(organization)) == 1
    with builders.in_organization(organization):
        assert DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk, state="bounced").count() == 1
        assert Delivery.objects.of(organization).filter(channel="paper").count() == 1


def test_a_returned_mail_is_known_by_the_address_that_it_came_to(organization: Organization) -> None:
    [delivery] = _sent(organization)

    _post(organization, _report(None, to=f"bounces+{delivery.pk}@retur.bilag.example"))

    assert ("post0@havglott.example", "bounced") in _states(organization)


def test_a_returned_mail_is_known_by_the_id_that_we_gave_it(organization: Organization) -> None:
    [delivery] = _sent(organization)

    _post(organization, _report(None, envelope=f"Original-Envelope-Id: {delivery.pk}"))

    assert ("post0@havglott.example", "bounced") in _states(organization)


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("failed", "4.4.7", "bounced"),
        ("delayed", "4.4.1", "sent"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "sent"),
    ],
)
def test_what_a_server_says_later_is_told_as_it_is(
    organization: Organization, action: str, status: str, state: str
) -> None:
    [delivery] = _sent(organization)

    _post(organization, _report(delivery, action=action, status=status))

    assert ("post0@havglott.example", state) in _states(organization)
    with builders.in_organization(organization):
        events = DeliveryEvent.objects.of(organization).filter(delivery=delivery.pk, source="mailbox")
        assert events.count() == 1


def test_what_is_no_notification_about_our_mails_changes_nothing(
    organization: Organization, other_organization: Organization
) -> None:
    [delivery] = _sent(organization)
    [foreign] = _sent(other_organization)
    reply = Message()
    reply["Message-ID"], reply["Auto-Submitted"] = "<reply@havglott.example>", "auto-replied"
    reply["In-Reply-To"] = f"<{delivery.pk}@bilag.example>"
    reply.set_payload("I am away.")

    answers = _post(
        organization,
        reply.as_bytes(),
        _report(None, report_id="unknown"),
        _report(foreign, report_id="foreign"),
        _report(delivery, report_id="lies", action="failed", status="2.0.0"),
        _report(delivery, report_id="two", to=f"bounces+{foreign.pk}@retur.bilag.example"),
        b"\x00\xff no mail at all",
    )

    assert answers == [202] * 6
    assert ("post0@havglott.example", "sent") in _states(organization)
    assert ("post0@havglott.example", "sent") in _states(other_organization)
    received = _received(organization)
    assert len(received) == 6
    assert all(message.problem and message.delivery_id is None for message in received)
    assert _received(other_organization) == []


def test_nobody_without_the_secret_hands_us_anything(organization: Organization, settings: Any) -> None:
    [delivery] = _sent(organization)

    answer = Client().generic("POST", "/hooks/mail/guessed/", _report(delivery))
    large = _post(organization, b"x" * (2 * 1024 * 1024 + 1), b"")

    assert answer.status_code == 404
    assert Client().get("/hooks/mail/guessed/").status_code == 405
    assert large == [413, 400]
    assert _received(organization) == []


def test_a_new_address_closes_the_one_before(organization: Organization) -> None:
    [delivery] = _sent(organization)
    with builders.in_organization(organization):
        old = renew_mail_hook(organization, actor=Actor.system())
        renew_mail_hook(organization, actor=Actor.system())

    assert Client().generic("POST", f"/hooks/mail/{old}/", _report(delivery)).status_code == 404


def test_a_mailbox_file_is_read_for_every_company(
    organization: Organization, other_organization: Organization, tmp_path: Path
) -> None:
    [mine] = _sent(organization)
    [theirs] = _sent(other_organization)
    box = mailbox.mbox(tmp_path / "returned.mbox")
    for content in (_report(mine), _report(theirs, report_id="r2", action="delivered", status="2.1.5"), _report(None)):
        box.add(mailbox.mboxMessage(content))
    box.close()

    out = StringIO()
    call_command("read_returned_mail", str(tmp_path / "returned.mbox"), stdout=out)

    assert "3" in out.getvalue()
    assert ("post0@havglott.example", "bounced") in _states(organization)
    assert ("post0@havglott.example", "delivered") in _states(other_organization)


def test_what_lies_in_the_installation_s_folder_is_read_and_the_rest_set_aside(
    organization: Organization, tmp_path: Path
) -> None:
    [delivery] = _sent(organization)
    place = tmp_path / "returned-mail" / "shared"
    place.mkdir(parents=True)
    (place / "1.eml").write_bytes(_report(delivery))
    (place / "2.eml").write_bytes(b"Subject: Tilbud\r\n\r\nKjop")

    assert read_returned_mail() == 2

    assert ("post0@havglott.example", "bounced") in _states(organization)
    assert list(place.iterdir()) == []
    assert [path.name for path in (tmp_path / "returned-mail" / "unread").iterdir()] == ["2.eml"]


def test_a_notification_with_the_whole_mail_is_read_as_well(organization: Organization) -> None:
    [delivery] = _sent(organization)
    whole = f"Message-ID: <{delivery.pk}@bilag.example>\nSubject: Faktura\n\nHei"

    assert read_returned(_report(delivery, returned_type="message/rfc822", returned=whole)).delivery_id == delivery.pk
    assert read_returned(_report(delivery)).news().state == "bounced"
