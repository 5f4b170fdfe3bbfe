"""Vipps MobilePay, ePayment: the customer confirms in the app, the money is reserved, and we take it.

The return address tells nothing, so the payment is always asked for. Messages are signed over the address that the
provider used, which is ours by configuration.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from payments.providers import base
from payments.providers.base import (
    Capabilities,
    Capture,
    ChargeOrder,
    Connection,
    Event,
    Forged,
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

CURRENCIES = frozenset({"NOK", "DKK", "EUR"})
SECONDS = 15.0
ANSWER_BYTES_MAX = 256 * 1024
TEXT_MAX = 100
TOKEN_SPARE_SECONDS = 120
SYSTEM = "bilag"
LATER = frozenset({408, 409, 423, 429})
NOT_FOUND = 404
SIGNED = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
EVENTS = tuple(
    f"epayments.payment.{name}.v1"
    for name in ("aborted", "expired", "cancelled", "captured", "refunded", "authorized", "terminated")
)
STATES = {
    "CREATED": base.PENDING,
    "AUTHORIZED": base.AUTHORIZED,
    "ABORTED": base.CANCELLED,
    "TERMINATED": base.CANCELLED,
    "EXPIRED": base.EXPIRED,
}
# Tokens of this process, by the account that they open; a token lives about a day.
_tokens: dict[str, tuple[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Vipps:
    """One sales unit at Vipps MobilePay."""

    client_id: str
    client_secret: str
    subscription_key: str
    merchant_serial_number: str
    address: str
    webhook_secret: str = ""
    is_live: bool = False

    @property
    def capabilities(self) -> Capabilities:
        """Three currencies, and money that is reserved first; charges without the customer are another product."""
        return Capabilities(currencies=CURRENCIES, amount_max=Decimal("650000.00"), waits_for_capture=True)

    def connect(self, hook_address: str, key: str) -> Connection:
        """Register the address of the way back; the answer holds the secret that messages are signed with."""
        body = {"url": hook_address, "events": list(EVENTS)}
        told = self._ask("POST", "/webhooks/v1/webhooks", body, key=f"{key}:connect"[:50])
        return Connection(self.merchant_serial_number, self.is_live, {"webhook_secret": str(told["secret"])})

    def start(self, order: Order) -> Page:
        """A page that opens the app; Vipps knows it by our own key."""
        body = {
            "amount": _amount(order.amount, order.currency),
            "paymentMethod": {"type": "WALLET"},
            "reference": order.key,
            "returnUrl": order.return_address,
            "userFlow": "WEB_REDIRECT",
            "paymentDescription": order.text[:TEXT_MAX],
        }
        told = self._ask("POST", "/epayment/v1/payments", body, key=f"{order.key}:start")
        return Page(order.key, str(told["redirectUrl"]))

    def fetch(self, place: Place) -> ProviderPayment | None:
        """The payment with its sums, and the day on which the money was taken."""
        try:
            told = self._ask("GET", f"/epayment/v1/payments/{place.key}")
        except Refused as refusal:
            if refusal.code == str(NOT_FOUND):
                return None
            raise
        sums = told["aggregate"]
        captured, authorized = _value(sums["capturedAmount"]), _value(sums["authorizedAmount"])
        state = base.CAPTURED if captured else STATES[told["state"]]
        if state == base.AUTHORIZED and authorized and _value(sums["cancelledAmount"]) >= authorized:
            state = base.CANCELLED
        captures, occurred_at = self._captures(place, captured) if captured else ((), datetime.now(UTC))
        return ProviderPayment(
            state=state,
            currency=told["amount"]["currency"],
            occurred_at=occurred_at,
            captures=captures,
            authorized=authorized,
            refunded=_value(sums["refundedAmount"]),
            checkout_reference=place.key,
            payment_reference=place.key,
            method="wallet",
            code=told["state"].lower() if state in {base.CANCELLED, base.EXPIRED} else "",
        )

    def capture(self, place: Place, amount: Decimal, currency: str) -> None:
        """Take the reserved money."""
        self._change(place.key, "capture", amount, currency, key=f"{place.key}:capture")

    def cancel(self, place: Place) -> None:
        """Close the payment before it is reserved, or give the reservation back."""
        self._ask("POST", f"/epayment/v1/payments/{place.key}/cancel", {}, key=f"{place.key}:cancel")

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back to the wallet; it has left when Vipps says so."""
        try:
            reference = _reference(order)
            told = self._change(reference, "refund", order.amount, order.currency, key=order.key)
        except Refused as refusal:
            return RefundOutcome(base.REFUND_REFUSED, text=str(refusal))
        return RefundOutcome(base.REFUND_DONE, str(told["pspReference"]))

    def find_refund(self, order: RefundOrder) -> RefundOutcome | None:
        """The event of the refund that was asked for with our key."""
        for event in self._ask("GET", f"/epayment/v1/payments/{_reference(order)}/events"):
            if event.get("idempotencyKey") == order.key and event.get("name") == "REFUNDED":
                state = base.REFUND_DONE if event["success"] else base.REFUND_REFUSED
                return RefundOutcome(state, str(event["pspReference"]))
        return None

    def charge(self, order: ChargeOrder) -> ProviderPayment:
        """Not with ePayment: charges without the customer need an agreement of their own."""
        raise Refused("Vipps MobilePay ePayment does not charge without the customer.", code="not_supported")

    def forget(self, token: str) -> None:
        """There is nothing to forget."""

    def verify(self, message: Message) -> Sequence[Event]:
        """One event, signed over its day, our host and the body as it came."""
        self._check(message)
        try:
            told = json.loads(message.body)
            names = [str(told[name]) for name in ("msn", "reference", "name", "pspReference")]
            occurred_at = datetime.fromisoformat(str(told["timestamp"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Forged(str(error)) from error
        if names[0] != self.merchant_serial_number:
            raise Forged("The event is of another sales unit.")
        if occurred_at.tzinfo is None:
            occurred_at = occurred_at.replace(tzinfo=UTC)
        # There is no id in a message: these four together are said once.
        return [Event(":".join(names), names[2].lower(), occurred_at, names[1], names[1])]

    def _check(self, message: Message) -> None:
        headers = message.headers
        content = base64.b64encode(hashlib.sha256(message.body).digest()).decode()
        text = f"POST\n{message.path}\n{headers.get('x-ms-date', '')};{message.host};{content}"
        made = signature_of(self.webhook_secret, text)
        try:
            said_at = parsedate_to_datetime(headers.get("x-ms-date", ""))
        except (ValueError, TypeError) as error:
            raise Forged("The message has no date.") from error
        age = abs((message.now - said_at).total_seconds()) if said_at.tzinfo else base.TOLERANCE_SECONDS + 1
        is_genuine = hmac.compare_digest(
            headers.get("authorization", "").encode(), (SIGNED + made).encode()
        ) and hmac.compare_digest(headers.get("x-ms-content-sha256", "").encode(), content.encode())
        if not self.webhook_secret or not is_genuine:
            raise Forged("The signature is not the provider's.")
        if age > base.TOLERANCE_SECONDS:
            raise Forged("The message is too old.")

    def _captures(self, place: Place, captured: Decimal) -> tuple[Sequence[Capture], datetime]:
        """Each time that money was taken, the first under our own key: ours, and what is taken in Vipps' portal."""
        events = self._ask("GET", f"/epayment/v1/payments/{place.key}/events")
        taken = [event for event in events if event.get("name") == "CAPTURED" and event.get("success")]
        if not taken:
            return [Capture(place.key, captured)], datetime.now(UTC)
        taken.sort(key=lambda event: (event["timestamp"], event["pspReference"]))
        later = [Capture(f"{place.key}/{event['pspReference']}"[:120], _value(event["amount"])) for event in taken[1:]]
        first = captured - sum((capture.amount for capture in later), Decimal(0))
        return [Capture(place.key, first), *later], datetime.fromisoformat(taken[0]["timestamp"])

    def _change(self, reference: str, verb: str, amount: Decimal, currency: str, *, key: str) -> Any:
        body = {"modificationAmount": _amount(amount, currency)}
        return self._ask("POST", f"/epayment/v1/payments/{reference}/{verb}", body, key=key)

    def _ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Ocp-Apim-Subscription-Key": self.subscription_key,
            "Merchant-Serial-Number": self.merchant_serial_number,
            "Vipps-System-Name": SYSTEM,
        }
        if key:
            headers["Idempotency-Key"] = key
        return self._send(method, path, headers, body)

    def _token(self) -> str:
        place = hashlib.sha256(f"{self.address}:{self.client_id}:{self.client_secret}".encode()).hexdigest()
        token, ends = _tokens.get(place, ("", 0.0))
        if time.monotonic() < ends:
            return token
        told = self._send(
            "POST",
            "/accesstoken/get",
            {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "Ocp-Apim-Subscription-Key": self.subscription_key,
                "Merchant-Serial-Number": self.merchant_serial_number,
            },
            None,
        )
        token = str(told["access_token"])
        _tokens[place] = (token, time.monotonic() + int(told["expires_in"]) - TOKEN_SPARE_SECONDS)
        return token

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: Any) -> Any:
        try:
            with httpx2.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
                reply = client.request(method, f"{self.address}{path}", headers=dict(headers), json=body)
        except httpx2.HTTPError as error:
            raise NoAnswer(f"{type(error).__name__} {error}".strip()) from error
        if reply.status_code >= 500 or reply.status_code in LATER or len(reply.content) > ANSWER_BYTES_MAX:
            raise NoAnswer(f"{reply.status_code} {_words(reply)}")
        if reply.status_code >= 300:
            raise Refused(_words(reply), code=str(reply.status_code))
        try:
            return reply.json()
        except ValueError as error:
            raise NoAnswer("The answer is not JSON.") from error


def _reference(order: RefundOrder) -> str:
    """The payment at Vipps, also where the money was taken by a later capture of it."""
    return order.payment_reference.partition("/")[0]


def signature_of(secret: str, text: str) -> str:
    """How Vipps signs a text."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _amount(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"currency": currency, "value": base.to_minor(amount)}


def _value(told: Mapping[str, Any]) -> Decimal:
    return base.from_minor(int(told["value"]))


def _words(reply: httpx2.Response) -> str:
    try:
        told = reply.json()
    except ValueError:
        return reply.text[:200]
    if isinstance(told, dict):
        return str(told.get("detail") or told.get("title") or told)[:300]
    return str(told)[:300]
