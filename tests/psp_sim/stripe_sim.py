"""Stripe for tests: thirteen operations and the questions beside them, a page with buttons, and signed events."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.psp_sim.faults import Answer, Faults
from tests.psp_sim.stripe_rules import Unknown, check, decode, shape
from tests.psp_sim.stripe_store import WEBHOOK_SECRET, Refusal, StripeStore

API_KEY = "sk_test_simulated"
DECLINED, NEEDS_CUSTOMER, EXPIRED_CARD = "pm_declined", "pm_authentication", "pm_expired"
NEEDS_ACTION = "pm_next_action"  # Stripe answers with a payment that waits for the cardholder, and no error
REFUSALS = {
    DECLINED: ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    NEEDS_CUSTOMER: ("authentication_required", "authentication_required", "This payment needs the cardholder."),
    EXPIRED_CARD: ("expired_card", "expired_card", "Your card has expired."),
}
ROUTES: dict[tuple[str, str, str], str] = {
    ("GET", "account", ""): "account",
    ("POST", "webhook_endpoints", ""): "webhook_endpoints.create",
    ("POST", "checkout/sessions", ""): "checkout.sessions.create",
    ("GET", "checkout/sessions", ""): "checkout.sessions.list",
    ("GET", "checkout/sessions", "id"): "checkout.sessions.retrieve",
    ("POST", "checkout/sessions", "expire"): "checkout.sessions.expire",
    ("POST", "payment_intents", ""): "payment_intents.create",
    ("GET", "payment_intents", ""): "payment_intents.list",
    ("GET", "payment_intents", "id"): "payment_intents.retrieve",
    ("POST", "payment_intents", "id"): "payment_intents.update",
    ("POST", "payment_intents", "confirm"): "payment_intents.confirm",
    ("POST", "payment_intents", "capture"): "payment_intents.capture",
    ("POST", "payment_intents", "cancel"): "payment_intents.cancel",
    ("POST", "setup_intents", ""): "setup_intents.create",
    ("POST", "setup_intents", "confirm"): "setup_intents.confirm",
    ("POST", "refunds", ""): "refunds.create",
    ("GET", "refunds", ""): "refunds.list",
    ("GET", "disputes", ""): "disputes.list",
    ("POST", "customers", ""): "customers.create",
    ("POST", "payment_methods", "attach"): "payment_methods.attach",
    ("POST", "payment_methods", "detach"): "payment_methods.detach",
}


@dataclass
class StripeSimulator(StripeStore):
    """One account at Stripe."""

    faults: Faults = field(default_factory=Faults)
    keys: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    charges_made: int = 0
    fee: int = 150
    dispute_fee: int = 15_000

    def answer(self, request: Any) -> None:
        """One request over HTTP."""
        parts = urlsplit(request.path)
        steps = parts.path.strip("/").split("/")
        if steps[0] == "pay":
            self._page(request, steps)
            return
        body = request.body.decode()
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            request.say(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided."}})
            return
        params = decode(body if request.command == "POST" else parts.query)
        operation, own_id = _operation(request.command, steps[1:])
        key = request.headers.get("Idempotency-Key", "")
        told = self.faults.around(operation, lambda: self._once(key, operation, own_id, params), _trouble)
        if told is None:
            request.hang_up()
        else:
            request.say(told.status, json.dumps(told.body), Content_Type="application/json")

    def _once(self, key: str, operation: str, own_id: str, params: dict[str, Any]) -> Answer:
        """The same key has the same answer; with other parameters it is refused."""
        told = json.dumps([operation, own_id, params], sort_keys=True)
        if key and key in self.keys:
            before, answer = self.keys[key]
            if before != told:
                return Refusal(400, "idempotency_error", "", "Keys can only be used with the same parameters.").answer
            return copy.deepcopy(answer)
        try:
            check(operation, params)
            answer = Answer(200, self._do(operation, own_id, params))
        except Unknown as error:
            answer = Refusal(
                400, "invalid_request_error", "parameter_unknown", f"Received unknown parameter: {error}"
            ).answer
        except Refusal as refusal:
            answer = refusal.answer
        if key:
            self.keys[key] = (told, copy.deepcopy(answer))
        return answer

    def _do(self, operation: str, own_id: str, params: dict[str, Any]) -> Any:
        work: Callable[..., Any] = getattr(self, "_" + operation.replace(".", "_"))
        found = work(own_id, params)
        return self._expanded(found, params.get("expand", []))

    # --- What Stripe does ---------------------------------------------------------------------------------------

    def _account(self, _own_id: str, _params: dict[str, Any]) -> Any:
        return {"id": "acct_simulated", "object": "account", "default_currency": "nok", "country": "NO"}

    def _webhook_endpoints_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        made = self._keep("webhook_endpoint", "we", url=params["url"], enabled_events=params["enabled_events"])
        return {**made, "secret": WEBHOOK_SECRET}

    def _customers_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._keep("customer", "cus", email=params.get("email"), metadata=params.get("metadata", {}))

    def _payment_methods_attach(self, own_id: str, params: dict[str, Any]) -> Any:
        self.method(own_id)["customer"] = params["customer"]
        return self.method(own_id)

    def _payment_methods_detach(self, own_id: str, _params: dict[str, Any]) -> Any:
        self.method(own_id)["customer"] = None
        return self.method(own_id)

    def _setup_intents_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._keep("setup_intent", "seti", **{name: params.get(name) for name in ("customer", "payment_method")})

    def _setup_intents_confirm(self, own_id: str, params: dict[str, Any]) -> Any:
        found = self._get(own_id)
        found.update(status="succeeded", payment_method=params.get("payment_method") or found["payment_method"])
        return found

    def _checkout_sessions_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        [item] = params["line_items"]
        amount = int(item["price_data"]["unit_amount"]) * int(item["quantity"])
        lives = int(params["expires_at"]) - time.time()
        if not 1700 <= lives <= 24 * 3600:
            raise Refusal(400, "invalid_request_error", "", "expires_at must be 30 minutes to 24 hours from now.")
        made = self._keep(
            "checkout.session", "cs_test", amount_total=amount, currency=item["price_data"]["currency"],
            client_reference_id=params.get("client_reference_id"), metadata=params.get("metadata", {}),
            success_url=params["success_url"], cancel_url=params["cancel_url"], status="open",
            payment_status="unpaid", payment_intent=None, customer=None, expires_at=int(params["expires_at"]),
        )  # fmt: skip
        made["url"] = f"{self.address}/pay/{made['id']}"
        made["wanted"] = {"data": params.get("payment_intent_data", {}), "customer": params.get("customer_creation")}
        return made

    def _checkout_sessions_retrieve(self, own_id: str, _params: dict[str, Any]) -> Any:
        return self._get(own_id)

    def _checkout_sessions_list(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._list("checkout.session", params)

    def _checkout_sessions_expire(self, own_id: str, _params: dict[str, Any]) -> Any:
        found = self._get(own_id)
        if found["status"] != "open":
            raise Refusal(400, "invalid_request_error", "", "Only open Checkout Sessions can be expired.")
        found["status"] = "expired"
        self.tell("checkout.session.expired", found)
        return found

    def _payment_intents_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        intent = self._keep(
            "payment_intent", "pi", amount=int(params["amount"]), currency=params["currency"],
            customer=params.get("customer"), payment_method=params.get("payment_method"), amount_received=0,
            metadata=params.get("metadata", {}), status="requires_confirmation", last_payment_error=None,
            latest_charge=None, setup_future_usage=params.get("setup_future_usage"), canceled_at=None,
        )  # fmt: skip
        return self._confirm(intent) if params.get("confirm") == "true" else intent

    def _payment_intents_retrieve(self, own_id: str, _params: dict[str, Any]) -> Any:
        return self._get(own_id)

    def _payment_intents_list(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._list("payment_intent", params)

    def _payment_intents_update(self, own_id: str, params: dict[str, Any]) -> Any:
        self._get(own_id).update(params)
        return self._get(own_id)

    def _payment_intents_confirm(self, own_id: str, params: dict[str, Any]) -> Any:
        intent = self._get(own_id)
        intent["payment_method"] = params.get("payment_method") or intent["payment_method"]
        return self._confirm(intent)

    def _payment_intents_capture(self, own_id: str, params: dict[str, Any]) -> Any:
        intent = self._get(own_id)
        if intent["status"] != "requires_capture":
            raise Refusal(400, "invalid_request_error", "payment_intent_unexpected_state", "It cannot be captured.")
        return self._succeed(intent, int(params.get("amount_to_capture", intent["amount"])))

    def _payment_intents_cancel(self, own_id: str, _params: dict[str, Any]) -> Any:
        intent = self._get(own_id)
        if intent["status"] == "succeeded":
            raise Refusal(400, "invalid_request_error", "payment_intent_unexpected_state", "It has succeeded.")
        intent["status"] = "canceled"
        self.tell("payment_intent.canceled", intent)
        return intent

    def _refunds_create(self, _own_id: str, params: dict[str, Any]) -> Any:
        intent = self._get(params["payment_intent"])
        charge, amount = self._get(intent["latest_charge"]), int(params["amount"])
        if amount > charge["amount_captured"] - charge["amount_refunded"]:
            raise Refusal(400, "invalid_request_error", "amount_too_large", "Refund amount is greater than charged.")
        charge["amount_refunded"] += amount
        refund = self._keep(
            "refund", "re", amount=amount, charge=charge["id"], payment_intent=intent["id"],
            metadata=params.get("metadata", {}), status="succeeded", currency=intent["currency"],
        )  # fmt: skip
        self.tell("charge.refunded", charge)
        return refund

    def _refunds_list(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._list("refund", params)

    def _disputes_list(self, _own_id: str, params: dict[str, Any]) -> Any:
        return self._list("dispute", params)

    # --- What the customer and the bank do ----------------------------------------------------------------------

    def pay(self, session_id: str, method: str = "pm_card_visa") -> dict[str, Any]:
        """The customer pays on the page; a card that is refused leaves the page open."""
        session = self._get(session_id)
        if session["status"] != "open":
            return session
        data = session["wanted"]["data"]
        if session["wanted"]["customer"] == "always" and not session["customer"]:
            session["customer"] = self._keep("customer", "cus")["id"]
        intent = self._keep(
            "payment_intent", "pi", amount=session["amount_total"], currency=session["currency"], amount_received=0,
            customer=session["customer"], payment_method=method, metadata=data.get("metadata", {}),
            status="requires_payment_method", last_payment_error=None, latest_charge=None, canceled_at=None,
            setup_future_usage=data.get("setup_future_usage"),
        )  # fmt: skip
        session["payment_intent"] = intent["id"]
        try:
            self._confirm(intent)
        except Refusal:
            return session
        session.update(status="complete", payment_status="paid" if intent["status"] == "succeeded" else "unpaid")
        self.tell("checkout.session.completed", session)
        return session

    def settle_debit(self, session_id: str, *, is_paid: bool) -> None:
        """The bank says what became of a debit that was on its way."""
        session = self._get(session_id)
        intent = self._get(session["payment_intent"])
        if is_paid:
            self._succeed(intent, intent["amount"])
            session["payment_status"] = "paid"
            self.tell("checkout.session.async_payment_succeeded", session)
        else:
            error = {"code": "debit_not_authorized", "message": "The bank refused."}
            intent.update(status="requires_payment_method", last_payment_error=error)
            self.tell("checkout.session.async_payment_failed", session)

    def fail_afterwards(self, intent_id: str) -> None:
        """Money that counted as paid does not come after all."""
        charge = self._get(self._get(intent_id)["latest_charge"])
        charge.update(status="failed", failure_code="payment_reversed")
        self.tell("charge.failed", charge)

    def fail_refund(self, refund_id: str) -> None:
        """Money that was sent back comes back to us: the card is closed."""
        refund = self._get(refund_id)
        refund.update(status="failed", failure_reason="lost_or_stolen_card")
        self._get(refund["charge"])["amount_refunded"] -= refund["amount"]
        self.tell("charge.refund.updated", refund)

    def dispute(self, intent_id: str, status: str = "needs_response", amount: int | None = None) -> dict[str, Any]:
        """The customer goes to the bank: Stripe takes the money with a fee at once, and gives it back if we win."""
        intent = self._get(intent_id)
        charge = self._get(intent["latest_charge"])
        charge["disputed"] = True
        found = next((row for row in self._of_kind("dispute") if row["payment_intent"] == intent_id), None)
        if found is None:
            disputed = intent["amount"] - charge["amount_refunded"] if amount is None else amount
            values = {"payment_intent": intent_id, "charge": charge["id"], "currency": intent["currency"]}
            found = self._keep("dispute", "dp", amount=disputed, **values)
            found["balance_transactions"] = [self._booked(found, -1)]
        if status == "won":
            found["balance_transactions"].append(self._booked(found, 1))
        found["status"] = status
        self.tell("charge.dispute.created" if status == "needs_response" else "charge.dispute.closed", found)
        return found

    def _booked(self, dispute: dict[str, Any], sign: int) -> dict[str, Any]:
        amount, fee = sign * dispute["amount"], -sign * self.dispute_fee
        return shape(
            "balance_transaction", amount=amount, fee=fee, net=amount - fee, currency=dispute["currency"],
            reporting_category="dispute" if sign < 0 else "dispute_reversal",
        )  # fmt: skip

    def method(self, method_id: str) -> dict[str, Any]:
        """A payment method; those with names of cards are there from the beginning."""
        if method_id not in self.objects:
            self.objects[method_id] = shape("payment_method", id=method_id, customer=None)
            if "debit" in method_id:
                self.objects[method_id].update(type="sepa_debit", card=None)
        return self.objects[method_id]

    def _confirm(self, intent: dict[str, Any]) -> dict[str, Any]:
        method = intent["payment_method"] or ""
        self.method(method)
        if method in REFUSALS:
            code, decline_code, message = REFUSALS[method]
            error = {"type": "card_error", "code": code, "decline_code": decline_code, "message": message}
            intent.update(status="requires_payment_method", last_payment_error=error)
            self.tell("payment_intent.payment_failed", intent)
            more = {"decline_code": decline_code, "payment_intent": copy.deepcopy(intent)}
            raise Refusal(402, "card_error", code, message, **more)
        if method == NEEDS_ACTION:
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk"})
            self.tell("payment_intent.requires_action", intent)
            return intent
        if "debit" in method:
            intent["status"] = "processing"
            self.tell("payment_intent.processing", intent)
            return intent
        return self._succeed(intent, intent["amount"])

    def _succeed(self, intent: dict[str, Any], amount: int) -> dict[str, Any]:
        self.charges_made += 1
        booked = self._keep("balance_transaction", "txn", amount=amount, fee=self.fee, currency=intent["currency"])
        charge = self._keep(
            "charge", "ch", amount=amount, amount_captured=amount, currency=intent["currency"], captured=True,
            balance_transaction=booked["id"], payment_intent=intent["id"], metadata=intent["metadata"],
        )  # fmt: skip
        intent.update(status="succeeded", amount_received=amount, latest_charge=charge["id"], last_payment_error=None)
        self.tell("payment_intent.succeeded", intent)
        return intent

    def _page(self, request: Any, steps: list[str]) -> None:
        """The page with its buttons, and what they do."""
        session = self.objects[steps[1]]
        if request.command == "GET":
            buttons = "".join(
                f'<form method="post" action="/pay/{session["id"]}/{name}"><button>{name}</button></form>'
                for name in ("pay", "decline", "debit", "abandon", "twice")
            )
            request.say(200, f"<!doctype html><title>Checkout</title>{buttons}", Content_Type="text/html")
            return
        request.skip()
        method = {"decline": DECLINED, "debit": "pm_debit"}.get(steps[2], "pm_card_visa")
        for _time in range({"abandon": 0, "twice": 2}.get(steps[2], 1)):
            self.pay(session["id"], method)
        request.say(303, b"", Location=session["success_url"])


def _operation(method: str, steps: list[str]) -> tuple[str, str]:
    noun = "/".join(steps[:2]) if steps[0] == "checkout" else steps[0]
    rest = steps[len(noun.split("/")) :]
    verb = "" if not rest else rest[1] if len(rest) > 1 else "id"
    return ROUTES[(method, noun, verb)], rest[0] if rest else ""


def _trouble(status: int) -> Answer:
    kind = {429: "rate_limit_error", 409: "invalid_request_error"}.get(status, "api_error")
    code = {409: "lock_timeout", 429: "rate_limit"}.get(status, "")
    return Answer(status, {"error": {"type": kind, "code": code, "message": f"Simulated trouble: {status}."}})
