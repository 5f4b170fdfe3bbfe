"""How each kind of refusal is told to a program."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from billing_backlog.errors import StaleRecord
from customers.actions.customers import CustomerChangedMeanwhile
from customers.actions.products import ProductChangedMeanwhile, ProductNumberIsTaken
from foundation.api.problems import CallRefused, answer, code_of, problem_of, problem_of_refusal
from foundation.errors import DomainError
from invoicing.actions.drafts import DraftIsMade
from invoicing.errors import DraftChangedSinceCheck, DraftIsIncomplete, InvoiceAlreadyFinalized, StaleDraft

logger = logging.getLogger(__name__)
# Refusals of the moment: the same call may be right after another look.
CONFLICTS = (
    CustomerChangedMeanwhile,
    ProductChangedMeanwhile,
    ProductNumberIsTaken,
    StaleDraft,
    StaleRecord,
    DraftIsMade,
    DraftChangedSinceCheck,
    InvoiceAlreadyFinalized,
)


def add_refusals(api: NinjaAPI) -> None:
    """Let the API answer every exception as a problem."""
    api.add_exception_handler(CallRefused, _call_refused)
    api.add_exception_handler(DomainError, _rule_said_no)
    api.add_exception_handler(DraftIsIncomplete, _something_is_missing)
    api.add_exception_handler(AuthenticationError, _not_known)
    api.add_exception_handler(ValidationError, _not_understood)
    api.add_exception_handler(Http404, _not_there)
    api.add_exception_handler(PermissionDenied, _not_allowed)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(HttpError, _of_http)
    api.add_exception_handler(Exception, _broken)


def _call_refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    return answer(refusal.problem, refusal.headers)


def _rule_said_no(request: HttpRequest, refusal: Any) -> HttpResponse:
    return answer(problem_of_refusal(refusal, 409 if isinstance(refusal, CONFLICTS) else 422))


def _something_is_missing(request: HttpRequest, refusal: Any) -> HttpResponse:
    errors = [(finding["field"], finding["sentence"]) for finding in refusal.findings]
    return answer(problem_of(422, code_of(type(refusal)), str(refusal), errors))


def _not_known(request: HttpRequest, refusal: Any) -> HttpResponse:
    sentence = _("Send a token that is in force: Authorization: Bearer …")
    return answer(problem_of(401, "not_authenticated", sentence), {"WWW-Authenticate": "Bearer"})


def _not_understood(request: HttpRequest, refusal: Any) -> HttpResponse:
    errors = [(_place(error["loc"]), _sentence(error)) for error in refusal.errors]
    return answer(problem_of(422, "invalid", _("Something that was sent does not fit."), errors))


def _place(loc: Any) -> str:
    """Where in what was sent: without the name of our own parameter, which the sender does not know."""
    parts = [str(part) for part in loc]
    return ".".join(parts[2:] if parts[:1] == ["body"] else parts[1:])


def _sentence(error: dict[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")[:300]


def _not_there(request: HttpRequest, refusal: Any) -> HttpResponse:
    return answer(problem_of(404, "not_found", _("There is nothing of that name here.")))


def _not_allowed(request: HttpRequest, refusal: Any) -> HttpResponse:
    return answer(problem_of(403, "not_allowed", _("This is not allowed.")))


def _too_big(request: HttpRequest, refusal: Any) -> HttpResponse:
    return answer(problem_of(413, "too_large", _("The call is too large. Send less at a time.")))


def _of_http(request: HttpRequest, refusal: Any) -> HttpResponse:
    code = "not_json" if refusal.status_code == 400 else "refused"
    return answer(problem_of(refusal.status_code, code, str(refusal)))


def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    """A fault of ours: written to the log in full, told in one sentence."""
    if settings.DEBUG:
        raise error
    logger.error("The API stumbled: %s %s", request.method, request.path, exc_info=error)
    return answer(problem_of(500, "fault", _("Something went wrong here. It is written down; try again later.")))
