"""Receipts: what was paid and what is left, in the customer's language, to whoever is to have one, once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.utils import timezone

from foundation.errors import DomainError
from invoicing.actions import papers as actions
from invoicing.file_proof import file_problems
from invoicing.models import CustomerPaper, Delivery, DocumentFile
from invoicing.papers.letter import Post, said_by
from invoicing.tasks.papers import sweep_receipts
from payments.actions.online import record_provider_payment
from tenants.models import AuditEntry, Notice, Organization
from tests import builders
from tests.invoicing import papers_world as world
from tests.invoicing.deliveries import told
from tests.invoicing.pdf_checker import attached_files, failures
from tests.payments import online_world as online
from tests.payments.by_hand import pay


def test_m_116_a_receipt_is_an_archive_pdf_that_says_what_the_ledger_says(organization: Organization) -> None:
    customer = builders.make_customer(organization, language="nb")
    paid = builders.make_finalized_invoice(organization, customer)
    part = builders.make_finalized_invoice(organization, customer)
    whole = paid.payable_amount
    payment = pay(organization, str(whole + 100), paid.receivable_id, part.receivable_id)

    paper = world.receipt_of(organization, payment.pk)
    [delivery] = world.sent(organization, paper)

    data = world.pdf_of(organization, paper)
    text = world.text_of(data)
    assert failures(data) == []
    assert attached_files(data) == {}
    assert "Kvittering" in text
    assert "Bankoverføring" in text
    for amount in (whole, whole + 100, Decimal("100.00"), part.payable_amount - 100):
        assert f"{amount:,.2f}".replace(",", " ").replace(".", ",") in text, text
    assert (delivery.state, delivery.subject_kind) == ("sent", "receipt")
    [mail] = world.mails(organization)
    assert mail.to == customer.email
    assert mail.subject.startswith("Kvittering fra Nordlys Rådgivning AS: ")
    # The invoices that it pays come with it.
    assert mail.files == (
        f"Kvittering-{paper.day.isoformat()}.pdf",
        f"Faktura-{paid.number}.pdf",
        f"Faktura-{part.number}.pdf",
    )


@pytest.mark.parametrize(
    ("language", "title"), [("da", "Kvittering"), ("sv", "Kvitto"), ("en", "Receipt"), ("nb", "Kvittering")]
)
def test_m_116_it_is_written_in_the_customer_s_language(organization: Organization, language: str, title: str) -> None:
    customer = builders.make_customer(organization, language=language)
    payment = pay(organization, "500.00", customer_id=customer.pk)

    paper = world.receipt_of(organization, payment.pk)
    world.sent(organization, paper)

    assert paper.language == language
    assert title in world.text_of(world.pdf_of(organization, paper))
    assert world.mails(organization)[0].subject.startswith(title)


def test_the_same_words_are_the_same_paper_and_the_same_bytes(organization: Organization) -> None:
    invoice = builders.make_finalized_invoice(organization)
    payment = pay(organization, "500.00", invoice.receivable_id)

    first, again = world.receipt_of(organization, payment.pk), world.receipt_of(organization, payment.pk)
    world.sent(organization, first)
    before = world.pdf_of(organization, first)
    world.sent(organization, first)  # under the same key: nothing more
    world.sent(organization, first, key="two")

    assert first == again
    assert len(world.mails(organization)) == 2
    with builders.in_organization(organization):
        assert DocumentFile.objects.of(organization).filter(subject_id=first.pk).count() == 1
        assert list(file_problems(organization, now=timezone.now())) == []
        said = said_by(CustomerPaper.objects.of(organization).get(pk=first.pk))
        assert actions.pdf_of(organization, said, moment=first.made_at) == before
    pay(organization, "100.00", invoice.receivable_id)  # what is left is less: another paper
    assert world.receipt_of(organization, payment.pk) != first


def test_nothing_is_made_of_money_that_is_nobody_s_or_never_came(organization: Organization) -> None:
    from payments.actions.applying import reverse_payment

    nobody_s = pay(organization, "500.00")
    taken_back = pay(organization, "500.00", customer_id=builders.make_customer(organization).pk)
    with builders.in_organization(organization):
        reverse_payment(
            organization,
            taken_back.pk,
            reason="Kom aldri",
            actor=builders.actor_of(organization),
            day=builders.TODAY,
            now=world.NOW,
        )
    for payment in (nobody_s, taken_back):
        with pytest.raises(DomainError):
            world.receipt_of(organization, payment.pk)
    with builders.in_organization(organization):
        assert not CustomerPaper.objects.of(organization).exists()


def test_m_081_m_088_manual_money_gets_no_receipt_by_itself_and_online_money_gets_two(
    organization: Organization,
) -> None:
    customer = builders.make_customer(organization)
    invoice = builders.make_finalized_invoice(organization, customer)
    pay(organization, "10.00", invoice.receivable_id)
    assert sweep_receipts() == 0
    assert invoice.receivable_id is not None
    account = online.demo_account(organization)
    attempt = online.begin(organization, account, invoice.receivable_id)
    with builders.in_organization(organization):
        record_provider_payment(organization, attempt.pk, online.paid(attempt), now=timezone.now())

    assert sweep_receipts() == 1
    assert sweep_receipts() == 0
    builders.run_background()

    with builders.in_organization(organization):
        rows = list(Delivery.objects.of(organization).filter(subject_kind="receipt").order_by("is_copy"))
    ours = actions.company_address(organization)
    assert [(row.recipient, row.is_copy, row.state) for row in rows] == [
        (customer.email, False, "sent"),
        (ours, True, "sent"),
    ]
    assert all(not mail.cc for mail in world.mails(organization))  # the customer is not told of our own copy


def test_a_receipt_that_does_not_arrive_is_told_to_who_sent_it(organization: Organization, owner: object) -> None:
    from tenants.audit import Actor

    payment = pay(organization, "500.00", customer_id=builders.make_customer(organization).pk)
    paper = world.receipt_of(organization, payment.pk)
    post = Post(to="borte@havglott.example", key="one")
    with builders.in_organization(organization):
        actions.send_paper(organization, paper.pk, post, actor=Actor.person(owner), now=world.NOW)  # type: ignore[arg-type]
    builders.run_background()
    [delivery] = world.deliveries_of(organization, paper)

    told(organization, delivery, "bounced", reason="550 no such user")

    with builders.in_organization(organization):
        notice = Notice.objects.of(organization).get(kind="paper.lost")
        assert notice.link == f"payments/{payment.pk}/receipt/"
        verbs = AuditEntry.objects.of(organization).filter(subject_id=paper.pk).values_list("verb", flat=True)
        assert {"paper.made", "paper.sent", "delivery.bounced"} <= set(verbs)


def test_the_database_refuses_to_change_a_paper(organization: Organization) -> None:
    payment = pay(organization, "500.00", customer_id=builders.make_customer(organization).pk)
    paper = world.receipt_of(organization, payment.pk)
    rows = CustomerPaper.objects.of(organization).filter(pk=paper.pk)
    with builders.in_organization(organization):
        for change in (lambda: rows.update(made_at=timezone.now() - timedelta(days=1)), rows.delete):
            with pytest.raises((ProgrammingError, InternalError, psycopg.Error)), transaction.atomic():
                change()


def test_an_erased_person_leaves_the_receipt_and_nobody_s_address(organization: Organization) -> None:
    from config.erasure import erase_person

    person = builders.make_customer(organization, kind="consumer", organization_number="", name="Planta Prøvesen")
    payment = pay(organization, "500.00", customer_id=person.pk)
    paper = world.receipt_of(organization, payment.pk)
    world.sent(organization, paper)

    with builders.in_organization(organization):
        remains = erase_person(
            organization, person.pk, None, typed=person.name, actor=builders.actor_of(organization), now=world.NOW
        )

    assert remains  # the money is in the books, and so is its receipt
    [delivery] = world.deliveries_of(organization, paper)
    assert "post@" not in delivery.recipient
    assert "Planta" not in delivery.recipient_name
    with builders.in_organization(organization):
        assert not any("Planta" in str(line.facts) for line in AuditEntry.objects.of(organization))
