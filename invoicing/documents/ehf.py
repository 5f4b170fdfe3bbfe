"""A finalized document as EHF Billing 3.0 (Peppol BIS Billing 3.0, UBL 2.1): the core XML, and the same with its PDF.

The order of the elements is fixed by the UBL schema; an element without content is left out (PEPPOL-EN16931-R008), so
every function here answers with an empty string when it has nothing to say. Values are written as the document holds
them: whether they are right is asked by `ehf_checks`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from foundation.errors import DomainError
from invoicing.documents.credit_transfers import credit_transfer
from invoicing.documents.ehf_amounts import (
    document_discount,
    document_lines,
    line_period,
    monetary_total,
    period,
    tax_totals,
)
from invoicing.documents.endpoints import Endpoint, buyer_endpoint, register_scheme, seller_endpoint
from invoicing.documents.facts import Address, AttachedFile, Buyer, CreditedDocument, Document, DocumentBody, Seller
from invoicing.documents.ubl import day_text, element, joined, leaf

CUSTOMIZATION_ID = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE_ID = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
TYPE_CODES = {"invoice": "380", "credit_note": "381"}  # UNCL1001; 326, 384 and 389 are refused outside Germany
FILES_BYTES_MAX = 10 * 1024 * 1024  # access points refuse what is much larger; a third comes on top in base 64
PROJECT = "50"  # UNCL1001 for a project reference, the only place a credit note has for one


class PaymentRequestHasNoEhf(DomainError):
    """A payment request is no invoice, has no invoice number, and so cannot be an EHF."""


def has_ehf(kind: str) -> bool:
    """Whether documents of this kind can be written as EHF: invoices and credit notes can, payment requests cannot."""
    return kind in TYPE_CODES


def core_xml(document: Document) -> bytes:
    """The document as UBL without attachments: what stands inside the PDF, and what the rules are asked about."""
    return _xml(document, attachment="")


def ehf_xml(document: Document, *, pdf: bytes, files: Mapping[str, bytes] | None = None) -> bytes:
    """The core XML with the document's PDF embedded, and the files that go with it by their hash: what is sent.

    Files that are together too large for the network stay out of it (`carries_files`).
    """
    attached = _attached_pdf(document, pdf)
    if files and carries_files(document.body):
        attached += "".join(
            _attached_file(f"{document.number}-{place}", file, files[file.sha256])
            for place, file in enumerate(document.body.attachments, 1)
        )
    return _xml(document, attachment=attached)


def carries_files(body: DocumentBody) -> bool:
    """Whether the files that go with the document are small enough to be embedded in its EHF."""
    return sum(file.size_bytes for file in body.attachments) <= FILES_BYTES_MAX


def _xml(document: Document, *, attachment: str) -> bytes:
    body = document.body
    if not has_ehf(body.kind):
        raise PaymentRequestHasNoEhf(_("A payment request is not an invoice and cannot be sent as EHF."))
    make_head, root = (_credit_note_head, "CreditNote") if body.kind == "credit_note" else (_invoice_head, "Invoice")
    content = (
        make_head(document, attachment),
        _seller(body),
        _buyer(body),
        _delivery(body),
        _payment_means(document),
        element("cac:PaymentTerms", leaf("cbc:Note", body.terms_text)),
        document_discount(body),
        tax_totals(body),
        monetary_total(body),
        document_lines(body),
    )
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {NAMESPACES.format(root=root)}>'
    return f"{opening}{''.join(content)}</{root}>\n".encode()


def _invoice_head(document: Document, attachment: str) -> str:
    body = document.body
    return joined(
        _identification(document),
        leaf("cbc:IssueDate", body.issue_date.isoformat()),
        leaf("cbc:DueDate", day_text(body.due_date)),
        leaf("cbc:InvoiceTypeCode", TYPE_CODES[body.kind]),
        _note(body),
        _currencies(body),
        leaf("cbc:BuyerReference", _buyer_reference(body)),
        period("cac:InvoicePeriod", *_document_period(body)),
        _order_reference(body),
        _reference("cac:ContractDocumentReference", body.references.contract),
        attachment,
        _reference("cac:ProjectReference", body.references.project),
    )


def _credit_note_head(document: Document, attachment: str) -> str:
    """As an invoice's head, without due date, with other places for type and project: so the UBL schema says."""
    body = document.body
    project = leaf("cbc:DocumentTypeCode", PROJECT)
    return joined(
        _identification(document),
        leaf("cbc:IssueDate", body.issue_date.isoformat()),
        leaf("cbc:CreditNoteTypeCode", TYPE_CODES[body.kind]),
        _note(body),
        _currencies(body),
        leaf("cbc:BuyerReference", _buyer_reference(body)),
        period("cac:InvoicePeriod", *_document_period(body)),
        _order_reference(body),
        _credited(body.credits),
        _reference("cac:ContractDocumentReference", body.references.contract),
        attachment,
        _reference("cac:AdditionalDocumentReference", body.references.project, project),
    )


