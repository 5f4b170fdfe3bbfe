"""What may be written of a facility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.models import Facility
from foundation.text import PlainTextForm
from tenants.models import User


class FacilityForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Number and name, who sees to its billing, and what its use is booked with."""

    use_required_attribute = False

    case_worker = forms.ChoiceField(label=gettext_lazy("Case worker"), required=False)

    class Meta:
        model = Facility
        fields = [
            "number", "name", "group", "is_billable", "takes_one_at_a_time", "vat_treatment", "revenue_account",
            "header_text", "contact_department",
        ]  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        names = {str(user.pk): str(user) for user in people}
        self.fields["case_worker"].choices = [("", _("Nobody yet")), *names.items()]  # type: ignore[attr-defined]
        if self.instance.case_worker_id:
            self.initial["case_worker"] = str(self.instance.case_worker_id)
        self.order_fields(["number", "name", "group", "case_worker"])

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        told = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**told, "case_worker_id": self.cleaned_data["case_worker"] or None}
