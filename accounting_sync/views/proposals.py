"""The doors to payments that were found in accounting systems: registered, known before, or ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounting_sync.actions import proposals as actions
from accounting_sync.actions.proposals import Known
from accounting_sync.forms.proposals import AccountForm, SamePaymentForm
from accounting_sync.forms.repairs import WhyForm
from accounting_sync.models import PaymentProposal, ProposalState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries import desk
from accounting_sync.queries import proposals as queries
from accounting_sync.queries.customer_changes import customers_standing
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from foundation.transactions import read_only
from payments import queries as ledger
from payments.models import Payment
from payments.payment_queries import money_accounts
from payments.views.doing import Question, address_of_claim, address_of_payment, ask, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ORDER: Mapping[str, Sequence[Key]] = {
    "open": (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True)),
    "settled": (Key("id", UUID, is_descending=True),),
}
TONES: Mapping[str, str] = {ProposalState.OPEN: "wait", ProposalState.TAKEN: "ok", ProposalState.KNOWN: "ok"}


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_proposals(request: OrganizationRequest, group: str) -> HttpResponse:
    """The payments that wait for somebody, or those that somebody or the rule has decided about."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        page = page_of(queries.list_proposals(organization, group), ORDER[group], request.GET)
        context = {
            "tab": "payments",
            "group": group,
            "standing": desk.standing_of(organization, today=today),
            "proposals": queries.standing_proposals(organization),
            "customers": customers_standing(organization),
            "rows": _rows(request, page.rows, today),
            "pagination": page.pagination({}, "#payments") if page.before or page.after else None,
            "form": AccountForm(accounts=money_accounts(organization)),
            "may_register": request.may(Permission.REGISTER_PAYMENTS),
            "may_settle": any(each.state in actions.UNSETTLED for each in page.rows),
            "may_push": request.may(Permission.SYNC_VOUCHERS),
        }
        place = "accounting_sync/proposals.html", "accounting_sync/_proposals.html"
        return render_page_or_fragment(request, *place, context)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def take_proposal(request: OrganizationRequest, proposal_id: UUID) -> HttpResponse:
    """Register a payment on the account that was chosen."""
    organization = request.organization
    with read_only():
        queries.get_proposal(organization, proposal_id)
        form = AccountForm(request.POST, accounts=money_accounts(organization))
    if not form.is_valid():
        messages.error(request, _("Choose an account on which money stands."))
        return go_to(request, _page(request))
    payment = actions.take_proposal(
        organization,
        proposal_id,
        account_id=form.account_id(),
        actor=request.actor,
        today=local_today(organization),
        now=timezone.now(),
    )
    words = _("The payment of %(amount)s is registered. It is not pushed: it stands there already.")
    messages.success(request, words % {"amount": _amount(payment.amount, payment.currency)})
    return go_to(request, _page(request))


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def say_it_is_known(request: OrganizationRequest, proposal_id: UUID) -> HttpResponse:
    """It is the payment that is registered here already."""
    organization = request.organization
    with read_only():
        queries.get_proposal(organization, proposal_id)
    form = SamePaymentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the payment that it is."))
        return go_to(request, _page(request))
    payment = form.cleaned_data["payment"]
    known = actions.say_it_is_known(organization, proposal_id, payment, actor=request.actor, now=timezone.now())
    if known == Known.DOUBLED:
        words = _(
            "Noted. Our own voucher was pushed before, so the money stands there twice: delete one of them there."
        )
        messages.warning(request, words)
    else:
        messages.success(request, _("Noted. The payment is not pushed: the money stands there already."))
    return go_to(request, _page(request))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SYNC_VOUCHERS)
