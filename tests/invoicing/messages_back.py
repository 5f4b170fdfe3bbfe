"""What comes back about documents: returned mails, message level statuses, invoice responses, and people's replies."""

from __future__ import annotations

from email.message import EmailMessage

from invoicing.models import Delivery, Invoice
from tenants.models import Organization
from tests import builders

NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
REPORT = """\
From: MAILER-DAEMON@mx.havglott.example
To: {to}
Message-ID: <{report_id}@mx.havglott.example>
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.havglott.example
{envelope}

Final-Recipient: rfc822; post@havglott.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: {returned_type}

{returned}

--b--
"""


def returned_mail(delivery: Delivery | None, **changes: str) -> bytes:
    """A delivery status notification about a delivery's mail, or about nobody's."""
    message_id = f"Message-ID: <{delivery.pk}@bilag.example>" if delivery else "Message-ID: <hello@elsewhere.example>"
    facts = {
        "to": "faktura@nordlys.example",
        "envelope": "X-Nothing: more",
        "report_id": "r1",
        "action": "failed",
        "status": "5.1.1",
        "words": "550 5.1.1 No such user",
        "returned_type": "text/rfc822-headers",
        "returned": f"{message_id}\nSubject: Faktura",
        **changes,
    }
    return REPORT.format(**facts).encode()


def level_status(delivery: Delivery, code: str = "AP", issues: str = "", **changes: str) -> str:
    """A message level status about the delivery's envelope."""
    told = {"id": "mls-1", "reference": delivery.message_id, "description": "", **changes}
    described = f"<cbc:Description>{told['description']}</cbc:Description>" if told["description"] else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ApplicationResponse {NAMESPACES}><cbc:CustomizationID>urn:peppol:edec:mls:1.0</cbc:CustomizationID>
<cbc:ProfileID>urn:peppol:edec:mls</cbc:ProfileID><cbc:ID>{told["id"]}</cbc:ID><cbc:IssueDate>2026-11-21</cbc:IssueDate>
<cbc:IssueTime>12:00:00Z</cbc:IssueTime>
<cac:SenderParty><cbc:EndpointID schemeID="0242">123456</cbc:EndpointID></cac:SenderParty>
<cac:ReceiverParty><cbc:EndpointID schemeID="0242">234567</cbc:EndpointID></cac:ReceiverParty>
<cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>{described}</cac:Response>
<cac:DocumentReference><cbc:ID>{told["reference"]}</cbc:ID></cac:DocumentReference>{issues}</cac:DocumentResponse>
</ApplicationResponse>"""


def invoice_response(organization: Organization, invoice: Invoice, code: str, **changes: str) -> str:
    """An invoice response of the buyer."""
    told = {
        "id": f"answer-{code}",
        "buyer": builders.CUSTOMER_ORGANIZATION_NUMBER,
        "seller": organization.organization_number,
        "number": str(invoice.number),
        "status": "",
        **changes,
    }
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ApplicationResponse {NAMESPACES}>
<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:invoice_response:3</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:invoice_response:3</cbc:ProfileID><cbc:ID>{told["id"]}</cbc:ID>
<cbc:IssueDate>2026-11-21</cbc:IssueDate>
<cac:SenderParty><cbc:EndpointID schemeID="0192">{told["buyer"]}</cbc:EndpointID><cac:PartyLegalEntity>
<cbc:RegistrationName>Buyer</cbc:RegistrationName></cac:PartyLegalEntity></cac:SenderParty>
<cac:ReceiverParty><cbc:EndpointID schemeID="0192">{told["seller"]}</cbc:EndpointID><cac:PartyLegalEntity>
<cbc:RegistrationName>Seller</cbc:RegistrationName></cac:PartyLegalEntity></cac:ReceiverParty>
<cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>{told["status"]}</cac:Response>
<cac:DocumentReference><cbc:ID>{told["number"]}</cbc:ID><cbc:DocumentTypeCode>380</cbc:DocumentTypeCode>
</cac:DocumentReference></cac:DocumentResponse></ApplicationResponse>"""


def reply(delivery: Delivery, text: str = "Kan dere dele den i to?", **headers: str) -> EmailMessage:
    """What a person writes to answer a delivery's mail."""
    message = EmailMessage()
    told = {
        "From": "Kari Nordmann <kari@havglott.example>",
        "To": "faktura@nordlys.example",
        "Subject": "SV: Faktura",
        "Message-ID": "<answer-1@havglott.example>",
        "In-Reply-To": f"<{delivery.pk}@bilag.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in told.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message
