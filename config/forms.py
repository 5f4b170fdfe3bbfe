"""What may be typed when a company is opened."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.urls import Resolver404, resolve
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.opening import FIRST_NUMBER
from foundation.ids import uuid7
from foundation.text import PlainTextForm
from tenants.forms import BankAccountForm
from tenants.identity import clean_organization_number
from tenants.models import Country, Organization

FIRST_NUMBER_MAX = 900_000_000
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH_MAX = 60
# First parts of addresses that are ours, now or by the interfaces we have promised.
RESERVED_SLUGS = frozenset(
    {
        "accessibility", "account", "accounting", "accounts", "admin", "api", "app", "assets", "auth", "demo", "docs",
        "favicon-ico", "find", "healthz",
        "help", "hooks", "i", "join", "login", "logout", "mail", "new-company", "organizations", "public", "readyz",
        "robots-txt", "security", "settings", "sign-in", "sign-up", "static", "status", "support", "well-known", "www",
    }
)  # fmt: skip
ZONES = {"NO": "Europe/Oslo", "DK": "Europe/Copenhagen", "SE": "Europe/Stockholm"}
CURRENCIES = {"NO": "NOK", "DK": "DKK", "SE": "SEK"}
LANGUAGES = {"NO": "nb", "DK": "da", "SE": "sv"}
LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "þ": "th", "ð": "d", "ß": "ss"})


class NewCompanyForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A company's identity, its address in the browser and its first invoice number."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)  # one company per page that was opened
    slug = forms.CharField(
        label=gettext_lazy("Address in the browser"),
        max_length=SLUG_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("Small letters, digits and hyphens. Empty: made from the name."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    first_number = forms.IntegerField(
        label=gettext_lazy("First invoice number"),
        min_value=1,
        max_value=FIRST_NUMBER_MAX,
        initial=FIRST_NUMBER,
        help_text=gettext_lazy("Numbers run from here without gaps. Go on from your old system, or begin anew."),
    )

    class Meta:
        model = Organization
        fields = [
            "name",
            "country",
            "organization_number",
            "is_vat_registered",
            "is_in_company_register",
            "street",
            "street_2",
            "postal_code",
            "city",
            "email",
        ]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {}).setdefault("key", uuid7())
        super().__init__(*args, **options)
        self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=Country.choices, initial=Country.NORWAY)
        self.fields["organization_number"].validators = [
            RegexValidator(r"^[^<>]{0,40}$", _("Write the organization number with digits."))
        ]
        self.fields["organization_number"].widget.attrs["maxlength"] = "40"

    def clean_slug(self) -> str:
        """The address as typed, in small letters; none of those that are ours."""
        slug = str(self.cleaned_data["slug"]).lower()
        if slug and not SLUG.fullmatch(slug):
            raise ValidationError(_("Write small letters a–z, digits and single hyphens only."))
        if slug in RESERVED_SLUGS:
            raise ValidationError(_("%(slug)s is used by the system itself. Choose another."), params={"slug": slug})
        return slug

    def clean(self) -> dict[str, Any]:
        """The number by its country's rule, and an address made from the name where none was typed."""
        super().clean()
        data = self.cleaned_data
        if data.get("country") and data.get("organization_number"):
            try:
                data["organization_number"] = clean_organization_number(data["country"], data["organization_number"])
            except ValidationError as error:
                self.add_error("organization_number", error)
        if data.get("country") != Country.NORWAY:
            data["is_in_company_register"] = False  # Foretaksregisteret is Norway's
        if not data.get("slug") and "slug" not in self.errors:
            data["slug"] = proposed_slug(data.get("name", ""))
        return data

    def organization(self) -> Organization:
        """The new organization with what follows from its country."""
        data = self.cleaned_data
        country = data["country"]
        return Organization(
            pk=data["key"] or uuid7(),
            **{name: data[name] for name in self.Meta.fields},
            slug=data["slug"],
            language=LANGUAGES[country],
            time_zone=ZONES[country],
            base_currency=CURRENCIES[country],
        )


class FirstAccountForm(BankAccountForm):
    """The account of a new company: in its own currency and in use; may be left out."""

    prefix = "account"

    class Meta(BankAccountForm.Meta):
        fields = ["account_number", "iban", "bic", "kid_algorithm", "kid_length"]

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, organization=organization, **options)
        del self.fields["currency"]
        self.fields["account_number"].help_text = _("Customers pay to it. It can be added later.")
        self.instance.currency = organization.base_currency

    @property
    def is_left_out(self) -> bool:
        """Whether nothing was typed about an account."""
        names = ("account_number", "iban", "bic", "kid_length")
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in names)


def proposed_slug(name: str) -> str:
    """An address made from the name: plain letters, without the form of the company where something else is left."""
    slug = slugify(name.lower().translate(LETTERS))[:SLUG_LENGTH_MAX].strip("-")
    shorter = re.sub(r"-(as|asa|ans|da|ab|aps|a-s|enk|kf|sa)$", "", slug)
    chosen = shorter or slug or "company"
    return f"{chosen}-1" if chosen in RESERVED_SLUGS or _is_ours(chosen) else chosen


def _is_ours(slug: str) -> bool:
    """Whether the address leads to a page of ours that is not an organization's."""
    try:
        return resolve(f"/{slug}/").url_name != "overview"
    except Resolver404:
        return False
