"""The customer's page: who gets in, what it tells, what it never tells, and what a mere look changes: nothing."""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.log_secrets import WithoutSecrets
from invoicing.actions import links
from invoicing.models import Delivery, DeliveryEvent, DeliverySettings, PublicLink
from payments.models import ExchangeRate
from tenants.audit import Actor
from tenants.models import AuditEntry, BankAccount, OutboxRow
from tests import builders
from tests.architecture.test_statements import capture
from tests.invoicing.public_pages import enter, link_of, mails_to, path_of, sent_delivery, visitor

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUERIES_MAX = 10
BYTES_MAX = 50_000


@pytest.fixture
def invoice(organization: Any) -> Any:
    customer = builders.make_customer(organization, email="faktura@kunde.example")
    return builders.make_finalized_invoice(organization, customer)


def test_the_link_opens_the_document_at_an_address_without_the_secret(organization: Any, invoice: Any) -> None:
    address = builders.make_link(organization, invoice)
    browser = visitor()

    answer = browser.get(path_of(address))
    page = browser.get(answer.headers["Location"])

    token = address.rstrip("/").rsplit("/", 1)[1]
    assert len(token) == 43
    assert token not in answer.headers["Location"]
    cookie = answer.cookies["link"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (answer.headers["Location"], True, "Lax")
    assert page.status_code == 200
    text = page.content.decode()
    assert f"Faktura {invoice.number}" in text
    assert invoice.kid in text
    assert organization.name in text
    assert token not in text


def test_only_the_hash_of_the_token_is_stored(organization: Any, invoice: Any) -> None:
    token = builders.make_link(organization, invoice).rstrip("/").rsplit("/", 1)[1]

    with builders.in_organization(organization), connection.cursor() as cursor:
        assert PublicLink.objects.get().token_sha256 == hashlib.sha256(token.encode()).hexdigest()
        cursor.execute("SELECT count(*) FROM invoicing_publiclink p WHERE p::text LIKE %s", [f"%{token}%"])
        assert cursor.fetchone() == (0,)


def test_everybody_who_was_given_a_link_has_another_one(organization: Any, invoice: Any) -> None:
    assert builders.make_link(organization, invoice) != builders.make_link(organization, invoice)


@pytest.mark.parametrize("way", ["unknown", "revoked", "no cookie", "cookie of another link", "forged cookie"])
def test_everybody_else_gets_one_and_the_same_answer(organization: Any, invoice: Any, way: str) -> None:
    browser, page = enter(organization, invoice)
    other, other_page = enter(organization, builders.make_finalized_invoice(organization))
    fresh = visitor()
    if way == "unknown":
        answer = fresh.get("/i/" + "A" * 43 + "/")
    elif way == "revoked":
        with builders.in_organization(organization):
            links.revoke_link(organization, link_of(organization, page).pk, actor=Actor.system(), now=NOW)
        answer = browser.get(page)
    elif way == "no cookie":
        answer = fresh.get(page)
    elif way == "cookie of another link":
        fresh.cookies["link"] = other.cookies["link"].value
        answer = fresh.get(page)
    else:
        fresh.cookies["link"] = f"{organization.pk}:{link_of(organization, page).pk}"
        answer = fresh.get(page)

    nobodys = visitor().get("/i/no-such-token/" if way == "unknown" else f"/i/v/{uuid4()}/")
    assert (answer.status_code, answer.content) == (404, nobodys.content)
    assert other.get(other_page).status_code == 200


def test_a_revoked_token_an_ended_one_and_an_unknown_one_cannot_be_told_apart(organization: Any, invoice: Any) -> None:
    address, ended_address = builders.make_link(organization, invoice), builders.make_link(organization, invoice)
    with builders.in_organization(organization):
        link, ended_link = PublicLink.objects.of(organization).order_by("made_at", "id")
        PublicLink.objects.of(organization).filter(pk=ended_link.pk).update(expires_at=NOW - timedelta(days=400))
        links.revoke_link(organization, link.pk, actor=Actor.system(), now=NOW)
        links.revoke_link(organization, link.pk, actor=Actor.system(), now=NOW)
        assert AuditEntry.objects.of(organization).filter(verb="link.revoked").count() == 1

    paths = (path_of(address), path_of(ended_address), "/i/" + "B" * 43 + "/")
    for ask, status in (("get", 404), ("head", 404), ("post", 200)):
        answers = [getattr(visitor(), ask)(path) for path in paths]
        assert [answer.status_code for answer in answers] == [status] * 3
        assert len({answer.content for answer in answers}) == 1
        assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
        assert not any(answer.cookies for answer in answers)


def test_a_forwarded_link_opens_for_whoever_holds_it_and_is_taken_back_for_all(organization: Any, invoice: Any) -> None:
    path = path_of(builders.make_link(organization, invoice))
    holders = [visitor(), visitor()]
    pages = {holder.get(path).headers["Location"] for holder in holders}
    [page] = pages
    assert [holder.get(page).status_code for holder in holders] == [200, 200]

    with builders.in_organization(organization):
        links.revoke_link(organization, link_of(organization, page).pk, actor=Actor.system(), now=NOW)

    assert [holder.get(page).status_code for holder in holders] == [404, 404]


def test_who_tries_many_tokens_is_told_to_wait_and_true_links_still_open(organization: Any, invoice: Any) -> None:
    browser = visitor()

    answers = [browser.get(f"/i/{number:043}/") for number in range(22)]

    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "60"
    assert browser.get(path_of(builders.make_link(organization, invoice))).status_code == 302


@pytest.mark.parametrize("where", ["token", "page", "missing", "pdf"])
def test_nothing_of_it_is_kept_found_or_told_to_others(organization: Any, invoice: Any, where: str) -> None:
    builders.run_background()
    browser, page = enter(organization, invoice)
    address = {
        "token": path_of(builders.make_link(organization, invoice)),
        "page": page,
        "missing": "/i/nothing/",
        "pdf": page + "pdf/",
    }[where]

    headers = browser.get(address).headers

    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == ("same-origin" if where in {"page", "pdf"} else "no-referrer")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_carries_no_inline_code_and_nothing_of_others(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)

    text = browser.get(page).content.decode()

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_the_secret_stands_in_no_log(organization: Any, invoice: Any, caplog: Any) -> None:
    token = builders.make_link(organization, invoice).rstrip("/").rsplit("/", 1)[1]
    record = logging.LogRecord("django.request", 30, "", 0, "Not Found: %s", (f"/i/{token}/",), None)

    assert WithoutSecrets().filter(record)

    assert token not in record.getMessage()
    assert record.getMessage() == "Not Found: /i/…/"


def test_looking_changes_nothing(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice, delivery=sent_delivery(organization, invoice, NOW).pk)
    builders.run_background()

    with capture() as captured:
        for address in (page, page + "?lang=sv", page + "pdf/", page + "ehf/"):
            assert browser.get(address).status_code == 200
            assert browser.head(address).status_code == 200
        assert browser.head(path_of(builders.make_link(organization, invoice))).status_code == 302

    writes = [sql for sql, _ in captured.statements if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql)]
    assert [sql for sql in writes if "invoicing_publiclink" not in sql] == []  # the new link itself
    assert link_of(organization, page).openings == 0


