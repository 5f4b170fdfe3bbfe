"""Erasing a person (GDPR art. 17): everything goes but what the bookkeeping law keeps, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounting_sync.actions.erasure import forget_in_accounting
from billing_backlog.actions.erasure import forget_in_work
from config.keeping import KeepingRule, kept_until, rule_of
from config.stored_files import forget_unnamed
from customers.actions import erasure as customers_erasure
from customers.models import Contact, Customer
from foundation.errors import DomainError
from invoicing.actions import erasure as invoicing_erasure
from invoicing.models import CustomerPaper, Invoice, InvoiceStatus
from payments.actions.erasure import forget_payer
from payments.actions.saved_methods import revoke_methods
from payments.models import Payment, Receivable
from reminders.actions.erasure import forget_in_reminders
from tenants import erasure
from tenants.audit import Actor
from tenants.models import AuditEntry, Membership, Organization, RecordVersion


class NameIsNotTyped(DomainError):
    """Erasing cannot be taken back: the name must be typed."""


@dataclass(slots=True, kw_only=True)
class Person:
    """A person of whom something is kept, and where."""

    customer: Customer
    contact: Contact | None
    contacts: list[Contact]
    versions: list[UUID]
    words: set[str]  # by which the person is found in this customer's own things
    rare_words: set[str]  # those that nobody else here shares: by these the person is found everywhere
    draft_ids: list[UUID]
    document_ids: list[UUID]
    line_ids: set[UUID] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Whom it is about."""
        return str(self.contact or self.customer)

    @property
    def subject_ids(self) -> list[UUID]:
        """The records that are the person."""
        return [self.contact.pk] if self.contact else [self.customer.pk, *(contact.pk for contact in self.contacts)]


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of a person in finalized documents and payments, and until when."""

    count: int
    rule: KeepingRule
    until: date | None


def find_person(organization: Organization, customer: Customer, contact: Contact | None) -> Person:
    """Everything by which a person is found; asks and changes nothing."""
    contacts = [contact] if contact else list(Contact.objects.of(organization).filter(customer_id=customer.pk))
    own: list[Customer | Contact] = [*contacts] if contact else [customer, *contacts]
    versions = erasure.versions_of(organization, [record.pk for record in own])
    said = customers_erasure.words_of(own, versions)
    words = {word for word in said if len(word.strip()) >= erasure.WORD_LENGTH_MIN}
    documents = Invoice.objects.of(organization).filter(customer_id=customer.pk)
    papers = CustomerPaper.objects.of(organization).filter(customer_id=customer.pk)
    person = Person(
        customer=customer,
        contact=contact,
        contacts=contacts,
        versions=[version.pk for version in versions],
        words=words,
        rare_words=words - _shared(organization, customer, own, words),
        draft_ids=[] if contact else invoicing_erasure.drafts_of(organization, customer.pk),
        document_ids=[*documents.values_list("pk", flat=True), *papers.values_list("pk", flat=True)],
    )
    if contact:
        of_customer = RecordVersion.objects.of(organization).filter(subject_id=customer.pk)
        mentions = of_customer.annotate(said=Cast("content", TextField()))
        found = mentions.filter(erasure.mentioning("said", words, is_json=True))
        person.versions += list(found.values_list("pk", flat=True))
    person.line_ids = _lines_of(organization, person)
    return person


def _shared(organization: Organization, customer: Customer, own: list[Customer | Contact], words: set[str]) -> set[str]:
    """The words that others here are called or reached by too."""
    others = Customer.objects.of(organization).exclude(pk=customer.pk)
    named = others.filter(Q(name__in=words) | Q(contact_name__in=words) | Q(email__in=words) | Q(phone__in=words))
    people = Contact.objects.of(organization).exclude(pk__in=[record.pk for record in own])
    reached = people.filter(Q(name__in=words) | Q(email__in=words) | Q(phone__in=words))
    members = Membership.objects.of(organization).filter(Q(user__email__in=words) | Q(user__name__in=words))
    found = {word for row in named.values_list("name", "contact_name", "email", "phone") for word in row}
    found |= {word for row in reached.values_list("name", "email", "phone") for word in row}
    return found | {word for row in members.values_list("user__name", "user__email") for word in row}


def _lines_of(organization: Organization, person: Person) -> set[UUID]:
    """The audit lines whose words go: those about the person, those about drafts that go, and those that name them."""
    entries = AuditEntry.objects.of(organization)
    gone = [] if person.contact else [*person.subject_ids, *person.draft_ids, *_deleted_drafts(organization, person)]
    own = [person.customer.pk, *person.document_ids]
    named = erasure.lines_mentioning(organization, person.words).filter(subject_id__in=own)
    anywhere = erasure.lines_mentioning(organization, person.rare_words)
    return {
        *entries.filter(subject_id__in=gone).values_list("pk", flat=True),
        *named.values_list("pk", flat=True),
        *anywhere.values_list("pk", flat=True),
    }


def _deleted_drafts(organization: Organization, person: Person) -> list[UUID]:
    """Drafts to the person that were deleted before; their lines of history are still there."""
    lines = AuditEntry.objects.of(organization).filter(
        verb="draft.deleted", facts__customer__in=sorted(person.rare_words)
    )
    ids = [subject for subject in lines.values_list("subject_id", flat=True) if subject is not None]
    person.document_ids += ids
    return ids


def kept_of(organization: Organization, customer: Customer, *, today: date) -> Kept:
    """How many finalized documents stay, by which rule, and until which day."""
    rule = rule_of(organization.country, today)
    documents = Invoice.objects.of(organization).filter(customer_id=customer.pk, status=InvoiceStatus.FINALIZED)
    found = documents.aggregate(count=Count("id"), newest=Max("accounting_date"), dated=Max("issue_date"))
    paid = Payment.objects.of(organization).filter(customer_id=customer.pk).aggregate(newest=Max("day"))
    newest = max((day for day in (found["newest"], found["dated"], paid["newest"]) if day), default=None)
    return Kept(found["count"], rule, kept_until(rule, newest) if newest else None)


def refuse_other_name(typed: str, person: Person) -> None:
    """The name must be typed as it stands."""
    if typed.strip().casefold() != person.name.strip().casefold():
        raise NameIsNotTyped(_("Type the name exactly as it stands: %(name)s.") % {"name": person.name}, field="name")


@transaction.atomic
def erase_person(
    organization: Organization, customer_id: UUID, contact_id: UUID | None, *, typed: str, actor: Actor, now: datetime
) -> bool:
    """Erase a consumer or a contact; returns whether the customer still has a page."""
    customer, contact = customers_erasure.get_person(organization, customer_id, contact_id)
    if contact is None:
        customers_erasure.refuse_non_person(customer)
    if customer.is_erased:
        return True
    person = find_person(organization, customer, contact)
    refuse_other_name(typed, person)
    if contact is None:
        remains = _erase_customer(organization, person, actor=actor, now=now)
    else:
        remains = True
        customers_erasure.blank_contact(organization, customer, contact, person.words)
        invoicing_erasure.forget_contact_in_drafts(organization, customer.pk, person.document_ids, person.words)
        invoicing_erasure.forget_sendings(organization, person.document_ids, person.words, actor=actor, now=now)
    erasure.forget_in_background(organization, person.subject_ids + person.draft_ids, person.rare_words)
    _forget_versions(organization, person)
    erasure.blank_lines(
        organization,
        person.line_ids,
        actor=actor,
        verb="contact.erased" if contact else "customer.erased",
        subject=customer,
        drafts=len(person.draft_ids),
    )
    return remains


def _erase_customer(organization: Organization, person: Person, *, actor: Actor, now: datetime) -> bool:
    customer = person.customer
    customers_erasure.blank_customer(organization, customer, now=now)
    hashes = invoicing_erasure.remove_drafts(organization, person.draft_ids)
    gone = [*person.document_ids, *person.draft_ids]
    invoicing_erasure.forget_beside_documents(organization, gone, person.rare_words)
    invoicing_erasure.forget_sendings(organization, gone, None, actor=actor, now=now)
    revoke_methods(organization, customer.pk, actor=actor, now=now)
    forget_payer(organization, customer.pk)
    stands_in_work = forget_in_work(organization, customer.pk)
    forget_in_accounting(organization, customer.pk)
    stands_in_reminders = forget_in_reminders(organization, customer.pk)
    transaction.on_commit(lambda: forget_unnamed(organization.pk, hashes))
    is_needed = (
        stands_in_work
        or stands_in_reminders
        or Invoice.objects.of(organization).filter(customer_id=customer.pk).exists()
        or Receivable.objects.of(organization).filter(customer_id=customer.pk).exists()
        or Payment.objects.of(organization).filter(customer_id=customer.pk).exists()
        or CustomerPaper.objects.of(organization).filter(customer_id=customer.pk).exists()
    )
    if not is_needed:
        customers_erasure.remove_customer(organization, customer.pk)
    return is_needed


def _forget_versions(organization: Organization, person: Person) -> None:
    """What the records said until now, the version that the erasure itself has just made included."""
    late = erasure.versions_of(organization, person.subject_ids)
    ids = [*person.versions, *late.values_list("pk", flat=True)]
    erasure.forget_versions(RecordVersion.objects.of(organization).filter(pk__in=ids))
