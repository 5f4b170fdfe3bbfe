"""Asking for a higher not-to-exceed amount, and the answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing_backlog.models.projects import Contract, ContractLine
from customers.models import Customer
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class LimitDecision(models.TextChoices):
    """What was answered to somebody who asked for a new limit."""

    OPEN = "", _("Waits for an answer")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class LimitRequest(OrganizationOwned):
    """A new not-to-exceed amount that somebody asks for: of the contract, a line, a customer, or one on the other."""

    contract = OrganizationForeignKey(Contract, on_delete=models.CASCADE, related_name="limit_requests")
    line = OrganizationForeignKey(ContractLine, on_delete=models.CASCADE, null=True, related_name="limit_requests")
    customer = OrganizationForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    amount_before = models.DecimalField(max_digits=16, decimal_places=2, null=True, editable=False)
    amount = models.DecimalField(_("New limit, without VAT"), max_digits=16, decimal_places=2)
    reason = models.CharField(_("Why"), max_length=300)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    decision = models.CharField(max_length=8, choices=LimitDecision.choices, default=LimitDecision.OPEN, blank=True)
    answer = models.CharField(_("Answer"), max_length=300, blank=True)
    decided_by = models.CharField(max_length=120, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="asked_limit_is_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="who_asks_says_why"),
            models.CheckConstraint(
                condition=Q(decision__in=LimitDecision.values) & ~Q(decision="refused", answer=""),
                name="a_refused_limit_has_an_answer",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="a_decided_limit_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["organization", "contract", "line", "customer"],
                condition=Q(decision=""),
                nulls_distinct=False,
                name="one_open_request_per_limit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "asked_at"], condition=Q(decision=""), name="limit_request_that_waits"
            ),
        ]

    def __str__(self) -> str:
        return str(self.contract)
