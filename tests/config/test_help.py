"""Help is kept on a refused form, and the accessibility statement is open to everybody.

That every page has help is seen where every page is opened: the architecture's test of addresses.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.help import HELP, SHOWN_AGAIN
from tests.architecture.url_rows import ROWS


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
