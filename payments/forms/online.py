"""What may be typed about an account at a payment provider."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from payments.models import ProviderAccount, ProviderKind
from payments.online.accounts import CURRENCIES, NEEDED, AccountTerms

KEY_MAX = 300
IS_LIVE = "is_live"
LABELS = {
    "api_key": gettext_lazy("Secret key"),
    "client_id": gettext_lazy("Client id"),
    "client_secret": gettext_lazy("Client secret"),
    "subscription_key": gettext_lazy("Subscription key"),
    "merchant_serial_number": gettext_lazy("Merchant serial number"),
}
NO_SPACES = RegexValidator(
    r"^[!-~]*\Z", gettext_lazy("A key has letters, digits and signs, and neither spaces nor æ, ø or å.")
)
STRIPE_KEY = RegexValidator(
    r"^((sk|rk)_(live|test)_[A-Za-z0-9_]+)?\Z", gettext_lazy("The secret key begins with sk_ or rk_.")
)
SERIAL_NUMBER = RegexValidator(r"^(\d{4,7})?\Z", gettext_lazy("The serial number has 4 to 7 digits."))


class ProviderForm(PlainTextForm, forms.Form):
    """The keys of one account, which are written here and never read out again, and what it is used for."""

    currencies = forms.MultipleChoiceField(label=gettext_lazy("Currencies"), widget=forms.CheckboxSelectMultiple)
    saves_methods = forms.BooleanField(
        label=gettext_lazy("Customers may save their card"),
        required=False,
        help_text=gettext_lazy("They agree to be charged for later invoices, and can take it back."),
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: Any = None, *, provider: str, stored: ProviderAccount | None) -> None:
        initial = {
            "currencies": stored.currencies if stored else CURRENCIES[provider][:2],
            "saves_methods": stored.saves_methods if stored else False,
            "is_active": stored.is_active if stored else True,
            "version": stored.version if stored else 0,
        }
        super().__init__(data, initial=initial, auto_id=f"{provider}_%s")
        self.provider, self.stored = provider, stored
        self._add_keys()
        currencies: Any = self.fields["currencies"]
        currencies.choices = [(code, code) for code in CURRENCIES[provider]]
        if provider == ProviderKind.VIPPS:
            del self.fields["saves_methods"]
        self.order_fields([*NEEDED[provider], "currencies", "saves_methods", "is_active"])

    def _add_keys(self) -> None:
        for name in NEEDED[self.provider]:
            if name == IS_LIVE:
                self.fields[name] = forms.ChoiceField(
                    label=_("Environment"), choices=[("no", _("Test")), ("yes", _("Production"))], required=False
                )
                continue
            field = forms.CharField(
                label=LABELS[name],
                max_length=KEY_MAX,
                required=self.stored is None,
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
                validators=[NO_SPACES],
            )
            if name == "api_key":
                field.validators.append(STRIPE_KEY)
            if name == "merchant_serial_number":
                field.widget, field.validators = forms.TextInput(), [SERIAL_NUMBER]
            if self.stored is not None:
                field.help_text = _("One is kept. Leave this empty to keep it.")
            self.fields[name] = field

    @property
    def keys(self) -> list[forms.BoundField]:
        """The fields of the keys."""
        return [self[name] for name in NEEDED[self.provider]]

    def terms(self) -> AccountTerms:
        """What was typed."""
        data = self.cleaned_data
        return AccountTerms(
            provider=self.provider,
            secrets={name: data[name] for name in NEEDED[self.provider]},
            currencies=data["currencies"],
            saves_methods=data.get("saves_methods", False),
            is_active=data["is_active"],
            version=data["version"],
        )
