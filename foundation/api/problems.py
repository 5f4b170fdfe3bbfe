"""Refusals told to machines in one form: RFC 9457, with the sentence that a person would have read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from pydantic import Field

from foundation.api.values import Told
from foundation.errors import DomainError, Refusals

CONTENT_TYPE = "application/problem+json"
ERRORS_MAX = 100


class FieldProblem(Told):
    """What is wrong with one field."""

    field: str = Field(description="The field, with the place in a list: lines.0.quantity. Empty: the whole of it.")
    message: str


class Problem(Told):
    """Why a call was refused (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="What kind of refusal it is.")
    status: int
    code: str = Field(description="The rule that said no, for programs to tell refusals apart.")
    detail: str = Field(description="A sentence for people: what, why and what now.")
    errors: list[FieldProblem] = Field(default=[], description="The fields to mend.")


class CallRefused(Exception):
    """A call that is answered with a problem instead of being carried out."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Any,
        *,
        errors: Iterable[tuple[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = problem_of(status, code, detail, errors)
        self.headers = dict(headers or {})


def problem_of(status: int, code: str, detail: Any, errors: Iterable[tuple[str, Any]] = ()) -> Problem:
    """A refusal in words."""
    found = [FieldProblem(field=field, message=str(message)) for field, message in errors][:ERRORS_MAX]
    return Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=str(detail), errors=found)


def problem_of_refusal(refusal: DomainError, status: int) -> Problem:
    """What a rule of the house has refused, with its sentence and the field that it names."""
    parts = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
    named = [(part.field, str(part)) for part in parts if part.field]
    return problem_of(status, code_of(type(parts[0] if parts else refusal)), str(refusal), named)


def code_of(kind: type[Exception]) -> str:
    """The name of a rule as programs write it: InvoiceAlreadyFinalized is invoice_already_finalized."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """The refusal as it goes over the wire."""
    return HttpResponse(
        json.dumps(problem.model_dump(mode="json"), ensure_ascii=False),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )
