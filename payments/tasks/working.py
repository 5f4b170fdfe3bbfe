"""What every piece of work with a payment provider has around it: the organization, the row, and another try later."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.utils import translation

from foundation.transactions import read_only
from payments.providers.base import NoAnswer
from tenants import outbox
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow

logger = logging.getLogger(__name__)


@contextmanager
def at_provider(organization_id: str, outbox_id: str) -> Iterator[tuple[Organization, OutboxRow] | None]:
    """The organization and the row of one piece of work; what the provider does not answer is tried again later."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            yield None
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
        try:
            with translation.override(organization.language):
                yield organization, row
        except NoAnswer as error:
            outbox.fail(row, str(error), may_retry=True)
        except Exception as error:
            logger.exception("%s %s stumbled", row.kind, row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)
