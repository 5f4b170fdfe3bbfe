"""A program on this machine that is told what happens, and that misbehaves as such programs do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What it got, and how it answers: a status, or None to hang up."""

    url: str = ""
    answers: list[int | None] = field(default_factory=list)  # one for each call; 200 when there are no more
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.got.append((dict(handler.headers.items()), body))
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            handler.close_connection = True
            return
        handler.send_response(status)
        if status == 302:
            handler.send_header("Location", "http://127.0.0.1:1/elsewhere")
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"hello")


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, *_arguments: Any) -> None:
            """Tests print their own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/news"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def is_ours(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """The check that docs/api.md gives to whoever receives our news."""
    parts = [part.partition("=") for part in headers["Bilag-Signature"].split(",")]
    moment = next(value for name, _mark, value in parts if name == "t")
    expected = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(value, expected) for name, _mark, value in parts if name == "v1")
