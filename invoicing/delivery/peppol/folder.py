"""The folder: documents are put down for a partner's program, which may write beside each what became of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import UUID

from django.conf import settings

from invoicing.delivery.folder import put_down
from invoicing.delivery.peppol.wordings import STATES_TOLD, told_outcome
from invoicing.dispatching import states
from invoicing.dispatching.envelopes import Envelope
from invoicing.dispatching.plain import Outcome

OUT = "peppol-out"
STATUS_BYTES_MAX = 64 * 1024
PUT_DOWN = "put_down"


class FolderCarrier:
    """Files under the data folder, one per document, called by the envelope's id."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = str(organization_id)

    def send(self, envelope: Envelope, xml: bytes) -> Outcome:
        """Put the document down; what lies there under its id already stays as it is."""
        path = put_down(OUT, self._organization_id, f"{envelope.instance_id}.xml", xml)
        return Outcome(states.SENT, reason_code=PUT_DOWN, source="access_point", external_id=path.name)

    def status(self, instance_id: str, external_id: str = "") -> Outcome | None:
        """What the partner has written, else that the document lies there; None where there is nothing."""
        told = self._read_status(instance_id)
        if told is not None:
            return told
        is_there = (self._folder() / f"{instance_id}.xml").is_file()
        return Outcome(states.SENT, reason_code=PUT_DOWN, source="access_point") if is_there else None

    def greet(self) -> str:
        """Whether the folder can be written."""
        folder = self._folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return f"{folder.name}: {error.strerror}"
        return "" if os.access(folder, os.W_OK) else f"{folder.name}: not writable"

    def _folder(self) -> Path:
        return Path(settings.DATA_DIR) / OUT / self._organization_id

    def _read_status(self, instance_id: str) -> Outcome | None:
        """The partner's words; a file that is too large, half written or nonsense says nothing yet."""
        path = self._folder() / f"{instance_id}.status.json"
        try:
            if path.stat().st_size > STATUS_BYTES_MAX:
                return None
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(told, dict) or str(told.get("state")) not in STATES_TOLD:
            return None
        return told_outcome(str(told["state"]), str(told.get("reason") or ""), external_id=str(told.get("id") or ""))
