"""Who is billed, how and on what terms; what is sold."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.vat import VatTreatment
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

VAT_TREATMENT_CHOICES = [
    (VatTreatment.STANDARD.value, _("Standard rate")),
    (VatTreatment.FOOD.value, _("Food")),
    (VatTreatment.WATER.value, _("Water and wastewater")),
    (VatTreatment.LOW.value, _("Low rate")),
    (VatTreatment.RAW_FISH.value, _("Raw fish")),
    (VatTreatment.ZERO.value, _("Zero-rated")),
    (VatTreatment.EXEMPT.value, _("Exempt")),
    (VatTreatment.REVERSE_CHARGE.value, _("Reverse charge")),
    (VatTreatment.EXPORT.value, pgettext_lazy("VAT treatment", "Export")),
    (VatTreatment.OUTSIDE.value, _("Seller not registered for VAT")),
]


class CustomerKind(models.TextChoices):
    """Decides which identity number, which law and which electronic address fit."""

    BUSINESS = "business", _("Business")
    PUBLIC_BODY = "public_body", _("Public body")
    CONSUMER = "consumer", _("Consumer")
    INTERNAL = "internal", _("Internal")


class Customer(OrganizationOwned):
    """Somebody whom the organization bills."""

    number = models.PositiveIntegerField(_("Customer number"), editable=False)
    kind = models.CharField(_("Kind"), max_length=12, choices=CustomerKind.choices, default=CustomerKind.BUSINESS)
    name = models.CharField(_("Name"), max_length=160)
    organization_number = models.CharField(_("Organization number"), max_length=20, blank=True)
    vat_number = models.CharField(_("VAT number abroad"), max_length=20, blank=True)
    resource_number = models.CharField(_("Internal resource number"), max_length=6, blank=True)
    # A national identity number is kept only where the organization has stated why; see nordic rules on § 12.
    national_id_sealed = models.BinaryField(null=True, editable=False)
    national_id_lookup = models.CharField(max_length=64, blank=True, editable=False)
    contact_name = models.CharField(_("Contact person"), max_length=120, blank=True)
    email = models.EmailField(_("E-mail address"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=30, blank=True)
    street = models.CharField(_("Street address"), max_length=120, blank=True)
    street_2 = models.CharField(_("Street address, second line"), max_length=120, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=12, blank=True)
    city = models.CharField(_("City"), max_length=80, blank=True)
    country = models.CharField(_("Country"), max_length=2, default="NO")
    language = models.CharField(_("Language"), max_length=5, default="nb")
    currency = models.CharField(_("Currency"), max_length=3, default="NOK")
    payment_terms_days = models.PositiveSmallIntegerField(_("Payment terms, days"), null=True, blank=True)
    wants_ehf = models.BooleanField(_("Receives EHF"), default=False)
    # Empty: in the organization's order.
    channels = models.JSONField(
        _("Order of channels"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    endpoint_scheme = models.CharField(_("Scheme of the electronic address"), max_length=4, blank=True)
    endpoint_id = models.CharField(_("Electronic address"), max_length=60, blank=True)
    buyer_reference = models.CharField(_("Their reference"), max_length=80, blank=True)
    vat_treatment = models.CharField(
        _("VAT treatment of all lines"), max_length=20, choices=VAT_TREATMENT_CHOICES, blank=True
    )
    notes = models.TextField(_("Notes"), max_length=2000, blank=True)
    custom_properties = models.JSONField(default=dict, editable=False)  # id of the property → value
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)  # the person is forgotten, the number remains
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="customer_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "national_id_lookup"],
                condition=~Q(national_id_lookup=""),
                name="national_id_stands_on_one_customer",
            ),
            models.CheckConstraint(condition=Q(kind__in=CustomerKind.values), name="customer_kind_is_known"),
            models.CheckConstraint(
                condition=Q(national_id_lookup="") | Q(kind="consumer"), name="only_consumers_have_national_ids"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "organization_number"], name="customer_by_org_number"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_national_id(self) -> bool:
        """Whether a sealed national identity number is kept."""
        return bool(self.national_id_lookup)

    @property
    def is_archived(self) -> bool:
        """Whether the customer is out of use."""
        return self.archived_at is not None

    @property
    def is_erased(self) -> bool:
        """Whether the person behind it is forgotten."""
        return self.erased_at is not None


class CustomerNumberSeries(OrganizationOwned):
    """The last customer number given; its row is the queue."""

    last_number = models.PositiveIntegerField(default=0)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_customer_number_series"),
        ]


class Contact(OrganizationOwned):
    """A person at a customer."""

    customer = OrganizationForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("Name"), max_length=120)
    email = models.EmailField(_("E-mail address"), blank=True)
    phone = models.CharField(_("Telephone"), max_length=30, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "customer"], name="contact_by_customer")]

    def __str__(self) -> str:
        return self.name


class Product(OrganizationOwned):
    """Something that is sold again and again: its words, unit, price, VAT treatment and revenue account."""

    number = models.CharField(_("Product number"), max_length=30)
    name = models.CharField(_("Name"), max_length=160)
    description = models.CharField(_("Second text on the line"), max_length=500, blank=True)
    unit_code = models.CharField(_("Unit"), max_length=3, default="NAR")
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=4)
    price_includes_vat = models.BooleanField(_("Price includes VAT"), default=False)
    currency = models.CharField(_("Currency"), max_length=3, default="NOK")
    vat_treatment = models.CharField(
        _("VAT treatment"), max_length=20, choices=VAT_TREATMENT_CHOICES, default=VatTreatment.STANDARD.value
    )
    revenue_account = models.CharField(_("Revenue account"), max_length=10, default="3000")
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="product_number_is_unique"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="product_price_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def is_archived(self) -> bool:
        """Whether the product is out of use."""
        return self.archived_at is not None


class PropertySubject(models.TextChoices):
    """What a custom property stands on."""

    INVOICE = "invoice", _("Invoice")
    CUSTOMER = "customer", _("Customer")


class PropertyKind(models.TextChoices):
    """What a custom property holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")


class CustomProperty(OrganizationOwned):
    """A property of an organization's own on its invoices or customers; out of use, it keeps its values."""

    subject = models.CharField(_("Stands on"), max_length=10, choices=PropertySubject.choices)
    name = models.CharField(_("Name"), max_length=60)
    kind = models.CharField(_("Holds"), max_length=10, choices=PropertyKind.choices, default=PropertyKind.TEXT)
    choices = models.JSONField(default=list, blank=True)  # the words of a choice, in their order
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject", "name"],
                condition=Q(archived_at=None),
                name="custom_property_name_is_unique",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PropertyKind.values, subject__in=PropertySubject.values),
                name="custom_property_kind_is_known",
            ),
            models.CheckConstraint(condition=Q(kind="choice") | Q(choices=[]), name="only_choices_have_choices"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        """Whether the property is out of use."""
        return self.archived_at is not None
