"""The way of a finance file to its receiver: the place that a target names, its secret, and the sending itself."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from billing_backlog.models import FinanceTarget, Handing
from foundation.encryption import open_seal, seal
from foundation.transfer import (
    Handed,
    SftpPlace,
    drop_into_folder,
    folder_below,
    send_by_sftp,
    try_sftp,
)

KEY_BEGINS = "-----BEGIN"


def sealed_secret(target: FinanceTarget, secret: str) -> bytes:
    """The password or private key as it is kept."""
    return seal(secret, organization_id=target.organization_id, column=FinanceTarget.SECRET_COLUMN)


def hand_over(target: FinanceTarget, name: str, content: bytes) -> Handed:
    """Bring the file to its place, whole and once; says whether it was there already, or refuses with what to do."""
    if target.handing == Handing.SFTP:
        return send_by_sftp(_server(target), name, content)
    return drop_into_folder(root_of(target), target.folder, name, content)


def try_place(target: FinanceTarget) -> None:
    """Look whether a file could be brought there, without bringing any; refuses with what stands in the way."""
    if target.handing == Handing.SFTP:
        try_sftp(_server(target))
    elif target.handing == Handing.FOLDER:
        folder_below(root_of(target), target.folder)


def root_of(target: FinanceTarget) -> Path:
    """The organization's own folder for files that are fetched, made when it is first asked for."""
    root = Path(settings.HANDOVER_DIR) / str(target.organization_id)
    root.mkdir(parents=True, exist_ok=True)
    return root


def words_of(target: FinanceTarget) -> str:
    """Where the files go, in words without secrets."""
    if target.handing == Handing.SFTP:
        return f"{target.username}@{target.host}:{target.port} {target.folder}".strip()
    if target.handing == Handing.FOLDER:
        return _("Folder %(folder)s") % {"folder": target.folder or "/"}
    return str(Handing.BY_HAND.label)


def _server(target: FinanceTarget) -> SftpPlace:
    column = FinanceTarget.SECRET_COLUMN
    sealed = target.secret_sealed
    secret = open_seal(sealed, organization_id=target.organization_id, column=column) if sealed else ""
    is_key = secret.lstrip().startswith(KEY_BEGINS)
    return SftpPlace(
        host=target.host,
        port=target.port,
        user=target.username,
        fingerprint=target.fingerprint,
        folder=target.folder or ".",
        password="" if is_key else secret,
        private_key=secret if is_key else "",
        allows_inside=settings.FILE_SERVERS_INSIDE,
    )
