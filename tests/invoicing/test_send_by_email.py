"""Sending by e-mail through a real server: what it got is counted, and the states say what it said."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from foundation.encryption import seal
from invoicing import queries as documents
from invoicing.actions import deliveries, dispatch
from invoicing.delivery import handing, smtp
from invoicing.dispatching import enclosures
from invoicing.dispatching import queries as sendings
from invoicing.dispatching.plain import Letter, Recipient, Sending
from invoicing.dispatching.senders import PASSWORD_COLUMN
from invoicing.models import Delivery, DeliverySettings, Invoice, MailServer, PublicLink, Sender
from tenants.audit import Actor
from tenants.models import Organization, OutboxRow
from tests import builders
from tests.invoicing import mail_server
from tests.invoicing.mail_server import MailHouse

TO = Recipient("email", "post@havglott.example", "Havgløtt Verksted AS")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this machine trusts for the length of a test."""
    path = mail_server.write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def house(certificate: Path, organization: Organization) -> Iterator[MailHouse]:
    """A running mail server that the organization sends through."""
    with mail_server.running(certificate, **mail_server.with_password("nordlys", "a secret word")) as running:
        _use(organization, running.port)
        yield running


def _use(organization: Organization, port: int, **changes: Any) -> None:
    sealed = seal("a secret word", organization_id=organization.pk, column=PASSWORD_COLUMN)
    with builders.in_organization(organization):
        MailServer.objects.create(
            organization=organization,
            **{"host": "127.0.0.1", "port": port, "username": "nordlys", "password_sealed": sealed, **changes},
        )


def _send(organization: Organization, invoice: Invoice, *recipients: Recipient, **more: Any) -> list[Delivery]:
    sending = Sending("first", more.pop("key", "first"), recipients or (TO,), **more)
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())
    builders.run_background()
    with builders.in_organization(organization):
        return sendings.deliveries_of_dispatch(organization, act)


def _try_again(organization: Organization) -> None:
    with builders.in_organization(organization):
        rows = OutboxRow.objects.of(organization).filter(kind="invoicing.hand_over").exclude(state="sent")
        rows.update(not_before=timezone.now() - timedelta(minutes=1))
    builders.run_background()


def _now(organization: Organization, delivery: Delivery) -> Delivery:
    with builders.in_organization(organization):
        return sendings.get_delivery(organization, delivery.pk)


