"""Every address asks for a permission, and answers a stranger as if nothing were there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLResolver, include, path
from django.urls.resolvers import RegexPattern

from config.forms import RESERVED_SLUGS
from foundation.ids import uuid7
from invoicing.models import Invoice
from tenants.models import Membership, Organization, Role
from tenants.permissions import ROLE_PERMISSIONS, Permission, organization_view
from tests import builders
from tests.architecture.test_statements import capture
from tests.architecture.url_rows import (
    ROWS,
    Things,
    addresses,
    complaints,
    form_of,
    make_things,
    url_of,
)
from tests.committed_world import kept_between_tests, settings_of_tests

SignIn = Callable[[Any], Client]
HTMX = {"HX-Request": "true"}
QUERIES_MAX = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """Two companies, what their addresses name, and where their files lie."""

    organization: Organization
    other: Organization
    things: Things
    their_things: Things
    folder: Path


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """One of everything in each of two companies, made once: every walk takes back what it writes."""
    folder = tmp_path_factory.mktemp("companies")
    with kept_between_tests(django_db_blocker):
        with override_settings(**settings_of_tests(folder)):
            ours = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")
            other = builders.make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")
            made = Kept(ours, other, make_things(ours), make_things(other), folder)
        yield made


@pytest.fixture
def kept_files(kept: Kept, settings: Any) -> None:
    """The files of the two companies at hand."""
    settings.DATA_DIR, settings.FILES_DIR = kept.folder, kept.folder / "files"


@pytest.fixture
def organization(kept: Kept, kept_files: None, db: None) -> Organization:
    return kept.organization


@pytest.fixture
def other_organization(kept: Kept, kept_files: None, db: None) -> Organization:
    return kept.other


@pytest.fixture
def things(kept: Kept, organization: Any) -> Things:
    return kept.things


@pytest.fixture
def their_things(kept: Kept, other_organization: Any) -> Things:
    return kept.their_things


@pytest.fixture
def as_on_a_server(kept: Kept, kept_files: None) -> Kept:
    """The companies with no transaction around the test: each request begins and ends its own."""
    wrapper: Any = connection
    wrapper.allows_organization_change = False
    return kept


@contextmanager
def undone() -> Iterator[None]:
    """Let a request write, and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(browser: Client, method: str, url: str, form: dict[str, str] | None = None, *, htmx: bool = False) -> Any:
    """One request whose changes are taken back; a redirect of a GET is followed."""
    headers = HTMX if htmx else {}
    with undone():
        if method == "GET":
            return browser.get(url, headers=headers, follow=True)
        return browser.post(url, form or {}, headers=headers)


def test_every_address_is_declared() -> None:
    assert complaints(list(addresses())) == []


def test_no_row_is_left_over() -> None:
    assert set(ROWS) - {address.name for address in addresses()} == set()


def test_no_organization_can_take_an_address_of_ours() -> None:
    first_parts = {address.route.split("/")[0] for address in addresses() if not address.is_inside}

    assert first_parts - {""} <= RESERVED_SLUGS


def planted(request: HttpRequest, organization: str) -> HttpResponse:
    return HttpResponse()


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (path("<slug:organization>/planted/", planted, name="planted"), "asks for no permission"),
        (
            path("<slug:organization>/planted/", organization_view(Permission.VIEW_AUDIT)(planted), name="planted"),
            "has no row",
        ),
        (
            path("<slug:organization>/x/", organization_view(Permission.VIEW_AUDIT)(planted), name="overview"),
            "its row says view_invoices",
        ),
        (
            path("<slug:organization>/deep/", include([path("planted/", planted, name="planted")])),
            "asks for no permission",
        ),
        (path("planted/", planted, name="planted"), "not declared as public"),
    ],
)
def test_an_address_that_is_not_declared_is_seen(pattern: Any, says: str) -> None:
    urlconf = URLResolver(RegexPattern(r""), [pattern])

    assert any(says in complaint for complaint in complaints(list(addresses(urlconf))))


def test_every_permission_is_asked_for_by_an_address_and_carried_by_a_role() -> None:
    assert {declared.permission for declared in ROWS.values()} == set(Permission)
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert ROLE_PERMISSIONS[Role.OWNER] == frozenset(Permission)


