"""What the simulated Stripe keeps: objects by their ids, events of what has happened, and how they are signed."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.psp_sim.faults import Answer
from tests.psp_sim.stripe_rules import shape

WEBHOOK_SECRET = "whsec_simulated"


class Refusal(Exception):
    """Stripe says no."""

    def __init__(self, status: int, kind: str, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"error": {"type": kind, "code": code, "message": message, **more}})


@dataclass
class StripeStore:
    """The objects of one account."""

    address: str = ""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    _count: int = 0

    def tell(self, kind: str, subject: dict[str, Any]) -> None:
        """An event of what has just happened, as the object stands now."""
        self._count += 1
        self.events.append(
            shape(
                "event",
                id=f"evt_{self._count}",
                type=kind,
                created=int(time.time()),
                livemode=False,
                data={"object": copy.deepcopy(subject)},
            )
        )

    def signed(
        self, event: dict[str, Any], *, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> tuple[bytes, dict[str, str]]:
        """An event as a message: its body and headers."""
        body = json.dumps(event, indent=2).encode()
        moment = int(time.time()) - age
        made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"Stripe-Signature": f"t={moment},v1={made}"}

    def _keep(self, kind: str, prefix: str, **values: Any) -> dict[str, Any]:
        self._count += 1
        made = shape(kind, id=f"{prefix}_{self._count}", created=int(time.time()), **values)
        self.objects[made["id"]] = made
        return made

    def _get(self, own_id: str) -> dict[str, Any]:
        if own_id not in self.objects:
            raise Refusal(404, "invalid_request_error", "resource_missing", f"No such object: {own_id}")
        return self.objects[own_id]

    def _of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.objects.values() if row["object"] == kind]

    def _list(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        since = int(params.get("created", {}).get("gte", 0))
        rows = [row for row in self._of_kind(kind) if row["created"] >= since]
        for name in ("payment_intent", "charge", "customer"):
            if name in params:
                rows = [row for row in rows if row.get(name) == params[name]]
        return {"object": "list", "data": rows, "has_more": False, "url": f"/v1/{kind}"}

    def _expanded(self, found: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        told = copy.deepcopy(found)
        for path in paths:
            steps = path.split(".")
            if steps[0] == "data":
                for row in told["data"]:
                    self._expand(row, steps[1:])
            else:
                self._expand(told, steps)
        return told

    def _expand(self, row: dict[str, Any], steps: list[str]) -> None:
        value = row.get(steps[0])
        if isinstance(value, str):
            value = row[steps[0]] = copy.deepcopy(self._get(value))
        if value and steps[1:]:
            self._expand(value, steps[1:])
