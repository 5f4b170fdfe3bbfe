"""What may be asked of the journal, and what may be decided there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.models import ItemKind
from billing_backlog.queries.journal import JournalSearch
from billing_backlog.review import Review
from customers.models import VAT_TREATMENT_CHOICES
from foundation.forms import DayField
from foundation.text import clean_line, search_words

ACCOUNT = re.compile(r"\d{4,10}", re.ASCII)
TAKE_AWAY = "-"


class ReviewForm(forms.Form):
    """What is decided for the chosen work; what is left empty stays as each line says."""

    vat_treatment = forms.ChoiceField(label=gettext_lazy("VAT"), required=False)
    revenue_account = forms.CharField(label=gettext_lazy("Revenue account"), max_length=10, required=False)
    accounting_date = DayField(label=gettext_lazy("Accounting date"), required=False)

    def __init__(self, data: Any = None, *, dimension_names: Sequence[str], **more: Any) -> None:
        super().__init__(data, **more)
        choices = [("", _("As each line says")), *VAT_TREATMENT_CHOICES]
        cast(forms.ChoiceField, self.fields["vat_treatment"]).choices = choices
        self.dimension_names = list(dimension_names)
        for place, name in enumerate(self.dimension_names):
            self.fields[f"dimension_{place}"] = forms.CharField(label=name, max_length=60, required=False)

    def clean_revenue_account(self) -> str:
        """An account's number, or nothing."""
        number = str(self.cleaned_data["revenue_account"]).strip()
        if number and not ACCOUNT.fullmatch(number):
            raise ValidationError(_("An account is a number such as 3000."), code="invalid")
        return number

    def review(self) -> Review:
        """What was decided; a dimension of “-” is taken away."""
        said = self.cleaned_data
        typed = {name: clean_line(said[f"dimension_{place}"]) for place, name in enumerate(self.dimension_names)}
        return Review(
            vat_treatment=said["vat_treatment"],
            revenue_account=said["revenue_account"],
            accounting_date=said["accounting_date"],
            dimensions={name: "" if value == TAKE_AWAY else value for name, value in typed.items() if value},
        )


def journal_search(query: Mapping[str, str]) -> JournalSearch:
    """What the address asks for; what cannot be read asks for nothing."""
    kind, vat = query.get("kind", ""), query.get("vat", "")
    return JournalSearch(
        is_released=query.get("show") == "released",
        customer_id=_id(query.get("customer", "")),
        project_id=_id(query.get("project", "")),
        kind=kind if kind in ItemKind.values else "",
        vat_treatment=vat if vat in dict(VAT_TREATMENT_CHOICES) else "",
        first=_day(query.get("first", "")),
        last=_day(query.get("last", "")),
        words=search_words(query.get("q", "")),
    )


def asked_again(search: JournalSearch) -> dict[str, str]:
    """The search as an address asks for it."""
    asked = {
        "show": "released" if search.is_released else "",
        "customer": search.customer_id,
        "project": search.project_id,
        "kind": search.kind,
        "vat": search.vat_treatment,
        "first": search.first,
        "last": search.last,
        "q": search.words,
    }
    return {name: str(value) for name, value in asked.items() if value}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
