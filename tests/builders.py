"""Plain functions that make the records of a test, with defaults that a reader can forget about."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from billing_backlog.actions import items, proformas
from billing_backlog.actions.ready import mark_ready
from billing_backlog.intake.plain import NewItem
from billing_backlog.models import BacklogItem, Contract, ContractCustomer, ContractLine, Proforma, Project
from config.celery import app as celery_app
from config.opening import open_company
from customers.models import Customer, CustomerNumberSeries, CustomProperty, Product
from foundation import files
from foundation.ids import uuid7
from invoicing.actions import attachments, checks, correct, credit, dispatch, drafts, enquiries, finalize, links
from invoicing.attachments import read_attachment
from invoicing.delivery.folder import put_down
from invoicing.dispatching.plain import Recipient, Sending
from invoicing.models import (
    Attachment,
    Correction,
    Delivery,
    Enquiry,
    Invoice,
    InvoiceLine,
    PrintBatch,
    SavedView,
    Sender,
)
from invoicing.public.plain import Said
from invoicing.public.queries import links_of
from tenants import outbox
from tenants.audit import Actor
from tenants.bank_accounts import request_bank_change
from tenants.context import organization_context
from tenants.models import BankAccount, BankAccountChange, Membership, Organization, User

TODAY = date(2026, 11, 21)
SEED = int(os.environ.get("BILAG_TEST_SEED", "20261121"))
IS_FULL = os.environ.get("BILAG_TEST_SCALE", "quick") == "full"
PASSWORD = "a long enough password"

# Plainly made up, with check digits that hold: organization numbers by modulus 11, accounts likewise.
ORGANIZATION_NUMBERS = {"nordlys": "123456785", "fremmed": "987654325"}
ACCOUNT_NUMBER = "86011117947"
OTHER_ACCOUNT_NUMBER = "12345678911"
CUSTOMER_ORGANIZATION_NUMBER = "810000007"


def scaled(full: int, quick: int) -> int:
    """How many cases this run makes: the full count with `bin/test --full`, a few otherwise."""
    return full if IS_FULL else quick


@contextmanager
def in_organization(organization: Organization) -> Iterator[None]:
    """Inside the organization and one transaction."""
    with organization_context(organization.pk), transaction.atomic():
        yield


def make_organization(slug: str, name: str, *, owner_email: str, **changes: Any) -> Organization:
    """A company with its chart, series, one bank account with a KID agreement, and an owner."""
    owner = User.objects.create_user(owner_email, None, "Olga Owner")
    fields = {
        "organization_number": ORGANIZATION_NUMBERS.get(slug, "123456785"),
        "street": "Bryggeveien 4",
        "postal_code": "0000",
        "city": "Solvik",
        "email": f"faktura@{slug}.example",
        **changes,
    }
    organization = open_company(Organization(slug=slug, name=name, **fields), owner=owner)
    with in_organization(organization):
        BankAccount.objects.create(
            organization=organization, account_number=ACCOUNT_NUMBER, kid_algorithm="mod10", kid_length=10
        )
    return organization


def user_of(email: str) -> User:
    """The user with that address."""
    return User.objects.get(email=email)


def make_member(organization: Organization, role: str) -> User:
    """A person with a role in the organization."""
    user = User.objects.create_user(f"{role}@{organization.slug}.example", None, role.replace("_", " ").title())
    with in_organization(organization):
        Membership.objects.create(organization=organization, user=user, role=role)
    return user


def actor_of(organization: Organization) -> Actor:
    """Somebody who acts for the organization in set-up."""
    return Actor.system(f"Set-up of {organization.name}")


def make_bank_change(organization: Organization) -> BankAccountChange:
    """A change of the company's account that waits; asked for by its owner."""
    with in_organization(organization):
        account = BankAccount.objects.get()
        account.account_number = OTHER_ACCOUNT_NUMBER
        owner = Membership.objects.select_related("user").filter(role="owner").order_by("id")[0].user
        change = request_bank_change(
            organization, account, user=owner, actor=Actor.person(owner), now=datetime.now(UTC)
        )
    assert change is not None
    return change


def make_customer(organization: Organization, **changes: Any) -> Customer:
    """A business with an organization number and a whole address."""
    with in_organization(organization):
        series, _ = CustomerNumberSeries.objects.select_for_update().get_or_create(organization=organization)
        series.last_number += 1
        series.save(update_fields=["last_number"])
        fields = {
            "name": "Havgløtt Verksted AS",
            "organization_number": CUSTOMER_ORGANIZATION_NUMBER,
            "street": "Kaiveien 12",
            "postal_code": "0000",
            "city": "Nordhavn",
            "email": "post@havglott.example",
            "buyer_reference": "PO-7731",
            **changes,
        }
        return Customer.objects.create(organization=organization, number=series.last_number, **fields)


