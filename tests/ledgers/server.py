"""A real HTTP server on this machine that speaks for an accounting system and holds every request to its contract.

What breaks the contract is answered with 400 and remembered: `assert_obeyed` fails afterwards even where the product
has swallowed the answer. It counts the calls, so that a test can say that no limit was exceeded.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import simplejson
from werkzeug.formparser import parse_form_data

from accounting_sync.providers.base import Rate
from tests.ledgers.contracts import Operation, description, pattern_of, plain
from tests.ledgers.faults import Fault, Faults, Order
from tests.ledgers.system import Contract, LedgerAnswer, LedgerRequest, System

HOST_HEADER = "X-Ledger-Host"
NO_BODY = (204, 304)


@dataclass(slots=True)
class Seen:
    """One call as the server saw it; moments of a clock that only goes forward."""

    request: LedgerRequest
    method: str
    path: str
    began: float
    ended: float = 0.0
    status: int = 0  # 0: the line was cut
    operation: str = ""
    is_token: bool = False


@dataclass(slots=True)
class Cut(Exception):
    """The line is cut, after so many bytes of the answer."""

    answer: bytes = b""


class LedgerServer:
    """One accounting system on a free port of this machine; use it as a context manager."""

    def __init__(self, system: System, *, checks: bool = True, port: int = 0) -> None:
        self.system = system
        self.checks = checks
        self.faults = Faults()
        self.calls: list[Seen] = []
        self.violations: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._port = port
        self._server: _Server | None = None
        self._prefixes = [
            (contract, *pattern_of(contract.prefix, is_whole=False))
            for contract in sorted(system.contracts, key=lambda contract: -len(contract.prefix))
        ]

    def __enter__(self) -> LedgerServer:
        self._server = _Server(("127.0.0.1", self._port), _Handler, self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def hosts(self) -> dict[str, str]:
        """For the setting LEDGER_HOSTS: every host of the real system is this server."""
        return dict.fromkeys(self.system.hosts, self.address)

    def reset(self) -> None:
        """A new company with empty books; nothing counted, nothing waiting to go wrong."""
        with self._lock:
            self.calls.clear()
            self.violations.clear()
            self.most_at_once = 0
        self.faults.clear()
        self.system.reset()

    def assert_obeyed(self) -> None:
        """Fails with everything that broke a contract, whoever has swallowed the answer."""
        assert not self.violations, "\n".join(self.violations)

    def limits_exceeded(self, rates: Sequence[Rate], concurrency: int = 1) -> list[str]:
        """Which declared limits the calls have broken, by the moments at which they came."""
        moments = sorted(call.began for call in self.calls if not call.is_token)
        broken = []
        for rate in rates:
            for first, after in zip(moments, moments[rate.calls :], strict=False):
                if after - first < rate.seconds:
                    broken.append(
                        f"{rate.calls + 1} calls in {after - first:.3f} s, {rate.calls} in {rate.seconds:g} s"
                    )
                    break
        if self.most_at_once > concurrency:
            broken.append(f"{self.most_at_once} calls at once")
        return broken

    def count(self, method: str, ending: str = "") -> int:
        """How many calls of a method there were on paths that end so."""
        return sum(call.method == method and call.path.endswith(ending) for call in list(self.calls))

    @contextmanager
    def watching(self, request: LedgerRequest) -> Iterator[Seen]:
        """Count a call from its first to its last moment."""
        seen = Seen(request, request.method, request.path, time.monotonic())
        with self._lock:
            self.calls.append(seen)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield seen
        finally:
            seen.ended = time.monotonic()
            with self._lock:
                self._at_once -= 1

    def carry_out(self, request: LedgerRequest, seen: Seen) -> LedgerAnswer:
        """The answer to a request, with whatever goes wrong on the way."""
        found = self._found(request)
        if found is not None:
            _, operation, arguments, path = found
            request = replace(request, path=path, path_args=arguments, operation=operation.label)
            seen.request, seen.path, seen.operation = request, path, operation.label
        most = self.system.at_once_max
        if found is not None and most is not None and self._at_once > most:
            return self.system.too_many(None)
        order = self.faults.due(request, is_described=found is not None)
        before = self._before(order, request)
        if before is not None:
            return before
        answer = self._work(request, found, seen)
        if order is not None and order.fault is Fault.DUPLICATED:
            answer = self._work(request, found, seen)
        if order is not None and order.fault is Fault.DROP_ANSWER:
            raise Cut
        if order is not None and order.fault is Fault.BROKEN_AFTER:
            return self.system.broken()
        if order is not None and order.fault is Fault.HALF:
            whole = rendered(answer)
            raise Cut(whole[: max(len(whole) // 2, 1)])
        return answer

    def _work(
        self, request: LedgerRequest, found: tuple[Contract, Operation, dict[str, str], str] | None, seen: Seen
    ) -> LedgerAnswer:
        """A page or token of the log-in, or the work that the contract describes."""
        with self.system.lock:
            answer = self.system.token(request)
        seen.is_token = answer is not None
        return self._answer(request, found) if answer is None else answer

    def _before(self, order: Order | None, request: LedgerRequest) -> LedgerAnswer | None:
        """What goes wrong before the system does anything."""
        if order is None:
            return None
        match order.fault:
            case Fault.DROP_BEFORE:
                raise Cut
            case Fault.BROKEN:
                return self.system.broken()
            case Fault.TOO_MANY:
                return self.system.too_many(order.seconds)
            case Fault.ACCESS_EXPIRED:
                return self.system.unauthorized(request)
            case Fault.CONFLICT:
                return self.system.conflict()
            case Fault.SLOW:
                time.sleep(order.seconds or 0.0)
        return None

    def _found(self, request: LedgerRequest) -> tuple[Contract, Operation, dict[str, str], str] | None:
        for contract, expression, names in self._prefixes:
            start = re.match(f"{expression}(?=/|$)", request.path) if request.host == contract.host else None
            if start is None:
                continue
            path = request.path[start.end() :] or "/"
            there = description(contract.file).operation_of(request.method, path)
            if there is not None:
                return contract, there[0], dict(zip(names, start.groups(), strict=True)) | there[1], path
        return None

    def _answer(
        self, request: LedgerRequest, found: tuple[Contract, Operation, dict[str, str], str] | None
    ) -> LedgerAnswer:
        with self.system.lock:
            if not self.system.authorized(request):
                return self.system.unauthorized(request)
        if found is None:
            return self._answer_beyond(request)
        contract, operation, *_ = found
        told = description(contract.file)
        if self.checks:
            breaches = [*told.request_breaches(contract, operation, request), *self.system.check(request)]
            if breaches:
                return self._violated(request, breaches)
        with self.system.lock:
            answer = self.system.answer(request)
        if self.checks:
            complete(answer)
            breaches = told.answer_breaches(contract, operation, answer, content_of(answer))
            self._remember([f"ANSWER {answer.status} to {operation.label}: {text}" for text in breaches])
        return answer

    def _answer_beyond(self, request: LedgerRequest) -> LedgerAnswer:
        """What the contract leaves out is a breach, but for the operations that the system names with a reason."""
        path = next((request.path.removeprefix(each.prefix) for each in self.system.contracts), request.path)
        operation = f"{request.method} {path}"
        if operation not in self.system.beyond:
            return self._violated(request, ["no contract describes it"])
        with self.system.lock:
            return self.system.answer(replace(request, path=path, operation=operation))

    def _violated(self, request: LedgerRequest, breaches: list[str]) -> LedgerAnswer:
        named = [f"{request.method} {request.host}{request.path}: {text}" for text in breaches]
        self._remember(named)
        return LedgerAnswer(400, {"breaches": named})

    def _remember(self, named: list[str]) -> None:
        with self._lock:
            self.violations += [text for text in named if text not in self.violations]

    def fail(self, request: LedgerRequest, error: Exception) -> LedgerAnswer:
        """A behaviour that breaks is a fault of the tests: it is told and never looks like one of the real system."""
        self._remember([f"{request.method} {request.path}: the behaviour broke: {error!r}"])
        return LedgerAnswer(500, content=repr(error).encode(), headers={"Content-Type": "text/plain"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[_Handler], ledger: LedgerServer) -> None:
        self.ledger = ledger
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that goes away in the middle is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_words: Any) -> None:
        """Quiet."""

    def _serve(self) -> None:
        ledger = self.server.ledger
        request = self._request()
        with ledger.watching(request) as seen:
            try:
                try:
                    answer = ledger.carry_out(request, seen)
                except Cut:
                    raise
                except Exception as error:  # noqa: BLE001 - told by `violations`, whatever it is
                    answer = ledger.fail(request, error)
                seen.status = answer.status
                whole = rendered(answer, with_body=self.command != "HEAD")
            except Cut as cut:
                whole = cut.answer
                self.close_connection = True
        with suppress(OSError):
            self.wfile.write(whole)
            self.wfile.flush()
            if self.close_connection:
                self.connection.shutdown(socket.SHUT_RDWR)

    def _request(self) -> LedgerRequest:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        kind = headers.get("content-type", "")
        body: Any = None
        form: dict[str, str] = {}
        files: dict[str, tuple[str, bytes]] = {}
        if "json" in kind and content:
            with suppress(ValueError):
                body = json.loads(content, parse_float=Decimal)
        elif "form" in kind:
            environ = {
                "wsgi.input": BytesIO(content),
                "CONTENT_TYPE": kind,
                "CONTENT_LENGTH": str(len(content)),
                "REQUEST_METHOD": "POST",
            }
            _, values, uploads = parse_form_data(environ)
            form = dict(values.items())
            files = {name: (one.filename or "", one.read()) for name, one in uploads.items()}
        return LedgerRequest(
            method=self.command,
            host=headers.get(HOST_HEADER.lower(), ""),
            path=plain(parts.path),
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=headers,
            body=body,
            content=content,
            form=form,
            files=files,
        )


def content_of(answer: LedgerAnswer) -> bytes:
    """The bytes of an answer's body."""
    if answer.content is not None:
        return answer.content
    return b"" if answer.body is None else simplejson.dumps(answer.body, use_decimal=True).encode()


def complete(answer: LedgerAnswer) -> None:
    """Say of a body that it is JSON where nothing else was said."""
    if answer.content is None and answer.body is not None:
        answer.headers.setdefault("Content-Type", "application/json")


def rendered(answer: LedgerAnswer, *, with_body: bool = True) -> bytes:
    """The answer as it goes over the line, in one piece."""
    complete(answer)
    content = content_of(answer)
    head = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in answer.headers.items())]
    if answer.status not in NO_BODY:
        head.append(f"Content-Length: {len(content)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (content if with_body and answer.status not in NO_BODY else b"")