# What the roles must never hold, whatever the role table says: tried against the table so that a slip is seen.
NEVER = {
    Role.AUDITOR: {permission for permission in Permission if not permission.value.startswith("view_")}
    - {Permission.EXPORT_DATA, Permission.TAKE_PROOF},
    Role.CASE_WORKER: {Permission.FINALIZE_INVOICES, Permission.EDIT_BANK_ACCOUNTS, Permission.MANAGE_MEMBERS},
    Role.PROJECT_MANAGER: {Permission.FINALIZE_INVOICES, Permission.EDIT_CUSTOMERS, Permission.EDIT_SETTINGS},
    Role.ACCOUNTANT: {Permission.MANAGE_MEMBERS, Permission.EDIT_BANK_ACCOUNTS},
}


@pytest.mark.parametrize("role", NEVER)
def test_a_role_does_not_hold_what_it_must_never_hold(role: Role) -> None:
    assert not ROLE_PERMISSIONS[role] & NEVER[role]


# The owner, who is refused nothing, opens every address below, where its statements are looked at as well.
@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_a_member_opens_what_the_role_may_and_is_refused_the_rest(
    organization: Any, things: Things, client_of: SignIn, role: Role
) -> None:
    with builders.in_organization(organization):
        membership = Membership.objects.select_related("user").filter(role=role).first()
    user = membership.user if membership else builders.make_member(organization, role.value)
    browser = client_of(user)
    browser.raise_request_exception = False
    wrong = []
    for name, declared in ROWS.items():
        may = declared.permission in ROLE_PERMISSIONS[role]
        for method in declared.methods:
            if not may or method == "GET":
                status = ask(browser, method, url_of(name, organization, things)).status_code
                if (status == 403) == may or status >= 500:
                    wrong.append(f"{method} {name}: {status}")

    assert wrong == [], "\n".join(wrong)


def test_the_owner_may_send_every_form_and_none_falls_over(
    organization: Any, owner: Any, things: Things, client_of: SignIn
) -> None:
    browser = client_of(owner)
    browser.raise_request_exception = False
    wrong = []
    for name, declared in ROWS.items():
        if "POST" in declared.methods:
            url = url_of(name, organization, things)
            for form, htmx in ((form_of(name, things), False), ({}, True)):
                status = ask(browser, "POST", url, form, htmx=htmx).status_code
                if status == 403 or status >= 500:
                    wrong.append(f"POST {name}: {status}")

    assert wrong == [], "\n".join(wrong)


def test_a_stranger_is_told_of_nothing(organization: Any, stranger: Any, things: Things, client_of: SignIn) -> None:
    browser = client_of(stranger)
    nowhere = Organization(slug="there-is-no-such-company")
    wrong = []
    for name, declared in ROWS.items():
        url, unknown = url_of(name, organization, things), url_of(name, nowhere, things)
        for method in declared.methods:
            nobodys = ask(browser, method, unknown)
            for htmx in (False, True):
                theirs = ask(browser, method, url, htmx=htmx)
                if (theirs.status_code, nobodys.status_code) != (404, 404):
                    wrong.append(f"{method} {name}: {theirs.status_code}, unknown {nobodys.status_code}")
                elif not htmx and len(theirs.content) != len(nobodys.content):
                    wrong.append(f"{method} {name}: the answers differ")

    assert wrong == [], "\n".join(wrong)


def test_another_organizations_ids_are_nowhere_in_ones_own(
    organization: Any, owner: Any, things: Things, their_things: Things, client_of: SignIn
) -> None:
    browser = client_of(owner)
    wrong = []
    for name, declared in ROWS.items():
        for _argument, thing in declared.things:
            if isinstance(things[thing], int):
                continue  # a place within something, which is nobody's own
            for method in declared.methods:
                theirs = url_of(name, organization, {**things, thing: their_things[thing]})
                unknown = url_of(name, organization, {**things, thing: uuid7()})
                form = form_of(name, things)
                nobodys = ask(browser, method, unknown, form)
                for htmx in (False, True):
                    answer = ask(browser, method, theirs, form, htmx=htmx)
                    if (answer.status_code, nobodys.status_code) != (404, 404):
                        wrong.append(f"{method} {name} ({thing}): {answer.status_code}, unknown {nobodys.status_code}")
                    elif not htmx and len(answer.content) != len(nobodys.content):
                        wrong.append(f"{method} {name} ({thing}): the answers differ")

    assert wrong == [], "\n".join(wrong)


