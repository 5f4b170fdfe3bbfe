"""Organizations, their bank accounts, and the dated figures of the law that they live under."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.ids import uuid7
from tenants.scoping import OrganizationOwned


class Country(models.TextChoices):
    """Where an organization may keep its books."""

    NORWAY = "NO", _("Norway")
    DENMARK = "DK", _("Denmark")
    SWEDEN = "SE", _("Sweden")


class WhoMay(models.TextChoices):
    """How far an organization opens a verb that its permissions would allow."""

    NOBODY = "nobody", _("Nobody")
    OWNERS = "owners", _("Owners only")
    PERMITTED = "permitted", _("Everybody whose role allows it")


class Organization(models.Model):
    """The tenant: a company or public body that invoices, with its legal identity."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("Address in the browser"), max_length=60, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    country = models.CharField(_("Country"), max_length=2, choices=Country.choices, default=Country.NORWAY)
    organization_number = models.CharField(_("Organization number"), max_length=20)
    is_vat_registered = models.BooleanField(_("Registered for VAT"), default=True)
    is_in_company_register = models.BooleanField(_("Registered in Foretaksregisteret"), default=True)
    street = models.CharField(_("Street address"), max_length=120)
    street_2 = models.CharField(_("Street address, second line"), max_length=120, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=12)
    city = models.CharField(_("City"), max_length=80)
    email = models.EmailField(_("E-mail address"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=30, blank=True)
    website = models.CharField(_("Website"), max_length=120, blank=True)
    language = models.CharField(_("Document language"), max_length=5, default="nb")
    time_zone = models.CharField(_("Time zone"), max_length=40, default="Europe/Oslo")
    base_currency = models.CharField(_("Currency of the books"), max_length=3, default="NOK")
    payment_terms_days = models.PositiveSmallIntegerField(_("Payment terms, days"), default=14)
    accent_color = models.CharField(_("Colour on documents"), max_length=7, blank=True)
    logo_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    document_footer = models.CharField(_("Footer on documents"), max_length=200, blank=True)
    # From this amount in the currency of the books a document needs a second person; empty: never; 0: always.
    approval_from_amount = models.DecimalField(
        _("Needs approval from"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    corrections_by = models.CharField(
        _("Who may correct an issued invoice"), max_length=10, choices=WhoMay.choices, default=WhoMay.PERMITTED
    )
    draft_deletion_by = models.CharField(
        _("Who may delete drafts"), max_length=10, choices=WhoMay.choices, default=WhoMay.PERMITTED
    )
    national_id_purpose = models.CharField(_("Why national ids are kept"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approval_from_amount=None) | Q(approval_from_amount__gte=0),
                name="approval_amount_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(corrections_by__in=WhoMay.values, draft_deletion_by__in=WhoMay.values),
                name="who_may_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def vat_number(self) -> str:
        """The VAT id as it stands in an e-invoice; empty when not registered for VAT."""
        if not self.is_vat_registered:
            return ""
        digits = self.organization_number
        return {"NO": f"NO{digits}MVA", "DK": f"DK{digits}", "SE": f"SE{digits}01"}[self.country]

    @property
    def endpoint_scheme(self) -> str:
        """The Peppol scheme of its own electronic address."""
        return {"NO": "0192", "DK": "0184", "SE": "0007"}[self.country]


class KidAlgorithm(models.TextChoices):
    """How the check digit of a payment reference is made, by the bank agreement of the account."""

    NONE = "none", _("No KID agreement")
    MOD10 = "mod10", "MOD10"
    MOD11 = "mod11", "MOD11"


class BankAccount(OrganizationOwned):
    """An account that customers pay to, with its agreement on payment references."""

    name = models.CharField(_("Name"), max_length=60, blank=True)
    account_number = models.CharField(_("Account number"), max_length=20, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, default="NOK")
    kid_algorithm = models.CharField(
        _("Check digit of the KID"), max_length=5, choices=KidAlgorithm.choices, default=KidAlgorithm.NONE
    )
    kid_length = models.PositiveSmallIntegerField(_("Length of the KID"), default=0)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "currency"],
                condition=Q(is_active=True),
                name="one_active_account_per_currency",
            ),
            models.CheckConstraint(
                condition=Q(kid_algorithm="none", kid_length=0)
                | Q(kid_algorithm__in=["mod10", "mod11"], kid_length__gte=4, kid_length__lte=25),
                name="kid_length_is_4_to_25",
            ),
            models.CheckConstraint(condition=~Q(account_number="", iban=""), name="bank_account_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.name or self.account_number or self.iban


class LawFigure(models.Model):
    """A dated figure of the law: a VAT rate, a fee, an interest rate. Belongs to nobody; read-only for the app."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=40)
    variant = models.CharField(max_length=40, blank=True)  # VAT class, kind of debtor
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # exclusive; None: until a newer figure stands
    value = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=20)
    source = models.CharField(max_length=300)
    entered_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "kind", "variant", "valid_from"], name="law_figure_is_dated_once"
            ),
        ]
