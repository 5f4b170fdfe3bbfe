"""The accessibility statement, open to everybody."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

REVIEWED_ON = date(2026, 11, 21)


@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """The statement in the reader's language, or in the one that the address asks for."""
    wanted = request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        context = {
            "languages": settings.LANGUAGES,
            "language": language,
            "reviewed_on": REVIEWED_ON,
            "contact": settings.ACCESSIBILITY_CONTACT,
        }
        return render(request, "config/accessibility.html", context)
