"""Three templates in, one message out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation


class HeaderIsUnsafe(ValueError):
    """A line break in a subject or an address would begin a header of the writer's own."""


def send_message(name: str, to: str, context: Mapping[str, Any], language: str, *, key: str = "") -> None:
    """Send `<app>/<message>` to one address in one language; the same key gives the same Message-ID.

    The words stand in templates/<app>/email/<message>.subject.txt, .txt and .html.
    """
    app, _slash, message_name = name.partition("/")
    place = f"{app}/email/{message_name}"
    with translation.override(language):
        subject = render_to_string(f"{place}.subject.txt", dict(context)).strip()
        text = render_to_string(f"{place}.txt", dict(context))
        html = render_to_string(f"{place}.html", {**context, "language": language})
    for header in (subject, to):
        if any(character in header for character in "\r\n\x00"):
            raise HeaderIsUnsafe(name)
    headers = {"Message-ID": f"<{key}@bilag>"} if key else {}
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    message.send()
