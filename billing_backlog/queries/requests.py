"""Requests for higher limits, as far as somebody may see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.models import Contract, LimitDecision, LimitRequest, Project
from tenants.models import Organization

REQUESTS_SHOWN = 50


def list_limit_requests(
    organization: Organization,
    visible: QuerySet[Project],
    *,
    contract: Contract | None = None,
    most: int = REQUESTS_SHOWN,
) -> list[LimitRequest]:
    """The requests of visible projects, or of one contract: those that wait first, then the newest."""
    found = _seen(organization, visible)
    if contract is not None:
        found = found.filter(contract=contract)
    return list(found.order_by("decided_at", "-asked_at", "-id")[:most]) if contract else _waiting_first(found, most)


def _waiting_first(found: QuerySet[LimitRequest], most: int) -> list[LimitRequest]:
    waiting = list(found.filter(decision=LimitDecision.OPEN).order_by("asked_at", "id")[:most])
    answered = found.exclude(decision=LimitDecision.OPEN).order_by("-decided_at", "-id")
    return [*waiting, *answered[: max(0, most - len(waiting))]]


def get_limit_request(organization: Organization, request_id: UUID, visible: QuerySet[Project]) -> LimitRequest:
    """One request of a visible project, or 404."""
    found = _seen(organization, visible).filter(pk=request_id).first()
    if found is None:
        raise Http404
    return found


def _seen(organization: Organization, visible: QuerySet[Project]) -> QuerySet[LimitRequest]:
    return (
        LimitRequest.objects.of(organization)
        .filter(contract__project__in=visible.order_by().values("pk"))
        .select_related("contract__project__customer", "line", "customer", "asked_by")
    )
