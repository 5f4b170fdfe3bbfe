"""The files made of documents."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.canonical import digest
from tenants.scoping import OrganizationOwned


class FileKind(models.TextChoices):
    """In the order in which they are made."""

    CORE_XML = "core_xml", _("Invoice data")
    PDF = "pdf", "PDF"
    EHF = "ehf", "EHF"


def files_made_of(kind: str) -> tuple[FileKind, ...]:
    """Which files are made of a document of this kind: a payment request is no EHF, and so only a PDF."""
    return (FileKind.PDF,) if kind in {"payment_request", "withdrawal"} else tuple(FileKind)


class DocumentFile(OrganizationOwned):
    """One file of one subject, written once and known by its SHA-256; the bytes lie in the file store."""

    subject_kind = models.CharField(max_length=40)  # invoice; later receipt, statement, reminder
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=FileKind.choices)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    versions = models.JSONField(default=dict)  # template, fonts, renderer
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    row_hash = models.CharField(max_length=64)

    class Meta(OrganizationOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject_id", "kind"], name="one_file_per_subject_and_kind"
            ),
        ]

    def content_hash(self) -> str:
        """The hash of everything this row says, against a change of the row alone."""
        return digest(
            [
                str(self.id),
                str(self.organization_id),
                self.subject_kind,
                str(self.subject_id),
                self.kind,
                self.sha256,
                self.size_bytes,
                self.versions,
                self.made_at,
            ]
        )
