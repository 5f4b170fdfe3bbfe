"""Forgetting a person: the customer keeps its number where documents need it, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from customers import queries
from customers.models import Contact, Customer, CustomerKind
from foundation.errors import DomainError
from tenants.models import Organization, RecordVersion

WORDS_OF_PERSON = ("name", "contact_name", "email", "phone")
BLANKED = (
    "organization_number", "vat_number", "resource_number", "national_id_lookup", "contact_name", "email", "phone",
    "street", "street_2", "postal_code", "city", "endpoint_scheme", "endpoint_id", "buyer_reference", "notes",
)  # fmt: skip


class CustomerIsNoPerson(DomainError):
    """Businesses and public bodies are not erased; the people at them are."""


class CustomerIsErased(DomainError):
    """Who is forgotten is not taken into use again."""


def refuse_non_person(customer: Customer) -> None:
    """Only consumers are people; of others the contacts are."""
    if customer.kind != CustomerKind.CONSUMER:
        raise CustomerIsNoPerson(
            _("%(name)s is not a private person. Open one of its contacts to give out or erase what is kept of them.")
            % {"name": customer.name}
        )


def refuse_erased(customer: Customer) -> None:
    """What was erased stays erased."""
    if customer.is_erased:
        raise erased_refusal(customer)


def erased_refusal(customer: Customer) -> CustomerIsErased:
    """Why an erased customer takes nothing more."""
    return CustomerIsErased(
        _("The person behind %(name)s is erased. Register a new customer instead.") % {"name": customer.name}
    )


def words_of(records: Iterable[Customer | Contact], versions: Iterable[RecordVersion]) -> set[str]:
    """The names, addresses and telephone numbers by which a person is found elsewhere, those of earlier too."""
    found = {str(getattr(record, name, "")) for record in records for name in WORDS_OF_PERSON}
    return found | {word for version in versions for word in _words_then(version)}


def _words_then(version: RecordVersion) -> Iterator[str]:
    for name in WORDS_OF_PERSON:
        if isinstance(said := version.content.get(name), str):
            yield said


def blank_customer(organization: Organization, customer: Customer, *, now: datetime) -> None:
    """Forget everything of a locked customer but its number, its terms and that it is erased."""
    Contact.objects.of(organization).filter(customer_id=customer.pk).delete()
    for name in BLANKED:
        setattr(customer, name, "")
    with translation.override(organization.language):
        customer.name = _("Erased customer %(number)s") % {"number": customer.number}
    customer.national_id_sealed = None
    customer.custom_properties = {}
    customer.wants_ehf = False
    customer.archived_at = customer.archived_at or now
    customer.erased_at = customer.erased_at or now
    customer.version += 1
    names = (*BLANKED, "name", "national_id_sealed", "custom_properties", "wants_ehf", "archived_at", "erased_at")
    customer.save(update_fields=[*names, "version"])


def remove_customer(organization: Organization, customer_id: UUID) -> None:
    """Delete a customer whom no document names."""
    Customer.objects.of(organization).filter(pk=customer_id).delete()


def blank_contact(organization: Organization, customer: Customer, contact: Contact, words: Collection[str]) -> None:
    """Delete a contact, and take the same person out of the locked customer's own fields."""
    Contact.objects.of(organization).filter(pk=contact.pk).delete()
    lowered = {word.lower() for word in words}
    said = [name for name in ("contact_name", "email", "phone", "buyer_reference") if getattr(customer, name)]
    changed = [name for name in said if getattr(customer, name).lower() in lowered]
    for name in changed:
        setattr(customer, name, "")
    if changed:
        customer.version += 1
        customer.save(update_fields=[*changed, "version"])


def get_person(
    organization: Organization, customer_id: UUID, contact_id: UUID | None
) -> tuple[Customer, Contact | None]:
    """The customer, locked, and the contact where one is meant; 404 when they are not there."""
    customer = queries.lock_customer(organization, customer_id)
    return customer, queries.get_contact(organization, customer_id, contact_id) if contact_id else None
