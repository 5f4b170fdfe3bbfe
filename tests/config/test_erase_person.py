"""What is kept of a person is given out whole, and erased everywhere but in the books."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing_backlog.models import BillingAutomation, Quote
from config import verification
from config.importing.customers import CustomerImport
from customers.actions import customers as customer_actions
from customers.actions.erasure import CustomerIsErased
from customers.actions.importing import Incoming, import_customers
from customers.actions.national_ids import keep_national_id
from customers.models import Contact, Customer
from invoicing.actions import drafts
from invoicing.actions.deliveries import tell_delivery
from invoicing.actions.dispatch import dispatch_document
from invoicing.actions.spells import close_spells
from invoicing.dispatching.plain import Letter, News, Recipient, Sending
from invoicing.dispatching.queries import deliveries_of_dispatch
from invoicing.models import (
    Delivery,
    DraftVersion,
    Enquiry,
    Invoice,
    InvoiceFollowUp,
    PublicLink,
    ReceivedMessage,
    SavedView,
)
from payments.models import Hold
from tenants import audit, jobs, notices, sealing
from tenants.context import organization_context
from tenants.models import AuditEntry, AuditErasure, RecordVersion
from tests import builders, databases
from tests.billing_backlog.automation_rows import decide, plan_visit
from tests.billing_backlog.quote_rows import make_quote, send
from tests.committed_world import database_name
from tests.customers.test_national_id import some_number
from tests.invoicing.proof_packs import check, period_pack

NUMBER = some_number("1583")
NAME = "Perpetua Plantefelt"
PLANTED = (
    NAME, "perpetua@plantet.example", "+47 99887766", "Plantegata 17", "Plantested", "Plantet notat",
    "Plantet egenskap", "Konrad Kjennetegn", "konrad@plantet.example", "Tidligere Plantenavn", "Plantet utkast",
    "Plantet slettet linje", "Plantet tvist", "Plantet returpost", "Plantet svar",
)  # fmt: skip
# Tables of record: what a finalized document says stays in them, and in no other.
OF_RECORD = {"invoicing_invoice", "invoicing_invoiceline", "payments_voucher"}


def plant(organization: Any, owner: Any) -> tuple[Customer, Contact, Invoice, Invoice]:
    """A consumer with everything that can be kept of one: a finalized invoice, drafts, versions, jobs, notices."""
    actor = audit.Actor.person(owner)
    organization.national_id_purpose = "Krav om sikker identifikasjon"
    with builders.in_organization(organization):
        organization.save(update_fields=["national_id_purpose"])
    customer = builders.make_customer(
        organization,
        kind="consumer",
        organization_number="",
        name="Tidligere Plantenavn",
        email="perpetua@plantet.example",
        phone="+47 99887766",
        street="Plantegata 17",
        city="Plantested",
        notes="Plantet notat",
    )
    values = {"name": NAME, "custom_properties": {"x": "Plantet egenskap"}}
    with organization_context(organization.pk), transaction.atomic():
        customer_actions.update_customer(
            organization, customer.pk, values=values, version=customer.version, actor=actor
        )
        contact = customer_actions.add_contact(
            organization,
            customer.pk,
            values={"name": "Konrad Kjennetegn", "email": "konrad@plantet.example"},
            actor=actor,
        )
        keep_national_id(organization, customer.pk, typed=NUMBER, actor=actor)
        customer = Customer.objects.of(organization).get(pk=customer.pk)
    invoice = builders.make_finalized_invoice(organization, customer)
    gone = builders.make_draft(organization, customer, lines=[builders.line("Plantet slettet linje")])
    draft = builders.make_draft(organization, customer, lines=[builders.line("Plantet utkast")], note=f"Hei {NAME}")
    builders.make_attachment(organization, draft, content=b"Dato;Timer\r\n20.11;7,5\r\n21.11;3\r\n")
    with organization_context(organization.pk), transaction.atomic():
        drafts.delete_draft(organization, gone.pk, actor=actor)
        close_spells(organization, [draft])
        follow_up, _new = InvoiceFollowUp.objects.get_or_create(organization=organization, invoice=invoice)
        follow_up.custom_properties = {"y": "Plantet egenskap"}
        follow_up.save()
        job = jobs.start(
            organization, "invoicing.change_many", actor=actor, parameters={}, items=[(invoice.pk, f"10001 {NAME}")]
        )
        news = notices.News(owner.pk, "job.failed", {"problem": f"{NAME} mangler"}, f"jobs/{job.pk}/", "planted")
        notices.tell(organization.pk, [news])
        SavedView.objects.create(
            organization=organization, owner=owner, name="Hennes", filters=[[["customer", "is", [NAME]]]]
        )
    _plant_sendings(organization, invoice, actor)
    return customer, contact, invoice, draft


def _plant_sendings(organization: Any, invoice: Invoice, actor: audit.Actor) -> None:
    """An e-mail that came back, a letter that waits, a link, and what was said on its page."""
    now = timezone.now()
    to = Recipient("email", "perpetua@plantet.example", NAME)
    letter = Letter(subject="Faktura", body=f"Hei {NAME}")
    chain = (Recipient("paper", "Plantegata 17, Plantested", NAME),)
    with organization_context(organization.pk), transaction.atomic():
        act = dispatch_document(
            organization, invoice.pk, Sending("first", "first", (to,), chain, letter), actor=actor, now=now
        )
        [mail] = deliveries_of_dispatch(organization, act)
        for state in ("sent", "bounced"):
            news = News(state, "mail_server", reason=f"{to.address}: Plantet returpost", facts={"to": to.address})
            tell_delivery(organization, mail.pk, news, now=now)
        here = {"organization": organization}
        link = PublicLink.objects.create(
            **here, token_sha256="0" * 64, subject_id=invoice.pk, delivery=mail, recipient=to.address, made_by="Kari"
        )
        assert invoice.receivable_id is not None
        hold = Hold.objects.create(
            **here, receivable_id=invoice.receivable_id, kind="dispute", reason="Plantet tvist", made_by=NAME
        )
        Enquiry.objects.create(
            **here, invoice=invoice, link=link, hold=hold, kind="dispute", text="Plantet tvist", sender_name=NAME,
            reply_to=to.address, key="one", answer="Plantet svar",
        )  # fmt: skip
        ReceivedMessage.objects.create(
            **here, kind="dsn", external_id="1", sha256="0" * 64, delivery=mail, text="Plantet returpost"
        )


def found_in(organization: Any, word: str) -> set[str]:
    """The tables in which a word stands, whoever may read them."""
    tables = set()
    with databases.superuser(database_name()) as session:
        names = session.execute(
            """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"""
        ).fetchall()
        for (table,) in names:
            query = f"SELECT 1 FROM {table} t WHERE to_jsonb(t)::text ILIKE %s LIMIT 1"
            if session.execute(query, [f"%{word}%"]).fetchone():
                tables.add(str(table))
    return tables


def address(customer: Customer, verb: str = "", contact: Contact | None = None) -> str:
    middle = f"contacts/{contact.pk}/" if contact else ""
    return f"/nordlys/customers/{customer.pk}/{middle}person/{verb}"


def problems(organization: Any) -> list[str]:
    sealing.seal_everywhere()
    with organization_context(organization.pk), transaction.atomic():
        return [*sealing.audit_problems(organization, now=timezone.now())]


committed = pytest.mark.django_db(transaction=True, databases=["default", "backup"])


@pytest.fixture
def company(transactional_db: None) -> Any:
    return builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")


@committed
def test_a_person_goes_from_everything_but_the_frozen_documents(company: Any, client_of: Any) -> None:
    owner = builders.user_of("owner@nordlys.example")
    customer, _contact, invoice, draft = plant(company, owner)
    sealing.seal_everywhere()
    assert all(found_in(company, word) for word in PLANTED), "each value was planted somewhere"

    answer = client_of(owner).post(address(customer, "erase/"), {"name": NAME})

    assert answer.status_code == 302
    left = {word: found_in(company, word) - OF_RECORD for word in PLANTED}
    assert {word: tables for word, tables in left.items() if tables} == {}
    with organization_context(company.pk), transaction.atomic():
        erased = Customer.objects.get(pk=customer.pk)
        assert erased.name.endswith(str(customer.number))
        assert (erased.national_id_sealed, erased.national_id_lookup, erased.is_erased) == (None, "", True)
        assert not Invoice.objects.filter(pk=draft.pk).exists()
        stored = Invoice.objects.get(pk=invoice.pk)
        assert NAME in json.dumps(stored.snapshot, ensure_ascii=False)
        assert DraftVersion.objects.filter(invoice_id__in=[draft.pk, invoice.pk]).count() == 0
        assert RecordVersion.objects.filter(subject_id=customer.pk).count() == 0
        sent = dict(Delivery.objects.of(company).values_list("channel", "state"))
        assert sent == {"email": "bounced", "paper": "given_up"}
        assert PublicLink.objects.of(company).filter(revoked_at=None).count() == 0
    assert problems(company) == []
    assert verification.verify_organization(company.pk, now=timezone.now()).problems == ()
    page = client_of(owner).get(address(customer)).content.decode()
    assert NAME not in page
    assert client_of(owner).get(f"/nordlys/invoices/{invoice.pk}/").status_code == 200


@committed
def test_the_chain_tells_when_an_erased_line_is_changed_or_an_erasure_invented(company: Any, client_of: Any) -> None:
    owner = builders.user_of("owner@nordlys.example")
    customer, *_rest = plant(company, owner)
    client_of(owner).post(address(customer, "erase/"), {"name": NAME})
    assert problems(company) == []
    with databases.superuser(database_name()) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("""UPDATE tenants_auditentry SET actor_name = 'En annen'
                           WHERE id IN (SELECT entry_id FROM tenants_auditerasure LIMIT 1)""")
    assert any("has been changed" in problem for problem in problems(company))
    with databases.superuser(database_name()) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("""DELETE FROM tenants_auditerasure
                           WHERE id IN (SELECT id FROM tenants_auditerasure ORDER BY id DESC LIMIT 1)""")
    assert any("marked as erased" in problem for problem in problems(company))


def test_a_person_without_documents_is_gone_altogether(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization, kind="consumer", organization_number="", name=NAME)
    answer = client_of(owner).post(address(customer, "erase/"), {"name": NAME})
    assert answer["Location"] == "/nordlys/customers/"
    with builders.in_organization(organization):
        assert not Customer.objects.filter(pk=customer.pk).exists()
        line = AuditEntry.objects.get(verb="customer.erased")
    assert NAME not in json.dumps(line.facts) + line.subject_label


def test_a_person_is_forgotten_beside_work_and_offers(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization, kind="consumer", organization_number="", name=NAME)
    visit = plan_visit(organization, customer, builders.TODAY, place="Storgata 1", note="Nøkkel hos Kari")
    make_quote(organization, customer)
    sent = make_quote(organization, customer)
    send(organization, sent)
    decide(organization, customer, posting="none")

    client_of(owner).post(address(customer, "erase/"), {"name": NAME})

    with builders.in_organization(organization):
        visit.refresh_from_db()
        [kept] = Quote.objects.all()  # what was never sent is gone
        assert not BillingAutomation.objects.exclude(customer=None).exists()
        assert Customer.objects.get(pk=customer.pk).is_erased  # work still names the row
    assert (visit.place, visit.note, visit.text) == ("", "", "Vinduspuss")
    assert (kept.pk, kept.contact_name, kept.contact_email) == (sent.pk, "", "")


def test_somebody_of_the_same_name_is_left_alone(organization: Any, owner: Any, client_of: Any) -> None:
    customer, *_rest = plant(organization, owner)
    namesake = builders.make_customer(organization, kind="consumer", organization_number="", name=NAME)
    draft = builders.make_draft(organization, namesake)
    client_of(owner).post(address(customer, "erase/"), {"name": NAME})
    with builders.in_organization(organization):
        assert Customer.objects.get(pk=namesake.pk).name == NAME
        assert Invoice.objects.filter(customer_id=namesake.pk).count() == 1
        line = AuditEntry.objects.get(verb="draft.created", subject_id=draft.pk)
    assert line.facts["customer"] == NAME


def test_a_contact_goes_and_the_company_stays(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization, name="Verkstedet AS", contact_name="Konrad Kjennetegn")
    with builders.in_organization(organization):
        contact = customer_actions.add_contact(
            organization,
            customer.pk,
            values={"name": "Konrad Kjennetegn", "email": "konrad@plantet.example", "phone": ""},
            actor=audit.Actor.person(owner),
        )
    draft = builders.make_draft(
        organization, customer, buyer_reference="Konrad Kjennetegn", note="Hilsen til Konrad Kjennetegn!"
    )
    answer = client_of(owner).post(address(customer, "erase/", contact), {"name": "konrad kjennetegn"})
    assert answer.status_code == 302
    with builders.in_organization(organization), connection.cursor() as cursor:
        for table in ("customers_customer", "customers_contact", "tenants_recordversion", "tenants_auditentry",
                      "invoicing_invoice", "invoicing_draftversion"):  # fmt: skip
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text ILIKE '%konrad%'")
            assert cursor.fetchone() == (0,), table
        assert Customer.objects.get(pk=customer.pk).name == "Verkstedet AS"
        assert Invoice.objects.get(pk=draft.pk).note == "Hilsen til !"


def test_another_organization_finds_nobody(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Any
) -> None:
    customer, contact, *_rest = plant(organization, owner)
    for verb in ("", "export/", "erase/"):
        for path in (address(customer, verb), address(customer, verb, contact)):
            theirs = path.replace("/nordlys/", "/fremmed/")
            client = client_of(stranger)
            answer = client.post(theirs, {"name": NAME}) if verb else client.get(theirs)
            assert answer.status_code == 404
    with builders.in_organization(organization):
        assert Customer.objects.get(pk=customer.pk).name == NAME


@pytest.mark.parametrize("role", ["accountant", "project_manager", "case_worker", "auditor"])
def test_only_owners_give_out_and_erase(organization: Any, owner: Any, client_of: Any, role: str) -> None:
    customer, *_rest = plant(organization, owner)
    client = client_of(builders.make_member(organization, role))
    assert client.get(address(customer)).status_code == 403
    assert client.post(address(customer, "export/")).status_code == 403
    assert client.post(address(customer, "erase/"), {"name": NAME}).status_code == 403
    page = client.get(f"/nordlys/customers/{customer.pk}/").content.decode()
    assert "/person/" not in page


def test_nothing_goes_until_the_name_is_typed(organization: Any, owner: Any, client_of: Any) -> None:
    customer, *_rest = plant(organization, owner)
    client = client_of(owner)
    page = client.get(address(customer, "erase/")).content.decode()
    assert NAME in page
    assert "bokføringsloven § 13" in page
    answer = client.post(address(customer, "erase/"), {"name": "Somebody"})
    assert answer.status_code == 422
    with builders.in_organization(organization):
        assert Customer.objects.get(pk=customer.pk).name == NAME
        assert not AuditErasure.objects.exists()


def test_a_business_is_no_person(organization: Any, owner: Any, client_of: Any) -> None:
    customer = builders.make_customer(organization)
    answer = client_of(owner).post(address(customer, "erase/"), {"name": customer.name}, headers={"hx-request": "true"})
    assert answer.status_code == 422
    with builders.in_organization(organization):
        assert Customer.objects.filter(pk=customer.pk, erased_at=None).exists()


def test_twice_is_as_good_as_once_and_nobody_is_taken_into_use_again(
    organization: Any, owner: Any, client_of: Any
) -> None:
    customer, *_rest = plant(organization, owner)
    client = client_of(owner)
    for _time in range(2):
        assert client.post(address(customer, "erase/"), {"name": NAME}).status_code == 302
    client.post(f"/nordlys/customers/{customer.pk}/restore/")
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="customer.erased").count() == 1
        assert Customer.objects.get(pk=customer.pk).is_archived
    assert problems(organization) == []


def test_an_import_brings_nobody_back(organization: Any, owner: Any, client_of: Any) -> None:
    customer, *_rest = plant(organization, owner)
    client_of(owner).post(address(customer, "erase/"), {"name": NAME})
    with builders.in_organization(organization):
        erased = Customer.objects.get(pk=customer.pk)
        incoming, problems = CustomerImport(organization).incoming({"number": str(erased.number), "name": NAME}, erased)
        assert incoming is None
        assert any(erased.name in problem for problem in problems)
        item = Incoming(record_id=erased.pk, values={"name": NAME}, version=erased.version)
        with pytest.raises(CustomerIsErased):
            import_customers(organization, [item], actor=audit.Actor.person(owner), now=timezone.now())


def test_the_application_itself_changes_no_history_and_no_versions(organization: Any, owner: Any) -> None:
    plant(organization, owner)
    with builders.in_organization(organization), connection.cursor() as cursor:
        line = AuditEntry.objects.order_by("id").first()
        assert line is not None
        cursor.execute("SELECT blank_audit_lines(%s::jsonb)", [json.dumps([{"id": str(line.pk), "facts": {}}])])
        assert cursor.fetchone() == (0,)  # its hash is not kept, so its words stay
        ids = list(RecordVersion.objects.filter(subject_kind="organization").values_list("pk", flat=True))
        cursor.execute("SELECT erase_record_versions(%s::uuid[])", [ids])
        assert cursor.fetchone() == (0,)  # what is no person is not forgotten


def test_everything_is_given_out(organization: Any, owner: Any, client_of: Any) -> None:
    customer, _contact, invoice, _draft = plant(organization, owner)
    builders.run_background()
    answer = client_of(owner).post(address(customer, "export/"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    data, index = archive.read("data.json").decode(), archive.read("index.html").decode()
    for word in PLANTED:
        assert word in data, word
    assert NUMBER in data
    assert NAME in index
    kept = json.loads(data)["kept"]
    for table in (
        "customers_customer", "customers_contact", "invoicing_invoice", "invoicing_invoiceline", "payments_receivable",
        "payments_posting", "tenants_recordversion", "tenants_auditentry", "tenants_jobitem", "tenants_notice",
        "invoicing_draftversion", "invoicing_invoicefollowup", "invoicing_attachment", "invoicing_dispatch",
        "invoicing_delivery", "invoicing_deliveryevent", "invoicing_receivedmessage", "invoicing_publiclink",
        "invoicing_enquiry", "payments_hold",
    ):  # fmt: skip
        assert kept.get(table), table
    assert any(name.startswith("attachments/") for name in archive.namelist())
    with builders.in_organization(organization):
        assert AuditEntry.objects.filter(verb="person.exported").count() == 1
        assert AuditEntry.objects.filter(verb="national_id.revealed").count() == 1
    assert str(invoice.number) in data


def test_somebody_elses_data_are_not_given_out(organization: Any, owner: Any, client_of: Any) -> None:
    customer, *_rest = plant(organization, owner)
    other = builders.make_customer(organization, name="Helt Annen AS", email="annen@annen.example")
    builders.make_finalized_invoice(organization, other)
    answer = client_of(owner).post(address(customer, "export/"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert "Helt Annen" not in archive.read("data.json").decode()


def test_a_proof_pack_is_whole_after_an_erasure_and_tells_of_it(
    organization: Any, owner: Any, client_of: Any, tmp_path: Path
) -> None:
    customer, *_rest = plant(organization, owner)
    builders.run_background()
    sealing.seal(organization.pk)
    client_of(owner).post(address(customer, "erase/"), {"name": NAME})
    sealing.seal(organization.pk)
    pack = period_pack(organization, tmp_path)
    said = check(pack, tmp_path / "elsewhere")
    assert said.code == 0, said.problems
    assert "erased on a person" in json.dumps(said.report)
    with zipfile.ZipFile(pack) as archive:
        history = [archive.read(name).decode() for name in archive.namelist() if name.endswith("history.json")]
    assert history
    assert NAME not in "".join(history)


def test_a_contact_is_given_out_without_the_affairs_of_the_company(
    organization: Any, owner: Any, client_of: Any
) -> None:
    customer = builders.make_customer(organization, name="Verkstedet AS")
    with builders.in_organization(organization):
        contact = customer_actions.add_contact(
            organization, customer.pk, values={"name": "Konrad Kjennetegn"}, actor=audit.Actor.person(owner)
        )
    builders.make_finalized_invoice(organization, customer, lines=[builders.line("Hemmelig for Konrad")])
    named = builders.make_finalized_invoice(organization, customer, buyer_reference="Konrad Kjennetegn")
    with builders.in_organization(organization):
        for key, to in (("a", "Konrad Kjennetegn"), ("b", "Hemmelig Mottaker")):
            act = Sending("first", key, (Recipient("email", f"{key}@verkstedet.example", to),))
            dispatch_document(organization, named.pk, act, actor=audit.Actor.person(owner), now=timezone.now())
    answer = client_of(owner).post(address(customer, "export/", contact))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    data = archive.read("data.json").decode()
    assert "Hemmelig" not in data
    numbers = [row["number"] for row in json.loads(data)["kept"]["invoicing_invoice"]]
    assert numbers == [builders.reload_invoice(organization, named).number]
    assert [row["recipient"] for row in json.loads(data)["kept"]["invoicing_delivery"]] == ["a@verkstedet.example"]
    assert "Konrad Kjennetegn" in archive.read("index.html").decode()
