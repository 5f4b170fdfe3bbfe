"""What may be changed on many documents at once, and how a list is exported; empty fields keep what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from invoicing.changes import Changes
from invoicing.forms.drafts import DUE_DAYS_MAX
from tenants.models import Membership

KEEP = ("", gettext_lazy("Keep as it is"))


class ChangesForm(forms.Form):
    """Owner, terms and language for many; at least one of them."""

    owner = forms.ChoiceField(label=pgettext_lazy("of an invoice", "Owner"), required=False)
    payment_terms_days = forms.IntegerField(
        label=gettext_lazy("Payment terms, days"),
        required=False,
        min_value=0,
        max_value=DUE_DAYS_MAX,
        help_text=gettext_lazy("Empty keeps what each draft has. Due dates typed by hand give way."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=[KEEP, *settings.DOCUMENT_LANGUAGES]
    )

    def __init__(self, *args: Any, members: Sequence[Membership], may_edit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [KEEP, *[(str(member.user_id), str(member.user)) for member in members]]
        if not may_edit:
            del self.fields["payment_terms_days"], self.fields["language"]

    def clean(self) -> dict[str, Any]:
        """Refuse a form that changes nothing."""
        cleaned = super().clean() or {}
        if not self.errors and self.changes(cleaned) == Changes():
            raise forms.ValidationError(_("Nothing is chosen. Fill in what shall be changed."))
        return cleaned

    def changes(self, cleaned: dict[str, Any] | None = None) -> Changes:
        """What was chosen."""
        values = self.cleaned_data if cleaned is None else cleaned
        owner = values.get("owner")
        return Changes(
            owner_id=UUID(str(owner)) if owner else None,
            payment_terms_days=values.get("payment_terms_days"),
            language=values.get("language") or None,
        )
