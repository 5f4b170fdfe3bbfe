"""What the desk keeps beside documents: editing spells, versions, approvals, corrections, attachments, views, texts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invoicing.models.invoices import Invoice
from tenants.models import User
from tenants.scoping import OrganizationForeignKey, OrganizationOwned


class EditingSpell(OrganizationOwned):
    """One person's autosaves of a draft since the last line in the audit trail; closed, it becomes one line."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="spells")
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    before = models.JSONField(default=dict)  # what the draft said when the spell began
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now, editable=False)
    saves = models.PositiveIntegerField(default=1)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice"], name="one_open_spell_per_draft"),
        ]
        indexes = [models.Index(fields=["organization", "saved_at"], name="spell_by_last_save")]


class DraftVersion(OrganizationOwned):
    """What a draft said after one of its saves, for looking back; the draft itself may be gone."""

    invoice_id = models.UUIDField()  # no foreign key: outlives a deleted draft
    version = models.PositiveIntegerField()
    content = models.JSONField(default=dict)  # header and lines, amounts as strings
    actor_name = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice_id", "version"], name="draft_version_is_unique"),
        ]


class ApprovalVerdict(models.TextChoices):
    """What was said of one version of a draft."""

    REQUESTED = "requested", _("Approval asked for")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Request withdrawn")


class DraftApproval(OrganizationOwned):
    """One verdict on one version of a draft; the newest one of the present version counts."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="approvals")
    version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=ApprovalVerdict.choices)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor_name = models.CharField(max_length=120)
    made_by_id = models.UUIDField(null=True)  # whose change made this version; somebody else must approve it
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=ApprovalVerdict.values), name="approval_verdict_is_known"),
            models.CheckConstraint(condition=~Q(verdict="refused") | ~Q(reason=""), name="refusal_carries_a_reason"),
            models.CheckConstraint(
                condition=~Q(verdict="approved")
                | Q(user__isnull=False) & (Q(made_by_id=None) | ~Q(made_by_id=models.F("user"))),
                name="approval_is_by_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "invoice", "-given_at", "-id"], name="approval_by_draft"),
        ]


class Correction(OrganizationOwned):
    """A correct-and-reissue: the wrong invoice, the credit note that takes it back and the draft that replaces it."""

    original = OrganizationForeignKey(Invoice, on_delete=models.PROTECT, related_name="corrections")
    credit_note = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="corrections_as_credit")
    replacement = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="corrections_as_replacement")
    reason = models.CharField(_("Reason"), max_length=300)
    message = models.TextField(_("Message to the customer"), max_length=2000, blank=True)
    started_by = models.CharField(max_length=120)
    started_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "credit_note"], name="credit_note_stands_in_one_correction"
            ),
            models.UniqueConstraint(
                fields=["organization", "replacement"], name="replacement_stands_in_one_correction"
            ),
        ]
        indexes = [models.Index(fields=["organization", "original"], name="correction_by_original")]


class Attachment(OrganizationOwned):
    """A file that goes with a document; its bytes lie in the file store under their hash."""

    invoice = OrganizationForeignKey(Invoice, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("File name"), max_length=120)
    content_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    added_by = models.CharField(max_length=120)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "invoice", "name"], name="attachment_name_is_unique"),
        ]


class SavedView(OrganizationOwned):
    """A list with its filters, columns and order under a name: a tab for one person, or for all when shared."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_shared = models.BooleanField(_("Shared with everybody"), default=False)
    name = models.CharField(_("Name"), max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    filters = models.JSONField(default=list)  # groups joined by "or"; in each, conditions joined by "and"
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "owner", "name"], name="view_name_is_unique_per_person"),
        ]

    def __str__(self) -> str:
        return self.name


class TextPlace(models.TextChoices):
    """Where a text of the organization's own stands on documents."""

    INVOICE_NOTE = "invoice_note", _("Message on new invoices")
    CREDIT_NOTE = "credit_note", _("Message on credit notes")
    CORRECTION = "correction", _("Message to the customer when an invoice is corrected")
    FOOTER = "footer", _("Footer on documents")
    MAIL_SUBJECT_INVOICE = "mail_subject_invoice", _("Subject of e-mails with an invoice")
    MAIL_BODY_INVOICE = "mail_body_invoice", _("E-mail with an invoice")
    MAIL_SUBJECT_CREDIT_NOTE = "mail_subject_credit_note", _("Subject of e-mails with a credit note")
    MAIL_BODY_CREDIT_NOTE = "mail_body_credit_note", _("E-mail with a credit note")
    MAIL_SUBJECT_CORRECTION = "mail_subject_correction", _("Subject of e-mails with a corrected invoice")
    MAIL_BODY_CORRECTION = "mail_body_correction", _("E-mail with a corrected invoice")


class DocumentText(OrganizationOwned):
    """A text of the organization's own for one place in one language; copied into drafts, frozen with them."""

    place = models.CharField(_("Place"), max_length=40, choices=TextPlace.choices)
    language = models.CharField(_("Language"), max_length=5)
    text = models.TextField(_("Text"), max_length=2000, blank=True)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "place", "language"], name="one_text_per_place"),
            models.CheckConstraint(condition=Q(place__in=TextPlace.values), name="text_place_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.get_place_display())
