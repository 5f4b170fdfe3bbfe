"""The verbs of the audit trail about what programs hold and tell, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

VERBS: dict[str, Any] = {
    "api_token.made": gettext_lazy("made a token for"),
    "api_token.revoked": gettext_lazy("took back the token of"),
    "backlog.corrected": gettext_lazy("corrected billable work"),
    "webhook.added": gettext_lazy("had news sent to"),
    "webhook.changed": gettext_lazy("changed the news for"),
    "webhook.rotated": gettext_lazy("made a new secret for the news to"),
    "webhook.paused": gettext_lazy("paused the news to"),
    "webhook.resumed": gettext_lazy("sent news again to"),
    "webhook.removed": gettext_lazy("ended the news to"),
    "webhook.tested": gettext_lazy("sent a test to"),
    "webhook.sent_again": gettext_lazy("sent an event once more to"),
}
