"""Every page, light and dark, wide and narrow: nothing grave for axe, nothing sideways, no policy broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize

from tests import builders
from tests.architecture.url_rows import ROWS
from tests.browser.complaints import Complaints, grave_faults, sideways
from tests.every_page import Address, every_address
from tests.reliability.filled_world import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Colours do not depend on the width, and the width does not on the colours: scaled down, a page is seen in one width
# and one look, every third of them narrow and in the dark.
BOTH_WIDTHS = (1280, 390)
WIDTHS: dict[Literal["light", "dark"], tuple[int, ...]] = {
    "light": BOTH_WIDTHS,
    "dark": BOTH_WIDTHS if builders.IS_FULL else (390,),
}
DARK_PAGES = 3
HEIGHT = 820
# Which document an address of documents is about: each address is a page for at least one of them.
DOCUMENTS = ("invoice_id", "draft_id", "credit_note_id")
# What a page shows only when it is asked for it.
STATES = {
    "invoicing:list_invoices": ("edit=1&g=0", "edit=1&g=0&property=customer_kind", "save=1", "cols=1", "totals=1"),
}
WITH_A_FORM = (
    "create_organization", "create_product", "customers:create_customer", "tenants:create_bank_account",
    "tenants:show_company", "tenants:list_people", "payments:list_exchange_rates", "account_change_password",
    "invoicing:send_by_email", "invoicing:show_mail_settings",
)  # fmt: skip
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EMPTY_LARGEST_FORM = """() => {
  const forms = [...document.querySelectorAll('main form[method=post]')];
  const size = form => [...form.elements].filter(e => e.type !== 'hidden').length;
  const form = forms.sort((a, b) => size(b) - size(a))[0];
  for (const element of form.elements) {
    if (['text', 'email', 'password', 'number', 'search', 'tel', 'url'].includes(element.type)) element.value = '';
  }
  form.noValidate = true;
  form.requestSubmit();
}"""


@pytest.fixture
def world(live_server: Any, organization: Any, owner: Any) -> dict[str, Any]:
    """A company with one of everything, its files made."""
    places = fill(organization)
    builders.run_background()
    owner.set_password(builders.PASSWORD)
    owner.save()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    return places


def pages_for(client: Client, places: Mapping[str, Any]) -> Iterator[str]:
    """The paths that answer with a whole page, each once."""
    seen = set()
    for document in DOCUMENTS:
        for address in every_address({**places, "invoice_id": places[document]}):
            for path in _states_of(address):
                if path in seen:
                    continue
                seen.add(path)
                answer = client.get(path)
                is_page = answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code == 200
                if is_page and b"</html>" in answer.content:
                    yield path


def _states_of(address: Address) -> list[str]:
    """The bare address, with the question that its row declares, and with those named here."""
    declared = ROWS[address.name].query if address.name in ROWS else ""
    questions = ("", declared, *STATES.get(address.name, ()))
    return list(dict.fromkeys(f"{address.path}?{question}" if question else address.path for question in questions))


def test_pages_of_people_who_are_signed_in(world: dict[str, Any], owner: Any, open_page: Callable[..., Page]) -> None:
    page = open_page()
    complaints = Complaints()
    complaints.listen(page)
    _sign_in(page, owner.email)
    client = Client()
    client.post(reverse("account_login"), {"login": owner.email, "password": builders.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})
    page.goto(reverse("account_reauthenticate"))
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "reauthenticate" not in url)
    page.goto(reverse("mfa_activate_totp"))
    assert _faults_in_every_look(page) == {}
    places = world | {"pk": _add_passkey(page)}
    _add_second_factors(owner)
    paths = list(pages_for(client, places))
    assert len(paths) > 40
    assert _faults(page, paths) == {}
    assert complaints == []


def test_pages_of_strangers(world: dict[str, Any], owner: Any, open_page: Callable[..., Page]) -> None:
    page = open_page()
    complaints = Complaints()
    complaints.listen(page)
    paths = list(pages_for(Client(), world))
    assert len(paths) > 5
    assert _faults(page, paths) == {}
    _add_second_factors(owner)
    _sign_in(page, owner.email)
    assert page.url.endswith(reverse("mfa_authenticate"))
    assert _faults_in_every_look(page) == {}
    assert complaints == []


def test_forms_with_mistakes(world: dict[str, Any], owner: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(color_scheme="dark")
    _sign_in(page, owner.email)
    paths = {address.name: address.path for address in every_address(world)}
    draft = f"{paths['invoicing:create_draft']}?customer={world['customer_id']}"
    found: dict[str, list[str]] = {}
    for path in [*(paths[name] for name in WITH_A_FORM), draft]:
        page.goto(path)
        with page.expect_navigation():  # the answer is a page of its own
            page.evaluate(EMPTY_LARGEST_FORM)
        page.wait_for_load_state()
        found |= _faults_here(page, BOTH_WIDTHS)
    assert found == {}


def test_the_instruments_find_what_is_planted(open_page: Callable[..., Page], live_server: Any) -> None:
    page = open_page()
    complaints = Complaints()
    complaints.listen(page)
    page.goto("/accounts/login/")
    page.evaluate('() => { document.body.innerHTML = \'<img src="/none.png"><p style="width: 5000px">x</p>\'; }')
    page.evaluate("() => { document.querySelector('p').style.width = '5000px'; }")
    assert any(re.match("image-alt", fault) for fault in grave_faults(page))
    assert "5000" in sideways(page) or "<p" in sideways(page)
    page.wait_for_load_state("networkidle")
    assert any("Content Security Policy" in complaint for complaint in complaints)
    assert any("404" in complaint for complaint in complaints)


def _sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", builders.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def _add_second_factors(owner: Any) -> None:
    """A one-time code and recovery codes."""
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)


def _add_passkey(page: Page) -> int:
    """A passkey of a device that the browser plays; its number."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto(reverse("mfa_add_webauthn"))
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "add" not in url)
    return int(Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk)


def _faults(page: Page, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong, by path, look and width: all of them, or, scaled down, looks and widths take turns."""
    found: dict[str, list[str]] = {}
    for scheme, widths in WIDTHS.items():
        page.emulate_media(color_scheme=scheme)
        for place, path in enumerate(_pages_in(scheme, paths)):
            page.goto(path)
            seen = _faults_here(page, widths if builders.IS_FULL else (widths[place % len(widths)],))
            found |= {f"{where}, {scheme}": problems for where, problems in seen.items()}
    return found


def _pages_in(scheme: str, paths: list[str]) -> list[str]:
    """The pages that this run sees in the look: all of them, or, scaled down, those that the other look leaves."""
    if builders.IS_FULL:
        return paths
    in_the_dark = paths[::DARK_PAGES]
    return in_the_dark if scheme == "dark" else [path for path in paths if path not in in_the_dark]


def _faults_in_every_look(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for scheme, widths in WIDTHS.items():
        page.emulate_media(color_scheme=scheme)
        found |= {f"{where}, {scheme}": problems for where, problems in _faults_here(page, widths).items()}
    return found


def _faults_here(page: Page, widths: tuple[int, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for width in widths:
        page.set_viewport_size(ViewportSize(width=width, height=HEIGHT))
        problems = grave_faults(page)
        overflow = sideways(page)
        if overflow:
            problems.append(f"scrolls sideways, {overflow}")
        if problems:
            found[f"{page.url} at {width}"] = problems
    return found
