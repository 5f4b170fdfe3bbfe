"""Payments for programs: list, fetch, register; by the rules of the form that people fill in."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from customers import queries as customers
from foundation.api.fields import invalid, refuse_invalid
from foundation.api.pages import page_after
from foundation.ids import uuid7
from foundation.keyset import Key
from foundation.templatetags.formatting import format_for_input, language_of_page
from foundation.transactions import read_only
from payments import chart, claim_queries, payment_queries
from payments.actions.taking import take_payment
from payments.api.schemas import PaymentFields, PaymentPage, PaymentRow, PaymentsAsked, PaymentTold, UseTold
from payments.forms.parts import PartRow, parts_of, read_rows, refuse_overuse
from payments.forms.payments import PaymentForm
from payments.models import Account, Payment
from payments.payment_queries import PaymentSearch
from tenants.api.door import ApiRequest
from tenants.api.once import once
from tenants.api.operations import Says, operation
from tenants.clock import local_today
from tenants.permissions import Permission

router = Router(tags=["Payments"])
DAY_ORDER = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
CLAIM = "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a30"
SENT = {
    "day": "2027-01-15",
    "amount": "13593.75",
    "reference": "1001237",
    "pays": [{"claim_id": CLAIM, "amount": "13593.75"}],
}
ROW = {
    "id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a40",
    "day": "2027-01-15",
    "currency": "NOK",
    "amount": "13593.75",
    "applied": "13593.75",
    "refunded": "0.00",
    "reversed": "0.00",
    "unapplied": "0.00",
    "fee": "0.00",
    "method": "bank",
    "source": "manual",
    "reference": "1001237",
    "payer_name": "Fjordkraft Rør AS",
    "note": "",
    "customer_id": "01922b6e-5b1c-7e6a-9a53-1f0c5d3e8a11",
    "registered_by": "Cash desk (API bilag_Xk3…)",
    "registered_at": "2027-01-15T09:30:00Z",
}
TOLD = {**ROW, "pays": [{"claim_id": CLAIM, "number": "100123", "amount": "13593.75"}]}


@operation(
    router,
    "GET",
    "/payments",
    Permission.VIEW_PAYMENTS,
    Says(answer=PaymentPage, told={"items": [ROW], "next": ""}),
)
def list_payments(request: ApiRequest, asked: Query[PaymentsAsked]) -> PaymentPage:
    """List payments, the newest day first."""
    search = PaymentSearch(
        state=asked.state, first=asked.received_from, last=asked.received_through, customer_id=asked.customer_id
    )
    page = page_after(payment_queries.list_payments(request.organization, search), DAY_ORDER, asked)
    return PaymentPage(items=[PaymentRow(**_columns(row)) for row in page.rows], next=page.after)


@operation(
    router,
    "GET",
    "/payments/{uuid:payment_id}",
    Permission.VIEW_PAYMENTS,
    Says(answer=PaymentTold, told=TOLD, refuses=(404,)),
)
def get_payment(request: ApiRequest, payment_id: UUID) -> PaymentTold:
    """Fetch one payment with what it pays."""
    return _told(request, payment_queries.get_payment(request.organization, payment_id))


@operation(
    router,
    "POST",
    "/payments",
    Permission.REGISTER_PAYMENTS,
    Says(answer=PaymentTold, status=201, sent=SENT, told=TOLD, refuses=(404,)),
)
def register_payment(request: ApiRequest, payment: PaymentFields) -> Any:
    """Register money that came in, for several claims of anybody or for none; what is not used stays with the payer."""
    organization = request.organization
    with read_only():
        form = _form(request, payment)
        rows = _rows(request, payment, str(form.data["currency"]))
        if payment.customer_id is not None:
            customers.get_customer(organization, payment.customer_id)

    def before() -> None:
        refuse_invalid(form)
        errors = [(f"pays.{place}.amount", row.error) for place, row in enumerate(rows) if row.error]
        if errors:
            raise invalid(errors)

    def act() -> PaymentTold:
        return _told(request, _take(request, payment, form, rows))

    return once(request, act, status=201, before=before)


def _take(request: ApiRequest, payment: PaymentFields, form: PaymentForm, rows: list[PartRow]) -> Payment:
    organization, parts = request.organization, parts_of(rows)
    own = [part for part in parts if part.payment_amount is None]
    terms = form.terms(customer_id=payment.customer_id, parts=own)
    refuse_overuse(rows, terms.amount)
    registered = take_payment(
        organization,
        terms,
        across=[part for part in parts if part.payment_amount is not None],
        actor=request.actor,
        today=local_today(organization),
        now=timezone.now(),
    )
    return registered.payment


def _form(request: ApiRequest, payment: PaymentFields) -> PaymentForm:
    organization = request.organization
    accounts = payment_queries.money_accounts(organization)
    data = payment.model_dump(exclude={"pays", "customer_id", "account"})
    data |= {
        "key": uuid7(),
        "currency": payment.currency or organization.base_currency,
        "account": str(_account(accounts, payment.account).pk),
    }
    return PaymentForm(
        data,
        organization=organization,
        today=local_today(organization),
        accounts=accounts,
        small_difference_max=payment_queries.payment_settings(organization).small_difference_max,
    )


def _account(accounts: list[Account], number: str) -> Account:
    for account in accounts:
        if account.number == number or (not number and account.purpose == chart.BANK):
            return account
    raise invalid([("account", _("Money stands on no account of that number. Choose one of the chart."))])


def _rows(request: ApiRequest, payment: PaymentFields, currency: str) -> list[PartRow]:
    """The claims in the order in which they were named; 404 where one is not there."""
    language, named = language_of_page(), {part.claim_id: part for part in payment.pays}
    if len(named) < len(payment.pays):
        raise invalid([("pays", _("A claim is named twice. Write what it gets once."))])
    claims = [claim_queries.get_claim(request.organization, claim_id) for claim_id in named]
    data = {}
    for claim_id, part in named.items():
        data[f"part_{claim_id}"] = format_for_input(part.amount, language)
        data[f"paid_{claim_id}"] = "" if part.used is None else format_for_input(part.used, language)
    return read_rows(claims, currency, data)


def _told(request: ApiRequest, payment: Payment) -> PaymentTold:
    uses = payment_queries.uses_of(request.organization, payment.pk)
    standing = [use.allocation for use in uses if use.undone is None]
    pays = [UseTold(claim_id=use.receivable_id, number=str(use.receivable), amount=use.amount) for use in standing]
    return PaymentTold(**_columns(payment), pays=pays)


def _columns(payment: Payment) -> dict[str, Any]:
    return {name: getattr(payment, name) for name in PaymentRow.model_fields}
