"""What must not stand in a log: the secrets of links that whoever holds them may open."""

from __future__ import annotations

import logging
import re

# The page of a document, an invitation, a hook: each address ends in a secret.
SECRET_OF_LINK = re.compile(r"(/(?:i(?:/quotes)?|join/[0-9a-f-]{36}|hooks/[a-z-]+)/)[A-Za-z0-9_-]{16,}")

# Where accounting systems send people back to: the address bears a code that opens somebody's books.
SECRET_OF_RETURN = re.compile(r"(/accounting/return/\?)[^\s\"']+")


class WithoutSecrets(logging.Filter):
    """Cut the secrets out of what is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, without the secret that its words may hold."""
        message = record.getMessage()
        cut = SECRET_OF_RETURN.sub(r"\1…", SECRET_OF_LINK.sub(r"\1…", message))
        if cut != message:
            record.msg, record.args = cut, ()
        return True
