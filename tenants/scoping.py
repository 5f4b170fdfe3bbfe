"""What every record of an organization has in common: its key, its manager and foreign keys that stay inside."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact

from foundation.ids import uuid7
from tenants.context import current_organization_id

_M = TypeVar("_M", bound=models.Model)


class OrganizationForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key inside one organization: the constraint, joins and look-ups carry organization_id."""

    is_within_organization = True

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        # The index is (organization_id, x_id), given in Meta where the model needs it.
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def get_extra_restriction(self, alias: str | None, related_alias: str) -> Any:
        here: Any = self.model._meta.get_field("organization")
        if alias is None:  # exclude() over a to-many relation trims the join
            open_organization = current_organization_id()
            return None if open_organization is None else Exact(Col(related_alias, here), open_organization)
        there: Any = self.remote_field.model._meta.get_field("organization")
        return Exact(Col(related_alias, here), Col(alias, there))

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        return {"organization_id": instance.organization_id}  # type: ignore[attr-defined]


class OrganizationQuerySet(models.QuerySet[_M]):
    """Rows of owned tables."""

    def of(self, organization: Any) -> Self:
        """The rows of this organization and no others; takes the organization or its id."""
        return self.filter(organization_id=getattr(organization, "pk", organization))


class OrganizationManager(models.Manager[_M]):
    """Writes the open organization into every statement, so that row security is the net and not the route."""

    def get_queryset(self) -> OrganizationQuerySet[_M]:
        rows: OrganizationQuerySet[_M] = OrganizationQuerySet(self.model, using=self._db)
        open_organization = current_organization_id()
        return rows if open_organization is None else rows.filter(organization_id=open_organization)

    def of(self, organization: Any) -> OrganizationQuerySet[_M]:
        """The rows of this organization and no others; takes the organization or its id."""
        return self.get_queryset().of(organization)


class OrganizationOwned(models.Model):
    """A row of one organization; its database key is (organization_id, id)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        "tenants.Organization", on_delete=models.PROTECT, related_name="+", db_index=False, editable=False
    )
    organization_id: uuid.UUID

    objects: ClassVar[OrganizationManager[Self]] = OrganizationManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
