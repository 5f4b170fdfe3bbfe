"""Reads the contracts of the accounting systems and says what in a request or an answer breaks them.

openapi-core knows types, formats and what is required. It lets unknown names pass where a contract leaves its schemas
open, as vendors' do; there a misspelt property would be ignored in silence, so names are checked here as well.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_spec_validator.readers import read_from_filename
from werkzeug.datastructures import Headers, MultiDict

from tests.ledgers.system import Contract, LedgerAnswer, LedgerRequest

FOLDER = Path(os.environ.get("BILAG_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "accounting-apis"
MISSING = "The contracts of the accounting systems (shared/accounting-apis) are not here."
SERVER = "http://ledger.invalid"
JSON_TYPES: dict[str, Callable[[bytes], Any]] = {
    "application/problem+json": json.loads,  # RFC 9457
    "application/json-patch+json": json.loads,  # RFC 6902
}
METHODS = ("get", "post", "put", "patch", "delete", "head")
TEXT_MAX = 300
ARGUMENT = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Asked:
    """A request in openapi-core's words."""

    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = SERVER


@dataclass(slots=True)
class Answered:
    """An answer in openapi-core's words."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes | None


@dataclass(slots=True)
class Operation:
    """One path of a contract with one method."""

    method: str
    template: str
    pattern: re.Pattern[str]
    names: Sequence[str]
    declared: Mapping[str, Any]
    query: frozenset[str] = field(default_factory=frozenset)

    @property
    def label(self) -> str:
        """As `@answers` writes it."""
        return f"{self.method} {self.template}"


def plain(path: str) -> str:
    """A path as people write it; only a slash inside a value stays encoded."""
    return "%2F".join(unquote(part) for part in re.split("%2[Ff]", path))


def pattern_of(template: str, *, is_whole: bool = True) -> tuple[str, list[str]]:
    """A template as an expression, and the names of its arguments in their order."""
    names = ARGUMENT.findall(template)
    parts = [re.escape(part) for part in ARGUMENT.split(template)[::2]]
    return "([^/]+?)".join(parts) + ("$" if is_whole else ""), names


class Description:
    """One file, ready to be asked."""

    def __init__(self, file: str) -> None:
        described: dict[str, Any] = dict(read_from_filename(str(FOLDER / file))[0])
        described["servers"] = [{"url": SERVER}]
        described.pop("security", None)  # the systems look at the Authorization header themselves
        self.operations: list[Operation] = []
        for template, declared in described["paths"].items():
            declared.pop("servers", None)
            self.operations += list(self._operations_of(described, template, declared))
        self.operations.sort(key=lambda operation: (len(operation.names), -len(operation.template)))
        self.described = described
        self.openapi = OpenAPI.from_dict(
            described, config=Config(spec_validator_cls=None, extra_media_type_deserializers=JSON_TYPES)
        )

    def _operations_of(self, described: Any, template: str, declared: dict[str, Any]) -> Iterator[Operation]:
        expression, names = pattern_of(template)
        for method in METHODS:
            if method in declared:
                own = declared[method]
                own.pop("servers", None)
                own.pop("security", None)
                for kind, told in self_of(described, own.get("requestBody", {})).get("content", {}).items():
                    if kind == "application/octet-stream":
                        told.pop("schema", None)  # the bytes themselves, whatever vendors write of base64
                _call_files_binary(own)
                given = [
                    self_of(described, one) for one in (*declared.get("parameters", ()), *own.get("parameters", ()))
                ]
                query = frozenset(one["name"] for one in given if one["in"] == "query")
                yield Operation(method.upper(), template, re.compile(expression), names, own, query)

    def operation_of(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request asks for, with the arguments in its path."""
        for operation in self.operations:
            if operation.method == method and (match := operation.pattern.match(path)):
                return operation, dict(zip(operation.names, match.groups(), strict=True))
        return None

    def request_breaches(self, contract: Contract, operation: Operation, request: LedgerRequest) -> list[str]:
        """What breaks the contract in a request."""
        query = MultiDict([(name, value) for name, values in request.query.items() for value in values])
        asked = Asked(
            request.path,
            request.method.lower(),
            RequestParameters(query=query, header=Headers(list(request.headers.items())), path=request.path_args),
            request.headers.get("content-type", ""),
            request.content or None,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            found = [text for error in self.openapi.iter_request_errors(asked) for text in _texts(error)]
        wrong = excused(contract, operation.label, ":")
        found = [text for text in found if _place_in(text) not in wrong]
        found = [text for text in found if not _is_number_in_form(request, text)]
        allowed = excused(contract, operation.label, "?")
        found += [f"unknown query parameter {name}" for name in query if name not in operation.query | allowed]
        body = self_of(self.described, operation.declared.get("requestBody", {}))
        if request.body is not None and not body:
            found.append("a body where the contract has none")
        form = dict.fromkeys((*request.form, *request.files))
        return found + self._unknown_in(contract, operation, body, request.body if request.body is not None else form)

    def answer_breaches(self, contract: Contract, operation: Operation, sent: LedgerAnswer, data: bytes) -> list[str]:
        """What breaks the contract in an answer of ours; errors may have statuses that the contract does not name."""
        if operation.label in contract.wrong_answers:
            return []
        statuses = {str(status): told for status, told in operation.declared.get("responses", {}).items()}
        told = statuses.get(str(sent.status), statuses.get(f"{sent.status // 100}XX", statuses.get("default")))
        if sent.status >= 400 and list(statuses) == ["default"]:
            return []  # what is told of all answers alike is told of good ones
        if told is None:
            return [] if sent.status >= 400 else [f"status {sent.status} is not described"]
        told = self_of(self.described, told)
        if not told.get("content"):
            return ["a body where the contract has none"] if data and sent.status < 400 else []
        headers = Headers(list(sent.headers.items()))
        answered = Answered(sent.status, headers, headers.get("Content-Type", ""), data or None)
        asked = Asked(self._example_path(operation), operation.method.lower(), RequestParameters(), "", None)
        found = [text for error in self.openapi.iter_response_errors(asked, answered) for text in _texts(error)]
        return found + self._unknown_in(contract, operation, told, sent.body)

    @staticmethod
    def _example_path(operation: Operation) -> str:
        return ARGUMENT.sub("1", operation.template)

    def _unknown_in(self, contract: Contract, operation: Operation, described: Any, body: Any) -> list[str]:
        content = described.get("content", {}) if described else {}
        schema = next((told.get("schema") for kind, told in content.items() if "json" in kind or "form" in kind), None)
        if not body or schema is None:
            return []
        allowed = excused(contract, operation.label, ":")
        return [f"unknown property {name}" for name in unknown(self.described, [schema], body) if name not in allowed]


def _call_files_binary(own: dict[str, Any]) -> None:
    """Some vendors write the file of a form as an object without properties, which no file is."""
    told = own.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
    for name, value in told.get("properties", {}).items():
        if value.get("type") == "object" and "properties" not in value:
            told["properties"][name] = {"type": "string", "format": "binary"}
    for kind, whole in own.get("requestBody", {}).get("content", {}).items():
        if whole.get("schema", {}).get("contentMediaType") == kind:  # OpenAPI 3.1: a file is no JSON text
            whole["schema"] = {}


def _place_in(text: str) -> str:
    """The property that an error is about: postings.currency for $.postings[0].currency."""
    return re.sub(r"\[\d+\]", "", text.partition(":")[0]).removeprefix("$.")


def excused(contract: Contract, operation: str, sign: str) -> frozenset[str]:
    """The names that an operation may use although its contract does not have them."""
    start = f"{operation}{sign}"
    return frozenset(name.removeprefix(start) for name in contract.undescribed if name.startswith(start))


def self_of(described: Any, told: Any) -> Any:
    """What a reference inside the file points at; anything else itself."""
    while isinstance(told, dict) and "$ref" in told:
        reference = told["$ref"]
        told = described
        for part in reference.removeprefix("#/").split("/"):
            told = told[unquote(part).replace("~1", "/").replace("~0", "~")]
    return told


def _flat(described: Any, schemas: Sequence[Any]) -> list[dict[str, Any]]:
    """The schemas with all that they are put together from."""
    flat: list[dict[str, Any]] = []
    for told in schemas:
        schema = self_of(described, told)
        if isinstance(schema, dict):
            flat.append(schema)
            for way in ("allOf", "oneOf", "anyOf"):
                flat += _flat(described, schema.get(way, ()))
    return flat


def unknown(described: Any, schemas: Sequence[Any], value: Any, at: str = "") -> Iterator[str]:
    """The names in a value that none of its schemas knows, with dots between names (and nothing for items)."""
    flat = _flat(described, schemas)
    if isinstance(value, list):
        items = [schema["items"] for schema in flat if "items" in schema]
        for one in value if items else ():
            yield from unknown(described, items, one, at)
    if not isinstance(value, dict):
        return
    known: dict[str, list[Any]] = {}
    for schema in flat:
        for name, told in (schema.get("properties") or {}).items():
            known.setdefault(name, []).append(told)
        for name in schema.get("required") or ():
            known.setdefault(name, [])
    is_open = any(schema.get("additionalProperties") not in (None, False) for schema in flat)
    for name, inner in value.items():
        if name in known:
            yield from unknown(described, known[name], inner, f"{at}{name}.")
        elif known and not is_open:
            yield f"{at}{name}"


def _is_number_in_form(request: LedgerRequest, text: str) -> bool:
    """Whether it is only said of a form's number that it is text, as all that stands in forms is."""
    told = request.form.get(_place_in(text), "")
    return told.isdigit() and ("is not of type 'integer'" in text or "is not one of" in text)


def _texts(error: Exception) -> Iterator[str]:
    """What an error of openapi-core says, in as many lines as it has faults."""
    cause: Any = error.__cause__
    told = getattr(cause, "schema_errors", None) or getattr(error, "schema_errors", None)
    if told:
        for one in told:
            yield f"{one.json_path}: {one.message}"[:TEXT_MAX]
    else:
        yield f"{error}{f': {cause}' if cause else ''}"[:TEXT_MAX]


@cache
def description(file: str) -> Description:
    """A contract, read once in a process."""
    return Description(file)


def is_here() -> bool:
    """Whether the folder of contracts is."""
    return FOLDER.is_dir()
