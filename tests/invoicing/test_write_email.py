"""The composer: what it begins with, what is seen, tested and sent, and what is refused by name."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from customers.models import Contact
from invoicing.dispatching import queries as sendings
from invoicing.models import Correction, Delivery, DeliverySettings, Dispatch, DocumentText, Invoice, PublicLink, Sender
from tenants.models import AuditEntry, Organization
from tests import builders


def _url(organization: Organization, invoice: Invoice, more: str = "") -> str:
    return f"/{organization.slug}/invoices/{invoice.pk}/send/{more}"


def _typed(**changes: Any) -> dict[str, Any]:
    return {
        "to": "post@havglott.example",
        "cc": "",
        "sender": "company",
        "reply_to": "",
        "subject": "Faktura {number}",
        "body": "Hei, her er den: {link}",
        "attach_pdf": "on",
        "key": "k1",
        **changes,
    }


def _caught(tmp_path: Path, organization: Organization) -> list[Any]:
    files = sorted((tmp_path / "mail" / str(organization.pk)).glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def _deliveries(organization: Organization) -> list[Delivery]:
    with builders.in_organization(organization):
        return list(Delivery.objects.of(organization).select_related("dispatch").order_by("is_copy", "recipient"))


def test_m_101_the_composer_begins_with_contact_words_and_preview(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    page = client_of(owner).get(_url(organization, invoice)).content.decode()

    assert 'value="post@havglott.example"' in page
    assert f"Faktura {invoice.number} fra Nordlys Rådgivning AS" in page
    assert "Vi endrer aldri kontonummer" in page
    assert invoice.kid in page


def test_m_097_what_was_written_is_sent_and_new_addresses_become_contacts(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    typed = _typed(to="Kari Ny <kari@havglott.example>", cc="en@havglott.example; to@havglott.example")

    answer = client_of(owner).post(_url(organization, invoice), typed)
    builders.run_background()

    assert answer.status_code == 302
    assert [(one.recipient, one.state, one.is_copy) for one in _deliveries(organization)] == [
        ("kari@havglott.example", "sent", False),
        ("en@havglott.example", "sent", True),
        ("to@havglott.example", "sent", True),
    ]
    mails = _caught(tmp_path, organization)
    assert {mail["Subject"] for mail in mails} == {f"Faktura {invoice.number}"}
    assert all("/i/" in mail.get_body(("plain",)).get_content() for mail in mails)
    with builders.in_organization(organization):
        found = Contact.objects.of(organization).values_list("name", "email")
        assert ("Kari Ny", "kari@havglott.example") in set(found)
        assert len(found) == 3


def test_the_same_form_sent_twice_sends_once(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)

    for _time in range(2):
        client.post(_url(organization, invoice), _typed())
    client.post(_url(organization, invoice), _typed(key="k2"))
    builders.run_background()

    assert len(_caught(tmp_path, organization)) == 2
    with builders.in_organization(organization):
        assert list(Dispatch.objects.of(organization).order_by("made_at").values_list("kind", flat=True)) == [
            "first",
            "again",
        ]
    page = client.get(_url(organization, invoice)).content.decode()
    assert page.count("post@havglott.example</bdi>") == 2


def test_a_test_goes_to_its_writer_and_counts_as_no_sending(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    page = client_of(owner).post(_url(organization, invoice), _typed(then="test"))
    builders.run_background()

    assert page.status_code == 200
    [mail] = _caught(tmp_path, organization)
    assert mail["To"].addresses[0].addr_spec == owner.email
    assert mail["Subject"].startswith("[Test] ")
    with builders.in_organization(organization):
        assert sendings.standing_of(sendings.deliveries_of(organization, invoice.pk)) == ""


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"to": ""}, "to", "hvem"),
        ({"to": "not an address"}, "to", "not an address"),
        ({"to": "a@b.example\r\nBcc: c@d.example"}, "to", ""),
        ({"subject": "Hei\r\nBcc: c@d.example"}, "subject", ""),
        ({"cc": ",".join(f"k{n}@kunde.example" for n in range(200))}, "cc", "200"),
        ({"cc": "ok@kunde.example, broken"}, "cc", "broken"),
        ({"subject": "Faktura {nummer}"}, "subject", "{nummer}"),
        ({"body": "Hei {"}, "body", "{"),
        ({"sender": "019a0000-0000-7000-8000-000000000000"}, "sender", ""),
        ({"reply_to": "x"}, "reply_to", ""),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(
    organization: Organization, client_of: Any, changes: dict[str, str], field: str, words: str
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(builders.user_of("owner@nordlys.example"))

    page = client.post(_url(organization, invoice), _typed(**changes))

    assert page.status_code == 422
    errors = page.context["form"].errors
    assert set(errors) == {field}
    assert words == "hvem" or words in str(errors[field][0])
    assert _deliveries(organization) == []


def test_m_102_the_preview_says_what_the_mail_says_in_the_customer_s_language(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    customer = builders.make_customer(organization, language="en")
    invoice = builders.make_finalized_invoice(organization, customer)
    client: Client = client_of(owner)
    typed = _typed(body="Dear {customer}, pay {amount} by {due_date}. {link}")

    seen = client.post(_url(organization, invoice, "preview/"), typed)
    client.post(_url(organization, invoice), typed)
    builders.run_background()

    page = seen.context["page"]
    [mail] = _caught(tmp_path, organization)
    html = mail.get_body(("html",)).get_content()
    assert page.language == "en"
    for said in (page.subject, page.heading, page.amount, page.due, page.button, page.warning, page.identity):
        assert said in html
        assert said in seen.content.decode()
    for row in page.rows:
        assert row.value in html
    assert "Dear Havgløtt Verksted AS, pay 3,125.00\u00a0NOK by" in html


def test_the_preview_stores_nothing_and_names_what_cannot_be_filled_in(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    seen = client_of(owner).post(_url(organization, invoice, "preview/"), _typed(subject="{oops}"))

    assert seen.status_code == 200
    assert "{oops}" in seen.content.decode()
    assert _deliveries(organization) == []
    with builders.in_organization(organization):
        assert not PublicLink.objects.of(organization).exists()


def test_m_104_m_105_a_mail_of_one_s_own_is_an_event_and_no_sending(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)

    page = client_of(owner).post(_url(organization, invoice, "own/")).content.decode()

    assert "/i/" in page
    assert _deliveries(organization) == []
    with builders.in_organization(organization):
        assert AuditEntry.objects.of(organization).filter(verb="link.copied").count() == 1


def test_m_096_m_106_a_link_to_another_document_can_be_inserted(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization)
    invoice = builders.make_finalized_invoice(organization, customer)
    other = builders.make_finalized_invoice(organization, customer)
    elsewhere = builders.make_finalized_invoice(organization)
    client = client_of(owner)

    page = client.post(_url(organization, invoice), _typed(then="insert", other=str(other.pk)))
    refused = client.post(_url(organization, invoice), _typed(then="insert", other=str(elsewhere.pk)))

    assert f"{other.number}: http" in page.context["form"]["body"].value()
    assert refused.status_code == 404
    assert _deliveries(organization) == []


def test_the_organization_s_own_words_stand_in_for_ours(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    with builders.in_organization(organization):
        for place, text in (("mail_subject_invoice", "Regning {number}"), ("mail_body_invoice", "Takk, {customer}!")):
            DocumentText.objects.create(organization=organization, place=place, language="nb", text=text)
    invoice = builders.make_finalized_invoice(organization)

    page = client_of(owner).get(_url(organization, invoice))

    assert page.context["form"]["subject"].value() == f"Regning {invoice.number}"
    assert page.context["form"]["body"].value() == "Takk, Havgløtt Verksted AS!"


def test_a_broken_text_is_never_found_out_when_sending(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        DocumentText.objects.create(
            organization=organization, place="mail_body_invoice", language="nb", text="Hei {noe}"
        )

    answer = client_of(owner).post(
        f"/{organization.slug}/settings/texts/save/?language=nb", {"mail_body_invoice": "Hei {noe}"}
    )
    assert answer.status_code == 422
    assert "{noe}" in answer.context["form"].errors["mail_body_invoice"][0]

    page = client_of(owner).get(_url(organization, invoice))
    assert "{noe}" not in page.context["form"]["body"].value()


def test_the_new_invoice_of_a_correction_says_what_changed(
    organization: Organization, owner: Any, client_of: Any
) -> None:
    from invoicing.actions import checks, finalize

    invoice = builders.make_finalized_invoice(organization)
    correction = builders.make_correction(organization, invoice)
    with builders.in_organization(organization):
        Correction.objects.of(organization).filter(pk=correction.pk).update(message="Prisen er nå riktig.")
        halves = [correction.credit_note_id, correction.replacement_id]
        checks.check_drafts(organization, halves, today=builders.TODAY)
        finalize.finalize_invoices(organization, halves, actor=builders.actor_of(organization), today=builders.TODAY)

    page = client_of(owner).get(f"/{organization.slug}/invoices/{correction.replacement_id}/send/")

    assert f"i stedet for {invoice.number}" in page.context["form"]["subject"].value()
    assert "Prisen er nå riktig." in page.context["form"]["body"].value()


def test_m_099_a_member_s_own_address_is_offered_only_where_the_settings_allow_it(
    organization: Organization, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)
    refused = client.post(_url(organization, invoice), _typed(sender="own"))
    with builders.in_organization(organization):
        DeliverySettings.objects.create(organization=organization, may_use_own_address=True)
    client.post(_url(organization, invoice), _typed(sender="own"))
    builders.run_background()

    assert set(refused.context["form"].errors) == {"sender"}
    [mail] = _caught(tmp_path, organization)
    assert mail["From"].addresses[0].addr_spec == owner.email


def test_the_first_chosen_sender_is_used_from_then_on(organization: Organization, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        team = Sender.objects.create(organization=organization, name="Team", address="team@nordlys.example")

    client_of(owner).post(_url(organization, invoice), _typed(sender=str(team.pk)))

    with builders.in_organization(organization):
        assert Sender.objects.of(organization).get(is_default=True).pk == team.pk


def test_a_draft_is_not_sent(organization: Organization, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)

    client_of(owner).post(_url(organization, draft), _typed())

    assert _deliveries(organization) == []


def test_another_organization_finds_nothing(
    organization: Organization, other_organization: Organization, owner: Any, client_of: Any
) -> None:
    invoice = builders.make_finalized_invoice(other_organization)

    assert client_of(owner).get(_url(organization, invoice)).status_code == 404
    assert client_of(owner).get(_url(other_organization, invoice)).status_code == 404


def test_a_case_worker_does_not_send(organization: Organization, case_worker: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)

    assert client_of(case_worker).post(_url(organization, invoice), _typed()).status_code == 403
    assert _deliveries(organization) == []


def test_the_composer_asks_few_questions_however_much_was_sent(
    organization: Organization, owner: Any, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    invoice = builders.make_finalized_invoice(organization)
    client = client_of(owner)
    for place in range(3):
        client.post(_url(organization, invoice), _typed(key=f"k{place}"))

    with django_assert_max_num_queries(30):
        client.get(_url(organization, invoice))
