"""What another system held when the books moved here."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.scoping import OrganizationOwned


class OpeningBalance(OrganizationOwned):
    """The one moment at which the books moved here: the day, the total that was agreed, and the files that show it.

    The files are accounting material: they are kept as long as the vouchers that they explain.
    """

    day = models.DateField(_("Accounting date"))
    total = models.DecimalField(max_digits=18, decimal_places=2)  # of all open items, in the books' currency
    claims = models.IntegerField()
    payments = models.IntegerField()
    customers_sha256 = models.CharField(max_length=64, blank=True)
    products_sha256 = models.CharField(max_length=64, blank=True)
    open_items_sha256 = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="books_are_opened_once"),
        ]

    def __str__(self) -> str:
        return f"{gettext('opening balance')} {self.day.isoformat()}"
