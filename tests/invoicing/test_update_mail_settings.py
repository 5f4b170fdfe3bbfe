"""Senders, the mail server and kept e-mails under the settings."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.retention import remove_old
from invoicing.dispatching.senders import default_sender, list_senders, mail_server_of, opened
from invoicing.models import Sender
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.invoicing import mail_server

SERVER = {
    "host": "smtp.nordlys.example",
    "port": "587",
    "security": "starttls",
    "username": "faktura",
    "password": "secret words",
    "is_active": "on",
    "version": "0",
}


def _url(organization: Organization, more: str = "") -> str:
    return f"/{organization.slug}/settings/email/{more}"


def _addresses(organization: Organization) -> list[str]:
    with builders.in_organization(organization):
        return [sender.address for sender in list_senders(organization)]


def test_senders_are_added_chosen_changed_and_archived(organization: Organization, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    for name in ("faktura", "nord"):
        client.post(_url(organization, "senders/add/"), {"name": name, "address": f"{name}@nordlys.example"})
    with builders.in_organization(organization):
        first, second = list_senders(organization)
    client.post(_url(organization, f"senders/{second.pk}/choose/"))
    client.post(_url(organization, f"senders/{second.pk}/"), {"name": "Team Nord", "address": "team@nordlys.example"})
    client.post(_url(organization, f"senders/{first.pk}/archive/"))

    assert _addresses(organization) == ["team@nordlys.example"]
    with builders.in_organization(organization):
        sender = default_sender(organization)
        assert sender is not None
        assert sender.name == "Team Nord"
        verbs = AuditEntry.objects.of(organization).filter(verb__startswith="sender.").order_by("recorded_at")
        assert [entry.verb for entry in verbs] == [
            "sender.added",
            "sender.added",
            "sender.chosen",
            "sender.changed",
            "sender.archived",
        ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "address": "a@b.example"}, "name"),
        ({"name": "A\r\nB", "address": "a@b.example"}, "name"),
        ({"name": "A", "address": "a@b.example\r\nBcc: c@d.example"}, "address"),
        ({"name": "A", "address": "team@nordlys.example"}, "address"),
    ],
)
def test_a_sender_that_cannot_be_is_refused_at_its_field(
    organization: Organization, client_of: Any, typed: dict[str, str], field: str
) -> None:
    builders.make_sender(organization, address="team@nordlys.example")

    page = client_of(builders.user_of("owner@nordlys.example")).post(_url(organization, "senders/add/"), typed)

    assert page.status_code == 422
    assert set(page.context["sender_form"].errors) == {field}
    assert len(_addresses(organization)) == 1


def test_a_password_is_sealed_kept_and_never_shown(organization: Organization, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(_url(organization, "server/"), SERVER)
    page = client.get(_url(organization)).content.decode()
    client.post(_url(organization, "server/"), {**SERVER, "password": "", "port": "2525", "version": "1"})

    assert "secret words" not in page
    with builders.in_organization(organization):
        server = mail_server_of(organization)
        assert server is not None
        assert b"secret words" not in bytes(server.password_sealed or b"")
        assert (opened(server).password, server.port) == ("secret words", 2525)
        assert "secret words" not in str([entry.facts for entry in AuditEntry.objects.of(organization)])


def test_a_password_does_not_follow_to_another_server(organization: Organization, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(_url(organization, "server/"), SERVER)
    client.post(_url(organization, "server/"), {**SERVER, "password": "", "host": "evil.example", "version": "1"})

    with builders.in_organization(organization):
        server = mail_server_of(organization)
        assert server is not None
        assert opened(server).password == ""


def test_a_stale_server_form_is_refused(organization: Organization, owner: Any, client_of: Any) -> None:
    client = client_of(owner)
    client.post(_url(organization, "server/"), SERVER)

    page = client.post(_url(organization, "server/"), {**SERVER, "host": "late.example"})

    assert page.status_code == 422
    with builders.in_organization(organization):
        server = mail_server_of(organization)
        assert server is not None
        assert server.host == "smtp.nordlys.example"


def test_the_connection_is_tried_by_a_worker(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = mail_server.write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    client = client_of(owner)
    with mail_server.running(certificate, **mail_server.with_password("faktura", "secret words")) as house:
        client.post(_url(organization, "server/"), {**SERVER, "host": "127.0.0.1", "port": str(house.port)})
        waiting = client.post(_url(organization, "server/test/"), headers={"HX-Request": "true"}).content.decode()
        builders.run_background()
        works = client.get(_url(organization), headers={"HX-Request": "true"}).content.decode()
        wrong = {**SERVER, "host": "127.0.0.1", "port": str(house.port), "password": "wrong", "version": "1"}
        client.post(_url(organization, "server/"), wrong)
        client.post(_url(organization, "server/test/"))
        builders.run_background()

    assert "hx-trigger" in waiting
    assert 'data-s="ok"' in works
    with builders.in_organization(organization):
        server = mail_server_of(organization)
        assert server is not None
        assert "535" in server.problem
    assert house.seen_data == 0


def test_a_server_inside_the_network_is_not_spoken_to_in_production(
    organization: Organization, owner: Any, client_of: Any, settings: Any
) -> None:
    settings.MAIL_SERVERS_INSIDE = False
    client = client_of(owner)
    client.post(_url(organization, "server/"), {**SERVER, "host": "127.0.0.1", "port": "5432"})
    client.post(_url(organization, "server/test/"))
    builders.run_background()

    with builders.in_organization(organization):
        server = mail_server_of(organization)
        assert server is not None
        assert "127.0.0.1" in server.problem
        assert server.tested_at is not None


def test_kept_mails_can_be_opened_by_those_who_send(
    organization: Organization, other_organization: Organization, owner: Any, client_of: Any
) -> None:
    mail = builders.make_caught_mail(organization, builders.make_finalized_invoice(organization))
    foreign = builders.make_caught_mail(other_organization, builders.make_finalized_invoice(other_organization))
    client = client_of(owner)

    assert "post@havglott.example" in client.get(_url(organization, "kept/")).content.decode()
    assert "Hei" in client.get(_url(organization, f"kept/{mail.pk}/")).content.decode()
    assert client.get(_url(organization, f"kept/{foreign.pk}/")).status_code == 404


def test_only_those_who_edit_settings_change_them(organization: Organization, case_worker: Any, client_of: Any) -> None:
    sender = builders.make_sender(organization)
    client = client_of(case_worker)

    for address in ("senders/add/", f"senders/{sender.pk}/archive/", "server/", "server/test/", "returned/"):
        assert client.post(_url(organization, address), SERVER).status_code == 403
    assert client.get(_url(organization, "kept/")).status_code == 403
    with builders.in_organization(organization):
        assert Sender.objects.of(organization).get().archived_at is None


def test_kept_mails_are_removed_after_their_time(organization: Organization, tmp_path: Path) -> None:
    invoice = builders.make_finalized_invoice(organization)
    old, new = (builders.make_caught_mail(organization, invoice) for _time in range(2))
    folder = tmp_path / "mail" / str(organization.pk)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for delivery, days in ((old, 31), (new, 29)):
        moment = (now - timedelta(days=days)).timestamp()
        os.utime(folder / f"{delivery.pk}.eml", (moment, moment))

    removed = remove_old(organization.pk, now=now)

    assert removed["kept_mails"] == 1
    assert [path.stem for path in folder.iterdir()] == [str(new.pk)]
