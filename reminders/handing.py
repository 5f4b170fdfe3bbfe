"""The way of a case to its agency: the place that the agency names, its secret, and the sending itself."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from foundation.encryption import open_seal, seal
from foundation.transfer import Handed, SftpPlace, drop_into_folder, send_by_sftp
from reminders.models import CaseHanding, CollectionAgency

KEY_BEGINS = "-----BEGIN"


def sealed_secret(agency: CollectionAgency, secret: str) -> bytes:
    """The password or private key as it is kept."""
    return seal(secret, organization_id=agency.organization_id, column=CollectionAgency.SECRET_COLUMN)


def hand_over(agency: CollectionAgency, name: str, content: bytes) -> Handed:
    """Bring a file to its place, whole and once; says whether it was there already, or refuses with what to do."""
    if agency.handing == CaseHanding.SFTP:
        return send_by_sftp(_server(agency), name, content)
    root = Path(settings.HANDOVER_DIR) / str(agency.organization_id)
    root.mkdir(parents=True, exist_ok=True)
    return drop_into_folder(root, agency.folder, name, content)


def words_of(agency: CollectionAgency) -> str:
    """Where the files go, in words without secrets."""
    if agency.handing == CaseHanding.SFTP:
        return f"{agency.username}@{agency.host}:{agency.port} {agency.folder}".strip()
    if agency.handing == CaseHanding.FOLDER:
        return _("Folder %(folder)s") % {"folder": agency.folder or "/"}
    return str(CaseHanding.BY_HAND.label)


def _server(agency: CollectionAgency) -> SftpPlace:
    sealed = agency.secret_sealed
    column = CollectionAgency.SECRET_COLUMN
    secret = open_seal(sealed, organization_id=agency.organization_id, column=column) if sealed else ""
    is_key = secret.lstrip().startswith(KEY_BEGINS)
    return SftpPlace(
        host=agency.host,
        port=agency.port,
        user=agency.username,
        fingerprint=agency.fingerprint,
        folder=agency.folder or ".",
        password="" if is_key else secret,
        private_key=secret if is_key else "",
        allows_inside=settings.FILE_SERVERS_INSIDE,
    )
