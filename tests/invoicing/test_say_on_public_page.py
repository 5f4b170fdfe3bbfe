"""What a customer says on the page: kept once, held back at once where it is a dispute, told to somebody, answered."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from invoicing.actions import enquiries
from invoicing.models import Enquiry
from invoicing.public.plain import Reply, Said
from payments import queries
from payments.models import Hold
from tenants.audit import Actor
from tenants.models import AuditEntry, Notice, OutboxRow
from tests import builders
from tests.invoicing.public_pages import enter, form_of, link_of, mails_to, visitor

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def invoice(organization: Any) -> Any:
    customer = builders.make_customer(organization, email="faktura@kunde.example")
    lines = [builders.line("Rådgivning"), builders.line("Reise")]
    return builders.make_finalized_invoice(organization, customer, lines)


def _enquiries(organization: Any) -> list[Enquiry]:
    with builders.in_organization(organization):
        return list(Enquiry.objects.of(organization).select_related("hold", "line").order_by("said_at"))


def test_a_question_is_kept_told_and_shown(organization: Any, owner: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)
    typed = form_of(browser, page, reply_to="kari@kunde.example", sender_name="Kari", lang="en")

    answer = browser.post(page + "say/", typed, follow=True)

    [enquiry] = _enquiries(organization)
    assert (enquiry.kind, enquiry.text, enquiry.reply_to) == ("question", "Hva gjelder linje 2?", "kari@kunde.example")
    assert (enquiry.link_id, enquiry.hold, enquiry.is_open) == (link_of(organization, page).pk, None, True)
    text = answer.content.decode()
    assert "You will get an answer" in text
    assert "Hva gjelder linje 2?" in text
    with builders.in_organization(organization):
        [notice] = Notice.objects.of(organization).filter(user=owner, kind="enquiry.made")
        assert notice.link == f"enquiries/{enquiry.pk}/"
        line = AuditEntry.objects.of(organization).get(verb="enquiry.made")
        assert (line.actor_kind, line.actor_name, line.subject_id) == ("customer", "Kari", invoice.pk)


def test_m_010_a_dispute_holds_the_whole_claim_at_once(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)

    browser.post(page + "say/", form_of(browser, page, kind="dispute", text="Feil pris"))

    [enquiry] = _enquiries(organization)
    assert enquiry.hold is not None
    assert (enquiry.hold.kind, enquiry.hold.amount, enquiry.hold.reason) == ("dispute", None, "Feil pris")
    assert enquiry.hold.receivable_id == invoice.receivable_id


def test_a_dispute_of_one_line_holds_what_that_line_asks_for(organization: Any, invoice: Any) -> None:
    _first, second = builders.lines_of(organization, invoice)
    browser, page = enter(organization, invoice)

    browser.post(page + "say/", form_of(browser, page, kind="dispute", text="Ikke levert", line=str(second.pk)))

    [enquiry] = _enquiries(organization)
    assert enquiry.line == second
    assert enquiry.hold is not None
    assert enquiry.hold.amount == invoice.payable_amount / 2


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"kind": "wrong_recipient", "value": "Havn Drift AS"}, ("Havn Drift AS", None)),
        ({"kind": "wrong_reference", "value": "PO-7731"}, ("PO-7731", None)),
        ({"kind": "paid", "text": ""}, ("", None)),
        ({"kind": "later_date", "wished_date": "2026-12-24"}, ("", date(2026, 12, 24))),
    ],
)
def test_everything_else_is_a_task_and_holds_nothing(
    organization: Any, invoice: Any, typed: dict[str, Any], kept: tuple[str, date | None]
) -> None:
    if "wished_date" in typed:
        kept = ("", date.today() + timedelta(days=30))  # noqa: DTZ011 - the form asks the real clock too
        typed = {**typed, "wished_date": str(kept[1])}
    browser, page = enter(organization, invoice)

    answer = browser.post(page + "say/", form_of(browser, page, **typed))

    assert answer.status_code == 302
    [enquiry] = _enquiries(organization)
    assert (enquiry.kind, enquiry.value, enquiry.wished_date) == (typed["kind"], *kept)
    with builders.in_organization(organization):
        assert not Hold.objects.of(organization).exists()


def test_the_same_form_twice_is_one_enquiry_and_one_hold(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)
    typed = form_of(browser, page, kind="dispute", text="Feil pris")

    for _time in range(2):
        assert browser.post(page + "say/", typed).status_code == 302

    assert len(_enquiries(organization)) == 1
    with builders.in_organization(organization):
        assert Hold.objects.of(organization).count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "null\x00tegn"}, "text"),
        ({"kind": "no-such-kind"}, "kind"),
        ({"kind": "dispute", "text": ""}, "text"),
        ({"kind": "dispute", "line": "not-a-line"}, "line"),
        ({"kind": "wrong_recipient"}, "value"),
        ({"kind": "later_date"}, "wished_date"),
        ({"kind": "in_parts"}, "wished_count"),
        ({"kind": "in_parts", "wished_count": "1"}, "wished_count"),
        ({"kind": "later_date", "wished_date": "2020-01-01"}, "wished_date"),
        ({"reply_to": "kari@kunde.example\r\nBcc: alle@kunde.example"}, "reply_to"),
        ({"key": "not-a-key"}, "key"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    organization: Any, invoice: Any, typed: dict[str, Any], field: str
) -> None:
    browser, page = enter(organization, invoice)

    answer = browser.post(page + "say/", form_of(browser, page, **typed))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert _enquiries(organization) == []


def test_the_line_of_another_document_cannot_be_disputed(organization: Any, invoice: Any) -> None:
    other = builders.make_finalized_invoice(organization)
    [line] = builders.lines_of(organization, other)
    browser, page = enter(organization, invoice)

    assert browser.post(page + "say/", form_of(browser, page, kind="dispute", line=str(line.pk))).status_code == 422
    said, link = Said("dispute", "Feil", line_id=line.pk), link_of(organization, page)
    with builders.in_organization(organization), pytest.raises(enquiries.LineIsNotThere):
        enquiries.make_enquiry(organization, link.pk, said, key="one", now=NOW)


def test_a_flood_is_stopped(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)

    answers = [browser.post(page + "say/", form_of(browser, page)) for _time in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert len(_enquiries(organization)) == 10


def test_whoever_holds_another_link_does_not_read_it(organization: Any, invoice: Any) -> None:
    browser, page = enter(organization, invoice)
    browser.post(page + "say/", form_of(browser, page, text="Bare mellom oss"))
    other, other_page = enter(organization, invoice)

    assert "Bare mellom oss" in browser.get(page).content.decode()
    assert "Bare mellom oss" not in other.get(other_page).content.decode()
    assert visitor().post(page + "say/", {"kind": "paid", "key": str(uuid4())}).status_code == 404


def test_markup_is_shown_as_text(organization: Any, invoice: Any, owner: Any, client_of: Any) -> None:
    hostile = "<script>alert(1)</script>"
    browser, page = enter(organization, invoice)
    browser.post(page + "say/", form_of(browser, page, text=hostile, sender_name=hostile))
    [enquiry] = _enquiries(organization)
    staff = client_of(owner)

    for text in (
        browser.get(page).content.decode(),
        staff.get(f"/nordlys/enquiries/{enquiry.pk}/").content.decode(),
        staff.get("/nordlys/enquiries/").content.decode(),
        staff.get(f"/nordlys/invoices/{invoice.pk}/enquiries/").content.decode(),
    ):
        assert hostile not in text
        assert "&lt;script&gt;" in text


def test_an_answer_closes_it_is_mailed_and_stands_on_the_page(
    organization: Any, invoice: Any, accountant: Any, client_of: Any
) -> None:
    browser, page = enter(organization, invoice)
    browser.post(page + "say/", form_of(browser, page, kind="dispute", text="Feil pris", reply_to="kari@kunde.example"))
    [enquiry] = _enquiries(organization)
    staff = client_of(accountant)
    assert "Feil pris" in staff.get("/nordlys/enquiries/").content.decode()

    answer = staff.post(
        f"/nordlys/enquiries/{enquiry.pk}/", {"text": "Prisen er som avtalt.", "releases_hold": "on"}, follow=True
    )
    builders.run_background()

    assert answer.status_code == 200
    [enquiry] = _enquiries(organization)
    assert (enquiry.answer, enquiry.answered_by) == ("Prisen er som avtalt.", str(accountant))
    assert enquiry.hold is not None
    assert enquiry.hold.released_at is not None
    [message] = mails_to(organization, "kari@kunde.example")
    assert "Prisen er som avtalt." in message.text
    assert "/i/" in message.text
    assert organization.email in message.sender
    assert "Prisen er som avtalt." in browser.get(page).content.decode()
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="enquiry.answered").count() == 1


def test_an_answer_that_could_not_be_mailed_says_so(
    organization: Any, invoice: Any, owner: Any, client_of: Any
) -> None:
    enquiry = builders.make_enquiry(organization, invoice, reply_to="kari@kunde.example")
    staff = client_of(owner)
    staff.post(f"/nordlys/enquiries/{enquiry.pk}/", {"text": "Svaret"})
    with builders.in_organization(organization):
        OutboxRow.objects.of(organization).filter(key=f"answer:{enquiry.pk}").update(state="failed")

    page = staff.get(f"/nordlys/enquiries/{enquiry.pk}/")

    assert page.context["has_mail_failed"]
    assert 'class="note bad"' in page.content.decode()


def test_what_waits_stands_on_the_overview(
    organization: Any, invoice: Any, owner: Any, auditor: Any, client_of: Any
) -> None:
    builders.make_enquiry(organization, invoice)

    assert client_of(owner).get("/nordlys/").context["tasks"].enquiries == 1
    assert client_of(auditor).get("/nordlys/").context["tasks"].enquiries == 0


def test_it_may_be_closed_while_the_claim_stays_held(organization: Any, invoice: Any, owner: Any) -> None:
    enquiry = builders.make_enquiry(organization, invoice, kind="dispute", text="Feil")

    with builders.in_organization(organization):
        enquiries.answer_enquiry(organization, enquiry.pk, Reply(), actor=Actor.person(owner), now=NOW)

    [closed] = _enquiries(organization)
    assert not closed.is_open
    assert closed.hold is not None
    assert closed.hold.released_at is None


def test_a_later_day_is_granted_as_a_promise(organization: Any, invoice: Any, owner: Any, client_of: Any) -> None:
    until = date.today() + timedelta(days=20)  # noqa: DTZ011 - the form asks the real clock too
    enquiry = builders.make_enquiry(organization, invoice, kind="later_date", text="", wished_date=until)

    client_of(owner).post(f"/nordlys/enquiries/{enquiry.pk}/", {"text": "Det går fint.", "granted_until": str(until)})

    [answered] = _enquiries(organization)
    assert answered.hold is not None
    assert (answered.hold.kind, answered.hold.until) == ("promise", until)


def test_instalments_are_asked_for_and_granted_as_a_plan(
    organization: Any, invoice: Any, owner: Any, client_of: Any
) -> None:
    first = date.today() + timedelta(days=20)  # noqa: DTZ011 - the form asks the real clock too
    enquiry = builders.make_enquiry(organization, invoice, kind="in_parts", text="", wished_count=3)
    staff, address = client_of(owner), f"/nordlys/enquiries/{enquiry.pk}/"
    page = staff.get(address)
    assert page.context["form"]["granted_count"].value() == 3
    assert staff.post(address, {"text": "Ja.", "granted_count": "3", "granted_from": ""}).status_code == 422

    staff.post(address, {"text": "Det går fint.", "granted_count": "3", "granted_from": str(first)})

    [answered] = _enquiries(organization)
    assert answered.hold is not None
    assert answered.hold.kind == "instalments"
    with builders.in_organization(organization):
        parts = list(answered.hold.instalments.order_by("position").values_list("due_date", "amount"))
        owed = queries.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id].currency_amount
    assert len(parts) == 3
    assert parts[0][0] == first
    assert sum(amount for _day, amount in parts) == owed


def test_it_is_answered_once(organization: Any, invoice: Any, owner: Any, client_of: Any) -> None:
    enquiry = builders.make_enquiry(organization, invoice)
    staff = client_of(owner)
    staff.post(f"/nordlys/enquiries/{enquiry.pk}/", {"text": "Første svar"})

    again = staff.post(f"/nordlys/enquiries/{enquiry.pk}/", {"text": "Andre svar"})

    assert again.status_code == 422
    assert [one.answer for one in _enquiries(organization)] == ["Første svar"]


def test_a_question_is_not_closed_without_a_word(organization: Any, invoice: Any, owner: Any, client_of: Any) -> None:
    enquiry = builders.make_enquiry(organization, invoice)

    assert client_of(owner).post(f"/nordlys/enquiries/{enquiry.pk}/", {"text": ""}).status_code == 422

    assert _enquiries(organization)[0].is_open


def test_what_is_disputed_is_corrected_with_the_customer_s_words_and_line(
    organization: Any, invoice: Any, owner: Any, client_of: Any
) -> None:
    _first, second = builders.lines_of(organization, invoice)
    other = builders.make_enquiry(organization, builders.make_finalized_invoice(organization), text="Noe annet")
    browser, page = enter(organization, invoice)
    browser.post(page + "say/", form_of(browser, page, kind="dispute", text="Ikke\nlevert", line=str(second.pk)))
    [enquiry] = [each for each in _enquiries(organization) if each.invoice_id == invoice.pk]
    client = client_of(owner)

    shown = client.get(f"/nordlys/enquiries/{enquiry.pk}/").content.decode()
    [address] = re.findall(r'href="(/nordlys/\S+\?enquiry=\S+)"', shown)
    begun = client.get(address).context
    strangers = client.get(address.partition("?")[0], {"enquiry": str(other.pk)}).context

    assert begun["form"]["reason"].value() == "Ikke levert"
    assert [row["is_chosen"] for row in begun["rows"]] == [False, True]
    assert strangers["form"]["reason"].value() is None
    assert [row["is_chosen"] for row in strangers["rows"]] == [True, True]


def test_others_neither_see_nor_answer_it(
    organization: Any, invoice: Any, auditor: Any, stranger: Any, client_of: Any
) -> None:
    enquiry = builders.make_enquiry(organization, invoice)
    address = f"/nordlys/enquiries/{enquiry.pk}/"

    assert client_of(auditor).post(address, {"text": "Hei"}).status_code == 403
    assert client_of(stranger).get(address).status_code == 404
    assert client_of(stranger).get(f"/fremmed/enquiries/{enquiry.pk}/").status_code == 404
    assert _enquiries(organization)[0].is_open


def test_what_is_settled_or_credited_holds_nothing(organization: Any, invoice: Any) -> None:
    note = builders.make_credit_note_draft(organization, invoice)
    [credit_note] = builders.finalize_drafts(organization, [note.pk])

    for document in (invoice, credit_note):
        assert builders.make_enquiry(organization, document, kind="dispute", text="Feil").hold is None


def test_the_database_keeps_one_enquiry_per_form(organization: Any, invoice: Any) -> None:
    enquiry = builders.make_enquiry(organization, invoice)

    with builders.in_organization(organization), pytest.raises(IntegrityError), transaction.atomic():
        Enquiry.objects.create(organization=organization, invoice_id=invoice.pk, kind="paid", key=enquiry.key)
