"""What the doors of this room share: doing what a form asks for, asking again before it, and the ways back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from payments.models import Payment, Receivable, ReceivableKind
from tenants.permissions import OrganizationRequest

INVALID = 422
DOCUMENTS = frozenset({ReceivableKind.INVOICE, ReceivableKind.ADVANCE, ReceivableKind.CREDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page that asks once more before something is done: what, what it means, and the way back."""

    heading: str
    button: str
    back: str
    back_label: str
    sentences: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    is_dangerous: bool = True


def sent(request: OrganizationRequest) -> QueryDict | None:
    """What was sent with the form; None where the page is only opened."""
    return request.POST if request.method == "POST" else None


def is_done(form: forms.BaseForm, act: Callable[[], Any]) -> bool:
    """Do what a valid form asks for; where it is refused, the refusal stands beside the field that it names."""
    if not form.is_valid():
        return False
    try:
        act()
    except DomainError as refusal:
        show_refusal(form, refusal)
        return False
    return True


def ask(request: OrganizationRequest, form: forms.BaseForm, question: Question) -> HttpResponse:
    """The page that asks, with what was refused."""
    context = {"form": form, "question": question}
    with read_only():
        return render(request, "payments/ask.html", context, status=INVALID if form.is_bound else 200)


def address_of_claim(request: OrganizationRequest, claim: Receivable) -> str:
    """The page of a claim: that of its document, which a room above serves, else its own."""
    slug = request.organization.slug
    if claim.kind in DOCUMENTS:
        try:
            return reverse("invoicing:show_claimed_document", args=[slug, claim.pk])
        except NoReverseMatch:
            pass
    return reverse("payments:show_receivable", args=[slug, claim.pk])


def address_of_payment(request: OrganizationRequest, payment: Payment) -> str:
    """The page of a payment."""
    return reverse("payments:show_payment", args=[request.organization.slug, payment.pk])
