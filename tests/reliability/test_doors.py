"""What stands at the door of every address: headers, tokens, hosts, and one answer to those who guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from foundation.mail import HeaderIsUnsafe, send_message
from tenants.models import User
from tests import builders
from tests.every_page import Address, every_address
from tests.reliability.filled_world import fill

EVIL = "https://evil.example/"
ELSEWHERE = [
    EVIL,
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SHOWN_IN_OUR_OWN_PAGES = {"invoicing:preview_draft_pdf"}  # inside the page of the preview, and nowhere else
# Where machines leave what they have to say.
MACHINES = {"receive_from_network", "receive_returned_mail", "receive_from_provider"}
NEW_LINK = "public:enter"
WRONG = "not the password at all"
GUESSES_MAX = 12


@pytest.fixture(autouse=True)
def _nobody_has_guessed_yet() -> Iterator[None]:
    """The limits count in a cache that outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def addresses(organization: Any) -> list[Address]:
    return every_address(fill(organization))


def signed_up(email: str = "kari@nordlys.example") -> User:
    """A person with a password and a confirmed address."""
    user = User.objects.create_user(email, builders.PASSWORD, "Kari Prøve")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def sign_in(client: Client, email: str, password: str, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_every_answer_carries_the_protecting_headers_and_what_signed_in_people_see_is_kept_by_no_cache(
    addresses: list[Address], owner: Any, client_of: Callable[[Any], Client]
) -> None:
    signed_in = client_of(owner)
    for client in (signed_in, Client()):
        for address in addresses:
            answer = client.get(address.path)
            if client is signed_in:
                kept = answer.headers["Cache-Control"]
                assert "no-store" in kept or "private" in kept, address
                assert "public" not in kept, address
            assert answer.status_code < 500, address
            framed = {"X-Frame-Options": "SAMEORIGIN"} if address.name in SHOWN_IN_OUR_OWN_PAGES else {}
            # An address with a secret in it is told to nobody at all.
            hushed = {"Referrer-Policy": "no-referrer"} if address.name.startswith("public") else {}
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS | framed | hushed, address
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe-" not in policy, address
            ancestors = "'self'" if framed else "'none'"
            assert f"frame-ancestors {ancestors}" in policy, address
            assert "HX-Request" in answer.headers["Vary"], address


def test_nobody_signed_out_sees_an_organization(addresses: list[Address]) -> None:
    for address in addresses:
        if address.is_inside_organization:
            answer = Client().get(address.path)
            # 405 is said of addresses that take nothing but POST, before anybody is asked for.
            assert answer.status_code in {302, 405}, address
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith(reverse("account_login")), address


def test_no_address_is_changed_without_a_token(
    addresses: list[Address], owner: Any, client_of: Callable[[Any], Client]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    for address in addresses:
        # Machines hold no session that a stranger's page could use: their address is their secret.
        # And whoever holds a secret link may have a new one mailed to the address that is known, by a form that is the
        # same for everybody: see decision 29.
        wanted = 404 if address.name in MACHINES else 200 if address.name == NEW_LINK else 403
        answer = client.post(address.path, {"name": "taken over"})
        if address.path.startswith("/api/"):  # a session opens nothing there, so no page can borrow one
            assert answer.status_code in {401, 403, 405, 415}, address
            continue
        assert answer.status_code == wanted, address


def test_another_host_is_refused(addresses: list[Address]) -> None:
    for address in addresses:
        assert Client().get(address.path, headers={"host": "evil.example"}).status_code == 400, address


def test_links_in_mails_lead_to_our_own_host_alone(db: None, settings: Any) -> None:
    signed_up()
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(
        reverse("account_reset_password"),
        {"email": "kari@nordlys.example"},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )
    [message] = mail.outbox
    assert settings.BASE_URL in message.body
    assert "evil" not in message.body


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(db: None, target: str) -> None:
    signed_up()
    client = Client()
    answer = sign_in(client, "kari@nordlys.example", builders.PASSWORD, next=target)
    assert is_signed_in(client)
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    assert "javascript" not in answer.headers["Location"]
    assert "evil" not in client.post(reverse("account_logout"), {"next": target}).headers["Location"]


def test_a_refusal_does_not_send_anybody_elsewhere(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    places = fill(organization)
    path = reverse("invoicing:delete_draft", args=[organization.slug, places["invoice_id"]])
    answer = client_of(owner).post(path, headers={"referer": EVIL})
    assert "evil" not in answer.headers.get("Location", "")


def test_the_session_key_changes_at_sign_in(db: None) -> None:
    signed_up()
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["kept"] = "before"
    session.save()
    planted = session.session_key
    client.cookies["session"] = str(planted)
    sign_in(client, "kari@nordlys.example", builders.PASSWORD)
    assert is_signed_in(client)
    assert client.session.session_key != planted


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(db: None) -> None:
    signed_up()
    answers = []
    for email in ("kari@nordlys.example", "nobody@nordlys.example"):
        cache.clear()
        answer = sign_in(Client(), email, WRONG)
        answers.append((answer.status_code, _without_token(answer).replace(email, "SOMEBODY")))
    assert answers[0] == answers[1]


def test_a_reset_for_an_unknown_person_looks_like_any_other(db: None) -> None:
    signed_up()
    answers = []
    for email in ("kari@nordlys.example", "nobody@nordlys.example"):
        client = Client()
        answer = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        answers.append((answer.redirect_chain, _without_token(answer).replace(email, "SOMEBODY")))
    assert answers[0] == answers[1]


def test_signing_up_with_a_known_address_looks_like_any_other_in_production(db: None, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    signed_up()
    answers = []
    for email in ("kari@nordlys.example", "nobody@nordlys.example"):
        client = Client()
        form = {"name": "Kari", "email": email, "password1": "a passphrase nobody guesses"}
        answer = client.post(reverse("account_signup"), form)
        answers.append((answer.status_code, answer.headers["Location"], is_signed_in(client)))
    assert answers[0] == answers[1]
    assert User.objects.filter(email="kari@nordlys.example").count() == 1


def test_guessing_a_password_ends_before_it_is_found(db: None) -> None:
    signed_up()
    client = Client()
    for _ in range(GUESSES_MAX):
        sign_in(client, "kari@nordlys.example", WRONG)
    sign_in(client, "kari@nordlys.example", builders.PASSWORD)
    assert not is_signed_in(client)


@pytest.mark.parametrize("guesses", [0, GUESSES_MAX])
def test_guessing_the_second_factor_ends_before_it_is_found(db: None, guesses: int) -> None:
    user = signed_up()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client = Client()
    sign_in(client, user.email, builders.PASSWORD)
    assert not is_signed_in(client)
    for guess in range(guesses):
        client.post(reverse("mfa_authenticate"), {"code": f"{guess:06d}"})
    [counter] = yield_hotp_counters_from_time()
    client.post(reverse("mfa_authenticate"), {"code": format_hotp_value(hotp_value(secret, counter))})
    assert is_signed_in(client) == (guesses == 0)


def test_a_mailbox_cannot_be_flooded_with_resets(db: None) -> None:
    signed_up()
    for _ in range(GUESSES_MAX):
        Client().post(reverse("account_reset_password"), {"email": "kari@nordlys.example"})
    assert 1 <= len(mail.outbox) < GUESSES_MAX


@pytest.mark.parametrize("smuggled", ["\r\nBcc: evil@evil.example", "\nBcc: evil@evil.example", "\x00"])
def test_no_header_is_smuggled_into_a_mail(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], smuggled: str
) -> None:
    path = reverse("tenants:invite_member", args=[organization.slug])
    client_of(owner).post(path, {"email": f"ola@nordlys.example{smuggled}", "role": "accountant"})
    assert all("evil" not in str(message.message()) for message in mail.outbox)
    with pytest.raises(HeaderIsUnsafe):
        send_message("tenants/invitation", f"ola@nordlys.example{smuggled}", {}, "nb")
    names = {"organization": organization.name + smuggled, "organization_name": organization.name + smuggled}
    try:
        send_message("tenants/invitation", "ola@nordlys.example", names, "nb")
    except HeaderIsUnsafe:
        return
    assert all("evil" not in f"{message.subject}{message.extra_headers}" for message in mail.outbox)


def _without_token(answer: Any) -> str:
    text = answer.content.decode()
    token = answer.context["csrf_token"] if answer.context and "csrf_token" in answer.context else ""
    lines = [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line and "X-CSRFToken" not in line]
    return "\n".join(lines).replace(str(token), "TOKEN")
