"""Stripe: cards and what else it offers on its own page, saved methods with a mandate, refunds and disputes.

No card number reaches us: customers type it on Stripe's page. Every call that changes something carries a key of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import stripe

from payments.providers import base
from payments.providers.base import (
    Capabilities,
    ChargeOrder,
    Connection,
    Dispute,
    Event,
    Message,
    NoAnswer,
    Order,
    Page,
    Place,
    ProviderPayment,
    RefundOrder,
    RefundOutcome,
    Refused,
)
from payments.providers.stripe_words import (
    CUSTOMER_CODES,
    capture_of,
    decline_of,
    dispute_of,
    method_of,
    refund_of,
    saved_of,
)

CURRENCIES = frozenset({"NOK", "DKK", "SEK", "EUR", "USD", "GBP", "CHF"})
SECONDS = 15.0
TEXT_MAX = 1200  # of the sentence above the button of Stripe's page
LISTED_MAX = 100
CONFLICT = 409
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "charge.failed",
    "charge.refunded",
    "charge.refund.updated",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
EXPANDED = ["latest_charge.balance_transaction", "payment_method"]
EXPANDED_OF_PAGE = ["payment_intent", *(f"payment_intent.{name}" for name in EXPANDED)]
WAITS_FOR_CUSTOMER = "requires_action"
STATES = {
    "requires_confirmation": base.PENDING,
    "requires_action": base.PENDING,
    "processing": base.PROCESSING,
    "requires_capture": base.AUTHORIZED,
    "succeeded": base.CAPTURED,
    "canceled": base.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Stripe:
    """One account at Stripe."""

    api_key: str
    webhook_secret: str = ""
    account_reference: str = ""
    address: str = "https://api.stripe.com"

    @property
    def capabilities(self) -> Capabilities:
        """Cards in the currencies of the Nordic countries and the common ones beside."""
        return Capabilities(currencies=CURRENCIES, amount_max=Decimal("999999.99"), saves_methods=True)

    @property
    def is_live(self) -> bool:
        """Whether real money moves."""
        return "_live_" in self.api_key[:10]

    def connect(self, hook_address: str, key: str) -> Connection:
        """Ask who we are, and have events sent to us."""
        client = self._client()
        account = _call(client.v1.accounts.retrieve_current)
        endpoint = _call(
            lambda: client.v1.webhook_endpoints.create(
                {"url": hook_address, "enabled_events": list(EVENTS), "api_version": stripe.api_version},  # type: ignore[arg-type,typeddict-item]
                {"idempotency_key": f"{key}:connect"},
            )
        )
        return Connection(account["id"], self.is_live, {"webhook_secret": endpoint["secret"]})

    def start(self, order: Order) -> Page:
        """A page of Stripe's that lives until the order expires."""
        params: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": order.key,
            "metadata": {"attempt": order.key},
            "payment_intent_data": {"metadata": {"attempt": order.key}, "description": order.text},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency.lower(),
                        "unit_amount": base.to_minor(order.amount),
                        "product_data": {"name": order.text},
                    },
                }
            ],
            "success_url": order.return_address,
            "cancel_url": order.return_address,
            "expires_at": int(order.expires_at.timestamp()),
            "locale": order.language,
        }
        if order.email:
            params["customer_email"] = order.email
        if order.saves_method:
            params["customer_creation"] = "always"
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
            params["custom_text"] = {"submit": {"message": order.mandate_text[:TEXT_MAX]}}
        client = self._client()
        session = _call(
            lambda: client.v1.checkout.sessions.create(params, {"idempotency_key": f"{order.key}:start"})  # type: ignore[arg-type]
        )
        return Page(session["id"], session["url"])

    def fetch(self, place: Place) -> ProviderPayment | None:
        """The page and its payment, or the payment of a charge; looked for by our key where no name is known."""
        client = self._client()
        if place.checkout_reference:
            options: Any = {"expand": EXPANDED_OF_PAGE}
            session = _call(lambda: client.v1.checkout.sessions.retrieve(place.checkout_reference, options))
            return self._of_page(session)
        intent = self._intent(place)
        if intent is not None:
            return self._of_intent(intent)
        session = self._looked_for(client.v1.checkout.sessions.list, place, EXPANDED_OF_PAGE)
        return self._of_page(session) if session is not None else None

    def capture(self, place: Place, amount: Decimal, currency: str) -> None:
        """Take a reserved amount."""
        client = self._client()
        key = {"idempotency_key": f"{place.key}:capture"}
        _call(
            lambda: client.v1.payment_intents.capture(
                place.payment_reference,
                {"amount_to_capture": base.to_minor(amount)},
                key,  # type: ignore[arg-type]
            )
        )

    def cancel(self, place: Place) -> None:
        """Close the page, or give the reservation back."""
        client = self._client()
        key: Any = {"idempotency_key": f"{place.key}:cancel"}
        if place.checkout_reference:
            _call(lambda: client.v1.checkout.sessions.expire(place.checkout_reference, {}, key))
        elif place.payment_reference:
            _call(lambda: client.v1.payment_intents.cancel(place.payment_reference, {}, key))

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back to the card."""
        client = self._client()
        params: Any = {
            "payment_intent": order.payment_reference,
            "amount": base.to_minor(order.amount),
            "metadata": {"refund": order.key},
        }
        try:
            made = _call(lambda: client.v1.refunds.create(params, {"idempotency_key": f"{order.key}:refund"}))
        except Refused as refusal:
            return RefundOutcome(base.REFUND_REFUSED, text=str(refusal))
        return refund_of(made)

    def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """The refund that carries our key."""
        client = self._client()
        params: Any = {"payment_intent": order.payment_reference, "limit": LISTED_MAX}
        found = _call(lambda: client.v1.refunds.list(params))
        return next((refund_of(row) for row in found["data"] if row["metadata"].get("refund") == order.key), None)

    def charge(self, order: ChargeOrder) -> ProviderPayment:
        """Charge a saved card now; a refusal is an answer, not an error."""
        token = json.loads(order.token)
        client = self._client()
        params: Any = {
            "amount": base.to_minor(order.amount),
            "currency": order.currency.lower(),
            "customer": token["customer"],
            "payment_method": token["method"],
            "off_session": True,
            "confirm": True,
            "description": order.text,
            "metadata": {"attempt": order.key},
            "expand": EXPANDED,
        }
        try:
            intent = client.v1.payment_intents.create(params, {"idempotency_key": f"{order.key}:charge"})
        except stripe.CardError as error:
            return _declined(error, order)
        except stripe.StripeError as error:
            raise _told(error) from error
        found = self._of_intent(intent.to_dict())
        if found.decline == base.CUSTOMER:
            self._close(intent["id"], order)
        return found

    def _close(self, reference: str, order: ChargeOrder) -> None:
        """What waits for the cardholder is closed at Stripe: the customer confirms by paying on our own page."""
        key: Any = {"idempotency_key": f"{order.key}:cancel"}
        try:
            _call(lambda: self._client().v1.payment_intents.cancel(reference, {}, key))
        except (NoAnswer, Refused):
            return  # nobody can confirm it: its secret was given to nobody

    def forget(self, token: str) -> None:
        """Detach the card from Stripe's customer."""
        client = self._client()
        _call(lambda: client.v1.payment_methods.detach(json.loads(token)["method"]))

    def verify(self, message: Message) -> Sequence[Event]:
        """One event, signed over the body as it came."""
        try:
            body = message.body.decode()
            stripe.WebhookSignature.verify_header(
                body, message.headers.get("stripe-signature", ""), self.webhook_secret, base.TOLERANCE_SECONDS
            )
            told = json.loads(body)
            subject = told["data"]["object"]
            occurred_at = datetime.fromtimestamp(int(told["created"]), UTC)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise base.Forged(str(error)) from error
        if told.get("account", self.account_reference) != self.account_reference or told["livemode"] != self.is_live:
            raise base.Forged("The event is of another account.")
        metadata = subject.get("metadata") or {}
        is_intent = subject.get("object") == "payment_intent"
        reference = subject.get("id") if is_intent else subject.get("payment_intent")
        return [
            Event(
                str(told["id"]),
                str(told["type"]),
                occurred_at,
                str(subject.get("client_reference_id") or metadata.get("attempt") or ""),
                reference if isinstance(reference, str) else "",
            )
        ]

    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            self.api_key,
            base_addresses={"api": self.address},
            http_client=stripe.RequestsClient(timeout=SECONDS),
            max_network_retries=0,  # what may be asked again is decided by whoever keeps the key
        )

    def _intent(self, place: Place) -> Any:
        client = self._client()
        if place.payment_reference:
            options: Any = {"expand": EXPANDED}
            return _call(lambda: client.v1.payment_intents.retrieve(place.payment_reference, options))
        return self._looked_for(client.v1.payment_intents.list, place, EXPANDED)

    def _looked_for(self, ask: Callable[..., Any], place: Place, expand: list[str]) -> Any:
        if place.started_at is None:
            return None
        since = int(place.started_at.timestamp()) - base.TOLERANCE_SECONDS
        params = {"created": {"gte": since}, "limit": LISTED_MAX, "expand": [f"data.{name}" for name in expand]}
        try:
            rows = (row.to_dict() for row in ask(params).auto_paging_iter())
            return next((row for row in rows if row["metadata"].get("attempt") == place.key), None)
        except stripe.StripeError as error:
            raise _told(error) from error

    def _of_page(self, session: Any) -> ProviderPayment:
        intent = session["payment_intent"]
        occurred_at = datetime.fromtimestamp(session["created"], UTC)
        if intent is not None and intent["status"] in STATES:
            return self._of_intent(intent, page=session["id"])
        state = base.EXPIRED if session["status"] == "expired" else base.PENDING
        if session["status"] == "complete":
            state = base.FAILED  # the customer was done, and the money did not come
        error = (intent["last_payment_error"] if intent is not None else None) or {}
        return ProviderPayment(
            state=state,
            currency=(session["currency"] or "").upper(),
            occurred_at=occurred_at,
            checkout_reference=session["id"],
            payment_reference=intent["id"] if intent is not None else "",
            code=error.get("decline_code") or error.get("code") or "",
            text=error.get("message") or "",
        )

    def _of_intent(self, intent: Any, page: str = "") -> ProviderPayment:
        charge = intent["latest_charge"]
        charge = charge if not isinstance(charge, str) else None
        error = intent["last_payment_error"] or {}
        code = error.get("decline_code") or error.get("code") or ""
        state = STATES.get(intent["status"], base.FAILED)
        if intent["status"] == WAITS_FOR_CUSTOMER and not page:
            state, code = base.FAILED, code or "authentication_required"  # a charge, and nobody is there to confirm it
        if state == base.CAPTURED and charge is not None and charge["status"] == "failed":
            state, code = base.FAILED, charge["failure_code"] or "failed"
        has_come = state == base.CAPTURED
        moment = charge["created"] if charge is not None else intent["created"]
        return ProviderPayment(
            state=state,
            currency=intent["currency"].upper(),
            occurred_at=datetime.fromtimestamp(moment, UTC),
            captures=[capture_of(intent, charge)] if has_come else (),
            authorized=base.from_minor(intent["amount_capturable"]),
            refunded=base.from_minor(charge["amount_refunded"]) if charge is not None else Decimal(0),
            checkout_reference=page,
            payment_reference=intent["id"],
            method=method_of(intent["payment_method"]),
            code=code,
            text=error.get("message") or "",
            decline=decline_of(code) if state == base.FAILED else "",
            saved=saved_of(intent) if has_come else None,
            disputes=tuple(self._disputes(intent["id"])) if charge is not None and charge["disputed"] else (),
        )

    def _disputes(self, payment_reference: str) -> Iterator[Dispute]:
        client = self._client()
        params: Any = {"payment_intent": payment_reference, "limit": LISTED_MAX}
        yield from map(dispute_of, _call(lambda: client.v1.disputes.list(params))["data"])


