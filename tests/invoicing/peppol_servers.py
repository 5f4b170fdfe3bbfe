"""A small Peppol on this machine: a name server, a metadata server, and access points that refuse what is strange.

Each counts what it got, and each can be told to misbehave in the ways that such servers do.
"""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from invoicing.dispatching.envelopes import (
    BILLING_PROCESS,
    BILLING_TYPES,
    DOCUMENT_TYPES,
    PROCESSES,
    TRANSPORT,
    lookup_name,
    participant_id,
)
from invoicing.documents.endpoints import Endpoint

ZONE = "participant.sml.test.example"
TOKEN = "a-token-of-the-access-point"
BUSDOX = "http://busdox.org/serviceMetadata/publishing/1.0/"
IDENTIFIERS = "http://busdox.org/transport/identifiers/1.0/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer: Callable[[_Handler], None]

    def log_message(self, *_arguments: Any) -> None:
        """Tests print their own."""

    def do_GET(self) -> None:
        type(self).answer(self)

    def do_POST(self) -> None:
        type(self).answer(self)

    @property
    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def skip(self) -> None:
        """Read what came, so that the connection can be used again."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def say(self, status: int, content: bytes | str | dict[str, Any] = b"", **headers: str) -> None:
        if isinstance(content, dict):
            content = json.dumps(content)
        data = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self) -> None:
        """End the connection without a word."""
        self.close_connection = True
        self.connection.close()


@contextmanager
def serving(answer: Callable[[_Handler], None], certificate: Path | None = None) -> Iterator[str]:
    """An HTTP server on the loopback address, with a certificate one that speaks TLS; gives its address."""
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        port = server.server_address[1]
        yield f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class AccessPointSimulator:
    """An access point in the manner of phoss AP: strict about paths and parameters, one record per instance id."""

    faults: list[str] = field(default_factory=list)  # one for each submission, the first first
    documents: dict[str, bytes] = field(default_factory=dict)
    envelopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    submissions: int = 0
    questions: int = 0
    is_status_away: bool = False
    complaints: list[str] = field(default_factory=list)

    def answer(self, request: _Handler) -> None:
        """One request."""
        parts = urlsplit(request.path)
        steps = parts.path.strip("/").split("/")
        if request.headers.get("X-Token") != TOKEN:
            request.skip()
            request.say(401, {"message": "no such token"})
        elif request.command == "GET" and steps[:3] == ["api", "outbound", "status"] and len(steps) == 4:
            self._status(request, unquote(steps[3]))
        elif request.command == "POST" and steps[:3] == ["api", "outbound", "submit"] and len(steps) == 8:
            self._submit(request, tuple(unquote(step) for step in steps[3:]), parse_qs(parts.query))
        else:
            self.complaints.append(f"{request.command} {request.path}")
            request.skip()
            request.say(404)

    def _status(self, request: _Handler, instance_id: str) -> None:
        self.questions += 1
        if self.is_status_away:
            request.hang_up()
        elif instance_id not in self.documents:
            request.say(404)
        else:
            sender, receiver, kind, process, _country = self.envelopes[instance_id]
            told = {
                "id": f"tx-{instance_id}",
                "transactionType": "business_document",
                "senderID": sender,
                "receiverID": receiver,
                "docTypeID": kind,
                "processID": process,
                "sbdhInstanceID": instance_id,
                "status": "sending",
                "attemptCount": 1,
                "mlsStatus": "pending",
                **self.states.get(instance_id, {}),
            }
            request.say(200, told)

    def _submit(self, request: _Handler, envelope: tuple[str, ...], query: dict[str, list[str]]) -> None:
        self.submissions += 1
        xml = request.body
        fault = self.faults.pop(0) if self.faults else ""
        wrong = self._wrong(request, envelope, query)
        if wrong:
            self.complaints.append(wrong)
            request.say(400, json.dumps(wrong))
            return
        [instance_id] = query["sbdhInstanceID"]
        if self._refuses(request, fault):
            return
        if instance_id in self.documents:
            request.say(422, '"Failed to submit outbound transaction"')
            return
        self.documents[instance_id] = xml
        self.envelopes[instance_id] = envelope if fault != "another's" else (envelope[0], "x", *envelope[2:])
        self._accept(request, fault, instance_id)

    @staticmethod
    def _wrong(request: _Handler, envelope: tuple[str, ...], query: dict[str, list[str]]) -> str:
        sender, receiver, kind, process, country = envelope
        if set(query) != {"sbdhInstanceID"}:
            return f"unknown parameters {sorted(query)}"
        if not (sender.startswith("iso6523-actorid-upis::") and receiver.startswith("iso6523-actorid-upis::")):
            return f"participants {sender} {receiver}"
        if kind not in {f"{DOCUMENT_TYPES}::{known}" for known in BILLING_TYPES}:
            return f"document type {kind}"
        if process != f"{PROCESSES}::{BILLING_PROCESS}":
            return f"process {process}"
        if len(country) != 2 or request.headers.get("Content-Type") != "application/xml":
            return f"country {country} or {request.headers.get('Content-Type')}"
        return ""

    @staticmethod
    def _refuses(request: _Handler, fault: str) -> bool:
        """Faults before anything is taken."""
        match fault:
            case "refuse":
                request.say(422, {"message": "PEPPOL-EN16931-R010 Buyer electronic address MUST be provided"})
            case "denied":
                request.say(403, {"message": "no sending"})
            case "busy":
                request.say(429, {"message": "slow down"}, Retry_After="120")
            case "error":
                request.say(500, "Internal Server Error")
            case "elsewhere":
                request.say(302, Location="http://127.0.0.1:1/")
            case "hang up":
                request.hang_up()
            case _:
                return False
        return True

    @staticmethod
    def _accept(request: _Handler, fault: str, instance_id: str) -> None:
        """Faults after it was taken, or the good answer."""
        match fault:
            case "error after":
                request.say(500, "Internal Server Error")
            case "nonsense":
                request.say(200, "<html>Welcome</html>")
            case "drop":
                request.hang_up()
            case "too long":
                request.say(200, b"x" * (2 * 1024 * 1024))
            case "delay":
                time.sleep(1.5)
                request.hang_up()
            case "tries again" | "another's":
                request.say(422, {"overallSuccess": False, "sbdhInstanceIdentifier": instance_id})
            case _:
                request.say(200, {"overallSuccess": True, "sbdhInstanceIdentifier": instance_id})


@dataclass
class HostedSimulator:
    """A hosted access point with ids of its own; `alters` has it write the document anew."""

    faults: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    alters: bool = False
    account: str = "c_123"

    def answer(self, request: _Handler) -> None:
        """One request."""
        body = request.body
        if request.headers.get("Authorization") != "Basic a2V5OnNlY3JldA==":  # key:secret
            request.say(401, {"success": False, "errors": {"root": ["unknown key"]}})
        elif request.command == "POST" and request.path == f"/api/v1/{self.account}/send":
            self._send(request, json.loads(body))
        elif request.command == "GET" and request.path == f"/api/v1/companies/{self.account}":
            request.say(200, {"success": True})
        elif request.command == "GET" and request.path.startswith("/api/v1/documents/"):
            xml = self.documents.get(request.path.rpartition("/")[2])
            request.say(200, {"success": True, "document": {"xml": xml}}) if xml else request.say(404)
        else:
            request.say(404)

    def _send(self, request: _Handler, told: dict[str, Any]) -> None:
        if set(told) != {"recipient", "documentType", "document", "doctypeId", "processId"}:
            request.say(400, {"success": False, "errors": {"root": [f"unknown {sorted(told)}"]}})
            return
        self.requests.append(told)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "refuse":
            request.say(422, {"success": False, "errors": {"document": ["BR-CO-15"]}})
            return
        if fault == "error":
            request.say(500, "Internal Server Error")
            return
        own_id = f"doc_{len(self.documents) + 1}"
        self.documents[own_id] = told["document"] + (" " if self.alters else "")
        if fault == "drop":
            request.hang_up()
        elif fault == "again":
            request.say(409, {"id": own_id})
        else:
            request.say(200, {"success": True, "sentOverPeppol": True, "id": own_id})


@dataclass
class Registry:
    """The name server and the metadata server together: who is registered, and how both lie."""

    registered: dict[Endpoint, tuple[str, ...]] = field(default_factory=dict)
    lie: str = ""
    server: str = ""
    questions: int = 0
    fetched: int = 0

    def register(self, endpoint: Endpoint, kinds: tuple[str, ...] = BILLING_TYPES) -> None:
        """Somebody receives these document types."""
        self.registered[endpoint] = kinds

    def resolve(self, wire: bytes) -> bytes | None:
        """One question to the name server."""
        self.questions += 1
        if self.lie == "silent":
            return None
        query = dns.message.from_wire(wire)
        reply = dns.message.make_response(query)
        name = query.question[0].name
        if self.lie == "broken":
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        names = {lookup_name(one, ZONE).lower() for one in self.registered}
        if name.to_text(omit_final_dot=True).lower() not in names:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            return reply.to_wire()
        if self.lie != "empty":
            server = "ftp://files.example" if self.lie == "no server" else self.server
            text = f'100 10 "U" "Meta:SMP" "!^.*$!{server}!" .'
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "NAPTR", text))
        return reply.to_wire()

    def answer(self, request: _Handler) -> None:
        """One question to the metadata server."""
        self.fetched += 1
        steps = [unquote(step) for step in request.path.strip("/").split("/")]
        found = next((one for one in self.registered if participant_id(one) == steps[0]), None)
        if self._lies(request):
            return
        if self.lie == "moved" and len(steps) == 3:
            where = quote(steps[2], safe="")
            told = f'<s:ServiceMetadata xmlns:s="{BUSDOX}"><s:Redirect href="{self.server}/to/{where}"/>'
            request.say(200, f"{told}</s:ServiceMetadata>")
        elif steps[0] == "to":
            request.say(200, self._metadata(steps[1].partition("::")[2]))
        elif found is None:
            request.say(404)
        elif len(steps) == 1:
            request.say(200, self._group(found, self.registered[found]))
        else:
            request.say(200, self._metadata(steps[2].partition("::")[2]))

    def _lies(self, request: _Handler) -> bool:
        """An answer that is none."""
        match self.lie:
            case "hangs up":
                request.hang_up()
            case "error":
                request.say(503)
            case "nonsense":
                request.say(200, "<html><body>Hello")
            case "entities":
                request.say(200, '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
            case "elsewhere":
                request.say(302, Location=f"{self.server}/other")
            case "unknown there":
                request.say(404)
            case "somebody else":
                request.say(200, self._group(Endpoint("0192", "999999999"), BILLING_TYPES))
            case _:
                return False
        return True

    def _group(self, endpoint: Endpoint, kinds: tuple[str, ...]) -> str:
        start = f"{self.server}/{quote(participant_id(endpoint), safe='')}/services/"
        links = "".join(
            f'<s:ServiceMetadataReference href="{start}{quote(f"{DOCUMENT_TYPES}::{kind}", safe="")}"/>'
            for kind in kinds
        )
        return (
            f'<s:ServiceGroup xmlns:s="{BUSDOX}" xmlns:i="{IDENTIFIERS}"><i:ParticipantIdentifier '
            f'scheme="iso6523-actorid-upis">{endpoint.scheme}:{endpoint.identifier}</i:ParticipantIdentifier>'
            f"<s:ServiceMetadataReferenceCollection>{links}</s:ServiceMetadataReferenceCollection></s:ServiceGroup>"
        )

    def _metadata(self, kind: str) -> str:
        ends = "2020-01-01T00:00:00Z" if self.lie == "expired" else "2040-01-01T00:00:00Z"
        process = "urn:another:process" if self.lie == "another process" else BILLING_PROCESS
        named = "urn:another::Kind" if self.lie == "another kind" else kind
        return (
            f'<s:SignedServiceMetadata xmlns:s="{BUSDOX}" xmlns:i="{IDENTIFIERS}"><s:ServiceMetadata>'
            f'<s:ServiceInformation><i:DocumentIdentifier scheme="{DOCUMENT_TYPES}">{named}</i:DocumentIdentifier>'
            f'<s:ProcessList><s:Process><i:ProcessIdentifier scheme="{PROCESSES}">{process}</i:ProcessIdentifier>'
            f'<s:ServiceEndpointList><s:Endpoint transportProfile="{TRANSPORT}">'
            f"<s:ServiceActivationDate>2020-01-01T00:00:00Z</s:ServiceActivationDate>"
            f"<s:ServiceExpirationDate>{ends}</s:ServiceExpirationDate></s:Endpoint></s:ServiceEndpointList>"
            f"</s:Process></s:ProcessList></s:ServiceInformation></s:ServiceMetadata></s:SignedServiceMetadata>"
        )


@contextmanager
def naming(registry: Registry) -> Iterator[str]:
    """A name server over UDP on the loopback address; gives its address and port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, channel = self.request
            reply = registry.resolve(wire)
            if reply is not None:
                channel.sendto(reply, self.client_address)

    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
