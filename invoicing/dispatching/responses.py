"""What comes back through Peppol: the message level status of the road, and the invoice response of the buyer. Pure.

Both are UBL ApplicationResponses, bare or inside the envelope that they travelled in.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from invoicing.dispatching import states
from invoicing.dispatching.envelopes import NAMESPACES
from invoicing.documents.endpoints import Endpoint

RESPONSE = "{urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2}ApplicationResponse"
ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument"
MLS = "urn:peppol:edec:mls:1.0"
INVOICE_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
MLS_KIND, RESPONSE_KIND = "mls", "invoice_response"
KINDS = {MLS: MLS_KIND, INVOICE_RESPONSE: RESPONSE_KIND}
MLS_CODES = frozenset({"AP", "AB", "RE"})
RESPONSE_CODES = frozenset({"AB", "IP", "UQ", "CA", "RE", "AP", "PD"})
ISSUES_MAX = 20
TEXT_MAX = 400


class NotAResponse(ValueError):
    """The message is not one of the answers that are understood."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that was wrong, and where."""

    code: str  # of the standard: SV, BV, BW, FD for the road, REF … for the buyer
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    kind: str
    message_id: str
    sender: Endpoint
    receiver: Endpoint
    code: str
    reference: str  # the envelope's id for the road, the document's number for the buyer
    text: str = ""
    reasons: tuple[Issue, ...] = ()
    actions: tuple[Issue, ...] = ()

    @property
    def key(self) -> str:
        """What tells this answer from others; not the message's own id alone, which not everybody makes unique."""
        sender = f"{self.sender.scheme}:{self.sender.identifier}"
        return f"{sender}:{self.message_id[:60]}:{self.code}:{self.reference[:40]}"

    @property
    def reason_code(self) -> str:
        """Our code, with a sentence in every language."""
        return f"{'mls' if self.kind == MLS_KIND else 'buyer'}_{self.code.lower()}"

    @property
    def state(self) -> str:
        """What the answer makes of the delivery, where the delivery allows it."""
        return states.REJECTED if self.code == "RE" else states.DELIVERED

    @property
    def is_by_buyer(self) -> bool:
        """Whether the buyer speaks and not the road."""
        return self.kind == RESPONSE_KIND

    def summary(self) -> str:
        """The foreign words on one line: what was said, then each thing that was wrong and where."""
        parts = [self.text, *(_issue_words(issue) for issue in (*self.reasons, *self.actions))]
        return " · ".join(dict.fromkeys(part for part in parts if part))[:TEXT_MAX]


def read_response(root: etree._Element) -> Response:
    """The answer in a message; NotAResponse for anything else."""
    document = unwrapped(root)
    kind = KINDS.get(_text(document, "cbc:CustomizationID"))
    answer = document.find("cac:DocumentResponse", NAMESPACES)
    if kind is None or answer is None:
        raise NotAResponse("It is neither a message level status nor an invoice response.")
    response = Response(
        kind=kind,
        message_id=_text(document, "cbc:ID")[:120],
        sender=_party(document, "cac:SenderParty"),
        receiver=_party(document, "cac:ReceiverParty"),
        code=_text(answer, "cac:Response/cbc:ResponseCode"),
        reference=_text(answer, "cac:DocumentReference/cbc:ID")[:200],
        text=_plain(_text(answer, "cac:Response/cbc:Description")),
        reasons=_reasons(answer, kind),
        actions=_statuses(answer, "OPStatusAction") if kind == RESPONSE_KIND else (),
    )
    if not response.message_id or not response.reference:
        raise NotAResponse("It does not say which message it is, or which document it is about.")
    if response.code not in (MLS_CODES if kind == MLS_KIND else RESPONSE_CODES):
        raise NotAResponse(f"{response.code[:10]!r} is no code of the list.")
    return response


def unwrapped(root: etree._Element) -> etree._Element:
    """The answer itself, also where it came inside its envelope."""
    document = root.find(RESPONSE) if root.tag == ENVELOPE else root
    if document is None or document.tag != RESPONSE:
        raise NotAResponse("It is no ApplicationResponse.")
    return document


def _reasons(answer: etree._Element, kind: str) -> tuple[Issue, ...]:
    if kind == RESPONSE_KIND:
        return _statuses(answer, "OPStatusReason")
    found = []
    for line in answer.iterfind("cac:LineResponse", NAMESPACES):
        place = _plain(_text(line, "cac:LineReference/cbc:LineID"))
        for one in line.iterfind("cac:Response", NAMESPACES):
            code = _text(one, "cac:Status/cbc:StatusReasonCode")
            found.append(Issue(code[:10], "" if place == "NA" else place, _plain(_text(one, "cbc:Description"))))
    return tuple(found[:ISSUES_MAX])


def _statuses(answer: etree._Element, list_id: str) -> tuple[Issue, ...]:
    """The reasons or the wished actions of a buyer, with the field that each is about."""
    found = []
    for status in answer.iterfind("cac:Response/cac:Status", NAMESPACES):
        code = status.find("cbc:StatusReasonCode", NAMESPACES)
        if code is None or code.get("listID") != list_id:
            continue
        about = [
            (_text(one, "cbc:AttributeID"), _text(one, "cbc:Description"))
            for one in status.iterfind("cac:Condition", NAMESPACES)
        ]
        text = " ".join([_text(status, "cbc:StatusReason"), *(description for _field, description in about)])
        fields = ", ".join(field for field, _description in about if field)
        found.append(Issue((code.text or "").strip()[:10], _plain(fields), _plain(text)))
    return tuple(found[:ISSUES_MAX])


def _issue_words(issue: Issue) -> str:
    """The place and the words; a code alone is said in the reader's language where it is shown."""
    return ": ".join(part for part in (issue.place, issue.text) if part)


def _party(document: etree._Element, name: str) -> Endpoint:
    element = document.find(f"{name}/cbc:EndpointID", NAMESPACES)
    if element is None:
        return Endpoint("", "")
    return Endpoint(element.get("schemeID", "")[:10], (element.text or "").strip()[:60])


def _text(parent: etree._Element, path: str) -> str:
    return (parent.findtext(path, "", NAMESPACES) or "").strip()


def _plain(text: str) -> str:
    """Foreign words as one line of printable letters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:TEXT_MAX]


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it came in: its hash, and what was read of it or why nothing was."""

    sha256: str
    response: Response | None = None
    problem: str = ""
    broken_rules: tuple[str, ...] = ()
