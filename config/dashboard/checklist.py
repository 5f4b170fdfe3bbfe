"""The first steps of each role, ticked by the facts and not by a click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Product
from invoicing.models import DocumentText, Invoice, InvoiceStatus, SeriesCheck
from tenants.models import (
    AuditEntry,
    BankAccount,
    BankAccountChange,
    Invitation,
    KidAlgorithm,
    Membership,
    Organization,
    Role,
)

Fact = Callable[[Organization, Membership], Any]  # a condition that the database answers


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do once, where to do it, and what tells that it is done."""

    label: Any
    text: Any
    url_name: str
    is_done: Fact


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as one person sees it."""

    label: Any
    text: Any
    url: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """All steps of a role."""

    steps: tuple[ShownStep, ...]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.steps)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.done == self.total


def _has_account(organization: Organization, _member: Membership) -> Any:
    waits = BankAccountChange.objects.of(organization).filter(applied_at=None, withdrawn_at=None)
    return Exists(BankAccount.objects.of(organization).filter(is_active=True)) | Exists(waits)


def _has_kid(organization: Organization, _member: Membership) -> Any:
    if organization.country != "NO":
        return Value(True)
    return Exists(BankAccount.objects.of(organization).filter(is_active=True).exclude(kid_algorithm=KidAlgorithm.NONE))


def _has_own_words(organization: Organization, _member: Membership) -> Any:
    if organization.logo_sha256 or organization.accent_color or organization.document_footer:
        return Value(True)
    return Exists(DocumentText.objects.of(organization).exclude(text=""))


def _has_colleague(organization: Organization, member: Membership) -> Any:
    others = Membership.objects.of(organization).exclude(pk=member.pk)
    return Exists(others) | Exists(Invitation.objects.of(organization))


def _has_customer(organization: Organization, _member: Membership) -> Any:
    return Exists(Customer.objects.of(organization))


def _has_product(organization: Organization, _member: Membership) -> Any:
    return Exists(Product.objects.of(organization))


def _has_invoice(organization: Organization, _member: Membership) -> Any:
    return Exists(Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED))


def _has_checked_numbers(organization: Organization, _member: Membership) -> Any:
    return Exists(SeriesCheck.objects.of(organization))


def _did(*verbs: str) -> Fact:
    """Whether the member has done one of these."""

    def fact(organization: Organization, member: Membership) -> Any:
        return Exists(AuditEntry.objects.of(organization).filter(actor_id=member.user_id, verb__in=verbs))

    return fact


COMPANY = Step(
    _("Account for payment"), _("Number, IBAN and KID agreement"), "tenants:list_bank_accounts", _has_account
)
LOOK = Step(
    _("Logo and language"), _("How the customer sees the invoice"), "tenants:show_document_settings", _has_own_words
)
CUSTOMER = Step(
    _("First customer"), _("Name, address and electronic address"), "customers:create_customer", _has_customer
)
PRODUCT = Step(_("First product"), _("What is sold again and again"), "create_product", _has_product)
INVOICE = Step(_("First invoice"), _("Write a draft and finalize it"), "invoicing:create_draft", _has_invoice)
PEOPLE = Step(_("Colleagues"), _("Invite project managers and accountants"), "tenants:list_people", _has_colleague)
KID = Step(_("KID agreement"), _("So that payments find their invoice"), "tenants:list_bank_accounts", _has_kid)
OWN_DRAFT = Step(
    _("Your first draft"),
    _("It has no number, so you can try freely"),
    "invoicing:create_draft",
    _did("draft.created", "invoice.cloned"),
)
OWN_CUSTOMER = Step(
    _("Register a customer"),
    _("Number and address are checked as you type"),
    "customers:create_customer",
    _did("customer.created", "customer.changed"),
)
NUMBERS = Step(
    _("Number ledger"), _("Check that no number is missing"), "invoicing:number_ledger", _has_checked_numbers
)
TRAIL = Step(_("Audit trail"), _("Who did what, and when"), "tenants:list_audit_entries", _has_invoice)

CHECKLISTS: dict[Role, tuple[Step, ...]] = {
    Role.OWNER: (COMPANY, LOOK, CUSTOMER, INVOICE, PEOPLE),
    Role.ACCOUNTANT: (KID, PRODUCT, CUSTOMER, INVOICE, NUMBERS),
    Role.PROJECT_MANAGER: (OWN_DRAFT,),
    Role.CASE_WORKER: (OWN_CUSTOMER, OWN_DRAFT),
    Role.AUDITOR: (NUMBERS, TRAIL),
}


def checklist_of(organization: Organization, member: Membership) -> Checklist:
    """The steps of the member's role with what is done, in one question."""
    steps = CHECKLISTS[Role(member.role)]
    facts = {f"step_{place}": step.is_done(organization, member) for place, step in enumerate(steps)}
    done: dict[str, Any] = dict(Organization.objects.filter(pk=organization.pk).values(**facts).get())
    return Checklist(
        tuple(
            ShownStep(
                step.label, step.text, reverse(step.url_name, args=[organization.slug]), bool(done[f"step_{place}"])
            )
            for place, step in enumerate(steps)
        )
    )
