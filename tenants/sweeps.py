"""The same work in every organization, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded

from foundation.transactions import read_only
from tenants import queries
from tenants.context import organization_context
from tenants.models import Organization

logger = logging.getLogger(__name__)


def sweep_organizations(
    doing: str, work: Callable[[Organization], int], *, among: Collection[UUID] | None = None
) -> int:
    """Do the work in every organization, or in some, and sum what it returns.

    One organization's trouble is logged with what was being done and does not keep the others waiting.
    """
    done = 0
    for organization_id in queries.all_organization_ids():
        if among is not None and organization_id not in among:
            continue
        try:
            with organization_context(organization_id):
                with read_only():
                    organization = queries.get_open_organization(organization_id)
                done += work(organization)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("%s stumbled over the organization %s", doing, organization_id)
    return done
