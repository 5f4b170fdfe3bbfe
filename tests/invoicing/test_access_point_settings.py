"""The way into Peppol: typed by the owner, its token sealed, its way back shown once, its connection tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from customers.models import Customer
from foundation.encryption import open_seal
from invoicing.actions import participants
from invoicing.actions.responses import receive_response
from invoicing.dispatching.network_words import reach_warning
from invoicing.dispatching.plain import Finding
from invoicing.dispatching.responses import Mail
from invoicing.documents.endpoints import Endpoint
from invoicing.models import AccessPoint, Participant
from tenants.models import AuditEntry, Job, Organization, OutboxRow
from tests import builders
from tests.invoicing.peppol_servers import TOKEN, AccessPointSimulator, serving

SignIn = Callable[[Any], Client]
HTMX = {"HX-Request": "true"}
CUSTOMER = Endpoint("0192", builders.CUSTOMER_ORGANIZATION_NUMBER)


def _url(name: str, organization: Organization, *arguments: Any) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, *arguments])


def _form(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "phoss",
        "address": "https://ap.example.com",
        "account": "",
        "token": TOKEN,
        "is_active": "on",
        "version": 0,
        **changes,
    }


def _stored(organization: Organization) -> AccessPoint | None:
    with builders.in_organization(organization):
        return AccessPoint.objects.of(organization).first()


def test_the_owner_saves_the_access_point_and_nobody_reads_the_token(
    organization: Organization, owner: Any, client_of: SignIn
) -> None:
    browser = client_of(owner)

    answer = browser.post(_url("update_access_point", organization), _form(), follow=True)

    assert answer.status_code == 200
    assert TOKEN not in answer.content.decode()
    row = _stored(organization)
    assert row is not None
    assert (row.kind, row.address, row.version) == ("phoss", "https://ap.example.com", 1)
    assert row.token_sealed is not None
    assert TOKEN.encode() not in bytes(row.token_sealed)
    opened = open_seal(row.token_sealed, organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
    assert opened == TOKEN
    with builders.in_organization(organization):
        [entry] = AuditEntry.objects.of(organization).filter(verb="access_point.changed")
        assert TOKEN not in str(entry.facts)


def test_a_token_is_kept_for_the_place_that_it_was_typed_for(
    organization: Organization, owner: Any, client_of: SignIn
) -> None:
    browser = client_of(owner)
    browser.post(_url("update_access_point", organization), _form())

    same = browser.post(_url("update_access_point", organization), _form(token="", version=1, is_active=""))
    elsewhere = browser.post(
        _url("update_access_point", organization), _form(token="", version=2, address="https://thief.example.com")
    )

    assert (same.status_code, elsewhere.status_code) == (302, 422)
    row = _stored(organization)
    assert row is not None
    assert (row.address, row.is_active, row.version) == ("https://ap.example.com", False, 2)


def test_what_somebody_else_has_saved_is_not_written_over(
    organization: Organization, owner: Any, client_of: SignIn
) -> None:
    browser = client_of(owner)
    browser.post(_url("update_access_point", organization), _form())

    answer = browser.post(_url("update_access_point", organization), _form(address="https://other.example.com"))

    assert answer.status_code == 422
    row = _stored(organization)
    assert row is not None
    assert row.address == "https://ap.example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": ""},
        {"address": "http://ap.example.com"},
        {"address": "https://10.1.2.3"},
        {"address": "https://[fe80::1]"},
        {"address": "https://user:word@ap.example.com"},
        {"address": "https://ap.example.com/?a=b"},
        {"address": "javascript:alert(1)"},
        {"address": "https://ap.internal"},
        {"address": "https://ap.example.com:port"},
        {"kind": "fax"},
        {"kind": "hosted", "account": ""},
        {"token": ""},
        {"token": "nøkkel"},
        {"token": "two words"},
    ],
)
def test_what_cannot_be_an_access_point_is_refused(
    organization: Organization, owner: Any, client_of: SignIn, changes: dict[str, str]
) -> None:
    answer = client_of(owner).post(_url("update_access_point", organization), _form(**changes))

    assert answer.status_code == 422
    assert _stored(organization) is None


def test_the_way_back_is_shown_once(organization: Organization, owner: Any, client_of: SignIn) -> None:
    browser = client_of(owner)
    browser.post(_url("update_access_point", organization), _form(kind="folder"))

    shown = browser.post(_url("renew_hook", organization)).content.decode()
    later = browser.get(_url("show_access_point", organization)).content.decode()

    assert "/hooks/peppol/" in shown
    assert "/hooks/peppol/" not in later
    secret = shown.partition("/hooks/peppol/")[2].partition("/")[0]
    assert len(secret) >= 40
    answer = Client().post(f"/hooks/peppol/{secret}/", b"<a/>", content_type="application/xml")
    assert answer.status_code == 202


@pytest.mark.parametrize(("token", "problem"), [(TOKEN, ""), ("wrong", "401 no such token")])
def test_the_connection_is_tried_by_a_worker(
    organization: Organization, owner: Any, client_of: SignIn, token: str, problem: str
) -> None:
    browser = client_of(owner)
    with serving(AccessPointSimulator().answer) as address:
        browser.post(_url("update_access_point", organization), _form(address=address, token=token))
        for _time in range(2):
            waiting = browser.post(_url("test_access_point", organization), headers=HTMX).content.decode()
        builders.run_background()

    row = _stored(organization)
    assert row is not None
    assert row.tested_at is not None
    assert row.problem == problem
    assert "hx-trigger" in waiting
    seen = browser.get(_url("show_access_point", organization), headers=HTMX).content.decode()
    assert "hx-trigger" not in seen
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="access_point.tested").count() == 1


def test_only_who_may_change_settings_changes_it(
    organization: Organization, case_worker: Any, auditor: Any, client_of: SignIn
) -> None:
    for person in (case_worker, auditor):
        for name in ("update_access_point", "test_access_point", "renew_hook"):
            assert client_of(person).post(_url(name, organization), _form()).status_code == 403
    assert _stored(organization) is None


def _answer(organization: Organization, answer: str) -> None:
    with builders.in_organization(organization):
        participants.keep_answer(organization, CUSTOMER, Finding(answer), now=timezone.now())


def _wants_ehf(organization: Organization, customer: Customer) -> bool:
    with builders.in_organization(organization):
        return Customer.objects.of(organization).get(pk=customer.pk).wants_ehf


def test_a_customer_who_receives_ehf_is_offered_it(organization: Organization, owner: Any, client_of: SignIn) -> None:
    customer = builders.make_customer(organization)
    browser = client_of(owner)
    panel = _url("panel_customer_network", organization, customer.pk)
    choose = _url("choose_ehf", organization, customer.pk)

    browser.post(choose)
    assert not _wants_ehf(organization, customer)
    assert choose not in browser.get(panel, headers=HTMX).content.decode()
    _answer(organization, "yes")
    assert choose in browser.get(panel, headers=HTMX).content.decode()
    for _time in range(2):
        browser.post(choose)

    assert _wants_ehf(organization, customer)
    assert choose not in browser.get(panel, headers=HTMX).content.decode()


def test_a_look_up_is_asked_for_once_and_waited_for(
    organization: Organization, owner: Any, client_of: SignIn, settings: Any
) -> None:
    settings.PEPPOL_SML_ZONE, settings.PEPPOL_DNS_SERVER = "zone.example", "127.0.0.1:9"
    customer = builders.make_customer(organization)
    browser = client_of(owner)
    for _time in range(2):
        waiting = browser.post(_url("look_up_customer", organization, customer.pk), headers=HTMX)

    assert "hx-trigger" in waiting.content.decode()
    with builders.in_organization(organization):
        assert OutboxRow.objects.of(organization).filter(kind=participants.LOOK_UP).count() == 1
        assert not Participant.objects.of(organization).exists()


def test_all_customers_are_looked_up_in_one_job(organization: Organization, owner: Any, client_of: SignIn) -> None:
    builders.make_customer(organization)
    browser = client_of(owner)

    addresses = {
        browser.post(_url("look_up_customers", organization), {"key": "one"}).headers["Location"] for _n in "ab"
    }

    with builders.in_organization(organization):
        job = Job.objects.of(organization).get(kind=participants.LOOK_UP_MANY)
    assert addresses == {reverse("tenants:show_job", args=[organization.slug, job.pk])}


def test_the_page_asks_the_same_few_questions_whatever_there_is(
    organization: Organization, owner: Any, client_of: SignIn
) -> None:
    browser = client_of(owner)
    browser.post(_url("update_access_point", organization), _form())

    with CaptureQueriesContext(connection) as few:
        browser.get(_url("show_access_point", organization))
    for number in range(5):
        with builders.in_organization(organization):
            participants.keep_answer(
                organization, Endpoint("0192", f"90000000{number}"), Finding("no"), now=timezone.now()
            )
    with CaptureQueriesContext(connection) as many:
        browser.get(_url("show_access_point", organization))

    assert len(few) == len(many) < 30


def test_another_organization_sees_nothing(
    organization: Organization, other_organization: Organization, stranger: Any, client_of: SignIn
) -> None:
    customer = builders.make_customer(organization)

    assert client_of(stranger).get(_url("show_access_point", organization)).status_code == 404
    assert client_of(stranger).post(_url("update_access_point", organization), _form()).status_code == 404
    own = _url("look_up_customer", other_organization, customer.pk)
    assert client_of(stranger).post(own).status_code == 404


@pytest.mark.parametrize(
    ("answer", "wants_ehf", "says"),
    [
        ("no", True, "is not registered for it in the network"),
        ("unknown", True, "has not said yet"),
        ("", True, "has not said yet"),
        ("yes", False, "can receive EHF"),
        ("yes", True, ""),
        ("no", False, ""),
    ],
)
def test_the_checks_beside_a_draft_say_what_the_network_says(
    organization: Organization,
    owner: Any,
    client_of: SignIn,
    settings: Any,
    *,
    answer: str,
    wants_ehf: bool,
    says: str,
) -> None:
    customer = builders.make_customer(organization, wants_ehf=wants_ehf)
    draft = builders.make_draft(organization, customer)
    if answer:
        _answer(organization, answer)
    page = _url("show_checks", organization, draft.pk)
    browser = client_of(owner)
    assert "the network" not in browser.get(page, headers={**HTMX, "Accept-Language": "en"}).content.decode()
    settings.PEPPOL_SML_ZONE = "zone.example"

    shown = browser.get(page, headers=HTMX).content.decode()

    with translation.override("en"):
        assert says in reach_warning(customer.name, answer, has_address=True, wants_ehf=wants_ehf)
    with translation.override(owner.language):
        sentence = reach_warning(customer.name, answer, has_address=True, wants_ehf=wants_ehf)
    assert (bool(sentence) and sentence in shown) == bool(says)


def test_what_led_to_nothing_is_shown_to_a_person(organization: Organization, owner: Any, client_of: SignIn) -> None:
    browser = client_of(owner)
    with builders.in_organization(organization):
        receive_response(
            organization, Mail("0" * 64, problem="<b>It is no ApplicationResponse.</b>"), now=timezone.now()
        )

    shown = browser.get(_url("show_access_point", organization)).content.decode()

    assert "&lt;b&gt;It is no ApplicationResponse." in shown
