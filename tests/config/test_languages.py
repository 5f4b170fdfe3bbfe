"""Screens in four languages: every page in the reader's own, its numbers and days as that language writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from lxml import html

from foundation.countries import country_choices
from tenants.actions import invite_member
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders
from tests.committed_world import kept_between_tests, settings_of_tests
from tests.every_page import every_address
from tests.reliability.filled_world import fill

Kept = tuple[Organization, dict[str, Any], Path]
OWNER = "owner@solvik.example"
PROFILE = "/accounts/profile/"
LANGUAGES = [code for code, _name in settings.LANGUAGES]
in_each_language = pytest.mark.parametrize("language", LANGUAGES)
# What the page of invoices calls itself, an amount on it and a day on it.
INVOICES = {
    "nb": ("Fakturaer", "12\u00a0500,00", "07.11.2026"),
    "da": ("Fakturaer", "12.500,00", "07.11.2026"),
    "sv": ("Fakturor", "12\u00a0500,00", "2026-11-07"),
    "en": ("Invoices", "12,500.00", "7\u00a0Nov\u00a02026"),
}
INVITATION = {"nb": "Invitasjon til", "da": "Invitation til", "sv": "Inbjudan till", "en": "Invitation to"}
SIGN_IN = {"nb": "Logg inn", "da": "Log ind", "sv": "Logga in", "en": "Sign in"}
# Which document an address of documents is about: each address is a page for at least one of them.
DOCUMENTS = ("invoice_id", "draft_id")
# What is said in English elsewhere and is the very word here: sale abroad as a noun.
SAME_HERE = {"sv": {"Export"}, "da": {"By"}}  # a Danish "By" is a town
# The page on which the columns of a bank's CSV file are told apart names them as the bank does.
FILES_OWN_NAMES = {"payments:map_csv_file": {"KID"}}
# What the customer sees is shown to us as the customer sees it: in the customer's language.
CUSTOMERS_PAGES = {"invoicing:show_customer_view", "billing_backlog:show_customer_quote"}
READ_ALOUD = ("aria-label", "title", "placeholder", "alt")
# A language is called the same in all of them, and a column of an imported file as the file says.
THEIR_OWN_NAMES = {name for _code, name in settings.LANGUAGES} | {"name"}


@pytest.fixture(scope="module")
def kept_company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """A company with one of everything and its files made, what its addresses name, and where its files lie."""
    folder = tmp_path_factory.mktemp("company")
    with kept_between_tests(django_db_blocker):
        with override_settings(**settings_of_tests(folder)):
            company = builders.make_organization("solvik", "Solvik Regnskap AS", owner_email=OWNER)
            places = fill(company)
            builders.run_background()
        yield company, places, folder


@pytest.fixture
def company(kept_company: Kept, settings: Any, db: None) -> Organization:
    """That company, with its files at hand."""
    settings.DATA_DIR, settings.FILES_DIR = kept_company[2], kept_company[2] / "files"
    return kept_company[0]


@pytest.fixture
def places(kept_company: Kept, company: Organization) -> dict[str, Any]:
    """What the addresses of the company name."""
    return kept_company[1]


def read_in(language: str, user: Any) -> None:
    """Let the person read the screens in the language."""
    user.language = language
    user.save()


def sentences(page: Any) -> Iterator[str]:
    """Every run of words that the page shows or reads aloud, but for what speaks the customer's or a program's."""
    for element in page.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style") or _is_paper(element):
            continue
        runs = [element.text, *(child.tail for child in element), *(element.get(name) for name in READ_ALOUD)]
        yield from {" ".join((run or "").split()) for run in runs} - THEIR_OWN_NAMES


def _is_paper(element: Any) -> bool:
    around = (element, *element.iterancestors())
    return any({"paper", "letter", "api-page"} & set(place.get("class", "").split()) for place in around)


def pages_in_other_words(
    client: Client, places: Mapping[str, Any], language: str, **headers: str
) -> tuple[int, set[str]]:
    """How many whole pages the client sees, and what they say in English though the language has words for it."""
    pages, foreign = 0, set()
    seen: set[str] = set()
    for document in DOCUMENTS:
        for address in every_address({**places, "invoice_id": places[document]}):
            if address.path in seen or address.name in CUSTOMERS_PAGES:
                continue
            seen.add(address.path)
            if address.is_inside_organization and not _is_read_in(language, len(seen)):
                continue  # scaled down, each page is read in one language or two
            answer = client.get(address.path, headers=headers)
            if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            page = html.fromstring(answer.content.decode().strip() or "<p></p>")
            own_names = FILES_OWN_NAMES.get(address.name, set())
            if page.tag == "html":
                pages += 1
                assert page.get("lang") == language, address
            with translation.override(language):
                foreign |= {
                    f"{address.name}: {words!r}"
                    for words in set(sentences(page)) - SAME_HERE.get(language, set()) - own_names
                    if words and gettext(words) != words
                }
    return pages, foreign


def _is_read_in(language: str, place: int) -> bool:
    """Whether the page is among those that this run reads in the language."""
    return builders.IS_FULL or place % 3 == LANGUAGES.index(language) % 3


@in_each_language
def test_every_page_speaks_the_language_of_its_reader(
    places: dict[str, Any], client_of: Callable[[Any], Client], language: str
) -> None:
    reader = builders.user_of(OWNER)
    read_in(language, reader)

    pages, foreign = pages_in_other_words(client_of(reader), places, language)
    assert pages > 40
    assert not foreign, "\n".join(sorted(foreign))


@in_each_language
def test_every_page_of_strangers_speaks_the_language_of_their_browser(places: dict[str, Any], language: str) -> None:
    pages, foreign = pages_in_other_words(Client(), places, language, **{"accept-language": language})
    assert pages > 2
    assert not foreign, "\n".join(sorted(foreign))


@in_each_language
def test_numbers_and_days_are_written_as_the_language_does(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], language: str
) -> None:
    builders.make_finalized_invoice(
        organization, None, [builders.line(quantity=Decimal(8), unit_price=Decimal(1250))], date(2026, 11, 7)
    )
    read_in(language, owner)
    page = client_of(owner).get(reverse("invoicing:list_invoices", args=[organization.slug])).content.decode()

    title, amount, day = INVOICES[language]
    assert f"<h1>{title}" in page
    assert amount in page
    assert day in page


@in_each_language
def test_people_choose_the_language_of_their_screens(
    owner: Any, client_of: Callable[[Any], Client], language: str
) -> None:
    client = client_of(owner)
    form = {"name": owner.name, "language": language, "has_single_key_shortcuts": "on"}
    client.post(PROFILE, form)

    owner.refresh_from_db()
    assert owner.language == language
    assert client.get(PROFILE).headers["Content-Language"] == language


@in_each_language
def test_strangers_read_the_language_of_their_browser(db: None, language: str) -> None:
    answer = Client().get(reverse("account_login"), headers={"accept-language": f"{language}-XX,{language};q=0.9"})

    assert answer.headers["Content-Language"] == language
    assert SIGN_IN[language] in answer.content.decode()


@in_each_language
def test_a_wrong_password_is_told_in_the_language_of_the_browser(db: None, language: str) -> None:
    form = {"login": "nobody@nordlys.example", "password": "wrong"}
    page = Client().post(reverse("account_login"), form, headers={"accept-language": language})

    shown: Any = html.fromstring(page.content.decode())
    with translation.override(language):
        told = gettext("The email address and/or password you specified are not correct.")
    assert told in " ".join(shown.text_content().split())
    assert (told == "The email address and/or password you specified are not correct.") == (language == "en")


@in_each_language
def test_mail_speaks_the_language_of_whoever_sends_it(company: Organization, language: str) -> None:
    sender = builders.user_of(OWNER)
    read_in(language, sender)
    with builders.in_organization(company):
        actor, now = Actor.person(sender), timezone.now()
        invite_member(company, email="ny@solvik.example", role="accountant", inviter=sender, actor=actor, now=now)
    builders.run_background()

    subjects = [message.subject for message in mail.outbox]
    assert any(subject.startswith(f"{INVITATION[language]} ") for subject in subjects), subjects


@pytest.mark.parametrize(
    ("language", "last"), [("nb", "Åland"), ("da", "Åland"), ("sv", "Östtimor"), ("en", "Åland Islands")]
)
def test_countries_stand_in_the_order_of_the_alphabet(language: str, last: str) -> None:
    with translation.override(language):
        assert country_choices()[-1][1] == last
