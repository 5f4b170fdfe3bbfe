"""Which rows name a stored file, so that bytes are removed only when none does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import CharField, Model, TextField
from django.db.models.functions import Cast

from foundation import files
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Job, Organization
from tenants.scoping import OrganizationOwned

HASH_LENGTH = 64
PICTURES = (b"\x89PNG", b"\xff\xd8")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
BATCH_SIZE = 500


def forget_unnamed(organization_id: UUID, hashes: Iterable[str]) -> int:
    """Delete the bytes under those of these hashes that no row of the organization names; returns how many."""
    wanted = sorted(set(hashes))
    removed = 0
    with organization_context(organization_id):
        for start in range(0, len(wanted), BATCH_SIZE):
            batch = wanted[start : start + BATCH_SIZE]
            with transaction.atomic():
                named = _named_among(organization_id, batch)
            removed += sum(_remove(organization_id, sha256) for sha256 in batch if sha256 not in named)
    return removed


def hashes_in(*values: Any) -> set[str]:
    """Every SHA-256 that stands in these JSON values."""
    return set(HASH.findall(json.dumps(values, default=str)))


def _named_among(organization_id: UUID, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes that a row names, in a column of its own or in what a job asked for and gave."""
    named = set(Organization.objects.filter(pk=organization_id).values_list("logo_sha256", flat=True))
    for model in apps.get_models():
        if issubclass(model, OrganizationOwned):
            for column in _hash_columns(model):
                rows = model.objects.of(organization_id).filter(**{f"{column}__in": hashes}, **_not_forgotten(model))
                named |= set(rows.values_list(column, flat=True))
    for told in Job.objects.of(organization_id).values_list("result", "parameters").iterator(chunk_size=BATCH_SIZE):
        named |= hashes_in(*told)
    return named


def _remove(organization_id: UUID, sha256: str) -> bool:
    path = files.path_of(str(organization_id), sha256)
    if not path.exists() or _was_logo(path, organization_id, sha256):
        return False
    path.unlink(missing_ok=True)
    return True


def _was_logo(path: Path, organization_id: UUID, sha256: str) -> bool:
    """Whether frozen documents show it; only a picture can be a logo, so nothing else is looked for in them."""
    with path.open("rb") as file:
        if not file.read(8).startswith(PICTURES):
            return False
    with transaction.atomic():
        frozen = Invoice.objects.of(organization_id).annotate(said=Cast("snapshot", TextField()))
        return frozen.filter(said__contains=json.dumps(sha256)).exists()


def _not_forgotten(model: type[Model]) -> dict[str, None]:
    """Rows that keep the hash of a file whose bytes went with the years of the law do not hold them back."""
    return {"forgotten_at": None} if any(each.name == "forgotten_at" for each in model._meta.fields) else {}


def _hash_columns(model: type[Model]) -> list[str]:
    return [
        column.attname
        for column in model._meta.concrete_fields
        if isinstance(column, CharField) and column.max_length == HASH_LENGTH and "sha256" in column.attname
    ]