def _identification(document: Document) -> str:
    return joined(
        leaf("cbc:CustomizationID", CUSTOMIZATION_ID),
        leaf("cbc:ProfileID", PROFILE_ID),
        leaf("cbc:ID", document.number),
    )


def _note(body: DocumentBody) -> str:
    """The one note that PEPPOL-EN16931-R002 allows: our text, and why a credit note was made."""
    texts = (body.note, body.credits.reason if body.credits else "")
    return leaf("cbc:Note", "\n".join(text.strip() for text in texts if text.strip()))


def _currencies(body: DocumentBody) -> str:
    tax_currency = body.exchange.base_currency if body.exchange else ""
    if tax_currency == body.currency:  # PEPPOL-EN16931-R005
        tax_currency = ""
    return leaf("cbc:DocumentCurrencyCode", body.currency) + leaf("cbc:TaxCurrencyCode", tax_currency)


def _buyer_reference(body: DocumentBody) -> str:
    """PEPPOL-EN16931-R003 demands a buyer's or order reference; where nobody gave one, the customer number stands."""
    if body.references.buyer.strip() or body.references.order.strip():
        return body.references.buyer
    return body.buyer.number or body.buyer.name


def _order_reference(body: DocumentBody) -> str:
    return _reference("cac:OrderReference", body.references.order)


def _reference(name: str, text: str, *more: str) -> str:
    return element(name, leaf("cbc:ID", text), *more) if text.strip() else ""


def _credited(credited: CreditedDocument | None) -> str:
    if credited is None:
        return ""
    reference = leaf("cbc:ID", credited.number) + leaf("cbc:IssueDate", credited.issue_date.isoformat())
    return element("cac:BillingReference", element("cac:InvoiceDocumentReference", reference))


def _document_period(body: DocumentBody) -> tuple[date | None, date | None]:
    """The delivery's period, widened so that every line's period lies inside it (PEPPOL-EN16931-R110, R111)."""
    first, last = body.delivery.period_from, body.delivery.period_to
    if first is None and last is None:
        return None, None
    days = [day for line in body.lines for day in line_period(line) if day]
    return first and min([first, *days]), last and max([last, *days])


def _attached_pdf(document: Document, pdf: bytes) -> str:
    number = "".join(c if c.isalnum() or c in "-_" else "-" for c in document.number)
    file = leaf(
        "cbc:EmbeddedDocumentBinaryObject",
        base64.b64encode(pdf).decode("ascii"),
        mimeCode="application/pdf",
        filename=f"{number}.pdf",
    )
    return element("cac:AdditionalDocumentReference", leaf("cbc:ID", document.number), element("cac:Attachment", file))


def _attached_file(identifier: str, file: AttachedFile, content: bytes) -> str:
    """One supporting document: BT-122 to BT-125 of EN 16931."""
    binary = leaf(
        "cbc:EmbeddedDocumentBinaryObject",
        base64.b64encode(content).decode("ascii"),
        mimeCode=file.content_type,
        filename=file.name,
    )
    described = leaf("cbc:ID", identifier) + leaf("cbc:DocumentDescription", file.name)
    return element("cac:AdditionalDocumentReference", described, element("cac:Attachment", binary))


