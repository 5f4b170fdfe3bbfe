"""An e-mail as somebody writes it: to whom, from whom, what it says and what it brings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from invoicing.dispatching import letters
from invoicing.dispatching.plain import COPIES_MAX, Letter, Recipient
from invoicing.forms.settings import MailTextField
from invoicing.models import Sender

ADDRESS_LENGTH_MAX = 254
TYPED_MAX = 12_000  # a pasted list of hundreds is read, counted and refused by its number
PARTS = re.compile(r"[,;\n]+")
COMPANY, OWN = "company", "own"
EMAIL = "email"


class AddressField(forms.CharField):
    """One address, with a name before it or without."""

    def clean(self, value: Any) -> Recipient | None:
        """The recipient that was typed."""
        typed = super().clean(value)
        return read_address(typed) if typed else None


class AddressesField(forms.CharField):
    """Several addresses, parted by commas, semicolons or lines."""

    def clean(self, value: Any) -> list[Recipient]:
        """The recipients in the order in which they were typed, each once."""
        typed = [part.strip() for part in PARTS.split(super().clean(value) or "") if part.strip()]
        if len(typed) > COPIES_MAX:
            raise ValidationError(
                _("These are %(count)s addresses; an e-mail can have up to %(most)s copies. Take some away."),
                params={"count": len(typed), "most": COPIES_MAX},
            )
        return list({one.address.casefold(): one for one in map(read_address, typed)}.values())


def read_address(typed: str) -> Recipient:
    """Somebody as typed: ola@example.no, or Ola Nordmann <ola@example.no>."""
    name, address = parseaddr(typed) if "<" in typed else ("", typed.strip())
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(
            _("%(address)s is not an e-mail address. Write it like name@company.no."),
            params={"address": typed[:80]},
        ) from error
    return Recipient(EMAIL, address, name.strip())


class EmailForm(PlainTextForm, forms.Form):
    """The composer; what is not in it comes from the document."""

    to = AddressField(
        label=gettext_lazy("To"),
        max_length=ADDRESS_LENGTH_MAX,
        widget=forms.TextInput(attrs={"list": "contacts", "autocomplete": "off", "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Enter whom it is sent to.")},
    )
    cc = AddressesField(
        label=gettext_lazy("Copy to"),
        required=False,
        max_length=TYPED_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Up to nine addresses, with commas between them."),
    )
    sender = forms.ChoiceField(label=gettext_lazy("From"))
    reply_to = forms.EmailField(label=gettext_lazy("Replies to"), required=False)
    subject = MailTextField(label=gettext_lazy("Subject"), max_length=letters.SUBJECT_LENGTH_MAX)
    body = MailTextField(
        label=gettext_lazy("Message"), max_length=letters.BODY_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 11})
    )
    attach_pdf = forms.BooleanField(label=gettext_lazy("Attach the PDF"), required=False)
    attach_ehf = forms.BooleanField(label=gettext_lazy("Attach the EHF"), required=False)

    def __init__(
        self,
        *args: Any,
        senders: Sequence[Sender],
        company: str,
        contacts: Sequence[tuple[str, str]] = (),
        own: tuple[str, str] | None = None,
        **options: Any,
    ) -> None:
        """`contacts` are addresses and labels that can be ticked; `own` is a member's own name and address."""
        super().__init__(*args, **options)
        self._own = own
        choices = [(str(sender.pk), str(sender)) for sender in senders]
        if not choices:
            choices = [(COMPANY, company)]
        if own is not None:
            choices.append((OWN, f"{own[0]} <{own[1]}>"))
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ChoiceField)
        sender.choices = choices
        self.fields["contact"] = forms.MultipleChoiceField(
            label=_("Contacts who get a copy"),
            choices=list(contacts),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self) -> dict[str, Any]:
        """No more copies than there may be, counting those that were ticked."""
        data = super().clean() or self.cleaned_data
        if len(self._copies(data)) > COPIES_MAX and "cc" not in self.errors:
            self.add_error("cc", _("An e-mail can have up to %(most)s copies. Take some away.") % {"most": COPIES_MAX})
        return data

    def recipients(self) -> tuple[Recipient, ...]:
        """The recipient and then the copies, nobody twice."""
        return (self.cleaned_data["to"], *self._copies(self.cleaned_data))

    def letter(self) -> Letter:
        """What was written."""
        data = self.cleaned_data
        chosen = data["sender"]
        name, address = self._own if chosen == OWN and self._own else ("", "")
        return Letter(
            subject=data["subject"],
            body=data["body"],
            sender_id="" if chosen in {OWN, COMPANY} else str(UUID(chosen)),
            own_name=name,
            own_address=address,
            reply_to=data["reply_to"],
            attach_pdf=data["attach_pdf"],
            attach_ehf=data["attach_ehf"],
        )

    def _copies(self, data: dict[str, Any]) -> list[Recipient]:
        labels = dict(self.fields["contact"].choices)  # type: ignore[attr-defined]  # of a field made above
        ticked = [Recipient(EMAIL, address, labels[address], is_copy=True) for address in data.get("contact", [])]
        typed = [Recipient(EMAIL, one.address, one.name, is_copy=True) for one in data.get("cc") or []]
        to = data.get("to")
        taken = {to.address.casefold()} if to else set()
        copies = []
        for one in [*ticked, *typed]:
            if one.address.casefold() not in taken:
                taken.add(one.address.casefold())
                copies.append(one)
        return copies