def test_an_opening_is_counted_once_a_visit_and_told_to_its_delivery(organization: Any, invoice: Any) -> None:
    delivery = sent_delivery(organization, invoice, NOW)
    browser, page = enter(organization, invoice, delivery=delivery.pk)

    for _time in range(3):
        assert browser.post(page + "opened/").status_code == 204

    link = link_of(organization, page)
    assert link.openings == 1
    with builders.in_organization(organization):
        assert Delivery.objects.of(organization).get(pk=delivery.pk).state == "opened"
        assert DeliveryEvent.objects.of(organization).filter(state="opened", source="page").count() == 1
        links.note_opening(organization, link.pk, now=datetime.now(UTC) + timedelta(hours=1))
    assert link_of(organization, page).openings == 2


@pytest.mark.parametrize(
    "agent", ["", "Barracuda Sentinel (EE)", "Slackbot-LinkExpanding 1.0", "curl/8.1", "HeadlessChrome/140"]
)
def test_a_program_that_presses_links_has_not_opened_it(organization: Any, invoice: Any, agent: str) -> None:
    browser, page = enter(organization, invoice)

    assert browser.post(page + "opened/", headers={"user-agent": agent}).status_code == 204

    assert link_of(organization, page).openings == 0


def test_our_own_people_have_not_opened_it_for_the_customer(
    organization: Any, invoice: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    browser, page = enter(organization, invoice)
    ours, theirs = client_of(owner), client_of(stranger)
    for client in (ours, theirs):
        client.cookies["link"] = browser.cookies["link"].value

    ours.post(page + "opened/", headers={"user-agent": "Firefox/145.0"})
    assert link_of(organization, page).openings == 0

    theirs.post(page + "opened/", headers={"user-agent": "Firefox/145.0"})
    assert link_of(organization, page).openings == 1


def test_forms_from_elsewhere_are_refused(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)
    strict = Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox/145.0"})
    strict.cookies["link"] = browser.cookies["link"].value

    for path in ("say/", "opened/", "new-link/"):
        assert strict.post(page + path, {"kind": "question", "text": "x"}).status_code == 403


def test_what_is_left_to_pay_is_asked_for(organization: Any, invoice: Any) -> None:
    lines = builders.lines_of(organization, invoice)
    note = builders.make_credit_note_draft(organization, invoice, {lines[0].pk: lines[0].quantity / 2})
    builders.finalize_drafts(organization, [note.pk])
    browser, page = enter(organization, builders.reload_invoice(organization, invoice))

    shown = browser.get(page).context["page"]

    assert shown.amounts.owed == invoice.payable_amount / 2
    assert shown.amounts.credited == invoice.payable_amount / 2
    assert shown.pay_fields[-1].bare == f"{shown.amounts.owed:.2f}".replace(".", ",")


def test_what_was_taken_back_is_not_asked_for(organization: Any, invoice: Any) -> None:
    note = builders.make_credit_note_draft(organization, invoice)
    [credit_note] = builders.finalize_drafts(organization, [note.pk])
    browser, page = enter(organization, invoice)

    answer = browser.get(page, {"lang": "en"})

    text = answer.content.decode()
    assert answer.context["page"].amounts.owed == Decimal(0)
    assert answer.context["page"].pay_fields == []
    assert f"credit note {credit_note.number}" in text
    assert "data-copy=" not in text
    assert invoice.kid not in text


def test_a_credit_note_has_a_page_of_its_own(organization: Any, invoice: Any) -> None:
    note = builders.make_credit_note_draft(organization, invoice)
    [credit_note] = builders.finalize_drafts(organization, [note.pk])
    browser, page = enter(organization, credit_note)

    answer = browser.get(page)

    assert answer.status_code == 200
    assert f"Kreditnota {credit_note.number}" in answer.content.decode()
    assert answer.context["page"].pay_fields == []


@pytest.mark.parametrize(
    ("language", "heading", "word"),
    [("nb", "Faktura", "Merverdiavgift"), ("sv", "Faktura", "Moms"), ("en", "Invoice", "VAT")],
)
def test_it_is_read_in_the_language_of_the_document(organization: Any, language: str, heading: str, word: str) -> None:
    customer = builders.make_customer(organization, language=language)
    invoice = builders.make_finalized_invoice(organization, customer, language=language)
    browser, page = enter(organization, invoice)

    answer = browser.get(page, headers={"accept-language": "da"})

    text = answer.content.decode()
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in text
    assert f"{heading} {invoice.number}" in text
    assert word in text


def test_the_customer_may_choose_another_language(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)

    assert f"Invoice {invoice.number}" in browser.get(page, {"lang": "en"}).content.decode()
    assert f"Faktura {invoice.number}" in browser.get(page, {"lang": "xx"}).content.decode()


def test_files_are_given_out_to_be_saved_and_no_others(organization: Any) -> None:
    draft = builders.make_draft(organization)
    builders.make_attachment(organization, draft)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    builders.run_background()
    browser, page = enter(organization, invoice)

    pdf, ehf, attached = (browser.get(page + path) for path in ("pdf/", "ehf/", "files/0/"))

    assert pdf.content.startswith(b"%PDF")
    assert b"<Invoice" in ehf.content
    assert b"Dato;Timer" in attached.content
    for answer in (pdf, ehf, attached):
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert browser.get(page + "files/1/").status_code == 404
    assert visitor().get(page + "pdf/").status_code == 404


def test_a_link_that_has_ended_says_so_and_no_more(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice, recipient="kari@kunde.example")
    _end(organization, page)

    answer = browser.get(page)

    assert answer.status_code == 410
    text = answer.content.decode()
    for secret in (organization.name, str(invoice.number), "kunde.example", str(invoice.payable_amount)):
        assert secret not in text
    assert browser.get(page + "pdf/").status_code == 410
    assert browser.post(page + "say/", {"kind": "question", "text": "Hei"}).status_code == 410


def test_a_new_link_is_mailed_to_the_known_address_once_a_day(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice, recipient="kari@kunde.example")
    _end(organization, page)

    answers = [browser.post(page + "new-link/") for _time in range(2)]
    builders.run_background()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "kari@kunde.example" not in answers[0].content.decode()
    [message] = mails_to(organization, "kari@kunde.example")
    [address] = re.findall(r"http\S+/i/\S+/", message.text)
    fresh = visitor()
    assert fresh.get(fresh.get(path_of(address)).headers["Location"]).status_code == 200


def test_who_comes_with_an_ended_link_may_have_a_new_one_mailed(organization: Any, invoice: Any) -> None:
    address = builders.make_link(organization, invoice, recipient="kari@kunde.example")
    with builders.in_organization(organization):
        PublicLink.objects.of(organization).update(expires_at=NOW - timedelta(days=400))
    strict = Client(enforce_csrf_checks=True)  # the form is the same for everybody, and so carries no token

    for _time in range(2):
        assert strict.post(path_of(address)).status_code == 200
    builders.run_background()

    [message] = mails_to(organization, "kari@kunde.example")
    [fresh] = re.findall(r"http\S+/i/\S+/", message.text)
    assert visitor().get(path_of(fresh)).status_code == 302


def test_a_link_that_holds_mails_nothing(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice, recipient="kari@kunde.example")

    browser.post(page + "new-link/")

    with builders.in_organization(organization):
        assert not OutboxRow.objects.of(organization).filter(kind="invoicing.mail_link").exists()


def test_a_link_lives_as_long_after_settling_as_the_settings_say(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    with builders.in_organization(organization):
        rules = DeliverySettings.objects.create(organization=organization, link_days_after_paid=1)
    assert browser.get(page).status_code == 200

    with builders.in_organization(organization):
        DeliverySettings.objects.of(organization).filter(pk=rules.pk).update(link_days_after_paid=0)
    assert browser.get(page).status_code == 410

    with builders.in_organization(organization):
        DeliverySettings.objects.of(organization).filter(pk=rules.pk).update(link_days_after_paid=1)
    fresh, newer = enter(organization, invoice)  # one that is made now lives from now on
    assert link_of(organization, newer).expires_at is not None
    assert fresh.get(newer).status_code == 200


def test_a_stranger_cannot_use_the_cookie_for_another_organization(
    organization: Any, other_organization: Any, invoice: Any
) -> None:
    browser, page = enter(organization, invoice)
    other, other_page = enter(other_organization, builders.make_finalized_invoice(other_organization))

    browser.cookies["link"]["path"] = "/"
    assert browser.get(other_page).status_code == 404
    assert other.get(page).status_code == 404


def test_it_is_small_and_asks_few_questions(organization: Any) -> None:
    lines = [builders.line(f"Rådgivning i uke {number} " + "x" * 300, detail="y" * 900) for number in range(300)]
    invoice = builders.make_finalized_invoice(organization, lines=lines)
    browser, page = enter(organization, invoice)
    small, small_page = enter(organization, builders.make_finalized_invoice(organization))

    with CaptureQueriesContext(connection) as few:
        small.get(small_page)
    with CaptureQueriesContext(connection) as many:
        answer = browser.get(page)

    assert len(answer.content) < BYTES_MAX
    assert answer.context["page"].lines_hidden > 0
    assert len(many) == len(few)
    assert len([query for query in many if "SAVEPOINT" not in query["sql"]]) <= QUERIES_MAX, [q["sql"] for q in many]


def test_euro_to_an_iban_gets_a_payment_code_and_kroner_do_not(organization: Any, invoice: Any) -> None:
    with builders.in_organization(organization):
        BankAccount.objects.create(organization=organization, currency="EUR", iban="NO9386011117947", bic="DNBANOKKXXX")
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=builders.TODAY, rate=Decimal("11.7"), source="Norges Bank"
        )
    in_euro = builders.make_finalized_invoice(organization, currency="EUR")
    browser, page = enter(organization, invoice)
    euro_browser, euro_page = enter(organization, in_euro)

    assert browser.get(page).context["page"].qr == ""
    assert euro_browser.get(euro_page).context["page"].qr.startswith("<svg")


def _end(organization: Any, page: str) -> None:
    link = link_of(organization, page)
    with builders.in_organization(organization):
        PublicLink.objects.of(organization).filter(pk=link.pk).update(
            expires_at=datetime.now(UTC) - timedelta(minutes=1)
        )
