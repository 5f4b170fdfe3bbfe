"""What happens by itself when work is done: a row of the company, and one of each customer that has its own way."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.automation import OwnAutomation, Period, Posting, Timing
from customers.models import Customer
from invoicing.models import Invoice
from tenants.scoping import OrganizationForeignKey, OrganizationOwned

POSTING_CHOICES = [
    (Posting.NONE.value, _("No invoice")),
    (Posting.COLLECT.value, _("Collect on a draft")),
    (Posting.FINALIZE.value, _("Draft and finalize")),
]
TIMING_CHOICES = [
    (Timing.DONE.value, _("When the work is done")),
    (Timing.NIGHT_BEFORE.value, _("The night before")),
]
PERIOD_CHOICES = [(Period.WEEK.value, _("A week")), (Period.MONTH.value, _("A month"))]


class BillingAutomation(OrganizationOwned):
    """Posting, timing and dispatch: of the company where no customer is named, else what that customer has decided.

    A customer's row leaves open what follows the company.
    """

    customer = OrganizationForeignKey(
        Customer, on_delete=models.CASCADE, null=True, related_name="automations", verbose_name=_("Customer")
    )
    posting = models.CharField(_("Posting of work"), max_length=8, blank=True)
    timing = models.CharField(_("Time of posting"), max_length=12, blank=True)
    sends = models.BooleanField(_("Dispatch"), null=True)
    period = models.CharField(_("Collected for"), max_length=5, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"], nulls_distinct=False, name="one_automation_per_customer"
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False)
                | (~Q(posting="") & ~Q(timing="") & Q(sends__isnull=False) & ~Q(period="")),
                name="the_company_leaves_nothing_open",
            ),
            models.CheckConstraint(
                condition=Q(customer=None) | ~Q(posting="", timing="", sends=None, period=""),
                name="own_automation_decides_something",
            ),
            models.CheckConstraint(condition=Q(posting__in=["", *Posting]), name="posting_is_known"),
            models.CheckConstraint(condition=Q(timing__in=["", *Timing]), name="timing_is_known"),
            models.CheckConstraint(condition=Q(period__in=["", *Period]), name="collecting_period_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.customer) if self.customer is not None else str(_("All customers"))

    @property
    def decided(self) -> OwnAutomation:
        """What the row decides."""
        return OwnAutomation(
            posting=Posting(self.posting) if self.posting else None,
            timing=Timing(self.timing) if self.timing else None,
            sends=self.sends,
            period=Period(self.period) if self.period else None,
        )


class BringAlongPrint(OrganizationOwned):
    """That a document was printed to be brought along to the customer: when, by whom, and whether it was a draft."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="bring_along_prints")
    was_draft = models.BooleanField()
    printed_by = models.CharField(max_length=120)
    printed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        indexes = [models.Index(fields=["organization", "invoice", "-printed_at"], name="bring_along_by_document")]