def test_another_organizations_things_are_not_taken_from_a_form(
    organization: Any, owner: Any, things: Things, their_things: Things, client_of: SignIn
) -> None:
    browser = client_of(owner)
    customer = {"customer": str(their_things["customer"])}
    create = url_of("invoicing:create_draft", organization, things)
    change = url_of("invoicing:change_customer", organization, things)
    with builders.in_organization(organization):
        before = list(Invoice.objects.order_by("pk").values_list("pk", "customer_id"))

    assert browser.get(create, customer).status_code == 404
    assert browser.post(f"{create}?customer={their_things['customer']}").status_code == 404
    assert browser.post(change, customer).status_code == 404
    for name in ("invoicing:fill_line", "invoicing:compute_totals"):
        url = url_of(name, organization, things)
        assert browser.post(f"{url}?customer={their_things['customer']}").status_code == 404
        assert browser.post(f"{url}?draft={their_things['draft']}").status_code == 404
    with builders.in_organization(organization):
        assert list(Invoice.objects.order_by("pk").values_list("pk", "customer_id")) == before


def test_nobody_who_is_not_signed_in_comes_past_the_door(organization: Any, things: Things) -> None:
    browser = Client()
    wrong = []
    for name, declared in ROWS.items():
        for method in declared.methods:
            url = url_of(name, organization, things)
            answer = browser.get(url) if method == "GET" else browser.post(url)
            if answer.status_code != 302 or "/accounts/login/" not in answer.headers["Location"]:
                wrong.append(f"{method} {name}: {answer.status_code}")

    assert wrong == [], "\n".join(wrong)


def test_only_the_declared_methods_are_answered(
    organization: Any, owner: Any, things: Things, client_of: SignIn
) -> None:
    browser = client_of(owner)
    wrong = []
    for name, declared in ROWS.items():
        for method in {"GET", "POST"} - set(declared.methods):
            status = ask(browser, method, url_of(name, organization, things)).status_code
            if status != 405:
                wrong.append(f"{method} {name}: {status}")

    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_opening_a_page_asks_few_questions_in_one_organization_and_writes_nothing(
    as_on_a_server: Kept, client_of: SignIn, headers: dict[str, str]
) -> None:
    """And every page has help (M-020)."""
    organization, things = as_on_a_server.organization, as_on_a_server.things
    browser = client_of(builders.user_of("owner@nordlys.example"))
    browser.raise_request_exception = False
    wrong = []
    for name, declared in ROWS.items():
        if "GET" not in declared.methods:
            continue
        with capture() as captured:
            answer = browser.get(url_of(name, organization, things), headers=headers)
            b"".join(answer) if answer.streaming else answer.content
        if answer.status_code == 403 or answer.status_code >= 500:
            wrong.append(f"{name}: {answer.status_code}")
        if _lacks_help(answer):
            wrong.append(f"{name}: no help")
        wrong += [f"{name}: {complaint}" for complaint in captured.complaints()]
        if len(captured.statements) >= QUERIES_MAX:
            wrong.append(f"{name}: {len(captured.statements)} statements")
        wrong += [f"{name}: {sql[:200]}" for sql, _ in captured.statements if _writes_records(sql)]

    assert connection.in_atomic_block is False
    assert wrong == [], "\n".join(wrong)


def _lacks_help(answer: Any) -> bool:
    """Whether the answer is a page in the frame that does not say what it is for."""
    is_page = answer.status_code == 200 and "text/html" in answer.headers["Content-Type"] and not answer.streaming
    return is_page and b'<main class="main"' in answer.content and b'id="page-help"' not in answer.content


def _writes_records(sql: str) -> bool:
    """Whether a statement changes anything but who is signed in where."""
    begins = sql.lstrip().split(None, 1)[0].upper()
    about_sessions = "django_session" in sql or "usersessions" in sql or "last_login" in sql
    return begins in {"INSERT", "UPDATE", "DELETE"} and not about_sessions
