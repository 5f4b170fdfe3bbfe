"""What a customer may type on the page of a document, and what the staff may answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import DayField
from foundation.text import PlainTextForm
from invoicing.models import Enquiry, EnquiryKind, Invoice
from invoicing.public.plain import Reply, Said
from payments.instalments import INSTALMENTS_MAX

TEXT_MAX = 2000
DAYS_AHEAD_MAX = 365
LINES_OFFERED_MAX = 100
LABEL_MAX = 60

# What each kind cannot do without.
NEEDS = {
    EnquiryKind.QUESTION: ("text", gettext_lazy("Write your question.")),
    EnquiryKind.DISPUTE: ("text", gettext_lazy("Write shortly what is wrong.")),
    EnquiryKind.WRONG_RECIPIENT: ("value", gettext_lazy("Write whom it should go to.")),
    EnquiryKind.WRONG_REFERENCE: ("value", gettext_lazy("Write the reference that it should carry.")),
    EnquiryKind.LATER_DATE: ("wished_date", gettext_lazy("Choose the day on which you can pay.")),
    EnquiryKind.IN_PARTS: ("wished_count", gettext_lazy("Write in how many instalments you can pay.")),
}
CHOICES = [
    (EnquiryKind.QUESTION.value, gettext_lazy("I have a question")),
    (EnquiryKind.DISPUTE.value, gettext_lazy("Something is wrong")),
    (EnquiryKind.WRONG_RECIPIENT.value, gettext_lazy("It should go to somebody else")),
    (EnquiryKind.WRONG_REFERENCE.value, gettext_lazy("The reference is wrong")),
    (EnquiryKind.PAID.value, gettext_lazy("I have paid")),
    (EnquiryKind.LATER_DATE.value, gettext_lazy("I would like to pay later")),
    (EnquiryKind.IN_PARTS.value, gettext_lazy("I would like to pay in instalments")),
]
ABOUT_PAYING = {EnquiryKind.PAID.value, EnquiryKind.LATER_DATE.value, EnquiryKind.IN_PARTS.value}
DAYS_TO_FIRST = 14  # until the first instalment, unless another day is agreed


class EnquiryForm(PlainTextForm, forms.Form):
    """One form for everything that can be said; each kind asks for the fields that it needs."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it about?"), choices=CHOICES)
    line = forms.ChoiceField(label=gettext_lazy("Which part?"), required=False)
    value = forms.CharField(
        label=gettext_lazy("What it should be"), max_length=160, required=False, widget=forms.TextInput()
    )
    wished_date = DayField(label=gettext_lazy("When can you pay?"), required=False)
    wished_count = forms.IntegerField(
        label=gettext_lazy("In how many instalments?"), min_value=2, max_value=INSTALMENTS_MAX, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": TEXT_MAX}),
    )
    sender_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    reply_to = forms.EmailField(
        label=gettext_lazy("Your e-mail address, for the answer"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, invoice: Invoice, today: date, initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id="say_%s")
        self._today = today
        fields: dict[str, Any] = self.fields
        lines = (invoice.snapshot or {}).get("lines", [])[:LINES_OFFERED_MAX]
        fields["line"].choices = [
            ("", _("The whole of it")),
            *((line["id"], line["description"][:LABEL_MAX]) for line in lines),
        ]
        if invoice.is_credit_note:
            fields["kind"].choices = [(kind, label) for kind, label in CHOICES if kind not in ABOUT_PAYING]
        fields["wished_date"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=DAYS_AHEAD_MAX)).isoformat(),
        }

    def clean_wished_date(self) -> date | None:
        """A day that is still to come, and not too far away to mean anything."""
        day: date | None = self.cleaned_data["wished_date"]
        if day is not None and not self._today <= day <= self._today + timedelta(days=DAYS_AHEAD_MAX):
            raise ValidationError(_("Choose a day within the coming year."))
        return day

    def clean(self) -> dict[str, Any]:
        """What the kind cannot do without."""
        data: dict[str, Any] = super().clean() or {}
        name, sentence = NEEDS.get(data.get("kind", ""), ("", ""))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, str(sentence))
        return data

    def said(self) -> Said:
        """What was typed, with nothing of the fields that belong to other kinds."""
        data = self.cleaned_data
        kind = data["kind"]
        is_about_value = kind in {EnquiryKind.WRONG_RECIPIENT, EnquiryKind.WRONG_REFERENCE}
        return Said(
            kind=kind,
            text=data["text"],
            sender_name=data["sender_name"],
            reply_to=data["reply_to"],
            value=data["value"] if is_about_value else "",
            wished_date=data["wished_date"] if kind == EnquiryKind.LATER_DATE else None,
            wished_count=data["wished_count"] if kind == EnquiryKind.IN_PARTS else None,
            line_id=UUID(data["line"]) if data["line"] and kind == EnquiryKind.DISPUTE else None,
        )

    def form_key(self) -> str:
        """The key under which the form counts once."""
        return str(self.cleaned_data["key"])


class ReplyForm(PlainTextForm, forms.Form):
    """The staff's answer to one enquiry, and what becomes of the claim."""

    text = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": TEXT_MAX}),
    )
    releases_hold = forms.BooleanField(
        label=gettext_lazy("The dispute is settled: ask for the money again"), required=False
    )
    granted_until = DayField(label=gettext_lazy("Wait with reminders until"), required=False)
    granted_count = forms.IntegerField(
        label=gettext_lazy("Instalments"), min_value=2, max_value=INSTALMENTS_MAX, required=False
    )
    granted_from = DayField(label=gettext_lazy("First instalment due"), required=False)

    def __init__(self, *args: Any, enquiry: Enquiry, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today
        self.fields["text"].required = enquiry.needs_answer
        hold = enquiry.hold
        if hold is None or hold.released_at is not None:
            del self.fields["releases_hold"]
        if enquiry.kind != EnquiryKind.LATER_DATE or enquiry.invoice.receivable_id is None:
            del self.fields["granted_until"]
        else:
            self.fields["granted_until"].initial = enquiry.wished_date
            self.fields["granted_until"].help_text = _("Leave it empty to say no.")

        self._offer_instalments(enquiry)

    def _offer_instalments(self, enquiry: Enquiry) -> None:
        if enquiry.kind != EnquiryKind.IN_PARTS or enquiry.invoice.receivable_id is None:
            del self.fields["granted_count"], self.fields["granted_from"]
            return
        self.fields["granted_count"].initial = enquiry.wished_count
        self.fields["granted_count"].help_text = _("Leave it empty to say no.")
        self.fields["granted_from"].initial = self._today + timedelta(days=DAYS_TO_FIRST)

    def clean_granted_until(self) -> date | None:
        """A day that is still to come."""
        return self._day_to_come("granted_until")

    def clean_granted_from(self) -> date | None:
        """A day that is still to come."""
        return self._day_to_come("granted_from")

    def clean(self) -> dict[str, Any]:
        """A plan begins on a day."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("granted_count") and not data.get("granted_from") and "granted_from" not in self.errors:
            self.add_error("granted_from", _("Choose the day on which the first instalment falls due."))
        return data

    def _day_to_come(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day is not None and not self._today <= day <= self._today + timedelta(days=DAYS_AHEAD_MAX):
            raise ValidationError(_("Choose a day within the coming year."))
        return day

    def reply(self) -> Reply:
        """What was typed."""
        data = self.cleaned_data
        return Reply(
            data["text"],
            bool(data.get("releases_hold")),
            data.get("granted_until"),
            data.get("granted_count"),
            data.get("granted_from"),
        )
