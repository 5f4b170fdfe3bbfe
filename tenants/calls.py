"""What calls with a key have done: kept in the transaction that did it, found again when the call is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation import rows
from foundation.ids import uuid7
from tenants.models import ApiCall, ApiToken, Organization

_CLAIM = """
    INSERT INTO tenants_apicall (id, organization_id, token_id, key, operation, request_sha256, status, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (organization_id, key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a key: the operation, the hash of what is asked, and the status that it will have if it is done."""

    key: str
    operation: str
    request_sha256: str
    status: int


def find_call(organization: Organization, key: str) -> ApiCall | None:
    """What was done under the key, if anything was."""
    return ApiCall.objects.of(organization).filter(key=key).first()


def claim_call(token: ApiToken, call: Call, *, now: datetime) -> UUID | None:
    """Take the key in the caller's transaction, having waited for whoever else has it; None where it is used."""
    call_id = uuid7()
    values = [call_id, token.organization_id, token.pk, call.key, call.operation, call.request_sha256, call.status, now]
    return call_id if rows.execute(_CLAIM, values) else None


def keep_answer(organization: Organization, call_id: UUID, answer: Any) -> None:
    """Write down, in the caller's transaction, what the call is answered."""
    ApiCall.objects.of(organization).filter(pk=call_id).update(answer=answer)


def forget_calls(organization: Organization, before: datetime, most: int) -> int:
    """Forget what calls have done that nobody will repeat any more; returns how many."""
    old = ApiCall.objects.of(organization).filter(created_at__lt=before).order_by("created_at", "id")[:most]
    with transaction.atomic():
        keys = list(old.values_list("pk", flat=True))
        ApiCall.objects.of(organization).filter(pk__in=keys).delete()
    return len(keys)
