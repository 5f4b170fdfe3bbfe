"""The background doors to payment providers: what is asked of them, and what they say, outside every transaction."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.transactions import read_only
from payments.actions import attempts, online, provider_accounts
from payments.models import (
    AttemptKind,
    AttemptState,
    PaymentAttempt,
    ProviderAccount,
    ProviderEvent,
)
from payments.online import queries, states
from payments.online.secrets import HOOK, open_secrets, open_token
from payments.providers import base
from payments.providers.base import ChargeOrder, NoAnswer, Order, Place, Provider, Refused
from payments.providers.finding import provider_of
from payments.tasks.online_refunds import look_at_paid_refunds, look_at_refunds
from payments.tasks.working import at_provider
from tenants import environment, jobs
from tenants.jobs import ItemResult, Work
from tenants.models import JobItem, JobState, Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
STRANGERS_MAX = 4  # times that an event is tried again whose payment nobody here knows


@shared_task(name=attempts.START, soft_time_limit=60, time_limit=90)
def start_attempt(organization_id: str, outbox_id: str) -> None:
    """Have the provider make the page on which the customer pays."""
    with at_provider(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row = work
        attempt = _attempt(organization, row.subject_id)
        if attempt.state != AttemptState.CREATED or attempt.cancel_asked_at is not None:
            return
        provider = provider_of(organization, attempt.account)
        try:
            page = provider.start(_order(organization, attempt))
        except Refused as refusal:
            attempts.note_refusal(organization, attempt.pk, code=refusal.code, text=str(refusal), now=timezone.now())
            return
        attempts.note_page(organization, attempt.pk, reference=page.reference, address=page.address, now=timezone.now())


@shared_task(name=attempts.CANCEL, soft_time_limit=60, time_limit=90)
def cancel_attempt(organization_id: str, outbox_id: str) -> None:
    """Close the customer's page at the provider; what was paid a moment before is kept."""
    with at_provider(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row = work
        attempt = _attempt(organization, row.subject_id)
        if attempt.state not in states.OPEN:
            return
        provider = provider_of(organization, attempt.account)
        try:
            provider.cancel(_place(attempt))
        except Refused as refusal:
            logger.info("Attempt %s could not be cancelled: %s", attempt.pk, refusal)
        _look(organization, attempt.pk)


@shared_task(name=attempts.LOOK, soft_time_limit=60, time_limit=90)
def look_at_attempt(organization_id: str, outbox_id: str) -> None:
    """Ask the provider how an attempt stands."""
    with at_provider(organization_id, outbox_id) as work:
        if work is not None:
            _look(work[0], work[1].subject_id)


@shared_task(name="payments.look_at_event", soft_time_limit=60, time_limit=90)
def look_at_event(organization_id: str, outbox_id: str) -> None:
    """Ask about whatever a provider has told of; what was not made from here is let go."""
    with at_provider(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row = work
        with read_only():
            event = ProviderEvent.objects.of(organization).get(pk=row.subject_id)
            attempt = queries.attempt_under_key(organization, event.attempt_reference)
            attempt = attempt or queries.attempt_of_payment_reference(organization, event.payment_reference)
        if attempt is not None and attempt.account_id == event.account_id:
            _look(organization, attempt.pk)
            look_at_refunds(organization)
            if "refund" in event.kind and attempt.payment_id is not None:
                look_at_paid_refunds(organization, attempt)
        elif row.attempts < STRANGERS_MAX:
            raise NoAnswer("Nothing is known of this payment yet.")


@shared_task(name=attempts.CHARGE, soft_time_limit=60, time_limit=90)
def charge_method(organization_id: str, outbox_id: str) -> None:
    """Charge a saved method for one claim."""
    with at_provider(organization_id, outbox_id) as work:
        if work is not None:
            charge_attempt(work[0], work[1].subject_id, is_again=work[1].attempts > 1)


@shared_task(name="payments.charge_many", soft_time_limit=170, time_limit=200)
def charge_many(organization_id: str, outbox_id: str) -> None:
    """Charge saved methods for many claims, one after the other."""
    jobs.run(organization_id, outbox_id, _charge_items)


@shared_task(name=provider_accounts.CONNECT, soft_time_limit=60, time_limit=90)
def connect_provider(organization_id: str, outbox_id: str) -> None:
    """Make ourselves known to a provider, which tells us from then on what happens."""
    with at_provider(organization_id, outbox_id) as work:
        if work is None:
            return
        organization, row = work
        with read_only():
            account = queries.get_account(organization, row.subject_id)
        try:
            found = provider_of(organization, account).connect(hook_address(account), f"{account.pk}:{account.version}")
        except (Refused, NoAnswer) as error:
            provider_accounts.keep_problem(organization, account.provider, str(error))
            return
        provider_accounts.keep_connection(organization, account.provider, found, now=timezone.now())


@shared_task(name="payments.forget_method", soft_time_limit=60, time_limit=90)
def forget_method(organization_id: str, outbox_id: str) -> None:
    """Have the provider forget a saved method."""
    with at_provider(organization_id, outbox_id) as work:
        if work is None:
            return
        with read_only():
            method = queries.get_method(work[0], work[1].subject_id)
        try:
            provider_of(work[0], method.account).forget(open_token(method))
        except Refused as refusal:
            logger.info("Method %s was forgotten already: %s", method.pk, refusal)


@shared_task(name="payments.reconcile_attempts", soft_time_limit=170, time_limit=200)
def reconcile_attempts() -> int:
    """Ask about every attempt whose turn it is, and end states that have lasted too long; returns how many."""
    if environment.lock() is not environment.Lock.NONE:
        return 0  # a copy takes no money: the original asks
    return sweep_organizations("Asking about attempts", _reconcile)


def _reconcile(organization: Organization) -> int:
    now = timezone.now()
    with read_only():
        waiting = queries.attempts_to_look_at(organization, now, SWEEP_SIZE)
    with translation.override(organization.language):
        for attempt_id in waiting:
            try:
                _look(organization, attempt_id)
            except NoAnswer as error:
                logger.info("The provider of attempt %s does not answer: %s", attempt_id, error)
            attempts.note_look(organization, attempt_id, now=timezone.now())
        look_at_refunds(organization)
    return len(waiting)


def hook_address(account: ProviderAccount) -> str:
    """The address at which the provider tells us what happens."""
    path = reverse("receive_from_provider", args=[account.provider, open_secrets(account)[HOOK]])
    return f"{settings.BASE_URL.rstrip('/')}{path}"


def _attempt(organization: Organization, attempt_id: UUID) -> PaymentAttempt:
    with read_only():
        return queries.get_attempt(organization, attempt_id)


def _order(organization: Organization, attempt: PaymentAttempt) -> Order:
    return Order(
        key=str(attempt.pk),
        amount=attempt.amount,
        currency=attempt.currency,
        text=_text(organization, attempt),
        language=attempt.language,
        return_address=f"{settings.BASE_URL.rstrip('/')}{attempt.return_path}",
        expires_at=attempt.expires_at,
        saves_method=attempt.saves_method,
        mandate_text=attempt.mandate_text,
    )


def _text(organization: Organization, attempt: PaymentAttempt) -> str:
    """What stands on the provider's page and on the customer's statement: whose invoices, and which."""
    with read_only():
        numbers = queries.numbers_of(organization, attempt)
    return f"{organization.name}: {', '.join(numbers)}"[:200]


def _place(attempt: PaymentAttempt) -> Place:
    return Place(
        key=str(attempt.pk),
        checkout_reference=attempt.checkout_reference,
        payment_reference=attempt.payment_reference,
        started_at=attempt.created_at,
    )


def _look(organization: Organization, attempt_id: UUID) -> None:
    """Fetch the truth and record it; reserved money is taken, or given back where nothing is owed any more."""
    attempt = _attempt(organization, attempt_id)
    provider = provider_of(organization, attempt.account)
    attempt = _fetch(organization, provider, attempt)
    if attempt.state != AttemptState.AUTHORIZED:
        return
    taking = attempts.decide_taking(organization, attempt.pk)
    if taking is None:
        return
    try:
        if taking.is_wanted:
            provider.capture(_place(attempt), attempt.amount, attempt.currency)
        else:
            provider.cancel(_place(attempt))
    except Refused as refusal:
        logger.warning("What is reserved for attempt %s could not be taken: %s", attempt.pk, refusal)
        return
    _fetch(organization, provider, attempt)


def _fetch(organization: Organization, provider: Provider, attempt: PaymentAttempt) -> PaymentAttempt:
    try:
        truth = provider.fetch(_place(attempt))
    except Refused as refusal:
        raise NoAnswer(str(refusal)) from refusal
    now = timezone.now()
    if truth is None:
        return attempts.note_nothing_there(organization, attempt.pk, now=now)
    return online.record_provider_payment(organization, attempt.pk, truth, now=now)


def charge_attempt(organization: Organization, attempt_id: UUID, *, is_again: bool) -> PaymentAttempt:
    """Charge the saved method of an attempt; what was asked before is looked for first."""
    attempt = _attempt(organization, attempt_id)
    if attempt.state != AttemptState.CREATED or attempt.kind != AttemptKind.CHARGE or attempt.saved_method is None:
        return attempt
    provider = provider_of(organization, attempt.account)
    if is_again:
        attempt = _fetch(organization, provider, attempt)
        if attempt.state != AttemptState.CREATED:
            return attempt
    order = ChargeOrder(
        str(attempt.pk),
        open_token(attempt.saved_method),
        attempt.amount,
        attempt.currency,
        _text(organization, attempt),
    )
    try:
        truth = provider.charge(order)
    except NoAnswer:
        return attempts.note_silence(organization, attempt.pk, now=timezone.now())
    except Refused as refusal:
        return attempts.note_refusal(
            organization, attempt.pk, code=refusal.code, text=str(refusal), decline=base.HARD, now=timezone.now()
        )
    return online.record_provider_payment(organization, attempt.pk, truth, now=timezone.now())


def _charge_items(work: Work) -> None:
    organization = work.job.organization
    methods = work.job.parameters["methods"]
    actor = jobs.actor_of(work.job)
    while work.has_time:
        items = jobs.next_items(work, 1)
        if not items:
            jobs.complete(work)
            return
        [item] = items
        assert item.subject_id is not None
        method_id = UUID(methods[str(item.subject_id)])
        try:
            attempt = attempts.begin_charge(
                organization,
                method_id,
                item.subject_id,
                key=f"charge:{work.job.pk}:{item.subject_id}",
                actor=actor,
                now=timezone.now(),
            )
            attempt = charge_attempt(organization, attempt.pk, is_again=work.row.attempts > 1)
            jobs.mark(work, [_result(item, attempt)])
        except DomainError as refusal:
            jobs.mark(work, [ItemResult(item, JobState.FAILED, str(refusal))])
    jobs.hand_back(work)


def _result(item: JobItem, attempt: PaymentAttempt) -> ItemResult:
    if attempt.state == AttemptState.CAPTURED:
        return ItemResult(item, JobState.COMPLETE, _("Paid"))
    if attempt.state == AttemptState.UNKNOWN:
        return ItemResult(item, JobState.FAILED, _("The provider has not answered. It is asked again by itself."))
    if attempt.state in states.OPEN:
        return ItemResult(item, JobState.COMPLETE, _("On its way"))
    if attempt.decline == base.CUSTOMER:
        words = _("The customer must confirm. Send the invoice, or copy its link: it is paid on its page.")
        return ItemResult(item, JobState.FAILED, words)
    if attempt.decline == base.SOFT:
        return ItemResult(item, JobState.FAILED, _("Refused for now: %(reason)s") % {"reason": attempt.reason})
    return ItemResult(item, JobState.FAILED, _("Refused: %(reason)s") % {"reason": attempt.reason or "–"})