def test_m_014_a_finalized_invoice_is_sent_with_its_pdf(organization: Organization, house: MailHouse) -> None:
    invoice = builders.make_finalized_invoice(organization)

    [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("sent", "")
    [got] = house.got
    message = got.message
    assert got.recipients == ["post@havglott.example"]
    assert message["Subject"] == f"Faktura {invoice.number} fra Nordlys Rådgivning AS"
    assert message["From"].addresses[0].addr_spec == "faktura@nordlys.example"
    assert message["From"].addresses[0].display_name == "Nordlys Rådgivning AS"
    assert str(delivery.pk) in message["Message-ID"]
    [pdf] = list(message.iter_attachments())
    assert pdf.get_filename() == f"Faktura-{invoice.number}.pdf"
    assert pdf.get_content().startswith(b"%PDF-")


def test_finalizing_sends_by_the_customer_s_plan(organization: Organization, house: MailHouse) -> None:
    draft = builders.make_draft(organization)
    with builders.in_organization(organization):
        from invoicing.actions import checks, finalize

        checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
        finalize.finalize_invoices(
            organization, [draft.pk], actor=builders.actor_of(organization), today=builders.TODAY, sends=True
        )
    builders.run_background()

    assert len(house.to("post@havglott.example")) == 1
    with builders.in_organization(organization):
        assert Delivery.objects.of(organization).get().state == "sent"


def test_m_103_the_letter_says_what_is_owed_and_leads_to_the_recipient_s_own_page(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    copy = Recipient("email", "kopi@havglott.example", "", is_copy=True)

    _send(organization, invoice, TO, copy)

    bodies = {}
    for got in house.got:
        html = got.html
        text = got.text
        for part in (html, text):
            for said in ("3\u00a0125,00", invoice.kid, "8601 11 17947".replace(" ", "\u00a0"), "aldri kontonummer"):
                assert said in part, said
        assert "<img" not in html
        assert got.message["To"].addresses[0].addr_spec == "post@havglott.example"
        assert got.message["Cc"].addresses[0].addr_spec == "kopi@havglott.example"
        bodies[got.recipients[0]] = text
    links = {address: next(word for word in text.split() if "/i/" in word) for address, text in bodies.items()}
    assert len(set(links.values())) == 2
    with builders.in_organization(organization):
        assert PublicLink.objects.of(organization).count() == 2


def test_m_098_nine_copies_and_one_bad_address_are_each_told_apart(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    copies = [Recipient("email", f"kopi{place}@havglott.example", "", is_copy=True) for place in range(9)]
    house.recipient_answers["kopi4@havglott.example"] = "550 5.1.1 No such user here"

    made = _send(organization, invoice, TO, *copies)

    states = {delivery.recipient: (delivery.state, delivery.reason_code) for delivery in made}
    assert states.pop("kopi4@havglott.example") == ("bounced", "no_such_address")
    assert set(states.values()) == {("sent", "")}
    assert len(house.got) == 9
    assert {len(got.recipients) for got in house.got} == {1}


@pytest.mark.parametrize(
    ("domain", "notify"), [("retur.bilag.example", "NOTIFY=SUCCESS,FAILURE,DELAY"), ("", "NOTIFY=FAILURE,DELAY")]
)
def test_a_server_that_tells_of_arrival_is_asked_to(
    organization: Organization, house: MailHouse, settings: Any, domain: str, notify: str
) -> None:
    settings.MAIL_RETURN_DOMAIN, house.offers_notifications = domain, True
    invoice = builders.make_finalized_invoice(organization)

    [delivery] = _send(organization, invoice)

    assert delivery.state == "sent"
    assert house.asked_for == ["RET=HDRS", f"ENVID={delivery.pk}", notify]
    assert len(house.got) == 1


def test_a_server_that_asks_to_wait_is_asked_again_and_gets_it_once(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    house.recipient_answers[TO.address] = "451 4.3.0 Try later"

    [delivery] = _send(organization, invoice)
    assert (delivery.state, delivery.reason_code) == ("queued", "asked_to_wait")
    assert "Try later" in delivery.reason

    house.recipient_answers.clear()
    _try_again(organization)
    assert _now(organization, delivery).state == "sent"
    assert len(house.got) == 1
    with builders.in_organization(organization):
        [link] = PublicLink.objects.of(organization)
        token = next(word for word in house.got[0].text.split() if "/i/" in word).rstrip("/").rpartition("/")[2]
        assert link.token_sha256 == hashlib.sha256(token.encode()).hexdigest()


def test_a_link_is_kept_only_for_a_mail_that_is_about_to_leave(organization: Organization, house: MailHouse) -> None:
    invoice = builders.make_finalized_invoice(organization)
    house.recipient_answers[TO.address] = "451 4.3.0 Try later"
    _send(organization, invoice)
    with builders.in_organization(organization):
        assert not PublicLink.objects.of(organization).exists()

    house.recipient_answers.clear()
    house.data_answer = "451 4.3.0 Try later"
    _try_again(organization)
    with builders.in_organization(organization):
        [refused] = PublicLink.objects.of(organization)

    house.data_answer = ""
    _try_again(organization)
    with builders.in_organization(organization):
        [link] = PublicLink.objects.of(organization)
    token = next(word for word in house.got[0].text.split() if "/i/" in word).rstrip("/").rpartition("/")[2]
    assert link.token_sha256 == hashlib.sha256(token.encode()).hexdigest() != refused.token_sha256
    assert len(house.got) == 1


def test_a_refusal_goes_on_by_the_next_channel(organization: Organization, house: MailHouse) -> None:
    invoice = builders.make_finalized_invoice(organization)
    house.recipient_answers[TO.address] = "550 5.1.1 Unknown"

    _send(organization, invoice, chain=(Recipient("paper", "Kaiveien 12, 0000 Nordhavn, NO"),))

    with builders.in_organization(organization):
        found = Delivery.objects.of(organization).values_list("channel", "state")
        assert sorted(found) == [("email", "bounced"), ("paper", "queued")]


def test_a_server_that_is_away_loses_nothing(organization: Organization, certificate: Path) -> None:
    _use(organization, mail_server._free_port())
    invoice = builders.make_finalized_invoice(organization)

    [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("queued", "server_away")
    with builders.in_organization(organization):
        MailServer.objects.of(organization).delete()
    with mail_server.running(certificate, **mail_server.with_password("nordlys", "a secret word")) as house:
        _use(organization, house.port)
        _try_again(organization)
        assert len(house.got) == 1
    assert _now(organization, delivery).state == "sent"


def test_a_server_that_says_nothing_is_left_and_asked_again(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONNECT_SECONDS", 0.3)
    invoice = builders.make_finalized_invoice(organization)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _use(organization, silent.getsockname()[1])
        [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("queued", "server_away")


def test_files_that_are_too_large_for_mail_at_all_stay_on_the_page(
    organization: Organization, house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = builders.make_draft(organization)
    builders.make_attachment(organization, draft, "timer.csv")
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    _send(organization, invoice, key="1")
    monkeypatch.setattr(enclosures, "ENCLOSED_BYTES_MAX", 10_000)
    _send(organization, invoice, key="2")

    whole, cut = house.got
    assert whole.file_names == [f"Faktura-{invoice.number}.pdf", "timer.csv"]
    assert cut.file_names == []
    assert "for store for e-post" in cut.text


def test_an_answer_that_never_comes_is_unknown_and_never_sent_again(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    house.hangs_up_after_data = True

    [delivery] = _send(organization, invoice)
    assert (delivery.state, delivery.reason_code) == ("unknown", "mail_unanswered")

    _try_again(organization)
    assert _now(organization, delivery).state == "unknown"
    assert len(house.got) == 1
    with builders.in_organization(organization):
        assert [one.pk for one in sendings.stuck_deliveries(organization, timezone.now())] == [delivery.pk]


def test_a_worker_killed_between_accepting_and_marking_does_not_send_twice(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    sending = Sending("first", "first", (TO,))
    with builders.in_organization(organization):
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=Actor.system(), now=timezone.now())
        [delivery] = sendings.deliveries_of_dispatch(organization, act)
        from invoicing.actions.documents import render_documents

        render_documents(organization, invoice.pk, actor=Actor.system())
        parcel = deliveries.begin_delivery(organization, delivery.pk, now=timezone.now())
        assert parcel is not None
        handing.hand_over(
            parcel, about_to=lambda: deliveries.mark_handing_over(organization, delivery.pk, now=timezone.now())
        )
    assert len(house.got) == 1  # and here the worker died

    builders.run_background()

    told = _now(organization, delivery)
    assert (told.state, told.reason_code) == ("unknown", "died_after_handing_over")
    assert len(house.got) == 1


def test_without_a_trusted_certificate_nothing_is_sent(
    organization: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    invoice = builders.make_finalized_invoice(organization)
    with mail_server.running(mail_server.write_certificate(tmp_path)) as house:
        _use(organization, house.port)
        [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("queued", "tls_failed")
    assert house.seen_data == 0


def test_a_server_without_tls_gets_nothing_in_plain_text(organization: Organization, certificate: Path) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with mail_server.running(certificate, tls_context=None, require_starttls=False) as house:
        _use(organization, house.port)
        [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("queued", "tls_failed")
    assert house.seen_data == 0


def test_a_wrong_password_is_told_and_tried_again(organization: Organization, certificate: Path) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with mail_server.running(certificate, **mail_server.with_password("nordlys", "another")) as house:
        _use(organization, house.port)
        [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("queued", "sign_in_refused")
    assert "a secret word" not in delivery.reason
    assert house.seen_data == 0


@pytest.mark.parametrize("limit", [{"data_size_limit": 20_000}, {}], ids=["says so first", "says so afterwards"])
def test_files_that_are_too_large_for_a_server_give_way_to_the_link(
    organization: Organization, certificate: Path, limit: dict[str, Any]
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    options = mail_server.with_password("nordlys", "a secret word")
    with mail_server.running(certificate, **options, **limit) as house:
        house.takes_bytes_max = 20_000
        _use(organization, house.port)
        [delivery] = _send(organization, invoice)

    assert delivery.state == "sent"
    [got] = house.got
    assert list(got.message.iter_attachments()) == []
    text = got.text
    assert "for store for e-post" in text
    assert "/i/" in text


def test_without_a_mail_server_the_mail_is_kept_as_a_file_once(organization: Organization, tmp_path: Path) -> None:
    invoice = builders.make_finalized_invoice(organization)

    [delivery] = _send(organization, invoice)

    assert (delivery.state, delivery.reason_code) == ("sent", "caught")
    [kept] = (tmp_path / "mail" / str(organization.pk)).glob("*.eml")
    assert kept.name == f"{delivery.pk}.eml"


def test_a_name_with_a_line_break_begins_no_header(organization: Organization, house: MailHouse) -> None:
    customer = builders.make_customer(organization, name="Havgløtt\r\nBcc: all@example.com")
    invoice = builders.make_finalized_invoice(organization, customer)

    [delivery] = _send(
        organization,
        invoice,
        Recipient("email", "post@havglott.example", "Ola\r\nBcc: x@example.com"),
        letter=Letter(subject="Hei\r\nBcc: all@example.com", own_name="A\r\nB", own_address="a@nordlys.example"),
    )
    assert delivery.state in {"failed", "sent"}
    for got in house.got:
        assert got.message["Bcc"] is None


def test_m_099_the_sender_is_the_chosen_one_then_the_default_then_the_company(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        Sender.objects.create(
            organization=organization, name="Faktura", address="regning@nordlys.example", is_default=True
        )
        team = Sender.objects.create(
            organization=organization, name="Team Nord", address="nord@nordlys.example", reply_to="svar@nordlys.example"
        )

    _send(organization, invoice, key="1")
    _send(organization, invoice, key="2", letter=Letter(sender_id=str(team.pk)))

    senders = [(got.message["From"].addresses[0].addr_spec, got.message["Reply-To"]) for got in house.got]
    assert senders == [("regning@nordlys.example", None), ("nord@nordlys.example", "svar@nordlys.example")]
    assert house.got[0].sender == "regning@nordlys.example"


def test_returned_mail_has_an_address_of_its_own_per_delivery(
    organization: Organization, house: MailHouse, settings: Any
) -> None:
    settings.MAIL_RETURN_DOMAIN = "retur.bilag.example"
    invoice = builders.make_finalized_invoice(organization)

    [delivery] = _send(organization, invoice)

    assert house.got[0].sender == f"bounces+{delivery.pk}@retur.bilag.example"
    assert house.got[0].message["Message-ID"] == f"<{delivery.pk}@retur.bilag.example>"


def test_the_ehf_goes_along_where_the_settings_or_the_letter_say_so(
    organization: Organization, house: MailHouse
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, attaches_ehf=True)

    _send(organization, invoice, key="1")
    _send(organization, invoice, key="2", letter=Letter(attach_ehf=False))

    endings = [[name.rpartition(".")[2] for name in got.file_names] for got in house.got]
    assert endings == [["pdf", "xml"], ["pdf"]]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("nb", "Faktura"), ("da", "Faktura"), ("sv", "Faktura"), ("en", "Invoice")],
)
def test_the_letter_is_in_the_customer_s_language(
    organization: Organization, house: MailHouse, language: str, subject: str
) -> None:
    customer = builders.make_customer(organization, language=language)
    invoice = builders.make_finalized_invoice(organization, customer)

    _send(organization, invoice)

    from invoicing.dispatching.letter_words import letter_words

    message = house.got[0].message
    html = house.got[0].html
    assert f'<html lang="{language}">' in html
    assert letter_words(language)["no_account_changes"] in html
    assert message["Subject"].startswith(subject)


def test_the_company_s_own_copy_is_sent_and_seen_by_nobody_else(organization: Organization, house: MailHouse) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, copy_to="arkiv@nordlys.example")

    made = _send(organization, invoice)

    assert [(one.recipient, one.is_copy, one.state) for one in made] == [
        ("post@havglott.example", False, "sent"),
        ("arkiv@nordlys.example", True, "sent"),
    ]
    assert len(house.to("arkiv@nordlys.example")) == 1
    assert all(b"arkiv@nordlys.example" not in got.content for got in house.got)


def test_other_organizations_send_through_their_own_server(
    organization: Organization, other_organization: Organization, house: MailHouse, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(other_organization)

    [delivery] = _send(other_organization, invoice)

    assert delivery.reason_code == "caught"
    assert house.got == []
    with builders.in_organization(other_organization):
        assert documents.get_invoice(other_organization, invoice.pk).pk == invoice.pk
