"""Bookings of facilities, the target groups that use them, and the price lists that say what the use costs."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.items import BacklogItem
from billing_backlog.models.projects import Facility
from billing_backlog.price_lists import UNITS
from customers.models import Customer
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class PayerChoice(models.TextChoices):
    """By whose number the use is billed (M-159)."""

    USER = "user", _("Whoever uses it")
    ORGANIZATION = "organization", _("Another organization, by its organization number")
    PERSON = "person", _("A person, by his or her own name")


class TargetGroup(OrganizationOwned):
    """Who uses a facility, as far as the price goes: children and youth, adults, commercial."""

    name = models.CharField(_("Name"), max_length=80)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="target_group_name_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class PriceList(OrganizationOwned):
    """What the use of facilities costs from one day on, in the currency of the books."""

    name = models.CharField(_("Name"), max_length=120)
    valid_from = models.DateField(_("Valid from"))
    valid_through = models.DateField(_("Valid through"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "name", "valid_from"], name="price_list_is_named_once"),
            models.CheckConstraint(
                condition=Q(valid_through=None) | Q(valid_through__gte=F("valid_from")),
                name="price_list_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceListRow(OrganizationOwned):
    """The price of one facility, or of every facility of a group, for one target group and unit."""

    price_list = OrganizationForeignKey(PriceList, on_delete=models.CASCADE, related_name="rows")
    facility = OrganizationForeignKey(
        Facility, on_delete=models.PROTECT, null=True, blank=True, related_name="price_rows"
    )
    facility_group = models.CharField(_("Group"), max_length=80, blank=True)
    target_group = OrganizationForeignKey(
        TargetGroup, on_delete=models.PROTECT, related_name="price_rows", verbose_name=_("Target group")
    )
    unit_code = models.CharField(_("Unit"), max_length=3)
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6)
    price_includes_vat = models.BooleanField(_("Price includes VAT"), default=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "price_list", "facility", "facility_group", "target_group", "unit_code"],
                nulls_distinct=False,
                name="one_price_per_facility_and_target_group",
            ),
            models.CheckConstraint(
                condition=Q(facility__isnull=False, facility_group="") | (Q(facility=None) & ~Q(facility_group="")),
                name="price_is_of_a_facility_or_a_group",
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="list_price_is_not_negative"),
            models.CheckConstraint(condition=Q(unit_code__in=UNITS), name="list_price_unit_is_known"),
        ]


class Booking(OrganizationOwned):
    """One use of a facility on one day: who uses it, who pays, and by which price; a billable one has its item.

    Never deleted: one that does not take place is cancelled with a reason and is never billed (M-158).
    """

    facility = OrganizationForeignKey(
        Facility, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("Facility")
    )
    customer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("Customer")
    )
    payer = OrganizationForeignKey(
        Customer, on_delete=models.PROTECT, related_name="paid_bookings", verbose_name=_("Pays")
    )
    payer_choice = models.CharField(_("Who pays"), max_length=12, choices=PayerChoice.choices, default=PayerChoice.USER)
    payer_chosen_by = models.CharField(max_length=120, blank=True, editable=False)
    payer_chosen_at = models.DateTimeField(null=True, editable=False)
    target_group = OrganizationForeignKey(
        TargetGroup, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("Target group")
    )
    day = models.DateField(_("Day"))
    starts_at = models.TimeField(_("From"), null=True, blank=True)
    ends_at = models.TimeField(_("To"), null=True, blank=True)  # midnight ends the day
    text = models.CharField(_("What it is used for"), max_length=200, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    unit_code = models.CharField(_("Unit"), max_length=3)
    price_row = OrganizationForeignKey(PriceListRow, on_delete=models.PROTECT, null=True, related_name="bookings")
    rule_price = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # what the price list said
    price_rule = models.CharField(_("Price by"), max_length=120, blank=True)
    unit_price = models.DecimalField(_("Price"), max_digits=18, decimal_places=6, null=True)
    price_includes_vat = models.BooleanField(_("Price includes VAT"), default=False)
    price_reason = models.CharField(_("Why another price"), max_length=300, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=16, decimal_places=2, default=Decimal(0))
    is_billable = models.BooleanField(_("Billed"), default=True)
    free_reason = models.CharField(_("Why it is free"), max_length=300, blank=True)
    item = OrganizationForeignKey(BacklogItem, on_delete=models.PROTECT, null=True, related_name="bookings")
    contact_email = models.EmailField(_("E-mail of the contact"), blank=True)
    note = models.CharField(_("Note"), max_length=500, blank=True)
    series = models.UUIDField(null=True, editable=False)  # the same for all days that were booked at once
    told_to = models.JSONField(default=list, editable=False)  # whom its cancellation was told
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = models.CharField(max_length=120, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True, editable=False)
    source_system = models.CharField(_("Told by"), max_length=40, blank=True)
    source_order = models.CharField(_("Order there"), max_length=60, blank=True)
    source_line = models.CharField(_("Line there"), max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source_system", "source_order", "source_line"],
                condition=~Q(source_system=""),
                name="booking_told_of_twice_is_one_booking",
            ),
            models.UniqueConstraint(
                fields=["organization", "item"], condition=Q(item__isnull=False), name="an_item_bills_one_booking"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None)
                | Q(starts_at__isnull=False, ends_at__gt=F("starts_at"))
                | Q(starts_at__isnull=False, ends_at="00:00"),
                name="booking_times_run_forward",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="booking_has_a_quantity"),
            models.CheckConstraint(condition=Q(unit_code__in=UNITS), name="booking_unit_is_known"),
            models.CheckConstraint(condition=Q(payer_choice__in=PayerChoice.values), name="payer_choice_is_known"),
            models.CheckConstraint(
                condition=Q(payer_choice="user", payer=F("customer"))
                | (~Q(payer_choice="user") & ~Q(payer_chosen_by="") & Q(payer_chosen_at__isnull=False)),
                name="another_payer_was_chosen_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_billable=False) | Q(unit_price__isnull=False, unit_price__gte=0),
                name="a_billed_booking_has_a_price",
            ),
            models.CheckConstraint(
                condition=Q(rule_price=None) | Q(unit_price=F("rule_price")) | ~Q(price_reason=""),
                name="another_booking_price_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(is_billable=True) | (~Q(free_reason="") & Q(item=None)), name="a_free_booking_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | ~Q(cancelled_reason=""), name="a_cancelled_booking_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-day", "-id"], name="booking_by_day"),
            models.Index(fields=["organization", "facility", "day"], name="booking_by_facility"),
            models.Index(fields=["organization", "customer", "-day"], name="booking_by_customer"),
            models.Index(fields=["organization", "payer", "-day"], name="booking_by_payer"),
            models.Index(
                fields=["organization", "series", "day"], condition=Q(series__isnull=False), name="booking_by_series"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility.name} {self.day.isoformat()}"

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.cancelled_at is not None