def make_product(organization: Organization, **changes: Any) -> Product:
    """An hour of consulting at 1,250.00."""
    fields = {"number": "100", "name": "Rådgivning", "unit_code": "HUR", "unit_price": Decimal("1250.00"), **changes}
    with in_organization(organization):
        return Product.objects.create(organization=organization, **fields)


def make_property(organization: Organization, **changes: Any) -> CustomProperty:
    """A property of the organization's own: a word chosen on documents."""
    fields = {"subject": "invoice", "name": "Avdeling", "kind": "text", **changes}
    with in_organization(organization):
        return CustomProperty.objects.create(organization=organization, **fields)


def make_view(organization: Organization, owner: User, **changes: Any) -> SavedView:
    """A view that everybody sees: what is overdue, largest first."""
    fields = {"filters": [[["standing", "any", ["overdue"]]]], "sort": "-amount", "is_shared": True, **changes}
    with in_organization(organization):
        return SavedView.objects.create(organization=organization, owner=owner, **{"name": "Store og sene", **fields})


def line(description: str = "Rådgivning", **changes: Any) -> dict[str, Any]:
    """One line as a form would give it: two hours at 1,250.00."""
    return {
        "description": description,
        "quantity": Decimal(2),
        "unit_code": "HUR",
        "unit_price": Decimal("1250.00"),
        **changes,
    }


def make_draft(
    organization: Organization,
    customer: Customer | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
    today: date = TODAY,
    **header: Any,
) -> Invoice:
    """A draft that could be finalized as it is."""
    customer = customer or make_customer(organization)
    with organization_context(organization.pk):
        return drafts.create_draft(
            organization,
            customer=customer,
            header={"delivery_date": today, **header},
            lines=[line()] if lines is None else lines,
            actor=actor_of(organization),
            today=today,
        )


def finalize_drafts(organization: Organization, ids: Sequence[UUID], today: date = TODAY) -> list[Invoice]:
    """Check and finalize drafts as the screens do."""
    with organization_context(organization.pk):
        checks.check_drafts(organization, ids, today=today)
        return finalize.finalize_invoices(organization, ids, actor=actor_of(organization), today=today)


def make_finalized_invoice(
    organization: Organization,
    customer: Customer | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
    today: date = TODAY,
    **header: Any,
) -> Invoice:
    """A numbered, frozen invoice."""
    draft = make_draft(organization, customer, lines, today, **header)
    return finalize_drafts(organization, [draft.pk], today)[0]


def make_credit_note_draft(
    organization: Organization, invoice: Invoice, quantities: Mapping[UUID, Decimal] | None = None
) -> Invoice:
    """A draft that credits the given quantities, or all."""
    with organization_context(organization.pk):
        return credit.credit_invoice(
            organization,
            invoice.pk,
            quantities=quantities,
            reason="Feil antall",
            actor=actor_of(organization),
            today=TODAY,
        )


def make_correction(
    organization: Organization, invoice: Invoice, line_ids: Collection[UUID] | None = None
) -> Correction:
    """A correction of the given lines, or of all, that waits to be finalized."""
    with organization_context(organization.pk):
        return correct.correct_invoice(
            organization,
            invoice.pk,
            line_ids=line_ids,
            reason="Feil pris",
            actor=actor_of(organization),
            today=TODAY,
        )


def make_attachment(
    organization: Organization, draft: Invoice, name: str = "timer.csv", content: bytes = b"Dato;Timer\r\n20.11;7,5\r\n"
) -> Attachment:
    """A file that goes with the draft, taken as an upload is."""
    ready = read_attachment(name, content)
    with organization_context(organization.pk):
        [attachment] = attachments.attach_files(organization, draft.pk, [ready], actor=actor_of(organization))
    return attachment


def make_link(organization: Organization, invoice: Invoice, **more: Any) -> str:
    """The secret address of a document's page for its customer."""
    with organization_context(organization.pk):
        return links.make_link(organization, invoice.pk, actor=actor_of(organization), now=datetime.now(UTC), **more)


def make_enquiry(organization: Organization, invoice: Invoice, **said: Any) -> Enquiry:
    """What a customer said through a link of its own."""
    make_link(organization, invoice)
    with in_organization(organization):
        [link, *_older] = links_of(organization, invoice.pk)
        what = Said(**{"kind": "question", "text": "Hva gjelder linje 2?", **said})
        return enquiries.make_enquiry(organization, link.pk, what, key=str(uuid7()), now=datetime.now(UTC))


def make_sender(organization: Organization, **changes: Any) -> Sender:
    """A team's address that e-mails may come from."""
    fields = {"name": "Team Nord", "address": f"nord@{organization.slug}.example", **changes}
    with in_organization(organization):
        return Sender.objects.create(organization=organization, **fields)


