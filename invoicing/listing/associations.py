"""The names of records that belong to a document: its credit notes, what it corrects, the customer's contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Contact
from invoicing.models import Correction, Invoice
from tenants.models import Organization

NAMED_MAX = 1_000
ALL_MAX = 100_000
SEPARATOR = "; "

Names = dict[UUID, list[str]]


@dataclass(frozen=True, slots=True)
class Association:
    """A sort of records that belong to documents, and how their names are found."""

    name: str
    label: Any
    find: Callable[[Organization, Sequence[UUID], int], Names]


def names_of(
    organization: Organization, associations: Iterable[Association], invoice_ids: Sequence[UUID], *, most: int
) -> dict[str, Names]:
    """The names by association and document, at most so many for each, in one question for each association."""
    return {each.name: each.find(organization, invoice_ids, most) for each in associations}


def joined(names: Sequence[str] | None) -> str:
    """Several names in one cell."""
    return SEPARATOR.join(names or ())


def _credit_notes(organization: Organization, invoice_ids: Sequence[UUID], most: int) -> Names:
    found = Invoice.objects.of(organization).filter(credits_id__in=invoice_ids).order_by("number", "id")
    return _gathered(found.values_list("credits_id", "number"), most)


def _credited_invoice(organization: Organization, invoice_ids: Sequence[UUID], most: int) -> Names:
    found = Invoice.objects.of(organization).filter(pk__in=invoice_ids, credits__isnull=False)
    return _gathered(found.values_list("pk", "credits__number"), most)


def _replaced_by(organization: Organization, invoice_ids: Sequence[UUID], most: int) -> Names:
    found = Correction.objects.of(organization).filter(original_id__in=invoice_ids).order_by("started_at", "id")
    return _gathered(found.values_list("original_id", "replacement__number"), most)


def _replaces(organization: Organization, invoice_ids: Sequence[UUID], most: int) -> Names:
    found = Correction.objects.of(organization).filter(replacement_id__in=invoice_ids).order_by("started_at", "id")
    return _gathered(found.values_list("replacement_id", "original__number"), most)


def _contacts(organization: Organization, invoice_ids: Sequence[UUID], most: int) -> Names:
    """By customer, of whom the documents may have many."""
    of_customer: defaultdict[UUID, list[UUID]] = defaultdict(list)
    documents = Invoice.objects.of(organization).filter(pk__in=invoice_ids)
    for pk, customer_id in documents.values_list("pk", "customer_id"):
        of_customer[customer_id].append(pk)
    contacts = Contact.objects.of(organization).filter(customer_id__in=list(of_customer)).order_by("name", "id")
    named = _gathered(contacts.values_list("customer_id", "name"), most)
    return {pk: named[customer_id] for customer_id in named for pk in of_customer[customer_id]}


def _gathered(pairs: Any, most: int) -> Names:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for pk, name in pairs.iterator(chunk_size=2_000):
        if len(found[pk]) < most:
            found[pk].append(_("Draft") if name is None else str(name))
    return dict(found)


ASSOCIATIONS = {
    each.name: each
    for each in (
        Association("credit_notes", gettext_lazy("Credit notes"), _credit_notes),
        Association("credited_invoice", gettext_lazy("Credited invoice"), _credited_invoice),
        Association("replaced_by", gettext_lazy("Corrected by"), _replaced_by),
        Association("replaces", gettext_lazy("Corrects"), _replaces),
        Association("contacts", gettext_lazy("Contacts of the customer"), _contacts),
    )
}
