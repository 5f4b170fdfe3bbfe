"""The customer's side: secret links to one document each, and what the customer says there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invoicing.models.deliveries import Delivery
from invoicing.models.invoices import Invoice, InvoiceLine
from payments.models import Hold
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class PublicLink(OrganizationOwned):
    """A secret address of one document; only the hash of its token is kept."""

    token_sha256 = models.CharField(max_length=64, editable=False)
    subject_kind = models.CharField(max_length=40, default="invoice")
    subject_id = models.UUIDField()
    delivery = OrganizationForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="links")
    recipient = models.CharField(max_length=254, blank=True)  # whom it was made for
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True)  # None: as long as the settings say after payment
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, blank=True)
    opened_first_at = models.DateTimeField(null=True)
    opened_last_at = models.DateTimeField(null=True)
    openings = models.PositiveIntegerField(default=0)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_sha256"], name="link_token_is_unique"),
        ]
        indexes = [
            models.Index(fields=["organization", "subject_id"], name="link_by_subject"),
            models.Index(fields=["token_sha256"], name="link_by_token"),
        ]

    @property
    def is_revoked(self) -> bool:
        """Whether somebody took it back."""
        return self.revoked_at is not None


class EnquiryKind(models.TextChoices):
    """What a customer can say of an invoice."""

    QUESTION = "question", _("Question")
    DISPUTE = "dispute", _("Says that something is wrong")
    WRONG_RECIPIENT = "wrong_recipient", _("Says that it belongs to somebody else")
    WRONG_REFERENCE = "wrong_reference", _("Says that the reference is wrong")
    PAID = "paid", _("Says that it is paid")
    LATER_DATE = "later_date", _("Asks for a later date")
    IN_PARTS = "in_parts", _("Asks to pay in instalments")


class Enquiry(OrganizationOwned):
    """What a customer said of an invoice, as a task for the staff until somebody has answered."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.PROTECT, related_name="enquiries")
    link = OrganizationForeignKey(PublicLink, on_delete=models.PROTECT, null=True, related_name="enquiries")
    line = OrganizationForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="enquiries")
    kind = models.CharField(max_length=20, choices=EnquiryKind.choices)
    text = models.TextField(_("Message"), max_length=2000, blank=True)
    sender_name = models.CharField(_("Name"), max_length=120, blank=True)
    reply_to = models.EmailField(_("E-mail address"), blank=True)
    value = models.CharField(max_length=160, blank=True)  # the reference or the recipient that it should be
    wished_date = models.DateField(null=True)
    wished_count = models.PositiveSmallIntegerField(null=True)  # of instalments
    hold = OrganizationForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="enquiries")
    key = models.CharField(max_length=80)  # of the form: sent twice it is one
    said_at = models.DateTimeField(default=timezone.now, editable=False)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answer = models.TextField(_("Answer"), max_length=2000, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice", "key"], name="enquiry_is_made_once"),
            models.CheckConstraint(condition=Q(kind__in=EnquiryKind.values), name="enquiry_kind_is_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "said_at"], condition=Q(answered_at=None), name="open_enquiry"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answered_at is None

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return str(_("Reply to the e-mail")) if self.came_by_mail else self.get_kind_display()

    @property
    def came_by_mail(self) -> bool:
        """Whether it is a reply to an e-mail, and was not written on the page of the document."""
        return self.link_id is None and self.key.startswith("mail:")

    @property
    def needs_answer(self) -> bool:
        """Whether it cannot be closed in silence; who wrote an e-mail may be answered by one of the staff's own."""
        return self.kind == EnquiryKind.QUESTION and not self.came_by_mail