def _seller(body: DocumentBody) -> str:
    seller = body.seller
    # foretaksregisterloven § 10-2; only what stands in that register, and so in Norway, may say so
    is_in_register = seller.is_in_company_register and seller.address.country.upper() == "NO"
    party = element(
        "cac:Party",
        _endpoint(seller_endpoint(seller)),
        element("cac:PartyName", leaf("cbc:Name", seller.name)),
        _address("cac:PostalAddress", seller.address),
        _tax_scheme(seller.vat_number, "VAT"),
        _tax_scheme("Foretaksregisteret" if is_in_register else "", "TAX"),
        _legal_entity(seller),
        element(
            "cac:Contact",
            leaf("cbc:Name", body.references.our or seller.contact_name),
            leaf("cbc:Telephone", seller.phone),
            leaf("cbc:ElectronicMail", seller.email),
        ),
    )
    return element("cac:AccountingSupplierParty", party)


def _buyer(body: DocumentBody) -> str:
    buyer = body.buyer
    # DK-R-013: between two parties in Denmark an identifier names its scheme, and a resource number has none.
    resource_number = "" if body.shared_country == "DK" else buyer.resource_number
    party = element(
        "cac:Party",
        _endpoint(buyer_endpoint(buyer, body.seller)),
        element("cac:PartyIdentification", leaf("cbc:ID", resource_number)),
        element("cac:PartyName", leaf("cbc:Name", buyer.name)),
        _address("cac:PostalAddress", buyer.address),
        _tax_scheme(buyer.vat_number, "VAT"),
        _legal_entity(buyer),
        element("cac:Contact", leaf("cbc:Name", buyer.contact_name), leaf("cbc:ElectronicMail", buyer.email)),
    )
    return element("cac:AccountingCustomerParty", party)


def _endpoint(endpoint: Endpoint) -> str:
    return leaf("cbc:EndpointID", endpoint.identifier, schemeID=endpoint.scheme)


def _tax_scheme(company: str, scheme: str) -> str:
    if not company:
        return ""
    return element(
        "cac:PartyTaxScheme", leaf("cbc:CompanyID", company), element("cac:TaxScheme", leaf("cbc:ID", scheme))
    )


def _legal_entity(party: Seller | Buyer) -> str:
    number = party.organization_number
    return element(
        "cac:PartyLegalEntity",
        leaf("cbc:RegistrationName", party.name),
        leaf("cbc:CompanyID", number, schemeID=register_scheme(party.address.country)),
    )


def _address(name: str, address: Address, *, name_line: bool = True) -> str:
    return element(
        name,
        leaf("cbc:StreetName", address.street),
        leaf("cbc:AdditionalStreetName", address.street_2),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postal_code),
        element("cac:AddressLine", leaf("cbc:Line", address.name)) if name_line else "",
        element("cac:Country", leaf("cbc:IdentificationCode", address.country.upper())),
    )


def _delivery(body: DocumentBody) -> str:
    """When and where, as bokføringsforskriften § 5-1-1 no. 4 demands; who received it, where the address names one."""
    place = body.delivery.place
    return element(
        "cac:Delivery",
        leaf("cbc:ActualDeliveryDate", day_text(body.delivery.day)),
        element("cac:DeliveryLocation", _address("cac:Address", place, name_line=False)) if place else "",
        element("cac:DeliveryParty", element("cac:PartyName", leaf("cbc:Name", place.name))) if place else "",
    )


def _payment_means(document: Document) -> str:
    """Where to pay; credit notes ask for nothing."""
    if document.body.kind == "credit_note":
        return ""
    transfer = credit_transfer(document.body)
    if not transfer.account:
        return ""
    return element(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", transfer.code),
        leaf("cbc:PaymentID", document.kid),
        element(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", transfer.account),
            leaf("cbc:Name", document.body.seller.name),
            element("cac:FinancialInstitutionBranch", leaf("cbc:ID", transfer.bank)),
        ),
    )
