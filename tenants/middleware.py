"""Around every request: the user's language, private caching, and refusals turned into sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.usersessions.middleware import UserSessionsMiddleware
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from foundation.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]
SEEN_AGAIN = timedelta(minutes=1)


class UserLanguageMiddleware:
    """Signed-in people read their own language, others the one their browser asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or language)
            return response


class SessionActivityMiddleware(UserSessionsMiddleware):  # type: ignore[misc]  # allauth has no types
    """Says of each session when it was last used: to the minute, so that not every page writes a row."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and self._is_known(request):
            return cast(HttpResponse, self.get_response(request))
        return cast(HttpResponse, super().__call__(request))

    @staticmethod
    def _is_known(request: HttpRequest) -> bool:
        """Whether the session was seen within the minute, from the same place and program."""
        agent = request.META.get("HTTP_USER_AGENT", "")
        known = UserSession.objects.filter(
            session_key=request.session.session_key,
            user_id=request.user.pk,
            ip=get_adapter().get_client_ip(request),
            user_agent=agent[: UserSession._meta.get_field("user_agent").max_length],
            last_seen_at__gt=timezone.now() - SEEN_AGAIN,
        )
        return bool(known.exists())


class PrivateCacheMiddleware:
    """Pages of signed-in people are kept by no cache, and fragments are told from pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class RefusalMiddleware:
    """A DomainError that no view handled reaches the user as a sentence, where the user was."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        messages.error(request, str(exception))
        if request.headers.get("HX-Request"):
            response = render(request, "_messages.html", status=422)
            response.headers["HX-Retarget"] = "#messages"
            response.headers["HX-Reswap"] = "outerHTML"
            return response
        return HttpResponseRedirect(_own_referring_path(request))


def _own_referring_path(request: HttpRequest) -> str:
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.netloc != request.get_host() or not referrer.path.startswith("/"):
        return "/"
    return referrer.path
