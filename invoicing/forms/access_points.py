"""What may be typed about the way into Peppol."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from invoicing.dispatching.plain import Way
from invoicing.models import AccessPoint, AccessPointKind

TOKEN_MAX = 500


class AccessPointForm(PlainTextForm, forms.Form):
    """Where the access point is and how it knows us; the token is written here and never read out again."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=AccessPointKind.choices, widget=forms.RadioSelect)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Begins with https://, as the access point has told you."),
    )
    account = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Your company’s id at a hosted access point."),
    )
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=TOKEN_MAX,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        validators=[
            RegexValidator(
                r"^[!-~]*\Z", gettext_lazy("A token has letters, digits and signs, and neither spaces nor æ, ø or å.")
            )
        ],
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        help_text=gettext_lazy("Out of use, EHF waits in the queue until its time is up."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Any = None, *, stored: AccessPoint | None) -> None:
        initial = {
            "kind": stored.kind if stored else AccessPointKind.FOLDER,
            "address": stored.address if stored else "",
            "account": stored.account if stored else "",
            "is_active": stored.is_active if stored else True,
            "version": stored.version if stored else 0,
        }
        super().__init__(data, initial=initial)
        has_token = stored is not None and stored.token_sealed is not None
        self.fields["token"].help_text = (
            _("A token is kept. Leave this empty to keep it; a new address needs it again.")
            if has_token
            else _("It is sealed and never shown again. Key and secret are written with a colon between them.")
        )

    def clean(self) -> dict[str, Any]:
        """An address for those that have one, and an account where there are several."""
        data = super().clean() or self.cleaned_data
        if data.get("kind") == AccessPointKind.FOLDER:
            data["address"] = data["account"] = data["token"] = ""
            return data
        try:
            data["address"] = _clean_address(data.get("address") or "")
        except ValidationError as error:
            self.add_error("address", error)
        if data.get("kind") == AccessPointKind.HOSTED and not data.get("account"):
            self.add_error("account", _("Enter your account at the access point."))
        return data

    def way(self) -> Way:
        """What was typed."""
        data = self.cleaned_data
        return Way(data["kind"], data["address"], data["account"], data["token"], is_active=data["is_active"])


def _clean_address(text: str) -> str:
    """An https address of a server out in the world; whether its name leads there is seen when it is spoken to."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValidationError(_("Enter an address that begins with https://.")) from error
    is_own_machine = host in {"localhost", "127.0.0.1", "::1"} and not settings.IS_PRODUCTION
    if not host or (parts.scheme != "https" and not (is_own_machine and parts.scheme == "http")):
        raise ValidationError(_("Enter an address that begins with https://."))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError(_("Write the address alone, without user names and without what follows ? or #."))
    if not is_own_machine and _is_private(host):
        raise ValidationError(_("This is an address inside a private network. Enter one that the network can reach."))
    return text.rstrip("/")


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