def _call(ask: Callable[[], Any]) -> Any:
    try:
        return ask().to_dict()
    except stripe.StripeError as error:
        raise _told(error) from error


def _told(error: stripe.StripeError) -> NoAnswer | Refused:
    """Whether what was asked may have happened."""
    text = error.user_message or str(error)
    if isinstance(error, stripe.RateLimitError | stripe.APIConnectionError) or error.http_status == CONFLICT:
        return NoAnswer(text)
    if isinstance(
        error, stripe.InvalidRequestError | stripe.AuthenticationError | stripe.PermissionError | stripe.CardError
    ):
        return Refused(text, code=error.code or "")
    if isinstance(error, stripe.IdempotencyError):
        return Refused(text, code="idempotency")
    return NoAnswer(text)


def _declined(error: stripe.CardError, order: ChargeOrder) -> ProviderPayment:
    body = (error.json_body or {}).get("error", {}) if isinstance(error.json_body, dict) else {}
    code = body.get("decline_code") or error.code or ""
    intent = body.get("payment_intent") or {}
    return ProviderPayment(
        state=base.FAILED,
        currency=order.currency,
        occurred_at=datetime.now(UTC),
        payment_reference=intent.get("id", ""),
        code=code,
        text=error.user_message or "",
        decline=decline_of(error.code if error.code in CUSTOMER_CODES else code),
    )
