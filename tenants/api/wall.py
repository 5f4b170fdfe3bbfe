"""Around every call of a program: what is no call of the API's is refused before it is read, in the API's own form."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from foundation.api.problems import CONTENT_TYPE, answer, problem_of

PREFIX = "/api/v1/"
BODY_BYTES_MAX = 4 * 1024 * 1024
GetResponse = Callable[[HttpRequest], HttpResponse]


class MachineCallMiddleware:
    """Calls are JSON of a bounded size; what no operation answers is told as a problem, not as a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX) or request.path == PREFIX:
            return self.get_response(request)
        response = _refused(request) or self.get_response(request)
        return _as_problem(response)


def _refused(request: HttpRequest) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdecimal():
        return answer(problem_of(400, "bad_length", _("Say how long the call is, in bytes.")))
    if int(length) > BODY_BYTES_MAX:
        return answer(problem_of(413, "too_large", _("The call is too large. Send less at a time.")))
    if int(length) and request.content_type != "application/json":
        return answer(problem_of(415, "not_json", _("Send JSON: Content-Type: application/json.")))
    return None


def _as_problem(response: HttpResponse) -> HttpResponse:
    told = response.headers.get("Content-Type", "")
    if response.status_code < 400 or told.startswith(CONTENT_TYPE):
        return response
    if response.status_code == 405:
        allowed = ", ".join(sorted(response.headers.get("Allow", "").split(", ")))
        sentence = _("This address takes %(methods)s.") % {"methods": allowed}
        return answer(problem_of(405, "method_not_allowed", sentence), {"Allow": allowed})
    if response.status_code == 404:
        return answer(problem_of(404, "not_found", _("There is nothing of that name here.")))
    return answer(problem_of(response.status_code, "refused", _("The call was refused.")))
