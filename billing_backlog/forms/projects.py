"""What may be written of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.forms.fields import CustomerField, vat_field
from billing_backlog.models import Project
from foundation.text import PlainTextForm
from tenants.models import Organization, User

DIMENSION = "dimension_"


class ProjectForm(PlainTextForm, forms.Form):
    """Number, name, customer and manager, and what its work is booked with."""

    use_required_attribute = False

    number = forms.CharField(label=gettext_lazy("Project number"), max_length=20)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    manager = forms.ChoiceField(
        label=gettext_lazy("Project manager"),
        required=False,
        help_text=gettext_lazy("Judges and confirms what is billed."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        managers: Sequence[User],
        dimensions: Sequence[str],
        project: Project | None = None,
        **options: Any,
    ) -> None:
        self.project, self.dimensions = project, list(dimensions)
        if project is not None:
            options["initial"] = {**_stored(project, self.dimensions), **options.get("initial", {})}
        super().__init__(*args, **options)
        self.fields["customer"] = CustomerField(organization)
        self.fields["vat_treatment"] = vat_field()
        people = {str(user.pk): str(user) for user in managers}
        if project is not None and project.manager is not None:
            people.setdefault(str(project.manager_id), str(project.manager))
        self.fields["manager"].choices = [("", _("Nobody yet")), *people.items()]  # type: ignore[attr-defined]
        for place, name in enumerate(self.dimensions):
            label = _("Department") if name == "department" else name
            self.fields[f"{DIMENSION}{place}"] = forms.CharField(label=label, required=False, max_length=40)
        self.order_fields(["number", "name", "customer", "manager"])

    def values(self) -> dict[str, Any]:
        """What the action writes; dimensions that are not asked for here stay as they are."""
        said = self.cleaned_data
        kept = dict(self.project.dimensions) if self.project else {}
        told = {name: said[f"{DIMENSION}{place}"] for place, name in enumerate(self.dimensions)}
        dimensions = {name: value for name, value in {**kept, **told}.items() if value}
        return {
            "number": said["number"],
            "name": said["name"],
            "customer_id": said["customer"].pk,
            "manager_id": UUID(said["manager"]) if said["manager"] else None,
            "vat_treatment": said["vat_treatment"],
            "dimensions": dimensions,
        }

    @property
    def dimension_fields(self) -> list[Any]:
        """The fields of the dimensions."""
        return [self[f"{DIMENSION}{place}"] for place in range(len(self.dimensions))]


def _stored(project: Project, dimensions: Sequence[str]) -> dict[str, Any]:
    told = {f"{DIMENSION}{place}": project.dimensions.get(name, "") for place, name in enumerate(dimensions)}
    return {
        "number": project.number,
        "name": project.name,
        "customer": project.customer,
        "manager": str(project.manager_id or ""),
        "vat_treatment": project.vat_treatment,
        "version": project.version,
        **told,
    }
