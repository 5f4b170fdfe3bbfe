"""Vipps MobilePay for tests: requests are held against the published description, sums kept, messages signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from tests.psp_sim.faults import Answer, Faults
from tests.psp_sim.openapi import OpenApi
from tests.psp_sim.stripe_rules import CONTRACT

DESCRIPTION = OpenApi(CONTRACT / "vipps_epayment.yml")
MSN, TOKEN, WEBHOOK_SECRET = "123456", "a-token-of-a-day", "a-secret-of-the-webhook"
KEYS = {
    "client_id": "client",
    "client_secret": "client-secret",
    "subscription_key": "subscription",
    "merchant_serial_number": MSN,
}


@dataclass
class VippsSimulator:
    """One sales unit."""

    faults: Faults = field(default_factory=Faults)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    hooks: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def answer(self, request: Any) -> None:
        """One request over HTTP."""
        path = urlsplit(request.path).path
        content = request.body
        body = json.loads(content) if content else None
        operation = _operation(request.command, path)
        told = self.faults.around(
            operation, lambda: self._answer(request.command, path, dict(request.headers), body), _trouble
        )
        if told is None:
            request.hang_up()
        else:
            request.say(told.status, json.dumps(told.body), Content_Type="application/json")

    def _answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Answer:
        told = {name.lower(): value for name, value in headers.items()}
        if path == "/accesstoken/get":
            known = (told.get("client_id"), told.get("client_secret"), told.get("ocp-apim-subscription-key"))
            if known != (KEYS["client_id"], KEYS["client_secret"], KEYS["subscription_key"]):
                return _problem(401, "The keys are wrong.")
            return Answer(200, {"access_token": TOKEN, "expires_in": 3600})
        if told.get("authorization") != f"Bearer {TOKEN}":
            return _problem(401, "The token is wrong.")
        if path == "/webhooks/v1/webhooks":
            self.hooks.append(body)
            return Answer(201, {"id": str(len(self.hooks)), "secret": WEBHOOK_SECRET})
        found = DESCRIPTION.complaints(method, path, headers, body)
        if found:
            self.complaints += found
            return _problem(400, "; ".join(found))
        return self._once(method, path, told.get("idempotency-key", ""), body)

    def _once(self, method: str, path: str, key: str, body: Any) -> Answer:
        said = json.dumps([path, body], sort_keys=True)
        if method == "POST" and key in self.keys:
            before, answer = self.keys[key]
            return answer if before == said else _problem(409, "The key was used for something else.")
        answer = self._do(method, path, key, body)
        if method == "POST" and answer.status < 300:
            self.keys[key] = (said, answer)
        return answer

    def _do(self, method: str, path: str, key: str, body: Any) -> Answer:
        steps = path.strip("/").split("/")[2:]
        if len(steps) == 1:
            return self._create(body, key)
        reference = steps[1]
        if reference not in self.payments:
            return _problem(404, "There is no such payment.")
        if method == "GET":
            events = [event for event in self.events if event["reference"] == reference]
            return Answer(200, events if steps[2:] == ["events"] else self.payments[reference])
        if steps[2] == "cancel":
            return self._cancel(reference, key)
        return self._adjust(reference, steps[2], body["modificationAmount"]["value"], key)

    def _create(self, body: dict[str, Any], key: str) -> Answer:
        reference = body["reference"]
        if reference in self.payments:
            return _problem(409, "The reference is in use.")
        zero = {"currency": body["amount"]["currency"], "value": 0}
        sums = ("authorizedAmount", "cancelledAmount", "capturedAmount", "refundedAmount")
        self.payments[reference] = {
            "aggregate": {name: dict(zero) for name in sums},
            "amount": body["amount"],
            "state": "CREATED",
            "paymentMethod": {"type": "WALLET"},
            "profile": {},
            "pspReference": f"psp-{len(self.payments) + 1}",
            "reference": reference,
            "redirectUrl": f"https://landing.vipps.example/?token={reference}",
        }
        self.tell(reference, "CREATED", body["amount"]["value"], key)
        return Answer(201, {"redirectUrl": self.payments[reference]["redirectUrl"], "reference": reference})

    def _cancel(self, reference: str, key: str) -> Answer:
        payment = self.payments[reference]
        sums = payment["aggregate"]
        if payment["state"] == "CREATED":
            payment["state"] = "TERMINATED"
            self.tell(reference, "TERMINATED", payment["amount"]["value"], key)
        elif payment["state"] == "AUTHORIZED" and not sums["capturedAmount"]["value"]:
            sums["cancelledAmount"]["value"] = sums["authorizedAmount"]["value"]
            self.tell(reference, "CANCELLED", sums["cancelledAmount"]["value"], key)
        else:
            return _problem(400, "The payment cannot be cancelled.")
        return self._modified(reference)

    def _adjust(self, reference: str, verb: str, amount: int, key: str) -> Answer:
        sums = self.payments[reference]["aggregate"]
        source, target = (
            ("authorizedAmount", "capturedAmount") if verb == "capture" else ("capturedAmount", "refundedAmount")
        )
        left = sums[source]["value"] - sums[target]["value"]
        if verb == "capture":
            left -= sums["cancelledAmount"]["value"]
        if amount > left:
            return _problem(400, f"The amount is more than can be {target.removesuffix('Amount')}.")
        sums[target]["value"] += amount
        self.tell(reference, "CAPTURED" if verb == "capture" else "REFUNDED", amount, key)
        return self._modified(reference)

    def _modified(self, reference: str) -> Answer:
        payment = self.payments[reference]
        names = ("amount", "state", "aggregate", "pspReference", "reference")
        return Answer(200, {name: payment[name] for name in names})

    # --- What the customer does, and what we are told ------------------------------------------------------------

    def approve(self, reference: str) -> None:
        """The customer confirms in the app: the money is reserved."""
        payment = self.payments[reference]
        if payment["state"] == "CREATED":
            payment["state"] = "AUTHORIZED"
            payment["aggregate"]["authorizedAmount"]["value"] = payment["amount"]["value"]
            self.tell(reference, "AUTHORIZED", payment["amount"]["value"])

    def take(self, reference: str, amount: int) -> None:
        """Somebody takes a part of what is reserved, in the portal."""
        assert self._adjust(reference, "capture", amount, "").status == 200

    def abort(self, reference: str) -> None:
        """The customer says no in the app."""
        self.payments[reference]["state"] = "ABORTED"
        self.tell(reference, "ABORTED", self.payments[reference]["amount"]["value"])

    def tell(self, reference: str, name: str, amount: int, key: str = "") -> None:
        """An event of what has just happened."""
        payment = self.payments[reference]
        self.events.append(
            {
                "msn": MSN,
                "reference": reference,
                "pspReference": f"{payment['pspReference']}-{name}-{len(self.events)}",
                "name": name,
                "amount": {"currency": payment["amount"]["currency"], "value": amount},
                "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
                "idempotencyKey": key or None,
                "success": True,
            }
        )

    def signed(
        self, event: dict[str, Any], *, host: str, path: str, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> tuple[bytes, dict[str, str]]:
        """An event as a message to an address of ours: its body and headers."""
        body = json.dumps(event).encode()
        moment = format_datetime(datetime.now(UTC) - timedelta(seconds=age), usegmt=True)
        content = base64.b64encode(hashlib.sha256(body).digest()).decode()
        text = f"POST\n{path}\n{moment};{host};{content}"
        made = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
        signature = f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={made}"
        return body, {"x-ms-date": moment, "x-ms-content-sha256": content, "Authorization": signature}


def _operation(method: str, path: str) -> str:
    last = path.rstrip("/").rsplit("/", 1)[1]
    return last if last in {"get", "cancel", "capture", "refund", "events", "webhooks"} else {
        "POST": "create", "GET": "payment"
    }[method]  # fmt: skip


def _problem(status: int, detail: str) -> Answer:
    return Answer(status, {"type": "https://example.com/problem", "title": detail, "status": status, "traceId": "1"})


def _trouble(status: int) -> Answer:
    return _problem(status, f"Simulated trouble: {status}.")