def ignore_proposal(request: OrganizationRequest, proposal_id: UUID) -> HttpResponse:
    """Register nothing, with a reason."""
    form = WhyForm(sent(request))
    with read_only():
        proposal = queries.get_proposal(request.organization, proposal_id)

    def ignore() -> None:
        why = form.cleaned_data["why"]
        actions.ignore_proposal(request.organization, proposal_id, why=why, actor=request.actor, now=timezone.now())

    if is_done(form, ignore):
        messages.success(request, _("The payment is ignored. You can register it later all the same."))
        return go_to(request, _page(request))
    return ask(request, form, _question(request, proposal))


def _question(request: OrganizationRequest, proposal: PaymentProposal) -> Question:
    return Question(
        heading=_("Ignore this payment?"),
        button=_("Ignore it"),
        back=_page(request),
        back_label=_("Payments found there"),
        sentences=(_("Nothing is registered, and nothing changes there. Who ignored it, and why, stays with it."),),
        facts=(
            (_("Accounting system"), adapters()[proposal.connection.system].label),
            (_("Amount"), _amount(proposal.amount, proposal.currency)),
            (_("Day"), format_day(proposal.day, language_of_page())),
            *(((_("Payer"), proposal.payer),) if proposal.payer else ()),
            *(((_("Document"), str(proposal.receivable)),) if proposal.receivable else ()),
        ),
        is_dangerous=False,
    )


def _rows(request: OrganizationRequest, found: Sequence[PaymentProposal], today: date) -> list[dict[str, Any]]:
    """Each payment with the claim that it pays, the payment that it may be, and why a person is asked."""
    organization = request.organization
    undecided = [each for each in found if each.state in actions.UNSETTLED]
    like = queries.likes_of(undecided)
    claims = {each.receivable_id for each in undecided if each.receivable_id}
    open_now = {key: balance.currency_amount for key, balance in ledger.balances(organization.pk, claims).items()}
    closed_through = ledger.lock_of_period(organization) if undecided else None
    return [
        {
            "proposal": each,
            "payer": each.payer or (each.receivable.customer.name if each.receivable else ""),
            "system": adapters()[each.connection.system].label,
            "tone": TONES.get(each.state, "draft"),
            "document": address_of_claim(request, each.receivable) if each.receivable else "",
            "like": (same := like.get(each.pk)),
            "like_url": address_of_payment(request, same) if same else "",
            "payment_url": address_of_payment(request, each.payment) if each.payment else "",
            "is_undecided": each.state in actions.UNSETTLED,
            "why": _why(each, same, open_now, today=today, closed_through=closed_through),
        }
        for each in found
    ]


def _why(
    proposal: PaymentProposal,
    same: Payment | None,
    open_now: Mapping[UUID, Decimal],
    *,
    today: date,
    closed_through: date | None,
) -> str:
    """Why it is not registered by itself, or what it would do."""
    if proposal.state not in actions.UNSETTLED:
        return ""
    if same is not None:
        return _("Maybe the same as our payment of %(day)s (%(source)s).") % {
            "day": format_day(same.day, language_of_page()),
            "source": same.get_source_display(),
        }
    if proposal.day > today:
        return _("Its day has not come yet.")
    if closed_through is not None and proposal.day <= closed_through:
        return _("Our books are closed on that day.")
    return _what_it_pays(proposal, open_now)


def _what_it_pays(proposal: PaymentProposal, open_now: Mapping[UUID, Decimal]) -> str:
    claim = proposal.receivable
    if claim is None:
        return _("It names no document of ours.")
    if proposal.currency != claim.currency:
        return _("The document is in %(currency)s.") % {"currency": claim.currency}
    owed = open_now.get(claim.pk, Decimal(0))
    if owed <= 0:
        return _("The document is paid already.")
    if proposal.amount > owed:
        return _("More than is open: %(amount)s.") % {"amount": _amount(owed, claim.currency)}
    return _("Pays all that is open.") if proposal.amount == owed else _("Pays a part of what is open.")


def _amount(amount: Decimal, currency: str) -> str:
    return f"{format_amount(amount, language_of_page())} {currency}"


def _page(request: OrganizationRequest) -> str:
    return reverse("accounting_sync:list_proposals", args=[request.organization.slug])
