"""What people may type about themselves and their organization."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.countries import currency_choices
from foundation.forms import NumberField
from foundation.text import PlainTextForm
from tenants.identity import clean_account_number, clean_bic, clean_iban, clean_organization_number
from tenants.models import BankAccount, Country, KidAlgorithm, Organization, Role, User, WhoMay

DUE_DAYS_MAX = 365
KID_LENGTHS = range(4, 26)  # the clearing manual: 4 to 25 digits with the check digit
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
CONTRAST_MIN = 4.5  # WCAG 2.2, success criterion 1.4.3


class SignUpForm(PlainTextForm, forms.Form):
    """The extra field of the sign-up page."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by django-allauth once the user is stored; the adapter has kept the name."""


class ProfileForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What people say of themselves: their name, the language of their screens, their keys."""

    class Meta:
        model = User
        fields = ["name", "language", "has_single_key_shortcuts"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].required = True
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=settings.LANGUAGES,
            help_text=_("Of the screens. Documents are written in the customer’s language."),
        )

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class CompanyForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The organization's legal identity and address."""

    class Meta:
        model = Organization
        fields = [
            "name",
            "organization_number",
            "is_vat_registered",
            "is_in_company_register",
            "street",
            "street_2",
            "postal_code",
            "city",
            "email",
            "phone",
            "website",
            "national_id_purpose",
        ]

    def clean_organization_number(self) -> str:
        """The digits, checked by the rule of the organization's country."""
        return clean_organization_number(self.instance.country, self.cleaned_data["organization_number"])

    def clean_is_in_company_register(self) -> bool:
        """Foretaksregisteret is Norway's: companies elsewhere never stand in it."""
        return bool(self.cleaned_data["is_in_company_register"]) and self.instance.country == Country.NORWAY

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class DocumentSettingsForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """How the organization's documents look and what new drafts begin with."""

    class Meta:
        model = Organization
        fields = ["language", "payment_terms_days", "accent_color", "document_footer"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["language"] = forms.ChoiceField(
            label=_("Document language"),
            choices=settings.DOCUMENT_LANGUAGES,
            help_text=_("For customers who have no language of their own."),
        )
        self.fields["payment_terms_days"].validators.append(MaxValueValidator(DUE_DAYS_MAX))
        self.fields["accent_color"].help_text = _("Such as #1f5f74. Empty: black.")

    def clean_accent_color(self) -> str:
        """A colour on which white text can be read, and which can be read on white."""
        color = str(self.cleaned_data["accent_color"]).lower()
        if not color:
            return ""
        if not COLOR.fullmatch(color):
            raise ValidationError(_("Write the colour as # and six characters, such as #1f5f74."))
        if contrast_with_white(color) < CONTRAST_MIN:
            raise ValidationError(_("The colour is too light to be read on white paper. Choose a darker one."))
        return color

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class LogoForm(forms.Form):
    """A picture; what it holds is decided by its bytes, not by its name."""

    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG or JPEG, at most 1 MB. It is scaled to 1200 × 400 pixels."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )


class BankAccountForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An account with its agreement on payment references."""

    class Meta:
        model = BankAccount
        fields = ["name", "account_number", "iban", "bic", "currency", "kid_algorithm", "kid_length", "is_active"]

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        self._country = organization.country
        initial = options.setdefault("initial", {})
        if options.get("instance") is None:
            initial.setdefault("currency", organization.base_currency)
            if organization.country != "NO":
                initial.setdefault("kid_algorithm", KidAlgorithm.NONE)
        account = options.get("instance")
        if account is None or not account.kid_length:
            initial.setdefault("kid_length", None)
        super().__init__(*args, **options)
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=currency_choices())
        for name in ("account_number", "iban"):
            field = cast(forms.CharField, self.fields[name])
            field.validators = [item for item in field.validators if getattr(item, "code", "") != "max_length"]
            field.widget.attrs["maxlength"] = "50"
        length = self.fields["kid_length"]
        length.required = False
        length.help_text = _("With the check digit, as your bank has agreed: 4 to 25. Empty without an agreement.")

    def clean_account_number(self) -> str:
        """The digits, checked by the country's rule."""
        typed = self.cleaned_data["account_number"]
        return clean_account_number(self._country, typed) if typed else ""

    def clean_iban(self) -> str:
        """The IBAN, checked by its remainder of 97."""
        typed = self.cleaned_data["iban"]
        return clean_iban(typed) if typed else ""

    def clean_bic(self) -> str:
        """The BIC, by its shape."""
        typed = self.cleaned_data["bic"]
        return clean_bic(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        """A number to pay to, and a length exactly where there is an agreement."""
        super().clean()
        data = self.cleaned_data
        has_refusal = {"account_number", "iban"} & set(self.errors)
        if not data.get("account_number") and not data.get("iban") and not has_refusal:
            self.add_error("account_number", _("Write an account number or an IBAN: customers pay to it."))
        if data.get("kid_algorithm") == KidAlgorithm.NONE:
            data["kid_length"] = 0
        elif "kid_length" not in self.errors and (data.get("kid_length") or 0) not in KID_LENGTHS:
            self.add_error("kid_length", _("Write the length of the KID by your agreement: 4 to 25 digits."))
        return data


class ApprovalRule(models.TextChoices):
    """When a document needs a second person before it is finalized."""

    NEVER = "never", gettext_lazy("Never")
    FROM = "from", gettext_lazy("From an amount")
    ALWAYS = "always", gettext_lazy("Always")


class RulesForm(PlainTextForm, forms.Form):
    """When a second person is needed, and who may correct and delete."""

    approval = forms.ChoiceField(
        label=gettext_lazy("A second person approves"), choices=ApprovalRule.choices, widget=forms.RadioSelect
    )
    amount = NumberField(
        label=gettext_lazy("Amount"), required=False, min_value=Decimal(0), max_digits=16, decimal_places=2
    )
    corrections_by = forms.ChoiceField(
        label=gettext_lazy("Who may correct an issued invoice"), choices=WhoMay.choices, widget=forms.RadioSelect
    )
    draft_deletion_by = forms.ChoiceField(
        label=gettext_lazy("Who may delete drafts"), choices=WhoMay.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        amount = organization.approval_from_amount
        rule = ApprovalRule.NEVER if amount is None else ApprovalRule.FROM if amount else ApprovalRule.ALWAYS
        options["initial"] = {
            "approval": rule,
            "amount": amount or None,
            "corrections_by": organization.corrections_by,
            "draft_deletion_by": organization.draft_deletion_by,
        }
        super().__init__(*args, **options)
        self.fields["amount"].help_text = _("With VAT, in %(currency)s. Other currencies by the rate of the day.") % {
            "currency": organization.base_currency
        }

    def clean(self) -> dict[str, Any]:
        """An amount where the rule asks for one."""
        data = super().clean() or self.cleaned_data
        if data.get("approval") == ApprovalRule.FROM and not data.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Write the amount from which a second person is needed."))
        return data

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        data = self.cleaned_data
        amounts = {
            ApprovalRule.NEVER: None,
            ApprovalRule.ALWAYS: Decimal(0),
            ApprovalRule.FROM: data["amount"],
        }
        return {
            "approval_from_amount": amounts[ApprovalRule(data["approval"])],
            "corrections_by": data["corrections_by"],
            "draft_deletion_by": data["draft_deletion_by"],
        }


class RoutineForm(PlainTextForm, forms.Form):
    """The text of a routine, written on top of the version that was read."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Plain text. An empty line begins a new paragraph; an empty text ends the routine."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class InvitationForm(PlainTextForm, forms.Form):
    """An address and the role that is offered to it."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.ACCOUNTANT)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)


def contrast_with_white(color: str) -> float:
    """The contrast of #rrggbb with white, as WCAG 2.2 defines it."""
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