def make_caught_mail(organization: Organization, invoice: Invoice) -> Delivery:
    """An e-mail about the document that was kept as a file."""
    sending = Sending("first", f"caught:{uuid7()}", (Recipient("email", "post@havglott.example"),))
    with in_organization(organization):
        actor = actor_of(organization)
        act = dispatch.dispatch_document(organization, invoice.pk, sending, actor=actor, now=datetime.now(UTC))
        delivery = act.deliveries.get()
    content = b"From: a@nordlys.example\r\nTo: post@havglott.example\r\nSubject: Faktura\r\n\r\nHei\r\n"
    put_down("mail", str(organization.pk), f"{delivery.pk}.eml", content)
    return delivery


def make_print_batch(organization: Organization) -> PrintBatch:
    """A batch of letters whose file is put together and that nobody has printed."""
    sha256 = files.store(str(organization.pk), b"%PDF-1.7\n")
    with in_organization(organization):
        number = PrintBatch.objects.of(organization).count() + 1
        return PrintBatch.objects.create(
            organization=organization, number=number, sha256=sha256, size_bytes=9, sheets=1, made_by="Kari Nordmann"
        )


def lines_of(organization: Organization, invoice: Invoice) -> list[InvoiceLine]:
    """The lines of a document as they are stored now."""
    with in_organization(organization):
        return list(InvoiceLine.objects.filter(invoice_id=invoice.pk).order_by("position"))


def reload_invoice(organization: Organization, invoice: Invoice) -> Invoice:
    """The document as it is stored now."""
    with in_organization(organization):
        return Invoice.objects.get(pk=invoice.pk)


def run_background(rounds: int = 10) -> int:
    """Let the relay hand out what is due and the tasks run at once; returns how many."""
    celery_app.conf.task_always_eager = True
    try:
        done = 0
        for _round in range(rounds):
            handed = outbox.hand_out_due_rows()
            done += handed
            if not handed:
                break
        return done
    finally:
        celery_app.conf.task_always_eager = False


def make_project(organization: Organization, customer: Customer | None = None, **changes: Any) -> Project:
    """A project of the customer, led by nobody in particular."""
    customer = customer or make_customer(organization)
    fields = {"number": "2204", "name": "Kaiforsterkning", "customer": customer, **changes}
    with in_organization(organization):
        return Project.objects.create(organization=organization, **fields)


def make_contract_line(
    organization: Organization,
    project: Project | None = None,
    *,
    shares: Mapping[Customer, str] | None = None,
    contract: Mapping[str, Any] | None = None,
    **changes: Any,
) -> ContractLine:
    """A line of time and material at 1,250.00 an hour, of a contract that its project's customer pays alone."""
    project = project or make_project(organization)
    terms = {"number": f"K-{project.number}", "name": "Rammeavtale", "currency": "NOK", "starts_on": date(2026, 1, 1)}
    fields = {"name": "Rådgivning", "billing_method": "time_and_material", "unit_price": Decimal(1250), **changes}
    with in_organization(organization):
        made = Contract.objects.create(organization=organization, project=project, **(terms | dict(contract or {})))
        for customer, percent in (shares or {project.customer: "100"}).items():
            ContractCustomer.objects.create(
                organization=organization, contract=made, customer=customer, share_percent=Decimal(percent)
            )
        return ContractLine.objects.create(organization=organization, contract=made, position=1, **fields)


def work(line: ContractLine | None = None, **changes: Any) -> NewItem:
    """Two hours of work on the contract line as a planning system tells of it."""
    return NewItem(
        **{
            "kind": "time",
            "day": TODAY,
            "quantity": Decimal(2),
            "text": "Rådgivning",
            "line_id": line.pk if line else None,
            "approved_by": "Petra Prosjekt",
            **changes,
        }
    )


def take_work(organization: Organization, *new: NewItem, ready: bool = False) -> list[BacklogItem]:
    """The items of what is told; none may be refused."""
    now = datetime.now(UTC)
    with organization_context(organization.pk):
        answers = items.take_items(organization, new, actor=actor_of(organization), now=now)
        assert not [answer for answer in answers if answer.outcome == "refused"], answers
        ids = [key for answer in answers for key in answer.item_ids]
        if ready:
            refused = mark_ready(organization, ids, actor=actor_of(organization), now=now).refused
            assert not refused, refused
    with in_organization(organization):
        found = {item.pk: item for item in BacklogItem.objects.filter(pk__in=ids)}
    return [found[key] for key in ids]


def make_proformas_of(organization: Organization, found: Sequence[BacklogItem], **making: Any) -> list[Proforma]:
    """The drafts that bill these ready items, let go already unless `waits_for` says else."""
    with organization_context(organization.pk):
        return proformas.make_proformas(
            organization,
            [item.pk for item in found],
            making=proformas.Making(**{"waits_for": "", **making}),
            actor=actor_of(organization),
            today=TODAY,
            now=datetime.now(UTC),
        )
