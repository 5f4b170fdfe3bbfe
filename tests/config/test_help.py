"""Every page says what it is for, and the accessibility statement is open to everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.help import HELP, SHOWN_AGAIN
from tests.architecture.url_rows import ROWS, make_things, url_of


def test_m_020_every_page_has_help(organization: Any, owner: Any, client_of: Any) -> None:
    things = make_things(organization)
    client = client_of(owner)
    client.raise_request_exception = False
    without = []
    for name, declared in ROWS.items():
        if "GET" not in declared.methods:
            continue
        response = client.get(url_of(name, organization, things))
        is_page = response.status_code == 200 and "text/html" in response.headers["Content-Type"]
        if is_page and b'<main class="main"' in response.content and b'id="page-help"' not in response.content:
            without.append(name)

    assert without == [], "\n".join(without)


def test_help_speaks_of_pages_that_exist() -> None:
    assert set(HELP) - set(ROWS) == set()
    assert set(SHOWN_AGAIN) - set(ROWS) == set()


def test_a_refused_form_keeps_the_help_of_its_page(organization: Any, owner: Any, client_of: Any) -> None:
    response = client_of(owner).post("/nordlys/settings/rules/save/", {"approval": "sometimes"})
    assert response.status_code == 422
    assert b'id="page-help"' in response.content


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_accessibility_statement_is_open_in_every_language(db: None, language: str) -> None:
    response = Client().get("/accessibility/", {"language": language})
    assert response.status_code == 200
    assert f'aria-current="page">{dict(settings.LANGUAGES)[language]}' in response.content.decode()
    assert b"WCAG" in response.content


def test_the_statement_is_linked_from_sign_in_and_from_ones_own_menu(
    organization: Any, owner: Any, client_of: Any
) -> None:
    assert 'href="/accessibility/"' in Client().get("/accounts/login/").content.decode()
    assert 'href="/accessibility/"' in client_of(owner).get("/nordlys/").content.decode()


def test_no_company_takes_the_address_of_the_statement(organization: Any, owner: Any, client_of: Any) -> None:
    response = client_of(owner).post("/new-company/", {"slug": "accessibility", "name": "Accessibility AS"})
    assert response.status_code == 422
