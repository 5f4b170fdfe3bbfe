"""Keeping, revealing and erasing national identity numbers: sealed, bound to their place, each look written down."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.actions.erasure import refuse_erased
from customers.models import Customer, CustomerKind
from customers.national_id import NationalIdRefused, clean_national_id, mask_national_id
from foundation import encryption
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

COLUMN = "customers_customer.national_id"
RESEALED_AT_ONCE = 500


class NationalIdHasNoPurpose(DomainError):
    """The organization has not stated why it keeps national ids (personopplysningsloven § 12)."""


class NationalIdIsForConsumers(DomainError):
    """Businesses and public bodies are known by their organization number."""


class NationalIdDoesNotHold(DomainError):
    """The digits cannot be a national id."""


class NationalIdStandsElsewhere(DomainError):
    """The national id is kept on another customer already."""


class NoNationalIdIsKept(DomainError):
    """There is nothing to reveal."""


@transaction.atomic
def keep_national_id(organization: Organization, customer_id: UUID, *, typed: str, actor: Actor) -> Customer:
    """Seal a consumer's national id, where the organization has stated why it needs it."""
    customer = queries.lock_customer(organization, customer_id)
    refuse_erased(customer)
    if not organization.national_id_purpose:
        raise NationalIdHasNoPurpose(
            _("State in the settings why national ids are needed before you keep any."), field="national_id"
        )
    if customer.kind != CustomerKind.CONSUMER:
        raise NationalIdIsForConsumers(_("Only consumers have national ids."), field="national_id")
    number = _cleaned(organization.country, typed)
    lookups = encryption.lookup_digests(number, organization_id=organization.pk, column=COLUMN)
    holder = queries.customer_of_national_id(organization, lookups)
    if holder is not None and holder.pk != customer.pk:
        raise _stands_elsewhere()
    customer.national_id_sealed = encryption.seal(number, organization_id=organization.pk, column=COLUMN)
    customer.national_id_lookup = lookups[0]
    try:
        with transaction.atomic():
            customer.save(update_fields=["national_id_sealed", "national_id_lookup"])
    except IntegrityError as error:
        raise _stands_elsewhere() from error
    audit.record(actor, "national_id.kept", customer)
    return customer


@transaction.atomic
def reveal_national_id(organization: Organization, customer_id: UUID, *, actor: Actor) -> str:
    """The whole national id, once somebody has been written down as having seen it."""
    customer = queries.lock_customer(organization, customer_id)
    if not customer.has_national_id:
        raise NoNationalIdIsKept(_("No national id is kept of this customer."))
    audit.record(actor, "national_id.revealed", customer)
    return _opened(organization, customer)


@transaction.atomic
def hand_out_national_ids(
    organization: Organization, customer_ids: Iterable[UUID], *, into: str, actor: Actor
) -> dict[UUID, str]:
    """The national ids of these customers for one file that needs them, each written down as handed out into it."""
    found = list(queries.customers_with_national_ids(organization).filter(pk__in=list(customer_ids)))
    audit.record_each(actor, "national_id.handed_out", [(customer, {"file": into}) for customer in found])
    return {customer.pk: _opened(organization, customer) for customer in found}


@transaction.atomic
def erase_national_id(organization: Organization, customer_id: UUID, *, actor: Actor) -> Customer:
    """Forget the national id; the customer and the documents remain."""
    customer = queries.lock_customer(organization, customer_id)
    if customer.has_national_id:
        customer.national_id_sealed = None
        customer.national_id_lookup = ""
        customer.save(update_fields=["national_id_sealed", "national_id_lookup"])
        audit.record(actor, "national_id.erased", customer)
    return customer


@transaction.atomic
def reseal_national_ids(organization: Organization, *, actor: Actor) -> int:
    """Seal with the newest key what older keys sealed, a bounded number at once; returns how many."""
    resealed = 0
    for customer in queries.customers_with_national_ids(organization).select_for_update(no_key=True).iterator():
        assert customer.national_id_sealed is not None
        if encryption.is_sealed_with_newest(customer.national_id_sealed):
            continue
        number = _opened(organization, customer)
        customer.national_id_sealed = encryption.seal(number, organization_id=organization.pk, column=COLUMN)
        customer.national_id_lookup = encryption.lookup_digests(number, organization_id=organization.pk, column=COLUMN)[
            0
        ]
        customer.save(update_fields=["national_id_sealed", "national_id_lookup"])
        audit.record(actor, "national_id.resealed", customer)
        resealed += 1
        if resealed >= RESEALED_AT_ONCE:
            break
    return resealed


def masked_national_id(organization: Organization, customer: Customer) -> str:
    """The national id as it may be shown: the birth date, the rest hidden; empty where none is kept."""
    return mask_national_id(_opened(organization, customer)) if customer.has_national_id else ""


def _opened(organization: Organization, customer: Customer) -> str:
    assert customer.national_id_sealed is not None
    return encryption.open_seal(customer.national_id_sealed, organization_id=organization.pk, column=COLUMN)


def _cleaned(country: str, typed: str) -> str:
    try:
        return clean_national_id(country, typed)
    except NationalIdRefused as error:
        raise NationalIdDoesNotHold(
            _("These digits are not a national id: length, date or check digits do not fit."), field="national_id"
        ) from error


def _stands_elsewhere() -> NationalIdStandsElsewhere:
    return NationalIdStandsElsewhere(_("Another customer has this national id already."), field="national_id")
