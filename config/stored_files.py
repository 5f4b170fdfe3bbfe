"""Which rows name a stored file, so that bytes are removed only when none does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import CharField, JSONField, Model, Q, TextField
from django.db.models.functions import Cast

from foundation import files
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Organization
from tenants.scoping import OrganizationOwned

HASH_LENGTH = 64
PICTURES = (b"\x89PNG", b"\xff\xd8")
# Rows that speak of bytes without needing them: what a job asked for, who did what, what a record said earlier.
SPEAK_ONLY = frozenset({"tenants_auditentry", "tenants_auditseal", "tenants_auditerasure", "tenants_recordversion"})


def forget_unnamed(organization_id: UUID, hashes: Iterable[str]) -> int:
    """Delete the bytes under those of these hashes that no row of the organization names; returns how many."""
    removed = 0
    with organization_context(organization_id):
        for sha256 in sorted(set(hashes)):
            with transaction.atomic():
                is_named = names_file(organization_id, sha256)
            path = files.path_of(str(organization_id), sha256)
            if not is_named and path.exists() and not _was_logo(path, organization_id, sha256):
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def names_file(organization_id: UUID, sha256: str) -> bool:
    """Whether any row of the organization names this hash, in a column of its own or inside JSON."""
    if Organization.objects.filter(pk=organization_id, logo_sha256=sha256).exists():
        return True
    return any(_names(model, organization_id, sha256) for model in _models())


def _was_logo(path: Path, organization_id: UUID, sha256: str) -> bool:
    """Whether frozen documents show it; only a picture can be a logo, so nothing else is looked for in them."""
    with path.open("rb") as file:
        if not file.read(8).startswith(PICTURES):
            return False
    with transaction.atomic():
        frozen = Invoice.objects.of(organization_id).annotate(said=Cast("snapshot", TextField()))
        return frozen.filter(said__contains=json.dumps(sha256)).exists()


def _models() -> list[type[OrganizationOwned]]:
    owned = [model for model in apps.get_models() if issubclass(model, OrganizationOwned)]
    return [model for model in owned if model._meta.db_table not in SPEAK_ONLY]


def _names(model: type[OrganizationOwned], organization_id: UUID, sha256: str) -> bool:
    rows = model.objects.of(organization_id)
    condition = Q()
    for column in _hash_columns(model):
        condition |= Q(**{column: sha256})
    for column in _json_columns(model):
        rows = rows.annotate(**{f"said_{column}": Cast(column, TextField())})
        condition |= Q(**{f"said_{column}__contains": json.dumps(sha256)})
    return bool(condition) and rows.filter(condition).exists()


def _hash_columns(model: type[Model]) -> list[str]:
    return [
        column.attname
        for column in model._meta.concrete_fields
        if isinstance(column, CharField) and column.max_length == HASH_LENGTH and "sha256" in column.attname
    ]


def _json_columns(model: type[Model]) -> list[str]:
    """JSON that may name a file: what jobs asked for and gave, and effects that wait."""
    named = {"result", "parameters", "payload"}
    return [
        column.attname
        for column in model._meta.concrete_fields
        if isinstance(column, JSONField) and column.attname in named
    ]
