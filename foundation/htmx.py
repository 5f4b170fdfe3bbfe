"""Two ways to answer: a whole page for the browser, a fragment for HTMX. The page includes the same fragment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def wants_fragment(request: HttpRequest) -> bool:
    """Whether HTMX asks for a part of the page; boosted links and restored history want the whole of it."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The fragment when HTMX asks for it, the page otherwise; for GET, and with status 422 for a form with errors."""
    if wants_fragment(request):
        response = HttpResponse(render_fragment(request, fragment, context), status=status)
    else:
        response = render(request, page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def swap_or_redirect(request: HttpRequest, fragment: str, context: dict[str, Any], *, to: str) -> HttpResponse:
    """After a change: the touched fragment with the new messages for HTMX, a redirect for a plain POST."""
    if not wants_fragment(request):
        return HttpResponseRedirect(own_path(to))
    messages = render_to_string("_messages.html", {"out_of_band": True}, request=request)
    return HttpResponse(render_fragment(request, fragment, context) + messages)


def go_to(request: HttpRequest, to: str) -> HttpResponse:
    """Leave the page, also when HTMX asked: what was shown there is no more (a deleted draft)."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(own_path(to))
    return HttpResponseRedirect(own_path(to))


def render_fragment(request: HttpRequest, fragment: str, context: dict[str, Any]) -> str:
    """The fragment's text, for answers made of several fragments."""
    return render_to_string(fragment, context, request=request)


def own_path(to: str) -> str:
    """The address, when it is a path of our own; a redirect never leads to another site."""
    if not to.startswith("/") or to.startswith(("//", "/\\")):
        raise ValueError(f"Not a path of our own: {to!r}")
    return to
