"""What the law wants on a document before it may be issued, asked of its body. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from customers.vat import VatCategory
from invoicing.dating import deliveries_of, lawful_dates
from invoicing.documents.facts import Address, DocumentBody


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: its rule, the field that mends it and the sentence to show."""

    rule: str
    field: str
    sentence: str


LAW_DEMANDS = 16  # the questions that are asked below


def missing_facts(body: DocumentBody, today: date) -> list[Missing]:
    """Everything that bokføringsforskriften §§ 5-1-1 and 5-1-2 demand and the body lacks, in the order of the form."""
    return [
        *_seller(body),
        *_buyer(body),
        *unlawful_date(body, today),
        *_time(body),
        *_lines(body),
        *_vat(body),
        *_payment(body),
    ]


def unlawful_date(body: DocumentBody, today: date) -> Iterator[Missing]:
    """A document is dated the day it is issued.

    bokføringsforskriften § 5-1-3, third paragraph: within the first fifteen working days of a month it may carry the
    last day of the month before, when the delivery was made by then.
    """
    if body.issue_date > today:
        yield Missing(
            "§ 5-1-3",
            "issue_date",
            _("The invoice date lies in the future. Leave it empty, or finalize on that day."),
        )
    elif body.issue_date < today and not _may_be_back_dated(body, today):
        yield Missing(
            "§ 5-1-3",
            "issue_date",
            _("The invoice date is past. Leave it empty: an invoice is dated the day it is issued."),
        )


def _may_be_back_dated(body: DocumentBody, today: date) -> bool:
    lawful = lawful_dates(today, deliveries_of(body), body.seller.address.country)
    return body.issue_date in {choice.day for choice in lawful}


def _seller(body: DocumentBody) -> Iterator[Missing]:
    if not body.seller.organization_number:
        yield Missing(
            "§ 5-1-2", "organization.organization_number", _("Our organization number is missing. Fill in Settings.")
        )
    if not _is_whole(body.seller.address):
        yield Missing("§ 5-1-2", "organization.street", _("Our address is not complete. Fill in Settings."))


def _buyer(body: DocumentBody) -> Iterator[Missing]:
    buyer = body.buyer
    if not buyer.name:
        yield Missing("§ 5-1-2", "customer", _("The customer has no name. Fill it in on the customer."))
    if not (buyer.organization_number or buyer.resource_number or _is_whole(buyer.address)):
        yield Missing(
            "§ 5-1-2",
            "customer.street",
            _("The customer has neither an address nor an organization number. Fill in one of them."),
        )


def _time(body: DocumentBody) -> Iterator[Missing]:
    delivery = body.delivery
    # bokføringsforskriften § 5-2-6: what is asked for in advance is not delivered yet.
    lines_say = bool(body.lines) and all(line.delivery_day or line.period_to for line in body.lines)
    if not (body.is_about_advance or delivery.day or delivery.period_to or lines_say):
        yield Missing(
            "§ 5-1-1", "delivery_date", _("The delivery date or period is missing. An invoice must state it.")
        )
    if not body.takes_back and body.due_date is None:
        yield Missing("§ 5-1-1", "due_date", _("The due date is missing."))
    if body.due_date is not None and body.due_date < body.issue_date:
        yield Missing("§ 5-1-1", "due_date", _("The due date lies before the invoice date."))


def _lines(body: DocumentBody) -> Iterator[Missing]:
    if not body.lines:
        yield Missing("§ 5-1-1", "lines", _("There are no lines. Add what was delivered."))
    for line in body.lines:
        if not line.description.strip():
            yield Missing(
                "§ 5-1-1",
                f"lines.{line.id}.description",
                _("Line %(position)s has no description.") % {"position": line.position},
            )
    if body.totals.payable < 0:
        yield Missing(
            "§ 5-2-7", "lines", _("The total is negative. Money back to a customer is given by a credit note.")
        )


def _vat(body: DocumentBody) -> Iterator[Missing]:
    categories = {part.vat_category for part in body.vat}
    if body.is_about_advance:
        if categories - {VatCategory.OUTSIDE.value} or body.totals.vat:
            yield Missing("§ 5-2-6", "vat_treatment", _("A payment request states no VAT: nothing is delivered yet."))
        return
    taxed = categories - {VatCategory.OUTSIDE.value}
    if not body.seller.vat_number and taxed:
        yield Missing(
            "BR-S-02",
            "vat_treatment",
            _("We are not registered for VAT. Every line must be treated as such."),
        )
    if body.seller.vat_number and VatCategory.OUTSIDE.value in categories:
        yield Missing(
            "BR-O-02", "vat_treatment", _("We are registered for VAT. Use exempt in place of not registered.")
        )
    if VatCategory.REVERSE_CHARGE.value in categories and not (body.buyer.organization_number or body.buyer.vat_number):
        yield Missing(
            "§ 5-1-2",
            "customer.organization_number",
            _("Reverse charge needs the customer's organization number. Fill it in on the customer."),
        )


def _payment(body: DocumentBody) -> Iterator[Missing]:
    if not body.takes_back and not (body.payment.account_number or body.payment.iban):
        yield Missing(
            "BR-61", "organization.bank_account", _("There is no bank account to pay to. Add one under Settings.")
        )


def _is_whole(address: Address) -> bool:
    return bool(address.country and address.city and (address.street or address.postal_code))
