"""What may be typed about the addresses that e-mails come from, and about the mail server."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from invoicing.models import MailSecurity, MailServer, Sender
from invoicing.wording import field_of

PORT_MAX = 65_535
HOST = re.compile(r"^(?=.{1,200}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$")


class SenderForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A name, an address, and where answers go."""

    class Meta:
        model = Sender
        fields = ["name", "address", "reply_to"]
        help_texts = {"reply_to": gettext_lazy("Empty: to the address itself.")}

    def _post_clean(self) -> None:
        """The action builds the row: nothing is validated on a half-filled one."""


class MailServerForm(PlainTextForm, forms.Form):
    """The organization's own mail server; the password is written here and never shown."""

    host = forms.CharField(
        label=field_of(MailServer, "host").verbose_name,
        max_length=200,
        validators=[RegexValidator(HOST, gettext_lazy("Write the server’s name, such as smtp.company.no."))],
    )
    port = forms.IntegerField(label=field_of(MailServer, "port").verbose_name, min_value=1, max_value=PORT_MAX)
    security = forms.ChoiceField(
        label=field_of(MailServer, "security").verbose_name,
        choices=MailSecurity.choices,
        help_text=gettext_lazy("STARTTLS is usual on port 587, TLS on 465. E-mail never leaves in plain text."),
    )
    username = forms.CharField(label=field_of(MailServer, "username").verbose_name, max_length=200, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    is_active = forms.BooleanField(label=gettext_lazy("Send through this server"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, stored: MailServer | None, **options: Any) -> None:
        """`stored` is what is kept; its password is never told."""
        options.setdefault("initial", _initial(stored))
        super().__init__(*args, **options)
        if stored is not None and stored.password_sealed:
            self.fields["password"].help_text = _(
                "A password is kept. Leave this empty to keep it; for another server or user it is asked for again."
            )

    def values(self) -> dict[str, Any]:
        """Everything but the password and the version."""
        names = ("host", "port", "security", "username", "is_active")
        return {name: self.cleaned_data[name] for name in names}


def _initial(stored: MailServer | None) -> dict[str, Any]:
    if stored is None:
        return {"port": 587, "security": MailSecurity.STARTTLS.value, "is_active": True, "version": 0}
    names = ("host", "port", "security", "username", "is_active", "version")
    return {name: getattr(stored, name) for name in names}
